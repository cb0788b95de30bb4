"""Find where an HTTP/1.1 request ends, so that it is handed on whole.

This is no parser. What a request says, and whether it may be said so, gunicorn judges alone, from
the same bytes: where it finds another end than is found here, it answers 400 or the client waits
for its deadline, and no byte of one request is ever taken for another's.
"""

import re
from dataclasses import dataclass
from enum import Enum, auto
from typing import Final, Self

from gunicorn.config import Config

_BLANK_LINE: Final = re.compile(rb"\n\r?\n")
_CHUNK_SIZE: Final = re.compile(rb"([0-9A-Fa-f]{1,15})[^\n]*\n")
_LINE: Final = 8190
_DIGITS: Final = 15
_ONE_COMMENT: Final = re.compile(
    rb"POST /(?:v1/moderate|v1alpha1/comments:analyze|integrations/coral)[ ?]"
)
_HEALTH: Final = re.compile(rb"(?:GET|HEAD) /(?:healthz|readyz|metrics)[ ?]")

SHORT: Final = 65_536
"""Bytes of the longest request for one comment that is answered in the loop."""


class Extent(Enum):
    """How much of a request is there."""

    PARTIAL = auto()
    WHOLE = auto()
    HEAD_TOO_LARGE = auto()
    BODY_TOO_LARGE = auto()


@dataclass(frozen=True)
class Limits:
    """How many bytes a head and a body, as sent, may have."""

    head: int
    body: int

    @classmethod
    def read(cls, cfg: Config, body: int) -> Self:
        """Return those of gunicorn's settings, beside that of a body."""
        field = cfg.limit_request_field_size + len("\r\n")
        return cls(cfg.limit_request_line + cfg.limit_request_fields * field + 4, body)


class Framing:
    """Where the request at the start of a buffer ends, as more of it comes.

    Parameters
    ----------
    limits : Limits

    Attributes
    ----------
    head : int
        Bytes of the head, once it has ended; until then 0.
    expects : bool
        Whether the client waits to be told to send the body (``Expect: 100-continue``).
    """

    __slots__ = ("_at", "_chunked", "_end", "_limits", "_scanned", "expects", "head")

    def __init__(self, limits: Limits) -> None:
        self.head = 0
        self.expects = False
        self._limits = limits
        self._scanned = 0
        self._chunked = False
        self._at = 0
        self._end = 0

    def look(self, buffer: bytearray) -> Extent:
        """Look at what has come since the last time; `buffer` begins with the request."""
        if not self.head and not self._find_head(buffer):
            return Extent.HEAD_TOO_LARGE if len(buffer) > self._limits.head else Extent.PARTIAL
        if self._chunked and not self._end:
            self._walk(buffer)
        if max(self._end, self._at if self._chunked else 0) - self.head > self._limits.body:
            return Extent.BODY_TOO_LARGE
        return Extent.WHOLE if self._end and len(buffer) >= self._end else Extent.PARTIAL

    def _find_head(self, buffer: bytearray) -> bool:
        # A line that ends without CR is refused by gunicorn: it need not wait for more.
        found = _BLANK_LINE.search(buffer, max(self._scanned - 2, 0))
        self._scanned = len(buffer)
        if not found or found.end() > self._limits.head:
            return False
        self.head = self._at = found.end()
        lines = bytes(buffer[: self.head]).lower()
        self._chunked = b"\ntransfer-encoding:" in lines
        self.expects = b"\nexpect: 100-continue\r" in lines and b" http/1.1\r" in lines
        if not self._chunked:
            self._end = self.head + _read_length(lines)
        return True

    def _walk(self, buffer: bytearray) -> None:
        """Go from chunk to chunk, from where the last look came to."""
        while size := _CHUNK_SIZE.match(buffer, self._at):
            if int(size[1], 16) == 0:
                self._find_trailers_end(buffer, size.end())
                return
            self._at = size.end() + int(size[1], 16) + len(b"\r\n")
        if buffer.find(b"\n", self._at) >= 0 or len(buffer) - self._at > _LINE:
            # No size of a chunk: gunicorn, which reads it next, refuses it.
            self._end = len(buffer)

    def _find_trailers_end(self, buffer: bytearray, start: int) -> None:
        if found := _BLANK_LINE.search(buffer, start - 1):
            self._end = found.end()
        elif len(buffer) - start > _LINE:
            self._end = len(buffer)


def _read_length(lines: bytes) -> int:
    """Return the length that a head in lower case announces for the body."""
    name = b"\ncontent-length:"
    begin = lines.find(name)
    if begin < 0:
        return 0
    begin += len(name)
    digits = lines[begin : lines.find(b"\n", begin)].strip(b" \t\r")
    # What is no number gunicorn refuses, from the head.
    return int(digits[: _DIGITS + 1]) if digits.isdigit() else 0


def is_short(buffer: bytearray) -> bool:
    """Return whether a request is for one comment: it takes less than a millisecond."""
    return len(buffer) <= SHORT and _ONE_COMMENT.match(buffer) is not None


def asks_for_health(buffer: bytearray) -> bool:
    """Return whether a request asks how the service is: it is answered under any load."""
    return _HEALTH.match(buffer) is not None


def is_plain(request: bytearray) -> bool:
    """Return whether nobody can find another end of a whole request, and more may follow it.

    Its length is said once, in a head with lines as they should be, and nothing comes after it.
    """
    head, _, body = bytes(request).partition(b"\r\n\r\n")
    lines = head.lower()
    return (
        lines.count(b"content-length") == 1
        and lines.count(b"\n") == lines.count(b"\r\n")
        and b"transfer-encoding" not in lines
        and b"connection: close" not in lines
        and lines.partition(b"\r\n")[0].endswith(b" http/1.1")
        and b"\r\ncontent-length: %d\r\n" % len(body) in lines + b"\r\n"
    )
