"""The query parameter ``fields`` gives a part of an answer, or is refused."""

import contextlib
import doctest
from typing import Any

import msgspec
import pytest
from hypothesis import example, given
from hypothesis import strategies as st
from perspective_stubbed import field_refusal

from service.perspective import fields as module
from service.perspective.errors import PerspectiveError
from service.perspective.fields import select_fields
from service.perspective.wire import (
    AnalyzeCommentResponse,
    AttributeScores,
    Score,
    SpanScore,
    SuggestCommentScoreResponse,
)

SCORE = Score(0.5, "PROBABILITY")
SCORES = AttributeScores([SpanScore(0, 3, SCORE), SpanScore(4, 9, SCORE)], SCORE)
RESPONSE = AnalyzeCommentResponse({"INSULT": SCORES, "THREAT": SCORES}, ["en"], ["en", "nl"], "c")
WHOLE: dict[str, Any] = msgspec.to_builtins(RESPONSE)
VALUE = {"summaryScore": {"value": 0.5}}
NO_MASK = "Request contains an invalid argument: 'fields' is no field mask."

WORDS = ["attributeScores", "INSULT", "summaryScore", "spanScores", "value", "languages", "begin"]
MASKS = (
    st.lists(st.sampled_from([*WORDS, *"*,/()", "x"]), max_size=12).map("".join)
    | st.lists(st.sampled_from([*WORDS, "*"]), min_size=1, max_size=5).map("/".join)
    | st.text()
)


def is_part(part: object, whole: object) -> bool:
    """Return whether a document is another with some members of its objects left out."""
    if isinstance(part, dict) and isinstance(whole, dict):
        return all(name in whole and is_part(part[name], whole[name]) for name in part)
    if isinstance(part, list) and isinstance(whole, list):
        return len(part) == len(whole) and all(map(is_part, part, whole))
    return part == whole


@pytest.mark.parametrize(
    ("mask", "selected"),
    [
        ("*", WHOLE),
        ("languages", {"languages": ["en"]}),
        ("languages,clientToken", {"languages": ["en"], "clientToken": "c"}),
        ("languages,languages", {"languages": ["en"]}),
        ("attributeScores/INSULT/summaryScore/value", {"attributeScores": {"INSULT": VALUE}}),
        (
            "attributeScores/*/summaryScore(value)",
            {"attributeScores": {"INSULT": VALUE, "THREAT": VALUE}},
        ),
        (
            "attributeScores(THREAT/summaryScore/value,INSULT(spanScores(begin,end)))",
            {
                "attributeScores": {
                    "THREAT": VALUE,
                    "INSULT": {"spanScores": [{"begin": 0, "end": 3}, {"begin": 4, "end": 9}]},
                }
            },
        ),
        ("attributeScores/THREAT,attributeScores", {"attributeScores": WHOLE["attributeScores"]}),
        ("attributeScores/PROFANITY", {"attributeScores": {}}),
    ],
)
def test_a_mask_selects_what_it_names(mask: str, selected: dict[str, Any]) -> None:
    assert select_fields(RESPONSE, mask) == selected


def test_what_a_mask_names_and_an_answer_lacks_is_left_out() -> None:
    response = SuggestCommentScoreResponse(["en"])
    assert select_fields(response, "clientToken,requestedLanguages") == {}


@pytest.mark.parametrize(
    "mask",
    [
        *(
            "",
            ",",
            "languages,",
            ",languages",
            "/languages",
            "languages/",
            "languages,,clientToken",
        ),
        *("(languages)", "languages(", "languages()", "attributeScores(*", "attributeScores(*))"),
        *("attributeScores(INSULT", "**", "* ", " ", "a b", "lan guages", "languages;x", "\0"),
        *("/".join(["*"] * 11), "(*" * 500, "a(" * 400, "languages," * 100 + "languages"),
    ],
)
def test_what_is_no_mask_is_refused(mask: str) -> None:
    with pytest.raises(PerspectiveError, match=r"^INVALID_ARGUMENT$") as raised:
        select_fields(RESPONSE, mask)
    assert msgspec.to_builtins(raised.value.response) == field_refusal(NO_MASK, "fields")


@pytest.mark.parametrize(
    ("mask", "path"),
    [
        ("scores", "scores"),
        ("languages/en", "languages.en"),
        ("attributeScores/INSULT/value", "attributeScores.INSULT.value"),
        ("attributeScores(INSULT(summaryScore(max)))", "attributeScores.INSULT.summaryScore.max"),
        ("/".join(["*"] * 10), ".".join(["*"] * 10)),
    ],
)
def test_a_path_that_no_answer_has_is_refused_by_name(mask: str, path: str) -> None:
    with pytest.raises(PerspectiveError, match=r"^INVALID_ARGUMENT$") as raised:
        select_fields(RESPONSE, mask)
    message = f"Error expanding 'fields' parameter. Cannot find matching fields for path '{path}'."
    assert msgspec.to_builtins(raised.value.response) == field_refusal(message, "fields")


@given(MASKS)
@example("*/INSULT")
@example("*/*/summaryScore")
def test_any_mask_selects_a_part_of_the_answer_or_is_refused(mask: str) -> None:
    with contextlib.suppress(PerspectiveError):
        assert is_part(select_fields(RESPONSE, mask), WHOLE)


def test_a_star_reaches_only_what_has_parts() -> None:
    found = select_fields(RESPONSE, "*/INSULT/summaryScore/value")
    assert found == {"attributeScores": {"INSULT": VALUE}}


def test_the_examples_in_the_module_are_true() -> None:
    assert doctest.testmod(module) == (0, 2)
