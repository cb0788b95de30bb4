"""A candidate beside what decides: it judges the same comments, and changes no answer.

See docs/decisions/0029-shadow.md.
"""

from collections.abc import Sequence

import msgspec

from model.scorer import TextScorer
from service.decision import ActionLabel
from service.moderation import Comment, Moderator, Outcome
from service.policy import Policy


class ShadowError(Exception):
    """A candidate that cannot be used; the message is one sentence."""


class Comparison(msgspec.Struct, frozen=True):
    """What was decided on a comment, and what the candidate would have decided.

    Attributes
    ----------
    id : str, optional
        The caller's.
    policy, candidate_policy : str
        Names.
    model, candidate_model : str, optional
        Versions, where a model scored it.
    before, after : str
        The decision, and the candidate's.
    differences : dict of str to float
        By attribute, how far the candidate's score is from the other, from 0 to 1; empty unless
        both scored the comment.
    """

    id: str | None
    policy: str
    candidate_policy: str
    model: str | None
    candidate_model: str | None
    before: ActionLabel
    after: ActionLabel
    differences: dict[str, float]


class Shadow:
    """A candidate model, policy, or both.

    Parameters
    ----------
    moderator : Moderator
        With the candidate in the place of what it may replace.
    model : TextScorer, optional
        The candidate model.
    policy : Policy, optional
        The candidate policy; it judges every comment, whatever policy the comment is for.
    """

    def __init__(
        self,
        moderator: Moderator,
        model: TextScorer | None = None,
        policy: Policy | None = None,
    ) -> None:
        self._moderator = moderator
        self.model = model
        self.policy = policy

    def compare(self, outcomes: Sequence[Outcome]) -> list[Comparison]:
        """Judge again what was judged, and compare."""
        candidates = self._moderator.moderate(list(map(self._copy, outcomes)))
        return list(map(_compare, outcomes, candidates))

    def _copy(self, outcome: Outcome) -> Comment:
        """Return the comment for the candidate, which need not look for its language again."""
        comment = outcome.comment
        return Comment(
            comment.text,
            language=outcome.language,
            policy=self.policy.name if self.policy else comment.policy,
        )


def _compare(outcome: Outcome, candidate: Outcome) -> Comparison:
    differences = {}
    if outcome.scores is not None and candidate.scores is not None:
        differences = {
            attribute: abs(score - candidate.scores[attribute])
            for attribute, score in outcome.scores.items()
            if attribute in candidate.scores
        }
    return Comparison(
        id=outcome.comment.id,
        policy=outcome.policy.name,
        candidate_policy=candidate.policy.name,
        model=outcome.model,
        candidate_model=candidate.model,
        before=outcome.decision.action.label,
        after=candidate.decision.action.label,
        differences=differences,
    )
