"""Calibrate the heads on held-out comments, and measure them."""

from typing import Any, Final

import numpy as np
import pandas as pd
from sklearn.metrics import average_precision_score, roc_auc_score

from model import ATTRIBUTES
from model.calibration import Floats, fit_platt, logit, weights_for_prevalence
from model.operating_points import build_curve
from model.scorer import calibrate

CALIBRATED_ON: Final = ("jigsaw-2018", "jigsaw-2018-toxic")
"""Sources whose held-out comments calibrate: those whose natural prevalence is known."""

MIN_COMMENTS: Final = 10
"""Of each label: with fewer, a figure says nothing."""


def calibrate_heads(
    held_out: pd.DataFrame,
    decisions: Floats,
    prevalence: dict[str, float],
    score_prevalence: float,
) -> tuple[Floats, dict[str, dict[str, list[float]]]]:
    """Return calibration and curves from the validation split.

    Parameters
    ----------
    held_out : DataFrame
        Rows of `model.corpus`, none of them trained on.
    decisions : array of shape (n, n_attributes)
    prevalence : dict of str to float
        Natural share of each attribute, which curves are weighted to.
    score_prevalence : float in (0, 1)
        The share of each attribute that scores are calibrated for.

    Raises
    ------
    ValueError
        If an attribute has too few positive comments.
    """
    natural = (held_out["split"] == "validation") & held_out["source"].isin(CALIBRATED_ON)
    lines, curves = [], {}
    for column, attribute in enumerate(ATTRIBUTES):
        known = natural & held_out[attribute].notna() & held_out["toxicity"].notna()
        y_true = held_out.loc[known, attribute].to_numpy()
        if y_true.sum() < MIN_COMMENTS:
            raise ValueError(f"{attribute} has too few comments to be calibrated on")
        toxic = held_out.loc[known, "toxicity"].to_numpy()
        weights = weights_for_prevalence(
            y_true, toxic, prevalence[attribute], prevalence["toxicity"]
        )
        found = decisions[known.to_numpy(), column]
        slope, intercept = fit_platt(found, y_true, weights)
        intercept += logit(score_prevalence) - logit(prevalence[attribute])
        lines.append((slope, intercept))
        scores = calibrate(found, slope, intercept)
        curves[attribute] = build_curve(scores, y_true, weights)
    return np.array(lines), curves


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
