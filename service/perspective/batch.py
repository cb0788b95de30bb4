"""Google's multipart batches: several calls in one request, an answer for each.

Each part of type ``application/http`` holds an HTTP request; the parts of the
answer hold the responses, in the same order, and carry the part's
``Content-ID`` with ``response-`` before it.
"""

import re
import secrets
from collections.abc import Callable
from email import message_from_bytes
from email.message import Message
from http import HTTPStatus
from typing import Final
from urllib.parse import parse_qsl, unquote, urlsplit

from service.perspective.calls import Answer, Call, render_error
from service.perspective.errors import PerspectiveError, field_error

MAX_CALLS: Final = 100
MEDIA_TYPE: Final = "multipart/mixed"
JSON: Final = "application/json; charset=UTF-8"

_PART: Final = "application/http"
_REQUEST_LINE: Final = re.compile(r"(?P<method>[A-Z]+) (?P<target>\S+) HTTP/1\.[01]")
_CONTENT_ID: Final = re.compile(r"<([ -=?-~]{1,500})>")
_FOLD: Final = re.compile(r"[\r\n]+\s*")


def answer_batch(
    body: bytes, media_type: str, outer: Call, answer: Callable[[Call], Answer]
) -> tuple[bytes, str]:
    """Return the answers to a batch, and their media type.

    Parameters
    ----------
    body : bytes
    media_type : str
        With the boundary.
    outer : Call
        The batch itself: a call without a key of its own has its key.
    answer : callable
        Answers a call, an error included.

    Raises
    ------
    PerspectiveError
        400 if it is no batch, is empty, or has more than 100 calls; none is answered.
    """
    parts = _split(body, media_type)
    if not parts:
        raise field_error("", "The batch has no calls.")
    if len(parts) > MAX_CALLS:
        size = f"Value ({len(parts)}) exceeded limit ({MAX_CALLS})"
        raise field_error("", f"The batch has too many calls. {size}.")
    boundary = f"batch_{secrets.token_urlsafe(24)}"
    edge = b"--" + boundary.encode()
    chunks = (_render(part, _answer_part(part, outer, answer)) for part in parts)
    answers = b"".join(b"%s\r\n%s\r\n" % (edge, chunk) for chunk in chunks)
    return b"%s%s--\r\n" % (answers, edge), f"{MEDIA_TYPE}; boundary={boundary}"


def _split(body: bytes, media_type: str) -> list[Message]:
    try:
        head = f"Content-Type: {media_type}\r\n\r\n".encode("latin-1")
        message = message_from_bytes(head + body)
    except (UnicodeEncodeError, RecursionError):
        message = Message()
    parts = message.get_payload()
    if message.get_content_type() != MEDIA_TYPE or not isinstance(parts, list):
        raise field_error("", f"A batch is sent as {MEDIA_TYPE}, with its boundary.")
    return [part for part in parts if isinstance(part, Message)]


def _answer_part(part: Message, outer: Call, answer: Callable[[Call], Answer]) -> Answer:
    try:
        return answer(_read_call(part, outer))
    except PerspectiveError as error:
        return render_error(error)


def _read_call(part: Message, outer: Call) -> Call:
    payload = part.get_payload(decode=True)
    line, _, rest = payload.lstrip().partition(b"\n") if isinstance(payload, bytes) else (b"",) * 3
    found = _REQUEST_LINE.fullmatch(line.decode("latin-1").strip())
    body = message_from_bytes(rest).get_payload(decode=True)
    if part.get_content_type() != _PART or not found or not isinstance(body, bytes):
        raise field_error("", f"A part of a batch is a request over HTTP, as {_PART}.")
    try:
        target = urlsplit(found["target"])
    except ValueError:
        raise field_error("", "The address of a part of the batch cannot be read.") from None
    return outer._replace(
        method=found["method"],
        path=unquote(target.path),
        query=parse_qsl(target.query, keep_blank_values=True),
        body=body,
    )


def _render(part: Message, answer: Answer) -> bytes:
    head = [f"Content-Type: {_PART}"]
    if found := _CONTENT_ID.fullmatch(_FOLD.sub(" ", str(part["Content-ID"]).strip())):
        head.append(f"Content-ID: <response-{found[1]}>")
    head += [
        "",
        f"HTTP/1.1 {answer.status} {HTTPStatus(answer.status).phrase}",
        f"Content-Type: {JSON}",
        f"Content-Length: {len(answer.body)}",
        "",
        "",
    ]
    return "\r\n".join(head).encode() + answer.body
