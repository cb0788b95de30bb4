"""Keep suggestions in a table of a database."""

import threading
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Final, Self

import sqlalchemy as sa

from service.feedback.engine import (
    build_engine,
    create_file,
    describe,
    explain_failures,
    is_sqlite,
    parse_address,
)
from service.feedback.schema import check_table, create_table, try_writing
from service.feedback.suggestion import FeedbackError, Suggestion, clean
from service.feedback.table import FEEDBACK, parse_row, render_row

_PATIENCE_S: Final = 5.0
_WRITERS: Final = 2
"""Threads of a worker's four that may wait for the database: the others go on answering."""

_TURN_S: Final = 0.1
_AT_ONCE: Final = 500
"""Rows in memory while reading."""


class FeedbackStore:
    """A table of suggestions, for any number of threads and processes; see `open`.

    Parameters
    ----------
    engine : sqlalchemy.Engine
    name : str
        What errors call it.
    """

    def __init__(self, engine: sa.Engine, name: str) -> None:
        self._engine = engine
        self._turns = threading.BoundedSemaphore(_WRITERS)
        self.name = name

    @classmethod
    def open(cls, where: str, *, create: bool = True, patience_s: float = _PATIENCE_S) -> Self:
        """Return the store at `where`, tried, and with no connection open: fork when you like.

        Parameters
        ----------
        where : str
            Path of a SQLite file, or a URL: ``sqlite:///…``, ``postgresql+psycopg://…``.
        create : bool
            Make file and table where they are not there, and try whether a row can be written.
        patience_s : float
            How long to wait for a server that does not answer or a lock that another holds.

        Raises
        ------
        FeedbackError
            If it is not there, cannot be opened or written to, or is somebody else's.
        """
        url = parse_address(where)
        name = describe(url)
        if create and is_sqlite(url):
            create_file(str(url.database))
        elif is_sqlite(url) and not Path(str(url.database)).is_file():
            raise FeedbackError(f"{name}: is not there")
        engine = build_engine(url, patience_s)
        try:
            with explain_failures(name):
                if create:
                    create_table(engine)
                check_table(engine, name)
                if create:
                    try_writing(engine)
        finally:
            engine.dispose()
        return cls(engine, name)

    def close(self) -> None:
        """Close every connection; the next use opens one."""
        self._engine.dispose()

    def add(self, suggestion: Suggestion) -> None:
        """Store a suggestion: on disk when this returns.

        Lone surrogates and NUL become U+FFFD (`suggestion.clean`).

        Raises
        ------
        FeedbackError
            If the database is away, full or locked, or others wait for it, and nothing was
            stored. The next call tries anew.
        """
        row = render_row(suggestion)
        if not self._turns.acquire(timeout=_TURN_S):
            raise FeedbackError(f"{self.name}: others wait to be stored")
        try:
            with explain_failures(self.name), self._engine.begin() as connection:
                connection.execute(sa.insert(FEEDBACK), row)
        finally:
            self._turns.release()

    def count(self) -> int:
        """Return how many suggestions there are."""
        with explain_failures(self.name), self._engine.connect() as connection:
            return connection.scalar(sa.select(sa.func.count()).select_from(FEEDBACK)) or 0

    def read(
        self,
        *,
        newest: bool = False,
        since: datetime | None = None,
        community_id: str | None = None,
    ) -> Iterator[Suggestion]:
        """Yield suggestions in the order they were stored, a few in memory at a time.

        Parameters
        ----------
        newest : bool
            Of several with one community and client token, the last alone.
        since : datetime, optional
            Those created then or later.
        community_id : str, optional
            Those of this community.

        Raises
        ------
        FeedbackError
            If the database fails.
        """
        query = sa.select(FEEDBACK).order_by(FEEDBACK.c.id)
        if newest:
            query = _without_superseded(query)
        query = query.where(*_conditions(since=since, community_id=community_id))
        engine = self._engine.execution_options(yield_per=_AT_ONCE)
        with (
            explain_failures(self.name),
            engine.connect() as connection,
            connection.execute(query) as rows,
        ):
            yield from map(parse_row, rows.mappings())

    def delete(
        self,
        *,
        client_token: str | None = None,
        community_id: str | None = None,
        before: datetime | None = None,
    ) -> int:
        """Delete the suggestions that meet every condition given; return how many.

        Raises
        ------
        ValueError
            If no condition is given.
        FeedbackError
            If the database fails, and nothing was deleted.
        """
        conditions = _conditions(
            client_token=client_token, community_id=community_id, before=before
        )
        if not conditions:
            raise ValueError("deleting needs a condition")
        with explain_failures(self.name), self._engine.begin() as connection:
            deleted = connection.execute(sa.delete(FEEDBACK).where(*conditions)).rowcount
        self._forget_log()
        return deleted

    def _forget_log(self) -> None:
        """Take what was deleted out of SQLite's log, too; a reader that needs it defers that."""
        if self._engine.dialect.name == "sqlite":
            with explain_failures(self.name), self._engine.connect() as connection:
                connection.exec_driver_sql("PRAGMA wal_checkpoint(TRUNCATE)")


def _conditions(
    *,
    client_token: str | None = None,
    community_id: str | None = None,
    since: datetime | None = None,
    before: datetime | None = None,
) -> list[sa.ColumnElement[bool]]:
    columns = FEEDBACK.c
    found: list[sa.ColumnElement[bool]] = []
    if client_token is not None:
        found.append(columns.client_token == clean(client_token))
    if community_id is not None:
        found.append(columns.community_id == clean(community_id))
    if since is not None:
        found.append(columns.created >= since.astimezone(UTC))
    if before is not None:
        found.append(columns.created < before.astimezone(UTC))
    return found


def _without_superseded(query: sa.Select[Any]) -> sa.Select[Any]:
    # The database sorts, on disk where it is much; the sort has no text in it.
    columns = FEEDBACK.c
    rank = sa.func.row_number().over(
        partition_by=[columns.community_id, columns.client_token],
        order_by=[columns.created.desc(), columns.id.desc()],
    )
    ranked = sa.select(columns.id, rank.label("rank")).subquery()
    return query.join(ranked, ranked.c.id == columns.id).where(
        sa.or_(ranked.c.rank == 1, columns.client_token.is_(None))
    )
