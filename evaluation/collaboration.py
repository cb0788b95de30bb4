"""How good the model and people are together, when people see what it is least sure of.

The oracle-model collaborative accuracy of Kivlichan, Lin, Liu and Vasserman
(2021, "Measuring and Improving Model-Moderator Collaboration using Uncertainty
Estimation"): a share of the comments, the most uncertain, is reviewed by people
who are always right, and the model decides on the rest.
"""

from typing import Final

import numpy as np

from evaluation.markdown import render_paragraph, render_section
from evaluation.subject import Floats, Subject
from model.markdown import render_table
from model.operating_points import best_threshold

SHARES: Final = (0.0, 0.01, 0.05, 0.1, 0.15, 0.2)
PUBLISHED: Final = {0.0: ".923", 0.05: ".946", 0.1: ".964", 0.2: ".988"}
"""What their BERT reached on their test of Wikipedia comments."""

HEADER: Final = ("reviewed by people", "accuracy", "BERT of Kivlichan et al., their test")


def section(subject: Subject) -> str:
    """Return accuracies over the share reviewed."""
    validation, test = (subject.weighted("toxicity", split) for split in ("validation", "test"))
    threshold = best_threshold(validation.y_true, validation.scores, validation.weights)
    introduction = f"""
        Oracle-model collaborative accuracy for toxicity (Kivlichan et al., 2021): people who are
        always right review the share of comments whose score is closest to the threshold, and the
        model decides on the rest. Test split of the Wikipedia sources, {len(test.y_true)}
        comments, weighted to a prevalence of {test.prevalence}. The threshold, {threshold:.3f},
        has the best accuracy on the {len(validation.y_true)} comments of the validation split,
        weighted alike. To call nothing toxic has an accuracy of {1 - test.prevalence:.3f}. The
        published figures are of another test set of the same kind of comments, with a prevalence
        of its own: they stand beside ours for orientation, not for comparison.
    """
    rows = [
        (f"{100 * share:g} %", f"{accuracy:.3f}", PUBLISHED.get(share, "not given"))
        for share in SHARES
        for accuracy in [
            collaborative_accuracy(test.y_true, test.scores, test.weights, threshold, share)
        ]
    ]
    return render_section(
        "Together with people", render_paragraph(introduction), render_table(HEADER, rows)
    )


def collaborative_accuracy(
    y_true: Floats, scores: Floats, weights: Floats, threshold: float, reviewed: float
) -> float:
    """Return the accuracy when people review the comments closest to the threshold.

    Parameters
    ----------
    y_true, scores, weights : arrays of shape (n,)
        Weights sum to 1.
    threshold : float
        A score on it is positive.
    reviewed : float in [0, 1]
        Share of the weight. The comment on its edge is reviewed in part.
    """
    order = np.argsort(np.abs(scores - threshold), kind="stable")
    share = weights[order]
    before = np.cumsum(share) - share
    seen = np.clip(reviewed - before, 0, share)
    right = ((scores >= threshold) == (y_true == 1))[order]
    return float(np.where(right, share, seen).sum())
