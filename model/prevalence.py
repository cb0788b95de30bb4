"""Comments weighted until an attribute is as common among them as it is said to be."""

import numpy as np
import numpy.typing as npt

Floats = npt.NDArray[np.float64]
Labels = npt.NDArray[np.float64]


def weights_for_prevalence(
    y_true: Labels, toxic: Labels, prevalence: float, toxic_prevalence: float
) -> Floats:
    """Return weights that bring both labels to their natural prevalence.

    The four groups of an attribute and toxicity are raked to the two margins
    (Deming and Stephan, 1940): a set enriched with toxic comments has too many
    that are toxic without having the attribute, too.

    Parameters
    ----------
    y_true, toxic : arrays of shape (n,), 0 or 1
    prevalence, toxic_prevalence : float in (0, 1)

    Returns
    -------
    array of shape (n,)
        Weights that sum to 1.
    """
    weights = np.full(len(y_true), 1 / len(y_true))
    for _ in range(50):
        for labels, share in ((toxic, toxic_prevalence), (y_true, prevalence)):
            positive = weights[labels == 1].sum()
            factor = np.where(labels == 1, share / positive, (1 - share) / (1 - positive))
            weights = weights * factor
    return weights


def move_weights(weights: Floats, toxic: Labels, prevalence: float) -> Floats:
    """Return weights that bring toxicity alone to another prevalence.

    What the toxic comments are among themselves stays, and what the others are: an attribute
    gets the prevalence that it then has (decision 0020).

    Parameters
    ----------
    weights : array of shape (n,)
        They sum to 1.
    toxic : array of shape (n,), 0 or 1
        With both.
    prevalence : float in (0, 1)

    Returns
    -------
    array of shape (n,)
        Weights that sum to 1.
    """
    share = weights[toxic == 1].sum()
    moved: Floats = weights * np.where(
        toxic == 1, prevalence / share, (1 - prevalence) / (1 - share)
    )
    return moved
