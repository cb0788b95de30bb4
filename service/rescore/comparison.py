"""What was decided before: old decisions, or old scores decided on again."""

import json
from collections.abc import Sequence
from decimal import Decimal
from typing import Final

from model import ATTRIBUTES
from service.decision import Action, Decision, decide
from service.moderation import Outcome
from service.policy import Policy
from service.rescore.errors import BadRowError

_ACTIONS: Final[dict[str, Action]] = {action.label: action for action in Action}


def parse_before(
    columns: Sequence[str], values: Sequence[object], policy: Policy
) -> Decision | None:
    """Return the decision made before on a row, None if there was none.

    It has reasons only if they are known.

    Parameters
    ----------
    columns : sequence of str
        One with decisions or with objects of scores, or some named as attributes.
    values : sequence
        What they hold. Scores are decided on by `policy`.

    Raises
    ------
    BadRowError
        If it is neither.
    """
    if columns[0] in ATTRIBUTES:
        scores = dict(zip(columns, values, strict=True))
    else:
        value = values[0]
        if isinstance(value, str) and (action := _ACTIONS.get(value.strip().lower())) is not None:
            return Decision(action, [])
        if value is None or value == "":
            return None
        scores = _parse_scores(value)
    known = {
        name: _parse_score(score)
        for name, score in scores.items()
        if name in ATTRIBUTES and score is not None and score != ""
    }
    if not known:
        return None
    return decide(known, policy)


def _parse_scores(value: object) -> dict[str, object]:
    if isinstance(value, str):
        try:
            value = json.loads(value)
        except ValueError:
            value = None
    if not isinstance(value, dict):
        raise BadRowError("the old decision is neither accept, flag, reject nor scores")
    return value


def _parse_score(value: object) -> float:
    try:
        score = float(value) if isinstance(value, int | float | str | Decimal) else -1.0
    except ValueError:
        score = -1.0
    if not 0 <= score <= 1:
        raise BadRowError("an old score is no number from 0 to 1")
    return score


def compares_scores(columns: Sequence[str]) -> bool:
    """Return whether columns are of scores, as their names tell."""
    return columns[0] in {*ATTRIBUTES, "scores"}


def add_rules(before: Decision | None, outcome: Outcome) -> Decision | None:
    """Add to a decision on old scores what its policy says whatever the scores."""
    if outcome.scores is None:
        return outcome.decision if before is None else before
    rules = [reason for reason in outcome.decision.reasons if reason.code != "toxic"]
    return decide({}, outcome.policy, [*rules, *before.reasons]) if before and rules else before
