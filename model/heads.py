"""Fit the weights of one attribute.

Logistic regression whose prior is narrower for n-grams that tell little: with
``p`` and ``q`` the shares of positive and of other comments that have an n-gram, its
column is multiplied by ``abs(log(p / q)) ** tilt``, and its weight by the same
afterwards. Nothing of that is left at scoring. (After the log-count ratios of Wang
and Manning, 2012.)
"""

from dataclasses import dataclass
from typing import Any, Final

import numpy as np
import numpy.typing as npt
import pandas as pd
from scipy import sparse
from sklearn.linear_model import LogisticRegression

from model.features import Matrix

_OFFSET: Final = 3.0
"""How large a source's column is: large enough for regularisation not to hold it back."""

Floats = npt.NDArray[np.float64]


@dataclass(frozen=True)
class Head:
    """Weights of one attribute, and what they rest on."""

    weights: Floats
    intercept: float
    comments: int
    iterations: int


def fit_head(
    features: Matrix, training: pd.DataFrame, attribute: str, head: dict[str, Any]
) -> Head:
    """Fit one attribute on the sources its part of the recipe names.

    Raises
    ------
    ValueError
        If the labels known are not both 0 and 1.
    """
    weight = training["source"].map(head["sources"]).fillna(0.0).to_numpy()
    labels = training[attribute].to_numpy()
    used = np.flatnonzero((weight > 0) & ~np.isnan(labels))
    if len(np.unique(labels[used])) != 2:  # noqa: PLR2004 - 0 and 1
        raise ValueError(f"{attribute} has no positive, or no negative, comment to learn from")
    weight, labels = weight[used], labels[used].astype(int)
    chosen = features[used]
    tilt = np.abs(log_ratios(chosen, labels, weight)) ** head["tilt"]
    chosen.data *= tilt.astype(np.float32)[chosen.indices]
    if offsets := head.get("offsets"):
        sources = _source_columns(training["source"].iloc[used], offsets)
        chosen = sparse.hstack([chosen, sources], format="csr")
    model = LogisticRegression(C=head["c"], tol=1e-6, max_iter=1000)
    model.fit(chosen, labels, sample_weight=weight)
    weights = model.coef_[0, : features.shape[1]] * tilt
    return Head(weights, float(model.intercept_[0]), len(used), int(model.n_iter_[0]))


def log_ratios(features: Matrix, labels: npt.NDArray[np.int_], weight: Floats) -> Floats:
    """Return how much more often positive comments have each n-gram, as a logarithm.

    One comment more of each label is assumed to have it, so that no share is 0.
    """
    present = sparse.csr_array(
        (np.ones(features.nnz, np.float32), features.indices, features.indptr),
        shape=features.shape,
    )
    counted = [np.where(labels == label, weight, 0.0) for label in (0, 1)]
    shares = [(1 + present.T @ one) / (2 + one.sum()) for one in counted]
    ratios: Floats = np.log(shares[1] / shares[0])
    return ratios


def _source_columns(source: pd.Series, offsets: list[str]) -> Matrix:
    """Return a column for each source of `offsets`, marking its comments."""
    marks = (source.to_numpy()[:, None] == np.array(offsets)).astype(np.float32)
    return sparse.csr_array(_OFFSET * marks)
