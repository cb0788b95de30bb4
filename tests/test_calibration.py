"""A score is a probability at the prevalence that is stated."""

import numpy as np
import numpy.typing as npt
import pytest

from model.calibration import fit_platt
from model.prevalence import weights_for_prevalence

Floats = npt.NDArray[np.float64]


def sigmoid(line: Floats) -> Floats:
    return 1 / (1 + np.exp(-line))


@pytest.mark.parametrize(("slope", "intercept"), [(1.0, 0.0), (0.4, -2.0), (3.0, 1.5), (7.0, -4.0)])
def test_the_line_that_made_the_labels_is_found(slope: float, intercept: float) -> None:
    # Each decision stands there twice, weighted by the probability of either label.
    decisions = np.linspace(-2, 2, 201)
    probabilities = sigmoid(slope * decisions + intercept)
    weights = np.concatenate([probabilities, 1 - probabilities]) / len(decisions)
    found = fit_platt(np.tile(decisions, 2), np.repeat([1.0, 0.0], len(decisions)), weights)
    assert found == pytest.approx((slope, intercept), abs=1e-3)


def draw(random: np.random.Generator, size: int, intercept: float) -> tuple[Floats, Floats]:
    """Return decisions that are three times too sure, and labels."""
    truth = random.normal(-1, 2, size)
    y_true = (random.random(size) < sigmoid(truth + intercept)).astype(float)
    return 3 * truth, y_true


def test_calibrating_improves_the_brier_score_of_other_comments() -> None:
    random = np.random.default_rng(0)
    decisions, y_true = draw(random, 5000, 0.7)
    slope, intercept = fit_platt(decisions, y_true, np.full(5000, 1 / 5000))
    others, expected = draw(random, 5000, 0.7)
    before = np.square(sigmoid(others) - expected).mean()
    after = np.square(sigmoid(slope * others + intercept) - expected).mean()
    assert after < 0.9 * before


def test_calibrated_scores_add_up_to_the_prevalence_that_was_stated() -> None:
    random = np.random.default_rng(1)
    decisions, y_true = draw(random, 3000, 0.0)
    toxic = np.maximum(y_true, random.random(3000) < 0.2)
    weights = weights_for_prevalence(y_true, toxic, 0.03, 0.1)
    slope, intercept = fit_platt(decisions, y_true, weights)
    mean = float(weights @ sigmoid(slope * decisions + intercept))
    assert y_true.mean() > 0.2
    assert mean == pytest.approx(0.03, abs=1e-4)


def test_calibrating_keeps_the_order_of_decisions() -> None:
    decisions, y_true = draw(np.random.default_rng(2), 1000, 0.0)
    slope, _ = fit_platt(decisions, y_true, np.full(1000, 1 / 1000))
    assert slope > 0
