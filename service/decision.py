"""From what is known of a comment to a decision. Pure: no Flask, no clock, no files."""

from collections.abc import Mapping, Sequence
from enum import IntEnum
from typing import Final, Literal

import msgspec

from service.policy.shape import Policy

ActionLabel = Literal["accept", "flag", "reject"]


class Action(IntEnum):
    """What becomes of a comment, the mildest first."""

    ACCEPT = 0
    FLAG = 1
    REJECT = 2

    @property
    def label(self) -> ActionLabel:
        """The word for it on the wire."""
        return _LABELS[self]


_LABELS: Final[tuple[ActionLabel, ...]] = ("accept", "flag", "reject")
_ACTIONS: Final = {action.label: action for action in Action}


class Reason(msgspec.Struct, frozen=True, omit_defaults=True):
    """A rule that fired.

    Attributes
    ----------
    code : str
        Stable for ever.
    action : str
        What the rule asks for.
    attribute, score, threshold : optional
        For ``toxic``: the attribute whose score is on or over the threshold.
    term, begin, end : optional
        For ``banned_term`` and ``suspect_term``: the term as it is in the list, and where the
        comment has it first, in UTF-16 code units of the text as sent, `end` exclusive.
    count, limit : optional
        For ``too_many_links``: how many there are, and how many may be.
    """

    code: Literal[
        "too_long",
        "empty",
        "banned_term",
        "suspect_term",
        "too_many_links",
        "unsupported_language",
        "toxic",
    ]
    action: ActionLabel
    attribute: str | None = None
    score: float | None = None
    threshold: float | None = None
    term: str | None = None
    begin: int | None = None
    end: int | None = None
    count: int | None = None
    limit: int | None = None


class Decision(msgspec.Struct, frozen=True):
    """An action, and every rule that fired, the one that fixed it first."""

    action: Action
    reasons: list[Reason]


ACCEPTED = Decision(Action.ACCEPT, [])
TOO_LONG = Decision(Action.REJECT, [Reason("too_long", "reject")])
EMPTY = Decision(Action.REJECT, [Reason("empty", "reject")])
UNDECIDED: Final = Decision(Action.FLAG, [])
"""Before any rule was looked at: nothing is accepted by default."""
UNSUPPORTED_LANGUAGE: Final = Reason("unsupported_language", "flag")


def decide(scores: Mapping[str, float], policy: Policy, found: Sequence[Reason] = ()) -> Decision:
    """Decide on a comment; the strictest rule that fired wins.

    Parameters
    ----------
    scores : mapping of attribute to probability in [0, 1]
        An attribute that has no score fires no rule.
    policy : Policy
        Bands are half-open: a score on a threshold is over it.
    found : sequence of Reason
        What fired already. Of rules that ask for the same, these come first.
    """
    fired = []
    for attribute, flag, reject in policy.thresholds:
        score = scores.get(attribute)
        if score is None:
            continue
        if score >= reject:
            fired.append((Action.REJECT, score - reject, attribute, reject))
        elif score >= flag:
            fired.append((Action.FLAG, score - flag, attribute, flag))
    if not (fired or found):
        return ACCEPTED
    fired.sort(key=lambda rule: rule[:2], reverse=True)
    reasons = [*found] + [
        Reason("toxic", action.label, attribute, scores[attribute], threshold)
        for action, _, attribute, threshold in fired
    ]
    reasons.sort(key=lambda reason: _LABELS.index(reason.action), reverse=True)
    return Decision(_ACTIONS[reasons[0].action], reasons)
