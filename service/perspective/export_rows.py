"""A row of an export, from named columns to text, scores and decision."""

import re
from collections.abc import Mapping, Sequence
from functools import lru_cache
from typing import Final, NamedTuple

import msgspec

from model import ATTRIBUTES
from service.length import is_blank, replace_lone_surrogates
from service.rescore.errors import BadRowError

TEXT_COLUMNS: Final = ("text", "comment", "comment_text", "body", "comment.text")
"""Where the text is looked for; the last is Perspective's request, if that was kept."""

ACCEPTED: Final = frozenset(
    {"accept", "accepted", "approve", "approved", "published", "ok", "0", "0.0", "false", "none"}
)
REJECTED: Final = frozenset(
    {"reject", "rejected", "remove", "removed", "delete", "deleted", "spam", "1", "1.0", "true"}
)
UNDECIDED: Final = frozenset({"", "flag", "flagged", "pending", "premod", "system_withheld"})
"""Decisions that nobody has made yet, Coral's among them."""

NO_TEXT: Final = "no text"
NO_SCORE: Final = "no score of an attribute that we have"
NO_NUMBER: Final = "a score that is no number"
PER_CENT: Final = "a score over 1: if scores are in per cent, divide them by 100"
NOT_A_SHARE: Final = "a score that is not from 0 to 1"
NO_DECISION: Final = "a decision that is not known: --rejected says which values reject"

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


class Columns(msgspec.Struct, frozen=True):
    """Where to look in a row; names in any case.

    Attributes
    ----------
    text : str, optional
        Otherwise the first of `TEXT_COLUMNS` that holds text.
    decision : str, optional
    rejected : frozenset of str, optional
        The decisions that reject; any other but those of `UNDECIDED` then accepts.
    """

    text: str | None = None
    decision: str | None = None
    rejected: frozenset[str] | None = None

    @property
    def text_names(self) -> Sequence[str]:
        """Where the text may stand, in lower case."""
        return [self.text.casefold()] if self.text else TEXT_COLUMNS


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
    text = next(
        (fields[name] for name in columns.text_names if isinstance(fields.get(name), str)), None
    )
    if not isinstance(text, str) or is_blank(text):
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
        rejected=_parse_decision(fields.get(columns.decision.casefold()), columns.rejected)
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


def _parse_decision(value: object, rejected: frozenset[str] | None) -> bool | None:
    """Return whether a decision rejects, None if there is none yet."""
    if value is not None and not isinstance(value, str | int | float):
        raise BadRowError(NO_DECISION)
    word = "" if value is None else str(value).strip().casefold()
    if rejected is not None:
        return word in rejected or (None if word in UNDECIDED else False)
    if word in UNDECIDED:
        return None
    if word not in ACCEPTED | REJECTED:
        raise BadRowError(NO_DECISION)
    return word in REJECTED
