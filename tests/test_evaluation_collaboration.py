"""Oracle-model collaborative accuracy, checked on five comments."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from evaluation.collaboration import collaborative_accuracy

Y_TRUE = np.array([0.0, 1, 0, 1, 1])
SCORES = np.array([0.1, 0.4, 0.55, 0.6, 0.9])
EQUAL = np.full(5, 0.2)


@pytest.mark.parametrize(
    ("reviewed", "accuracy"),
    [
        (0.0, 0.8),
        # 0.6, on the threshold, comes first, then 0.55: both are right already.
        (0.2, 0.8),
        (0.4, 0.8),
        # 0.4 is wrong: half of it reviewed is half of it right.
        (0.5, 0.9),
        (0.6, 1.0),
        (1.0, 1.0),
    ],
)
def test_people_put_right_what_is_closest_to_the_threshold(
    reviewed: float, accuracy: float
) -> None:
    found = collaborative_accuracy(Y_TRUE, SCORES, EQUAL, 0.6, reviewed)
    assert found == pytest.approx(accuracy)


def test_a_share_is_one_of_the_weight_not_of_the_comments() -> None:
    weights = np.array([0.1, 0.6, 0.1, 0.1, 0.1])
    assert collaborative_accuracy(Y_TRUE, SCORES, weights, 0.6, 0.2) == pytest.approx(0.4)
    assert collaborative_accuracy(Y_TRUE, SCORES, weights, 0.6, 0.5) == pytest.approx(0.7)


@given(
    rows=st.lists(st.tuples(st.sampled_from([0.0, 1.0]), st.floats(0, 1)), min_size=1, max_size=20),
    shares=st.tuples(st.floats(0, 1), st.floats(0, 1)).map(sorted),
)
def test_more_review_is_never_worse(rows: list[tuple[float, float]], shares: list[float]) -> None:
    y_true, scores = np.array(rows).T
    weights = np.full(len(rows), 1 / len(rows))
    fewer, more = (collaborative_accuracy(y_true, scores, weights, 0.5, share) for share in shares)
    assert fewer <= more + 1e-9
