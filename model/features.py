"""The training matrix: the same n-grams as the scorer's, as scikit-learn wants them."""

from collections.abc import Sequence
from typing import Final

import numpy as np
import numpy.typing as npt
from scipy import sparse

from model.ngrams import NgramHasher, Rows
from model.normalise import Normaliser
from model.words import WordMemory, unique

Matrix = sparse.csr_array
_CHUNK: Final = 2000
_REMEMBERED: Final = 1_000_000


def count_matrices(
    texts: list[str], normaliser: Normaliser, hasher: NgramHasher
) -> tuple[Matrix, Matrix]:
    """Return which rows of the weight table each text has.

    Returns
    -------
    characters, words : sparse arrays of shape (n_texts, 2**bits)
        0 or 1, one array for each block of the scorer.
    """
    memory = WordMemory(normaliser, hasher, max_words=_REMEMBERED)
    chunks = [
        zip(*memory.blocks(texts[begin : begin + _CHUNK]), strict=True)
        for begin in range(0, len(texts), _CHUNK)
    ]
    characters, words = zip(
        *([_matrix(rows, hasher) for rows in blocks] for blocks in chunks), strict=True
    )
    return sparse.vstack(characters, format="csr"), sparse.vstack(words, format="csr")


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


def weigh(counts: Matrix, idf: npt.NDArray[np.float32]) -> Matrix:
    """Return `counts` weighted by `idf`, each text brought to length 1."""
    data = idf[counts.indices]
    squares = np.concatenate([[0.0], np.cumsum(np.square(data, dtype=np.float64))])
    lengths = np.sqrt(np.diff(squares[counts.indptr]))
    lengths[lengths == 0] = 1
    data = (data / np.repeat(lengths, np.diff(counts.indptr))).astype(np.float32)
    return sparse.csr_array((data, counts.indices, counts.indptr), shape=counts.shape)


def _matrix(texts: Sequence[Rows], hasher: NgramHasher) -> Matrix:
    """Return the matrix of one block of some texts."""
    columns = [unique(rows) for rows in texts]
    ends = np.cumsum([0] + [len(rows) for rows in columns])
    indices = np.concatenate(columns).astype(np.int32)
    data = np.ones(len(indices), np.float32)
    return sparse.csr_array((data, indices, ends), shape=(len(columns), hasher.rows))
