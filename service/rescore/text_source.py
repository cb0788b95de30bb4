"""CSV and JSON lines, compressed or not."""

import contextlib
import itertools
import json
from collections import deque
from collections.abc import Iterator, Sequence
from operator import itemgetter
from pathlib import Path
from typing import Any, BinaryIO, Final

import msgspec
import pyarrow as pa

from service.rescore.errors import BadRowError, RescoreError, RowError
from service.rescore.formats import (
    Format,
    InputFile,
    check_unchanged,
    decompress,
    describe_files,
    open_bytes,
)
from service.rescore.lines import (
    MAX_LINE_BYTES,
    Line,
    Record,
    read_csv_records,
    read_json_records,
    read_lines,
)
from service.rescore.parts import CHUNK_ROWS, PART_BYTES, Lines
from service.rescore.rows import Rows
from service.rescore.sampling import sample_stream
from service.rescore.storing import store

KEPT_LINE: Final = "input"
"""The column a kept line of JSON goes to."""


class TextSource(msgspec.Struct, frozen=True, tag="text"):
    """Records of text files.

    Attributes
    ----------
    files : list of InputFile
    format : Format
    columns : list of str
        Names of the columns of every CSV file; empty for JSON lines.
    text, id : str
        Names of the columns of comment and id; a row need not have an id.
    compare : list of str
        Columns of old decisions or scores.
    keep : bool
        Whether rows bring all their columns along.
    part_rows : int
        Rows of a part, at most.
    spool : str
        Folder for copies of what cannot be read from its middle.
    """

    files: list[InputFile]
    format: Format
    columns: list[str]
    text: str
    id: str
    compare: list[str]
    keep: bool
    part_rows: int
    spool: str

    @property
    def weight(self) -> int:
        """Sum of the weights of all parts."""
        return sum(file.size for file in self.files)

    @property
    def schema(self) -> pa.Schema:
        """The columns that are kept."""
        return pa.schema([(name, pa.string()) for name in self.columns or [KEPT_LINE]])

    def describe(self) -> dict[str, Any]:
        """Return what changes if a file does."""
        return describe_files(self.files)

    def plan(self, after: Lines | None) -> Iterator[Lines]:
        """Cut what lies behind a part, or everything, into parts."""
        first = after.file if after else 0
        for number in range(first, len(self.files)):
            yield from self._cut(number, after if number == first else None)

    def read(self, part: Lines) -> Iterator[Rows]:
        """Yield the rows of a part."""
        with self._open_part(part) as stream:
            end = part.line + part.lines
            lines = read_lines(stream, part.begin, part.line)
            records = self._records(itertools.takewhile(lambda line: line.number < end, lines))
            if part.begin == 0:
                self._skip_header(records)
            while chunk := list(itertools.islice(records, CHUNK_ROWS)):
                yield self._rows(part.file, chunk)

    def sample(self, count: int) -> tuple[list[Rows], int]:
        """Return `count` rows from all over, and how many there are in all."""
        chosen, total = sample_stream(self._all_records(), count)
        chosen.sort(key=itemgetter(0))
        by_file = itertools.groupby(chosen, itemgetter(0))
        return [self._rows(number, [each for _, each in group]) for number, group in by_file], total

    def forget(self, part: Lines) -> None:
        """Remove the copy of a part that is done."""
        if part.spooled:
            self._spool_path(part).unlink(missing_ok=True)

    def _all_records(self) -> Iterator[tuple[int, Record]]:
        for number in range(len(self.files)):
            with self._open(number) as (_, stream):
                records = self._records(read_lines(stream))
                self._skip_header(records)
                yield from ((number, record) for record in records)

    def _records(self, lines: Iterator[Line]) -> Iterator[Record]:
        return read_csv_records(lines) if self.columns else read_json_records(lines)

    def _skip_header(self, records: Iterator[Record]) -> None:
        if self.columns:
            next(records, None)

    @property
    def _spools(self) -> bool:
        return self.format.compression is not None

    def _spool_path(self, part: Lines) -> Path:
        return Path(self.spool) / f"spool-{part.file}-{part.begin}"

    @contextlib.contextmanager
    def _open(self, number: int) -> Iterator[tuple[BinaryIO, BinaryIO]]:
        """Open a file: as it lies there, and what it holds."""
        check_unchanged(self.files[number])
        with open_bytes(self.files[number].address) as raw:
            yield raw, decompress(raw, self.format.compression)

    @contextlib.contextmanager
    def _open_part(self, part: Lines) -> Iterator[BinaryIO]:
        if part.spooled:
            with self._spool_path(part).open("rb") as stream:
                yield stream
        else:
            check_unchanged(self.files[part.file])
            with open_bytes(self.files[part.file].address) as stream:
                stream.seek(part.begin)
                yield stream

    def _cut(self, number: int, after: Lines | None) -> Iterator[Lines]:
        """Cut a file into parts, behind one of them or from its start."""
        begin, line = (after.end, after.line + after.lines) if after else (0, 1)
        with self._open(number) as (raw, stream):
            lines: Iterator[Line]
            if self._spools:
                lines = itertools.dropwhile(lambda each: each.number < line, read_lines(stream))
            else:
                stream.seek(begin)
                lines = read_lines(stream, begin, line)
            passing = _Passing(lines, keep=self._spools)
            records = self._records(passing)
            if begin == 0:
                self._skip_header(records)
            lies_at = begin
            rows = 0
            for record in itertools.chain(records, [None]):
                if record:
                    end, following = record.end, record.following
                    rows += 1
                    if rows < self.part_rows and end - begin < PART_BYTES:
                        continue
                elif passing.last and passing.last.end > begin:
                    end, following = passing.last.end, passing.last.number + 1
                else:
                    continue
                now = raw.tell() if self._spools else end
                part = Lines(
                    number, begin, end, line, following - line, now - lies_at, self._spools
                )
                if part.spooled:
                    with store(self._spool_path(part)) as unfinished, unfinished.open("xb") as copy:
                        copy.writelines(passing.take(following))
                yield part
                begin, line, lies_at, rows = end, following, now, 0

    def _rows(self, number: int, records: Sequence[Record]) -> Rows:
        """Give the records of a file as rows; set aside those that are none."""
        name = self.files[number].name
        parse = self._fields if self.columns else _parse_object
        found: list[tuple[int, bytes | list[str], dict[str, object]]] = []
        errors = []
        for record in records:
            try:
                if record.content is None or record.reason:
                    raise BadRowError(record.reason)  # noqa: TRY301
                found.append((record.number, record.content, parse(record.content)))
            except BadRowError as error:
                errors.append(RowError({"file": name, "line": record.number}, str(error)))
        rows = [row for _, _, row in found]
        return Rows(
            place=lambda index: {"file": name, "line": found[index][0]},
            texts=[row.get(self.text) for row in rows],
            ids=[row.get(self.id) for row in rows],
            before=[tuple(row.get(column) for column in self.compare) for row in rows]
            if self.compare
            else (),
            kept=self._keep([content for _, content, _ in found]) if self.keep else None,
            errors=errors,
        )

    def _fields(self, content: bytes | list[str]) -> dict[str, object]:
        if len(content) != len(self.columns):
            raise BadRowError(f"{len(content)} fields, not {len(self.columns)} as the header has")
        return dict(zip(self.columns, content, strict=True))

    def _keep(self, contents: list[bytes | list[str]]) -> pa.RecordBatch | list[bytes]:
        if not self.columns:
            return [content.strip() for content in contents if isinstance(content, bytes)]
        columns = zip(*contents, strict=True) if contents else [()] * len(self.columns)
        return pa.record_batch(
            [pa.array(list(column), pa.string()) for column in columns], schema=self.schema
        )


class _Passing:
    """Lines on their way: the last is known, and those that are to be copied are kept."""

    def __init__(self, lines: Iterator[Line], *, keep: bool) -> None:
        self.last: Line | None = None
        self._lines = lines
        self._kept: deque[Line] = deque()
        self._keep = keep

    def __iter__(self) -> "_Passing":
        return self

    def __next__(self) -> Line:
        self.last = line = next(self._lines)
        if self._keep:
            self._kept.append(line)
        return line

    def take(self, following: int) -> Iterator[bytes]:
        """Yield the kept lines before the line of a number, and keep them no longer."""
        while self._kept and self._kept[0].number < following:
            data = self._kept.popleft().data
            # The rest of a line that is too long was dropped, its line break too.
            yield data if len(data) <= MAX_LINE_BYTES or data.endswith(b"\n") else data + b"\n"


def read_header(file: InputFile, compression: str | None) -> list[str]:
    """Return the names of the columns of a CSV file.

    Raises
    ------
    RescoreError
        If it has none, or one twice.
    """
    with open_bytes(file.address) as raw:
        record = next(read_csv_records(read_lines(decompress(raw, compression))), None)
    if record is None or record.reason or not isinstance(record.content, list):
        raise RescoreError(f"{file.name}: no header ({record.reason if record else 'it is empty'})")
    if len(set(record.content)) < len(record.content):
        raise RescoreError(f"{file.name}: two columns have one name")
    return record.content


def _parse_object(content: bytes | list[str]) -> dict[str, object]:
    """Return the object in a line of JSON.

    Raises
    ------
    BadRowError
        If there is none.
    """
    if not isinstance(content, bytes):
        raise TypeError
    try:
        row = json.loads(content.rstrip(b"\r\n").decode("utf-8"), parse_constant=_refuse)
    except UnicodeDecodeError as error:
        raise BadRowError(f"not UTF-8: see byte {error.start}") from None
    except json.JSONDecodeError as error:
        raise BadRowError(f"not JSON: see column {error.colno}") from None
    except (ValueError, RecursionError):
        raise BadRowError("not JSON that can be read") from None
    if not isinstance(row, dict):
        raise BadRowError("not a JSON object")
    return row


def _refuse(_: str) -> None:
    raise ValueError
