"""The training matrix: the same n-grams as the scorer's, as scikit-learn wants them."""

from typing import Final

import numpy as np
import numpy.typing as npt
from scipy import sparse

from model.compiled import compiled
from model.ngrams import (
    Hashing,
    NgramHasher,
    Rows,
    find_characters,
    find_words,
    keep_distinct,
    make_room,
)
from model.normalise import Normaliser, Offsets, Texts, read_text
from model.tables import Tables

Matrix = sparse.csr_array
_CHUNK: Final = 2000
_LARGEST: Final = 2**31 - 1


@compiled
def collect(texts: Texts, tables: Tables, hashing: Hashing, ends: Offsets) -> tuple[Rows, Rows]:
    """Return the rows of each block of some texts, and in `ends`, shape (2, n_texts), their ends.

    As `model.scorer.decide` finds them; those of a text are sorted.
    """
    raw, text, ngrams, seen = make_room(texts.room, hashing)
    rows, spare = ngrams.rows, ngrams.begins
    characters, words = np.empty(len(rows), np.int32), np.empty(len(rows), np.int32)
    for number in range(ends.shape[1]):
        begin, end = texts.begins[number], texts.begins[number + 1]
        size = read_text(texts.codes, begin, end, tables, raw, text)
        found = keep_distinct(rows, find_characters(text.codes, size, hashing, ngrams), seen)
        _sort(rows, found, hashing.bits, spare)
        characters = _append(characters, rows, found, ends[0], number)
        _, found = find_words(text.codes, size, tables.kinds, hashing, ngrams)
        found = keep_distinct(rows, found, seen)
        _sort(rows, found, hashing.bits, spare)
        words = _append(words, rows, found, ends[1], number)
    return characters[: ends[0, -1]], words[: ends[1, -1]]


@compiled
def _sort(rows: Rows, size: int, bits: int, spare: Rows) -> None:
    """Sort rows by their lower half, then by their upper; a general sort takes longer."""
    half = (bits + 1) // 2
    for shift in (0, half):
        begins = np.zeros((1 << half) + 1, np.int32)
        for place in range(size):
            begins[((rows[place] >> shift) & ((1 << half) - 1)) + 1] += 1
        for digit in range(1 << half):
            begins[digit + 1] += begins[digit]
        for place in range(size):
            digit = (rows[place] >> shift) & ((1 << half) - 1)
            spare[begins[digit]] = rows[place]
            begins[digit] += 1
        rows[:size] = spare[:size]


@compiled
def _append(block: Rows, rows: Rows, found: int, ends: Offsets, text: int) -> Rows:
    """Append the rows of a text to a block, and return it; it doubles when it is full."""
    begin = ends[text - 1] if text else 0
    end = begin + found
    if end > len(block):
        larger = np.empty(2 * end, np.int32)
        larger[:begin] = block[:begin]
        block = larger
    block[begin:end] = rows[:found]
    ends[text] = end
    return block


def count_matrices(
    texts: list[str], normaliser: Normaliser, hasher: NgramHasher
) -> tuple[Matrix, Matrix]:
    """Return which rows of the weight table each text has.

    Returns
    -------
    characters, words : sparse arrays of shape (n_texts, 2**bits)
        0 or 1, one array for each block of the scorer.
    """
    parts: tuple[list[Rows], list[Rows]] = ([], [])
    lengths: tuple[list[Offsets], list[Offsets]] = ([], [])
    for begin in range(0, len(texts), _CHUNK):
        chunk = texts[begin : begin + _CHUNK]
        ends = np.empty((2, len(chunk)), np.int64)
        blocks = collect(normaliser.encode(chunk), normaliser.unpacked, hasher.unpacked, ends)
        for block in range(2):
            parts[block].append(blocks[block])
            lengths[block].append(np.diff(ends[block], prepend=0))
    characters, words = (
        _matrix(rows, found, hasher) for rows, found in zip(parts, lengths, strict=True)
    )
    return characters, words


def _matrix(rows: list[Rows], lengths: list[Offsets], hasher: NgramHasher) -> Matrix:
    """Return the matrix of one block."""
    indices = np.concatenate([np.empty(0, np.int32), *rows])
    ends = np.concatenate([np.zeros(1, np.int64), *lengths]).cumsum()
    if len(indices) <= _LARGEST:  # scipy would copy the indices to the wider type
        ends = ends.astype(np.int32)
    data = np.ones(len(indices), np.float32)
    return sparse.csr_array((data, indices, ends), shape=(len(ends) - 1, hasher.rows))


def inverse_frequencies(counts: Matrix, smallest: int) -> npt.NDArray[np.float32]:
    """Return ``log((1 + n) / (1 + df)) + 1`` a row, 0 where ``df < smallest``."""
    frequency = np.bincount(counts.indices, minlength=counts.shape[1])
    idf = np.log((1 + counts.shape[0]) / (1 + frequency)) + 1
    return np.where(frequency >= smallest, idf, 0).astype(np.float32)


def combine(
    characters: npt.NDArray[np.float32], words: npt.NDArray[np.float32]
) -> npt.NDArray[np.float32]:
    """Return one inverse frequency a row: the smaller where both blocks use the row."""
    both = (characters > 0) & (words > 0)
    return np.where(both, np.minimum(characters, words), np.maximum(characters, words))


def learn_weights(
    blocks: tuple[Matrix, Matrix], min_characters: int, min_words: int
) -> npt.NDArray[np.float32]:
    """Return one inverse frequency a row from the two blocks of `count_matrices`."""
    characters, words = blocks
    return combine(
        inverse_frequencies(characters, min_characters), inverse_frequencies(words, min_words)
    )


def weigh_blocks(blocks: tuple[Matrix, Matrix], idf: npt.NDArray[np.float32]) -> Matrix:
    """Return the features: each of the two blocks weighted and brought to length 1."""
    characters, words = blocks
    features: Matrix = weigh(characters, idf) + weigh(words, idf)
    features.eliminate_zeros()
    return features


def weigh(counts: Matrix, idf: npt.NDArray[np.float32]) -> Matrix:
    """Return `counts` weighted by `idf`, each text brought to length 1."""
    data = idf[counts.indices]
    squares = np.concatenate([[0.0], np.cumsum(np.square(data, dtype=np.float64))])
    lengths = np.sqrt(np.diff(squares[counts.indptr]))
    lengths[lengths == 0] = 1
    data = (data / np.repeat(lengths, np.diff(counts.indptr))).astype(np.float32)
    return sparse.csr_array((data, counts.indices, counts.indptr), shape=counts.shape)
