"""Words and character n-grams, hashed to rows of the weight table.

Character n-grams stay within a word and the blanks around it, as those of
scikit-learn's ``char_wb`` do; what words do together is left to word pairs.
There is no vocabulary: the hash of an n-gram's code points chooses its row. (The
hashing trick: Weinberger et al., 2009. Each code point is mixed in by a
multiplication, so that the n-grams that begin at one place share their work; the
bits are spread as by Steele et al., 2014.)
"""

from typing import Final, NamedTuple

import numpy as np
import numpy.typing as npt

from model.compiled import compiled
from model.reading import SPACE, STAR
from model.tables import (
    CLASSES,
    OTHER,
    SIEVE_BITS,
    SYMBOL,
    CodePoints,
    Hashes,
    Kinds,
    Places,
    Tables,
    Text,
    encode,
)

Rows = npt.NDArray[np.int32]

MAX_BITS: Final = 24
MAX_ORDER: Final = 16
MAX_REACH: Final = 8
GROWTH: Final = 3
"""How many times as long as a word its reading may be, at most."""

MOST_PIECES: Final = 6
APOSTROPHE: Final = 0x27

_CHARACTERS: Final = np.uint64(0x9E3779B97F4A7C15)
WORD_SEED: Final = np.uint64(0xD1B54A32D192ED03)
_NEAR: Final = np.uint64(0x8CB92BA72F3D8DD7)
_FAR: Final = np.uint64(0xABC98388FB8FAC03)
_STEP: Final = np.uint64(0xF1357AEA2E62A9C5)
_MIX_1: Final = np.uint64(0xBF58476D1CE4E5B9)
_MIX_2: Final = np.uint64(0x94D049BB133111EB)
_30: Final = np.uint64(30)
_27: Final = np.uint64(27)
_64: Final = np.uint64(64)


@compiled
def mix(state: np.uint64, item: np.uint64) -> np.uint64:
    """Mix one code point, or the hash of a word, into a hash."""
    return (state ^ item) * _STEP


@compiled
def _row(state: np.uint64, bits: int) -> np.int32:
    """Spread the bits of a hash, and cut it to a row."""
    state ^= state >> _30
    state *= _MIX_1
    state ^= state >> _27
    state *= _MIX_2
    return np.int32(state >> (_64 - np.uint64(bits)))


@compiled
def _word_end(codes: CodePoints, begin: int, kinds: Kinds) -> int:
    """Return the end of the word or symbol at `begin`, which is `begin` where there is none.

    A star between two characters of a word masks letters of it.
    """
    kind = kinds[codes[begin]]
    if kind == SYMBOL:
        return begin + 1
    end = begin
    # Each text ends with a space.
    while in_word(kinds[codes[end]]) or (
        end > begin and codes[end] == STAR and in_word(kinds[codes[end + 1]])
    ):
        end += 1
    return end


@compiled
def in_word(kind: int) -> bool:
    """Say whether a code point of a kind is part of a word."""
    return kind not in (OTHER, SYMBOL)


@compiled
def _hash_codes(codes: CodePoints, begin: int, end: int) -> np.uint64:
    state = WORD_SEED
    for place in range(begin, end):
        state = mix(state, np.uint64(codes[place]))
    return state


def hash_word(word: str) -> int:
    """Return the hash of a word as read, for the lexicon of `FoldTables`."""
    return int(_hash_codes(encode(word), 0, len(word)))


@compiled
def look_up(  # noqa: C901 - a call for each word would take longer than what is done here
    text: Text, size: int, tables: Tables, result: Text
) -> int:
    """Write each word of the lexicon as it is read; return the size of the result.

    Words with one sign between them, no space and no apostrophe, are looked up as
    one, too.
    """
    codes, kinds, sieve = text.codes, tables.kinds, tables.sieve
    place = written = 0
    while place < size:
        end, item = place + 1, -1
        if in_word(kinds[codes[place]]):
            state, begin, end = WORD_SEED, place, 0
            for _ in range(MOST_PIECES):
                last = begin
                while in_word(kinds[codes[last]]) or (
                    last > begin and codes[last] == STAR and in_word(kinds[codes[last + 1]])
                ):
                    state = mix(state, np.uint64(codes[last]))
                    last += 1
                end = end or last
                upper = state >> np.uint64(64 - SIEVE_BITS)
                if sieve[upper >> np.uint64(6)] & (np.uint64(1) << (upper & np.uint64(63))):
                    item = _search(state, last - place, last == end, tables)
                    if item >= 0:
                        end = last
                        break
                begin = last + 1
                # Each text ends with a space.
                if codes[last] == SPACE or kinds[codes[last]] != OTHER:
                    break
                if codes[last] == APOSTROPHE:  # "he'll" is no hell
                    break
                if not in_word(kinds[codes[begin]]):
                    break
        if item >= 0:
            written = _write_reading(text, place, end, item, tables, result, written)
        else:
            for kept in range(place, end):
                result.codes[written] = codes[kept]
                result.first[written] = text.first[kept]
                result.last[written] = text.last[kept]
                written += 1
        place = end
    return written


@compiled
def _write_reading(  # noqa: PLR0913, PLR0917 - compiled functions take arrays
    text: Text, begin: int, end: int, item: int, tables: Tables, result: Text, written: int
) -> int:
    """Write what is read for ``text.codes[begin:end]``; return the new size of the result."""
    for part in range(tables.readings[item], tables.readings[item + 1]):
        result.codes[written] = tables.reading_text[part]
        result.first[written] = text.first[begin]
        result.last[written] = text.last[end - 1]
        written += 1
    return written


@compiled
def _search(state: np.uint64, size: int, is_word: bool, tables: Tables) -> int:  # noqa: FBT001 - compiled
    """Return the item of a hash in the lexicon, or -1 if what is read would not fit."""
    found = np.searchsorted(tables.lexicon, state)
    if found == len(tables.lexicon) or tables.lexicon[found] != state:
        return -1
    item = int(tables.items[found])
    begin, end = tables.readings[item], tables.readings[item + 1]
    # A class is for whole words only.
    is_class = end > begin and tables.reading_text[begin] >= CLASSES
    return item if end - begin <= GROWTH * size and (is_word or not is_class) else -1


class Hashing(NamedTuple):
    """What counts, and how many rows it is hashed to, for compiled functions.

    Attributes
    ----------
    orders : array
        Whether character n-grams of each length count, up to the longest that do.
    reach : int
        How far apart the words of a pair may be.
    bits : int
        There are ``2**bits`` rows.
    most : int
        How many n-grams of one block there are for each code point, at most.
    """

    orders: npt.NDArray[np.bool_]
    reach: int
    bits: int
    most: int


class Ngrams(NamedTuple):
    """Room for the n-grams of a block: the row of each, and where it begins and ends."""

    rows: Rows
    begins: Places
    ends: Places


@compiled
def find_characters(codes: CodePoints, size: int, hashing: Hashing, ngrams: Ngrams) -> int:
    """Find the character n-grams of each word and the two spaces around it.

    Returns
    -------
    int
        How many there are.
    """
    found = 0
    begin = 1
    while begin < size:
        end = begin
        while codes[end] != SPACE:
            end += 1
        for start in range(begin - 1, end + 1):
            state = _CHARACTERS
            for place in range(start, min(start + len(hashing.orders) - 1, end + 1)):
                state = mix(state, np.uint64(codes[place]))
                if hashing.orders[place - start + 1]:
                    _put(ngrams, found, _row(state, hashing.bits), start, place + 1)
                    found += 1
        begin = end + 1
    return found


@compiled
def find_words(
    codes: CodePoints, size: int, kinds: Kinds, hashing: Hashing, ngrams: Ngrams
) -> tuple[int, int]:
    """Find the words and symbols, and after them the pairs of them.

    Returns
    -------
    words, found : int
        How many words there are, and how many words and pairs.
    """
    hashes = np.empty(size, np.uint64)
    words = place = 0
    while place < size:
        end = _word_end(codes, place, kinds)
        if end > place:
            hashes[words] = _hash_codes(codes, place, end)
            _put(ngrams, words, _row(hashes[words], hashing.bits), place, end)
            words += 1
        place = max(end, place + 1)
    found = words
    for distance in range(1, hashing.reach + 1):
        seed = _NEAR if distance == 1 else _FAR
        for word in range(words - distance):
            row = _row(mix(mix(seed, hashes[word]), hashes[word + distance]), hashing.bits)
            _put(ngrams, found, row, ngrams.begins[word], ngrams.ends[word + distance])
            found += 1
    return words, found


@compiled
def _put(ngrams: Ngrams, found: int, row: np.int32, begin: int, end: int) -> None:
    ngrams.rows[found] = row
    ngrams.begins[found] = begin
    ngrams.ends[found] = end


@compiled
def keep_distinct(rows: Rows, found: int, seen: Hashes) -> int:
    """Move each different row to the front; return how many there are.

    Parameters
    ----------
    seen : array of 2**bits bits
        All 0 before and after. A bit a row takes a moment to clear, and no
        choice of n-grams makes it slow, as it would a hash table.
    """
    distinct = 0
    for place in range(found):
        row = rows[place]
        bit = np.uint64(1) << np.uint64(row & 63)
        if not seen[row >> 6] & bit:
            seen[row >> 6] |= bit
            rows[distinct] = row
            distinct += 1
    for place in range(distinct):
        seen[rows[place] >> 6] = 0
    return distinct


class NgramHasher:
    """Which n-grams count, and how many rows they are hashed to.

    Parameters
    ----------
    bits : int, 6 to 24
        The weight table has ``2**bits`` rows.
    orders : tuple of int, 1 to 16
        Lengths of the character n-grams, in code points.
    reach : int, 1 to 8
        How far apart, in words, the two words of a pair may be.
    """

    def __init__(self, bits: int, orders: tuple[int, ...], reach: int = 1) -> None:
        if not 1 <= bits <= MAX_BITS:
            raise ValueError(f"bits must be 1 to {MAX_BITS}, not {bits}")
        if not all(1 <= order <= MAX_ORDER for order in orders):
            raise ValueError(f"orders must be 1 to {MAX_ORDER}, not {orders}")
        if not 1 <= reach <= MAX_REACH:
            raise ValueError(f"reach must be 1 to {MAX_REACH}, not {reach}")
        self.bits = bits
        self.orders = orders
        self.reach = reach
        self.unpacked = Hashing(
            orders=np.isin(np.arange(max(orders, default=0) + 1), orders),
            reach=reach,
            bits=bits,
            most=max(len(orders), 1 + reach),
        )

    @property
    def rows(self) -> int:
        """How many rows the weight table has."""
        return 1 << self.bits


@compiled
def make_room(codes: int, hashing: Hashing) -> tuple[Text, Text, Ngrams, Hashes]:
    """Return room for a text twice, for the n-grams of a block, and for `keep_distinct`.

    Parameters
    ----------
    codes : int
        How many code points the longest text has before words are looked up.
    """
    longest = GROWTH * codes
    most = longest * hashing.most
    return (
        make_text(codes),
        make_text(longest),
        Ngrams(np.empty(most, np.int32), np.empty(most, np.int32), np.empty(most, np.int32)),
        np.zeros(max((1 << hashing.bits) >> 6, 1), np.uint64),
    )


@compiled
def make_text(codes: int) -> Text:
    """Return room for a text of so many code points."""
    return Text(np.empty(codes, np.uint32), np.empty(codes, np.int32), np.empty(codes, np.int32))
