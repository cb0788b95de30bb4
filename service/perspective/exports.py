"""Read a site's export of comments with Perspective's scores."""

from collections.abc import Iterator, Sequence
from typing import BinaryIO

from model import ATTRIBUTES
from service.export_fields import Columns
from service.exports import BadRows, ExportError
from service.exports import read_rows as read_any
from service.perspective.export_rows import Row, find_score, parse_row


def read_rows(stream: BinaryIO, columns: Columns, bad: BadRows, *, is_csv: bool) -> Iterator[Row]:
    """Yield the rows of an export that can be used, and count the others.

    Raises
    ------
    ExportError
        If the columns of a CSV file are not those of an export.
    """

    def check(header: Sequence[str]) -> None:
        columns.check_text(header)
        if not any(map(find_score, header)):
            names = ", ".join(name.upper() for name in ATTRIBUTES)
            raise ExportError(f"no column has scores; these are known: {names}")
        if columns.decision:
            columns.check_decision(header)

    return read_any(stream, check, lambda fields: parse_row(fields, columns), bad, is_csv=is_csv)
