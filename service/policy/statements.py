"""Statements solved on a site's decisions: each holds with its interval, or is refused.

A figure counted on some hundred comments may be far from the true one. So a threshold keeps
``precision >= x`` only if the lower end of the 95 % interval does, and a statement that no
threshold keeps is refused with the number of decisions that would do.
"""

import math
from typing import Final, NamedTuple

import msgspec
import numpy as np
import numpy.typing as npt

from model.operating_points import Quantity, parse_statement
from service.interval import find_interval, find_intervals, find_total
from service.policy.quality import find_factor, weigh_share
from service.policy.sample import Floats, Sample
from service.policy.shape import OperatingPoint

QUANTITIES: Final[tuple[Quantity, ...]] = ("precision", "recall")

_LEAST_MORE: Final = 0.1

Counts = npt.NDArray[np.int64]


class Estimates(NamedTuple):
    """A figure at each threshold, and both ends of its 95 % interval."""

    value: Floats
    low: Floats
    high: Floats

    def at(self, place: int) -> tuple[float, float, float]:
        """Return the figure at one of the thresholds."""
        return float(self.value[place]), float(self.low[place]), float(self.high[place])


class Tally(NamedTuple):
    """How many comments are at or over each different score.

    Attributes
    ----------
    thresholds : array of shape (n_steps,)
        Rising.
    over, hits : arrays of shape (n_steps,)
        All that are at or over it, and those that the site rejected.
    expected : array of shape (n_steps,)
        How many of them it rejects if the scores mean what they say.
    comments, rejected : int
    factor : float
        How much an accepted comment counts beside a rejected one.
    """

    thresholds: Floats
    over: Counts
    hits: Counts
    expected: Floats
    comments: int
    rejected: int
    factor: float

    def estimate(self, quantity: Quantity) -> Estimates:
        """Return precision or recall at each threshold.

        Rejected comments count all the same, so weights have no influence on recall.
        """
        if quantity == "recall":
            totals = np.full(len(self.hits), self.rejected)
            return Estimates(self.hits / totals, *find_intervals(self.hits, totals))
        ends = (self.hits / self.over, *find_intervals(self.hits, self.over))
        return Estimates(*(weigh_share(each, self.factor) for each in ends))


class Shortfall(NamedTuple):
    """What is missing for a statement.

    Attributes
    ----------
    value, low, high : float in [0, 1]
        The best estimate, and its interval.
    comments : int
        Of how many it is.
    decisions, rejected : int, optional
        About how many more decisions would do, and how many of these reject, if comments and
        decisions stay alike. Absent where no number would.
    """

    value: float
    low: float
    high: float
    comments: int
    decisions: int | None = None
    rejected: int | None = None


def count(scores: Floats, sample: Sample) -> Tally:
    """Count the comments of a sample at or over each of their scores, shape (n,)."""
    order, factor = np.argsort(-scores, kind="stable"), find_factor(sample)
    ranked = scores[order]
    # A threshold can only stand where the score changes.
    ends = np.append(np.flatnonzero(np.diff(ranked)), len(ranked) - 1)[::-1]
    return Tally(
        ranked[ends],
        ends + 1,
        np.cumsum(sample.y_true[order]).astype(np.int64)[ends],
        # As shares of comments that are counted, not weighed.
        np.cumsum(weigh_share(ranked, 1 / factor))[ends],
        len(scores),
        int(sample.y_true.sum()),
        factor,
    )


def solve(statement: str, tally: Tally) -> float | Shortfall:
    """Return the threshold that keeps a statement with its interval, or what is missing.

    ``recall >= x`` gives the highest that does, and ``precision >= x`` the lowest.

    Raises
    ------
    StatementError
        If the statement cannot be read.
    """
    quantity, bound = parse_statement(statement)
    estimates = tally.estimate(quantity)
    kept = np.flatnonzero(estimates.low >= bound)
    if len(kept):
        return float(tally.thresholds[kept[-1] if quantity == "recall" else kept[0]])
    if quantity == "recall":
        return _miss_recall(bound, estimates, tally)
    return _miss_precision(bound, estimates, tally)


def measure(point: OperatingPoint, tally: Tally) -> OperatingPoint:
    """Return a point with the precision and recall that its threshold has, and their intervals."""
    place = int(np.searchsorted(tally.thresholds, point.threshold))
    if place == len(tally.thresholds):
        # Nothing is over it, and of nothing there is no precision.
        return msgspec.structs.replace(
            point,
            precision=None,
            precision_interval=None,
            recall=0.0,
            recall_interval=round_ends(*find_interval(0, tally.rejected)),
        )
    found: dict[str, object] = {}
    for quantity in QUANTITIES:
        value, low, high = tally.estimate(quantity).at(place)
        found |= {quantity: round(value, 4), f"{quantity}_interval": round_ends(low, high)}
    return msgspec.structs.replace(point, **found)


def _miss_recall(bound: float, estimates: Estimates, tally: Tally) -> Shortfall:
    """Tell what is missing at the lowest threshold, which has every comment."""
    best = Shortfall(*estimates.at(0), tally.rejected)
    times = find_total(1.0, bound) / tally.rejected
    return add_needed(best, times, tally.comments, tally.rejected)


def _miss_precision(bound: float, estimates: Estimates, tally: Tally) -> Shortfall:
    """Tell what is missing at the threshold that needs the fewest more decisions.

    How often it would be right is told from the scores, unless what was counted tells otherwise:
    of the few comments over a high threshold, the share that was rejected may be anything.
    """
    counted = float(weigh_share(np.array(bound), 1 / tally.factor))
    shares = tally.expected / tally.over
    possible = (shares > counted) & (estimates.high >= bound)
    times = [
        find_total(share, counted) / over
        for share, over in zip(
            shares[possible].tolist(), tally.over[possible].tolist(), strict=True
        )
    ]
    place = int(np.argmax(estimates.low))
    best = Shortfall(*estimates.at(place), int(tally.over[place]))
    return add_needed(best, min(times, default=math.inf), tally.comments, tally.rejected)


def add_needed(best: Shortfall, times: float, comments: int, rejected: int) -> Shortfall:
    """Return a shortfall with how many more there must be to have so many times the sample."""
    if math.isinf(times):
        return best
    # Where the sample should have been enough, it was bad luck: a little more is less likely.
    times = max(times - 1, _LEAST_MORE)
    more, reject = (_round_up(math.ceil(times * each)) for each in (comments, rejected))
    return best._replace(decisions=more, rejected=reject)


def round_ends(low: float, high: float) -> tuple[float, float]:
    """Return an interval as policies have it."""
    return round(float(low), 4), round(float(high), 4)


def _round_up(number: int) -> int:
    """Return a number with two digits that count: it is not known better."""
    step = int(10 ** max(len(str(number)) - 2, 0))
    return -(-number // step) * step
