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

from dataclasses import dataclass
from typing import Any, Final, NamedTuple, Protocol

import numpy as np
import numpy.typing as npt

from model.compiled import compiled
from model.ngrams import (
    Hashing,
    NgramHasher,
    Ngrams,
    Rows,
    find_characters,
    find_words,
    keep_distinct,
    look_up,
    make_room,
)
from model.normalise import Normaliser, Offsets, Texts, fold_text
from model.reading import read
from model.scan import Hits, Sets, scan_folded, scan_read
from model.sieve import Sieve
from model.tables import Tables, freeze

Floats = npt.NDArray[np.float64]
Table = npt.NDArray[np.int16]

COLUMNS: Final = 8
"""Columns of the weight table: one an attribute, the last the share in the length."""

DIGITS: Final = 6
"""Decimal places of a score."""

_ROUND: Final = 10.0**DIGITS
_STEEP: Final = 40.0
_BATCH: Final = 1024
"""How many texts are scored in one call: what they need beside the texts stays small."""


class Weights(NamedTuple):
    """The table and the scales of a scorer, for compiled functions."""

    table: Table
    scales: Floats


@compiled
def decide(  # noqa: PLR0913, PLR0917 - compiled functions take arrays
    texts: Texts,
    tables: Tables,
    hashing: Hashing,
    weights: Weights,
    decisions: Floats,
    sets: Sets | None,
    hits: Hits | None,
) -> None:
    """Add to `decisions`, shape (n_texts, n_attributes), what the n-grams of each text weigh.

    Where there are `sets`, each text is sifted on the way, as by `model.scan.sift`.
    """
    spare, text, ngrams, seen = make_room(texts.room, hashing)
    for number in range(len(decisions)):
        begin, end = texts.begins[number], texts.begins[number + 1]
        size = fold_text(texts.codes, begin, end, tables, spare)
        if sets is not None:
            found = scan_folded(spare.codes, size, sets)
        size = read(spare, size, tables.kinds)
        if sets is not None and hits is not None:
            hits[number] = scan_read(spare.codes, size, tables.kinds, sets, found)
        size = look_up(spare, size, tables, text)
        found = find_characters(text.codes, size, hashing, ngrams)
        _add_block(ngrams.rows, keep_distinct(ngrams.rows, found, seen), weights, decisions[number])
        _, found = find_words(text.codes, size, tables.kinds, hashing, ngrams)
        _add_block(ngrams.rows, keep_distinct(ngrams.rows, found, seen), weights, decisions[number])


@compiled
def _add_block(rows: Rows, size: int, weights: Weights, decision: Floats) -> None:
    """Add what a block weighs, divided by its length."""
    sums = _sum_rows(rows, size, weights.table)
    length = np.sqrt(sums[COLUMNS - 1] * weights.scales[COLUMNS - 1])
    # A text without n-grams that count has no length, and no weight either.
    if length > 0:
        for column in range(len(decision)):
            decision[column] += sums[column] * weights.scales[column] / length


@compiled
def _sum_rows(rows: Rows, size: int, table: Table) -> tuple[np.int64, ...]:
    """Return the sum of each column of some rows."""
    # Eight names, and no array, stay in the processor's registers: half the time.
    a = b = c = d = e = f = g = h = np.int64(0)
    for place in range(size):
        row = table[np.uint32(rows[place])]
        a += row[0]
        b += row[1]
        c += row[2]
        d += row[3]
        e += row[4]
        f += row[5]
        g += row[6]
        h += row[7]
    return a, b, c, d, e, f, g, h


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
    def normaliser(self) -> Normaliser:
        """What undoes disguise before texts are scored."""

    @property
    def version(self) -> str:
        """Name of the model, such as ``en-1.0.0``."""

    @property
    def attributes(self) -> tuple[str, ...]:
        """Names of the columns of `score`."""

    def score(self, texts: list[str]) -> Floats:
        """Return probabilities of shape (n_texts, n_attributes)."""

    def score_and_sift(self, texts: list[str], sieve: Sieve) -> tuple[Floats, list[int]]:
        """Return them, and what `sieve` finds in each text."""

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
        Weights of each row, mapped or in memory.
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
        table: Table,
        scales: Floats,
        intercepts: Floats,
        calibration: Floats,
    ) -> None:
        if table.shape != (hasher.rows, COLUMNS):
            raise ValueError(f"the table has shape {table.shape} for {hasher.bits} bits")
        # Compiled functions look at any memory a wrong number points to.
        if table.dtype != np.int16 or scales.shape != (COLUMNS,) or len(intercepts) >= COLUMNS:
            raise ValueError(f"the arrays are not of a table of {COLUMNS} columns")
        self._manifest = manifest
        self.normaliser = normaliser
        self.hasher = hasher
        # Plain arrays over the same mapped pages.
        self.table = freeze(table)
        self.scales = freeze(scales)
        self._weights = Weights(self.table, self.scales)
        self.intercepts = freeze(intercepts)
        self.calibration = np.asarray(calibration)  # training fits it in place
        # Compiled now, or read from the cache: no request waits for it.
        self.contributions("Compile.")
        self.score(["Compile."])

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

    def score_and_sift(self, texts: list[str], sieve: Sieve) -> tuple[Floats, list[int]]:
        """Do as `score` and as `Sieve.sift` at once, in little more time than the first."""
        decisions, hits = self._decide(texts, sieve.sets)
        return calibrate(decisions, *self.calibration.T), hits

    def decision_function(self, texts: list[str]) -> Floats:
        """Return the sums of weights, shape (n_texts, n_attributes)."""
        return self._decide(texts, None)[0]

    def _decide(self, texts: list[str], sets: Sets | None) -> tuple[Floats, list[int]]:
        if isinstance(texts, str):
            raise TypeError("texts must be a list of strings, not one string")
        decisions = np.empty((len(texts), len(self.intercepts)))
        decisions[:] = self.intercepts
        hits = list[int]()
        for begin in range(0, len(texts), _BATCH):
            texts_read = self.normaliser.encode(texts[begin : begin + _BATCH])
            found = None if sets is None else np.zeros(len(texts_read.begins) - 1, np.uint8)
            decide(
                texts_read,
                self.normaliser.unpacked,
                self.hasher.unpacked,
                self._weights,
                decisions[begin : begin + _BATCH],
                sets,
                found,
            )
            if found is not None:
                hits += found.tolist()
        return decisions, hits

    def contributions(self, text: str) -> Contributions:
        """Split the decisions on one text into contributions of its parts."""
        hashing = self.hasher.unpacked
        codes, begins, ends = self.normaliser.align(text)
        _, _, ngrams, _ = make_room(len(codes), hashing)
        values = np.zeros((len(codes) + 1, len(self.intercepts)))
        found = find_characters(codes, len(codes), hashing, ngrams)
        self._spread(values, ngrams, found)
        kinds = self.normaliser.unpacked.kinds
        words, found = find_words(codes, len(codes), kinds, hashing, ngrams)
        self._spread(values, ngrams, found)
        return Contributions(
            begins=begins,
            ends=ends,
            values=np.cumsum(values, axis=0)[:-1],
            words=np.stack([ngrams.begins[:words], ngrams.ends[:words]], axis=1).astype(np.int64),
            intercepts=self.intercepts,
        )

    def _spread(self, values: Floats, ngrams: Ngrams, found: int) -> None:
        """Add what each n-gram of a block gives each of its code points, as steps to be summed.

        What comes more than once counts once, and is shared by all its places.
        """
        rows, begins, ends = (each[:found] for each in ngrams)
        different, place, counts = np.unique(rows, return_inverse=True, return_counts=True)
        length = np.sqrt(self.table[different, -1].sum(dtype=np.int64) * self.scales[-1])
        if not length:
            return
        attributes = values.shape[1]
        shares = self.table[rows, :attributes] * self.scales[:attributes] / length
        density = shares / (counts[place] * (ends - begins))[:, None]
        np.add.at(values, begins, density)
        np.subtract.at(values, ends, density)


def calibrate(decisions: Floats, slope: Floats | float, intercept: Floats | float) -> Floats:
    """Return the scores of decisions: the sigmoid of a line in them.

    They are rounded to `DIGITS`, so that the score that is shown is the one
    that decides, and the same on every processor.
    """
    line = np.minimum(np.maximum(decisions * slope + intercept, -_STEEP), _STEEP)
    rounded: Floats = np.rint(_ROUND / (1 + np.exp(-line))) / _ROUND
    return rounded
