"""The page that says how good the shipped model and policy are."""

import sys
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Final

from evaluation import (
    calibration,
    collaboration,
    disguises,
    fairness,
    mistakes,
    outcomes,
    policies,
    ranking,
    spans,
)
from evaluation.markdown import render_paragraph
from evaluation.plots import save_plots
from evaluation.subject import Subject

FOLDER: Final = Path(__file__).parents[1] / "docs" / "model"
REPORT: Final = FOLDER / "report.md"
PLOTS: Final = FOLDER / "plots"

Section = Callable[[Subject], str]

SECTIONS: Final[tuple[Section, ...]] = (
    outcomes.section,
    ranking.section,
    calibration.section,
    collaboration.section,
    policies.section,
    fairness.section,
    disguises.section,
    spans.section,
    mistakes.section,
)


def write_report(
    subject: Subject, folder: Path = FOLDER, sections: Sequence[Section] = SECTIONS
) -> None:
    """Write ``report.md`` and its ``plots`` into a folder."""
    text = render_report(subject, sections)
    _say("drawing")
    save_plots(subject, folder / PLOTS.name)
    (folder / REPORT.name).write_text(text, encoding="utf-8")
    _say(f"wrote {folder / REPORT.name}")


def render_report(subject: Subject, sections: Sequence[Section] = SECTIONS) -> str:
    """Return the page."""
    parts = [_head(subject)]
    for number, section in enumerate(sections, 1):
        _say(f"{number} of {len(sections)}: {section.__module__.rpartition('.')[2]}")
        parts.append(section(subject))
    return "\n\n".join(parts) + "\n"


def _head(subject: Subject) -> str:
    scorer, manifest = subject.scorer, subject.scorer.manifest
    splits = subject.held_out.table["split"].value_counts()
    wikipedia = " and ".join(f"`{name}`" for name in manifest["calibrated_on"])
    paragraphs = (
        """
        Made by `make evaluate DATA=path` from the model and policy in this repository. Nothing
        here is written by hand, and a test fails when the model has become another.
        """,
        f"""
        Model `{scorer.version}`, policy `{subject.policy.name}`, SHA-256 of the weights
        `{manifest["sha256"]}`.
        """,
        f"""
        Measured on {splits.get("test", 0)} comments of the test split, which neither weights nor
        calibration nor thresholds have seen. Where a threshold is chosen here, it is on
        {splits.get("validation", 0)} comments of the validation split. *Wikipedia sources* are
        {wikipedia}, the comments whose natural prevalence is known; *weighted* means that each
        counts so much that the attribute is as common as there. The
        [model card](README.md) names every set and its licence.
        """,
    )
    return "\n\n".join([f"# How good {scorer.version} is", *map(render_paragraph, paragraphs)])


def _say(sentence: str) -> None:
    print(sentence, file=sys.stderr, flush=True)
