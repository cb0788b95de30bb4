"""A statement becomes the threshold that keeps it and gives up least for it."""

import numpy as np
import numpy.typing as npt
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from model import ATTRIBUTES
from model.artefact import read_manifest
from model.card import ARTEFACT
from model.operating_points import (
    Point,
    StatementError,
    best_threshold,
    build_curve,
    parse_flag_share,
    parse_statement,
    solve,
)

Floats = npt.NDArray[np.float64]

CURVE = {
    "threshold": [0.1, 0.2, 0.4, 0.6, 0.8, 0.9],
    "precision": [0.1, 0.3, 0.6, 0.5, 0.9, 1.0],  # it may fall where recall never rises
    "recall": [1.0, 0.9, 0.9, 0.6, 0.4, 0.2],
}

# Two decimals, so that some scores are equal.
COMMENTS = st.lists(
    st.tuples(
        st.integers(0, 100).map(lambda hundredths: hundredths / 100),
        st.booleans(),
        st.floats(0.1, 10),
    ),
    min_size=1,
    max_size=300,
).filter(lambda comments: any(label for _, label, _ in comments))

any_time = settings(deadline=None)


def split(comments: list[tuple[float, bool, float]]) -> tuple[Floats, Floats, Floats]:
    """Return scores, labels, and weights that sum to 1."""
    scores, labels, weights = (
        np.array(column, np.float64) for column in zip(*comments, strict=True)
    )
    return scores, labels, weights / weights.sum()


@pytest.mark.parametrize(
    ("statement", "threshold"),
    [
        ("recall >= 0.95", 0.1),
        ("recall >= 0.9", 0.4),  # on the bound it is kept
        ("recall >= 0.61", 0.4),
        ("recall >= 0.6", 0.6),
        ("recall >= 0", 0.9),
        ("recall >= 1", 0.1),
        ("recall >= 1.0", 0.1),
        ("precision >= 0", 0.1),
        ("precision >= 0.1", 0.1),
        ("precision >= 0.55", 0.4),
        ("precision >= 0.6", 0.4),
        ("precision >= 0.61", 0.8),
        ("precision >= 1", 0.9),
    ],
)
def test_a_statement_has_its_threshold(statement: str, threshold: float) -> None:
    index = CURVE["threshold"].index(threshold)
    expected = Point(threshold, CURVE["precision"][index], CURVE["recall"][index])
    assert solve(statement, CURVE) == expected


@pytest.mark.parametrize(
    ("statement", "best"), [("recall >= 0.95", "0.9"), ("precision >= 0.5", "0.4")]
)
def test_a_statement_that_no_threshold_keeps_says_the_best_there_is(
    statement: str, best: str
) -> None:
    curve = {"threshold": [0.5, 0.7], "precision": [0.3, 0.4], "recall": [0.9, 0.8]}
    with pytest.raises(
        StatementError, match=rf"^no threshold has {statement}; the best is {best}$"
    ):
        solve(statement, curve)


@pytest.mark.parametrize(
    "statement",
    [
        "",
        "recall",
        "recall >= ",
        "recall >= 1.1",
        "recall >= 95",
        "recall >= 95 %",
        "recall >= -0.1",
        "recall >= .9",
        "recall >= 1e-3",
        "recall >= nan",
        "recall > 0.9",
        "recall <= 0.9",
        "recall>=0.9",
        " recall >= 0.9",
        "recall >= 0.9\n",
        "Recall >= 0.9",
        "share >= 0.1",
        "recall >= 0.9 and precision >= 0.9",
        "recall >= \u0660.\u0669",  # Arabic digits are digits to float()
        "recall >= 0.\u0669",
    ],
)
def test_a_statement_that_cannot_be_read_is_refused(statement: str) -> None:
    with pytest.raises(StatementError, match=r" is not 'precision >= x' or 'recall >= x', x in "):
        solve(statement, CURVE)


@pytest.mark.parametrize(
    ("statement", "expected"),
    [
        ("recall >= 0.95", ("recall", 0.95)),
        ("precision >= 1", ("precision", 1.0)),
        ("precision >= 0", ("precision", 0.0)),
    ],
)
def test_a_statement_is_a_quantity_and_a_bound(statement: str, expected: tuple[str, float]) -> None:
    assert parse_statement(statement) == expected


@pytest.mark.parametrize(
    ("statement", "share"),
    [
        ("flag_share <= 0.05", 0.05),
        ("flag_share <= 0.000001", 1e-6),
        ("flag_share <= 1", 1.0),
        ("flag_share <= 1.00", 1.0),
    ],
)
def test_a_budget_is_a_share(statement: str, share: float) -> None:
    assert parse_flag_share(statement) == share


@pytest.mark.parametrize(
    "statement",
    [
        "",
        "flag_share",
        "flag_share <= ",
        "flag_share <= 0",
        "flag_share <= 0.00",
        "flag_share <= 1.01",
        "flag_share <= 5 %",
        "flag_share <= -0.1",
        "flag_share <= 5e-2",
        "flag_share <= nan",
        "flag_share < 0.05",
        "flag_share >= 0.05",
        "flag_share<=0.05",
        "flag_share <= 0.05\n",
        "recall >= 0.9",
        "flag_share <= 0.\u0660\u0665",
    ],
)
def test_a_budget_that_is_no_share_is_refused(statement: str) -> None:
    with pytest.raises(StatementError, match=r" is not 'flag_share <= x', x in \(0, 1\]$"):
        parse_flag_share(statement)


FIVE = np.array([0.0, 1, 0, 1, 1])
SCORES = np.array([0.1, 0.4, 0.55, 0.6, 0.9])


def test_the_best_threshold_makes_the_fewest_mistakes() -> None:
    # From 0.6: one positive is missed. From 0.4: one negative is called positive.
    assert best_threshold(FIVE, SCORES, np.full(5, 0.2)) == 0.6


def test_the_best_threshold_follows_the_weights() -> None:
    weights = np.array([0.1, 0.5, 0.1, 0.15, 0.15])
    assert best_threshold(FIVE, SCORES, weights) == 0.4


def test_comments_of_one_score_stand_on_one_side_of_a_threshold() -> None:
    scores = np.array([0.2, 0.7, 0.7])
    weights = np.array([0.2, 0.3, 0.5])
    assert best_threshold(np.array([0.0, 0, 1]), scores, weights) == 0.7


@any_time
@given(comments=COMMENTS)
def test_no_threshold_has_a_better_accuracy_than_the_best(
    comments: list[tuple[float, bool, float]],
) -> None:
    scores, labels, weights = split(comments)

    def accuracy(threshold: float) -> float:
        return float(weights[(scores >= threshold) == (labels == 1)].sum())

    best = best_threshold(labels, scores, weights)
    assert best in scores
    for other in set(scores.tolist()):
        assert accuracy(other) <= accuracy(best) + 1e-9


@any_time
@given(comments=COMMENTS)
def test_precision_recall_and_share_of_a_curve_are_those_counted(
    comments: list[tuple[float, bool, float]],
) -> None:
    scores, labels, weights = split(comments)
    curve = build_curve(scores, labels, weights)
    for threshold, precision, recall, share in zip(
        *(curve[name] for name in ("threshold", "precision", "recall", "share")), strict=True
    ):
        over = scores >= threshold
        hits = weights[over & (labels == 1)].sum()
        assert precision == pytest.approx(hits / weights[over].sum(), abs=6e-5)
        assert recall == pytest.approx(hits / weights[labels == 1].sum(), abs=6e-5)
        assert share == pytest.approx(weights[over].sum(), abs=6e-7)


@any_time
@given(comments=COMMENTS)
def test_as_a_threshold_rises_recall_and_share_never_do(
    comments: list[tuple[float, bool, float]],
) -> None:
    curve = build_curve(*split(comments))
    assert (np.diff(curve["threshold"]) > 0).all()
    assert (np.diff(curve["recall"]) <= 0).all()
    assert (np.diff(curve["share"]) <= 0).all()


@any_time
@given(comments=COMMENTS)
def test_a_curve_begins_where_every_comment_is_over_the_threshold(
    comments: list[tuple[float, bool, float]],
) -> None:
    scores, labels, weights = split(comments)
    curve = build_curve(scores, labels, weights)
    assert curve["threshold"][0] == scores.min()
    assert curve["recall"][0] == 1
    assert curve["share"][0] == pytest.approx(1)
    assert curve["threshold"][-1] == scores.max()


@any_time
@given(
    comments=COMMENTS,
    quantity=st.sampled_from(["precision", "recall"]),
    hundredths=st.integers(0, 100),
)
def test_a_threshold_keeps_its_statement_and_none_gives_up_less_for_it(
    comments: list[tuple[float, bool, float]], quantity: str, hundredths: int
) -> None:
    curve = build_curve(*split(comments))
    bound = hundredths / 100
    statement = f"{quantity} >= {bound}"
    keeping = [
        threshold
        for threshold, value in zip(curve["threshold"], curve[quantity], strict=True)
        if value >= bound
    ]
    if not keeping:
        with pytest.raises(StatementError, match="no threshold has"):
            solve(statement, curve)
        return
    point = solve(statement, curve)
    assert getattr(point, quantity) >= bound
    assert point.threshold == (max(keeping) if quantity == "recall" else min(keeping))


def test_a_large_set_has_some_hundred_points_from_end_to_end() -> None:
    random = np.random.default_rng(0)
    scores = random.random(20_000)
    labels = (random.random(20_000) < scores).astype(float)
    curve = build_curve(scores, labels, np.full(20_000, 1 / 20_000))
    assert 200 <= len(curve["threshold"]) <= 400
    assert max(-np.diff(curve["recall"])) < 0.02
    assert max(-np.diff(curve["share"])) < 0.02


@pytest.mark.parametrize("attribute", ATTRIBUTES)
def test_the_shipped_curves_rise_and_solve(attribute: str) -> None:
    curve = read_manifest(ARTEFACT)["curves"][attribute]
    assert (np.diff(curve["threshold"]) >= 0).all()
    assert (np.diff(curve["recall"]) <= 0).all()
    assert solve("recall >= 0.9", curve).recall >= 0.9
    assert curve["precision"][0] == pytest.approx(
        read_manifest(ARTEFACT)["prevalence"][attribute], abs=1e-4
    )
