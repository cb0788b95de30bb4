"""A row of an export, from named columns to text, scores and decision."""

import re
from collections.abc import Mapping
from functools import lru_cache
from typing import Final, NamedTuple

from model import ATTRIBUTES
from service.export_fields import NO_TEXT, Columns, parse_decision, parse_text
from service.length import is_blank, replace_lone_surrogates
from service.rescore.errors import BadRowError

NO_SCORE: Final = "no score of an attribute that we have"
NO_NUMBER: Final = "a score that is no number"
PER_CENT: Final = "a score over 1: if scores are in per cent, divide them by 100"
NOT_A_SHARE: Final = "a score that is not from 0 to 1"

_MISSING: Final = frozenset({"", "na", "nan", "null", "none"})
_HUNDRED: Final = 100.0
_COLUMN: Final = re.compile(
    rf"(?:response\.)?(?:attributescores\.|scores\.)?"
    rf"(?P<name>(?P<attribute>{'|'.join(ATTRIBUTES)})(?P<trial>_experimental)?(?:@(?P<version>\d+))?)"
    rf"(?:\.summaryscore)?(?:\.value)?"
)


class Score(NamedTuple):
    """What a column holds: scores of an attribute, under one of its names at Google.

    Attributes
    ----------
    attribute : str
        Ours.
    name : str
        Theirs, such as ``TOXICITY_EXPERIMENTAL``.
    rank : tuple
        Of several in a row the lowest counts: the name itself, then versions, the latest
        first, then experiments.
    """

    attribute: str
    name: str
    rank: tuple[bool, bool, int]


class Row(NamedTuple):
    """A comment of an export.

    Attributes
    ----------
    text : str
    scores : dict of str to float in [0, 1]
        By attribute, with at least one.
    names : tuple of (attribute, name)
        What each was called there.
    rejected : bool, optional
        What the site decided, if that is known.
    """

    text: str
    scores: dict[str, float]
    names: tuple[tuple[str, str], ...]
    rejected: bool | None


@lru_cache(maxsize=1024)
def find_score(column: str) -> Score | None:
    """Return what scores a column has, as its name tells; None if none that we have.

    Examples
    --------
    >>> find_score("attributeScores.INSULT_EXPERIMENTAL.summaryScore.value").attribute
    'insult'
    """
    match = _COLUMN.fullmatch(column.strip().casefold())
    if not match:
        return None
    version = match["version"]
    rank = (match["trial"] is not None, version is not None, -int(version or 0))
    return Score(match["attribute"], match["name"].upper(), rank)


def parse_row(fields: Mapping[str, object], columns: Columns) -> Row:
    """Return what a row says.

    Parameters
    ----------
    fields : dict of str to object
        By column, in lower case; what lay in objects is named with dots.
    columns : Columns

    Raises
    ------
    BadRowError
        If it has no text, no score, or a score or decision that is none.
    """
    text = parse_text(fields, columns.text_names)
    if is_blank(text):
        raise BadRowError(NO_TEXT)
    best: dict[str, tuple[Score, float]] = {}
    for column, value in fields.items():
        score = find_score(column)
        number = _parse_score(value) if score else None
        if score is None or number is None:
            continue
        if score.attribute not in best or score.rank < best[score.attribute][0].rank:
            best[score.attribute] = (score, number)
    if not best:
        raise BadRowError(NO_SCORE)
    return Row(
        text=replace_lone_surrogates(text),
        scores={attribute: number for attribute, (_, number) in best.items()},
        names=tuple((attribute, score.name) for attribute, (score, _) in best.items()),
        rejected=parse_decision(fields.get(columns.decision.casefold()), columns.rejected)
        if columns.decision
        else None,
    )


def _parse_score(value: object) -> float | None:
    """Return a score, None of a cell that holds none."""
    if value is None or (isinstance(value, str) and value.strip().casefold() in _MISSING):
        return None
    if isinstance(value, bool) or not isinstance(value, int | float | str):
        raise BadRowError(NO_NUMBER)
    try:
        number = float(value)
    except (ValueError, OverflowError):
        raise BadRowError(NO_NUMBER) from None
    if 1 < number <= _HUNDRED:
        raise BadRowError(PER_CENT)
    if not 0 <= number <= 1:
        raise BadRowError(NOT_A_SHARE)
    return number
