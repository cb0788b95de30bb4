"""How decisions moved: from an old one to a new one, or from one policy to another."""

from collections import Counter
from collections.abc import Iterable, Sequence
from typing import Final

import msgspec

from service.decision import Action, Decision
from service.interval import find_interval

_NONE: Final = "none"
_ORDER: Final = (_NONE, *(action.label for action in Action))


class Transition(msgspec.Struct, frozen=True):
    """How many rows went from one decision to another, and the attribute or rule behind it."""

    before: str | None
    after: str
    behind: str | None
    rows: int


def find_behind(before: Decision, decision: Decision) -> str | None:
    """Return the attribute or rule that fixed the stricter of two decisions, if it is known."""
    reasons = decision.reasons if decision.action > before.action else before.reasons
    if decision.action == before.action or not reasons:
        return None
    return reasons[0].attribute or reasons[0].code


def has_moved(before: Decision | None, decision: Decision) -> bool:
    """Return whether a decision is another than before; one on a new comment is."""
    return before is None or before.action != decision.action


def render_transitions(
    transitions: Iterable[Transition],
    total: int | None = None,
    heads: tuple[str, str] = ("before", "after"),
) -> str:
    """Return the table of how decisions moved, and what is behind it, for people.

    Parameters
    ----------
    transitions : iterable of Transition
    total : int, optional
        How many rows there are, if these are a sample of them: shares get an interval. If these
        are all there are, the sample is of those to come.
    heads : pair of str
        What stands over the two decisions.
    """
    groups = group_transitions(transitions)
    seen = sum(causes.total() for causes in groups.values())

    def measure(count: int) -> tuple[str, str]:
        if total is None or not seen:
            return f"{count:,}", f"{count / max(seen, 1):.2%}"
        low, high = find_interval(count, seen)
        return f"{count / seen * total:,.0f}", f"{count / seen:.2%} ({low:.2%} to {high:.2%})"

    rows = [(*heads, "about" if total not in {None, seen} else "rows", "share", "behind it")]
    for pair in sorted(groups, key=lambda pair: tuple(map(_ORDER.index, pair))):
        known = [(name, rows) for name, rows in groups[pair].most_common() if name]
        causes = ", ".join(f"{name} {rows:,}" for name, rows in known)
        rows.append((*pair, *measure(groups[pair].total()), causes))
    moved = sum(causes.total() for pair, causes in groups.items() if pair[0] != pair[1])
    return "\n".join([*_align(rows), "moved: {}, {}".format(*measure(moved))])


def group_transitions(
    transitions: Iterable[Transition],
) -> dict[tuple[str, str], Counter[str | None]]:
    """Return how many rows went from each decision to each, by what was behind it."""
    groups: dict[tuple[str, str], Counter[str | None]] = {}
    for each in transitions:
        pair = (each.before or _NONE, each.after)
        groups.setdefault(pair, Counter())[each.behind] += each.rows
    return groups


def _align(rows: Sequence[tuple[str, str, str, str, str]]) -> list[str]:
    widths = [max(len(row[place]) for row in rows) + 2 for place in range(4)]
    return [
        f"{row[0]:<{widths[0]}}{row[1]:<{widths[1]}}{row[2]:>{widths[2]}}"
        f"{row[3]:>{widths[3]}}  {row[4]}".rstrip()
        for row in rows
    ]
