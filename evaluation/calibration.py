"""Whether a score is a probability, and what each threshold costs."""

from typing import Final

from evaluation.markdown import render_paragraph, render_section
from evaluation.metrics import BINS, expected_calibration_error, reliability
from evaluation.subject import Subject
from model import ATTRIBUTES
from model.markdown import render_table
from model.measures import MIN_COMMENTS

INTRODUCTION: Final = f"""
    Test split of the Wikipedia sources, each attribute weighted to the prevalence that scores are
    calibrated for. The expected calibration error is the mean distance between score and
    frequency over {BINS} bins of equal width (Guo et al., 2017). The last two columns look at
    scores from 0.5 upwards alone: their mean, and how many of these comments are positive. The
    plot leaves out bins of fewer than {MIN_COMMENTS} comments.
"""
HEADER: Final = (
    "attribute",
    "comments",
    "positive",
    "prevalence",
    "calibration error",
    "mean score from 0.5",
    "positive there",
)
RELIABILITY: Final = "![Reliability by attribute](plots/reliability.svg)"
THRESHOLDS: Final = "![Share flagged, precision and recall over thresholds](plots/thresholds.svg)"
TRADE_OFF: Final = """
    What a threshold costs, on the same comments, weighted to the natural prevalence: the share of
    all that it flags, its precision and its recall.
"""

_HALF: Final = 0.5


def section(subject: Subject) -> str:
    """Return the table of calibration errors."""
    rows = []
    for attribute in ATTRIBUTES:
        part = subject.balanced(attribute)
        bins = reliability(part.y_true, part.scores, part.weights)
        high = part.scores >= _HALF
        weights = part.weights[high] / (part.weights[high].sum() or 1)
        rows.append(
            (
                attribute,
                len(part.y_true),
                int(part.y_true.sum()),
                part.prevalence,
                f"{expected_calibration_error(bins):.4f}",
                f"{weights @ part.scores[high]:.3f}",
                f"{weights @ part.y_true[high]:.3f}",
            )
        )
    return render_section(
        "Calibration",
        render_paragraph(INTRODUCTION),
        render_table(HEADER, rows),
        RELIABILITY,
        render_paragraph(TRADE_OFF),
        THRESHOLDS,
    )
