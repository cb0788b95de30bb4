"""The core that the endpoint and the batch script share: comments in, outcomes out."""

from collections.abc import Mapping, Sequence

import msgspec

from model.scorer import TextScorer
from service.decision import EMPTY, TOO_LONG, UNSUPPORTED_LANGUAGE, Decision, decide
from service.explanation import Span, explain
from service.language import detect_language, primary_language
from service.length import is_blank, replace_lone_surrogates, utf16_length
from service.policy import DEFAULT_POLICY, Policy


class Comment(msgspec.Struct, frozen=True):
    """A comment to moderate; `language` skips detection."""

    text: str
    id: str | None = None
    language: str | None = None
    policy: str = DEFAULT_POLICY
    explain: bool = False


class Outcome(msgspec.Struct, frozen=True):
    """What was decided on a comment, and everything it rests on.

    Attributes
    ----------
    scores : dict of str to float, optional
        Absent where the comment was not scored.
    model : str, optional
        Version of the model that scored it.
    spans : list of Span, optional
        Only where the comment asked for it.
    """

    comment: Comment
    decision: Decision
    length: int
    policy: Policy
    language: str | None = None
    scores: dict[str, float] | None = None
    model: str | None = None
    spans: list[Span] | None = None


class UnknownPolicyError(LookupError):
    """A comment names a policy that is not loaded."""


class Moderator:
    """Moderate comments with the models and policies given.

    Parameters
    ----------
    scorers : mapping of language to TextScorer
    policies : mapping of name to Policy
    """

    def __init__(self, scorers: Mapping[str, TextScorer], policies: Mapping[str, Policy]) -> None:
        self.scorers = scorers
        self.policies = policies

    def moderate(self, comments: Sequence[Comment]) -> list[Outcome]:
        """Return an outcome for each comment, in order; one is a batch of one.

        Raises
        ------
        UnknownPolicyError
            If a comment names a policy that is not loaded; none is moderated.
        """
        policies = [self._policy(comment) for comment in comments]
        outcomes = list(map(self._before_scoring, comments, policies))
        for language, scorer in self.scorers.items():
            chosen = [
                index
                for index, outcome in enumerate(outcomes)
                if outcome.language and primary_language(outcome.language) == language
            ]
            if not chosen:
                continue
            texts = [replace_lone_surrogates(comments[index].text) for index in chosen]
            rows = scorer.score(texts).tolist()
            for index, text, row in zip(chosen, texts, rows, strict=True):
                outcomes[index] = _scored(outcomes[index], scorer, text, row)
        return outcomes

    def _policy(self, comment: Comment) -> Policy:
        try:
            return self.policies[comment.policy]
        except KeyError:
            raise UnknownPolicyError(comment.policy) from None

    def _before_scoring(self, comment: Comment, policy: Policy) -> Outcome:
        """Apply the rules that need no score; the order is from cheap to dear."""
        length = utf16_length(comment.text)
        if length > policy.max_length:
            return _unscored(comment, TOO_LONG, length, policy)
        if is_blank(comment.text):
            return _unscored(comment, EMPTY, length, policy)
        language = comment.language or detect_language(comment.text)
        return _unscored(comment, UNSUPPORTED_LANGUAGE, length, policy, language)


def _unscored(
    comment: Comment,
    decision: Decision,
    length: int,
    policy: Policy,
    language: str | None = None,
) -> Outcome:
    spans: list[Span] | None = [] if comment.explain else None
    return Outcome(comment, decision, length, policy, language, spans=spans)


def _scored(outcome: Outcome, scorer: TextScorer, text: str, row: list[float]) -> Outcome:
    scores = dict(zip(scorer.attributes, row, strict=True))
    return Outcome(
        comment=outcome.comment,
        decision=decide(scores, outcome.policy),
        length=outcome.length,
        policy=outcome.policy,
        language=outcome.language,
        scores=scores,
        model=scorer.version,
        spans=explain(text, scorer) if outcome.comment.explain else None,
    )
