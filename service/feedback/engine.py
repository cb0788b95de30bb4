"""Where suggestions are kept: from a path or URL to connections, and from errors to sentences."""

import contextlib
import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Final

import sqlalchemy as sa

from service.feedback.suggestion import FeedbackError

_POSTGRESQL: Final = "postgresql"
_IN_MEMORY: Final = ("", ":memory:")
_TELLING: Final = (sa.exc.OperationalError, sa.exc.ProgrammingError, sa.exc.IntegrityError)


def parse_address(where: str) -> sa.URL:
    """Parse the path of a SQLite file, or the URL of a database of SQLite or PostgreSQL.

    Raises
    ------
    FeedbackError
        If it is no such thing.
    """
    if "://" not in where:
        url = sa.URL.create("sqlite", database=where)
    else:
        system = where.partition("://")[0]
        try:
            url = sa.make_url(where)
        except (sa.exc.ArgumentError, ValueError):
            raise FeedbackError(f"{system}://…: not the address of a database") from None
        if url.get_backend_name() not in {"sqlite", _POSTGRESQL}:
            raise FeedbackError(f"{system}://…: neither SQLite nor PostgreSQL")
    if is_sqlite(url):
        if (url.database or "") in _IN_MEMORY:
            raise FeedbackError("a database in memory keeps nothing: name a file")
        if url.query:
            raise FeedbackError(f"{describe(url)}: the address of a SQLite file takes no options")
    return url


def is_sqlite(url: sa.URL) -> bool:
    """Return whether it is a file."""
    return url.get_backend_name() == "sqlite"


def describe(url: sa.URL) -> str:
    """Return how it is called where others may read it: a password may be in the query, too."""
    return str(url.database) if is_sqlite(url) else url.set(query={}).render_as_string()


def create_file(path: str) -> None:
    """Make an empty file that only its owner may read, unless it is there.

    Raises
    ------
    FeedbackError
        If it cannot be made.
    """
    try:
        os.close(os.open(path, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o600))
    except FileExistsError:
        pass
    except FileNotFoundError:
        raise FeedbackError(f"{path}: its folder is not there") from None
    except OSError as error:
        raise FeedbackError(f"{path}: {error.strerror}") from None


def build_engine(url: sa.URL, patience_s: float) -> sa.Engine:
    """Return an engine that waits `patience_s` for a lock or a server, and no longer.

    Raises
    ------
    FeedbackError
        If the driver of the database is missing.
    """
    # hide_parameters: an error that repeats the values of a row would repeat a comment.
    if is_sqlite(url):
        file = Path(str(url.database)).absolute().as_uri()
        # mode=rw: a file that is gone is an error, not an empty database. A connection a
        # transaction: none is open across a fork, or to a file that was replaced.
        url = url.set(database=file, query={"mode": "rw", "uri": "true"})
        engine = sa.create_engine(
            url,
            hide_parameters=True,
            poolclass=sa.NullPool,
            connect_args={"timeout": patience_s},
        )
        sa.event.listen(engine, "connect", _prepare_sqlite)
        return engine
    waits = {"connect_timeout": int(max(patience_s, 2)), "tcp_user_timeout": _ms(patience_s)}
    missing = {name: value for name, value in waits.items() if name not in url.query}
    try:
        engine = sa.create_engine(
            url, hide_parameters=True, pool_pre_ping=True, connect_args=missing
        )
    except ImportError as error:
        raise FeedbackError(f"{describe(url)}: {error.name} is not installed") from None
    except sa.exc.ArgumentError:
        raise FeedbackError(f"{describe(url)}: SQLAlchemy knows no such driver") from None

    @sa.event.listens_for(engine, "begin")
    def _bound_waiting(connection: sa.Connection) -> None:
        # A reader's cursor on the server takes queries alone, and meets no lock.
        if not connection.get_execution_options().get("yield_per"):
            connection.exec_driver_sql(f"SET LOCAL lock_timeout = {_ms(patience_s)}")

    return engine


@contextlib.contextmanager
def explain_failures(name: str) -> Iterator[None]:
    """Turn a failure of the database `name` into a `FeedbackError` that repeats no value."""
    try:
        yield
    except sa.exc.DBAPIError as error:
        # The first line of the driver's message says what, the others may hold values; so
        # may that of other kinds of errors, such as data that does not fit.
        said = str(error.orig).strip().splitlines()[:1]
        shown = said if isinstance(error, _TELLING) or type(error) is sa.exc.DatabaseError else []
        reason = ": ".join([type(error).__name__, *shown])
        raise FeedbackError(f"{name}: {reason}") from None
    except sa.exc.SQLAlchemyError as error:
        raise FeedbackError(f"{name}: {type(error).__name__}") from None


def _prepare_sqlite(connection: Any, _: object) -> None:  # noqa: ANN401 - the driver's
    # What is committed is on disk, and what is deleted is overwritten.
    connection.execute("PRAGMA synchronous = EXTRA")
    connection.execute("PRAGMA secure_delete = ON")


def _ms(seconds: float) -> int:
    return max(int(seconds * 1000), 1)
