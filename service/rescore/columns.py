"""Outcomes as rows of output: the endpoint's answer as JSON, or flat columns."""

from collections.abc import Sequence
from typing import Final

import msgspec
import pyarrow as pa

from model import ATTRIBUTES
from service.moderation import Outcome
from service.render import render_outcome
from service.rescore.errors import RescoreError
from service.wire import ModerateResponse

REASON: Final = pa.struct(
    [
        ("code", pa.string()),
        ("action", pa.string()),
        ("attribute", pa.string()),
        ("score", pa.float64()),
        ("threshold", pa.float64()),
        ("term", pa.string()),
        ("begin", pa.int64()),
        ("end", pa.int64()),
        ("count", pa.int64()),
        ("limit", pa.int64()),
    ]
)
SCHEMA: Final = pa.schema(
    [
        ("id", pa.string()),
        ("decision", pa.string()),
        ("reasons", pa.list_(REASON)),
        *((attribute, pa.float64()) for attribute in ATTRIBUTES),
        ("length", pa.int64()),
        ("language", pa.string()),
        ("model", pa.string()),
        ("policy", pa.string()),
        ("policy_version", pa.string()),
    ]
)
"""The columns of the tabular formats, before `BEFORE` and those that are kept."""

BEFORE: Final = "before"
"""The column of the decision that was compared with."""

RUN: Final = "run"
POSITION: Final = "position"
RESERVED: Final = frozenset({*SCHEMA.names, BEFORE, RUN, POSITION})
KEPT_PREFIX: Final = "input_"


class RescoredComment(ModerateResponse, frozen=True, kw_only=True):
    """A line of JSON: what the endpoint answers, and what only a stored comment has."""

    policy_version: str
    before: str | msgspec.UnsetType | None = msgspec.UNSET
    input: msgspec.Raw | dict[str, object] | msgspec.UnsetType = msgspec.UNSET


class Results(msgspec.Struct, frozen=True):
    """Some rows of output, in order.

    Attributes
    ----------
    outcomes : list of Outcome
    before : list of str or None
        The decisions compared with; empty if none are.
    kept : RecordBatch or list of bytes, optional
        As in `Rows`.
    ids : list
        As they are in the source, for a database whose keys are no strings.
    """

    outcomes: list[Outcome]
    before: list[str | None]
    kept: pa.RecordBatch | list[bytes] | None
    ids: list[object]
    policy_version: str


def name_kept(names: Sequence[str]) -> list[str]:
    """Return the names of kept columns: with `KEPT_PREFIX` where one is ours.

    Raises
    ------
    RescoreError
        If that makes two of one name.
    """
    kept = [KEPT_PREFIX + name if name in RESERVED else name for name in names]
    if len(set(kept)) < len(kept):
        raise RescoreError(f"kept, two columns would have one name: {', '.join(kept)}")
    return kept


def build_schema(source: pa.Schema | None, *, compare: bool) -> pa.Schema:
    """Return the columns of a table of output.

    Parameters
    ----------
    source : Schema, optional
        The columns of the source, if they are kept.
    compare : bool
        Whether there is a column of the decisions compared with.
    """
    before = [pa.field(BEFORE, pa.string())] if compare else []
    kept = list(source or [])
    names = name_kept([each.name for each in kept])
    return pa.schema([*SCHEMA, *before, *map(pa.Field.with_name, kept, names)])


def build_lines(results: Results, *, compare: bool) -> list[RescoredComment]:
    """Return rows of output as documents."""
    unset = [msgspec.UNSET] * len(results.outcomes)
    kept: Sequence[msgspec.Raw | dict[str, object] | msgspec.UnsetType] = unset
    if isinstance(results.kept, pa.RecordBatch):
        kept = results.kept.to_pylist()
    elif results.kept is not None:
        kept = list(map(msgspec.Raw, results.kept))
    return [
        RescoredComment(
            **{name: getattr(answer, name) for name in ModerateResponse.__struct_fields__},
            policy_version=results.policy_version,
            before=before,
            input=row,
        )
        for answer, before, row in zip(
            map(render_outcome, results.outcomes),
            results.before if compare else unset,
            kept,
            strict=True,
        )
    ]


def build_table(results: Results, schema: pa.Schema) -> pa.RecordBatch:
    """Return rows of output as columns of the types of `schema`."""
    outcomes = results.outcomes
    scores = [outcome.scores or {} for outcome in outcomes]
    columns: list[Sequence[object]] = [
        [outcome.comment.id for outcome in outcomes],
        [outcome.decision.action.label for outcome in outcomes],
        [msgspec.to_builtins(outcome.decision.reasons) for outcome in outcomes],
        *([row.get(attribute) for row in scores] for attribute in ATTRIBUTES),
        [outcome.length for outcome in outcomes],
        [outcome.language for outcome in outcomes],
        [outcome.model for outcome in outcomes],
        [outcome.policy.name for outcome in outcomes],
        [results.policy_version] * len(outcomes),
    ]
    if schema.get_field_index(BEFORE) >= 0:
        columns.append(results.before)
    arrays = [pa.array(column, schema.field(place).type) for place, column in enumerate(columns)]
    if isinstance(results.kept, pa.RecordBatch):
        arrays += results.kept.columns
    elif results.kept is not None:
        arrays.append(pa.array([line.decode() for line in results.kept], pa.string()))
    return pa.record_batch(arrays, schema=schema)


def leave_out_nulls(value: object) -> object:
    """Leave out of structures what they do not have, as the endpoint does."""
    if isinstance(value, dict):
        return {name: leave_out_nulls(each) for name, each in value.items() if each is not None}
    return list(map(leave_out_nulls, value)) if isinstance(value, list) else value
