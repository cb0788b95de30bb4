"""Draw how thresholds move; loaded for ``--plot`` alone, since it needs matplotlib."""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Final

import numpy as np
from matplotlib.axes import Axes

from service.figures import save_figure
from service.outputs import PlotFormat
from service.perspective.mapping import Floats, Mapper, Ranking

POINTS: Final = 200
"""Points of a curve that are drawn: more cannot be seen."""

_PANEL: Final = (3.6, 3.2)
"""Inches of a panel."""
_COLUMNS: Final = 3


def save_plot(
    path: Path,
    kind: PlotFormat,
    mappers: Mapping[str, Mapper],
    thresholds: Mapping[str, Sequence[float]],
) -> None:
    """Write a figure with a panel an attribute, and one more where there are decisions.

    Parameters
    ----------
    path : Path
    kind : {"svg", "png"}
    mappers : dict of str to Mapper
        By attribute.
    thresholds : dict of str to sequence of float
        The old thresholds of each attribute that are marked.
    """
    judged = any(mapper.judged for mapper in mappers.values())
    columns = 2 if judged else min(_COLUMNS, len(mappers))
    rows = len(mappers) if judged else -(-len(mappers) // columns)
    size = (_PANEL[0] * columns, _PANEL[1] * rows)
    with save_figure(path, kind, size, "perspective") as figure:
        panels = list(figure.subplots(rows, columns, squeeze=False).flat)
        for attribute, mapper in mappers.items():
            draw_thresholds(panels.pop(0), attribute, mapper, thresholds[attribute])
            if judged:
                draw_precision(panels.pop(0), attribute, mapper)
        for axes in panels:
            axes.set_axis_off()


def draw_thresholds(axes: Axes, title: str, mapper: Mapper, marked: Sequence[float]) -> None:
    """Draw the new threshold over the old one, with those that were asked for as points."""
    grid = np.linspace(0, 1, POINTS + 1)
    axes.plot([0, 1], [0, 1], color="grey", linestyle=":")
    axes.plot(grid, _find_all(mapper, grid))
    axes.plot(marked, _find_all(mapper, marked), "o", clip_on=False)
    axes.set(xlabel="old threshold", ylabel="new threshold", xlim=(0, 1), ylim=(0, 1))
    axes.set_title(title)


def draw_precision(axes: Axes, title: str, mapper: Mapper) -> None:
    """Draw precision over recall, of old scores and of new ones."""
    for name, ranking in (("old scores", mapper.before), ("new scores", mapper.after)):
        recall, precision = _trade_off(ranking, mapper.rejected)
        axes.plot(recall, precision, label=name)
    axes.set(xlabel="recall", ylabel="precision", xlim=(0, 1), ylim=(0, 1.02))
    axes.set_title(title)
    axes.legend(loc="lower left")


def _find_all(mapper: Mapper, thresholds: Sequence[float] | Floats) -> Floats:
    found = [mapper.find(float(threshold)) for threshold in thresholds]
    return np.array([np.nan if new is None else new for new in found])


def _trade_off(ranking: Ranking, rejected: int) -> tuple[Floats, Floats]:
    """Return recall and precision at some scores, spread over the recall."""
    if not rejected:
        return np.empty(0), np.empty(0)
    _, over, hits = ranking.steps()
    targets = np.linspace(1, rejected, POINTS)
    chosen = np.unique(np.searchsorted(-hits, -targets, side="right") - 1)
    return hits[chosen] / rejected, hits[chosen] / over[chosen]
