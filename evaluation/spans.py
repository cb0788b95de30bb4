"""Whether the words an explanation names are those that people marked as toxic."""

import json
from pathlib import Path
from typing import Final

import numpy as np
import pandas as pd

from evaluation.markdown import render_paragraph, render_section
from evaluation.subject import Subject
from model.markdown import render_table
from model.scorer import TextScorer
from service.explanation import MAX_SPANS, SHARE, explain

FOLDER: Final = Path("en", "civil-toxic-spans")
FILES: Final = {
    "tsd_trial.csv": "trial, where the rule was chosen",
    "tsd_test.csv": "official test",
}
PUBLISHED: Final = (
    ("official test, best of 36 systems", "2000", "", ".7083"),
    ("official test, median system", "2000", "", ".676"),
)
HEADER: Final = ("file", "comments", "without a marked span", "F1")

INTRODUCTION: Final = f"""
    Do the served explanations name the words that people marked? Toxic Spans Detection
    (Pavlopoulos et al., 2021, SemEval-2021 Task 5), comments of Civil Comments: F1 of characters,
    a mean over comments; where nobody marked anything, 1 if nothing is named and 0 otherwise.
    What is measured is `service.explanation.explain` for toxicity as it is served: the words that
    add at least {SHARE:g} of what the strongest adds, neighbours joined, at most {MAX_SPANS}
    spans. The share was chosen on the trial and training files. The published systems learnt from
    marked spans; this model never saw one.
"""

_LAST_OF_BMP: Final = 0xFFFF

Characters = frozenset[int]


def section(subject: Subject) -> str:
    """Return the F1 of the served explanations."""
    rows: list[tuple[object, ...]] = []
    for file, name in FILES.items():
        path = subject.data / FOLDER / file
        if path.is_file():
            table = pd.read_csv(path, keep_default_na=False)
            gold = [parse_spans(spans) for spans in table["spans"]]
            found = [toxic_characters(text, subject.scorer) for text in table["text"]]
            scores = [character_f1(*pair) for pair in zip(found, gold, strict=True)]
            empty = sum(not marked for marked in gold)
            rows.append((name, len(table), empty, f"{np.mean(scores):.4f}"))
    return render_section(
        "Explanations",
        render_paragraph(INTRODUCTION),
        render_table(HEADER, [*rows, *PUBLISHED]),
    )


def parse_spans(cell: str) -> Characters:
    """Return the character offsets of a cell such as ``[3, 4, 5]``."""
    return frozenset(json.loads(cell))


def toxic_characters(text: str, scorer: TextScorer) -> Characters:
    """Return the offsets, in Python characters, that the explanation of toxicity covers."""
    wide = np.frombuffer(text.encode("utf-32-le", "surrogatepass"), np.uint32) > _LAST_OF_BMP
    characters = np.repeat(np.arange(len(text)), 1 + wide)  # by UTF-16 unit
    return frozenset(
        offset
        for span in explain(text, scorer)
        if span.attribute == "toxicity"
        for offset in characters[span.begin : span.end].tolist()
    )


def character_f1(found: Characters, gold: Characters) -> float:
    """Return the F1 of one text, as SemEval-2021 Task 5 counts it.

    Without gold it is 1 if nothing was found and 0 otherwise.
    """
    if not gold:
        return float(not found)
    return 2 * len(found & gold) / (len(found) + len(gold))
