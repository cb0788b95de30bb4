"""The metrics of the service. Their help is short: it stands beside each value in the files.

No label has a value that a client made up: of what it sends, a metric has the name of a route,
of a policy that is loaded, or of a language that is known.
"""

from bisect import bisect_left
from collections import Counter as Amounts
from collections.abc import Sequence
from typing import Final

from prometheus_client import CollectorRegistry, Counter, Gauge
from prometheus_client import Histogram as _Histogram

DURATIONS_S: Final = (
    *(50e-6, 100e-6, 200e-6, 300e-6, 400e-6, 500e-6, 750e-6),
    *(1e-3, 1.5e-3, 2e-3, 3e-3, 5e-3, 10e-3, 25e-3, 50e-3, 100e-3, 250e-3, 500e-3, 1.0),
)
SCORES: Final = (*(round(0.05 * step, 2) for step in range(1, 20)), 0.98, 0.99, 0.999, 1.0)
LENGTHS: Final = (10, 30, 100, 200, 300, 500, 750, 1000, 1500, 5000, 20_000, 100_000)
DIFFERENCES: Final = (0.001, 0.005, 0.01, 0.02, 0.05, 0.1, 0.2, 0.5, 1.0)


class Histogram(_Histogram):
    """A histogram that takes many values at once."""

    def observe_all(self, values: Sequence[float]) -> None:
        """Count each value; a write a bucket, where the library has two a value."""
        self._sum.inc(sum(values))
        # As the library has it: a value on a bound is in the bucket below.
        found = Amounts(bisect_left(self._upper_bounds, value) for value in values)
        for index, amount in found.items():
            self._buckets[index].inc(amount)


class Families:
    """All that is counted, in a registry.

    Parameters
    ----------
    registry : CollectorRegistry
    """

    def __init__(self, registry: CollectorRegistry) -> None:
        def counter(name: str, text: str, *labels: str) -> Counter:
            return Counter(f"moderation_{name}", text, labels, registry=registry)

        def histogram(name: str, text: str, buckets: Sequence[float], *labels: str) -> Histogram:
            name = f"moderation_{name}"
            return Histogram(name, text, labels, registry=registry, buckets=buckets)

        def gauge(name: str, text: str, mode: str) -> Gauge:
            name = f"moderation_{name}"
            # A process that has ended has nothing in flight: "live".
            return Gauge(name, text, registry=registry, multiprocess_mode=mode)  # type: ignore[arg-type]

        self.requests = counter("requests", "Answers", "endpoint", "status")
        self.durations = histogram(
            "request_duration_seconds", "Until an answer is ready", DURATIONS_S, "endpoint"
        )
        self.problems = counter("problems", "Problems told of", "code")
        self.refused = counter("refused", "Refused before they were read", "code")
        self.in_flight = gauge("in_flight_requests", "Being answered", "livesum")
        self.waiting = gauge("waiting_requests", "Waiting for a thread", "livesum")
        self.degraded = gauge("limits_degraded", "1: Redis is away", "livemax")

        self.decisions = counter("decisions", "Comments decided on", "policy", "decision")
        self.reasons = counter("reasons", "Rules that fired", "code", "attribute")
        self.scores = histogram("scores", "Calibrated probabilities", SCORES, "attribute")
        self.lengths = histogram("comment_length", "UTF-16 code units", LENGTHS)
        self.languages = counter("languages", "Comments by language", "language")
        self.unscored = counter("unscored", "Comments not scored", "reason")

        self.trials = counter("shadow_decisions", "And the candidate's", "decision", "candidate")
        self.differences = histogram(
            "shadow_score_difference", "Absolute", DIFFERENCES, "attribute"
        )
        self.trial_durations = histogram(
            "shadow_duration_seconds", "Of the candidate, a request", DURATIONS_S
        )
        self.trial_failures = counter("shadow_failures", "Requests the candidate failed at")
