"""Scores mean what they say at one prevalence, curves at the natural ones."""

from typing import Final

import numpy as np
import numpy.typing as npt
import pandas as pd
import pytest

from model import ATTRIBUTES
from model.measures import CALIBRATED_ON, calibrate_heads, collect_validation, measure_heads
from model.prevalence import weights_for_prevalence
from model.scorer import calibrate
from model.validation import Curves, build_curves

Floats = npt.NDArray[np.float64]

SIZE: Final = 3000
NATURAL: Final = {"toxicity": 0.1, **dict.fromkeys(ATTRIBUTES[1:], 0.04)}


def build(split: str = "validation", source: str = CALIBRATED_ON[0]) -> tuple[pd.DataFrame, Floats]:
    """Return labels, far from their prevalence, and decisions that tell them apart alike.

    The decisions are normal with one variance about a mean for each label, so that the
    sigmoid of a line is the probability indeed. They lie on a grid: many are equal.
    """
    random = np.random.default_rng(0)
    table = pd.DataFrame({"split": split, "source": source}, index=range(SIZE))
    toxic = random.random(SIZE) < 0.5
    for attribute in ATTRIBUTES:
        also = random.random(SIZE) < 0.4
        table[attribute] = (toxic if attribute == "toxicity" else toxic & also).astype(float)
    labels = table[list(ATTRIBUTES)].to_numpy()
    decisions = 1.5 * labels + random.normal(size=labels.shape)
    return table, decisions.round(1)


def run(
    prevalence: float, table: pd.DataFrame | None = None, decisions: Floats | None = None
) -> tuple[Floats, Curves]:
    """Return calibration and curves, of other comments if they are given."""
    if table is None or decisions is None:
        table, decisions = build()
    lines = calibrate_heads(table, decisions, NATURAL, prevalence)
    return lines, build_curves(collect_validation(table, decisions, lines), NATURAL)


@pytest.mark.parametrize("prevalence", [0.1, 0.25, 0.5])
def test_scores_are_calibrated_where_each_attribute_has_the_prevalence_of_scores(
    prevalence: float,
) -> None:
    table, decisions = build()
    calibration, _ = run(prevalence)
    for column, attribute in enumerate(ATTRIBUTES):
        y_true, toxic = table[attribute].to_numpy(), table["toxicity"].to_numpy()
        natural = NATURAL[attribute]
        weights = weights_for_prevalence(y_true, toxic, natural, NATURAL["toxicity"])
        weights *= np.where(y_true == 1, prevalence / natural, (1 - prevalence) / (1 - natural))
        scores = calibrate(decisions[:, column], *calibration[column])
        assert weights.sum() == pytest.approx(1)
        assert float(weights @ scores) == pytest.approx(prevalence, abs=0.02), attribute
        # Not only on average: of what scores about a half, about half has the attribute.
        middle = (scores > 0.35) & (scores < 0.65)
        share = np.average(y_true[middle], weights=weights[middle])
        expected = np.average(scores[middle], weights=weights[middle])
        assert share == pytest.approx(expected, abs=0.1), attribute


def test_at_the_natural_prevalence_scores_add_up_to_it() -> None:
    table, decisions = build()
    calibration, _ = run(NATURAL["toxicity"])
    toxic = table["toxicity"].to_numpy()
    weights = weights_for_prevalence(toxic, toxic, NATURAL["toxicity"], NATURAL["toxicity"])
    scores = calibrate(decisions[:, 0], *calibration[0])
    assert float(weights @ scores) == pytest.approx(NATURAL["toxicity"], abs=1e-4)


def test_the_prevalence_of_scores_moves_the_thresholds_of_curves_and_nothing_else() -> None:
    (low, before), (high, after) = run(0.1), run(0.5)
    assert np.array_equal(low[:, 0], high[:, 0])
    # The log-odds of 0.5 are 0, and those of 0.1 are those of 1 to 9.
    assert high[:, 1] - low[:, 1] == pytest.approx(np.full(len(ATTRIBUTES), np.log(9)))
    for attribute in ATTRIBUTES:
        for name in ("precision", "recall", "share"):
            assert before[attribute][name] == after[attribute][name]
        thresholds = (
            np.array(before[attribute]["threshold"]),
            np.array(after[attribute]["threshold"]),
        )
        assert (thresholds[0] < thresholds[1]).all()


def test_curves_are_weighted_to_the_natural_prevalence() -> None:
    _, curves = run(0.25)
    for attribute in ATTRIBUTES:
        # At the lowest threshold everything is flagged: the precision is the prevalence.
        assert curves[attribute]["recall"][0] == 1
        assert curves[attribute]["share"][0] == pytest.approx(1)
        assert curves[attribute]["precision"][0] == pytest.approx(NATURAL[attribute], abs=1e-3)


def test_only_the_validation_comments_of_natural_sources_calibrate() -> None:
    table, decisions = build()
    others = [build(split="test"), build(split="train"), build(source="edos")]
    tables = pd.concat([table, *(other for other, _ in others)], ignore_index=True)
    # What must not count contradicts what does.
    mixed = np.concatenate([decisions, *(-found for _, found in others)])
    found, curves = run(0.25, tables, mixed)
    expected, expected_curves = run(0.25)
    assert found == pytest.approx(expected)
    assert curves == expected_curves


@pytest.mark.parametrize("attribute", ATTRIBUTES)
def test_too_few_positives_to_calibrate_on_are_refused(
    attribute: str,
) -> None:
    table, decisions = build()
    has = table[attribute] == 1
    table.loc[has & (has.cumsum() > 9), attribute] = np.nan
    with pytest.raises(
        ValueError, match=rf"^{attribute} has too few comments to be calibrated on$"
    ):
        calibrate_heads(table, decisions, NATURAL, 0.25)


def test_ten_positives_are_enough() -> None:
    table, decisions = build()
    has = table["threat"] == 1
    table.loc[has & (has.cumsum() > 10), "threat"] = np.nan
    calibration, curves = run(0.25, table, decisions)
    assert calibration.shape == (len(ATTRIBUTES), 2)
    assert set(curves) == set(ATTRIBUTES)


def test_scores_and_labels_are_kept_of_the_comments_that_were_calibrated_on() -> None:
    table, decisions = build()
    table.loc[table.index[::3], "threat"] = np.nan
    table.loc[table.index[::2], "source"] = "edos"
    lines = calibrate_heads(table, decisions, NATURAL, 0.25)
    validation = collect_validation(table, decisions, lines)
    kept = table[table["source"] != "edos"]
    for column, attribute in enumerate(ATTRIBUTES):
        expected = calibrate(decisions[1::2, column], *lines[column])
        assert (validation.scores[:, column] / 1e6).tolist() == expected.tolist()
        assert validation.labels[:, column].tolist() == kept[attribute].fillna(-1).tolist()
    assert [array.dtype.name for array in validation] == ["int32", "int8"]


def test_heads_are_measured_on_the_test_split_of_each_source() -> None:
    table, decisions = build(split="test")
    table.loc[table.index[::2], "source"] = "edos"
    table.loc[table["source"] == "edos", "threat"] = np.nan
    measured = measure_heads(table, decisions)
    rows = {(row["attribute"], row["source"]): row for row in measured}
    assert len(rows) == len(measured)
    assert len(rows) == 2 * len(ATTRIBUTES) - 1
    assert ("threat", "edos") not in rows
    one = table["source"] == "edos"
    insult = rows["insult", "edos"]
    y_true = table.loc[one, "insult"].to_numpy()
    found = decisions[one.to_numpy(), ATTRIBUTES.index("insult")]
    above = found[y_true == 1][:, None] - found[y_true == 0]
    assert insult["comments"] == SIZE / 2
    assert insult["positives"] == y_true.sum()
    # The share of pairs that are in order, equal ones counting half.
    assert insult["roc_auc"] == pytest.approx(((above > 0) + (above == 0) / 2).mean(), abs=1e-4)
    assert insult["average_precision"] > 2 * y_true.mean()


@pytest.mark.parametrize("few", [0.0, 1.0])
def test_a_source_with_too_few_of_a_label_is_not_measured(few: float) -> None:
    table, decisions = build(split="test")
    has = table["insult"] == few
    table.loc[has & (has.cumsum() > 9), "insult"] = np.nan
    measured = {row["attribute"] for row in measure_heads(table, decisions)}
    assert measured == set(ATTRIBUTES) - {"insult"}


def test_comments_that_are_not_of_the_test_split_are_not_measured() -> None:
    assert measure_heads(*build(split="validation")) == []
