"""Answers that are ready before they are needed: the worker's loop sends them, and no thread."""

from dataclasses import dataclass
from http import HTTPStatus
from typing import Final

import msgspec

from service.wire import Problem


@dataclass(frozen=True, slots=True)
class Refusal:
    """A problem document as it goes over the wire.

    Attributes
    ----------
    code : str
        Stable name of the problem.
    data : bytes
        Head and body; the connection closes after it.
    kept : bytes
        The same where the connection is kept.
    """

    code: str
    data: bytes
    kept: bytes


def _build(status: int, code: str, detail: str, *headers: str) -> Refusal:
    phrase = HTTPStatus(status).phrase
    body = msgspec.json.encode(Problem(title=phrase, status=status, code=code, detail=detail))
    head = [
        f"HTTP/1.1 {status} {phrase}",
        "Content-Type: application/problem+json",
        f"Content-Length: {len(body)}",
        *headers,
    ]
    data, kept = (
        "\r\n".join([*head, f"Connection: {kind}", "", ""]).encode("ascii") + body
        for kind in ("close", "keep-alive")
    )
    return Refusal(code, data, kept)


CUT_OFF: Final = _build(400, "bad_request", "The request could not be read.")
TOO_SLOW: Final = _build(408, "too_slow", "The request did not come whole in time.")
BODY_TOO_LARGE: Final = _build(413, "too_large", "The body is larger than this address takes.")
HEAD_TOO_LARGE: Final = _build(431, "head_too_large", "The head of the request is too large.")
OVERLOADED: Final = _build(
    503, "overloaded", "More is asked than can be answered. Try again.", "Retry-After: 1"
)
CONTINUE: Final = b"HTTP/1.1 100 Continue\r\n\r\n"
