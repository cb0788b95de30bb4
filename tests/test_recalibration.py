"""Recalibration: a line in the log-odds, which never turns the order of scores."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from model import ATTRIBUTES
from service.policy import Line, Recalibration
from service.recalibration import move, recalibrate

SCORES = st.integers(0, 1_000_000).map(lambda millionths: millionths / 1_000_000)
LINES = st.builds(Line, slope=st.floats(0, 100), intercept=st.floats(-100, 100))


@given(line=LINES, scores=st.tuples(SCORES, SCORES))
def test_a_higher_score_never_becomes_lower(line: Line, scores: tuple[float, float]) -> None:
    low, high = sorted(scores)
    assert 0 <= move(low, line) <= move(high, line) <= 1


@given(score=SCORES)
def test_a_line_that_changes_nothing_leaves_a_score_but_for_the_ends(score: float) -> None:
    inside = min(max(score, 1e-6), 1 - 1e-6)
    assert move(score, Line(1.0, 0.0)) == pytest.approx(inside, abs=1e-12)


@pytest.mark.parametrize(
    ("score", "line", "moved"),
    [
        (0.5, Line(1.0, 0.0), 0.5),
        (0.5, Line(3.0, 0.0), 0.5),
        (0.5, Line(2.0, 1.0), 0.731059),
        (0.731059, Line(2.0, 0.0), 0.880798),
        (0.25, Line(0.0, 0.0), 0.5),
        (1.0, Line(1e6, 1e6), 1.0),
        (0.0, Line(1e6, 1e6), 0.0),
        (0.0, Line(0.0, -1e6), 0.0),
    ],
)
def test_the_log_odds_are_moved_along_the_line(score: float, line: Line, moved: float) -> None:
    assert move(score, line) == moved


@given(scores=st.fixed_dictionaries(dict.fromkeys(ATTRIBUTES, SCORES)), line=LINES)
def test_attributes_without_a_line_keep_their_scores(scores: dict[str, float], line: Line) -> None:
    found = recalibrate(scores, Recalibration("en-1", 2, 1, 0.5, insult=line))
    assert found == scores | {"insult": move(scores["insult"], line)}
    assert list(found) == list(scores)


def test_a_line_of_an_attribute_that_the_model_lacks_adds_no_score() -> None:
    recalibration = Recalibration("en-1", 2, 1, 0.5, threat=Line(1.0, 1.0))
    assert recalibrate({"insult": 0.3}, recalibration) == {"insult": 0.3}
