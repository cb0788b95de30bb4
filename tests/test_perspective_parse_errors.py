"""Which bodies are refused, and in which words."""

import json
from typing import Any

import msgspec
import pytest
from perspective_stubbed import INSULT, SUGGESTION, encode, field_refusal, refusal, refuse

from service.perspective.parse import parse_analyze
from service.perspective.wire import (
    Context,
    TextEntry,
)

PARAMETERS = "requestedAttributes[...]"
SCORES = "attributeScores[...]"


@pytest.mark.parametrize(
    ("changed", "field", "kind"),
    [
        ({"comment": "You idiot."}, "comment", "TYPE_MESSAGE"),
        ({"comment": {"text": 1}}, "comment.text", "TYPE_STRING"),
        ({"comment": {"text": ["a"]}}, "comment.text", "TYPE_STRING"),
        ({"comment": {"text": "a", "type": "RTF"}}, "comment.type", "TYPE_ENUM"),
        ({"requestedAttributes": ["INSULT"]}, "requestedAttributes", "TYPE_MESSAGE"),
        ({"requestedAttributes": {"INSULT": "x"}}, PARAMETERS, "TYPE_MESSAGE"),
        (
            {"requestedAttributes": {"INSULT": {"scoreThreshold": "high"}}},
            f"{PARAMETERS}.scoreThreshold",
            "TYPE_FLOAT",
        ),
        (
            {"requestedAttributes": {"INSULT": {"scoreType": "LOG"}}},
            f"{PARAMETERS}.scoreType",
            "TYPE_ENUM",
        ),
        ({"languages": "en"}, "languages", "TYPE_MESSAGE"),
        ({"languages": ["en", 1]}, "languages[1]", "TYPE_STRING"),
        ({"languages": [None]}, "languages[0]", "TYPE_STRING"),
        ({"spanAnnotations": "yes"}, "spanAnnotations", "TYPE_BOOL"),
        ({"doNotStore": 2}, "doNotStore", "TYPE_BOOL"),
        ({"context": {"entries": {}}}, "context.entries", "TYPE_MESSAGE"),
        ({"context": {"entries": [{"text": 1}]}}, "context.entries[0].text", "TYPE_STRING"),
        ({"clientToken": 7}, "clientToken", "TYPE_STRING"),
    ],
)
def test_a_value_of_the_wrong_type_is_refused_with_its_field(
    changed: dict[str, Any], field: str, kind: str
) -> None:
    error = refuse(encode(INSULT | changed))
    message = error["error"]["message"]
    assert error == field_refusal(message, field)
    assert message.startswith(f"Invalid value at '{field}' ({kind}): ")


@pytest.mark.parametrize(
    ("scores", "field", "kind"),
    [
        ({"summaryScore": 1}, f"{SCORES}.summaryScore", "TYPE_MESSAGE"),
        ({"summaryScore": {"value": True}}, f"{SCORES}.summaryScore.value", "TYPE_FLOAT"),
        ({"spanScores": [{"begin": 0.5}]}, f"{SCORES}.spanScores[0].begin", "TYPE_INT32"),
        ({"spanScores": [{"begin": 2**31}]}, f"{SCORES}.spanScores[0].begin", "TYPE_INT32"),
    ],
)
def test_a_suggestion_of_the_wrong_type_is_refused_with_its_field(
    scores: dict[str, Any], field: str, kind: str
) -> None:
    error = refuse(encode(SUGGESTION | {"attributeScores": {"INSULT": scores}}), suggested=True)
    message = error["error"]["message"]
    assert error == field_refusal(message, field)
    assert message.startswith(f"Invalid value at '{field}' ({kind}): ")


@pytest.mark.parametrize("document", [[], "text", 7, True, None])
def test_a_body_that_is_no_object_is_refused(document: object) -> None:
    message = refuse(encode(document))["error"]["message"]
    assert message.startswith("Invalid value (TYPE_MESSAGE): Expected `object`, got ")


@pytest.mark.parametrize(
    ("changed", "name", "field"),
    [
        ({"colour": "red"}, "colour", ""),
        ({"": 1}, "", ""),
        ({"a`b\nc": 1}, "a`b\nc", ""),
        ({"a - at `$b": 1}, "a - at `$b", ""),
        ({"comment": {"text": "a", "title": "b"}}, "title", "comment"),
        ({"requestedAttributes": {"INSULT": {"model": "x"}}}, "model", PARAMETERS),
        ({"context": {"entries": [{"id": 1}]}}, "id", "context.entries[0]"),
    ],
)
def test_an_unknown_name_is_refused_by_name(changed: dict[str, Any], name: str, field: str) -> None:
    where = f" at '{field}'" if field else ""
    message = f'Invalid JSON payload received. Unknown name "{name}"{where}: Cannot find field.'
    assert refuse(encode(INSULT | changed)) == field_refusal(message, field)


def test_the_name_of_an_attribute_is_never_changed() -> None:
    body = encode({"comment": {"text": "a"}, "requested_attributes": {"severe_toxicity": {}}})
    message = "Unknown requested attribute: severe_toxicity"
    assert refuse(body) == refusal("INVALID_REQUEST", message)


def test_a_lone_surrogate_for_a_choice_is_refused_with_its_field() -> None:
    error = refuse(encode(INSULT | {"comment": {"text": "a", "type": "\ud83d"}}))
    assert error["error"]["details"][0]["fieldViolations"][0]["field"] == "comment.type"
    msgspec.json.encode(error)


@pytest.mark.parametrize("text", [None, "", " ", "\r\n\t", "\0", "\u200b\u2060\ufeff", "\u3164"])
@pytest.mark.parametrize("suggested", [False, True])
def test_a_comment_with_nothing_to_see_is_empty(text: str | None, suggested: bool) -> None:  # noqa: FBT001 - a parameter of the test
    document = SUGGESTION if suggested else INSULT
    expected = refusal("COMMENT_EMPTY", "Comment must be non-empty.")
    body = encode(document | {"comment": {"text": text}})
    assert refuse(body, suggested=suggested) == expected


@pytest.mark.parametrize("body", [b"", b"{}", b'{"comment": null}', b'{"comment": {}}'])
def test_a_body_without_a_comment_has_an_empty_one(body: bytes) -> None:
    assert refuse(body) == refusal("COMMENT_EMPTY", "Comment must be non-empty.")


UNREADABLE = "The body is not JSON that this service reads."


@pytest.mark.parametrize(
    ("body", "detail"),
    [
        (b"{", "The body is not JSON: see line 1, column 2."),
        (b'{"comment": {"text": "a"}}}', "The body is not JSON: see line 1, column 27."),
        (b"\xef\xbb\xbf" + encode(INSULT), "The body is not JSON: see line 1, column 1."),
        (json.dumps(INSULT).encode("utf-16"), "The body is not UTF-8: see byte 0."),
        (b'{"comment": "\xe9"}', "The body is not UTF-8: see byte 13."),
        (b'{"comment": NaN}', UNREADABLE),
        (b'{"comment": -Infinity}', UNREADABLE),
        (b"[" * 100_000, UNREADABLE),
        (b'{"comment":' * 100_000, UNREADABLE),
        (b'{"colour": ' + b"9" * 5000 + b"}", UNREADABLE),
    ],
    ids=range(10),
)
def test_what_is_not_json_is_refused_with_its_place(body: bytes, detail: str) -> None:
    message = f"Invalid JSON payload received. {detail}"
    assert refuse(body) == refuse(body, suggested=True) == field_refusal(message)


def test_checks_are_made_in_an_order_that_is_fixed() -> None:
    document: dict[str, Any] = {
        "comment": {"text": "", "type": "HTML"},
        "requestedAttributes": {},
        "context": {"entries": [{}], "articleAndParentComment": {}},
        "colour": "red",
    }
    steps: list[tuple[dict[str, Any], str]] = [
        ({}, 'Invalid JSON payload received. Unknown name "colour": Cannot find field.'),
        ({"colour": None}, "Comment must be non-empty."),
        ({"comment": {"text": "a" * 20_481, "type": "HTML"}}, "Currently, only 'PLAIN_TEXT'"),
        ({"comment": {"text": "a" * 20_481}}, "Comment text was too many bytes."),
        ({"comment": {"text": "a"}}, "Missing requested_attributes"),
        ({"requestedAttributes": {"X": {"scoreType": "RAW"}}}, "Unknown requested attribute: X"),
        ({"requestedAttributes": {"INSULT": {"scoreType": "RAW"}}}, "Requested score type RAW"),
        ({"requestedAttributes": {"INSULT": {}}}, "Context can have either"),
    ]
    for changed, message in steps:
        document |= changed
        if changed == {"colour": None}:
            del document["colour"]
        assert refuse(encode(document))["error"]["message"].startswith(message)
    _, request = parse_analyze(encode(document | {"context": {"entries": [{}]}}))
    assert request.context == Context([TextEntry()])


def test_a_large_body_is_not_read_twice() -> None:
    body = b'{"x": [' + b"[]," * 800_000 + b"[]]}"
    error = refuse(body)["error"]
    assert error["message"].startswith("Invalid JSON payload received. Unknown name")
