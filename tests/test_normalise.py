"""What texts that read the same become, and where each part of it came from."""

import html
import itertools
import sys
from dataclasses import replace
from typing import Any

import numpy as np
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from model.artefact import load_scorer
from model.card import ARTEFACT
from model.ngrams import GROWTH
from model.normalise import Normaliser, read_text
from model.tables import FoldTables, Text, build_fold_tables, decode, encode, fold

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
def normaliser() -> Normaliser:
    return Normaliser(build_fold_tables())


def normalise_batch(texts: list[str], normaliser: Normaliser) -> list[str]:
    """Return each text as it is hashed when it is one of many."""
    codes, begins, room = normaliser.encode(texts)
    spare, text = (
        Text(np.empty(size, np.uint32), *np.empty((2, size), np.int32))
        for size in (room, GROWTH * room)
    )
    return [
        decode(text.codes[: read_text(codes, begin, end, normaliser.unpacked, spare, text)])
        for begin, end in itertools.pairwise(begins.tolist())
    ]


@any_time
@given(text=TEXTS)
def test_normalising_is_idempotent_on_any_text(text: str, normaliser: Normaliser) -> None:
    once = normaliser(text)
    # What was escaped more often than people do by mistake takes more than one step.
    assume("&" not in once)
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
    assert [decode(normaliser.align(text)[0])] == normalise_batch([text], normaliser)


def test_marks_after_what_is_written_out_are_deleted_alike_with_and_without_origins(
    normaliser: Normaliser,
) -> None:
    # What is written out is not composed with a mark that comes after: it would be by a
    # second round.
    for code in normaliser.tables.expanded.tolist():
        text = "".join(f"{chr(code)}{mark} " for mark in "\u0301\u0306\u0308\u0314\u0345")
        assert [decode(normaliser.align(text)[0])] == normalise_batch([text], normaliser)


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
    alone = [normalise_batch([text], normaliser)[0] for text in texts]
    assert normalise_batch(texts, normaliser) == alone


@any_time
@given(text=st.text(st.sampled_from(";#xamplt&lgq39 \u0301")))
def test_entities_are_replaced_as_browsers_do(text: str, normaliser: Normaliser) -> None:
    assume("&amp;" not in text)
    assert normaliser(text) == normaliser(html.unescape(text).replace("&", "&amp;"))


@pytest.mark.parametrize(
    ("text", "expected", "origin"),
    [
        pytest.param("a &lt; b", "<", "&lt;", id="by name"),
        pytest.param("a &#60; b", "<", "&#60;", id="by number"),
        pytest.param("a &#X3C b", "<", "&#X3C", id="by number without a semicolon"),
        pytest.param("a &amp;amp;lt; b", "<", "&amp;amp;lt;", id="escaped three times"),
        pytest.param("a &ltidiot; b", "<", "&lt", id="by name without a semicolon"),
        pytest.param("a &#999999999999999; b", "\ufffd", "&#999999999999999;", id="no number"),
        pytest.param("a &unknown; b", "&", "&", id="not one"),
    ],
)
def test_the_origin_of_an_entity_is_all_of_it(
    text: str, expected: str, origin: str, normaliser: Normaliser
) -> None:
    codes, begins, ends = normaliser.align(text)
    place = decode(codes).index(expected)
    assert text[begins[place] : ends[place]] == origin


def test_a_number_too_long_for_python_is_no_character(normaliser: Normaliser) -> None:
    assert normaliser(f"a &#{'9' * 10_000}; b") == "a \ufffd b"


@pytest.mark.parametrize("size", [1, 2, 15, 16, 17, 5000])
def test_of_a_run_two_are_kept_and_the_last_stands_for_the_rest(
    size: int, normaliser: Normaliser
) -> None:
    codes, begins, ends = normaliser.align(f"a{'o' * size}b")
    assert decode(codes) == f" a{'o' * min(size, 2)}b "
    assert begins[1:-1].tolist() == [0, *range(1, min(size, 2) + 1), size + 1]
    assert ends[1:-1].tolist() == [1, *([2] if size > 1 else []), size + 1, size + 2]


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
        pytest.param(" at\r\n\tbe\u00a0\u3000co ", "at be co", id="blanks"),
        pytest.param("a\x00b", "a b", id="NUL"),
        pytest.param("soooooo goooood!!!!!", "soo good!!", id="runs"),
        pytest.param("book aa", "book aa", id="runs of two"),
        pytest.param("a\u200ba\u200ba\u200ba", "aa", id="a run hidden by what cannot be seen"),
        pytest.param("\ud83d", "\ufffd", id="lone surrogate"),
        pytest.param("\u00a9\ufe0f", "\u00a9", id="emoji style"),
        pytest.param("so\U0001f600\U0001f600ok", "so grinning face grinning face ok", id="emoji"),
        pytest.param("\U0001f468\u200d\U0001f52c", "man microscope", id="joined emoji"),
        pytest.param("\ua730\u1d1c\u1d04\u1d0b", "fuck", id="small capitals"),
        pytest.param("\U0001f170\U0001f168", "ay", id="letters in squares and circles"),
        pytest.param("\ue000\uf8ff", "\ufffd\ufffd", id="private use"),
        pytest.param("wait\u2026", "wait..", id="an ellipsis"),
        pytest.param("it&#39;s &quot;a&quot; &amp;amp; b", 'it\'s "a" & b', id="entities"),
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
        pytest.param("\u00a9 \u2190 \u25b6", id="signs"),
        pytest.param("\U0001f1fa\U0001f1e6 \U0001f3fd", id="flags and colours of skin"),
    ],
)
def test_marks_that_make_another_letter_come_through_unharmed(
    text: str, normaliser: Normaliser
) -> None:
    assert normaliser(text) == text


@pytest.mark.parametrize("text", ["\u0439", "\u0419", "\u0438\u0306", "\u0418\u0306"])
def test_a_cyrillic_letter_is_one_however_it_is_written(text: str, normaliser: Normaliser) -> None:
    assert normaliser(text) == "\u0439"


def test_the_tables_of_the_artefact_are_those_built_now() -> None:
    scorer = load_scorer(ARTEFACT)
    # Unicode data changes with Python's minor release, and only then.
    made_with = scorer.manifest["python"].split(".")[:2]
    if made_with != [str(number) for number in sys.version_info[:2]]:
        pytest.skip(f"the artefact was made with the Unicode data of Python {made_with}")
    built = build_fold_tables()
    # The lexicon is the model's own.
    lexicon = {"lexicon_hashes", "lexicon_items", "readings", "reading_text"}
    for name in set(FoldTables.__dataclass_fields__) - lexicon:
        stored = getattr(scorer.normaliser.tables, name)
        assert np.array_equal(getattr(built, name), stored), name


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("folded", np.zeros(3, np.uint32)),
        ("expansions", np.zeros(0, np.uint32)),
        ("expansion_text", np.zeros(3, np.uint32)),
        ("word", np.zeros(3, np.uint32)),
        ("symbol", np.zeros((0, 2), np.uint32)),
        ("letters", np.zeros(3, np.uint32)),
        ("lexicon_hashes", np.zeros(3, np.uint64)),
        ("lexicon_items", np.zeros(3, np.uint32)),
        ("readings", np.zeros(0, np.uint32)),
        ("readings", np.array([0, 1], np.uint32)),
        ("reading_text", encode("a")),
    ],
)
def test_tables_that_do_not_fit_together_are_refused(
    name: str,
    value: Any,  # noqa: ANN401 - arrays of any type
    normaliser: Normaliser,
) -> None:
    # What is compiled would read beyond their ends.
    with pytest.raises(ValueError, match=r"^the tables do not fit together: "):
        Normaliser(replace(normaliser.tables, **{name: value}))


@pytest.mark.parametrize("name", ["folded", "expanded", "expansion_text"])
def test_what_is_no_code_point_is_refused(name: str, normaliser: Normaliser) -> None:
    value = getattr(normaliser.tables, name).copy()
    value[-1] = 0x110000
    with pytest.raises(ValueError, match=r"^the tables do not fit together: code points$"):
        Normaliser(replace(normaliser.tables, **{name: value}))
