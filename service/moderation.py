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
        If a policy is for a model or language that is not there, or its review was never solved.

    Attributes
    ----------
    rules : dict of name to Rules
        Of the policies that look for terms or links.
    """

    def __init__(self, scorers: Mapping[str, TextScorer], policies: Mapping[str, Policy]) -> None:
        for policy in policies.values():
            _check_models(policy, scorers)
        self.scorers = scorers
        self.policies = policies
        self.rules = {
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
        groups: dict[tuple[str | None, str], list[int]] = {}
        for index, outcome in enumerate(outcomes):
            if outcome.language:
                key = self._choose(outcome), outcome.comment.policy
                groups.setdefault(key, []).append(index)
        for (language, name), chosen in groups.items():
            texts = [replace_lone_surrogates(comments[index].text) for index in chosen]
            rules = self.rules.get(name)
            if language is None:
                found = rules.find(texts) if rules else [Findings((), text) for text in texts]
                for index, findings in zip(chosen, found, strict=True):
                    outcomes[index] = _judge_unscored(outcomes[index], findings)
                continue
            scorer = self.scorers[language]
            for index, findings, row in zip(chosen, *_score(scorer, rules, texts), strict=True):
                outcomes[index] = _judge_scored(outcomes[index], scorer, findings, row)
        return outcomes

    def _policy(self, comment: Comment) -> Policy:
        try:
            return self.policies[comment.policy]
        except KeyError:
            raise UnknownPolicyError(comment.policy) from None

    def _choose(self, outcome: Outcome) -> str | None:
        """Return the language of the model that is to score a comment, if any is."""
        language = primary_language(outcome.language or "")
        allowed = outcome.policy.languages
        is_judged = language in self.scorers and (allowed is None or language in allowed)
        return language if is_judged else None


def _check_models(policy: Policy, scorers: Mapping[str, TextScorer]) -> None:
    if missing := sorted(set(policy.languages or ()) - set(scorers)):
        raise PolicyError(f"policy {policy.name!r}: no model reads {', '.join(missing)}")
    if policy.review and policy.review.flag_share is None:
        raise PolicyError(
            f"policy {policy.name!r}: its thresholds were not solved for its review:"
            " python -m service.policy derive does it"
        )
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


def _score(
    scorer: TextScorer, rules: Rules | None, texts: list[str]
) -> tuple[list[Findings], list[list[float]]]:
    """Apply the rules of a policy to texts, and score them."""
    if rules is None:
        return [Findings((), text) for text in texts], scorer.score(texts).tolist()
    scores, hits = scorer.score_and_sift(texts, rules.sieve)
    rows: list[list[float]] = scores.tolist()
    found = [
        rules.search(text, hit) if hit else Findings((), text)
        for text, hit in zip(texts, hits, strict=True)
    ]
    # An allowed term was read as any word: those texts are scored again.
    if changed := [place for place, each in enumerate(found) if each.text != texts[place]]:
        again = scorer.score([found[place].text for place in changed]).tolist()
        for place, row in zip(changed, again, strict=True):
            rows[place] = row
    return found, rows


def _judge_unscored(outcome: Outcome, found: Findings) -> Outcome:
    decision = decide({}, outcome.policy, [*found.reasons, UNSUPPORTED_LANGUAGE])
    return msgspec.structs.replace(outcome, decision=decision)


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
