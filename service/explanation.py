"""Which words of a comment raised its scores."""

from typing import Final, NamedTuple

import msgspec
import numpy as np
import numpy.typing as npt

from model.scorer import TextScorer
from service.length import utf16_offsets

MAX_SPANS: Final = 5
"""How many spans an attribute has at most, the strongest."""

SHARE: Final = 0.5
"""The share of the strongest word's contribution that a word must reach.

Chosen for the best agreement with words that people marked as toxic, on the trial
and training files of SemEval-2021 Task 5; docs/model/report.md has that of the test.
"""


class Span(msgspec.Struct, frozen=True):
    """A piece of the text that raised an attribute.

    Attributes
    ----------
    begin, end : int
        UTF-16 code units into the text as sent, `end` exclusive.
    attribute : str
    weight : float, over 0
        What the piece adds to the attribute's log-odds, before calibration.
    """

    begin: int
    end: int
    attribute: str
    weight: float


class WordWeights(NamedTuple):
    """What each word of a text adds to the log-odds of each attribute, before calibration.

    Attributes
    ----------
    begins, ends : arrays of shape (n_words,)
        Where each is in the text, in Python characters. Two may come from one character.
    weights : array of shape (n_words, n_attributes)
    """

    begins: npt.NDArray[np.int64]
    ends: npt.NDArray[np.int64]
    weights: npt.NDArray[np.float64]


def weigh_words(text: str, scorer: TextScorer) -> WordWeights:
    """Return what each word of `text` adds, in the order of the text."""
    parts = scorer.contributions(text)
    sums = np.concatenate([np.zeros((1, parts.values.shape[1])), parts.values.cumsum(axis=0)])
    firsts, lasts = parts.words.T
    return WordWeights(parts.begins[firsts], parts.ends[lasts - 1], sums[lasts] - sums[firsts])


def explain(text: str, scorer: TextScorer, sent: str | None = None) -> list[Span]:
    """Return the spans that raised each attribute most, by attribute, then place.

    Parameters
    ----------
    text : str
        As the scorer reads it.
    scorer : TextScorer
    sent : str, optional
        As it was sent, if that is another text: of the same length, and spans lie in it.
    """
    begins, ends, weights = weigh_words(text, scorer)
    if not len(begins):
        return []
    units = utf16_offsets(text if sent is None else sent)
    return [
        Span(int(units[begin]), int(units[end]), attribute, round(weight, 4))
        for column, attribute in enumerate(scorer.attributes)
        for begin, end, weight in _strongest(begins, ends, weights[:, column])
    ]


def _strongest(
    begins: npt.NDArray[np.int64], ends: npt.NDArray[np.int64], weights: npt.NDArray[np.float64]
) -> list[tuple[int, int, float]]:
    """Return the words that matter, neighbours joined, in the order of the text."""
    runs: list[tuple[int, int, float]] = []
    last = -2
    for index in np.flatnonzero((weights > 0) & (weights >= SHARE * weights.max())).tolist():
        # An emoji is read as several words, and they are one span even with another between.
        joins = index == last + 1 or (runs and begins[index] < runs[-1][1])
        begin = runs.pop() if joins else (int(begins[index]), 0, 0.0)
        runs.append((begin[0], int(ends[index]), begin[2] + float(weights[index])))
        last = index
    strongest = sorted(runs, key=lambda run: -run[2])[:MAX_SPANS]
    return sorted(run for run in strongest if round(run[2], 4) > 0)
