"""Draw what fitting found; loaded for ``--plot`` alone, since it needs matplotlib."""

from pathlib import Path
from typing import Final

import numpy as np
from matplotlib.axes import Axes

from model import ATTRIBUTES
from service.figures import save_figure
from service.outputs import PlotFormat
from service.policy.quality import Quality
from service.policy.recalibrating import Fit
from service.policy.shape import Bands, Policy
from service.policy.solving import Recalibrated
from service.policy.statements import QUANTITIES, Tally, count

POINTS: Final = 200
"""Points of a curve that are drawn: more cannot be seen."""

_PANEL: Final = (4.6, 3.8)
"""Inches of a panel."""


def save_plot(path: Path, kind: PlotFormat, policy: Policy, recalibrated: Recalibrated) -> None:
    """Write a figure with two panels an attribute that was fitted.

    Parameters
    ----------
    path : Path
    kind : {"svg", "png"}
    policy : Policy
        As fitted: its thresholds are marked.
    recalibrated : Recalibrated
    """
    fits, sample = recalibrated.fits, recalibrated.sample
    size = (2 * _PANEL[0], len(fits) * _PANEL[1])
    with save_figure(path, kind, size, "policy") as figure:
        panels = figure.subplots(len(fits), 2, squeeze=False)
        for (name, fit), (reliability, trade_off) in zip(fits.items(), panels, strict=True):
            draw_reliability(reliability, name, fit)
            tally = count(sample.scores[:, ATTRIBUTES.index(name)], sample)
            draw_trade_off(trade_off, name, tally, policy.bands().get(name, Bands()))


def draw_reliability(axes: Axes, title: str, fit: Fit) -> None:
    """Draw how often the site rejects comments of a score, before and after recalibration.

    Bars are 95 % intervals, and the numbers at them comments.
    """
    axes.plot([0, 1], [0, 1], color="grey", linestyle=":")
    _draw_bins(axes, "before", fit.before, below=True)
    _draw_bins(axes, "after", fit.after, below=False)
    axes.set(xlabel="mean score", ylabel="share rejected", xlim=(0, 1), ylim=(0, 1.02))
    axes.set_title(f"{title}: reliability")
    axes.legend(loc="upper left")


def draw_trade_off(axes: Axes, title: str, tally: Tally, bands: Bands) -> None:
    """Draw precision and recall over the threshold, with their intervals, and the thresholds."""
    last = len(tally.thresholds) - 1
    places = np.searchsorted(tally.thresholds, np.linspace(0, 1, POINTS))
    chosen = np.unique(np.append(np.minimum(places, last), last))
    thresholds = tally.thresholds[chosen]
    for quantity in QUANTITIES:
        value, low, high = (each[chosen] for each in tally.estimate(quantity))
        (line,) = axes.plot(thresholds, value, label=quantity)
        axes.fill_between(thresholds, low, high, color=line.get_color(), alpha=0.2, linewidth=0)
    for name, point, style in (("flag", bands.flag, "--"), ("reject", bands.reject, "-")):
        if point:
            label = f"{name} from {point.threshold:.2f}"
            axes.axvline(point.threshold, color="black", linestyle=style, linewidth=1, label=label)
    axes.set(xlabel="threshold", xlim=(0, 1), ylim=(0, 1.02))
    axes.set_title(f"{title}: precision and recall")
    axes.legend(loc="lower center")


def _draw_bins(axes: Axes, name: str, quality: Quality, *, below: bool) -> None:
    score, rejected, low, high, _, comments = np.array(quality.bins).T
    # Rounding may leave an end a little on the wrong side.
    lengths = np.maximum([rejected - low, high - rejected], 0)
    marker = "s" if below else "o"
    drawn = axes.errorbar(score, rejected, yerr=lengths, fmt=marker, markersize=4, label=name)
    colour = drawn.lines[0].get_color()
    side = "top" if below else "bottom"
    for x, y, number in zip(score, low if below else high, comments, strict=True):
        axes.text(x, y, f"{number:,.0f}", color=colour, fontsize=6, ha="center", va=side)
