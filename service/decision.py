"""From what is known of a comment to a decision. Pure: no Flask, no clock, no files."""

from collections.abc import Mapping
from enum import IntEnum
from typing import Final, Literal

import msgspec

from service.policy import Policy

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


class Reason(msgspec.Struct, frozen=True, omit_defaults=True):
    """A rule that fired.

    Attributes
    ----------
    code : str
        Stable for ever: ``too_long``, ``empty``, ``unsupported_language``, ``toxic``.
    action : str
        What the rule asks for.
    attribute, score, threshold : optional
        For ``toxic``: the attribute whose score is on or over the threshold.
    """

    code: Literal["too_long", "empty", "unsupported_language", "toxic"]
    action: ActionLabel
    attribute: str | None = None
    score: float | None = None
    threshold: float | None = None


class Decision(msgspec.Struct, frozen=True):
    """An action, and every rule that fired, the one that fixed it first."""

    action: Action
    reasons: list[Reason]


ACCEPTED = Decision(Action.ACCEPT, [])
TOO_LONG = Decision(Action.REJECT, [Reason("too_long", "reject")])
EMPTY = Decision(Action.REJECT, [Reason("empty", "reject")])
UNSUPPORTED_LANGUAGE = Decision(Action.FLAG, [Reason("unsupported_language", "flag")])


def decide(scores: Mapping[str, float], policy: Policy) -> Decision:
    """Decide on a scored comment; the strictest band any attribute falls in wins.

    Parameters
    ----------
    scores : mapping of attribute to probability in [0, 1]
        An attribute that has no score fires no rule.
    policy : Policy
        Bands are half-open: a score on a threshold is over it.
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
    if not fired:
        return ACCEPTED
    fired.sort(key=lambda rule: rule[:2], reverse=True)
    reasons = [
        Reason("toxic", action.label, attribute, scores[attribute], threshold)
        for action, _, attribute, threshold in fired
    ]
    return Decision(fired[0][0], reasons)
