"""Lines of text files, and the records of CSV files that they make up.

Both whoever cuts a file into parts and whoever reads a part go through these
functions, so that they always agree on where a record begins.
"""

import csv
from collections import deque
from collections.abc import Iterator
from typing import BinaryIO, Final, NamedTuple

MAX_LINE_BYTES: Final = 16 * 1024 * 1024
"""A longer line is passed over: as much as a whole batch over HTTP may hold."""

_BOM: Final = b"\xef\xbb\xbf"
TOO_LONG: Final = "longer than 16 MiB"
NOT_UTF8: Final = "not UTF-8"
MALFORMED: Final = "not CSV: see its quotes"


class Line(NamedTuple):
    """A line of a file.

    Attributes
    ----------
    number : int
        From 1.
    end : int
        Bytes from the start of the file to the start of the next line.
    data : bytes
        With its line break. If it is longer than `MAX_LINE_BYTES`, only so much and one more.
    """

    number: int
    end: int
    data: bytes


class Record(NamedTuple):
    """A record: a line of JSON, or the fields of a CSV record, which may have several lines.

    Attributes
    ----------
    number : int
        Of its first line.
    following : int
        Number of the line after its last.
    end : int
        Bytes from the start of the file to that line.
    content : bytes or list of str, optional
        The line of JSON, or the fields of CSV.
    reason : str, optional
        Why it cannot be used.
    """

    number: int
    following: int
    end: int
    content: bytes | list[str] | None
    reason: str | None = None


def read_lines(stream: BinaryIO, begin: int = 0, number: int = 1) -> Iterator[Line]:
    """Yield the lines of a stream that stands at byte `begin`, the start of line `number`."""
    end = begin
    while data := stream.readline(MAX_LINE_BYTES + 1):
        end += len(data)
        if len(data) > MAX_LINE_BYTES:
            rest = data
            while rest and not rest.endswith(b"\n"):
                rest = stream.readline(MAX_LINE_BYTES)
                end += len(rest)
        if number == 1:
            data = data.removeprefix(_BOM)
        yield Line(number, end, data)
        number += 1


def read_json_records(lines: Iterator[Line]) -> Iterator[Record]:
    """Yield a record for each line that is not blank."""
    for line in lines:
        if len(line.data) > MAX_LINE_BYTES:
            yield Record(line.number, line.number + 1, line.end, None, TOO_LONG)
        elif line.data.strip():
            yield Record(line.number, line.number + 1, line.end, line.data)


def read_csv_records(lines: Iterator[Line]) -> Iterator[Record]:
    """Yield the records of a CSV file (RFC 4180), the header among them.

    One that cannot be read costs its first line: reading goes on with the second, so a
    quote that is never closed does not swallow what follows.
    """
    csv.field_size_limit(MAX_LINE_BYTES)
    feed = _Feed(lines)
    reader = csv.reader(feed, strict=True)
    while True:
        feed.forget()
        try:
            fields = next(reader)
        except StopIteration:
            return
        except csv.Error:
            first, *others = feed.used
            yield Record(
                *_ends(first, first), None, feed.reason if not others and feed.reason else MALFORMED
            )
            feed.again.extendleft(reversed(others))
            reader = csv.reader(feed, strict=True)
        else:
            if fields:
                yield Record(*_ends(feed.used[0], feed.used[-1]), fields, feed.reason)


def _ends(first: Line, last: Line) -> tuple[int, int, int]:
    return first.number, last.number + 1, last.end


class _Feed:
    """Give lines to a CSV reader, remember which it took, and take back what it could not use."""

    def __init__(self, lines: Iterator[Line]) -> None:
        self.used: list[Line] = []
        self.again: deque[Line] = deque()
        self.reason: str | None = None
        self._lines = lines

    def forget(self) -> None:
        """Begin a record."""
        self.used = []
        self.reason = None

    def __iter__(self) -> "_Feed":
        return self

    def __next__(self) -> str:
        line = self.again.popleft() if self.again else next(self._lines)
        self.used.append(line)
        if len(line.data) > MAX_LINE_BYTES:
            self.reason = TOO_LONG if len(self.used) == 1 else None
            raise csv.Error
        try:
            return line.data.decode("utf-8")
        except UnicodeDecodeError:
            self.reason = NOT_UTF8
            return line.data.decode("utf-8", "replace")
