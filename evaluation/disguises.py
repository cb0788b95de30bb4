"""What hiding a word does to a decision."""

import re
from collections.abc import Iterator
from typing import Final

import numpy as np
import pandas as pd

from evaluation.markdown import render_paragraph, render_section, render_share
from evaluation.subject import Scored, Subject
from model import ATTRIBUTES
from model.disguise import KINDS, disguise
from model.markdown import render_table
from model.scorer import TextScorer
from service.decision import Action

MAX_WORDS: Final = 2
"""How many words of a comment are hidden at most."""

_WORD: Final = re.compile(r"\w+")

SHARE: Final = 0.5
"""The share of the strongest word's contribution that makes a second one worth hiding."""

HEADER: Final = (
    "copies",
    "comments",
    "toxicity: over reject",
    "over flag",
    "any attribute: rejected",
    "rejected or flagged",
    "got past",
)
INTRODUCTION: Final = """
    The toxic comments of the Wikipedia sources' test split, and a copy of each for each kind of
    disguise of `model/disguise.py`, in which the one or two words that raise toxicity most are
    hidden, as somebody would who wants to get past the model. A copy that the disguise leaves as
    it was is not counted. Shares are of the row's comments, unweighted: recall for the toxic,
    false positives for the others. *Got past* is the share accepted of those whose clean comment
    is flagged or rejected.
"""


def section(subject: Subject) -> str:
    """Return recall on clean comments and on disguised copies."""
    test = subject.wikipedia("test").known("toxicity")
    toxic = test.where(test.labels("toxicity") == 1)
    words = [strongest_words(text, subject.scorer) for text in toxic.table["text"]]
    hidden = subject.judge(pd.concat(disguised_copies(toxic, words)))
    groups = {
        "toxic, clean": toxic,
        "toxic, disguised, all kinds": hidden,
        **{f"toxic, {kind}": hidden.where(hidden.table["kind"] == kind) for kind in KINDS},
        "not toxic, clean": test.where(test.labels("toxicity") == 0),
    }
    rows = [(name, *_row(subject, group)) for name, group in groups.items()]
    return render_section(
        "Disguised words", render_paragraph(INTRODUCTION), render_table(HEADER, rows)
    )


def strongest_words(text: str, scorer: TextScorer) -> set[str]:
    """Return the one or two words that raise toxicity most, in lower case.

    Words are those of `model.disguise`: letters, digits and nothing else.
    """
    parts = scorer.contributions(text)
    values = parts.values[:, ATTRIBUTES.index("toxicity")]  # noqa: PD011 - not a DataFrame's
    sums = np.concatenate([[0.0], values.cumsum()])
    found: dict[str, float] = {}
    for match in _WORD.finditer(text):
        first, last = np.searchsorted(parts.begins, match.span())
        word = match[0].lower()
        found[word] = max(found.get(word, 0.0), float(sums[last] - sums[first]))
    least = SHARE * max(found.values(), default=0.0)
    ranked = sorted(found, key=found.__getitem__, reverse=True)[:MAX_WORDS]
    return {word for word in ranked if 0 < least <= found[word]}


def disguised_copies(clean: Scored, words: list[set[str]]) -> Iterator[pd.DataFrame]:
    """Yield disguised copies of a kind: text, kind, and whether the clean comment was caught.

    A copy that the disguise leaves as it was is left out.
    """
    texts = clean.table["text"]
    for kind in KINDS:
        rng = np.random.default_rng(0)
        pairs = zip(texts, words, strict=True)
        copies = pd.DataFrame(
            {
                "text": [disguise(text, hidden, rng, kind) for text, hidden in pairs],
                "kind": kind,
                "caught": clean.actions >= Action.FLAG,
            }
        )
        yield copies[copies["text"] != texts]


def _row(subject: Subject, group: Scored) -> list[str]:
    bands = subject.policy.toxicity
    scores = group.attribute_scores("toxicity")
    points = (bands.reject, bands.flag) if bands else (None, None)
    shares = [f"{np.mean(scores >= point.threshold):.3f}" if point else "none" for point in points]
    decided = (f"{np.mean(group.actions >= action):.3f}" for action in (Action.REJECT, Action.FLAG))
    return [f"{len(group)}", *shares, *decided, _got_past(group)]


def _got_past(group: Scored) -> str:
    """Return the share accepted of copies whose clean comment was not."""
    if "caught" not in group.table:
        return ""
    caught = group.table["caught"].to_numpy(bool)
    return render_share(group.actions[caught] == Action.ACCEPT)
