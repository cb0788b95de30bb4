"""The table of suggestions: made where it is not there, and tried before it is relied on."""

import contextlib
from datetime import UTC, datetime

import sqlalchemy as sa

from service.feedback.suggestion import FeedbackError, Suggestion
from service.feedback.table import FEEDBACK, SCHEMA_VERSION, render_row


def create_table(engine: sa.Engine) -> None:
    """Make the table unless it is there; several processes may do so at once."""
    if engine.dialect.name == "sqlite":
        # Readers and a writer do not wait for each other; not every file system can do it.
        with contextlib.suppress(sa.exc.OperationalError), engine.connect() as connection:
            connection.exec_driver_sql("PRAGMA journal_mode = WAL")
    try:
        FEEDBACK.create(engine, checkfirst=True)
    except sa.exc.DBAPIError:
        # Another process may have been first.
        if not sa.inspect(engine).has_table(FEEDBACK.name):
            raise


def check_table(engine: sa.Engine, name: str) -> None:
    """Refuse a table that is not there, is not ours, or is of a later release.

    Parameters
    ----------
    engine : sqlalchemy.Engine
    name : str
        What the error calls the database.

    Raises
    ------
    FeedbackError
        With the reason.
    """
    inspector = sa.inspect(engine)
    if not inspector.has_table(FEEDBACK.name):
        raise FeedbackError(f"{name}: no feedback is stored there")
    found = {column["name"] for column in inspector.get_columns(FEEDBACK.name)}
    if missing := [column.name for column in FEEDBACK.columns if column.name not in found]:
        raise FeedbackError(
            f"{name}: its table feedback is not ours: it has no column {missing[0]}"
        )
    last = sa.select(FEEDBACK.c.schema_version).order_by(FEEDBACK.c.id.desc()).limit(1)
    with engine.connect() as connection:
        if (connection.scalar(last) or 0) > SCHEMA_VERSION:
            raise FeedbackError(f"{name}: a later release has written to its table feedback")


def try_writing(engine: sa.Engine) -> None:
    """Insert a row and take it back: what fails then would fail at every suggestion."""
    trial = Suggestion(text="", scores={}, languages=[], created=datetime.now(UTC))
    with engine.connect() as connection, connection.begin() as transaction:
        connection.execute(sa.insert(FEEDBACK), render_row(trial))
        transaction.rollback()
