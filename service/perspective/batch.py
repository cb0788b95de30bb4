"""Google's multipart batches: several calls in one request, an answer for each.

Each part of type ``application/http`` holds an HTTP request; the parts of the
answer hold the responses, in the same order, and carry the part's
``Content-ID`` with ``response-`` before it.
"""

import re
import secrets
from collections.abc import Callable, Iterator
from email.message import Message
from email.parser import BytesHeaderParser
from http import HTTPStatus
from typing import Final
from urllib.parse import parse_qsl, unquote, urlsplit

from service.perspective.calls import Answer, Call, render_error
from service.perspective.errors import PerspectiveError, field_error

MAX_CALLS: Final = 100
MEDIA_TYPE: Final = "multipart/mixed"
JSON: Final = "application/json; charset=UTF-8"

_PART: Final = "application/http"
_BLANK_LINE: Final = re.compile(rb"(?:\A|\r?\n)\r?\n")
_REQUEST_LINE: Final = re.compile(rb"\s*([A-Z]+) ([!-~]+) HTTP/1\.[01][ \t\r]*(?:\n|\Z)")
_CONTENT_ID: Final = re.compile(r"<([ -=?-~]{1,500})>")
_FOLD: Final = re.compile(r"[\r\n]+\s*")
_MAX_HEAD: Final = 8192


def answer_batch(
    body: bytes, media_type: str, outer: Call, answer: Callable[[Call], Answer]
) -> tuple[Iterator[bytes], str]:
    """Return the answers to a batch, each made when it is asked for, and their media type.

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
    # A batch's own parameters stand for none of its calls, but for the key.
    outer = outer._replace(key=dict(outer.query).get("key") or outer.key)
    boundary = f"batch_{secrets.token_urlsafe(24)}"

    def render() -> Iterator[bytes]:
        for part in parts:
            yield f"--{boundary}\r\n".encode() + _answer_part(part, outer, answer) + b"\r\n"
        yield f"--{boundary}--\r\n".encode()

    return render(), f"{MEDIA_TYPE}; boundary={boundary}"


def _split(body: bytes, media_type: str) -> list[bytes]:
    """Return the parts. By hand: email's parser takes 20 s for 16 MB of boundaries."""
    header = Message()
    header["Content-Type"] = media_type
    try:
        boundary = (header.get_boundary() or "").encode("latin-1")
    except ValueError:
        boundary = b""
    if header.get_content_type() != MEDIA_TYPE or not boundary:
        raise field_error("", f"A batch is sent as {MEDIA_TYPE}, with its boundary.")
    edge = rb"(?:\A|\r?\n)--%s(--)?[ \t]*(?=\r?\n|\Z)" % re.escape(boundary)
    # What is before the first edge and behind the last, which closes, is no part.
    pieces = re.split(edge, body, maxsplit=MAX_CALLS + 1)[1:]
    closing, contents = pieces[::2], pieces[1::2]
    parts = contents[: closing.index(b"--")] if b"--" in closing else contents
    if not parts:
        raise field_error("", "The batch has no calls.")
    if len(parts) > MAX_CALLS:
        raise field_error("", f"The batch has too many calls. It exceeded limit ({MAX_CALLS}).")
    return parts


def _answer_part(part: bytes, outer: Call, answer: Callable[[Call], Answer]) -> bytes:
    """Return the part of the answer to a part."""
    # The line of the edge ends at the beginning of the part.
    head, content = _cut(part.partition(b"\n")[2])
    headers = BytesHeaderParser().parsebytes(head)
    try:
        found = answer(_read_call(headers, content, outer))
    except PerspectiveError as error:
        found = render_error(error)
    return _render(str(headers["Content-ID"]), found)


def _read_call(headers: Message, content: bytes, outer: Call) -> Call:
    request = _REQUEST_LINE.match(content)
    if headers.get_content_type() != _PART or not request:
        raise field_error("", f"A part of a batch is a request over HTTP, as {_PART}.")
    try:
        target = urlsplit(request[2].decode("ascii"))
    except ValueError:
        raise field_error("", "The address of a part of the batch cannot be read.") from None
    return outer._replace(
        method=request[1].decode("ascii"),
        path=unquote(target.path),
        query=parse_qsl(target.query, keep_blank_values=True),
        body=_cut(content[request.end() :])[1],
    )


def _cut(message: bytes) -> tuple[bytes, bytes]:
    """Return the headers of a message, if they are not too long, and its content."""
    found = _BLANK_LINE.search(message, 0, _MAX_HEAD)
    return (message[: found.start()], message[found.end() :]) if found else (b"", b"")


def _render(content_id: str, answer: Answer) -> bytes:
    head = [f"Content-Type: {_PART}"]
    if found := _CONTENT_ID.fullmatch(_FOLD.sub(" ", content_id.strip())):
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
