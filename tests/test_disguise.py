"""Disguises of abusive words, and what they leave alone."""

import re
from typing import Final

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from model.disguise import KINDS, Kind, disguise, disguise_all

WORDS: Final = frozenset({"idiot", "stupid", "fucking", "bitch", "cunt", "moron", "c", "zz", "88"})
SEEDS: Final = st.integers(0, 2**32)
WORD: Final = st.sampled_from(sorted(WORDS))
KIND: Final = st.sampled_from(KINDS)
CASES: Final = st.sampled_from([str.lower, str.upper, str.title])
HARMLESS: Final = st.text(st.characters(exclude_characters="cC8zZ")).filter(
    lambda text: not {word.lower() for word in re.findall(r"\w+", text)} & WORDS
)


def rng(seed: int) -> np.random.Generator:
    return np.random.default_rng(seed)


def disguised(word: str, kind: Kind, count: int = 60) -> set[str]:
    """Return the ways in which a word alone is disguised."""
    return {disguise(word, WORDS, rng(seed), kind) for seed in range(count)}


@given(HARMLESS, HARMLESS, WORD, CASES, KIND, SEEDS)
def test_every_kind_changes_the_word_and_nothing_else(  # noqa: PLR0913, PLR0917
    before: str, after: str, word: str, case: type[str], kind: Kind, seed: int
) -> None:
    text = f"{before} - {case(word)}, {after}"
    new = disguise(text, WORDS, rng(seed), kind)
    assert new != text
    assert new.startswith(f"{before} -")
    assert new.endswith(f", {after}")


@given(HARMLESS, KIND, SEEDS)
def test_a_text_without_such_words_is_returned_unchanged(text: str, kind: Kind, seed: int) -> None:
    assert disguise(text, WORDS, rng(seed), kind) == text


@given(st.text(), st.one_of(st.none(), KIND), SEEDS)
def test_any_text_can_be_disguised(text: str, kind: Kind | None, seed: int) -> None:
    words = {word.lower() for word in re.findall(r"\w+", text)}
    new = disguise(text, words, rng(seed), kind)
    assert (new != text) == any(word.lower() in words for word in re.findall(r"\w+", text))


@given(st.lists(WORD, min_size=1), SEEDS)
def test_all_of_the_words_are_disguised(words: list[str], seed: int) -> None:
    new = disguise(" ok, ".join(words), WORDS, rng(seed), "doubled").split(" ok, ")
    assert len(new) == len(words)
    for changed, word in zip(new, words, strict=True):
        assert len(changed) == len(word) + 1


@given(st.lists(st.text()), st.integers(0, 100))
def test_many_texts_are_disguised_alike_for_the_same_seed(texts: list[str], seed: int) -> None:
    texts = [f"{text} you idiot" for text in texts]
    assert disguise_all(texts, WORDS, seed) == disguise_all(texts, WORDS, seed)


def test_another_seed_disguises_otherwise_and_every_kind_is_drawn() -> None:
    texts = ["You stupid idiot"] * 300
    first = disguise_all(texts, WORDS, 1)
    assert first != disguise_all(texts, WORDS, 2)
    assert len(set(first)) > 100


def test_part_of_a_word_is_not_the_word() -> None:
    text = "Idiotic stupidity in Scunthorpe, moronically."
    assert disguise(text, WORDS, rng(0)) == text


def test_an_unknown_kind_is_refused() -> None:
    with pytest.raises(ValueError, match="no kind of disguise is called 'rot13'"):
        disguise("idiot", WORDS, rng(0), "rot13")  # type: ignore[arg-type]


def test_what_is_invisible_can_be_taken_out_again() -> None:
    invisible = re.compile("[\u200b\u200c\u200d\u2060\ufeff\u00ad]")
    assert {invisible.sub("", new) for new in disguised("moron", "zero_width")} == {"moron"}


def test_homoglyphs_are_not_latin_and_keep_the_length() -> None:
    for new in disguised("moron", "homoglyph"):
        assert len(new) == 5
        assert not new.isascii()


def test_a_mask_keeps_the_first_letter_and_mostly_the_last() -> None:
    masked = disguised("bitch", "masked", 200)
    assert all(new[0] == "b" and len(new) == 5 for new in masked)
    assert "b*tch" in masked
    assert "b***h" in masked
    assert sum(new[-1] == "h" for new in masked) > len(masked) / 2


def test_people_edit_a_letter_or_two() -> None:
    assert all(len(new) == 4 for new in disguised("idiot", "dropped"))
    assert all(sorted(new) == sorted("idiot") for new in disguised("idiot", "swapped"))
    assert all(7 <= len(new) <= 10 or len(new) == 6 for new in disguised("idiot", "repeated"))
    assert all(new.lower() == "idiot" for new in disguised("idiot", "case") if len(new) == 5)


@pytest.mark.parametrize(
    ("word", "kind", "examples"),
    [
        ("idiot", "spaced", {"i d i o t", "idi ot"}),
        ("idiot", "dotted", {"i.d.i.o.t", "i-d-i-o-t"}),
        ("stupid", "leet", {"5tupid", "$tupid"}),
        ("stupid", "phonetic", {"stoopid", "ztupid"}),
        ("fucking", "phonetic", {"fuckin", "phucking", "fuking"}),
        ("bitch", "vowels", {"betch", "batch"}),
        ("bitch", "keyboard", {"butch", "botch"}),
    ],
)
def test_disguises_are_those_that_people_use(word: str, kind: Kind, examples: set[str]) -> None:
    assert examples <= disguised(word, kind, 300)


def test_a_joined_word_loses_the_blank_before_it_or_else_after_it() -> None:
    assert disguise("you idiot there", WORDS, rng(0), "joined") == "youidiot there"
    assert disguise("Idiot there", WORDS, rng(0), "joined") == "Idiotthere"
    assert disguise("(idiot)", WORDS, rng(0), "joined") != "(idiot)"


def test_html_entities_stand_for_the_word() -> None:
    for new in disguised("idiot", "html_entity"):
        decimal = re.sub(r"&#(\d+);", lambda match: chr(int(match[1])), new)
        assert re.sub("&#x([0-9a-f]+);", lambda m: chr(int(m[1], 16)), decimal) == "idiot"
