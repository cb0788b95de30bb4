"""Intervals, bins and tables, checked on figures that were added up by hand."""

import numpy as np
import pytest
from sklearn.metrics import roc_auc_score

from evaluation.markdown import render_paragraph, render_section, render_share
from evaluation.metrics import (
    Estimate,
    bootstrap,
    expected_calibration_error,
    reliability,
)
from model.markdown import render_table
from model.measures import has_both_labels

Y_TRUE = np.array([0.0, 0, 0, 1, 0, 1, 1, 1] * 10)
SCORES = np.tile(np.linspace(0, 1, 8), 10)


def test_an_interval_contains_its_figure_and_is_the_same_every_time() -> None:
    found = bootstrap(roc_auc_score, Y_TRUE, SCORES)
    # Of 4 x 4 pairs, the negative at place 4 stands over the positive at place 3 alone.
    assert found.value == 15 / 16
    assert found.low < found.value < found.high
    assert bootstrap(roc_auc_score, Y_TRUE, SCORES) == found


def test_without_a_mistake_the_interval_is_a_point() -> None:
    assert bootstrap(roc_auc_score, Y_TRUE, Y_TRUE) == Estimate(1.0, 1.0, 1.0)


def test_every_resample_has_as_many_positives_as_the_sample() -> None:
    sums = []

    def count(y_true: np.ndarray, _: np.ndarray) -> float:
        sums.append(y_true.sum())
        return 0.0

    bootstrap(count, Y_TRUE, SCORES, resamples=5)
    assert sums == [40.0] * 6


def test_an_estimate_is_written_with_its_interval() -> None:
    assert str(Estimate(0.91234, 0.9, 0.92)) == "0.9123 (0.900 to 0.920)"


def test_an_area_needs_ten_comments_of_each_label() -> None:
    assert has_both_labels(np.array([0.0] * 10 + [1.0] * 10))
    assert not has_both_labels(np.array([0.0] * 10 + [1.0] * 9))
    assert not has_both_labels(np.array([0.0] * 9 + [1.0] * 10))


def test_bins_are_weighted_and_a_score_of_one_is_in_the_last() -> None:
    y_true = np.array([0.0, 1, 1, 1])
    scores = np.array([0.1, 0.3, 0.5, 1.0])
    weights = np.array([0.6, 0.2, 0.1, 0.1])
    low, high = reliability(y_true, scores, weights, bins=2)
    assert low == pytest.approx((0.15, 0.25, 0.8, 2))
    assert high == pytest.approx((0.75, 1.0, 0.2, 2))


def test_the_calibration_error_is_the_weighted_distance_of_the_bins() -> None:
    y_true = np.array([0.0, 1, 1, 1])
    scores = np.array([0.1, 0.3, 0.5, 1.0])
    bins = reliability(y_true, scores, np.array([0.6, 0.2, 0.1, 0.1]), bins=2)
    assert expected_calibration_error(bins) == pytest.approx(0.8 * 0.1 + 0.2 * 0.25)


def test_scores_that_are_frequencies_have_no_calibration_error() -> None:
    scores = np.array([0.25] * 4 + [0.75] * 4)
    y_true = np.array([0.0, 0, 0, 1, 0, 1, 1, 1])
    assert expected_calibration_error(reliability(y_true, scores, np.full(8, 1 / 8))) == 0


def test_a_table_is_one_line_a_row() -> None:
    assert render_table(("a", "b"), [(1, "x")]) == "| a | b |\n|---|---|\n| 1 | x |"


def test_a_row_of_another_width_is_refused() -> None:
    with pytest.raises(ValueError, match="are not 2 cells"):
        render_table(("a", "b"), [(1,)])


def test_lines_of_a_paragraph_are_broken_anew() -> None:
    assert render_paragraph("\n  One\n    two.\n") == "One two."
    assert max(map(len, render_paragraph("word " * 100).splitlines())) <= 110


def test_a_section_has_a_blank_line_between_its_blocks() -> None:
    assert render_section("Title", "One.", "Two.") == "## Title\n\nOne.\n\nTwo."


def test_a_share_of_nothing_is_none() -> None:
    assert render_share(np.array([True, False])) == "0.500"
    assert render_share(np.array([], bool)) == "none"
