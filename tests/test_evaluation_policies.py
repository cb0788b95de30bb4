"""What shipped policies decide on known comments, and what a review budget does."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from evaluated import POLICY, PREVALENCE, build_held_out, build_subject
from test_evaluation_compare import SpreadStub

from evaluation.policies import (
    OUTCOME_HEADER,
    SHARES,
    SHIPPED,
    build_sample,
    outcome_cells,
    review_rows,
    section,
)
from evaluation.subject import Subject, judge
from model import ATTRIBUTES
from service.decision import Action
from service.policy import POLICY_FOLDER, load_policies
from service.policy.sample import Sample


def build(data: Path) -> Subject:
    """Return a subject whose scores are all different, so that any budget has a threshold."""
    held_out = judge(SpreadStub(), POLICY, build_held_out())
    return replace(build_subject(data), held_out=held_out)


def spread(size: int, seed: int) -> Sample:
    """Return comments a tenth of which is toxic, and whose score tells it with mistakes."""
    random = np.random.default_rng(seed)
    y_true = (random.random(size) < 0.5).astype(np.float64)
    scores = np.zeros((size, len(ATTRIBUTES)))
    scores[:, 0] = (1 / (1 + np.exp(-4 * y_true + 2 - 2 * random.normal(size=size)))).round(6)
    weights = np.where(y_true == 1, 0.1, 0.9)
    return Sample(scores, y_true, weights / weights.sum())


def test_outcomes_are_weighted_shares() -> None:
    actions = np.array([Action.ACCEPT, Action.FLAG, Action.REJECT, Action.REJECT, Action.FLAG])
    sample = Sample(
        np.zeros((5, len(ATTRIBUTES))),
        np.array([0.0, 0, 0, 1, 1]),
        np.array([0.4, 0.2, 0.2, 0.1, 0.1]),
    )
    assert dict(zip(OUTCOME_HEADER[1:], outcome_cells(actions, sample), strict=True)) == {
        "accepted": "0.400",
        "flagged": "0.300",
        "rejected": "0.300",
        "toxic among the rejected": "0.333",
        "of the toxic, flagged or rejected": "1.000",
        "of the others, flagged": "0.250",
        "of the others, rejected": "0.250",
    }


def test_of_none_rejected_none_is_toxic() -> None:
    sample = Sample(np.zeros((2, len(ATTRIBUTES))), np.array([0.0, 1]), np.full(2, 0.5))
    assert outcome_cells(np.zeros(2, np.int64), sample)[3] == "none"


def test_the_table_of_outcomes_is_that_of_the_test_split(tmp_path: Path) -> None:
    text = section(build(tmp_path))
    # Every policy rejects no score of 0.95; of 0.6, strict and default flag, too.
    # A toxic comment counts 0.2 / 24, another one 0.8 / 36.
    assert "weighted to a prevalence of toxicity of 0.2." in text.replace("\n", " ")
    assert "| `lenient` | 0.933 | 0.067 | 0.000 | none | 0.333 | 0.000 | 0.000 |" in text
    assert "| `default` | 0.800 | 0.200 | 0.000 | none | 0.667 | 0.083 | 0.000 |" in text
    assert "unhealthy-comments was not there" in text
    for share in ("1 %", "5 %", "10 %", "20 %"):
        assert text.count(f"| {share} | the ") == 3


def test_comments_of_a_newspaper_are_decided_on_by_every_policy(tmp_path: Path) -> None:
    folder = tmp_path / "en" / "unhealthy-comments"
    folder.mkdir(parents=True)
    rows = [("so rude", 1, 0)] * 10 + [("so grumpy", 0, 1)] * 5 + [("so sunny", 0, 1)] * 25
    for name in ("val.csv", "test.csv"):
        table = pd.DataFrame(rows, columns=["comment", "hostile", "healthy"])
        table.to_csv(folder / name, index=False)
    text = section(build(tmp_path))
    assert "The same on 80 comments of a newspaper's readers" in text
    assert "| `lenient` | 0.000 | 0.000 | 0.000 | 1.000 | 0.000 | 0.250 |" in text
    assert "| `default` | 0.000 | 0.167 | 0.000 | 1.000 | 0.000 | 0.375 |" in text


def test_every_shipped_policy_is_in_the_report() -> None:
    assert set(SHIPPED) == set(load_policies(POLICY_FOLDER))


def test_a_sample_is_a_split_at_its_prevalence(tmp_path: Path) -> None:
    subject = build(tmp_path)
    sample = build_sample(subject, "validation")
    assert sample.scores.shape == (60, len(ATTRIBUTES))
    assert sample.weights @ sample.y_true == pytest.approx(PREVALENCE)


def test_a_budget_is_solved_on_the_one_split_and_measured_on_both() -> None:
    validation, test = spread(3000, 0), spread(2000, 1)
    rows = list(review_rows(validation, test))
    assert [row[0] for row in rows] == [f"{100 * share:g} %" for share in SHARES for _ in range(3)]
    for share, shown, *cells in rows:
        flag, reject, flagged, accuracy, test_flagged, test_accuracy, toxic = (
            np.inf if cell == "never" else np.nan if cell == "none" else float(cell)
            for cell in cells
        )
        for sample, expected in (
            (validation, (flagged, accuracy)),
            (test, (test_flagged, test_accuracy)),
        ):
            score = sample.scores[:, 0]
            seen = (score >= flag) & (score < reject)
            right = seen | ((score >= reject) == (sample.y_true == 1))
            found = (sample.weights[seen].sum(), sample.weights[right].sum())
            assert expected == pytest.approx(found, abs=1e-3)
        assert float(share.rstrip(" %")) / 100 >= flagged - 5e-4
        over = test.scores[:, 0] >= reject
        if over.any():
            hits = np.average(test.y_true[over], weights=test.weights[over])
            assert toxic == pytest.approx(hits, abs=1e-3)
        assert (reject == np.inf) == ("none is rejected" in shown or not over.any())
    # That the model decides on its own where it is certain makes the most of a small budget.
    uncertain, most_toxic, _ = (float(row[5]) for row in rows[:3])
    assert uncertain > most_toxic
