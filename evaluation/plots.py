"""The figures of the report: the same data give the same bytes."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Final

import matplotlib as mpl
import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from sklearn.metrics import precision_recall_curve, roc_curve

from evaluation.metrics import Floats, reliability
from evaluation.subject import Subject, Weighted
from model import ATTRIBUTES
from model.measures import MIN_COMMENTS

POINTS: Final = 200
"""Points of a curve that are drawn: more cannot be seen."""

_STYLE: Final[dict[Any, Any]] = {
    "svg.hashsalt": "evaluation",
    "svg.fonttype": "none",
    "font.size": 9.0,
    "axes.grid": True,
    "grid.alpha": 0.3,
}


def save_plots(subject: Subject, folder: Path) -> None:
    """Write ``curves.svg``, ``reliability.svg`` and ``thresholds.svg``."""
    parts = {attribute: subject.weighted(attribute) for attribute in ATTRIBUTES}
    folder.mkdir(parents=True, exist_ok=True)
    with _figure(folder / "curves.svg", (10, 4.8)) as figure:
        draw_curves(figure, parts)
    balanced = {attribute: subject.balanced(attribute) for attribute in ATTRIBUTES}
    with _figure(folder / "reliability.svg", (10, 6.4)) as figure:
        _draw_panels(figure, balanced, draw_reliability)
    with _figure(folder / "thresholds.svg", (10, 6.4)) as figure:
        _draw_panels(figure, parts, draw_thresholds)


@contextmanager
def _figure(path: Path, size: tuple[float, float]) -> Iterator[Figure]:
    with mpl.rc_context(_STYLE):
        # A figure of its own, not pyplot's: nothing global, no screen.
        figure = Figure(figsize=size, layout="constrained")
        yield figure
        figure.savefig(path, format="svg", metadata={"Date": None, "Creator": None})


def thin(x: Floats, y: Floats) -> tuple[Floats, Floats]:
    """Return at most `POINTS` of a curve, equally far apart along it, its ends among them."""
    along = np.concatenate([[0.0], np.cumsum(np.hypot(np.diff(x), np.diff(y)))])
    chosen = np.searchsorted(along, np.linspace(0, along[-1], POINTS))
    chosen = np.unique(np.append(np.minimum(chosen, len(x) - 1), len(x) - 1))
    return x[chosen], y[chosen]


def trade_off(part: Weighted, thresholds: Floats) -> tuple[Floats, Floats, Floats]:
    """Return the share on or over each threshold, its precision (NaN of none) and recall."""
    order = np.argsort(part.scores, kind="stable")
    first = np.searchsorted(part.scores[order], thresholds)
    share, hits = (
        np.append(np.cumsum(weights[order][::-1])[::-1], 0.0)[first]
        for weights in (part.weights, part.weights * part.y_true)
    )
    precision = np.divide(hits, share, out=np.full(len(share), np.nan), where=share > 0)
    return share, precision, hits / part.prevalence


def draw_curves(figure: Figure, parts: dict[str, Weighted]) -> None:
    """Draw the ROC and the precision-recall curve of every attribute."""
    roc, precision_recall = figure.subplots(1, 2)
    for attribute, part in parts.items():
        options = {"sample_weight": part.weights}
        false, true, _ = roc_curve(part.y_true, part.scores, **options)
        roc.plot(*thin(false, true), label=attribute)
        precision, recall, _ = precision_recall_curve(part.y_true, part.scores, **options)
        precision_recall.plot(*thin(recall, precision), label=attribute)
    roc.set(xlabel="false-positive rate", ylabel="recall", title="ROC, logarithmic")
    roc.set(xscale="log", xlim=(1e-4, 1))
    precision_recall.set(xlabel="recall", ylabel="precision", title="Precision and recall")
    roc.legend(loc="lower right")


def draw_reliability(axes: Axes, part: Weighted) -> None:
    """Draw how often comments of a score have the attribute; the area tells their share."""
    bins = reliability(part.y_true, part.scores, part.weights)
    shown = [one for one in bins if one.comments >= MIN_COMMENTS]
    scores, positive, weights, _ = np.array(shown).T
    axes.plot([0, 1], [0, 1], color="grey", linestyle=":")
    axes.plot(scores, positive)
    axes.scatter(scores, positive, s=6 + 200 * np.sqrt(weights), alpha=0.5)
    axes.set(xlabel="mean score", ylabel="share positive", xlim=(0, 1), ylim=(0, 1))


def draw_thresholds(axes: Axes, part: Weighted) -> None:
    """Draw share flagged, precision and recall over the threshold."""
    thresholds = np.linspace(0, 1, POINTS + 1)
    for line, name in zip(
        trade_off(part, thresholds), ("share flagged", "precision", "recall"), strict=True
    ):
        axes.plot(thresholds, line, label=name)
    axes.set(xlabel="threshold", xlim=(0, 1), ylim=(0, 1))


def _draw_panels(
    figure: Figure, parts: dict[str, Weighted], draw: Callable[[Axes, Weighted], None]
) -> None:
    panels = figure.subplots(2, 3)
    for axes, (attribute, part) in zip(panels.flat, parts.items(), strict=True):
        draw(axes, part)
        axes.set_title(attribute)
    if handles := panels[0, 0].get_legend_handles_labels()[0]:
        panels[0, 0].legend(handles=handles)
