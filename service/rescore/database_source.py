"""Rows of a database's table, read in ranges of their key."""

import json
import uuid
from collections.abc import Iterator, Sequence
from typing import Any, Final

import msgspec
import pyarrow as pa
import sqlalchemy as sa

from service.rescore.database import TableAddress, connect_engine, explain_failures
from service.rescore.errors import BadRowError, RescoreError, RowError
from service.rescore.lines import NOT_UTF8
from service.rescore.parts import CHUNK_ROWS, KeyRange
from service.rescore.rows import Rows
from service.rescore.sampling import sample_stream

_KEYS_AT_ONCE: Final = 500
_CONVERTED: Final = (sa.DateTime, sa.Date, sa.Time, sa.DECIMAL, sa.JSON)
"""Types of which SQLAlchemy converts values, though SQLite stores whatever it is given."""

_TYPES: Final = (
    (sa.Boolean, pa.bool_()),
    (sa.Integer, pa.int64()),
    (sa.Float, pa.float64()),
    (sa.Date, pa.date32()),
    (sa.LargeBinary, pa.binary()),
)
"""Types of kept columns; of others the values become text."""


class DatabaseSource(msgspec.Struct, frozen=True, tag="database"):
    """Rows of a table, in the order of their key, which is the id.

    Attributes
    ----------
    address : TableAddress
    table : Table
        What the database says of it.
    text, id, compare, keep, part_rows
        As for `TextSource`. A key should have an index; it need not be unique.
    until : int or str, optional
        The highest key when the run began: what is added behind it is left alone.
    rows : int
        How many rows there were then.
    """

    address: TableAddress
    table: sa.Table
    text: str
    id: str
    compare: list[str]
    keep: bool
    part_rows: int
    until: int | str | None = None
    rows: int = 0

    @property
    def weight(self) -> int:
        """Sum of the weights of all parts."""
        return self.rows

    @property
    def schema(self) -> pa.Schema:
        """The columns that are kept."""
        return pa.schema([(each.name, _arrow_type(each.type)) for each in self._columns()])

    @property
    def key_type(self) -> sa.types.TypeEngine[Any]:
        """Type of the id, for a table of decisions to be joined with this one."""
        kind = self.table.columns[self.id].type
        return sa.BigInteger() if isinstance(kind, sa.Integer) else kind.as_generic()

    def check(self) -> "DatabaseSource":
        """See that table and columns are there; return the source with what it has now.

        Raises
        ------
        RescoreError
            If one is not, or the key is of a type that has no use as one.
        """
        with explain_failures(self.address):
            columns = self.table.columns
            for name in (self.text, self.id, *self.compare):
                if name not in columns:
                    raise RescoreError(
                        f"{self.address.name}: has no column {name!r}; it has"
                        f" {', '.join(columns.keys())}"
                    )
            key = columns[self.id]
            if not isinstance(key.type, sa.Integer | sa.String | sa.Uuid):
                raise RescoreError(
                    f"{self.address.name}: key {self.id!r} is {key.type}, neither number nor text"
                )
            # Not max(): some databases have none for UUIDs.
            last = sa.select(key).where(key.is_not(None)).order_by(key.desc()).limit(1)
            with connect_engine(self.address.url).connect() as connection:
                until = connection.scalar(last)
            rows = self._count(sa.true())
        return msgspec.structs.replace(self, rows=rows, until=_pack(until))

    def describe(self) -> dict[str, Any]:
        """Return which table it is: its rows may have been added to."""
        return {"table": self.address.name}

    def plan(self, after: KeyRange | None) -> Iterator[KeyRange]:
        """Cut what lies behind a part, or everything, into ranges of the key.

        Rows without a key come first, in one part.
        """
        key = self.table.columns[self.id]
        until = self._unpack(self.until)
        begin = self._unpack(after.until) if after else None
        with explain_failures(self.address):
            if not after and (nulls := self._count(key.is_(None))):
                yield KeyRange(None, None, nulls, nulls=True)
            while until is not None and begin != until:
                rest = sa.and_(key <= until, key > begin if begin is not None else sa.true())
                step = sa.select(key).where(rest).order_by(key).limit(1).offset(self.part_rows - 1)
                with connect_engine(self.address.url).connect() as connection:
                    end = connection.scalar(step)
                weight = self.part_rows if end is not None else self._count(rest)
                end = until if end is None else end
                if weight:
                    yield KeyRange(_pack(begin), _pack(end), weight)
                begin = end

    def read(self, part: KeyRange) -> Iterator[Rows]:
        """Yield the rows of a part."""
        key = self.table.columns[self.id]
        after, until = self._unpack(part.after), self._unpack(part.until)
        where = key.is_(None) if part.nulls else key <= until
        if after is not None:
            where = sa.and_(where, key > after)
        yield from self._select(where)

    def sample(self, count: int) -> tuple[list[Rows], int]:
        """Return `count` rows from all over, and how many there are in all."""
        key = self.table.columns[self.id]
        with (
            explain_failures(self.address),
            connect_engine(self.address.url).connect() as connection,
        ):
            stream = connection.execution_options(yield_per=10_000).scalars(sa.select(key))
            chosen, total = sample_stream(stream, count)
        found: list[Rows] = []
        for begin in range(0, len(chosen), _KEYS_AT_ONCE):
            found += self._select(key.in_(chosen[begin : begin + _KEYS_AT_ONCE]))
        return found, total

    def forget(self, part: KeyRange) -> None:
        """Do nothing: no part is copied."""

    def _columns(self) -> list[sa.ColumnElement[Any]]:
        """Return what is selected: of SQLite what it holds, not what a column should hold."""
        return [
            sa.type_coerce(each, sa.String).label(each.name)
            if self.address.dialect == "sqlite" and isinstance(each.type, _CONVERTED)
            else each
            for each in self.table.columns
        ]

    def _count(self, where: sa.ColumnElement[bool]) -> int:
        query = sa.select(sa.func.count()).select_from(self.table).where(where)
        with connect_engine(self.address.url).connect() as connection:
            return int(connection.scalar(query) or 0)

    def _unpack(self, key: int | str | None) -> Any:  # noqa: ANN401 - a key's own type
        is_uuid = isinstance(self.table.columns[self.id].type, sa.Uuid)
        return uuid.UUID(str(key)) if is_uuid and key is not None else key

    def _select(self, where: sa.ColumnElement[bool]) -> Iterator[Rows]:
        names = dict.fromkeys([self.id, self.text, *self.compare])
        columns = [each for each in self._columns() if self.keep or each.name in names]
        query = sa.select(*columns).where(where).order_by(self.table.columns[self.id])
        with (
            explain_failures(self.address),
            connect_engine(self.address.url).connect() as connection,
        ):
            result = connection.execution_options(yield_per=CHUNK_ROWS).execute(query)
            for rows in result.mappings().partitions():
                yield self._as_rows(rows)

    def _as_rows(self, found: Sequence[sa.RowMapping]) -> Rows:
        schema = self.schema if self.keep else None
        kept = None
        try:
            _check(found, schema)
            rows = list(found)
            errors: list[RowError] = []
        except BadRowError:
            rows, errors = self._sort_out(found, schema)
        if schema:
            kept = _build_batch(rows, schema)
        return Rows(
            place=lambda index: self._place(rows[index]),
            texts=[row[self.text] for row in rows],
            ids=[row[self.id] for row in rows],
            before=[tuple(row[name] for name in self.compare) for row in rows]
            if self.compare
            else (),
            kept=kept,
            errors=errors,
        )

    def _sort_out(
        self, found: Sequence[sa.RowMapping], schema: pa.Schema | None
    ) -> tuple[list[sa.RowMapping], list[RowError]]:
        """Return the rows that can be read, and the errors of the others."""
        rows, errors = [], []
        for row in found:
            try:
                _check([row], schema)
                rows.append(row)
            except BadRowError as error:
                errors.append(RowError(self._place(row), str(error)))
        return rows, errors

    def _place(self, row: sa.RowMapping) -> dict[str, object]:
        return {"table": self.address.table, "id": _pack(row[self.id])}


def _pack(key: object) -> int | str | None:
    return key if key is None or isinstance(key, int | str) else str(key)


def _check(rows: Sequence[sa.RowMapping], schema: pa.Schema | None) -> None:
    """See that rows are UTF-8, and of the types of their columns if they are kept.

    Raises
    ------
    BadRowError
        If one is not.
    """
    try:
        "".join(value for row in rows for value in row.values() if isinstance(value, str)).encode()
    except UnicodeEncodeError:
        raise BadRowError(NOT_UTF8) from None
    if schema:
        try:
            _build_batch(rows, schema)
        except (pa.ArrowException, TypeError, ValueError, OverflowError):
            raise BadRowError("a column holds what is not of its type") from None


def _build_batch(rows: Sequence[sa.RowMapping], schema: pa.Schema) -> pa.RecordBatch:
    columns = [[_as_arrow(row[each.name], each.type) for row in rows] for each in schema]
    arrays = [pa.array(column, each.type) for column, each in zip(columns, schema, strict=True)]
    return pa.record_batch(arrays, schema=schema)


def _as_arrow(value: object, kind: pa.DataType) -> object:
    """Return a value as Arrow takes it: what has no type there becomes text."""
    if value is None or not pa.types.is_string(kind) or isinstance(value, str):
        return value
    if isinstance(value, dict | list):
        return json.dumps(value, default=str)
    return value.hex() if isinstance(value, bytes) else str(value)


def _arrow_type(kind: sa.types.TypeEngine[Any]) -> pa.DataType:
    if isinstance(kind, sa.DateTime):
        return pa.timestamp("us", "UTC" if kind.timezone else None)
    return next((arrow for sql, arrow in _TYPES if isinstance(kind, sql)), pa.string())
