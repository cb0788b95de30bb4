"""The weights of one attribute: hand-computed ratios, plain regression, and offsets."""

from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd
import pytest
from scipy import sparse
from sklearn.linear_model import LogisticRegression

from model.features import Matrix
from model.heads import fit_head, log_ratios

Floats = npt.NDArray[np.float64]

PLAIN: dict[str, Any] = {"c": 1.0, "tilt": 0.0, "sources": {"a": 1.0}}


def build_features(rows: Floats) -> Matrix:
    return sparse.csr_array(rows.astype(np.float32))


def draw(seed: int, count: int, share: float) -> tuple[Floats, Floats]:
    """Return features of which the first tells most, and labels, `share` of them positive."""
    random = np.random.default_rng(seed)
    labels = (random.random(count) < share).astype(float)
    chances = np.column_stack([np.where(labels == 1, p, q) for p, q in ((0.8, 0.2), (0.4, 0.3))])
    chances = np.column_stack([chances, np.full((count, 3), 0.5)])
    features = np.where(random.random(chances.shape) < chances, 0.5, 0.0)
    return features, labels


def build_training(**labels: Floats) -> pd.DataFrame:
    """Return a source of each name, with these labels of insult."""
    parts = [pd.DataFrame({"source": name, "insult": y}) for name, y in labels.items()]
    return pd.concat(parts, ignore_index=True)


def test_log_ratios_are_those_computed_by_hand() -> None:
    features = build_features(np.array([[0.5, 0, 2.0], [3.0, 0, 0], [0, 0, 0.1], [1.0, 0, 0]]))
    labels, weight = np.array([1, 1, 0, 0]), np.array([1.0, 0.5, 2.0, 1.0])
    # (1 + weight of the positives that have it) / (2 + weight of the positives), by the others'.
    expected = np.log([(2.5 / 3.5) / (2 / 5), (1 / 3.5) / (1 / 5), (2 / 3.5) / (3 / 5)])
    assert log_ratios(features, labels, weight) == pytest.approx(expected)


def test_an_ngram_that_positive_comments_have_more_often_has_a_ratio_above_zero() -> None:
    features, labels = draw(0, 500, 0.5)
    ratios = log_ratios(build_features(features), labels.astype(int), np.ones(500))
    swapped = log_ratios(build_features(features), 1 - labels.astype(int), np.ones(500))
    assert ratios[0] > 1 > ratios[1] > 0
    assert swapped == pytest.approx(-ratios)


def test_without_a_tilt_it_is_plain_logistic_regression() -> None:
    features, labels = draw(1, 400, 0.3)
    found = fit_head(build_features(features), build_training(a=labels), "insult", PLAIN)
    model = LogisticRegression(C=1.0, tol=1e-8, max_iter=1000).fit(features, labels)
    assert found.weights == pytest.approx(model.coef_[0], abs=2e-3)
    assert found.intercept == pytest.approx(model.intercept_[0], abs=2e-3)
    assert found.comments == 400
    assert found.iterations > 0


def test_a_tilt_holds_back_what_tells_little_and_not_what_tells_much() -> None:
    features, labels = draw(2, 400, 0.3)
    matrix, training = build_features(features), build_training(a=labels)
    plain = fit_head(matrix, training, "insult", PLAIN).weights
    tilted = fit_head(matrix, training, "insult", {**PLAIN, "tilt": 1.0}).weights
    ratios = np.abs(log_ratios(matrix, labels.astype(int), np.ones(400)))
    assert ratios[0] > 1
    assert tilted[0] > plain[0]
    assert (ratios[2:] < 0.5).all()
    assert np.abs(tilted[2:]).sum() < 0.5 * np.abs(plain[2:]).sum()


def test_a_tilt_multiplies_columns_and_weights_alike() -> None:
    features, labels = draw(3, 400, 0.3)
    head = {**PLAIN, "tilt": 0.5}
    found = fit_head(build_features(features), build_training(a=labels), "insult", head)
    ratios = log_ratios(build_features(features), labels.astype(int), np.ones(400))
    tilt = np.sqrt(np.abs(ratios))
    model = LogisticRegression(C=1.0, tol=1e-8, max_iter=1000).fit(features * tilt, labels)
    assert found.weights == pytest.approx(model.coef_[0] * tilt, abs=2e-3)


def test_fitting_leaves_the_features_as_they_were() -> None:
    # Heads are fitted side by side on the same ones.
    features, labels = draw(4, 100, 0.5)
    matrix = build_features(features)
    before = matrix.toarray()
    fit_head(matrix, build_training(a=labels), "insult", {**PLAIN, "tilt": 1.0})
    assert np.array_equal(matrix.toarray(), before)


def test_a_source_with_an_offset_does_not_shift_the_intercept() -> None:
    own, labels = draw(5, 2000, 0.05)
    other, positives = draw(6, 2000, 0.9)
    matrix = build_features(np.concatenate([own, other]))
    training = build_training(a=labels, b=positives)
    both = {**PLAIN, "sources": {"a": 1.0, "b": 1.0}}
    alone = fit_head(matrix, training, "insult", PLAIN).intercept
    shifted = fit_head(matrix, training, "insult", both).intercept
    offset = fit_head(matrix, training, "insult", {**both, "offsets": ["b"]})
    assert shifted > alone + 1
    assert offset.intercept == pytest.approx(alone, abs=0.35)
    # Its comments are learnt from nevertheless, and its own column is left out.
    assert offset.comments == 4000
    assert offset.weights.shape == (matrix.shape[1],)
    assert offset.weights[0] > 4


def test_comments_count_as_much_as_their_source() -> None:
    features, labels = draw(7, 300, 0.4)
    matrix = build_features(np.concatenate([features, features]))
    twice = {**PLAIN, "sources": {"a": 0.5, "b": 0.5}}
    halves = fit_head(matrix, build_training(a=labels, b=labels), "insult", twice)
    whole = fit_head(build_features(features), build_training(a=labels), "insult", PLAIN)
    assert halves.weights == pytest.approx(whole.weights, abs=2e-3)
    assert halves.intercept == pytest.approx(whole.intercept, abs=2e-3)


def test_unknown_labels_and_sources_that_are_not_named_have_no_part() -> None:
    features, labels = draw(8, 300, 0.4)
    noise = np.ones((200, features.shape[1]))
    unknown = np.full(100, np.nan)
    matrix = build_features(np.concatenate([features, noise]))
    training = build_training(a=np.concatenate([labels, unknown]), b=np.ones(100))
    found = fit_head(matrix, training, "insult", PLAIN)
    alone = fit_head(build_features(features), build_training(a=labels), "insult", PLAIN)
    assert found.comments == 300
    assert found.weights == pytest.approx(alone.weights, abs=1e-6)


@pytest.mark.parametrize("label", [0.0, 1.0, np.nan])
def test_an_attribute_with_one_label_is_refused(label: float) -> None:
    features, labels = draw(9, 20, 0.5)
    matrix = build_features(np.concatenate([features, features]))
    # The other source has both labels, but the head does not name it.
    training = build_training(a=np.full(20, label), b=labels)
    message = "^insult has no positive, or no negative, comment to learn from$"
    with pytest.raises(ValueError, match=message):
        fit_head(matrix, training, "insult", PLAIN)
