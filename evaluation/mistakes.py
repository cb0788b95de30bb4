"""The worst mistakes by kind, counted: comments rejected or accepted that must not be."""

from collections.abc import Iterable, Mapping
from typing import Final

import numpy as np
import pandas as pd

from evaluation.markdown import render_paragraph, render_section
from evaluation.subject import Bools, Scored, Subject
from model import ATTRIBUTES
from model.markdown import render_table
from service.decision import Action, decide
from service.policy import Policy

LENGTHS: Final = (0, 50, 200, 500, 1500)
"""Where bands of length begin, in characters."""

REJECTED_HEADER: Final = ("source", "not toxic", "rejected", *ATTRIBUTES)
ACCEPTED_HEADER: Final = ("toxic comments", "number", "accepted", "share", "their mean score")
_OTHER: Final = tuple(attribute for attribute in ATTRIBUTES if attribute != "toxicity")


def section(subject: Subject) -> str:
    """Return the tables of comments rejected and accepted wrongly."""
    test = subject.split("test").known("toxicity")
    toxic = test.where(test.labels("toxicity") == 1)
    calm = test.where(test.labels("toxicity") == 0)
    sources = calm.table["source"]
    rejected = calm.actions == Action.REJECT
    causes = leading_attributes(calm.where(rejected), subject.policy)
    kinds: dict[str, Mapping[str, Bools]] = {
        "length": length_bands(toxic.table["text"].str.len()),
        "source": by_value(toxic.table["source"]),
        "label": label_kinds(toxic.table),
    }
    accepted = [row for groups in kinds.values() for row in accepted_rows(toxic, groups)]
    wrong = f"""
        Test split, every source as it is, counted by kind. Not toxic by its label, yet rejected:
        {rejected.sum()} of {len(calm)}, by source and by the attribute that fixed the decision.
        Some of these labels are wrong themselves.
    """
    missed = f"""
        Toxic by its label, yet accepted: {(toxic.actions == Action.ACCEPT).sum()} of
        {len(toxic)}, by length in characters, by source, and by what else the label says where
        it is known. A comment is in several rows.
    """
    return render_section(
        "The worst mistakes",
        render_paragraph(wrong),
        render_table(REJECTED_HEADER, rejected_rows(sources, rejected, causes)),
        render_paragraph(missed),
        render_table(ACCEPTED_HEADER, accepted),
    )


def leading_attributes(judged: Scored, policy: Policy) -> list[str]:
    """Return the attribute that fixed the decision on each comment, one that fired a rule."""
    rows = (dict(zip(ATTRIBUTES, row, strict=True)) for row in judged.scores.tolist())
    return [str(decide(row, policy).reasons[0].attribute) for row in rows]


def rejected_rows(
    sources: pd.Series, rejected: Bools, causes: Iterable[str]
) -> list[tuple[object, ...]]:
    """Return a row a source with a wrong reject, the most first.

    Parameters
    ----------
    sources : series of shape (n,)
        Of the comments that are not toxic.
    rejected : boolean array of shape (n,)
    causes : iterable of str
        The attribute behind each reject.
    """
    wrong = pd.DataFrame({"source": sources[rejected].array, "cause": list(causes)})
    totals = sources.value_counts()
    counts = wrong.value_counts()
    return [
        (
            source,
            int(totals.loc[str(source)]),
            number,
            *(int(counts.get((source, attribute), 0)) for attribute in ATTRIBUTES),
        )
        for source, number in wrong["source"].value_counts().items()
    ]


def accepted_rows(toxic: Scored, groups: Mapping[str, Bools]) -> list[tuple[object, ...]]:
    """Return a row a group of toxic comments: how many were accepted, and their mean score."""
    accepted = toxic.actions == Action.ACCEPT
    scores = toxic.attribute_scores("toxicity")
    rows: list[tuple[object, ...]] = []
    for name, group in groups.items():
        missed = group & accepted
        mean = f"{scores[missed].mean():.3f}" if missed.any() else "none"
        rows.append((name, group.sum(), missed.sum(), f"{missed.sum() / group.sum():.3f}", mean))
    return rows


def length_bands(lengths: pd.Series) -> dict[str, Bools]:
    """Return who is in which band of length, bands without a comment left out."""
    band = np.searchsorted(LENGTHS, lengths.to_numpy(), side="right") - 1
    ends = [f"to {end - 1}" for end in LENGTHS[1:]] + ["and longer"]
    names = [f"{begin} {end}" for begin, end in zip(LENGTHS, ends, strict=True)]
    return {name: band == index for index, name in enumerate(names) if (band == index).any()}


def by_value(values: pd.Series) -> dict[str, Bools]:
    """Return who has which value, in the order of the alphabet."""
    return {str(value): (values == value).to_numpy() for value in sorted(values.unique())}


def label_kinds(table: pd.DataFrame) -> dict[str, Bools]:
    """Return who is labelled with and without each other attribute, kinds without one left out."""
    kinds = {
        f"{word} {attribute}": (table[attribute] == label).to_numpy()
        for attribute in _OTHER
        for word, label in (("with", 1), ("without", 0))
    }
    return {name: group for name, group in kinds.items() if group.any()}
