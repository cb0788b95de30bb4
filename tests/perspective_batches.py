"""Batches of Perspective's calls: written, and read as a client reads them."""

import http.client
import io
import json
import socket
from email import message_from_bytes
from email.message import Message
from typing import Any, cast

from perspective_stubbed import INSULT, SCORERS, build_call, envelope

from service.perspective.batch import answer_batch
from service.perspective.calls import ANALYZE, Perspective

EDGE = "edge"
MEDIA_TYPE = f"multipart/mixed; boundary={EDGE}"
NOT_FOUND = envelope(404, "NOT_FOUND", "Method not found.")
ENCODED = json.dumps(INSULT).encode()


def part(
    body: bytes = ENCODED,
    *,
    line: str = f"POST {ANALYZE}?fields=languages HTTP/1.1",
    head: bytes = b"",
    inner: bytes = b"Content-Type: application/json\r\n",
    kind: bytes = b"application/http",
) -> bytes:
    """Return one part of a batch; `head` and `inner` are headers, each with its end of line."""
    request = line.encode("latin-1") + b"\r\n" + inner + b"\r\n" + body
    return b"Content-Type: " + kind + b"\r\n" + head + b"\r\n" + request


def join(*parts: bytes) -> bytes:
    """Return the body of a batch."""
    edge = b"--" + EDGE.encode()
    return b"".join(edge + b"\r\n" + each + b"\r\n" for each in parts) + edge + b"--\r\n"


class _Socket:
    """As much of a socket as http.client reads a response from."""

    def __init__(self, data: bytes) -> None:
        self._data = data

    def makefile(self, _: str) -> io.BytesIO:
        return io.BytesIO(self._data)


def read_part(payload: bytes) -> tuple[int, Any]:
    """Read a response as http.client does; return its status and document."""
    response = http.client.HTTPResponse(cast(socket.socket, _Socket(payload)))
    response.begin()
    assert response.getheader("Content-Type") == "application/json; charset=UTF-8"
    assert len(payload.partition(b"\r\n\r\n")[2]) == int(response.getheader("Content-Length", ""))
    return response.status, json.loads(response.read())


def read_parts(body: bytes, media_type: str) -> list[tuple[str | None, int, Any]]:
    """Read an answer with Python's own parser; return the Content-ID and answer of each part."""
    message = message_from_bytes(f"Content-Type: {media_type}\r\n\r\n".encode() + body)
    assert message.defects == []
    found = []
    for each in cast(list[Message], message.get_payload()):
        assert each.get_content_type() == "application/http"
        assert set(each.keys()) <= {"Content-Type", "Content-ID"}
        found.append((each["Content-ID"], *read_part(cast(bytes, each.get_payload(decode=True)))))
    return found


def send(
    body: bytes, media_type: str = MEDIA_TYPE, perspective: Perspective | None = None
) -> list[tuple[str | None, int, Any]]:
    """Send a batch; return what comes of each call."""
    perspective = perspective or Perspective(SCORERS)
    outer = build_call(b"", "/batch", key="outer key")
    parts, answered = answer_batch(body, media_type, outer, perspective.answer)
    return read_parts(b"".join(parts), answered)
