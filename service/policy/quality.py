"""How far scores are from what a site decided, also where its comments are weighted."""

from typing import Final, NamedTuple

import numpy as np

from model.scorer import DIGITS
from service.interval import find_interval
from service.policy.sample import Floats, Sample

BINS: Final = 10
_LEAST: Final = 10.0**-DIGITS


class Bin(NamedTuple):
    """Comments of about the same score.

    Attributes
    ----------
    score : float in [0, 1]
        Their mean.
    rejected, low, high : float in [0, 1]
        The share of them that the site rejects, and its 95 % interval.
    weight : float in [0, 1]
        Their share of all comments.
    comments : int
    """

    score: float
    rejected: float
    low: float
    high: float
    weight: float
    comments: int


class Quality(NamedTuple):
    """How far scores are from what was decided.

    Attributes
    ----------
    bins : list of Bin
        Of equal width, without those that hold no comment.
    calibration_error : float in [0, 1]
        The mean distance of score and share over the bins (Guo et al., 2017).
    log_loss : float
    """

    bins: list[Bin]
    calibration_error: float
    log_loss: float


def find_factor(sample: Sample) -> float:
    """Return how much an accepted comment counts beside a rejected one."""
    accepted, rejected = (sample.weights[np.argmax(sample.y_true == label)] for label in (0, 1))
    return float(accepted / rejected)


def weigh_share(share: Floats, factor: float) -> Floats:
    """Return what a share of rejected comments is where an accepted one counts `factor`.

    It rises with the share, so the ends of an interval can be weighed, too. (Kish's effective
    sample size would make it too short where a few accepted comments count most: decision 0021.)
    """
    return share / (share + (1 - share) * factor)


def measure_quality(scores: Floats, sample: Sample) -> Quality:
    """Return how far scores, shape (n,), are from what was decided on a sample."""
    bins = _fill_bins(scores, sample)
    inside = np.clip(scores, _LEAST, 1 - _LEAST)
    loss = -np.where(sample.y_true == 1, np.log(inside), np.log(1 - inside))
    error = sum(one.weight * abs(one.score - one.rejected) for one in bins)
    return Quality(bins, error, float(sample.weights @ loss))


def _fill_bins(scores: Floats, sample: Sample) -> list[Bin]:
    places = np.minimum((scores * BINS).astype(np.int64), BINS - 1)
    factor = find_factor(sample)
    found = []
    for place in np.unique(places):
        part = places == place
        comments, weight = int(part.sum()), float(sample.weights[part].sum())
        mean = float(sample.weights[part] @ scores[part]) / weight
        hits = int(sample.y_true[part].sum())
        ends = np.array([hits / comments, *find_interval(hits, comments)])
        rejected, low, high = weigh_share(ends, factor).tolist()
        found.append(Bin(mean, rejected, low, high, weight, comments))
    return found
