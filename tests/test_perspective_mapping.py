"""A new threshold keeps the share of comments, or the recall at the best precision."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from service.perspective.map_options import THRESHOLDS
from service.perspective.mapping import Bools, Floats, Mapper, find_round

SCORES = st.integers(0, 1_000_000).map(lambda number: number / 1_000_000)


@st.composite
def pairs(draw: st.DrawFn) -> tuple[Floats, Floats, Bools]:
    """Draw old scores, new scores and decisions of the same comments."""
    size = draw(st.integers(1, 40))
    scores = SCORES | st.sampled_from([0.0, 0.5, 0.8, 1.0])
    old, new = (draw(arrays(np.float64, size, elements=scores)) for _ in range(2))
    return old, new, draw(arrays(np.bool_, size))


@given(pairs(), SCORES)
def test_the_share_is_kept_as_well_as_any_threshold_keeps_it(
    drawn: tuple[Floats, Floats, Bools], threshold: float
) -> None:
    old, new, _ = drawn
    mapped = Mapper(old, new).map(threshold)
    assert mapped.new is not None
    assert mapped.after is not None
    assert 0 <= mapped.new <= 1
    wanted = np.count_nonzero(old >= threshold)
    assert mapped.before.comments == wanted
    assert mapped.after.comments == np.count_nonzero(new >= mapped.new)
    others = [abs(np.count_nonzero(new >= other) - wanted) for other in (*new, 0.0, 1.0)]
    assert abs(mapped.after.comments - wanted) == min(others)
    assert mapped.moved == np.sum((old >= threshold) != (new >= mapped.new))


@given(pairs(), SCORES)
def test_where_all_scores_differ_the_share_is_kept_exactly(
    drawn: tuple[Floats, Floats, Bools], threshold: float
) -> None:
    old, _, _ = drawn
    new = np.random.default_rng(1).permutation(len(old)) / (len(old) + 1)
    mapped = Mapper(old, new).map(threshold)
    assert mapped.after == mapped.before


@given(drawn=pairs(), one=SCORES, other=SCORES, judged=st.booleans())
def test_a_higher_old_threshold_never_gives_a_lower_new_one(
    *, drawn: tuple[Floats, Floats, Bools], one: float, other: float, judged: bool
) -> None:
    old, new, rejected = drawn
    mapper = Mapper(old, new, rejected if judged else None)
    lower, higher = (mapper.find(threshold) for threshold in sorted((one, other)))
    if higher is not None:
        assert lower is not None
        assert lower <= higher


@given(pairs(), SCORES)
def test_with_equal_scores_no_comment_changes_sides(
    drawn: tuple[Floats, Floats, Bools], threshold: float
) -> None:
    old, _, _ = drawn
    mapped = Mapper(old, old).map(threshold)
    if np.any(old >= threshold) or old.max() < 1:
        assert mapped.moved == 0
        assert mapped.after == mapped.before


def test_with_equal_scores_a_round_threshold_stays() -> None:
    scores = np.arange(1000) / 999
    mapper = Mapper(scores, scores)
    assert [mapper.find(threshold) for threshold in THRESHOLDS] == list(THRESHOLDS)


@given(pairs(), SCORES)
def test_with_decisions_no_threshold_of_at_least_that_recall_has_a_better_precision(
    drawn: tuple[Floats, Floats, Bools], threshold: float
) -> None:
    old, new, rejected = drawn
    mapped = Mapper(old, new, rejected).map(threshold)
    hits = np.sum(rejected & (old >= threshold))
    if not hits:
        assert (mapped.new, mapped.after, mapped.moved) == (None, None, 0)
        return
    assert mapped.after is not None
    assert mapped.after.rejected >= hits
    ratio = mapped.after.rejected / mapped.after.comments
    for other in new:
        over = new >= other
        if np.sum(rejected & over) >= hits:
            assert np.mean(rejected[over]) <= ratio


def test_of_equal_precision_the_highest_threshold_is_taken() -> None:
    old = np.array([0.9, 0.5, 0.4, 0.1])
    rejected = np.array([True, True, True, False])
    mapped = Mapper(old, old, rejected).map(0.5)
    assert (mapped.new, mapped.before, mapped.after) == (0.5, (2, 2), (2, 2))


def test_a_score_on_a_threshold_is_over_it() -> None:
    scores = np.array([0.8, 0.8, 0.2])
    assert Mapper(scores, scores).map(0.8).before.comments == 2
    assert Mapper(scores, scores).map(0.800001).before.comments == 0


def test_where_nothing_was_over_the_new_threshold_lies_over_every_score_if_one_can() -> None:
    old = np.array([0.1, 0.2, 0.3])
    assert Mapper(old, old).map(0.9).after == (0, 0)
    mapped = Mapper(old, np.array([0.5, 0.6, 1.0])).map(0.9)
    assert (mapped.new, mapped.after) == (1.0, (1, 0))


@given(st.floats(-1, 1), st.floats(0, 1))
def test_a_round_number_is_the_same_threshold(below: float, score: float) -> None:
    if below < score:
        assert below < find_round(below, score) <= score


@pytest.mark.parametrize(
    ("below", "score", "expected"),
    [(0.79, 0.81, 0.8), (0.41, 0.62, 0.6), (0.29, 0.291, 0.291), (0.9, 1.0, 1), (-1.0, 0.3, 0)],
)
def test_the_number_with_the_fewest_decimals_is_taken(
    below: float, score: float, expected: float
) -> None:
    assert find_round(below, score) == expected


@pytest.mark.parametrize(
    ("comments", "over", "rejected", "is_small"),
    [(100, 20, None, False), (99, 20, None, True), (100, 19, None, True), (100, 20, 19, True)],
)
def test_few_comments_are_no_more_than_a_guess(
    *, comments: int, over: int, rejected: int | None, is_small: bool
) -> None:
    scores = np.arange(comments) / comments
    decisions = None if rejected is None else np.arange(comments) >= comments - rejected
    mapped = Mapper(scores, scores, decisions).map(float(scores[-over]))
    assert mapped.is_small == is_small
