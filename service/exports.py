"""Read a site's export of comments: JSON lines or CSV, row by row.

Rows that cannot be used are counted by reason and line; nothing repeats what they hold.
"""

import contextlib
import gzip
import itertools
import json
import sys
import time
import zlib
from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import BinaryIO, Final, TypeVar, cast

from service.programs import show_progress
from service.rescore.errors import BadRowError
from service.rescore.lines import Record, read_csv_records, read_json_records, read_lines

STREAM: Final = "-"
MAX_BAD: Final = 0.1
"""Share of rows that may be bad."""
CHUNK_ROWS: Final = 1000

_KINDS: Final = {".csv": True, ".jsonl": False, ".ndjson": False}
"""Whether a file of an ending is CSV."""
_LINES: Final = 5
_DEPTH: Final = 5
"""How deep a score of Perspective lies: response, attributeScores, name, summaryScore, value."""

Fields = Mapping[str, object]
"""A row by column, in lower case; what lay in objects is named with dots."""
Row = TypeVar("Row")


class ExportError(Exception):
    """Why an export cannot be used; one sentence."""


class BadRows:
    """The rows that cannot be used, by reason."""

    def __init__(self) -> None:
        self.counts: Counter[str] = Counter()
        self._lines: defaultdict[str, list[int]] = defaultdict(list)

    def add(self, line: int, reason: str) -> None:
        """Count a row."""
        self.counts[reason] += 1
        if len(self._lines[reason]) < _LINES:
            self._lines[reason].append(line)

    def describe(self) -> list[str]:
        """Return a sentence a reason, the most frequent first."""
        found = []
        for reason, count in self.counts.most_common():
            lines = ", ".join(map(str, self._lines[reason]))
            more = f" and {count - _LINES:,} more" if count > _LINES else ""
            found.append(f"line{'s' if count > 1 else ''} {lines}{more}: {reason}")
        return found

    def check(self, good: int) -> None:
        """Refuse an export without rows, or with too many bad ones beside `good`.

        Raises
        ------
        ExportError
            If more than `MAX_BAD` of all are bad.
        """
        refused = self.counts.total()
        if refused > MAX_BAD * (good + refused):
            raise ExportError(f"{refused:,} of {good + refused:,} rows are bad")
        if not good:
            raise ExportError("has no rows")


@contextlib.contextmanager
def open_export(name: str, stdin: BinaryIO | None = None) -> Iterator[tuple[BinaryIO, bool]]:
    """Give the bytes of an export, and whether they are CSV.

    Parameters
    ----------
    name : str
        A file, or `STREAM` for JSON lines on standard input.
    stdin : binary file, optional
        Instead of standard input.

    Raises
    ------
    ExportError
        With the name of the file, also before an `ExportError` of the block.
    """
    try:
        if name == STREAM:
            yield stdin or sys.stdin.buffer, False
        else:
            with _open_file(Path(name)) as opened:
                yield opened
    except (gzip.BadGzipFile, EOFError, zlib.error):
        raise ExportError(f"{name}: its compression is broken") from None
    except ExportError as error:
        raise ExportError(f"{name}: {error}") from None


@contextlib.contextmanager
def _open_file(path: Path) -> Iterator[tuple[BinaryIO, bool]]:
    packed = path.suffix == ".gz"
    is_csv = _KINDS.get((path.with_suffix("") if packed else path).suffix)
    if is_csv is None:
        raise ExportError("its ending tells no format; .csv and .jsonl are known")
    with path.open("rb") as raw:
        if packed:
            with gzip.open(raw) as stream:
                yield cast(BinaryIO, stream), is_csv
        else:
            yield raw, is_csv


def read_rows(
    stream: BinaryIO,
    check: Callable[[Sequence[str]], None],
    parse: Callable[[Fields], Row],
    bad: BadRows,
    *,
    is_csv: bool,
) -> Iterator[Row]:
    """Yield the rows that can be used, and count the others.

    Parameters
    ----------
    stream : binary file
    check : callable
        Of the header of a CSV file, in lower case: raises `ExportError` if a column is missing.
    parse : callable
        From fields to a row: raises `BadRowError` if they cannot be used.
    bad : BadRows
    is_csv : bool

    Raises
    ------
    ExportError
        If the header of a CSV file is none.
    """
    lines = read_lines(stream)
    records = read_csv_records(lines) if is_csv else read_json_records(lines)
    header = _read_header(records, check) if is_csv else []
    for record in records:
        try:
            row = parse(_read_fields(record, header))
        except BadRowError as error:
            bad.add(record.number, str(error))
        else:
            yield row


def cut_chunks(
    rows: Iterable[Row], say: Callable[[str], None], clock: Callable[[], float] = time.monotonic
) -> Iterator[list[Row]]:
    """Return rows in chunks, and say now and then how many were done.

    Parameters
    ----------
    rows : iterable
    say : callable
    clock : callable
        Seconds since any moment.
    """
    remaining = iter(rows)
    # Until one is empty.
    chunks = iter(lambda: list(itertools.islice(remaining, CHUNK_ROWS)), [])
    return show_progress(chunks, say, clock)


def _read_header(records: Iterator[Record], check: Callable[[Sequence[str]], None]) -> list[str]:
    record = next(records, None)
    if record is None:
        raise ExportError("it is empty")
    if record.reason or not isinstance(record.content, list):
        raise ExportError(f"no header: line 1 is {record.reason}")
    header = [name.strip().casefold() for name in record.content]
    # Names of the file are not repeated: without a header they would be a comment.
    check(header)
    named = [name for name in header if name]
    if len(set(named)) < len(named):
        raise ExportError("two columns have one name")
    return header


def _read_fields(record: Record, header: Sequence[str]) -> Fields:
    if record.content is None or record.reason:
        raise BadRowError(record.reason)
    if isinstance(record.content, bytes):
        return _flatten(_parse_json(record.content))
    if len(record.content) != len(header):
        raise BadRowError(f"{len(record.content)} fields, not {len(header)} as the header has")
    return dict(zip(header, record.content, strict=True))


def _parse_json(line: bytes) -> dict[str, object]:
    try:
        found = json.loads(line.decode("utf-8"))
    except UnicodeDecodeError:
        raise BadRowError("not UTF-8") from None
    except (ValueError, RecursionError):
        raise BadRowError("not JSON") from None
    if not isinstance(found, dict):
        raise BadRowError("not a JSON object")
    return found


def _flatten(fields: Fields, prefix: str = "", depth: int = 1) -> dict[str, object]:
    """Give what lies in objects the name it has in a table: ``attributeScores.INSULT.…``."""
    found: dict[str, object] = {}
    for name, value in fields.items():
        key = f"{prefix}{name.strip().casefold()}"
        if not isinstance(value, dict):
            found[key] = value
        elif depth < _DEPTH:
            found.update(_flatten(value, f"{key}.", depth + 1))
    return found
