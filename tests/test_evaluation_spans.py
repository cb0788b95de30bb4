"""The F1 of explanations, as SemEval-2021 Task 5 counts it."""

from pathlib import Path

import pandas as pd
import pytest
from evaluated import build_subject
from stubs import StubScorer

from evaluation.spans import character_f1, parse_spans, section, toxic_characters


@pytest.mark.parametrize(
    ("found", "gold", "score"),
    [
        (set(), set(), 1.0),
        ({1}, set(), 0.0),
        (set(), {1}, 0.0),
        ({1, 2}, {1, 2}, 1.0),
        ({1, 2}, {3, 4}, 0.0),
        # Precision 1/2, recall 1/3.
        ({1, 2}, {2, 3, 4}, 2 / 5),
    ],
)
def test_f1_is_one_only_where_both_agree(found: set[int], gold: set[int], score: float) -> None:
    assert character_f1(frozenset(found), frozenset(gold)) == pytest.approx(score)


def test_a_cell_is_a_list_of_offsets() -> None:
    assert parse_spans("[3, 4, 5]") == {3, 4, 5}
    assert parse_spans("[]") == set()


def test_offsets_are_characters_of_python_not_of_javascript() -> None:
    assert toxic_characters("😀 rude 😀", StubScorer()) == {2, 3, 4, 5}


def test_only_the_explanation_of_toxicity_counts() -> None:
    assert toxic_characters("idiot", StubScorer()) == set()


def test_the_files_that_are_there_are_measured(tmp_path: Path) -> None:
    folder = tmp_path / "en" / "civil-toxic-spans"
    folder.mkdir(parents=True)
    rows = [("[0, 1, 2, 3]", "rude!"), ("[]", "rude!"), ("[]", "null")]
    pd.DataFrame(rows, columns=["spans", "text"]).to_csv(folder / "tsd_test.csv", index=False)
    text = section(build_subject(tmp_path))
    assert "| official test | 3 | 2 | 0.6667 |" in text
    assert "| trial" not in text
