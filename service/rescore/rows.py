"""Rows as a source gives them, not to be trusted, and what is asked of one."""

import math
import uuid
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Final

import pyarrow as pa

from service.length import replace_lone_surrogates
from service.rescore.errors import BadRowError, RowError

_EXACT: Final = 2.0**53
"""Whole numbers up to here are themselves as floats, which pandas makes of ids with gaps."""


@dataclass(slots=True)
class Rows:
    """Some rows of a source; the lists are as long as each other.

    Attributes
    ----------
    place : function
        Where the row of an index is, for a `RowError`.
    texts, ids : sequence
        As they are in the source. Bytes are taken as UTF-8.
    before : sequence of tuple
        What the columns to compare with hold; empty if none are.
    kept : RecordBatch or list of bytes, optional
        All columns, or the lines of JSON, if they are to be kept.
    errors : list of RowError
        Rows between these that could not even be read.
    """

    place: Callable[[int], dict[str, object]]
    texts: Sequence[object]
    ids: Sequence[object]
    before: Sequence[tuple[object, ...]] = ()
    kept: pa.RecordBatch | list[bytes] | None = None
    errors: list[RowError] = field(default_factory=list)


def parse_text(value: object) -> str:
    """Return the comment of a row.

    Raises
    ------
    BadRowError
        If it is not a string, or not UTF-8.
    """
    if isinstance(value, str):
        return value
    if isinstance(value, bytes):
        try:
            return value.decode("utf-8")
        except UnicodeDecodeError as error:
            raise BadRowError(f"not UTF-8: see byte {error.start}") from None
    raise BadRowError("the comment is null" if value is None else "the comment is not a string")


def parse_id(value: object) -> str | None:
    """Return the id of a row: a string, as the endpoint wants it; a whole number becomes one.

    Raises
    ------
    BadRowError
        If it is anything else.
    """
    match value:
        case None | str():
            return value and replace_lone_surrogates(value)
        case bool():
            pass
        case int() | uuid.UUID():
            return str(value)
        case float() if math.isnan(value):
            return None
        case float() if value.is_integer() and abs(value) <= _EXACT:
            return str(int(value))
        case Decimal() if value == value.to_integral_value():
            return str(int(value))
        case bytes():
            return parse_text(value)
    raise BadRowError("the id is neither a string nor a whole number")
