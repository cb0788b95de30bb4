"""Comments whose scores and labels are known, so that a policy can be measured on them."""

from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from model import ATTRIBUTES
from model.prevalence import move_weights
from model.validation import MILLIONTHS, UNKNOWN, Validation
from service.decision import Action
from service.policy.shape import Policy

Floats = npt.NDArray[np.float64]
Actions = npt.NDArray[np.int64]


class Sample(NamedTuple):
    """Scored comments of which it is known what should become of them.

    Attributes
    ----------
    scores : array of shape (n, n_attributes)
        In the order of `model.ATTRIBUTES` and, as those of the service, in whole millionths.
    y_true : array of shape (n,)
        1 where the comment is toxic, or the site rejected it, else 0.
    weights : array of shape (n,)
        How much each counts; they sum to 1.
    """

    scores: Floats
    y_true: Floats
    weights: Floats


def sample_validation(validation: Validation, prevalence: float) -> Sample:
    """Return the comments that thresholds are solved on, `prevalence` of them toxic.

    Parameters
    ----------
    validation : Validation
    prevalence : float in (0, 1)
    """
    toxic = validation.labels[:, ATTRIBUTES.index("toxicity")]
    known = toxic != UNKNOWN
    y_true = toxic[known].astype(np.float64)
    return build_sample(validation.scores[known] / MILLIONTHS, y_true, prevalence)


def build_sample(scores: Floats, y_true: Floats, prevalence: float | None) -> Sample:
    """Return comments as they are, or weighted until `prevalence` of them are toxic.

    Parameters
    ----------
    scores : array of shape (n, n_attributes)
    y_true : array of shape (n,)
        With both labels.
    prevalence : float in (0, 1), optional
    """
    weights = np.full(len(y_true), 1 / len(y_true))
    if prevalence is not None:
        weights = move_weights(weights, y_true, prevalence)
    return Sample(scores, y_true, weights)


def decide_all(scores: Floats, policy: Policy) -> Actions:
    """Return the action on each row of scores, as `service.decision.decide` has it.

    Parameters
    ----------
    scores : array of shape (n, n_attributes)
    policy : Policy
    """
    actions = np.full(len(scores), Action.ACCEPT, np.int64)
    for attribute, flag, reject in policy.thresholds:
        column = scores[:, ATTRIBUTES.index(attribute)]
        found = np.where(column >= reject, Action.REJECT, (column >= flag) * Action.FLAG)
        np.maximum(actions, found, out=actions)
    return actions
