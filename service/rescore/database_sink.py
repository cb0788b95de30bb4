"""Output as rows of a database's table, keyed by run and id."""

from collections.abc import Callable, Iterable, Mapping
from typing import Any, Final

import msgspec
import pyarrow as pa
import sqlalchemy as sa
from sqlalchemy.dialects import mysql, postgresql, sqlite

from service.rescore.columns import POSITION, RUN, Results, build_table, leave_out_nulls
from service.rescore.database import TableAddress, connect_engine, explain_failures
from service.rescore.errors import BadRowError, RescoreError
from service.rescore.parts import MAX_PART_ROWS, Done

_LONGEST: Final = 255
_NAME: Final = sa.String(_LONGEST).with_variant(
    mysql.VARCHAR(_LONGEST, collation="utf8mb4_bin"), "mysql", "mariadb"
)
_ROWS_OF_A_PART: Final = MAX_PART_ROWS
"""Positions of different parts never meet."""


class DatabaseSink(msgspec.Struct, frozen=True, tag="database"):
    """A table, made if it is not there.

    Attributes
    ----------
    table : TableAddress
    run : str
        Rows of other runs are left alone.
    schema : Schema
        Of all columns but run and position.
    key_type : TypeEngine, optional
        Of the id, if it comes from a table; else it is text.
    """

    table: TableAddress
    run: str
    schema: pa.Schema
    key_type: sa.types.TypeEngine[Any] | None = None

    def define(self) -> sa.Table:
        """Return the table as it should be."""
        key = _NAME if self.key_type is None or _is_text(self.key_type) else self.key_type
        return self.table.define(
            sa.Column(RUN, _NAME, primary_key=True),
            sa.Column("id", key, primary_key=True, autoincrement=False),
            sa.Column(POSITION, sa.BigInteger, nullable=False),
            *(sa.Column(each.name, _sql_type(each.type)) for each in list(self.schema)[1:]),
        )

    def prepare(self, *, resume: bool, force: bool) -> None:
        """Make the table, or see that it fits and that the run is not there yet.

        Raises
        ------
        RescoreError
            If it does not fit, or has rows of the run that are not to be replaced.
        """
        with explain_failures(self.table):
            engine = connect_engine(self.table.url)
            table = self.define()
            found = self.table.reflect()
            if found is None:
                if resume:
                    raise RescoreError(f"{self.table.name}: is there no more; --force begins anew")
                table.metadata.create_all(engine)
                return
            if missing := [each.name for each in table.columns if each.name not in found.columns]:
                raise RescoreError(f"{self.table.name}: is there, without {', '.join(missing)}")
            if [each.name for each in found.primary_key] != [RUN, "id"]:
                raise RescoreError(f"{self.table.name}: is there, without the key (run, id)")
        if not (resume or force) and (there := self.count()):
            raise RescoreError(
                f"{self.table.name}: has {there} rows of run {self.run!r} already;"
                " --force replaces them, --run names another"
            )

    def clear(self) -> None:
        """Remove the rows of the run."""
        table = self.define()
        with explain_failures(self.table), connect_engine(self.table.url).begin() as connection:
            connection.execute(sa.delete(table).where(table.c.run == self.run))

    def check(self, identifier: object) -> None:
        """See that a row with this id can be stored.

        Raises
        ------
        BadRowError
            If it cannot.
        """
        if identifier is None:
            raise BadRowError("no id, which a row of a database needs")
        if isinstance(identifier, str) and (len(identifier) > _LONGEST or "\0" in identifier):
            raise BadRowError(f"the id is longer than {_LONGEST} characters, or holds a NUL")

    def write(self, number: int, results: Iterable[Results]) -> int:
        """Write a part in one transaction; rows that are there already are replaced.

        All is scored before the transaction begins, so that it is short.
        """
        table = self.define()
        rows: list[dict[str, object]] = []
        for chunk in results:
            names = self.schema.names
            batch = build_table(chunk, self.schema)
            columns = [map(_as_sql, column.to_pylist()) for column in batch.columns]
            for identifier, values in zip(chunk.ids, zip(*columns, strict=True), strict=True):
                row = dict(zip(names, values, strict=True))
                key = identifier if self.key_type is not None else row["id"]
                position = number * _ROWS_OF_A_PART + len(rows)
                rows.append({**row, RUN: self.run, "id": key, POSITION: position})
        # Always in the same order: two transactions never wait for each other.
        rows.sort(key=lambda row: str(row["id"]))
        with explain_failures(self.table), connect_engine(self.table.url).begin() as connection:
            if rows:
                connection.execute(_UPSERTS[self.table.dialect](table), rows)
        return 0

    def find_lost(self, done: Mapping[int, Done]) -> list[int]:
        """Return the parts of which no row is there, though some were written.

        A database that came back from a backup, or as another that knew less, has not all that
        was committed.
        """
        table = self.define()
        part = table.c.position // _ROWS_OF_A_PART
        query = sa.select(part).where(table.c.run == self.run).distinct()
        with explain_failures(self.table), connect_engine(self.table.url).connect() as connection:
            there = set(map(int, connection.scalars(query)))
        return [number for number, each in done.items() if each.written and number not in there]

    def count(self) -> int:
        """Return how many rows the run has."""
        table = self.define()
        with explain_failures(self.table), connect_engine(self.table.url).connect() as connection:
            query = sa.select(sa.func.count()).where(table.c.run == self.run)
            return int(connection.scalar(query) or 0)


def _as_sql(value: object) -> object:
    # PostgreSQL's text cannot hold NUL.
    return value.replace("\0", "\ufffd") if isinstance(value, str) else leave_out_nulls(value)


def _is_text(kind: sa.types.TypeEngine[Any]) -> bool:
    return isinstance(kind, sa.String)


def _upsert_standard(
    insert: Callable[[sa.Table], Any],
) -> Callable[[sa.Table], sa.Insert]:
    def build(table: sa.Table) -> sa.Insert:
        statement = insert(table)
        new = statement.excluded
        upsert: sa.Insert = statement.on_conflict_do_update(
            index_elements=[table.c.run, table.c.id],
            set_={each.name: new[each.name] for each in _others(table)},
            where=new.position <= table.c.position,
        )
        return upsert

    return build


def _upsert_mysql(table: sa.Table) -> sa.Insert:
    statement = mysql.insert(table)
    new = statement.inserted
    is_first = new.position <= table.c.position
    # In order: MySQL sees each new value at once, so the position must come last.
    others = sorted(_others(table), key=lambda each: each.name == POSITION)
    return statement.on_duplicate_key_update(
        [(each.name, sa.func.if_(is_first, new[each.name], each)) for each in others]
    )


def _others(table: sa.Table) -> list[sa.Column[Any]]:
    return [each for each in table.columns if not each.primary_key]


# Of rows with one id the first in the input stays, whichever is written first.
_UPSERTS: Final[dict[str, Callable[[sa.Table], sa.Insert]]] = {
    "sqlite": _upsert_standard(sqlite.insert),
    "postgresql": _upsert_standard(postgresql.insert),
    "mysql": _upsert_mysql,
    "mariadb": _upsert_mysql,
}


def _sql_type(kind: pa.DataType) -> sa.types.TypeEngine[Any]:
    types = pa.types
    found: sa.types.TypeEngine[Any] = sa.Text().with_variant(mysql.LONGTEXT(), "mysql", "mariadb")
    if types.is_boolean(kind):
        found = sa.Boolean()
    elif types.is_integer(kind):
        found = sa.BigInteger()
    elif types.is_floating(kind):
        found = sa.Double()
    elif types.is_decimal(kind):
        found = sa.Numeric(kind.precision, kind.scale)
    elif types.is_timestamp(kind):
        found = sa.DateTime(timezone=kind.tz is not None)
    elif types.is_date(kind):
        found = sa.Date()
    elif types.is_nested(kind):
        found = sa.JSON()
    elif types.is_binary(kind) or types.is_large_binary(kind):
        found = sa.LargeBinary()
    return found
