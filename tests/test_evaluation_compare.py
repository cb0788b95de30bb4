"""How decisions move between two models."""

import re
from pathlib import Path

import numpy as np
import numpy.typing as npt
import pytest
from corpora import write_every_set
from evaluated import POLICY, RankingStub, build_held_out

from evaluation.compare import (
    SHIPPED_POLICY,
    choose_policy,
    main,
    render_comparison,
    score_rows,
    transitions,
)
from evaluation.subject import judge
from model import ATTRIBUTES
from service.decision import Action
from service.policy import load_policy
from service.settings import ARTEFACTS


class SpreadStub(RankingStub):
    """Raise scores by their place, so that no column of scores is constant."""

    factor = 1.0

    def score(self, texts: list[str]) -> npt.NDArray[np.float64]:
        """Return scores of which the later are a little higher."""
        return self.factor * super().score(texts) + np.arange(len(texts))[:, None] * 1e-6


class MilderStub(SpreadStub):
    """Reject nothing, and flag what was rejected."""

    factor = 0.6


def test_every_move_is_counted_and_what_stays() -> None:
    accept, flag, reject = Action
    old = np.array([accept, accept, flag, reject, reject])
    new = np.array([accept, reject, flag, accept, flag])
    assert transitions(old, new) == [
        "2 (0.400)",  # unchanged
        "0 (0.000)",  # accept to flag
        "1 (0.200)",  # accept to reject
        "0 (0.000)",  # flag to accept
        "0 (0.000)",  # flag to reject
        "1 (0.200)",  # reject to accept
        "1 (0.200)",  # reject to flag
    ]


def test_scores_that_move_together_rank_alike() -> None:
    old = np.tile([[0.1], [0.2], [0.4]], len(ATTRIBUTES))
    new = old + np.array([[0.1], [0.1], [-0.05]])
    rows = score_rows(old, new)
    assert rows[0] == ("toxicity", "0.0833", "0.0500", "1.0000")
    assert [row[0] for row in rows] == list(ATTRIBUTES)


def test_the_same_model_moves_nothing() -> None:
    held_out = build_held_out()
    judged = judge(SpreadStub(), POLICY, held_out)
    text = render_comparison(judged, judged)
    assert "| all | 240 | 240 (1.000) | 0 (0.000) |" in text
    assert "| toxicity | 0.0000 | 0.0000 | 1.0000 |" in text


def test_moves_are_told_by_label_and_by_source() -> None:
    held_out = build_held_out()
    text = render_comparison(
        judge(SpreadStub(), POLICY, held_out), judge(MilderStub(), POLICY, held_out)
    )
    header, _, *rows = text.split("\n\n")[1].splitlines()
    assert header.startswith(
        "| comments | number | unchanged | accept to flag | accept to reject |"
    )
    assert [row.split(" | ")[0] for row in rows] == [
        "| all",
        "| toxic",
        "| not toxic",
        "| news",
        "| talk",
    ]
    # Whoever is rude is only flagged now, whoever is grumpy accepted.
    assert "| 164 (0.683) | 0 (0.000) | 0 (0.000) | 44 (0.183) |" in rows[0]
    assert rows[0].endswith("| 32 (0.133) |")


def test_a_policy_given_is_used_as_it_is() -> None:
    assert choose_policy(SHIPPED_POLICY, RankingStub()) == load_policy(SHIPPED_POLICY)


def test_an_artefact_that_is_not_there_is_named(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main([str(tmp_path / "old"), str(tmp_path)]) == 1
    assert "not compared: " in capsys.readouterr().err


def test_without_data_nothing_is_compared(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main([str(ARTEFACTS / "en"), str(tmp_path)]) == 1
    assert "not compared: no training data" in capsys.readouterr().err


def test_a_model_compared_with_itself_moves_nothing(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    write_every_set(tmp_path)
    assert main([str(ARTEFACTS / "en"), str(tmp_path)]) == 0
    printed = capsys.readouterr().out
    number, unchanged = re.findall(r"^\| all \| (\d+) \| (\d+) \(1.000\)", printed, re.MULTILINE)[0]
    assert number == unchanged
    for attribute in ATTRIBUTES:
        assert f"| {attribute} | 0.0000 | 0.0000 | 1.0000 |" in printed
