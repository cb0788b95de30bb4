"""Figures are small, safe under a policy without inline styles, and true to the data."""

import re
import xml.etree.ElementTree as ET
from pathlib import Path

import numpy as np
import pytest
from evaluated import build_subject
from hypothesis import given
from hypothesis import strategies as st

from evaluation.plots import draw_curves, save_plots
from evaluation.subject import Weighted
from evaluation.svg import TOLERANCE, Panel, render_line, save_figure, simplify
from model import ATTRIBUTES

PANEL = Panel(100, 50, 400, 200)
SAFE = {"xmlns", "width", "height", "viewBox", "font-family", "font-size", "font-weight"} | {
    *("text-anchor", "fill", "fill-opacity", "stroke", "stroke-width", "stroke-linejoin"),
    *("stroke-dasharray", "transform", "d", "x", "y", "cx", "cy", "r"),
}
PLACES = st.tuples(st.integers(0, 40), st.integers(0, 40))


def find_distance(point: np.ndarray, line: np.ndarray) -> float:
    """Return how far a point is from a line of several parts."""
    begins, ends = line[:-1], line[1:]
    chords = ends - begins
    squares = np.maximum((chords**2).sum(axis=1), 1e-9)
    along = np.clip(((point - begins) * chords).sum(axis=1) / squares, 0, 1)
    nearest = begins + along[:, None] * chords
    return float(np.hypot(*(point - nearest).T).min())


@given(st.lists(PLACES, min_size=2, max_size=30))
def test_a_simpler_line_keeps_its_ends_and_stays_near_every_point(
    places: list[tuple[int, int]],
) -> None:
    points = np.array(places, float)
    line = simplify(points)
    assert line[0].tolist() == points[0].tolist()
    assert line[-1].tolist() == points[-1].tolist()
    assert all(find_distance(point, line) <= TOLERANCE + 1e-9 for point in points)


def test_points_on_a_straight_line_are_left_out() -> None:
    points = np.column_stack([np.arange(1000.0), np.arange(1000.0)])
    assert simplify(points).tolist() == [[0, 0], [999, 999]]


def test_a_line_is_written_as_steps_between_whole_numbers() -> None:
    drawn = render_line([(10, 20), (15, 18), (15, 30)], "#123456", "3 5")
    assert 'd="M10 20l5-2 0 12"' in drawn
    assert 'stroke="#123456" stroke-dasharray="3 5"' in drawn


def test_data_stand_where_the_axes_say() -> None:
    ends = np.array([0.0, 1.0])
    assert PANEL.place(ends, ends).tolist() == [[100, 250], [500, 50]]
    logarithmic = Panel(100, 50, 400, 200, decades=4)
    x = np.array([0.0, 1e-4, 1e-2, 1.0])
    assert logarithmic.place(x, x)[:, 0] == pytest.approx([100, 100, 300, 500])
    for name in ("0.0001", "0.001", "0.01", "0.1", "1"):
        assert f">{name}<" in logarithmic.frame("a", "b")


def test_what_is_not_known_is_not_drawn() -> None:
    x, y = np.array([0.0, 0.5, 1.0]), np.array([0.0, 1.0, np.nan])
    assert 'd="M100 250l200-200"' in PANEL.line(x, y, "#000")
    assert PANEL.line(x, np.array([np.nan, 1.0, np.nan]), "#000") == ""


def test_a_curve_of_precision_begins_at_the_highest_score() -> None:
    labels, scores, weights = np.array([1.0, 1, 0]), np.array([0.2, 0.5, 0.9]), np.ones(3) / 3
    part = Weighted(labels, scores, weights, 2 / 3)
    drawn = "".join(draw_curves(dict.fromkeys(ATTRIBUTES, part)))
    # Recall and precision 1 and 2/3, 0.5 and 0.5, 0 and 0: in steps, from the lowest score.
    assert drawn.count('d="M1410 237l-290 88-290 265"') == len(ATTRIBUTES)


def test_text_in_a_figure_is_text(tmp_path: Path) -> None:
    save_figure(tmp_path / "a.svg", 100, [PANEL.frame("<script>a & b</script>", "x", "y")])
    assert "<script>a & b</script>" in ET.parse(tmp_path / "a.svg").getroot().itertext()  # noqa: S314 - ours


def test_figures_are_small_and_need_no_inline_style(tmp_path: Path) -> None:
    save_plots(build_subject(tmp_path), tmp_path)
    for path in tmp_path.glob("*.svg"):
        text = path.read_text(encoding="utf-8")
        assert len(text) < 10_000
        assert set(re.findall(r' ([\w:-]+)="', text)) <= SAFE
        assert {element.tag.rpartition("}")[2] for element in ET.fromstring(text).iter()} <= {  # noqa: S314 - ours
            *("svg", "g", "path", "text", "circle")
        }
