"""The length rule, by the vectors that the browser runs too, and by its properties."""

import json
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from service.length import (
    DEFAULT_LIMIT,
    is_blank,
    replace_lone_surrogates,
    utf16_length,
    utf16_offsets,
)
from service.moderation import Comment, Moderator

VECTORS: list[dict[str, Any]] = json.loads(
    Path(__file__).with_name("length_vectors.json").read_text(encoding="ascii")
)
BY_NAME = [pytest.param(vector, id=vector["name"]) for vector in VECTORS]
BLANK = [pytest.param(vector, id=vector["name"]) for vector in VECTORS if "blank" in vector]

# Surrogates and line breaks are rare among all characters and are what matters here.
TEXTS = st.text(st.characters() | st.sampled_from("\ud83d\ude00\r\n\x00\u200d😀a"))
LINES = st.lists(st.text(st.characters(exclude_characters="\r\n")), min_size=1)


def decide_codes(moderator: Moderator, text: str) -> list[str]:
    """Return the codes of the reasons for the decision on a text."""
    outcome = moderator.moderate([Comment(text)])[0]
    return [reason.code for reason in outcome.decision.reasons]


@pytest.mark.parametrize("vector", BY_NAME)
def test_a_vector_has_its_length(vector: dict[str, Any]) -> None:
    assert utf16_length(vector["text"] * vector.get("repeat", 1)) == vector["length"]


@pytest.mark.parametrize("vector", BLANK)
def test_a_vector_is_blank_or_not(vector: dict[str, Any]) -> None:
    assert is_blank(vector["text"]) == vector["blank"]


@pytest.mark.parametrize("vector", BY_NAME)
def test_a_vector_over_the_limit_is_too_long_and_no_other(
    vector: dict[str, Any], moderator: Moderator
) -> None:
    codes = decide_codes(moderator, vector["text"] * vector.get("repeat", 1))
    assert ("too_long" in codes) == (vector["length"] > DEFAULT_LIMIT)


@given(text=TEXTS)
def test_the_decision_flips_exactly_at_the_limit(text: str, moderator: Moderator) -> None:
    exact = text + "a" * (DEFAULT_LIMIT - utf16_length(text))
    assert "too_long" not in decide_codes(moderator, exact)
    assert decide_codes(moderator, exact + "a") == ["too_long"]


@given(text=TEXTS)
def test_the_length_is_the_number_of_utf16_units_of_the_text_with_lf(text: str) -> None:
    lines = text.replace("\r\n", "\n").replace("\r", "\n")
    assert utf16_length(text) == len(lines.encode("utf-16-le", "surrogatepass")) // 2


@given(text=TEXTS)
def test_the_offset_of_a_character_is_the_number_of_units_before_it(text: str) -> None:
    units = [len(text[:end].encode("utf-16-le", "surrogatepass")) // 2 for end in range(len(text))]
    # The halves of a pair that JSON sent one by one stay two characters, of one unit each.
    assert utf16_offsets(text).tolist()[:-1] == units
    assert utf16_offsets(text)[-1] == utf16_length(text) + text.count("\r\n")


@given(lines=LINES)
def test_crlf_cr_and_lf_give_the_same_length(lines: list[str]) -> None:
    assert len({utf16_length(end.join(lines)) for end in ("\r\n", "\r", "\n")}) == 1


@given(surrogate=st.characters(categories=["Cs"]))
def test_a_lone_surrogate_counts_one_and_becomes_the_replacement_character(
    surrogate: str,
) -> None:
    assert utf16_length(f"a{surrogate}b") == len("a?b")
    assert replace_lone_surrogates(f"a{surrogate}b") == "a\ufffdb"


@given(text=TEXTS)
def test_replacing_lone_surrogates_keeps_the_length_and_leaves_none(text: str) -> None:
    replaced = replace_lone_surrogates(text)
    assert utf16_length(replaced) == utf16_length(text)
    assert replaced.encode().decode() == replaced
    assert replace_lone_surrogates(replaced) == replaced


def test_two_surrogates_that_make_a_pair_become_the_character() -> None:
    assert replace_lone_surrogates("\ud83d" + "\ude00") == "😀"


@given(text=TEXTS)
def test_any_text_is_blank_or_not(text: str) -> None:
    assert is_blank(text) in {True, False}


@given(text=TEXTS)
def test_a_text_with_a_letter_is_never_blank(text: str) -> None:
    assert not is_blank(text + "a")


@given(text=st.text("\r\n\t \x00\u00a0\u200b\u200f\u3164"))
def test_a_text_of_white_space_and_controls_is_blank(text: str) -> None:
    assert is_blank(text)
