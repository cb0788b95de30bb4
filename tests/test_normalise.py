"""What texts that read the same become, and where each part of it came from."""

import itertools
import sys

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from model.artefact import load_scorer
from model.card import ARTEFACT
from model.normalise import FoldTables, Normaliser, build_fold_tables, decode, encode, fold
from model.scorer import Scorer

# What is rare among all characters and matters here: marks, what cannot be seen, blanks,
# surrogates, what is written out, and runs.
HOSTILE = (
    "\x00\x1f\x85\u00ad\u0301\u0306\u0323\u034f\u0344\u0345\u200b\u200d\u200e\u202e\u2066\u2069"
    "\ufe0f\ufeff\U000e0041\ud83d\ude00\udfff \t\r\n\u00a0\u2028\u3000"
    "\u00df\ufb01\u0130\u01c6\u338f\uff21\U0001d400\u0439\u0438\u0419\u1100\u1161\u3131aeE\u00e9\u037a"
)
TEXTS = st.text(st.characters() | st.sampled_from(HOSTILE) | st.sampled_from("aab  "))

# The machine may be busy with other tests: no example has a deadline.
any_time = settings(deadline=None)


@pytest.fixture(scope="module")
def scorer() -> Scorer:
    return load_scorer(ARTEFACT)


@pytest.fixture(scope="module")
def normaliser(scorer: Scorer) -> Normaliser:
    return scorer.normaliser


@any_time
@given(text=TEXTS)
def test_normalising_is_idempotent_on_any_text(text: str, normaliser: Normaliser) -> None:
    once = normaliser(text)
    assert normaliser(once) == once


@any_time
@given(text=TEXTS)
def test_what_is_normalised_is_visible_valid_and_without_long_runs(
    text: str, normaliser: Normaliser
) -> None:
    once = normaliser(text)
    assert once.encode().decode() == once
    assert not set(once) & set("\x00\u00ad\u200b\u200d\u202e\u2066\ufe0f\ufeff\t\r\n\u00a0\u3000")
    assert "  " not in once
    assert not any(a == b == c for a, b, c in zip(once, once[1:], once[2:], strict=False))


@any_time
@given(character=st.characters())
def test_folding_one_character_is_idempotent(character: str) -> None:
    assert fold(fold(character)) == fold(character)


@any_time
@given(text=TEXTS)
def test_aligned_codes_are_those_of_a_batch_of_one(text: str, normaliser: Normaliser) -> None:
    aligned, _, _ = normaliser.align(text)
    codes, begins = normaliser.codes([text])
    assert aligned.tolist() == codes.tolist()
    assert begins.tolist() == [0, len(codes)]


def test_marks_after_what_is_written_out_are_deleted_alike_with_and_without_origins(
    normaliser: Normaliser,
) -> None:
    # What is written out is not composed with a mark that comes after: it would be by a
    # second round.
    for code in normaliser.tables.expanded.tolist():
        text = "".join(f"{chr(code)}{mark} " for mark in "\u0301\u0306\u0308\u0314\u0345")
        assert normaliser.align(text)[0].tolist() == normaliser.codes([text])[0].tolist()


def test_of_a_heap_of_marks_those_a_letter_takes_are_the_nearest(normaliser: Normaliser) -> None:
    heap = "\u0323" * 14
    assert normaliser(f"\u0438{heap}\u0306") == "\u0439"
    assert normaliser(f"\u0438{heap}\u0323\u0306") == "\u0438"


@any_time
@given(text=TEXTS)
def test_every_origin_lies_in_the_text_and_they_stand_in_order(
    text: str, normaliser: Normaliser
) -> None:
    codes, begins, ends = normaliser.align(text)
    assert len(begins) == len(ends) == len(codes)
    assert (begins >= 0).all()
    assert (begins <= ends).all()
    assert (ends <= len(text)).all()
    assert (np.diff(begins) >= 0).all()
    assert (np.diff(ends) >= 0).all()


@any_time
@given(text=TEXTS)
def test_only_the_blanks_put_around_a_text_come_from_nowhere(
    text: str, normaliser: Normaliser
) -> None:
    codes, begins, ends = normaliser.align(text)
    nowhere = np.flatnonzero(begins == ends)
    assert set(nowhere.tolist()) <= {0, len(codes) - 1}
    assert (codes[nowhere] == ord(" ")).all()


def test_an_origin_is_the_characters_that_were_folded(normaliser: Normaliser) -> None:
    text = "e\u0301\u200b\ufb01 \U0001d400"
    codes, begins, ends = normaliser.align(text)
    origins = [text[begin:end] for begin, end in zip(begins, ends, strict=True)]
    assert decode(codes) == " efi a "
    assert origins == ["", "e\u0301", "\ufb01", "\ufb01", " ", "\U0001d400", ""]


@any_time
@given(texts=st.lists(TEXTS, min_size=1, max_size=8))
def test_a_text_in_a_batch_is_normalised_as_if_alone(
    texts: list[str], normaliser: Normaliser
) -> None:
    codes, begins = normaliser.codes(texts)
    pieces = [codes[begin:end].tolist() for begin, end in itertools.pairwise(begins)]
    assert pieces == [normaliser.codes([text])[0].tolist() for text in texts]


@any_time
@given(text=TEXTS)
def test_code_points_are_encoded_and_decoded_without_loss(text: str) -> None:
    # Two surrogates that make a pair stay two here: nothing is joined behind one's back.
    assert [chr(code) for code in encode(text)] == list(text)
    assert list(decode(encode(text))) == list(text)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        pytest.param("i\u200bd\u200ci\u200do\u2060t", "idiot", id="zero-width"),
        pytest.param("id\u00adiot", "idiot", id="soft hyphen"),
        pytest.param("\u202eidiot\u202c", "idiot", id="bidi"),
        pytest.param("\uff21\uff22", "ab", id="full width"),
        pytest.param("\U0001d400\U0001d4d1\U0001d56e", "abc", id="styled letters"),
        pytest.param("\u24b6\u24b7", "ab", id="circled"),
        pytest.param("caf\u00e9 CAF\u00c9 CAFE\u0301", "cafe cafe cafe", id="accents"),
        pytest.param("a\u0336b\u0336", "ab", id="struck through"),
        pytest.param("\ufb01n", "fin", id="ligature"),
        pytest.param("Stra\u00dfe", "strasse", id="sharp s"),
        pytest.param("\u338f", "kg", id="unit"),
        pytest.param("\u0130", "i", id="dotted capital"),
        pytest.param("HeLLo", "hello", id="case"),
        pytest.param("\u201cit\u2019s\u201d \u2014 a\u2011b", '"it\'s" - a-b', id="typography"),
        pytest.param(" a\r\n\tb\u00a0\u3000c ", "a b c", id="blanks"),
        pytest.param("a\x00b", "a b", id="NUL"),
        pytest.param("soooooo goooood!!!!!", "soo good!!", id="runs"),
        pytest.param("book aa", "book aa", id="runs of two"),
        pytest.param("a\u200ba\u200ba\u200ba", "aa", id="a run hidden by what cannot be seen"),
        pytest.param("\ud83d", "\ufffd", id="lone surrogate"),
        pytest.param("\u2764\ufe0f", "\u2764", id="emoji style"),
        pytest.param("", "", id="empty"),
    ],
)
def test_what_reads_the_same_becomes_the_same(
    text: str, expected: str, normaliser: Normaliser
) -> None:
    assert normaliser(text) == expected


@pytest.mark.parametrize(
    "text",
    [
        pytest.param("\u0439\u043e\u0433\u0443\u0440\u0442 \u0451\u0436", id="Cyrillic"),
        pytest.param("\u0634\u0643\u0631\u0627 \u0639\u0644\u0649", id="Arabic"),
        pytest.param("\u0643\u064e\u062a\u064e\u0628\u064e", id="Arabic with vowels"),
        pytest.param("\u0939\u093f\u0928\u094d\u0926\u0940", id="Devanagari"),
        pytest.param("\ud55c\uad6d\uc5b4", id="Hangul"),
        pytest.param("\u65e5\u672c\u8a9e \u304c", id="Japanese"),
        pytest.param("\U0001f44d\U0001f3fd", id="emoji"),
    ],
)
def test_marks_that_make_another_letter_come_through_unharmed(
    text: str, normaliser: Normaliser
) -> None:
    assert normaliser(text) == text


@pytest.mark.parametrize("text", ["\u0439", "\u0419", "\u0438\u0306", "\u0418\u0306"])
def test_a_cyrillic_letter_is_one_however_it_is_written(text: str, normaliser: Normaliser) -> None:
    assert normaliser(text) == "\u0439"


def test_the_tables_of_the_artefact_are_those_built_now(scorer: Scorer) -> None:
    # Unicode data changes with Python's minor release, and only then.
    made_with = scorer.manifest["python"].split(".")[:2]
    if made_with != [str(number) for number in sys.version_info[:2]]:
        pytest.skip(f"the artefact was made with the Unicode data of Python {made_with}")
    built = build_fold_tables()
    for name in FoldTables.__dataclass_fields__:
        stored = getattr(scorer.normaliser.tables, name)
        assert np.array_equal(getattr(built, name), stored), name
