"""From what happened to amounts, added up before they are written."""

from collections import Counter as Amounts
from collections import defaultdict
from collections.abc import Collection
from typing import Final

from prometheus_client import Counter

from service.metrics.families import Families, Histogram
from service.moderation import Outcome
from service.observation import Observation, name_language
from service.shadowing import Trial

_UNSCORED: Final = frozenset({"too_long", "empty", "unsupported_language"})
_VIEWS: Final = frozenset({"/inspect"})
"""Where moderators look at a comment, again and again: nobody wrote it just now."""

_Labels = tuple[str, ...]


class Tally:
    """Amounts and values that wait to be written, all of a moment together.

    Parameters
    ----------
    families : Families
    languages : collection of str
        Tags that are known; any other is counted as one.
    """

    def __init__(self, families: Families, languages: Collection[str]) -> None:
        self._families = families
        self._languages = languages
        self._amounts = Amounts[tuple[Counter, _Labels]]()
        self._values = defaultdict[tuple[Histogram, _Labels], list[float]](list)

    def add_request(self, observation: Observation) -> None:
        """Add a request and what was decided in it."""
        families = self._families
        endpoint = observation.endpoint
        self._amounts[families.requests, (endpoint, str(observation.status))] += 1
        self._values[families.durations, (endpoint,)].append(observation.duration_s)
        if observation.code:
            self._amounts[families.problems, (observation.code,)] += 1
        for outcome in () if endpoint in _VIEWS else observation.outcomes:
            self._add_outcome(outcome)

    def _add_outcome(self, outcome: Outcome) -> None:
        families, amounts, values = self._families, self._amounts, self._values
        reasons = outcome.decision.reasons
        amounts[families.decisions, (outcome.policy.name, outcome.decision.action.label)] += 1
        values[families.lengths, ()].append(outcome.length)
        # A rule counts once a comment, however many terms of its list there are.
        for fired in {(reason.code, reason.attribute or "") for reason in reasons}:
            amounts[families.reasons, fired] += 1
        if outcome.language:
            amounts[families.languages, (name_language(outcome.language, self._languages),)] += 1
        if outcome.scores is None:
            # What fixed it may be a banned term: why it has no score is another reason.
            for why in {each.code for each in reasons if each.code in _UNSCORED}:
                amounts[families.unscored, (why,)] += 1
            return
        for attribute, score in outcome.scores.items():
            values[families.scores, (attribute,)].append(score)

    def add_trial(self, trial: Trial) -> None:
        """Add what a candidate made of a request's comments."""
        families = self._families
        self._values[families.trial_durations, ()].append(trial.duration_s)
        if trial.failure:
            self._amounts[families.trial_failures, ()] += 1
        for each in trial.comparisons:
            self._amounts[families.trials, (each.before, each.after)] += 1
            for attribute, difference in each.differences.items():
                self._values[families.differences, (attribute,)].append(difference)

    def add_refusal(self, code: str) -> None:
        """Add a request that was refused before a thread had it."""
        self._amounts[self._families.refused, (code,)] += 1

    def write(self) -> None:
        """Write all that was added."""
        for (counter, labels), amount in self._amounts.items():
            (counter.labels(*labels) if labels else counter).inc(amount)
        for (histogram, labels), values in self._values.items():
            (histogram.labels(*labels) if labels else histogram).observe_all(values)
