"""What is decided on whom, and the mistakes among it."""

from pathlib import Path

import numpy as np
import pandas as pd
from evaluated import POLICY, build_subject

from evaluation import mistakes, outcomes
from model import ATTRIBUTES
from service.decision import Action
from service.policy.sample import decide_all


def test_outcomes_are_weighted() -> None:
    actions = np.array([Action.ACCEPT, Action.ACCEPT, Action.FLAG, Action.REJECT])
    toxic = np.array([0.0, 1, 0, 1])
    weights = np.array([0.6, 0.1, 0.2, 0.1])
    assert outcomes.outcome_rows(actions, toxic, weights) == [
        ["accept", "0.700", "0.143", "0.500", "0.750"],
        ["flag", "0.200", "0.000", "0.000", "0.250"],
        ["reject", "0.100", "1.000", "0.500", "0.000"],
    ]


def test_an_action_that_nobody_gets_has_no_share_of_the_toxic() -> None:
    actions = np.array([Action.ACCEPT, Action.FLAG])
    rows = outcomes.outcome_rows(actions, np.array([0.0, 1]), np.array([0.5, 0.5]))
    assert rows[2] == ["reject", "0.000", "nan", "0.000", "0.000"]


def test_decisions_are_those_of_the_service() -> None:
    scores = np.full((3, len(ATTRIBUTES)), 0.1)
    scores[1, -1], scores[2, 3] = 0.5, 0.9
    assert decide_all(scores, POLICY).tolist() == [Action.ACCEPT, Action.FLAG, Action.REJECT]


def test_the_outcomes_are_those_of_the_test_split(tmp_path: Path) -> None:
    text = outcomes.section(build_subject(tmp_path))
    # A toxic comment counts 0.2 / 24, another one 0.8 / 36.
    assert "| reject | 0.067 | 1.000 | 0.333 | 0.000 |" in text
    assert "| flag | 0.133 | 0.500 | 0.333 | 0.083 |" in text
    assert "| news | 60 | 24 | 0.333 | 0.333 | 0.000 | 0.083 |" in text
    assert "unhealthy-comments was not there" in text


def test_comments_of_a_newspaper_are_decided_on(tmp_path: Path) -> None:
    folder = tmp_path / "en" / "unhealthy-comments"
    folder.mkdir(parents=True)
    rows = [("so rude", 1, 0)] * 10 + [("so sunny", 0, 1)] * 30
    for name in ("val.csv", "test.csv"):
        table = pd.DataFrame(rows, columns=["comment", "hostile", "healthy"])
        table.to_csv(folder / name, index=False)
    text = outcomes.section(build_subject(tmp_path))
    assert "| hostile | 20 | 1.000 | 0.000 | 0.000 |" in text
    assert "| all | 80 | 0.250 | 0.000 | 0.750 |" in text
    assert "against the label *hostile*: 1.0000 (1.000 to 1.000)." in text


def test_mistakes_are_counted_by_kind(tmp_path: Path) -> None:
    text = mistakes.section(build_subject(tmp_path))
    assert "rejected: 0 of 72," in text.replace("\n", " ")
    assert "accepted: 16 of 48," in text.replace("\n", " ")
    assert "| 0 to 49 | 48 | 16 | 0.333 | 0.010 |" in text
    assert "| talk | 24 | 8 | 0.333 | 0.010 |" in text
    assert "| with threat | 24 | 8 | 0.333 | 0.010 |" in text
    assert "without threat" not in text


def test_wrong_rejects_are_counted_by_source_and_cause() -> None:
    sources = pd.Series(["a", "b", "a", "a"])
    rejected = np.array([True, False, True, False])
    rows = mistakes.rejected_rows(sources, rejected, ["insult", "threat"])
    assert rows == [("a", 3, 2, 0, 0, 0, 1, 0, 1)]


def test_the_attribute_farthest_over_its_threshold_is_the_cause(tmp_path: Path) -> None:
    judged = build_subject(tmp_path).judge(pd.DataFrame({"text": ["rude", "idiot, grumpy"]}))
    assert mistakes.leading_attributes(judged, POLICY) == ["toxicity", "insult"]


def test_a_length_on_a_border_is_in_the_upper_band() -> None:
    bands = mistakes.length_bands(pd.Series([0, 49, 50, 1500, 9000]))
    assert {name: band.tolist() for name, band in bands.items()} == {
        "0 to 49": [True, True, False, False, False],
        "50 to 199": [False, False, True, False, False],
        "1500 and longer": [False, False, False, True, True],
    }
