"""Texts to calibrated scores, and scores to the pieces of text behind them.

The model is linear in the n-grams of a text. With ``w[g]`` the weight of
n-gram ``g`` for an attribute and ``v[g]`` its share in the length of the text,

    decision = intercept + sum over the two blocks of sum(w[g]) / sqrt(sum(v[g]))

where the blocks are the character n-grams, and the words and word pairs, and
each sum runs over the different n-grams of the text: what is said twice counts
once. ``w`` and ``v`` are stored as whole numbers and added up exactly, so a
score does not depend on what else is in the batch, on the order of additions,
or on the processor. A score is the sigmoid of a
line in the decision (Platt, 1999).
"""

import itertools
import re
from dataclasses import dataclass
from typing import Any, Final, Protocol

import numpy as np
import numpy.typing as npt

from model.ngrams import NgramHasher, Rows
from model.normalise import Normaliser, Offsets, decode
from model.words import WordMemory, unique

Floats = npt.NDArray[np.float64]
Totals = npt.NDArray[np.int64]

COLUMNS: Final = 8
"""Columns of the weight table: one an attribute, the last the share in the length."""

DIGITS: Final = 6
"""Decimal places of a score."""

_ROUND: Final = 10.0**DIGITS
_WORD: Final = re.compile("[^ ]+")
_STEEP: Final = 40.0
_BATCH: Final = 64
"""How many texts are hashed at once: what they need stays in the processor's cache."""


@dataclass(frozen=True)
class Contributions:
    """How each attribute's decision adds up from a text.

    Attributes
    ----------
    begins, ends : arrays of shape (n,)
        Offsets into the text, in Python characters, of each code point of the
        normalised text.
    values : array of shape (n, n_attributes)
        What each code point contributes. An n-gram's contribution is shared
        equally by its code points.
    words : array of shape (n_words, 2)
        Begin and end of each word among the code points.
    intercepts : array of shape (n_attributes,)
        ``values.sum(axis=0) + intercepts`` is the decision.
    """

    begins: Offsets
    ends: Offsets
    values: Floats
    words: Offsets
    intercepts: Floats


class TextScorer(Protocol):
    """What moderation needs of a model: a `Scorer`, or a stub in a test."""

    @property
    def manifest(self) -> dict[str, Any]:
        """The manifest of the artefact."""

    @property
    def version(self) -> str:
        """Name of the model, such as ``en-1.0.0``."""

    @property
    def attributes(self) -> tuple[str, ...]:
        """Names of the columns of `score`."""

    def score(self, texts: list[str]) -> Floats:
        """Return probabilities of shape (n_texts, n_attributes)."""

    def contributions(self, text: str) -> Contributions:
        """Return how the decisions on `text` add up."""


class Scorer:
    """Score texts on every attribute.

    Parameters
    ----------
    manifest : dict
        Of the artefact.
    normaliser : Normaliser
    hasher : NgramHasher
    table : int16 array of shape (2**bits, COLUMNS)
        Weights of each row.
    scales : array of shape (COLUMNS,)
        What 1 in each column of the table is worth.
    intercepts : array of shape (n_attributes,)
    calibration : array of shape (n_attributes, 2)
        Slope, at least 0, and intercept of the line whose sigmoid is the score.
    """

    def __init__(  # noqa: PLR0913 - the parts of an artefact, by name
        self,
        *,
        manifest: dict[str, Any],
        normaliser: Normaliser,
        hasher: NgramHasher,
        table: npt.NDArray[np.int16],
        scales: Floats,
        intercepts: Floats,
        calibration: Floats,
    ) -> None:
        if table.shape != (hasher.rows, COLUMNS):
            raise ValueError(f"the table has shape {table.shape} for {hasher.bits} bits")
        self._manifest = manifest
        self.normaliser = normaliser
        self.hasher = hasher
        # A plain array over the same mapped pages: numpy.memmap is slow to index.
        self.table = np.asarray(table)
        self.scales = scales
        self.intercepts = intercepts
        self.calibration = calibration
        self._words = WordMemory(normaliser, hasher)

    @property
    def manifest(self) -> dict[str, Any]:
        """The manifest of the artefact."""
        return self._manifest

    @property
    def version(self) -> str:
        """Language and version of the model, such as ``en-1.0.0``."""
        return f"{self._manifest['language']}-{self._manifest['version']}"

    @property
    def attributes(self) -> tuple[str, ...]:
        """Names of the attributes, in the order of a row of scores."""
        return tuple(self._manifest["attributes"])

    def score(self, texts: list[str]) -> Floats:
        """Return calibrated probabilities, shape (n_texts, n_attributes).

        Parameters
        ----------
        texts : list of str
            Any strings. A text's scores are the same in any batch.

        Raises
        ------
        TypeError
            If `texts` is one string.
        """
        return calibrate(self.decision_function(texts), *self.calibration.T)

    def decision_function(self, texts: list[str]) -> Floats:
        """Return the sums of weights, shape (n_texts, n_attributes)."""
        if isinstance(texts, str):
            raise TypeError("texts must be a list of strings, not one string")
        sums = np.empty((2, len(texts), COLUMNS))
        for begin in range(0, len(texts), _BATCH):
            found = self._words.blocks(texts[begin : begin + _BATCH])
            for index, blocks in enumerate(found, begin):
                sums[:, index] = [self._sum_weights(rows) for rows in blocks]
        sums *= self.scales
        weights = sums[:, :, : len(self.intercepts)]
        lengths = np.sqrt(sums[:, :, -1:])
        # A text without n-grams that count has no length, and no weight either.
        lengths[lengths == 0] = 1
        decisions: Floats = self.intercepts + (weights / lengths).sum(axis=0)
        return decisions

    def contributions(self, text: str) -> Contributions:
        """Split the decisions on one text into contributions of its parts."""
        codes, begins, ends = self.normaliser.align(text)
        normalised = decode(codes)
        spans, rows = self._characters(normalised)
        words = self.hasher.word_spans(normalised)
        neighbours = [(first[0], last[1]) for first, last in itertools.pairwise(words)]
        word_rows = np.concatenate(self.hasher.word_rows(self.hasher.word_hashes(normalised)))
        values = np.zeros((len(codes) + 1, len(self.intercepts)))
        _spread(values, self._shares(rows), spans)
        _spread(values, self._shares(word_rows), words + neighbours)
        return Contributions(
            begins=begins,
            ends=ends,
            values=np.cumsum(values, axis=0)[:-1],
            words=np.array(words, np.int64).reshape(-1, 2),
            intercepts=self.intercepts,
        )

    def _characters(self, normalised: str) -> tuple[list[tuple[int, int]], Rows]:
        """Return where the character n-grams of a text stand, and their rows."""
        spans: list[tuple[int, int]] = []
        rows: list[int] = []
        for match in _WORD.finditer(normalised):
            begin = match.start() - 1  # the space before it
            padded = f" {match.group()} "
            rows += self.hasher.character_rows(padded)
            spans += [
                (begin + first, begin + last)
                for first, last in self.hasher.character_spans(len(padded))
            ]
        return spans, np.array(rows, np.int64)

    def _sum_weights(self, rows: Rows) -> Totals:
        """Return the sum of the different rows of the table, shape (COLUMNS,)."""
        weights = self.table.take(unique(rows), axis=0).astype(np.int64)
        total: Totals = np.einsum("ij->j", weights)  # faster than sum(axis=0), and no BLAS
        return total

    def _shares(self, rows: Rows) -> Floats:
        """Return what each n-gram of a block adds to the decisions.

        What comes more than once counts once, and is shared by all its places.
        """
        different, counts = np.unique(rows, return_counts=True)
        length = np.sqrt(self.table[different, -1].sum(dtype=np.int64) * self.scales[-1])
        weights = self.table[rows, : len(self.intercepts)] * self.scales[: len(self.intercepts)]
        weights /= counts[np.searchsorted(different, rows), None]
        return weights / length if length else np.zeros_like(weights)


def calibrate(decisions: Floats, slope: Floats | float, intercept: Floats | float) -> Floats:
    """Return the scores of decisions: the sigmoid of a line in them.

    They are rounded to `DIGITS`, so that the score that is shown is the one
    that decides, and the same on every processor.
    """
    line = np.minimum(np.maximum(decisions * slope + intercept, -_STEEP), _STEEP)
    rounded: Floats = np.rint(_ROUND / (1 + np.exp(-line))) / _ROUND
    return rounded


def _spread(values: Floats, shares: Floats, spans: list[tuple[int, int]]) -> None:
    """Add each share, divided by its width, as steps to be summed up later."""
    begins, ends = np.array(spans, np.int64).reshape(-1, 2).T
    density = shares / (ends - begins)[:, None]
    np.add.at(values, begins, density)
    np.subtract.at(values, ends, density)
