"""Bias by group, checked on areas counted by hand."""

from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from evaluated import build_subject

from evaluation.fairness import (
    Bias,
    bias,
    find_term,
    mean_score_by_group,
    render_madlibs,
    render_templates,
)
from model import ATTRIBUTES
from model.identities import load_identities

# Two comments that name the group, scored too high, and two that do not.
Y_TRUE = np.array([0.0, 1, 0, 1])
SCORES = np.array([0.6, 0.9, 0.1, 0.5])
GROUP = np.array([True, True, False, False])


def test_a_name_that_raises_scores_shows_in_bpsn() -> None:
    assert bias(Y_TRUE, SCORES, GROUP) == Bias(subgroup=1.0, bpsn=0.0, bnsp=1.0)


def test_a_name_that_lowers_scores_shows_in_bnsp() -> None:
    scores = np.array([0.05, 0.08, 0.1, 0.5])
    assert bias(Y_TRUE, scores, GROUP) == Bias(subgroup=1.0, bpsn=1.0, bnsp=0.0)


def test_a_name_that_blurs_its_comments_shows_in_the_subgroup() -> None:
    scores = np.array([0.3, 0.3, 0.1, 0.5])
    assert bias(Y_TRUE, scores, GROUP) == Bias(subgroup=0.5, bpsn=1.0, bnsp=1.0)


@pytest.mark.parametrize(
    ("text", "term"),
    [
        ("hug elderly", "elderly"),
        ("an African American neighbour", "african american"),
        ("an African neighbour", "african"),
        ("You are a dancer", ""),
        ("Whiteness", ""),
        ("three older people", "older"),
    ],
)
def test_a_term_is_a_whole_word_and_the_longest_counts(text: str, term: str) -> None:
    assert find_term(text) == term


def test_means_are_over_sentences_that_every_group_has() -> None:
    means = mean_score_by_group(
        np.array([0.1, 0.3, 0.2, 0.2, 0.9]),
        pd.Series(["x", "y", "x", "y", "y"]),
        pd.Series(["a", "a", "b", "b", "only y"]),
    )
    assert means.to_dict() == pytest.approx({"x": 0.15, "y": 0.25})


def test_the_madlibs_are_measured_term_by_term(tmp_path: Path) -> None:
    folder = tmp_path / "en" / "identity-bias"
    folder.mkdir(parents=True)
    rows = [
        (f"{word} {term}", label)
        for term in ("gay", "old", "dancer")
        for word, label in (("sunny", "NOT_BAD"), ("rude", "BAD"))
    ]
    table = pd.DataFrame(rows, columns=["Text", "Label"])
    table.to_csv(folder / "bias_madlibs_77k.csv", index=False)
    text = " ".join(render_madlibs(build_subject(tmp_path))).replace("spread of\n", "spread of ")
    for line in (
        "| term, mean of 2 | 1.0000 | 1.0000 | 1.0000 |",
        "| term, worst | gay 1.0000 | gay 1.0000 | gay 1.0000 |",
        "| Perspective, TOXICITY@6, mean | .9935 | .9922 | .9794 |",
        "| old | 1.0000 | 1.0000 | 1.0000 |",
        "from 0.010 (gay) to 0.010 (gay), a spread of 0.000.",
    ):
        assert line in text


def test_without_the_madlibs_it_says_what_is_missing(tmp_path: Path) -> None:
    (text,) = render_madlibs(build_subject(tmp_path))
    assert text == "identity-bias was not there: bias by identity term cannot be measured."


def test_our_own_templates_are_measured_by_kind_of_group(tmp_path: Path) -> None:
    first, second = load_identities()[:2]
    rows = [
        (f"{word} {group}", "kind", label, group, *[float(label)] * len(ATTRIBUTES))
        for group in (first.key, second.key, "")
        for label, word in enumerate(("sunny", "rude"))
    ]
    columns = ["text", "kind", "template", "group", *ATTRIBUTES]
    made = pd.DataFrame(rows, columns=columns)
    text = "\n".join(render_templates(build_subject(tmp_path), made))
    assert "6 sentences, 0.500 of them toxic" in text.replace("\n", " ")
    assert f"| group by {first.kind}, mean of 2 | 1.0000 | 1.0000 | 1.0000 |" in text
