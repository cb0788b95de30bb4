"""Measures with intervals, and how far scores are from frequencies."""

from collections.abc import Callable
from typing import Final, NamedTuple

import numpy as np
import numpy.typing as npt

RESAMPLES: Final = 200
BINS: Final = 15
Floats = npt.NDArray[np.float64]
Measure = Callable[[Floats, Floats], float]


class Estimate(NamedTuple):
    """A figure and its 95 % interval."""

    value: float
    low: float
    high: float

    def __str__(self) -> str:
        """Return the figure with four decimals, the interval with three."""
        return f"{self.value:.4f} ({self.low:.3f} to {self.high:.3f})"


class Bin(NamedTuple):
    """Comments with about the same score, weighted.

    Attributes
    ----------
    score : float in [0, 1]
        Their mean.
    positive : float in [0, 1]
        The share of them that has the attribute.
    weight : float in (0, 1]
        Their share of all comments.
    comments : int
        How many they are, unweighted.
    """

    score: float
    positive: float
    weight: float
    comments: int


def bootstrap(
    measure: Measure, y_true: Floats, scores: Floats, resamples: int = RESAMPLES
) -> Estimate:
    """Return a measure with its 95 % percentile interval (Efron, 1979).

    Positives and negatives are drawn apart, so every resample has as many of
    each as the sample. The seed is fixed: the same data give the same interval.

    Parameters
    ----------
    measure : callable
        Of labels and scores, such as those of ``sklearn.metrics``.
    y_true, scores : arrays of shape (n,)
    """
    rng = np.random.default_rng(0)
    groups = [np.flatnonzero(y_true == label) for label in (0, 1)]
    values = []
    for _ in range(resamples):
        drawn = np.concatenate([rng.choice(group, len(group)) for group in groups])
        values.append(measure(y_true[drawn], scores[drawn]))
    low, high = np.quantile(values, [0.025, 0.975])
    return Estimate(float(measure(y_true, scores)), float(low), float(high))


def reliability(y_true: Floats, scores: Floats, weights: Floats, bins: int = BINS) -> list[Bin]:
    """Return the bins of equal width that hold a comment, the lowest scores first.

    Parameters
    ----------
    y_true, scores, weights : arrays of shape (n,)
        Scores in [0, 1]; weights sum to 1. A score of 1 is in the last bin.
    """
    place = np.minimum((scores * bins).astype(np.int64), bins - 1)
    found = []
    for index in np.unique(place):
        part = place == index
        weight = weights[part].sum()
        found.append(
            Bin(
                float(weights[part] @ scores[part] / weight),
                float(weights[part] @ y_true[part] / weight),
                float(weight),
                int(part.sum()),
            )
        )
    return found


def expected_calibration_error(bins: list[Bin]) -> float:
    """Return the mean distance of score and frequency over bins (Guo et al., 2017)."""
    return sum(one.weight * abs(one.score - one.positive) for one in bins)
