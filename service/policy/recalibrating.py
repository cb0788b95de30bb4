"""Make a model's scores those of a site's decisions.

The line is Platt's (1999), in the log-odds, with his targets: labels are taken for a little less
than certain, so that decisions which a score tells apart without a mistake have a finite slope.
"""

from typing import Final, NamedTuple

import numpy as np

from model import ATTRIBUTES
from service.policy.quality import Quality, measure_quality
from service.policy.sample import Floats, Sample
from service.policy.shape import Line
from service.recalibration import log_odds, move

FOLDS: Final = 10
_LINE_DIGITS: Final = 4
"""Of slope and intercept: more are not known, and these are the same on every processor."""
_NARROW: Final = 0.001
"""Log-odds that differ by less are all the same."""


class FitError(Exception):
    """Why nothing can be fitted; what it says is for the operator, and repeats no comment."""


class Fit(NamedTuple):
    """The line of an attribute, and what it does.

    Attributes
    ----------
    line : Line
    before : Quality
        Of the model's own scores.
    after : Quality
        Of recalibrated ones, each by a line that was fitted without the comment.
    """

    line: Line
    before: Quality
    after: Quality


def fit_attribute(sample: Sample, attribute: str) -> Fit:
    """Return the line of an attribute.

    Parameters
    ----------
    sample : Sample
        Of the model's own scores, with `FOLDS` comments of each label at least.
    attribute : str

    Raises
    ------
    FitError
        If the site does not reject more of the comments with high scores.
    """
    scores = sample.scores[:, ATTRIBUTES.index(attribute)]
    odds = np.array([log_odds(score) for score in scores.tolist()])
    line = _fit_line(odds, sample)
    if not line.slope:
        raise FitError(
            f"{attribute}: the site did not reject more of the comments with high scores than of"
            f" those with low ones; its decisions say nothing about {attribute}"
        )
    held_out = np.empty(len(scores))
    folds = _cut_folds(sample.y_true)
    for fold in range(FOLDS):
        chosen = folds == fold
        part = Sample(*(array[~chosen] for array in sample))
        held_out[chosen] = move_all(scores[chosen], _fit_line(odds[~chosen], part))
    return Fit(line, measure_quality(scores, sample), measure_quality(held_out, sample))


def move_all(scores: Floats, line: Line) -> Floats:
    """Return scores moved along a line, to the digit as the service moves them."""
    values, places = np.unique(scores, return_inverse=True)
    moved = np.array([move(value, line) for value in values.tolist()])
    return moved[places]


def _fit_line(odds: Floats, sample: Sample) -> Line:
    """Return Platt's line; one that would fall, or that nothing determines, is level."""
    try:
        # Only whoever fits needs scikit-learn.
        from model.calibration import fit_platt  # noqa: PLC0415 - see above
    except ModuleNotFoundError as error:
        raise FitError(
            f"{error.name} is not there: fitting needs what training needs, in a copy of the"
            " repository (pip install -r requirements-train.txt)"
        ) from None
    rejected = int(sample.y_true.sum())
    accepted = len(sample.y_true) - rejected
    targets = np.where(sample.y_true == 1, (rejected + 1) / (rejected + 2), 1 / (accepted + 2))
    level = Line(
        0.0, round(log_odds(float(np.average(targets, weights=sample.weights))), _LINE_DIGITS)
    )
    if np.ptp(odds) < _NARROW:
        return level
    # Even numbers are found in a few steps, whatever the scores are.
    middle, width = float(odds.mean()), float(odds.std())
    # A target between the labels is a comment of each, the one weighing more than the other.
    slope, intercept = fit_platt(
        np.tile((odds - middle) / width, 2),
        np.repeat([1.0, 0.0], len(odds)),
        np.concatenate([targets, 1 - targets]) * np.tile(sample.weights, 2),
    )
    if slope <= 0:
        return level
    slope /= width
    return Line(round(slope, _LINE_DIGITS), round(intercept - slope * middle, _LINE_DIGITS))


def _cut_folds(y_true: Floats) -> Floats:
    """Return the fold of each comment; every fold has its part of each label."""
    folds = np.empty(len(y_true))
    for label in (0, 1):
        chosen = y_true == label
        folds[chosen] = np.arange(chosen.sum()) % FOLDS
    return folds
