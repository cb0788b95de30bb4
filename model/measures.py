"""Calibrate the heads on held-out comments, and measure them."""

from typing import Any, Final

import numpy as np
import pandas as pd
from sklearn.metrics import average_precision_score, roc_auc_score

from model import ATTRIBUTES
from model.calibration import fit_platt, logit
from model.prevalence import Floats, weights_for_prevalence
from model.scorer import calibrate
from model.validation import MILLIONTHS, UNKNOWN, Validation

CALIBRATED_ON: Final = ("jigsaw-2018", "jigsaw-2018-toxic")
"""Sources whose held-out comments calibrate: those whose natural prevalence is known."""

MIN_COMMENTS: Final = 10
"""Of each label: with fewer, a figure says nothing."""


def calibrate_heads(
    held_out: pd.DataFrame,
    decisions: Floats,
    prevalence: dict[str, float],
    score_prevalence: float,
) -> Floats:
    """Return slope and intercept of each attribute, fitted on the validation split.

    Parameters
    ----------
    held_out : DataFrame
        Rows of `model.corpus`, none of them trained on.
    decisions : array of shape (n, n_attributes)
    prevalence : dict of str to float
        Natural share of each attribute.
    score_prevalence : float in (0, 1)
        The share of each attribute that scores are calibrated for.

    Raises
    ------
    ValueError
        If an attribute has too few positive comments.
    """
    natural = _is_natural(held_out)
    lines = []
    for column, attribute in enumerate(ATTRIBUTES):
        known = natural & held_out[attribute].notna() & held_out["toxicity"].notna()
        y_true = held_out.loc[known, attribute].to_numpy()
        if y_true.sum() < MIN_COMMENTS:
            raise ValueError(f"{attribute} has too few comments to be calibrated on")
        toxic = held_out.loc[known, "toxicity"].to_numpy()
        weights = weights_for_prevalence(
            y_true, toxic, prevalence[attribute], prevalence["toxicity"]
        )
        slope, intercept = fit_platt(decisions[known.to_numpy(), column], y_true, weights)
        lines.append((slope, intercept + (logit(score_prevalence) - logit(prevalence[attribute]))))
    return np.array(lines)


def collect_validation(held_out: pd.DataFrame, decisions: Floats, lines: Floats) -> Validation:
    """Return scores and labels of the comments that were calibrated on.

    Parameters
    ----------
    held_out, decisions
        As for `calibrate_heads`.
    lines : array of shape (n_attributes, 2)
        Slope and intercept.
    """
    natural = _is_natural(held_out).to_numpy()
    scores = calibrate(decisions[natural], lines[:, 0], lines[:, 1])
    labels = held_out.loc[natural, list(ATTRIBUTES)].to_numpy(np.float64, na_value=UNKNOWN)
    return Validation(np.rint(scores * MILLIONTHS).astype(np.int32), labels.astype(np.int8))


def _is_natural(held_out: pd.DataFrame) -> "pd.Series[bool]":
    return (held_out["split"] == "validation") & held_out["source"].isin(CALIBRATED_ON)


def has_both_labels(y_true: Floats) -> bool:
    """Return whether there are `MIN_COMMENTS` of each label."""
    positive = int(y_true.sum())
    return min(positive, len(y_true) - positive) >= MIN_COMMENTS


def measure_heads(held_out: pd.DataFrame, decisions: Floats) -> list[dict[str, Any]]:
    """Return ROC-AUC and average precision on the test split, by attribute and source."""
    test = held_out["split"] == "test"
    rows = []
    for column, attribute in enumerate(ATTRIBUTES):
        for source, group in held_out[test & held_out[attribute].notna()].groupby("source"):
            y_true = group[attribute].to_numpy()
            if not has_both_labels(y_true):
                continue
            found = decisions[group.index, column]
            rows.append(
                {
                    "attribute": attribute,
                    "source": source,
                    "comments": len(y_true),
                    "positives": int(y_true.sum()),
                    "roc_auc": round(float(roc_auc_score(y_true, found)), 4),
                    "average_precision": round(float(average_precision_score(y_true, found)), 4),
                }
            )
    return rows
