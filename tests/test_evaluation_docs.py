"""The report in the repository is about the model in the repository."""

import itertools
import re

import pytest

from evaluation.policies import OUTCOME_HEADER, REVIEW_HEADER, review_rows
from evaluation.report import PLOTS, REPORT
from model.artefact import load_validation, read_manifest
from service.policy.sample import sample_validation
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


def find_table(text: str, *header: str) -> str:
    """Return a table of a page, header and all."""
    lines = iter(text.splitlines())
    begin = f"| {' | '.join(header)} |"
    table = itertools.takewhile(
        lambda line: line.startswith("|"), itertools.dropwhile(lambda line: line != begin, lines)
    )
    return "\n".join(table)


def test_the_budgets_of_the_report_are_those_that_the_shipped_model_gives(report: str) -> None:
    table = find_table(report, *REVIEW_HEADER)
    found = [line.strip("| ").split(" | ") for line in table.splitlines()[2:]]
    sample = sample_validation(
        load_validation(ARTEFACTS / "en"), MANIFEST["prevalence"]["toxicity"]
    )
    # The columns up to the accuracy on the validation split; the others need the data.
    assert [row[:6] for row in found] == [list(row[:6]) for row in review_rows(sample, sample)]


@pytest.mark.parametrize("header", [OUTCOME_HEADER, REVIEW_HEADER], ids=lambda header: header[0])
def test_the_tables_of_the_page_on_policies_are_those_of_the_report(
    report: str, header: tuple[str, ...]
) -> None:
    table = find_table(report, *header)
    assert table.count("\n") > 3
    assert table in (REPORT.parents[1] / "policies.md").read_text(encoding="utf-8")


def test_every_figure_is_there_and_small_enough_to_be_read_online(report: str) -> None:
    figures = re.findall(r"!\[[^]]+\]\(plots/([\w.]+)\)", report)
    assert sorted(figures) == sorted(path.name for path in PLOTS.iterdir())
    assert sum(path.stat().st_size for path in PLOTS.iterdir()) < 1_500_000
