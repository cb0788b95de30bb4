"""Scores and labels of the comments that thresholds are solved on.

They are saved with the weights, without texts, so that whoever has the model can solve
statements at another prevalence, and those that need all attributes of a comment together
(decision 0020).
"""

from collections.abc import Mapping, Sequence
from types import MappingProxyType
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from model import ATTRIBUTES
from model.operating_points import build_curve
from model.prevalence import Floats, Labels, move_weights, weights_for_prevalence

UNKNOWN = -1
MILLIONTHS = 1_000_000

Curves = dict[str, dict[str, list[float]]]


class Validation(NamedTuple):
    """What is known of the comments of the validation split, those of a natural prevalence.

    Attributes
    ----------
    scores : array of int32, shape (n, n_attributes)
        In millionths.
    labels : array of int8, shape (n, n_attributes)
        0, 1, or -1 where it is unknown.
    """

    scores: npt.NDArray[np.int32]
    labels: npt.NDArray[np.int8]

    def known(self, attribute: str) -> tuple[Floats, Labels, Labels]:
        """Return scores and labels of an attribute, and of toxicity, where both are known.

        Each has shape (n_known,); scores are in [0, 1].
        """
        column, toxicity = ATTRIBUTES.index(attribute), ATTRIBUTES.index("toxicity")
        rows = (self.labels[:, [column, toxicity]] != UNKNOWN).all(axis=1)
        labels = self.labels[rows].astype(np.float64)
        return self.scores[rows, column] / MILLIONTHS, labels[:, column], labels[:, toxicity]


def build_curves(
    validation: Validation,
    prevalence: Mapping[str, float],
    toxic: float | None = None,
    thresholds: Mapping[str, Sequence[float]] = MappingProxyType({}),
) -> Curves:
    """Return the curve of each attribute.

    Parameters
    ----------
    validation : Validation
    prevalence : mapping of attribute to float in (0, 1)
        Natural shares, such as the manifest states.
    toxic : float in (0, 1), optional
        The share of toxic comments that the curves are moved to.
    thresholds : mapping of attribute to sequence of float
        Of which the curves are to tell exactly.
    """
    curves = {}
    for attribute in ATTRIBUTES:
        scores, y_true, toxicity = validation.known(attribute)
        weights = weights_for_prevalence(
            y_true, toxicity, prevalence[attribute], prevalence["toxicity"]
        )
        if toxic is not None:
            weights = move_weights(weights, toxicity, toxic)
        curves[attribute] = build_curve(scores, y_true, weights, thresholds.get(attribute, ()))
    return curves
