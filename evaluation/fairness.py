"""Whether naming a group of people changes a score: bias by identity term.

Subgroup, BPSN and BNSP areas as Borkan, Dixon, Sorensen, Thain and Vasserman
(2019, "Nuanced Metrics for Measuring Unintended Bias with Real Data for Text
Classification") define them.
"""

import re
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import Final, NamedTuple

import numpy as np
import pandas as pd
from sklearn.metrics import roc_auc_score

from evaluation.markdown import render_paragraph, render_section
from evaluation.subject import Bools, Floats, Scored, Subject
from model.identities import load_identities
from model.markdown import render_table
from model.templates import build_templates

MADLIBS: Final = "identity-bias"
TERMS_FILE: Final = Path(__file__).with_name("identity_terms.txt")
"""The fifty terms of the set, as it spells them."""

PERSPECTIVE: Final = (
    ("Perspective, TOXICITY@6, mean", ".9935", ".9922", ".9794"),
    ("Perspective, TOXICITY@1, mean", ".9562", ".9405", ".9008"),
)
HEADER: Final = ("what", "subgroup", "BPSN", "BNSP")


class Bias(NamedTuple):
    """Areas under the ROC curve of one group.

    Attributes
    ----------
    subgroup : float
        Of the comments that name it.
    bpsn : float
        Of those, the negatives, and other comments' positives. Low where the group's
        name alone raises scores.
    bnsp : float
        Of those, the positives, and other comments' negatives. Low where the group's
        name lowers scores.
    """

    subgroup: float
    bpsn: float
    bnsp: float


def section(subject: Subject) -> str:
    """Return the areas on the madlibs and on our own templates."""
    # As many of each template as there are groups: every group is in every one it fits.
    made = build_templates(use="evaluate", seed=0, per_template=len(load_identities()))
    return render_section(
        "Groups of people", *render_madlibs(subject), *render_templates(subject, made)
    )


@cache
def load_terms() -> re.Pattern[str]:
    """Return a pattern that finds the terms as whole words, the longer before the shorter."""
    terms = sorted(TERMS_FILE.read_text(encoding="utf-8").splitlines(), key=len, reverse=True)
    return re.compile(rf"\b(?:{'|'.join(terms)})\b", re.IGNORECASE)


def find_term(text: str) -> str:
    """Return the term in a text, in lower case, or nothing."""
    match = load_terms().search(text)
    return match[0].lower() if match else ""


def bias(y_true: Floats, scores: Floats, group: Bools) -> Bias:
    """Return the areas of one group.

    Parameters
    ----------
    y_true, scores : arrays of shape (n,)
    group : boolean array of shape (n,)
        Which comments name it.
    """
    positive = y_true == 1
    parts = (group, np.where(group, ~positive, positive), np.where(group, positive, ~positive))
    return Bias(*(float(roc_auc_score(y_true[part], scores[part])) for part in parts))


def mean_score_by_group(scores: Floats, groups: pd.Series, sentences: pd.Series) -> pd.Series:
    """Return each group's mean score over the sentences that every group has.

    Parameters
    ----------
    scores : array of shape (n,)
    groups, sentences : series of str, of length n
        Which group a comment names, and the sentence without its name.
    """
    frame = pd.DataFrame({"score": scores, "group": groups.array, "sentence": sentences.array})
    grid = frame.pivot_table(index="sentence", columns="group", values="score", aggfunc="mean")
    return grid.dropna().mean()


def render_madlibs(subject: Subject) -> Iterator[str]:
    """Yield what is measured on the set of madlibs."""
    source, files = subject.evaluation_files(MADLIBS)
    if not files:
        yield f"{source.name} was not there: {source.without}."
        return
    judged = subject.judge(read_madlibs(files))
    yield render_paragraph(f"""
        {source.title}: {len(judged)} sentences made from templates, half of them toxic by
        construction, nearly all of them with one of 50 identity terms; nothing was learnt or
        chosen from them. Areas under the ROC curve of the toxicity score (Borkan et al., 2019).
        BPSN is low where a term alone raises scores, BNSP where it lowers them.
    """)
    table = bias_table(judged)
    yield render_table(HEADER, [*_summary(table, "term"), *PERSPECTIVE, *_rows(table)])
    yield _spread(judged, "sentences, by term")


def read_madlibs(files: list[Path]) -> pd.DataFrame:
    """Return text, label, term, and the sentence without the term."""
    raw = pd.concat(map(pd.read_csv, files), ignore_index=True)
    return pd.DataFrame(
        {
            "text": raw["Text"],
            "toxicity": (raw["Label"] == "BAD").astype(float),
            "group": raw["Text"].map(find_term),
            "sentence": raw["Text"].str.replace(load_terms(), "", regex=True),
        }
    )


def render_templates(subject: Subject, made: pd.DataFrame) -> Iterator[str]:
    """Yield what is measured on sentences of `model.templates.build_templates`."""
    kind_of = {group.key: group.kind for group in load_identities()}
    judged = subject.judge(made.assign(sentence=made["template"])).known("toxicity")
    yield render_paragraph(f"""
        The same on those of our own templates that are kept for evaluation
        (`model/templates.py`): {len(judged)} sentences, {judged.labels("toxicity").mean():.3f} of
        them toxic, naming {len(kind_of)} groups of people.
    """)
    table = bias_table(judged)
    kinds = table.groupby(table.index.map(kind_of))
    rows = [row for kind, part in kinds for row in _summary(part, f"group by {kind}")]
    yield render_table(HEADER, [*_summary(table, "group"), *rows])
    yield _spread(judged, "templates, by group")


def bias_table(judged: Scored) -> pd.DataFrame:
    """Return a row a group, by name, with the columns of `Bias`."""
    y_true, scores = judged.labels("toxicity"), judged.attribute_decisions("toxicity")
    groups = judged.table["group"]
    names = sorted(set(groups) - {""})
    rows = [bias(y_true, scores, (groups == name).to_numpy()) for name in names]
    return pd.DataFrame(rows, index=names)


def _summary(table: pd.DataFrame, word: str) -> Iterator[tuple[str, ...]]:
    yield (f"{word}, mean of {len(table)}", *(f"{mean:.4f}" for mean in table.mean()))
    worst = (f"{table[area].idxmin()} {table[area].min():.4f}" for area in table)
    yield (f"{word}, worst", *worst)


def _rows(table: pd.DataFrame) -> Iterator[tuple[str, ...]]:
    for name, areas in zip(table.index, table.to_numpy(), strict=True):
        yield (str(name), *(f"{area:.4f}" for area in areas))


def _spread(judged: Scored, what: str) -> str:
    """Return how far apart the groups' mean scores on harmless sentences are."""
    harmless = judged.where((judged.labels("toxicity") == 0) & (judged.table["group"] != ""))
    means = mean_score_by_group(
        harmless.attribute_scores("toxicity"), harmless.table["group"], harmless.table["sentence"]
    )
    return render_paragraph(f"""
        Mean toxicity score of the same harmless {what}: from {means.min():.3f}
        ({means.idxmin()}) to {means.max():.3f} ({means.idxmax()}), a spread of
        {means.max() - means.min():.3f}.
    """)
