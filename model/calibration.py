"""Scores that mean what they say, and thresholds that keep what they state.

Both rest on how common an attribute is. The validation data is enriched with
toxic comments, so each comment is weighted until the set looks like the
comments of the prevalence the recipe states.
"""

import numpy as np
import numpy.typing as npt
from sklearn.linear_model import LogisticRegression

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


def logit(share: float) -> float:
    """Return the log-odds of a share.

    The difference of two, added to a decision, moves it from the one prevalence to
    the other (Saerens, Latinne and Decaestecker, 2002).
    """
    return float(np.log(share / (1 - share)))


def fit_platt(decisions: Floats, y_true: Labels, weights: Floats) -> tuple[float, float]:
    """Return slope and intercept of the line whose sigmoid is the probability (Platt, 1999)."""
    model = LogisticRegression(C=np.inf, tol=1e-8, max_iter=1000)
    model.fit(decisions[:, None], y_true, sample_weight=weights * len(weights))
    return float(model.coef_[0, 0]), float(model.intercept_[0])
