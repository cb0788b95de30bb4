"""How well scores rank: areas under curves, by attribute and source."""

from collections.abc import Iterator
from functools import partial
from typing import Final

from joblib import Parallel, delayed
from sklearn.metrics import average_precision_score, roc_auc_score

from evaluation.markdown import render_paragraph, render_section
from evaluation.metrics import Estimate, Floats, bootstrap
from evaluation.subject import Scored, Subject
from model import ATTRIBUTES
from model.markdown import render_table
from model.measures import has_both_labels

INTRODUCTION: Final = """
    Test split, every source as it is. Intervals are 95 %, from 200 stratified bootstrap
    resamples. A source needs ten comments of each label to be listed. Most sets are enriched
    with toxic comments, so average precision does not compare between them. The curves are those
    of the Wikipedia sources, weighted to the natural prevalence on the model card.
"""
HEADER: Final = ("attribute", "source", "comments", "positive", "ROC-AUC", "average precision")
FIGURE: Final = "![ROC and precision-recall curves by attribute](plots/curves.svg)"

roc_auc: Final = partial(bootstrap, roc_auc_score)
average_precision: Final = partial(bootstrap, average_precision_score)


def section(subject: Subject) -> str:
    """Return the table of areas."""
    groups = list(_groups(subject.split("test")))
    found = Parallel(n_jobs=2)(
        delayed(_areas)(y_true, decisions) for _, _, y_true, decisions in groups
    )
    rows = [
        (attribute, source, len(y_true), int(y_true.sum()), *areas)
        for (attribute, source, y_true, _), areas in zip(groups, found, strict=True)
    ]
    return render_section(
        "How well the scores rank",
        render_paragraph(INTRODUCTION),
        render_table(HEADER, rows),
        FIGURE,
    )


def _areas(y_true: Floats, decisions: Floats) -> tuple[Estimate, Estimate]:
    return roc_auc(y_true, decisions), average_precision(y_true, decisions)


def _groups(test: Scored) -> Iterator[tuple[str, str, Floats, Floats]]:
    """Return attribute, source, labels and decisions where there are enough."""
    for attribute in ATTRIBUTES:
        known = test.known(attribute)
        for source in sorted(known.table["source"].unique()):
            part = known.where(known.table["source"] == source)
            y_true = part.labels(attribute)
            if has_both_labels(y_true):
                yield attribute, source, y_true, part.attribute_decisions(attribute)
