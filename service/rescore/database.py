"""Tables of databases: their addresses, connections and columns, through SQLAlchemy."""

import contextlib
import functools
import time
import zlib
from collections.abc import Iterator
from typing import Any, Final

import msgspec
import sqlalchemy as sa

from service.rescore.errors import RescoreError

_SYSTEMS: Final = frozenset({"sqlite", "postgresql", "mysql", "mariadb"})
_PATIENCE_S: Final = 60.0
"""How long SQLite waits for another process that writes."""

_HANDOVER_S: Final = 3.0
_POLL_S: Final = 0.1


class TableAddress(msgspec.Struct, frozen=True):
    """A table of a database.

    Attributes
    ----------
    url : str
        With the password, if it has one.
    table : str
        Its name, behind that of its schema and a dot if it has one.
    """

    url: str
    table: str

    def __repr__(self) -> str:
        """Return its name: a log of a cluster must not have the password."""
        return self.name

    @property
    def name(self) -> str:
        """How it is called where others may read it: without the password."""
        return f"{sa.make_url(self.url).render_as_string(hide_password=True)}#{self.table}"

    @property
    def dialect(self) -> str:
        """The database's kind."""
        return sa.make_url(self.url).get_backend_name()

    @property
    def path(self) -> str | None:
        """The file of a SQLite database."""
        return sa.make_url(self.url).database if self.dialect == "sqlite" else None

    def define(self, *columns: "sa.Column[Any] | sa.Constraint") -> sa.Table:
        """Return the table as it has or is to have these columns."""
        schema, _, name = self.table.rpartition(".")
        return sa.Table(name, sa.MetaData(), *columns, schema=schema or None)

    def reflect(self) -> sa.Table | None:
        """Return the table as the database describes it, if it is there."""
        schema, _, name = self.table.rpartition(".")
        engine = connect_engine(self.url)
        with contextlib.suppress(sa.exc.NoSuchTableError):
            return sa.Table(
                name, sa.MetaData(), schema=schema or None, autoload_with=engine, resolve_fks=False
            )
        return None


def parse_table_address(name: str) -> TableAddress | None:
    """Parse ``postgresql+psycopg://host/db?table=comments``; None if it is no database's.

    Raises
    ------
    RescoreError
        If no table is named.
    """
    system, found, _ = name.partition("://")
    if not found or system.partition("+")[0] not in _SYSTEMS:
        return None
    try:
        url = sa.make_url(name)
    except (sa.exc.ArgumentError, ValueError):
        raise RescoreError(f"{system}://…: not the address of a database") from None
    table = url.query.get("table")
    if not isinstance(table, str) or not table:
        raise RescoreError(f"{system}://…: name one table: …?table=comments")
    bare = url.difference_update_query(["table"])
    return TableAddress(bare.render_as_string(hide_password=False), table)


@functools.lru_cache(maxsize=4)
def connect_engine(url: str) -> sa.Engine:
    """Return the engine of a database, one a process."""
    try:
        engine = sa.create_engine(
            url,
            # An error that repeats the values of a row would repeat a comment.
            hide_parameters=True,
            connect_args={"timeout": _PATIENCE_S} if url.startswith("sqlite") else {},
            # A connection a part: none grows old, and closed is closed.
            poolclass=sa.NullPool,
        )
    except ImportError as error:
        raise RescoreError(f"the driver of the database is not installed: {error.name}") from error
    except sa.exc.ArgumentError as error:
        raise RescoreError(f"the address of the database has no meaning: {error}") from error
    if engine.dialect.name == "sqlite":
        sa.event.listen(engine, "connect", _read_any_bytes)
    return engine


def _read_any_bytes(connection: Any, _: object) -> None:  # noqa: ANN401 - the driver's
    # SQLite stores any bytes as text. One row that is not UTF-8 must not hide the others.
    connection.text_factory = lambda data: data.decode("utf-8", "surrogateescape")


@contextlib.contextmanager
def explain_failures(address: TableAddress) -> Iterator[None]:
    """Turn a failure of the database into a `RescoreError` that repeats no value of a row."""
    try:
        yield
    except sa.exc.DBAPIError as error:
        # The first line of the driver's message says what, the others may hold values.
        # MySQL's first line may, too.
        shows = _is_about_structure(error) and address.dialect in {"sqlite", "postgresql"}
        said = str(error.orig).strip().splitlines()[:1] if shows else []
        detail = "".join(f": {line}" for line in said)
        raise RescoreError(f"{address.name}: {type(error).__name__}{detail}") from None
    except sa.exc.SQLAlchemyError as error:
        raise RescoreError(f"{address.name}: {type(error).__name__}") from None


def _is_about_structure(error: sa.exc.DBAPIError) -> bool:
    return isinstance(error, sa.exc.OperationalError | sa.exc.ProgrammingError)


@contextlib.contextmanager
def hold_table(address: TableAddress) -> Iterator[None]:
    """Hold a lock on an output table for as long as the run lasts.

    PostgreSQL and MySQL give it back when the connection ends, however that was. For
    SQLite the lock on the journal, which lies beside the file, does.

    Raises
    ------
    RescoreError
        If another run holds it.
    """
    key = zlib.crc32(f"service.rescore {address.table}".encode())
    name = f"service.rescore.{key}"
    ask = {
        "postgresql": sa.select(sa.func.pg_try_advisory_lock(key)),
        "mysql": sa.select(sa.func.get_lock(name, 0)),
        "mariadb": sa.select(sa.func.get_lock(name, 0)),
    }.get(address.dialect)
    if ask is None:
        yield
        return
    with contextlib.ExitStack() as stack:
        with explain_failures(address):
            connection = stack.enter_context(connect_engine(address.url).connect())
            connection = connection.execution_options(isolation_level="AUTOCOMMIT")
            # The database may take a moment to notice that a killed run is gone.
            deadline = time.monotonic() + _HANDOVER_S
            while not connection.scalar(ask):
                if time.monotonic() > deadline:
                    raise RescoreError(f"{address.name}: another run is writing to it")
                time.sleep(_POLL_S)
        yield
