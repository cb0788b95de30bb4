"""Read a site's export of comments with Perspective's scores: JSON lines or CSV.

Rows that cannot be used are counted by reason and line; nothing repeats what they hold.
"""

import json
from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping, Sequence
from typing import BinaryIO, Final

from model import ATTRIBUTES
from service.perspective.export_rows import Columns, Row, find_score, parse_row
from service.rescore.errors import BadRowError
from service.rescore.lines import Record, read_csv_records, read_json_records, read_lines

_LINES: Final = 5
_DEPTH: Final = 5
"""How deep a score lies: response, attributeScores, its name, summaryScore, value."""


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


def read_rows(stream: BinaryIO, columns: Columns, bad: BadRows, *, is_csv: bool) -> Iterator[Row]:
    """Yield the rows of an export that can be used, and count the others.

    Raises
    ------
    ExportError
        If the columns of a CSV file are not those of an export.
    """
    lines = read_lines(stream)
    records = read_csv_records(lines) if is_csv else read_json_records(lines)
    header = _read_header(records, columns) if is_csv else []
    for record in records:
        try:
            fields = _read_fields(record, header)
            row = parse_row(fields, columns)
        except BadRowError as error:
            bad.add(record.number, str(error))
        else:
            yield row


def _read_header(records: Iterator[Record], columns: Columns) -> list[str]:
    record = next(records, None)
    if record is None:
        raise ExportError("it is empty")
    if record.reason or not isinstance(record.content, list):
        raise ExportError(f"no header: line 1 is {record.reason}")
    header = [name.strip().casefold() for name in record.content]
    # Names of the file are not repeated: without a header they would be a comment.
    if not set(columns.text_names) & set(header):
        names = " or ".join(columns.text_names)
        raise ExportError(f"no column is called {names}; --text-column names it")
    if not any(map(find_score, header)):
        names = ", ".join(name.upper() for name in ATTRIBUTES)
        raise ExportError(f"no column has scores; these are known: {names}")
    if columns.decision and columns.decision.casefold() not in header:
        raise ExportError(f"no column is called {columns.decision}")
    named = [name for name in header if name]
    if len(set(named)) < len(named):
        raise ExportError("two columns have one name")
    return header


def _read_fields(record: Record, header: Sequence[str]) -> Mapping[str, object]:
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


def _flatten(fields: Mapping[str, object], prefix: str = "", depth: int = 1) -> dict[str, object]:
    """Give what lies in objects the name it has in a table: ``attributeScores.INSULT.…``."""
    found: dict[str, object] = {}
    for name, value in fields.items():
        key = f"{prefix}{name.strip().casefold()}"
        if not isinstance(value, dict):
            found[key] = value
        elif depth < _DEPTH:
            found.update(_flatten(value, f"{key}.", depth + 1))
    return found
