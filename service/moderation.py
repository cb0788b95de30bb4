"""The core that the endpoint and the batch script share: comments in, outcomes out."""

from collections.abc import Mapping, Sequence

import msgspec

from model.scorer import TextScorer
from service.decision import (
    EMPTY,
    TOO_LONG,
    UNDECIDED,
    UNSUPPORTED_LANGUAGE,
    Decision,
    decide,
)
from service.explanation import Span, explain
from service.language import detect_language, primary_language
from service.length import is_blank, replace_lone_surrogates, utf16_length
from service.policy import DEFAULT_POLICY, Policy, PolicyError
from service.recalibration import recalibrate
from service.rules import Findings, Rules


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

    Raises
    ------
    PolicyError
        If a policy is for a model or language that is not there.
    """

    def __init__(self, scorers: Mapping[str, TextScorer], policies: Mapping[str, Policy]) -> None:
        for policy in policies.values():
            _check_models(policy, scorers)
        self.scorers = scorers
        self.policies = policies
        self._rules = {
            name: Rules(policy, next(iter(scorers.values())).normaliser)
            for name, policy in policies.items()
            if policy.words or policy.links
        }

    def moderate(self, comments: Sequence[Comment]) -> list[Outcome]:
        """Return an outcome for each comment, in order; one is a batch of one.

        Raises
        ------
        UnknownPolicyError
            If a comment names a policy that is not loaded; none is moderated.
        """
        policies = [self._policy(comment) for comment in comments]
        outcomes = list(map(_judge_form, comments, policies))
        open_ = [index for index, outcome in enumerate(outcomes) if outcome.language]
        findings = self._find([outcomes[index] for index in open_])
        groups: dict[str | None, list[tuple[int, Findings]]] = {}
        for index, found in zip(open_, findings, strict=True):
            groups.setdefault(self._choose(outcomes[index]), []).append((index, found))
        for language, chosen in groups.items():
            if language is None:
                for index, found in chosen:
                    reasons = [*found.reasons, UNSUPPORTED_LANGUAGE]
                    decision = decide({}, policies[index], reasons)
                    outcomes[index] = msgspec.structs.replace(outcomes[index], decision=decision)
                continue
            scorer = self.scorers[language]
            rows = scorer.score([found.text for _, found in chosen]).tolist()
            for (index, found), row in zip(chosen, rows, strict=True):
                outcomes[index] = _judge_scored(outcomes[index], scorer, found, row)
        return outcomes

    def _policy(self, comment: Comment) -> Policy:
        try:
            return self.policies[comment.policy]
        except KeyError:
            raise UnknownPolicyError(comment.policy) from None

    def _find(self, outcomes: Sequence[Outcome]) -> list[Findings]:
        """Apply the rules of each comment's policy that need no score, all of a policy at once."""
        findings = [
            Findings((), replace_lone_surrogates(outcome.comment.text)) for outcome in outcomes
        ]
        for name, rules in self._rules.items():
            chosen = [i for i, outcome in enumerate(outcomes) if outcome.comment.policy == name]
            if chosen:
                found = rules.find([findings[index].text for index in chosen])
                for index, each in zip(chosen, found, strict=True):
                    findings[index] = each
        return findings

    def _choose(self, outcome: Outcome) -> str | None:
        """Return the language of the model that is to score a comment, if any is."""
        language = primary_language(outcome.language or "")
        allowed = outcome.policy.languages
        is_judged = language in self.scorers and (allowed is None or language in allowed)
        return language if is_judged else None


def _check_models(policy: Policy, scorers: Mapping[str, TextScorer]) -> None:
    if missing := sorted(set(policy.languages or ()) - set(scorers)):
        raise PolicyError(f"policy {policy.name!r}: no model reads {', '.join(missing)}")
    loaded = [scorer.version for scorer in scorers.values()]
    if policy.recalibration and policy.recalibration.model not in loaded:
        raise PolicyError(
            f"policy {policy.name!r}: was fitted for the scores of {policy.recalibration.model},"
            f" and {', '.join(loaded)} is loaded: fit it again"
        )


def _judge_form(comment: Comment, policy: Policy) -> Outcome:
    """Apply the rules that need no look at the words; what they pass has a language."""
    length = utf16_length(comment.text)
    spans: list[Span] | None = [] if comment.explain else None
    if length > policy.max_length:
        return Outcome(comment, TOO_LONG, length, policy, spans=spans)
    if is_blank(comment.text):
        return Outcome(comment, EMPTY, length, policy, spans=spans)
    language = comment.language or detect_language(comment.text)
    return Outcome(comment, UNDECIDED, length, policy, language, spans=spans)


def _judge_scored(
    outcome: Outcome, scorer: TextScorer, found: Findings, row: list[float]
) -> Outcome:
    scores = dict(zip(scorer.attributes, row, strict=True))
    recalibration = outcome.policy.recalibration
    if recalibration and recalibration.model == scorer.version:
        scores = recalibrate(scores, recalibration)
    spans = None
    if outcome.comment.explain:
        spans = explain(found.text, scorer, replace_lone_surrogates(outcome.comment.text))
    return Outcome(
        comment=outcome.comment,
        decision=decide(scores, outcome.policy, found.reasons),
        length=outcome.length,
        policy=outcome.policy,
        language=outcome.language,
        scores=scores,
        model=scorer.version,
        spans=spans,
    )
