"""What is trained on is what is scored."""

import numpy as np
import pytest

from model import ATTRIBUTES
from model.features import combine, count_matrices, inverse_frequencies, weigh
from model.ngrams import NgramHasher, find_characters, find_words, make_room
from model.normalise import Normaliser
from model.scorer import COLUMNS, Scorer
from model.tables import build_fold_tables

BITS = 12
TEXTS = [
    "Good morning to all of you.",
    "good MORNING, good morning",
    "\U0001f600\U0001f600 \u0439\u043e e\u0301",
    "",
    "...",
    "a",
    "You are a nitwit and you know it!",
]


@pytest.fixture(scope="module")
def normaliser() -> Normaliser:
    return Normaliser(build_fold_tables())


@pytest.fixture(scope="module")
def hasher() -> NgramHasher:
    return NgramHasher(BITS, (2, 3, 4), 2)


def find_rows(
    text: str, normaliser: Normaliser, hasher: NgramHasher
) -> tuple[list[int], list[int]]:
    """Return the row of each n-gram of each block, as often as it occurs."""
    codes, _, _ = normaliser.align(text)
    size, hashing = len(codes), hasher.unpacked
    _, _, ngrams, _ = make_room(size, hashing)
    characters = ngrams.rows[: find_characters(codes, size, hashing, ngrams)].tolist()
    _, found = find_words(codes, size, normaliser.unpacked.kinds, hashing, ngrams)
    return characters, ngrams.rows[:found].tolist()


def test_a_text_has_each_row_of_its_ngrams_once(
    normaliser: Normaliser, hasher: NgramHasher
) -> None:
    matrices = count_matrices(TEXTS, normaliser, hasher)
    for number, text in enumerate(TEXTS):
        for matrix, rows in zip(matrices, find_rows(text, normaliser, hasher), strict=True):
            begin, end = matrix.indptr[number : number + 2]
            assert matrix.indices[begin:end].tolist() == sorted(set(rows))
        assert all(set(matrix.data.tolist()) == {1.0} for matrix in matrices)


@pytest.mark.parametrize("bits", [1, 5, 6, 7, 13, 24])
def test_the_rows_of_a_text_are_sorted_in_a_table_of_any_size(
    bits: int, normaliser: Normaliser
) -> None:
    texts = [" ".join(map(str, range(200))), *TEXTS]
    for matrix in count_matrices(texts, normaliser, NgramHasher(bits, (1, 2, 3))):
        assert matrix.shape == (len(texts), 2**bits)
        assert matrix.has_canonical_format


def test_no_texts_make_matrices_without_rows(normaliser: Normaliser, hasher: NgramHasher) -> None:
    shapes = [matrix.shape for matrix in count_matrices([], normaliser, hasher)]
    assert shapes == [(0, 2**BITS)] * 2


def test_texts_beyond_one_chunk_keep_their_order(
    normaliser: Normaliser, hasher: NgramHasher
) -> None:
    texts = [f"text number {number}" for number in range(2001)]
    matrices = count_matrices(texts, normaliser, hasher)
    last = count_matrices(texts[-1:], normaliser, hasher)
    for matrix, expected in zip(matrices, last, strict=True):
        assert matrix.shape == (2001, 2**BITS)
        assert matrix[[2000]].toarray().tolist() == expected.toarray().tolist()


def test_a_row_of_too_few_texts_has_no_weight(normaliser: Normaliser, hasher: NgramHasher) -> None:
    _, words = count_matrices(["red ink", "red", "red pen"], normaliser, hasher)
    frequency = words.toarray().sum(axis=0)
    weights = inverse_frequencies(words, 2)
    assert (weights[frequency < 2] == 0).all()
    assert weights[frequency == 3] == pytest.approx([np.log(4 / 4) + 1])
    assert inverse_frequencies(words, 1)[frequency == 1] == pytest.approx(np.log(4 / 2) + 1)


def test_a_row_of_both_blocks_gets_the_smaller_weight() -> None:
    characters = np.array([0, 2, 0, 3, 1], np.float32)
    words = np.array([0, 0, 4, 1, 5], np.float32)
    assert combine(characters, words).tolist() == [0, 2, 4, 1, 1]


def test_every_text_is_brought_to_length_one_unless_it_is_empty(
    normaliser: Normaliser, hasher: NgramHasher
) -> None:
    random = np.random.default_rng(0)
    idf = random.uniform(0.1, 5, 2**BITS).astype(np.float32)
    for counts in count_matrices(TEXTS, normaliser, hasher):
        lengths = np.sqrt(np.square(weigh(counts, idf).toarray()).sum(axis=1))
        empty = counts.toarray().sum(axis=1) == 0
        assert lengths == pytest.approx(np.where(empty, 0, 1), abs=1e-6)


def test_a_row_without_weight_does_not_count(normaliser: Normaliser, hasher: NgramHasher) -> None:
    counts, _ = count_matrices(TEXTS, normaliser, hasher)
    assert not weigh(counts, np.zeros(2**BITS, np.float32)).toarray().any()


def test_a_scorer_decides_as_the_matrix_it_was_trained_on(
    normaliser: Normaliser, hasher: NgramHasher
) -> None:
    # Inverse frequencies and weights that the whole numbers of a table hold exactly.
    random = np.random.default_rng(0)
    idf = random.integers(0, 4, 2**BITS).astype(np.float32)
    weights = random.integers(-50, 50, (2**BITS, len(ATTRIBUTES)))
    table = np.zeros((2**BITS, COLUMNS), np.int16)
    table[:, : len(ATTRIBUTES)] = weights * idf[:, None]
    table[:, -1] = np.square(idf)
    intercepts = random.normal(size=len(ATTRIBUTES))
    scorer = Scorer(
        manifest={},
        normaliser=normaliser,
        hasher=hasher,
        table=table,
        scales=np.ones(COLUMNS),
        intercepts=intercepts,
        calibration=np.tile([1.0, 0.0], (len(ATTRIBUTES), 1)),
    )
    characters, words = count_matrices(TEXTS, normaliser, hasher)
    features = weigh(characters, idf) + weigh(words, idf)
    expected = features @ weights + intercepts
    # The matrix is of 32-bit numbers.
    assert scorer.decision_function(TEXTS) == pytest.approx(expected, abs=1e-3)
