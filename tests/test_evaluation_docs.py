"""The report in the repository is about the model in the repository."""

import re

import pytest

from evaluation.report import PLOTS, REPORT
from model.artefact import read_manifest
from service.settings import ARTEFACTS

MANIFEST = read_manifest(ARTEFACTS / "en")
STALE = "docs/model/report.md is of another model: make evaluate DATA=path"


@pytest.fixture(scope="module")
def report() -> str:
    return REPORT.read_text(encoding="utf-8")


def test_the_report_is_about_the_shipped_weights(report: str) -> None:
    assert f"`{MANIFEST['sha256']}`" in report, STALE
    assert report.startswith(f"# How good {MANIFEST['language']}-{MANIFEST['version']} is\n")


def test_the_areas_of_the_report_are_those_of_the_manifest(report: str) -> None:
    for row in MANIFEST["metrics"]:
        counts = (
            f"| {row['attribute']} | {row['source']} | {row['comments']} | {row['positives']} |"
        )
        areas = rf" {row['roc_auc']:.4f} \(.*\) \| {row['average_precision']:.4f} \("
        assert re.search(re.escape(counts) + areas, report), STALE


def test_calibration_is_measured_at_the_prevalence_that_scores_assume(report: str) -> None:
    calibration = report.partition("## Calibration\n")[2].partition("\n## ")[0]
    prevalence = MANIFEST["calibration"]["prevalence"]
    for attribute in MANIFEST["attributes"]:
        found = re.search(
            rf"^\| {attribute} \| \d+ \| \d+ \| ([\d.]+) \|", calibration, re.MULTILINE
        )
        assert found
        assert float(found[1]) == prevalence


def test_the_decisions_of_the_readme_are_those_of_the_report(report: str) -> None:
    readme = (REPORT.parents[2] / "README.md").read_text(encoding="utf-8")
    for decision in ("accept", "flag", "reject"):
        figures = re.search(rf"^\| {decision} \|([\d.| ]+)\|", report, re.MULTILINE)
        assert figures
        shares = [float(figure) for figure in figures[1].split("|")][:3]
        row = f"| {decision} | " + " | ".join(f"{100 * share:.1f} %" for share in shares) + " |"
        assert row in readme


def test_every_figure_is_there_and_small_enough_to_be_read_online(report: str) -> None:
    figures = re.findall(r"!\[[^]]+\]\(plots/([\w.]+)\)", report)
    assert sorted(figures) == sorted(path.name for path in PLOTS.iterdir())
    assert sum(path.stat().st_size for path in PLOTS.iterdir()) < 1_500_000
