"""Small figures as SVG: panels with a grid, lines and dots, and nothing that cannot be seen.

A figure has whole numbers alone, half a pixel each, and neither ids nor styles: a page may show it
under a policy that forbids inline styles, and so may a browser that opens its address (decision
0023). The same data give the same bytes. Its paper is white, whatever the page around it.
"""

import html
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import numpy as np

from evaluation.metrics import Floats

WIDTH: Final = 1440
"""Of a figure, in half pixels."""

TOLERANCE: Final = 1.0
"""How far a line may be from the data, in half pixels, before its points are rounded."""

INK: Final = "#222"
COLOURS: Final = ("#0072b2", "#c04f00", "#00785a", "#a3287a", "#222", "#876800")
"""Told apart by the colour-blind, each at least 4.5 to 1 on white."""

_TEXT: Final = 22
_QUARTERS: Final = ((0.0, "0"), (0.25, ""), (0.5, "0.5"), (0.75, ""), (1.0, "1"))
"""Lines of the grid, not all of them with a number."""


@dataclass(frozen=True)
class Panel:
    """A pair of axes, both from 0 to 1.

    Attributes
    ----------
    left, top, width, height : int
        In half pixels.
    decades : int
        Of a logarithmic x axis, which then begins at ``10 ** -decades``; 0 if it is linear.
    """

    left: int
    top: int
    width: int
    height: int
    decades: int = 0

    def place(self, x: Floats, y: Floats) -> Floats:
        """Return where data are in the figure, shape (n, 2)."""
        if self.decades:
            x = 1 + np.log10(np.maximum(x, 10.0**-self.decades)) / self.decades
        return np.column_stack([self.left + self.width * x, self.top + self.height * (1 - y)])

    def frame(self, title: str, x_label: str, y_label: str = "") -> str:
        """Return the grid with its title, ticks and labels; without `y_label`, no ticks beside."""
        decades = range(-self.decades, 1)
        columns = [(10.0**power, f"{10.0**power:g}") for power in decades]
        middle, bottom = self.left + self.width // 2, self.top + self.height
        across = self._ticks(columns if self.decades else _QUARTERS, 0)
        down = self._ticks(_QUARTERS, 1)
        grid = "".join(
            [f"M{x} {self.top}v{self.height}" for x, _ in across]
            + [f"M{self.left} {y}h{self.width}" for y, _ in down]
        )
        words = [render_text(middle, self.top - 16, title, 'font-weight="600"')]
        words += [render_text(x, bottom + 32, name) for x, name in across if name]
        words += [render_text(middle, bottom + 64, x_label)]
        if y_label:
            beside = 'text-anchor="end"'
            words += [render_text(self.left - 14, y + 8, name, beside) for y, name in down if name]
            x, y = self.left - 70, self.top + self.height // 2
            words += [render_text(x, y, y_label, f'transform="rotate(-90 {x} {y})"')]
        return f'<path d="{grid}" stroke="#ddd" stroke-width="2"/>{"".join(words)}'

    def line(self, x: Floats, y: Floats, colour: str, dashes: str = "") -> str:
        """Return a line through the data that are not NaN; nothing for fewer than two."""
        known = ~(np.isnan(x) | np.isnan(y))
        if known.sum() < 2:  # noqa: PLR2004 - the ends of a line
            return ""
        points = np.rint(simplify(self.place(x[known], y[known]))).astype(int)
        return render_line(points.tolist(), colour, dashes)

    def dots(self, x: Floats, y: Floats, areas: Floats, colour: str) -> str:
        """Return a dot for each of the data; areas in square half pixels."""
        places = np.rint(self.place(x, y)).astype(int).tolist()
        radii = np.rint(np.sqrt(areas / np.pi)).astype(int).tolist()
        circles = "".join(
            f'<circle cx="{x}" cy="{y}" r="{radius}"/>'
            for (x, y), radius in zip(places, radii, strict=True)
        )
        return f'<g fill="{colour}" fill-opacity=".5">{circles}</g>'

    def _ticks(self, ticks: Sequence[tuple[float, str]], axis: int) -> list[tuple[int, str]]:
        values, names = zip(*ticks, strict=True)
        places = self.place(np.array(values), np.array(values))[:, axis]
        return list(zip(np.rint(places).astype(int).tolist(), names, strict=True))


def simplify(points: Floats, tolerance: float = TOLERANCE) -> Floats:
    """Return as few points of a line as keep it within a tolerance (Douglas and Peucker, 1973).

    Parameters
    ----------
    points : array of shape (n, 2)
    tolerance : float
        Largest distance of a point left out from the line that is left.
    """
    kept = np.zeros(len(points), bool)
    kept[[0, -1]] = True
    spans = [(0, len(points) - 1)]
    while spans:
        first, last = spans.pop()
        inner = points[first + 1 : last] - points[first]
        if not len(inner):
            continue
        chord = points[last] - points[first]
        # Of a line that comes back to where it began, the distance from there.
        along = np.clip(inner @ chord / max(chord @ chord, np.finfo(float).tiny), 0, 1)
        distances = np.hypot(*(inner - np.outer(along, chord)).T)
        if distances.max() > tolerance:
            middle = first + 1 + int(distances.argmax())
            kept[middle] = True
            spans += [(first, middle), (middle, last)]
    return points[kept]


def render_line(points: Sequence[Sequence[int]], colour: str, dashes: str = "") -> str:
    """Return a line through points of the figure; `dashes` as SVG has them."""
    (x, y), *_ = points
    steps = np.diff(points, axis=0).ravel().tolist()
    # Steps are shorter than places, and a minus parts them as well as a blank.
    path = " ".join(map(str, steps)).replace(" -", "-")
    dashed = f' stroke-dasharray="{dashes}"' if dashes else ""
    return f'<path d="M{x} {y}l{path}" fill="none" stroke="{colour}"{dashed}/>'


def render_text(x: int, y: int, text: str, attributes: str = "") -> str:
    """Return a text, in the middle above a place if the attributes do not say otherwise."""
    space = " " if attributes else ""
    return f'<text x="{x}" y="{y}"{space}{attributes}>{html.escape(text)}</text>'


def render_legend(
    left: int, top: int, entries: Iterable[tuple[str, str, str]], step: tuple[int, int]
) -> str:
    """Return names, colours and dashes of lines, each a `step` from the one before."""
    parts = []
    for number, (name, colour, dashes) in enumerate(entries):
        x, y = left + number * step[0], top + number * step[1]
        parts.append(render_line([(x, y), (x + 56, y)], colour, dashes))
        parts.append(render_text(x + 70, y + 8, name, 'text-anchor="start"'))
    return "".join(parts)


def save_figure(path: Path, height: int, parts: Iterable[str]) -> None:
    """Write a figure of `WIDTH` and this height, in half pixels."""
    head = (
        f'<svg xmlns="http://www.w3.org/2000/svg" width="{WIDTH // 2}" height="{height // 2}"'
        f' viewBox="0 0 {WIDTH} {height}" font-family="system-ui,sans-serif" font-size="{_TEXT}"'
        f' text-anchor="middle" fill="{INK}" stroke-width="3" stroke-linejoin="round">'
        f'\n<path d="M0 0h{WIDTH}v{height}H0z" fill="#fff"/>'
    )
    path.write_text("\n".join([head, *parts, "</svg>\n"]), encoding="utf-8")
