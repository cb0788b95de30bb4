"""Figures for a program's plots: the same data give the same bytes.

Loaded by whoever wants a plot alone: nothing else of the service needs matplotlib.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Final

import matplotlib as mpl
from matplotlib.figure import Figure

from service.outputs import PlotFormat

_STYLE: Final[dict[Any, Any]] = {
    "svg.fonttype": "none",
    "font.size": 9.0,
    "axes.grid": True,
    "grid.alpha": 0.3,
}
_METADATA: Final[dict[str, dict[Any, Any]]] = {
    "svg": {"Date": None, "Creator": None},
    "png": {"Software": None},
}


@contextmanager
def save_figure(
    path: Path, kind: PlotFormat, size: tuple[float, float], salt: str
) -> Iterator[Figure]:
    """Give a figure to draw into, which is written when the block ends.

    Parameters
    ----------
    path : Path
    kind : {"svg", "png"}
    size : pair of float
        Inches.
    salt : str
        What the names of an SVG's parts are made from.
    """
    with mpl.rc_context({**_STYLE, "svg.hashsalt": salt}):
        # A figure of its own, not pyplot's: nothing global, no screen.
        figure = Figure(figsize=size, layout="constrained")
        yield figure
        figure.savefig(path, format=kind, metadata=_METADATA[kind])
