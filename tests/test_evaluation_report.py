"""The page and its figures, made from a small subject."""

import re
from pathlib import Path

import numpy as np
import pytest
from evaluated import PREVALENCE, build_held_out, build_subject
from sklearn.metrics import average_precision_score, roc_auc_score

from evaluation import calibration, collaboration, disguises, mistakes, outcomes, ranking
from evaluation.__main__ import main
from evaluation.plots import save_plots, trade_off
from evaluation.report import render_report, write_report
from evaluation.subject import Weighted
from model import ATTRIBUTES

FIGURES = ("curves.svg", "reliability.svg", "thresholds.svg")


def test_the_head_names_the_model_and_counts_what_it_was_measured_on(tmp_path: Path) -> None:
    text = render_report(build_subject(tmp_path), sections=())
    assert text.startswith("# How good en-stub is\n")
    assert f"`{'0' * 64}`" in text
    assert "on 120 comments of the test split" in text
    assert "*Wikipedia sources* are `talk`" in text.replace("\n", " ")


def test_areas_are_those_of_every_attribute_and_source(tmp_path: Path) -> None:
    subject = build_subject(tmp_path)
    unknown = [name for name in ATTRIBUTES if name not in {"toxicity", "threat"}]
    subject.held_out.table[unknown] = np.nan
    part = subject.split("test").where(subject.split("test").table["source"] == "talk")
    y_true, scores = part.labels("toxicity"), part.attribute_scores("toxicity")
    text = ranking.section(subject)
    row = re.search(r"^\| toxicity \| talk \| 60 \| 24 \| (\S+) .* \| (\S+) ", text, re.MULTILINE)
    assert row
    assert float(row[1]) == pytest.approx(roc_auc_score(y_true, scores), abs=1e-4)
    assert float(row[2]) == pytest.approx(average_precision_score(y_true, scores), abs=1e-4)
    assert "| threat | talk |" in text
    assert "| threat | news |" not in text
    assert "| insult |" not in text


def test_calibration_is_weighted_to_the_prevalence(tmp_path: Path) -> None:
    text = calibration.section(build_subject(tmp_path))
    # From 0.5: 8 toxic at 0.95, 8 at 0.6, and 3 others at 0.6.
    toxic, other = 0.25 / 24, 0.75 / 36
    weight = 16 * toxic + 3 * other
    mean = (8 * toxic * 0.95 + (8 * toxic + 3 * other) * 0.6) / weight
    found = re.search(r"^\| toxicity \| 60 \| 24 \| 0.25 \| (.*) \|$", text, re.MULTILINE)
    assert found
    error, *high = map(float, found[1].split(" | "))
    assert high == pytest.approx([mean, 16 * toxic / weight], abs=1e-3)
    low = 8 * toxic / (8 * toxic + 33 * other)
    grumpy = 8 * toxic / (8 * toxic + 3 * other)
    assert error == pytest.approx(
        (8 * toxic + 33 * other) * abs(low - 0.01)
        + (8 * toxic + 3 * other) * abs(grumpy - 0.6)
        + 8 * toxic * 0.05,
        abs=1e-4,
    )


def test_accuracies_stand_beside_the_published(tmp_path: Path) -> None:
    text = collaboration.section(build_subject(tmp_path))
    # Nothing but `rude` is called toxic: 16 of 24 toxic comments are missed.
    assert "| 0 % | 0.867 | .923 |" in text
    assert "| 1 % |" in text
    assert "| 15 % |" in text


def test_two_runs_draw_the_same_bytes(tmp_path: Path) -> None:
    subject = build_subject(tmp_path)
    for run in ("first", "second"):
        save_plots(subject, tmp_path / run)
    for name in FIGURES:
        first = (tmp_path / "first" / name).read_bytes()
        assert first == (tmp_path / "second" / name).read_bytes()


def test_a_score_on_a_threshold_is_over_it() -> None:
    part = Weighted(
        y_true=np.array([0.0, 1, 1]),
        scores=np.array([0.2, 0.5, 0.8]),
        weights=np.array([0.6, 0.2, 0.2]),
        prevalence=0.4,
    )
    share, precision, recall = trade_off(part, np.array([0.0, 0.5, 0.8, 0.9]))
    assert share == pytest.approx([1.0, 0.4, 0.2, 0.0])
    assert precision == pytest.approx([0.4, 1.0, 1.0, np.nan], nan_ok=True)
    assert recall == pytest.approx([1.0, 1.0, 0.5, 0.0])


def test_weights_bring_a_split_to_its_prevalence(tmp_path: Path) -> None:
    part = build_subject(tmp_path).weighted("toxicity", "validation")
    assert part.weights.sum() == pytest.approx(1)
    assert part.weights @ part.y_true == pytest.approx(PREVALENCE)


def test_without_data_nothing_is_written(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main([str(tmp_path)]) == 1
    assert "not evaluated: no training data" in capsys.readouterr().err


def test_the_page_is_written_with_the_figures_beside_it(tmp_path: Path) -> None:
    subject = build_subject(tmp_path)
    write_report(subject, tmp_path, [calibration.section])
    page = (tmp_path / "report.md").read_text(encoding="utf-8")
    assert page == render_report(subject, [calibration.section])
    assert sorted(path.name for path in (tmp_path / "plots").iterdir()) == list(FIGURES)


def test_no_comment_stands_in_the_report(tmp_path: Path) -> None:
    sections = [
        module.section for module in (outcomes, calibration, collaboration, disguises, mistakes)
    ]
    text = render_report(build_subject(tmp_path), sections)
    assert not any(comment in text for comment in build_held_out()["text"])
