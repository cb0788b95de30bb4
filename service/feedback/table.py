"""The table of suggestions, and how a suggestion is a row of it."""

from datetime import UTC
from typing import Any, Final

import msgspec
import sqlalchemy as sa

from service.feedback.suggestion import Suggestion, clean

SCHEMA_VERSION: Final = 1
"""What the columns mean. Each row says it, so that a later release can tell old from new."""

FEEDBACK: Final = sa.Table(
    "feedback",
    sa.MetaData(),
    # SQLite numbers rows only of the one type.
    sa.Column("id", sa.BigInteger().with_variant(sa.Integer, "sqlite"), primary_key=True),
    sa.Column("schema_version", sa.Integer, nullable=False),
    sa.Column("text", sa.Text, nullable=False),
    sa.Column("scores", sa.JSON, nullable=False),
    sa.Column("spans", sa.JSON(none_as_null=True)),
    sa.Column("languages", sa.JSON, nullable=False),
    # No index: PostgreSQL's takes no long text, and callers choose these.
    sa.Column("community_id", sa.Text),
    sa.Column("client_token", sa.Text),
    sa.Column("model", sa.Text),
    sa.Column("created", sa.DateTime(timezone=True), nullable=False),
)


def render_row(suggestion: Suggestion) -> dict[str, Any]:
    """Return the columns of a suggestion, its texts made `clean` and its time UTC."""
    columns = _clean(msgspec.structs.asdict(suggestion))
    columns["scores"] = {name: float(value) for name, value in columns["scores"].items()}
    created = suggestion.created.astimezone(UTC)
    return {**columns, "schema_version": SCHEMA_VERSION, "created": created}


def parse_row(row: sa.RowMapping) -> Suggestion:
    """Return the suggestion of a row."""
    # SQLite stores no time zone.
    created = row["created"]
    created = created.astimezone(UTC) if created.tzinfo else created.replace(tzinfo=UTC)
    columns = {name: row[name] for name in Suggestion.__struct_fields__}
    return msgspec.convert({**columns, "created": created}, Suggestion)


def _clean(value: Any) -> Any:  # noqa: ANN401 - texts may be anywhere in it
    if isinstance(value, str):
        return clean(value)
    if isinstance(value, dict):
        return {clean(name): _clean(part) for name, part in value.items()}
    if isinstance(value, list | tuple):
        return [_clean(part) for part in value]
    return value
