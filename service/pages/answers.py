"""From what was decided on a comment to what its author is told."""

from typing import Literal

import msgspec

from service.moderation import Outcome
from service.pages.marks import Piece, mark_deciding
from service.pages.words import WORDS
from service.wire import Problem


class Answer(msgspec.Struct, frozen=True):
    """What the page says became of a comment, with the words marked that decided on it."""

    kind: Literal["accept", "flag", "reject", "held", "problem"]
    details: list[str]
    quote: list[Piece] = []


def answer_outcome(outcome: Outcome) -> Answer:
    """Say in a reader's words what was decided on a comment, and why."""
    decision = outcome.decision
    length = {"value": outcome.length, "limit": outcome.policy.max_length}
    names = [
        reason.attribute or reason.code
        for reason in decision.reasons
        # A milder rule that fired too did not decide anything.
        if reason.action == decision.action.label
    ]
    # Two terms of a list are one thing to say. A rule newer than these words still gets a sentence.
    details = [WORDS.get(name, WORDS["rule"]).format_map(length) for name in dict.fromkeys(names)]
    return Answer(decision.action.label, details, mark_deciding(outcome))


def answer_problem(problem: Problem) -> Answer:
    """Say in a reader's words that a comment was not judged.

    Whatever was not the sender's fault is held: nothing is accepted by default.
    """
    if problem.status >= 429:  # noqa: PLR2004 - too many requests, and the class of server errors
        return Answer("held", [WORDS["kept"]])
    return Answer("problem", [problem.detail, *(error.detail for error in problem.errors)])
