"""The figures of the report, each under 10 kB: the same data give the same bytes."""

from collections.abc import Callable
from pathlib import Path
from typing import Final

import numpy as np
from sklearn.metrics import precision_recall_curve, roc_curve

from evaluation.metrics import Floats, reliability
from evaluation.subject import Subject, Weighted
from evaluation.svg import COLOURS, INK, Panel, render_legend, save_figure
from model import ATTRIBUTES
from model.measures import MIN_COMMENTS

Parts = dict[str, Weighted]

THRESHOLDS: Final = np.linspace(0, 1, 201)
LINES: Final = tuple(zip(ATTRIBUTES, COLOURS, ("", "12 6") * 3, strict=True))
"""Name, colour and dashes of each attribute: not everybody tells the colours apart."""

MEASURES: Final = tuple(
    zip(("share flagged", "precision", "recall"), COLOURS[:3], ("", "12 6", "3 5"), strict=True)
)
_DECADES: Final = 4


def save_plots(subject: Subject, folder: Path) -> None:
    """Write ``curves.svg``, ``reliability.svg`` and ``thresholds.svg``."""
    parts = {attribute: subject.weighted(attribute) for attribute in ATTRIBUTES}
    balanced = {attribute: subject.balanced(attribute) for attribute in ATTRIBUTES}
    folder.mkdir(parents=True, exist_ok=True)
    save_figure(folder / "curves.svg", 680, draw_curves(parts))
    labels = "mean score", "share positive"
    panels = draw_panels(balanced, draw_reliability, labels, 0)
    save_figure(folder / "reliability.svg", 1000, panels)
    panels = draw_panels(parts, draw_thresholds, ("threshold", "share"), 60)
    legend = render_legend(390, 26, MEASURES, (280, 0))
    save_figure(folder / "thresholds.svg", 1060, [legend, *panels])


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


def draw_curves(parts: Parts) -> list[str]:
    """Draw the ROC and the precision-recall curve of every attribute."""
    roc = Panel(110, 60, 580, 530, _DECADES)
    precise = Panel(830, 60, 580, 530)
    drawn = [
        roc.frame("ROC, logarithmic", "false-positive rate", "recall"),
        precise.frame("Precision and recall", "recall", "precision"),
    ]
    for attribute, *line in LINES:
        part = parts[attribute]
        options = {"sample_weight": part.weights}
        false, true, _ = roc_curve(part.y_true, part.scores, **options)
        # What lies left of the axis would be a line along it.
        shown = slice(max(int(np.searchsorted(false, 10.0**-_DECADES, "right")) - 1, 0), None)
        drawn.append(roc.line(false[shown], true[shown], *line))
        precision, recall, _ = precision_recall_curve(part.y_true, part.scores, **options)
        # The last point, precision 1 of nothing found, is a convention and no measurement.
        drawn.append(precise.line(recall[:-1], precision[:-1], *line))
    return [*drawn, render_legend(450, 400, LINES, (0, 34))]


def draw_reliability(panel: Panel, part: Weighted) -> str:
    """Draw how often comments of a score have the attribute: the larger a dot, the more of them."""
    bins = reliability(part.y_true, part.scores, part.weights)
    shown = [one for one in bins if one.comments >= MIN_COMMENTS]
    scores, positive, weights, _ = np.array(shown).T
    ends = np.array([0.0, 1.0])
    return (
        panel.line(ends, ends, INK, "3 5")
        + panel.line(scores, positive, COLOURS[0])
        + panel.dots(scores, positive, 40 + 1400 * np.sqrt(weights), COLOURS[0])
    )


def draw_thresholds(panel: Panel, part: Weighted) -> str:
    """Draw share flagged, precision and recall over the threshold."""
    measures = trade_off(part, THRESHOLDS)
    return "".join(
        panel.line(THRESHOLDS, values, *line)
        for values, (_, *line) in zip(measures, MEASURES, strict=True)
    )


def draw_panels(
    parts: Parts, draw: Callable[[Panel, Weighted], str], labels: tuple[str, str], top: int
) -> list[str]:
    """Draw a panel an attribute, three a row, below `top`; labels of x and, in front, of y."""
    drawn = []
    for number, (attribute, part) in enumerate(parts.items()):
        row, column = divmod(number, 3)
        panel = Panel(110 + 445 * column, top + 60 + 490 * row, 400, 340)
        frame = panel.frame(attribute, labels[0], "" if column else labels[1])
        drawn += [frame, draw(panel, part)]
    return drawn
