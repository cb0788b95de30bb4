"""Scores that mean what they say.

They rest on how common an attribute is. The validation data is enriched with
toxic comments, so each comment is weighted (`model.prevalence`) until the set
looks like the comments of the prevalence the recipe states.
"""

import numpy as np
from sklearn.linear_model import LogisticRegression

from model.prevalence import Floats, Labels


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
