"""From what was decided on a comment to what its author is told."""

from typing import Literal

import msgspec

from service.decision import Reason
from service.moderation import Outcome
from service.pages.words import WORDS
from service.wire import Problem


class Answer(msgspec.Struct, frozen=True):
    """What the page says became of a comment."""

    kind: Literal["accept", "flag", "reject", "held", "problem"]
    details: list[str]


def answer_outcome(outcome: Outcome) -> Answer:
    """Say in a reader's words what was decided on a comment, and why."""
    decision = outcome.decision
    length = {"value": outcome.length, "limit": outcome.policy.max_length}
    return Answer(
        decision.action.label,
        [
            _word(reason).format_map(length)
            for reason in decision.reasons
            # A milder rule that fired too did not decide anything.
            if reason.action == decision.action.label
        ],
    )


def answer_problem(problem: Problem) -> Answer:
    """Say in a reader's words that a comment was not judged.

    Whatever was not the sender's fault is held: nothing is accepted by default.
    """
    if problem.status >= 500:  # noqa: PLR2004 - the class of server errors
        return Answer("held", [WORDS["kept"]])
    return Answer("problem", [problem.detail, *(error.detail for error in problem.errors)])


def _word(reason: Reason) -> str:
    # A rule newer than these words still gets a sentence.
    return WORDS.get(reason.attribute or reason.code, WORDS["rule"])
