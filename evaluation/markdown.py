"""Paragraphs, tables and figures as they stand in the report."""

import textwrap
from collections.abc import Iterable, Sequence
from typing import Final

import numpy as np
import numpy.typing as npt

WIDTH: Final = 110


def render_section(title: str, *blocks: str) -> str:
    """Return a heading and what stands below it, a blank line between blocks."""
    return "\n\n".join([f"## {title}", *blocks])


def render_paragraph(text: str) -> str:
    """Return a text with its lines broken anew, so that figures in it may be of any length."""
    words = " ".join(text.split())
    return textwrap.fill(words, WIDTH, break_long_words=False, break_on_hyphens=False)


def render_table(header: Sequence[str], rows: Iterable[Iterable[object]]) -> str:
    """Return a table; every row has as many cells as the header.

    Raises
    ------
    ValueError
        If a row has another number of cells.
    """
    lines = [_render_row(header), "|" + "---|" * len(header)]
    for row in rows:
        cells = [str(cell) for cell in row]
        if len(cells) != len(header):
            raise ValueError(f"{cells} are not {len(header)} cells")
        lines.append(_render_row(cells))
    return "\n".join(lines)


def _render_row(cells: Iterable[str]) -> str:
    return "| " + " | ".join(cells) + " |"


def render_share(chosen: npt.NDArray[np.bool_]) -> str:
    """Return the share that is true, with three decimals, or ``none`` of nothing."""
    return f"{np.mean(chosen):.3f}" if len(chosen) else "none"
