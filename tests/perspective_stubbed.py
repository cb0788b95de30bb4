"""Perspective's protocol around stub scorers, for the tests of `service.perspective`."""

import json
from collections.abc import Iterable
from typing import Any, Final

import msgspec
import pytest
from flask.testing import FlaskClient
from hypothesis import strategies as st
from stubs import StubScorer

from model.scorer import TextScorer
from service.perspective.calls import ANALYZE, Call, Perspective
from service.perspective.errors import PerspectiveError
from service.perspective.parse import parse_analyze, parse_suggest

SCORERS: Final[dict[str, TextScorer]] = {"en": StubScorer()}
INSULT: Final[dict[str, Any]] = {
    "comment": {"text": "You idiot."},
    "requestedAttributes": {"INSULT": {}},
}
"""A request for a score that the stub puts at 0.95."""
SUGGESTION: Final[dict[str, Any]] = {
    "comment": {"text": "You idiot."},
    "attributeScores": {"INSULT": {"summaryScore": {"value": 1}}},
}

DETAILS: Final = {
    "type.googleapis.com/google.rpc.BadRequest",
    "type.googleapis.com/google.rpc.ErrorInfo",
    "type.googleapis.com/google.commentanalyzer.v1alpha1.Error",
}
"""What the details of errors are."""

ANY_TEXT: Final = st.text(st.characters(exclude_categories=()), max_size=8)
"""Lone surrogates are among it, which JSON allows."""
ANY_JSON: Final[st.SearchStrategy[Any]] = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | ANY_TEXT,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(ANY_TEXT, inner, max_size=3),
    max_leaves=8,
)


class FrenchScorer(StubScorer):
    """A model of another language, which has no scores of threats and is milder."""

    version = "fr-stub"
    attributes = ("toxicity", "insult")  # type: ignore[assignment]

    def score(self, texts: list[str]) -> Any:  # noqa: ANN401 - an array
        """Return half of what the model of English says."""
        return super().score(texts)[:, [0, 3]] / 2


def build_call(
    document: object = None,
    path: str = ANALYZE,
    query: Iterable[tuple[str, str]] = (),
    key: str | None = None,
) -> Call:
    """Return a call as a client sends it."""
    body = document if isinstance(document, bytes) else json.dumps(document).encode()
    return Call("POST", path, list(query), body, key)


def answer(call: Call, perspective: Perspective | None = None) -> tuple[int, Any]:
    """Return the status and the document of an answer."""
    found = (perspective or Perspective(SCORERS)).answer(call)
    return found.status, json.loads(found.body)


def post(client: FlaskClient, address: str, document: object, **options: Any) -> tuple[int, Any]:  # noqa: ANN401 - as Flask's client takes them
    """Post JSON, or bytes as they are; return the status and the document of the answer."""
    body = document if isinstance(document, bytes) else json.dumps(document)
    reply = client.post(address, data=body, **options)
    assert reply.content_type == "application/json; charset=UTF-8"
    return reply.status_code, reply.get_json()


def envelope(code: int, status: str, message: str, *details: object) -> dict[str, Any]:
    """Return an error as Google's services have it."""
    error = {"code": code, "message": message, "status": status, "details": list(details)}
    return {"error": {name: value for name, value in error.items() if value != []}}


def refusal(error_type: str, message: str, **more: object) -> dict[str, Any]:
    """Return the document of an error of Perspective's own."""
    kind = "type.googleapis.com/google.commentanalyzer.v1alpha1.Error"
    detail = {"@type": kind, "errorType": error_type, **more}
    return envelope(400, "INVALID_ARGUMENT", message, detail)


def field_refusal(message: str, field: str = "") -> dict[str, Any]:
    """Return the document of an error that names a field."""
    violation = {"field": field, "description": message} if field else {"description": message}
    detail = {"@type": "type.googleapis.com/google.rpc.BadRequest", "fieldViolations": [violation]}
    return envelope(400, "INVALID_ARGUMENT", message, detail)


def check_answer(status: int, document: Any, shape: type[msgspec.Struct]) -> None:  # noqa: ANN401 - JSON
    """Check that an answer is of a shape, or is an error of the client's in the envelope."""
    if status == 200:
        msgspec.convert(document, shape)
        return
    error = document["error"]
    assert set(document) == {"error"}
    assert (status, error["status"]) in {(400, "INVALID_ARGUMENT"), (404, "NOT_FOUND")}
    assert error["code"] == status
    assert error["message"]
    assert {detail["@type"] for detail in error.get("details", [])} <= DETAILS


def encode(document: object) -> bytes:
    """Return a body."""
    return json.dumps(document).encode()


def refuse(body: bytes, *, suggested: bool = False) -> Any:  # noqa: ANN401 - JSON
    """Check that a body is refused; return the error."""
    with pytest.raises(PerspectiveError, match=r"^INVALID_ARGUMENT$") as raised:
        (parse_suggest if suggested else parse_analyze)(body)
    return msgspec.to_builtins(raised.value.response)
