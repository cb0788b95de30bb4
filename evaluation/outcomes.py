"""What the shipped policy decides."""

from collections.abc import Iterator
from typing import Final

import numpy as np
import pandas as pd

from evaluation.markdown import render_paragraph, render_section, render_share
from evaluation.ranking import roc_auc
from evaluation.subject import Bools, Floats, Scored, Subject
from model.markdown import render_table
from model.sources import Source
from service.decision import Action
from service.policy.sample import Actions

SOURCE_HEADER: Final = (
    "source",
    "comments",
    "toxic",
    "toxic: rejected",
    "flagged",
    "others: rejected",
    "flagged",
)
OUTCOME_HEADER: Final = (
    "decision",
    "share of all",
    "toxic among them",
    "share of the toxic",
    "share of the others",
)
STRICTEST: Final = (Action.REJECT, Action.FLAG, Action.ACCEPT)
UNHEALTHY: Final = "unhealthy-comments"


def section(subject: Subject) -> str:
    """Return the outcomes on Wikipedia, on every source, and on a newspaper's comments."""
    test = subject.split("test").known("toxicity")
    part = subject.weighted("toxicity")
    actions = subject.wikipedia("test").known("toxicity").actions
    wikipedia = f"""
        Policy `{subject.policy.name}`. Comments are scored whole: the rule on length rejects none
        here. Wikipedia sources, {len(part.y_true)} comments of the test split, weighted to a
        prevalence of toxicity of {part.prevalence}:
    """
    return render_section(
        "What the shipped policy decides",
        render_paragraph(wikipedia),
        render_table(OUTCOME_HEADER, outcome_rows(actions, part.y_true, part.weights)),
        "Every source as it is, test split:",
        render_table(SOURCE_HEADER, _source_rows(test)),
        *_unhealthy(subject),
    )


def outcome_rows(actions: Actions, toxic: Floats, weights: Floats) -> list[list[str]]:
    """Return a row a decision, the mildest first.

    Parameters
    ----------
    actions, toxic, weights : arrays of shape (n,)
        Weights sum to 1.
    """
    positive = toxic == 1
    prevalence = weights[positive].sum()
    rows = []
    for action in Action:
        chosen = actions == action
        share, hits = weights[chosen].sum(), weights[chosen & positive].sum()
        figures = (
            share,
            hits / share if share else np.nan,
            hits / prevalence,
            (share - hits) / (1 - prevalence),
        )
        rows.append([action.label, *(f"{figure:.3f}" for figure in figures)])
    return rows


def _source_rows(test: Scored) -> list[list[object]]:
    rows: list[list[object]] = []
    for source in sorted(test.table["source"].unique()):
        part = test.where(test.table["source"] == source)
        toxic = part.labels("toxicity") == 1
        shares = (
            render_share(part.actions[group] == action)
            for group in (toxic, ~toxic)
            for action in (Action.REJECT, Action.FLAG)
        )
        rows.append([source, len(part), toxic.sum(), *shares])
    return rows


def judge_newspaper(subject: Subject) -> tuple[Source, Scored | None]:
    """Return a newspaper's comments, judged, if they are there, and where they are from."""
    source, files = subject.evaluation_files(UNHEALTHY)
    if not files:
        return source, None
    table = pd.concat(map(pd.read_csv, files)).dropna(subset=["comment"])
    return source, subject.judge(table.assign(text=table["comment"].astype(str)))


def _unhealthy(subject: Subject) -> Iterator[str]:
    """Yield what happens to a newspaper's comments at their natural rate."""
    source, judged = judge_newspaper(subject)
    if judged is None:
        yield f"{source.name} was not there: {source.without}."
        return
    hostile, healthy = (judged.labels(name) == 1 for name in ("hostile", "healthy"))
    yield render_paragraph(f"""
        {source.title}, {len(judged)} comments of a newspaper's readers as they are,
        {hostile.mean():.3f} of them hostile; nothing was learnt or chosen from them:
    """)
    groups: dict[str, Bools] = {"healthy": healthy, "hostile": hostile, "all": healthy | True}
    rows = [
        [
            name,
            group.sum(),
            *(render_share(judged.actions[group] == action) for action in STRICTEST),
        ]
        for name, group in groups.items()
    ]
    yield render_table(("annotated as", "comments", "rejected", "flagged", "accepted"), rows)
    area = roc_auc(hostile.astype(float), judged.attribute_decisions("toxicity"))
    yield f"ROC-AUC of the toxicity score against the label *hostile*: {area}."
