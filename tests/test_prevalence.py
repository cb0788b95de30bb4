"""Comments are weighted until a label is as common as it is said to be."""

import numpy as np
import numpy.typing as npt
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from model.prevalence import move_weights, weights_for_prevalence

Floats = npt.NDArray[np.float64]

SHARES = st.floats(0.01, 0.5)
# How many comments have neither label, toxicity alone, the attribute alone, and both.
GROUPS = st.tuples(*[st.integers(5, 100)] * 4)

any_time = settings(deadline=None)


def label(groups: tuple[int, ...]) -> tuple[Floats, Floats]:
    """Return labels of the attribute and of toxicity."""
    y_true = np.repeat([0.0, 0.0, 1.0, 1.0], groups)
    toxic = np.repeat([0.0, 1.0, 0.0, 1.0], groups)
    return y_true, toxic


@any_time
@given(groups=GROUPS, prevalence=SHARES, toxic_prevalence=SHARES)
def test_weights_bring_both_labels_to_their_prevalence(
    groups: tuple[int, ...], prevalence: float, toxic_prevalence: float
) -> None:
    y_true, toxic = label(groups)
    weights = weights_for_prevalence(y_true, toxic, prevalence, toxic_prevalence)
    assert (weights > 0).all()
    assert weights.sum() == pytest.approx(1)
    assert weights[y_true == 1].sum() == pytest.approx(prevalence, abs=1e-4)
    assert weights[toxic == 1].sum() == pytest.approx(toxic_prevalence, abs=1e-4)


@any_time
@given(groups=GROUPS)
def test_comments_that_are_at_their_prevalence_already_weigh_the_same(
    groups: tuple[int, ...],
) -> None:
    y_true, toxic = label(groups)
    weights = weights_for_prevalence(y_true, toxic, y_true.mean(), toxic.mean())
    assert weights == pytest.approx(np.full(len(y_true), 1 / len(y_true)))


def test_comments_with_equal_labels_weigh_the_same() -> None:
    y_true, toxic = label((50, 30, 10, 40))
    weights = weights_for_prevalence(y_true, toxic, 0.05, 0.1)
    for group in range(4):
        members = weights[2 * y_true + toxic == group]
        assert members == pytest.approx(np.full(len(members), members[0]))


@any_time
@given(groups=GROUPS, prevalence=SHARES, moved=SHARES)
def test_moving_weights_changes_how_many_are_toxic_and_not_what_they_are(
    groups: tuple[int, ...], prevalence: float, moved: float
) -> None:
    y_true, toxic = label(groups)
    before = weights_for_prevalence(y_true, toxic, 0.1, prevalence)
    after = move_weights(before, toxic, moved)
    assert after.sum() == pytest.approx(1)
    assert after[toxic == 1].sum() == pytest.approx(moved)
    for side in (toxic == 0, toxic == 1):
        shares = [np.average(y_true[side], weights=weights[side]) for weights in (before, after)]
        assert shares[0] == pytest.approx(shares[1])


@any_time
@given(groups=GROUPS, prevalence=SHARES, moved=SHARES)
def test_where_the_attribute_is_toxicity_weights_are_moved_to_those_of_the_prevalence(
    groups: tuple[int, ...], prevalence: float, moved: float
) -> None:
    _, toxic = label(groups)
    natural, expected = (
        weights_for_prevalence(toxic, toxic, share, share) for share in (prevalence, moved)
    )
    assert move_weights(natural, toxic, moved) == pytest.approx(expected)
