"""What is read of a request's body, and what is refused, in which words."""

from typing import Any

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st
from perspective_stubbed import ANY_JSON, ANY_TEXT, INSULT, SUGGESTION, encode, refusal, refuse

from service.perspective.errors import PerspectiveError
from service.perspective.parse import parse_analyze, parse_suggest
from service.perspective.wire import (
    AnalyzeCommentRequest,
    AttributeParameters,
    Score,
    SuggestCommentScoreRequest,
    TextEntry,
)

FIELDS = st.sampled_from(
    [
        *("comment", "requestedAttributes", "attributeScores", "languages", "context"),
        *("spanAnnotations", "doNotStore", "clientToken", "sessionId", "communityId"),
    ]
)


def test_what_is_null_is_absent() -> None:
    absent = parse_analyze(encode(INSULT))
    optional = set(AnalyzeCommentRequest.__struct_encode_fields__) - set(INSULT)
    assert parse_analyze(encode(dict.fromkeys(optional) | INSULT)) == absent
    entry = {"text": "You idiot.", "type": None}
    _, request = parse_analyze(encode({"comment": entry, "requestedAttributes": {"INSULT": None}}))
    assert request.comment == TextEntry("You idiot.")
    assert request.requested_attributes == {"INSULT": None}


def test_names_may_be_those_of_protocol_buffers() -> None:
    text, request = parse_analyze(
        encode(
            {
                "comment": {"text": "a_b"},
                "requested_attributes": {
                    "SEVERE_TOXICITY": {"score_type": "PROBABILITY", "score_threshold": 0.5}
                },
                "span_annotations": True,
                "do_not_store": True,
                "context": {"article_and_parent_comment": {"parent_comment": {"text": "b_c"}}},
                "client_token": "t_t",
                "session_id": "s",
                "community_id": "c",
            }
        )
    )
    assert text == "a_b"
    assert msgspec.to_builtins(request) == {
        "comment": {"text": "a_b"},
        "requestedAttributes": {
            "SEVERE_TOXICITY": {"scoreType": "PROBABILITY", "scoreThreshold": 0.5}
        },
        "spanAnnotations": True,
        "doNotStore": True,
        "context": {"articleAndParentComment": {"parentComment": {"text": "b_c"}}},
        "clientToken": "t_t",
        "sessionId": "s",
        "communityId": "c",
    }


def test_numbers_and_booleans_may_be_strings() -> None:
    changed = {
        "spanAnnotations": "true",
        "requestedAttributes": {"INSULT": {"scoreThreshold": "0.5"}},
    }
    _, request = parse_analyze(encode(INSULT | changed))
    assert request.span_annotations is True
    assert request.requested_attributes == {"INSULT": AttributeParameters(score_threshold=0.5)}
    span = {"begin": "0", "end": 3.0, "score": {"value": "1"}}
    _, suggestion = parse_suggest(
        encode(SUGGESTION | {"attributeScores": {"INSULT": {"spanScores": [span]}}})
    )
    assert msgspec.to_builtins(suggestion.attribute_scores) == {
        "INSULT": {"spanScores": [{"begin": 0, "end": 3, "score": {"value": 1.0}}]}
    }


@pytest.mark.parametrize("token", ["null", "true", "1"])
def test_a_string_that_reads_as_something_else_is_still_a_string(token: str) -> None:
    body = encode(INSULT | {"comment": {"text": token}, "clientToken": token})
    text, request = parse_analyze(body)
    assert (text, request.client_token) == (token, token)


@pytest.mark.parametrize("unit", ["a", "é", "字", "😀", "\r\n", "\ud83d", "\0"])
def test_20480_bytes_of_utf8_are_read_and_one_more_is_not(unit: str) -> None:
    # A lone surrogate is read as U+FFFD, which has three bytes, as it has by itself.
    size = len(unit.encode("utf-8", "surrogatepass"))
    text = unit * (20_476 // size) + "a" * (20_476 % size) + "!!!!"
    read, _ = parse_analyze(encode(INSULT | {"comment": {"text": text}}))
    assert len(read.encode()) == 20_480
    message = "Comment text was too many bytes. Value (20481) exceeded limit (20480)."
    body = encode(INSULT | {"comment": {"text": text + "a"}})
    assert refuse(body) == refusal("COMMENT_TOO_LONG", message)


@pytest.mark.parametrize(
    ("sent", "read"),
    [
        (r"a\ud83d", "a\ufffd"),
        (r"\ude00\ud83d", "\ufffd\ufffd"),
        (r"\ud83d\ude00", "😀"),
        (r"a\u0000b", "a\0b"),
    ],
)
def test_a_lone_surrogate_is_replaced_and_nul_is_kept(sent: str, read: str) -> None:
    body = f'{{"comment": {{"text": "{sent}"}}, "requestedAttributes": {{"INSULT": {{}}}}}}'
    assert parse_analyze(body.encode())[0] == read


@pytest.mark.parametrize("name", ["clientToken", "sessionId", "communityId", "languages"])
def test_a_lone_surrogate_is_replaced_wherever_it_is_sent(name: str) -> None:
    sent, read = (["\ud83d"], ["\ufffd"]) if name == "languages" else ("\ud83d", "\ufffd")
    _, request = parse_analyze(encode(INSULT | {name: sent}))
    assert msgspec.to_builtins(request)[name] == read


def test_the_last_of_two_values_counts() -> None:
    body = encode(INSULT)[:-1] + b', "comment": {"text": "Last."}}'
    assert parse_analyze(body)[0] == "Last."


def test_a_context_with_an_empty_list_of_entries_has_none() -> None:
    context = {"entries": [], "articleAndParentComment": {"article": {"text": "a"}}}
    assert parse_analyze(encode(INSULT | {"context": context}))[0] == "You idiot."


@given(st.dictionaries(FIELDS | ANY_TEXT, ANY_JSON, max_size=5), st.booleans())
def test_any_json_is_read_or_refused_in_words_that_can_be_sent(
    changed: dict[str, Any],
    valid: bool,  # noqa: FBT001 - hypothesis passes it by name
) -> None:
    for parse, document in ((parse_analyze, INSULT), (parse_suggest, SUGGESTION)):
        try:
            text, request = parse(encode((document if valid else {}) | changed))
        except PerspectiveError as error:
            msgspec.json.encode(error.response)
        else:
            assert text.strip()
            msgspec.json.encode(request)


def test_a_score_of_an_integer_is_a_number() -> None:
    _, request = parse_suggest(encode(SUGGESTION))
    assert isinstance(request, SuggestCommentScoreRequest)
    assert request.attribute_scores is not None
    scores = request.attribute_scores["INSULT"]
    assert scores is not None
    assert scores.summary_score == Score(1.0)
