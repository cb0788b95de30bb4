"""What changed: old decisions, or old scores decided on again, beside the new ones."""

import json
from collections import Counter
from collections.abc import Iterable, Sequence
from decimal import Decimal
from typing import Final

from model import ATTRIBUTES
from service.decision import Action, Decision, decide
from service.interval import find_interval
from service.policy import Policy
from service.rescore.errors import BadRowError
from service.rescore.parts import Transition

_ACTIONS: Final[dict[str, Action]] = {action.label: action for action in Action}
_NONE: Final = "none"


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


def find_behind(before: Decision, decision: Decision) -> str | None:
    """Return the attribute or rule that fixed the stricter of two decisions, if it is known."""
    reasons = decision.reasons if decision.action > before.action else before.reasons
    if decision.action == before.action or not reasons:
        return None
    return reasons[0].attribute or reasons[0].code


def has_moved(before: Decision | None, decision: Decision) -> bool:
    """Return whether a decision is another than before; one on a new comment is."""
    return before is None or before.action != decision.action


def render_transitions(transitions: Iterable[Transition], total: int | None = None) -> str:
    """Return the table of how decisions moved, and what is behind it, for people.

    Parameters
    ----------
    transitions : iterable of Transition
    total : int, optional
        How many rows there are, if these are of a sample: shares get an interval.
    """
    counts: Counter[tuple[str, str]] = Counter()
    behind: dict[tuple[str, str], Counter[str]] = {}
    for each in transitions:
        pair = (each.before or _NONE, each.after)
        counts[pair] += each.rows
        if each.behind:
            behind.setdefault(pair, Counter())[each.behind] += each.rows
    seen = counts.total()

    def measure(count: int) -> tuple[str, str]:
        if total is None or not seen:
            return f"{count:,}", f"{count / max(seen, 1):.2%}"
        low, high = find_interval(count, seen)
        return f"{count / seen * total:,.0f}", f"{count / seen:.2%} ({low:.2%} to {high:.2%})"

    order = [_NONE, *_ACTIONS]
    rows = [("before", "after", "about" if total else "rows", "share", "behind it")]
    for pair in sorted(counts, key=lambda pair: tuple(map(order.index, pair))):
        causes = ", ".join(
            f"{name} {rows:,}" for name, rows in behind.get(pair, Counter()).most_common()
        )
        rows.append((*pair, *measure(counts[pair]), causes))
    widths = [max(len(row[place]) for row in rows) + 2 for place in range(4)]
    lines = [
        f"{row[0]:<{widths[0]}}{row[1]:<{widths[1]}}{row[2]:>{widths[2]}}"
        f"{row[3]:>{widths[3]}}  {row[4]}".rstrip()
        for row in rows
    ]
    moved = sum(count for (before, after), count in counts.items() if before != after)
    return "\n".join([*lines, "moved: {}, {}".format(*measure(moved))])
