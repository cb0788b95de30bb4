"""Find the new threshold for an old one, on comments that both models scored.

Without decisions of the site, the one that keeps the same share of comments. With them, the
one with the best precision among those with at least the old one's recall. Either way a higher
old threshold never gives a lower new one.
"""

from decimal import ROUND_FLOOR, Decimal
from typing import Final, NamedTuple

import numpy as np
import numpy.typing as npt

from model.scorer import DIGITS

Floats = npt.NDArray[np.float64]
Bools = npt.NDArray[np.bool_]

MIN_COMMENTS: Final = 100
MIN_OVER: Final = 20
"""Of fewer comments in all, or at or over a threshold, or rejected, it is no more than a guess."""


class Over(NamedTuple):
    """How many comments are at or over a threshold, and how many of these the site rejected."""

    comments: int
    rejected: int


class Mapped(NamedTuple):
    """An old threshold and the new one.

    Attributes
    ----------
    old : float in [0, 1]
    new : float in [0, 1], optional
        Absent where the site rejected no comment at or over the old one: any has that recall.
    before : Over
        The old threshold, on old scores.
    after : Over, optional
        The new one, on new scores.
    moved : int
        Comments that are at or over one of them only.
    is_small : bool
        Whether there are too few comments to rely on it.
    """

    old: float
    new: float | None
    before: Over
    after: Over | None
    moved: int
    is_small: bool


class Ranking:
    """Comments in the order of one model's scores.

    Parameters
    ----------
    scores : array of shape (n,)
    rejected : array of shape (n,)
    """

    def __init__(self, scores: Floats, rejected: Bools) -> None:
        order = np.argsort(scores, kind="stable")
        self._scores = scores[order]
        self._rejected = np.append(np.cumsum(rejected[order][::-1])[::-1], 0)

    def count_over(self, threshold: float) -> Over:
        """Count the comments at or over a threshold."""
        first = int(np.searchsorted(self._scores, threshold))
        return Over(len(self._scores) - first, int(self._rejected[first]))

    def steps(self) -> tuple[Floats, Floats, Floats]:
        """Return the different scores, rising, and both counts at or over each."""
        values, first = np.unique(self._scores, return_index=True)
        over = (len(self._scores) - first).astype(np.float64)
        return values, over, self._rejected[first].astype(np.float64)


class Mapper:
    """Map thresholds on old scores to thresholds on new ones.

    Parameters
    ----------
    old, new : arrays of shape (n,), n at least 1
        Scores in [0, 1] of the same comments.
    rejected : array of shape (n,), optional
        Whether the site rejected each.
    """

    def __init__(self, old: Floats, new: Floats, rejected: Bools | None = None) -> None:
        self.comments = len(old)
        self.judged = rejected is not None
        hits = np.zeros(len(old), np.bool_) if rejected is None else rejected
        self.rejected = int(hits.sum())
        self.before = Ranking(old, hits)
        self.after = Ranking(new, hits)
        self._old, self._new = old, new
        values, over, found = self.after.steps()
        self._hits = found
        # The best of each threshold and those below; of equal ones the highest.
        precision = found / over
        is_best = precision == np.maximum.accumulate(precision)
        self._best = np.maximum.accumulate(np.where(is_best, np.arange(len(values)), 0))
        # A threshold over every score, if there is room for one, keeps a share of nothing.
        above = [1.0] if values[-1] < 1 else []
        self._values = np.append(values, above)
        self._over = np.append(over, [0.0] * len(above))

    def map(self, threshold: float) -> Mapped:
        """Return what becomes of an old threshold."""
        before = self.before.count_over(threshold)
        new = self.find(threshold)
        after = None if new is None else self.after.count_over(new)
        moved = 0 if new is None else np.sum((self._old >= threshold) != (self._new >= new))
        fewest = min(
            before.comments,
            after.comments if after else 0,
            self.rejected if self.judged else self.comments,
        )
        is_small = self.comments < MIN_COMMENTS or fewest < MIN_OVER
        return Mapped(threshold, new, before, after, int(moved), is_small)

    def find(self, threshold: float) -> float | None:
        """Return the new threshold alone."""
        before = self.before.count_over(threshold)
        if not self.judged:
            place = self._find_share(before.comments)
        elif before.rejected:
            place = self._find_precision(before.rejected)
        else:
            return None
        below = float(self._values[place - 1]) if place else -1.0
        return find_round(below, float(self._values[place]))

    def _find_share(self, comments: int) -> int:
        """Return where the number at or over is nearest; of two as near, the lower threshold."""
        place = int(np.searchsorted(-self._over, -comments))
        last = len(self._over) - 1
        if place > last:
            return last
        if place and self._over[place - 1] - comments <= comments - self._over[place]:
            return place - 1
        return place

    def _find_precision(self, hits: int) -> int:
        last = int(np.searchsorted(-self._hits, -hits, side="right")) - 1
        return int(self._best[last])


def find_round(below: float, score: float) -> float:
    """Return the number with the fewest decimals in ``(below, score]``; of several the highest.

    Where no score lies between, all of them are the same threshold.
    """
    exact = Decimal(repr(score))
    for digits in range(DIGITS + 1):
        found = float(exact.quantize(Decimal(1).scaleb(-digits), ROUND_FLOOR))
        if below < found <= score:
            return found
    return score
