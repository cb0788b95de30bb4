"""Paragraphs, tables and figures as they stand in the report."""

import textwrap
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


def render_share(chosen: npt.NDArray[np.bool_]) -> str:
    """Return the share that is true, with three decimals, or ``none`` of nothing."""
    return f"{np.mean(chosen):.3f}" if len(chosen) else "none"
