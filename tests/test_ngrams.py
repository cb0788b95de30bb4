"""Which rows of the weight table a word, a symbol and a pair of words have."""

import itertools
from zlib import crc32

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from model.artefact import load_scorer
from model.card import ARTEFACT
from model.ngrams import NgramHasher
from model.normalise import FoldTables, Normaliser
from model.words import WordMemory

ORDERS = (2, 3, 5)
LETTERS = st.characters(exclude_categories=["Cs"])
# What is normalised has no lone surrogates.
TEXTS = st.text(LETTERS, max_size=20) | st.text("aab \u00e9\u0439\U0001f600", max_size=20)
ASCII = st.text(st.characters(max_codepoint=127), min_size=1, max_size=20)

any_time = settings(deadline=None)


@pytest.fixture(scope="module")
def normaliser() -> Normaliser:
    return load_scorer(ARTEFACT).normaliser


@pytest.fixture(scope="module")
def tables(normaliser: Normaliser) -> FoldTables:
    return normaliser.tables


@pytest.fixture(scope="module")
def hasher(tables: FoldTables) -> NgramHasher:
    # The widest table: two n-grams that meet in one of its rows are not expected here.
    return NgramHasher(30, ORDERS, tables)


def read_words(text: str, hasher: NgramHasher) -> list[str]:
    return [text[begin:end] for begin, end in hasher.word_spans(text)]


def hash_words(text: str, hasher: NgramHasher) -> tuple[list[int], list[int]]:
    """Return the rows of the words of a text, and of the pairs they make."""
    words, pairs = hasher.word_rows(hasher.word_hashes(text))
    return words.tolist(), pairs.tolist()


def test_the_rows_of_known_words_never_change(tables: FoldTables) -> None:
    # The shipped weights belong to these rows: another hash needs another artefact.
    hasher = NgramHasher(19, (2, 3, 4, 5), tables)
    assert hasher.character_rows(" hi ") == [319287, 207532, 58073, 436129, 308140, 203420]
    assert hasher.character_rows(" \u0439 ") == [86469, 121115, 421931]
    assert hash_words("hello world", hasher) == ([407588, 229032], [259916])
    assert hash_words("\u0439\u043e \U0001f600", hasher) == ([283174, 73760], [97888])


@any_time
@given(text=TEXTS | ASCII, bits=st.integers(1, 30))
def test_a_row_is_the_crc_32_of_an_ngrams_utf_8_cut_to_the_table(
    text: str, bits: int, tables: FoldTables
) -> None:
    pieces = [
        text[begin : begin + order]
        for order in ORDERS
        for begin in range(len(text))
        if begin + order <= len(text)
    ]
    rows = NgramHasher(bits, ORDERS, tables).character_rows(text)
    assert rows == [crc32(piece.encode()) & (2**bits - 1) for piece in pieces]


@any_time
@given(text=TEXTS | ASCII)
def test_each_row_has_its_place_in_the_text(text: str, hasher: NgramHasher) -> None:
    spans = hasher.character_spans(len(text))
    rows = hasher.character_rows(text)
    assert len(spans) == len(rows)
    for (begin, end), row in zip(spans, rows, strict=True):
        assert 0 <= begin < end <= len(text)
        assert hasher.character_rows(text[begin:end])[-1] == row


@any_time
@given(word=ASCII, letter=st.sampled_from("\u00e9\u0439\U0001f600"))
def test_letters_beyond_ascii_change_no_row_of_the_ascii_before_them(
    word: str, letter: str, hasher: NgramHasher
) -> None:
    longer = word + letter
    spans = hasher.character_spans(len(longer))
    rows = zip(spans, hasher.character_rows(longer), strict=True)
    assert [row for (_, end), row in rows if end <= len(word)] == hasher.character_rows(word)


@pytest.mark.parametrize("size", range(6))
def test_a_text_shorter_than_an_ngram_has_none_of_that_length(
    size: int, hasher: NgramHasher
) -> None:
    widths = [end - begin for begin, end in hasher.character_spans(size)]
    assert widths == [order for order in ORDERS for _ in range(size - order + 1)]
    assert len(hasher.character_rows("abcde"[:size])) == len(widths)


def test_ngrams_stay_within_a_word_and_the_blanks_around_it(
    normaliser: Normaliser, hasher: NgramHasher
) -> None:
    [(rows, _)] = WordMemory(normaliser, hasher).blocks(["Red ink"])
    expected = {*hasher.character_rows(" red "), *hasher.character_rows(" ink ")}
    assert set(rows.tolist()) == expected
    assert not expected & {crc32(piece) & (2**30 - 1) for piece in (b"d i", b"ed in", b"  ")}


def test_words_are_runs_of_letters_and_each_symbol_alone(hasher: NgramHasher) -> None:
    text = "it's a_b, 2nd!\U0001f600\U0001f600\u0439\u043e x\U0001f4a9y"
    assert read_words(text, hasher) == [
        *("it", "s", "a_b", "2nd", "\U0001f600", "\U0001f600", "\u0439\u043e"),
        *("x", "\U0001f4a9", "y"),
    ]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        pytest.param("\u0939\u093f\u0928\u094d\u0926\u0940", 1, id="Devanagari"),
        pytest.param("\u0643\u064e\u062a\u064e\u0628\u064e", 1, id="Arabic with vowels"),
        pytest.param("\u65e5\u672c\u8a9e", 1, id="Japanese"),
        pytest.param("\U0001f44d\U0001f3fd", 2, id="emoji of a colour"),
        pytest.param("\ufffd", 1, id="what was a lone surrogate"),
        pytest.param("a^b", 3, id="a sign among letters"),
        pytest.param("a-b", 2, id="a dash"),
        pytest.param("[a]\\]", 1, id="brackets"),
        pytest.param("...", 0, id="dots"),
        pytest.param(" ", 0, id="a blank"),
        pytest.param("", 0, id="nothing"),
    ],
)
def test_a_mark_belongs_to_its_word_and_punctuation_to_none(
    text: str, expected: int, hasher: NgramHasher
) -> None:
    assert len(read_words(text, hasher)) == expected


@any_time
@given(text=TEXTS)
def test_the_hash_of_a_word_is_the_crc_32_of_its_utf_8(text: str, hasher: NgramHasher) -> None:
    hashes = [crc32(word.encode()) for word in read_words(text, hasher)]
    assert hasher.word_hashes(text).tolist() == hashes


@any_time
@given(words=st.lists(st.sampled_from("abcd"), max_size=8))
def test_each_word_has_one_row_and_each_pair_of_neighbours_another(
    words: list[str], hasher: NgramHasher
) -> None:
    rows, pairs = hash_words(" ".join(words), hasher)
    neighbours = list(itertools.pairwise(words))
    assert len(rows) == len(words)
    assert len(pairs) == len(neighbours)
    # The same row for the same word or pair, and for nothing else.
    known = {*zip(words, rows, strict=True), *zip(neighbours, pairs, strict=True)}
    assert len(known) == len({key for key, _ in known}) == len({row for _, row in known})


def test_a_pair_depends_on_the_order_of_its_words_and_on_nothing_between_them(
    hasher: NgramHasher,
) -> None:
    pairs = [hash_words(text, hasher)[1] for text in ("a b", "b a", "a, b")]
    assert pairs[0] != pairs[1]
    assert pairs[0] == pairs[2]


@pytest.mark.parametrize("text", ["", " ", "...", "word"])
def test_less_than_two_words_make_no_pair(text: str, hasher: NgramHasher) -> None:
    assert hash_words(text, hasher)[1] == []


def test_hashes_that_were_given_are_left_as_they_are(hasher: NgramHasher) -> None:
    # Those of a word are remembered for the texts that come after.
    hashes = hasher.word_hashes("three small words")
    before = hashes.tolist()
    hasher.word_rows(hashes)
    assert hashes.tolist() == before


def test_a_word_does_not_share_the_row_of_the_ngram_of_the_same_letters(
    tables: FoldTables,
) -> None:
    hasher = NgramHasher(19, (2,), tables)
    words = [first + second for first in "abcdefghijklmnop" for second in "abcdefghijklmnop"]
    rows, _ = hash_words(" ".join(words), hasher)
    characters = [hasher.character_rows(word)[0] for word in words]
    assert not set(rows) & set(characters)


@pytest.mark.parametrize("bits", [1, 8, 19, 30])
def test_every_row_is_one_of_the_table(bits: int, tables: FoldTables) -> None:
    hasher = NgramHasher(bits, ORDERS, tables)
    text = " ".join(f"w{number:x}\u0439" for number in range(3000))
    assert hasher.rows == 2**bits
    for rows in (hasher.character_rows(text), *hash_words(text, hasher)):
        assert min(rows) >= 0
        assert max(rows) < hasher.rows
        # They are spread over all of it.
        assert len(np.unique(np.array(rows) >> max(bits - 8, 0))) == min(2**bits, 2**8)
