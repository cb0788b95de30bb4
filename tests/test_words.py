"""The word text of a text is what lists are matched on, and says where it comes from."""

import re

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from stubs import load_normaliser

from model.normalise import Normaliser
from model.tables import FoldTables, build_fold_tables, decode
from model.words import FOLDED, READ, SPELT, WordReader, list_readings

any_time = settings(deadline=None)
STEPS = (FOLDED, READ, SPELT)
TEXTS = st.text(
    st.characters()
    | st.sampled_from("ab1!*_-. \u0301\u200b&")
    | st.sampled_from("\ud800\ufb01\ufdfa")
)


@pytest.mark.parametrize(
    ("text", "folded", "read", "spelt"),
    [
        ("", " ", " ", " "),
        ("\x00 \u200b!?", " ", " ", " "),
        ("Caf\u00e9, NOW!", " cafe now ", " cafe now ", " cafe now "),
        ("1diot", " 1diot ", " idiot ", " idiot "),
        ("idoit", " idoit ", " idoit ", " idiot "),
        ("id*ot", " id*ot ", " id*ot ", " idiot "),
        ("idi-ot", " idi ot ", " idi ot ", " idiot "),
        ("i d i o t", " i d i o t ", " idiot ", " idiot "),
        ("a_b__c *d*", " a b c d ", " a b c d ", " a b c d "),
        ("don't", " don t ", " don t ", " don t "),
        ("Muslim", " muslim ", " muslim ", " muslim "),
        ("\U0001f44d ok", " thumbs up sign ok ", " thumbs up sign ok ", " thumbs up sign ok "),
        ("a\u00a9b", " a b ", " a b ", " a b "),
        ("&#105;t's", " it s ", " it s ", " it s "),
        ("\u0939\u093f\u0928\u094d\u0926\u0940", *[" \u0939\u093f\u0928\u094d\u0926\u0940 "] * 3),
        ("1000 kkkk", " 100 kk ", " 100 kk ", " 100 kk "),
    ],
)
def test_words_have_one_space_between_after_each_step(
    text: str, folded: str, read: str, spelt: str
) -> None:
    reader = WordReader(load_normaliser())
    assert [reader.write([text], step).texts for step in STEPS] == [[folded], [read], [spelt]]
    assert [each.text for each in reader.trace(text, STEPS)] == [folded, read, spelt]


@any_time
@given(texts=st.lists(TEXTS, max_size=6), step=st.sampled_from(STEPS))
def test_a_word_text_is_words_and_the_same_alone_as_among_others(
    texts: list[str], step: int
) -> None:
    reader = WordReader(load_normaliser())
    written = reader.write(texts, step).texts
    assert written == [reader.trace(text, (step,))[0].text for text in texts]
    assert all(re.fullmatch(r" (?:[^ \n_]+ )*", each) for each in written)


@any_time
@given(text=TEXTS, step=st.sampled_from(STEPS))
def test_words_come_from_parts_of_the_text_in_order(text: str, step: int) -> None:
    (words,) = WordReader(load_normaliser()).trace(text, (step,))
    spans = [words.find_origin(*match.span()) for match in re.finditer("[^ ]+", words.text)]
    assert spans == sorted(spans)
    assert all(0 <= begin < end <= len(text) for begin, end in spans)


@any_time
@given(text=TEXTS)
def test_origins_are_of_the_composed_text(text: str) -> None:
    normaliser = load_normaliser()
    texts, origins = normaliser.trace(text)
    assert decode(texts.codes) == decode(normaliser.encode([text]).codes)
    assert len(origins.begins) == len(origins.ends) == len(texts.codes) + 1
    assert (origins.begins[:-1] < origins.ends[1:]).all()
    assert origins.begins[-1] == len(text)


def test_runs_that_were_cut_are_told_of_each_text() -> None:
    written = WordReader(load_normaliser()).write(
        ["abb", "bbb aaaa", "", "k.k.k", "b\u200bb"], READ
    )
    assert written.texts == [" abb ", " bb aa ", " ", " kk ", " bb "]
    assert written.runs == {1: [2, 5], 3: [2]}


def test_many_texts_are_more_than_one_batch() -> None:
    letters = str.maketrans("0123456789", "bcdfghjklm")
    texts = [f"word{str(number).translate(letters)}xxx" for number in range(2_500)]
    written = WordReader(load_normaliser()).write(texts, READ)
    assert written.texts == [re.sub(r"(.)\1{2,}", r"\1\1", f" {text} ") for text in texts]
    assert set(written.runs) == set(range(2_500))


def test_one_long_text_among_many_takes_room_for_itself_alone() -> None:
    texts = ["\ufdfa" * 100_000, *["ab"] * 1_000]
    written = WordReader(load_normaliser()).write(texts, SPELT).texts
    assert written[1:] == [" ab "] * 1_000
    assert len(written[0]) > 1_000_000


def test_the_lexicon_of_lists_has_no_groups_of_people() -> None:
    tables, kept = load_normaliser().unpacked, load_normaliser().ungrouped
    readings = list_readings(tables)
    assert "\ue000" in {readings[item] for item in np.unique(tables.items)}
    assert "\ue000" not in {readings[item] for item in np.unique(kept.items)}
    assert len(kept.lexicon) == len(kept.items) < len(tables.lexicon)


@pytest.mark.parametrize("readings", [[0], [0, 0, 1]])
def test_a_lexicon_may_be_empty(readings: list[int]) -> None:
    tables = build_fold_tables()
    text = np.array([0xE000] * readings[-1], np.uint32)
    empty = FoldTables(
        **{**vars(tables), "readings": np.array(readings, np.uint32), "reading_text": text}
    )
    (words,) = WordReader(Normaliser(empty)).trace("An idoit", (SPELT,))
    assert words.text == " an idoit "
