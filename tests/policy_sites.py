"""Sites that do not exist: what their moderators do with comments of a score is known."""

from collections import Counter

import numpy as np
import numpy.typing as npt

from model import ATTRIBUTES
from service.policy.decisions import Decisions
from service.policy.sample import Floats
from service.policy.solving import Recalibrated, recalibrate_decisions

SLOPE, INTERCEPT = 0.6, -1.0
"""The line from the log-odds of a score to those of a comment being rejected."""

TOXICITY = ATTRIBUTES.index("toxicity")


def sigmoid(odds: Floats) -> Floats:
    """Return probabilities."""
    return 1 / (1 + np.exp(-odds))


def find_share(scores: Floats) -> Floats:
    """Return how likely comments of a model's score are rejected."""
    return sigmoid(SLOPE * np.log(scores / (1 - scores)) + INTERCEPT)


def draw_decisions(rng: np.random.Generator, size: int) -> Decisions:
    """Return so many comments as they come, about a fifth of them rejected."""
    scores = np.full((size, len(ATTRIBUTES)), 0.01)
    scores[:, TOXICITY] = np.clip(sigmoid(rng.normal(-2, 3, size)).round(6), 1e-6, 1 - 1e-6)
    return build_decisions(scores, rng.random(size) < find_share(scores[:, TOXICITY]))


def enrich(decisions: Decisions, rng: np.random.Generator, kept: float) -> Decisions:
    """Return decisions of which only some of the accepted are there."""
    chosen = decisions.rejected | (rng.random(len(decisions.rejected)) < kept)
    return build_decisions(decisions.scores[chosen], decisions.rejected[chosen])


def build_decisions(scores: Floats, rejected: npt.NDArray[np.bool_]) -> Decisions:
    """Return decisions of which nothing was left out."""
    return Decisions(scores, rejected, Counter(), 0)


def of_toxicity(scores: list[float], rejected: list[bool]) -> Decisions:
    """Return comments with scores of toxicity, all else being calm."""
    table = np.full((len(scores), len(ATTRIBUTES)), 0.01)
    table[:, TOXICITY] = scores
    return build_decisions(table, np.array(rejected))


def recalibrate(decisions: Decisions, prevalence: float | None = None) -> Recalibrated:
    """Fit toxicity."""
    return recalibrate_decisions(decisions, ["toxicity"], "en-stub", prevalence)
