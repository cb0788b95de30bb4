"""Whether a text has a word of a set, or one that begins with a stem, by their hashes.

Nearly all texts have none, so all is done to say so soon: in a text that needs no reading,
each code point is looked at once.
"""

from typing import Final, NamedTuple

import numpy as np
import numpy.typing as npt

from model.compiled import compiled

# Words are hashed as those of the lexicon: of misspellings nothing but these hashes is known.
from model.ngrams import _APOSTROPHE, _MOST_PIECES, _WORDS, _add, _in_word
from model.normalise import fold_text
from model.reading import SPACE, STAR, read
from model.tables import OTHER, CodePoints, Hashes, Kinds, Text
from model.words import UNDERSCORE, measure

Bounds = npt.NDArray[np.int64]
Packed = tuple[CodePoints, CodePoints, CodePoints, CodePoints, Kinds, Hashes, Hashes]
"""`ScanTables`. With names for its items, numba takes a microsecond more to take a tuple."""

BITS: Final = 21

_SIEVE: Final = 1 << (BITS - 6)
_SHIFT: Final = np.uint64(64 - BITS)

_NONE: Final = 0
_HIT: Final = 1
_UNREAD: Final = 2
_JOINED: Final = 3

_ASCII: Final = 128
_SPREAD: Final = 3
_LETTER: Final = 1
_PART: Final = 2
_POINT: Final = 3
_END: Final = 4


def _classes() -> npt.NDArray[np.uint8]:
    classes = np.zeros(_ASCII, np.uint8)
    for number, characters in (
        (_LETTER, "abcdefghijklmnopqrstuvwxyz"),
        (_PART, "-/+=>"),
        (_POINT, ".,\"');[]{}"),
        (_END, "!?(:"),
    ):
        classes[[ord(character) for character in characters]] = number
    return classes


# What reading leaves as it is: parts of a word, which are letters or not; points, which are
# none; and those that would be read if a part of the word followed.
_CLASSES: Final = _classes()


class ScanTables(NamedTuple):
    """What compiled functions look up.

    Attributes
    ----------
    fold, expanded, expansions, expansion_text, kinds : arrays
        As in `model.tables.Tables`.
    words, stems : arrays
        Sets of hashes: ``2**BITS`` bits, of which those of the upper bits of each are set, and
        behind them the hashes, sorted. Without stems, an empty array.
    """

    fold: CodePoints
    expanded: CodePoints
    expansions: CodePoints
    expansion_text: CodePoints
    kinds: Kinds
    words: Hashes
    stems: Hashes


@compiled
def sift(data: bytes, begins: Bounds, packed: Packed, hits: bytearray) -> bool:
    """Say which texts have a word of the sets, or may have one.

    Parameters
    ----------
    data : bytes
        The code points of all texts, four bytes each.
    begins : array of shape (n_texts - 1,)
        Where each text but the first begins.
    packed : tuple of arrays
    hits : bytearray of n_texts
        Receives 1 for each text that has, else 0.

    Returns
    -------
    bool
        False if a text has combining marks: they are for step 1 to undo, and nothing is done.
    """
    codes = np.frombuffer(data, np.uint32)
    tables = ScanTables(*packed)
    room = measure(codes, tables)
    if room == 0:
        return False
    text = Text(np.empty(room, np.uint32), np.empty(room, np.int32), np.empty(room, np.int32))
    begin = 0
    for number in range(len(hits)):
        end = begins[number] if number < len(begins) else len(codes)
        size = fold_text(codes, begin, end, tables, text)
        found = _scan_plain(text.codes, size, tables.words, tables.stems)
        if found == _UNREAD:
            size = read(text, size, tables.kinds)
        if found in (_UNREAD, _JOINED):
            found = _scan(text.codes, size, tables)
        hits[number] = found
        begin = end
    return True


@compiled
def _scan_plain(  # noqa: C901 - a call for each word would take longer
    codes: CodePoints, size: int, words: Hashes, stems: Hashes
) -> int:
    """Look at a folded text that `model.reading` is sure to leave as it is.

    Such a text has letters a to z and punctuation that neither could be a letter nor mask
    one, and nowhere three single letters in a row.

    Returns
    -------
    int
        `_HIT` or `_NONE`; `_UNREAD` if the text may not be such a one; `_JOINED` if words in it
        that have a sign between them may be one word.
    """
    some = len(stems) > 0
    inside = ended = joined = False
    single = chain = 0
    place = 1
    while place < size:
        code = codes[place]
        kind = _classify(code)
        if kind == _LETTER:
            if ended:
                return _UNREAD
            inside = True
            begin, state = place, _WORDS
            while kind == _LETTER:
                state = _add(state, np.uint64(code))
                if some and _has(stems, state):
                    return _HIT
                place += 1
                code = codes[place]
                kind = _classify(code)
            if _has(words, state):
                return _HIT
            if place == begin + 1:
                chain = chain + 1 if single == begin - 2 else 1
                single = begin
                if chain == _SPREAD:
                    return _UNREAD
            sign = code not in (SPACE, _APOSTROPHE)
            joined = joined or (sign and _classify(codes[place + 1]) == _LETTER)
        if code == SPACE:
            inside = ended = False
        elif kind == _END:
            ended = inside
        elif kind != _POINT:
            if ended or kind != _PART:
                return _UNREAD
            inside = True
        place += 1
    return _JOINED if joined else _NONE


@compiled
def _classify(code: int) -> int:
    return _CLASSES[code] if code < _ASCII else 0


@compiled
def _scan(codes: CodePoints, size: int, tables: ScanTables) -> int:
    """Look at a text that was read; return `_HIT` or `_NONE`.

    Words with one sign between them are looked up as one, too, as by `model.ngrams.look_up`.
    """
    kinds, words, stems = tables.kinds, tables.words, tables.stems
    some = len(stems) > 0
    place = 0
    while place < size:
        if not _in_word(kinds[codes[place]]):
            place += 1
            continue
        state, begin, end = _WORDS, place, 0
        for _ in range(_MOST_PIECES):
            last, parts = begin, some
            # Each text ends with a space.
            while _in_word(kinds[codes[last]]) or (
                last > begin and codes[last] == STAR and _in_word(kinds[codes[last + 1]])
            ):
                state = _add(state, np.uint64(codes[last]))
                parts = parts or codes[last] == UNDERSCORE
                last += 1
            if _has(words, state):
                return _HIT
            if parts and end == 0 and _has_part(codes, begin, last, words, stems):
                return _HIT
            end = end or last
            begin = last + 1
            if codes[last] in (SPACE, _APOSTROPHE) or kinds[codes[last]] != OTHER:
                break
            if not _in_word(kinds[codes[begin]]):
                break
        place = end
    return _NONE


@compiled
def _has_part(codes: CodePoints, begin: int, end: int, words: Hashes, stems: Hashes) -> bool:
    """Say whether a word has one of the set between underscores, or begins there with a stem."""
    some = len(stems) > 0
    parts = False
    state = _WORDS
    for place in range(begin, end):
        if codes[place] == UNDERSCORE:
            if _has(words, state):
                return True
            parts, state = True, _WORDS
        else:
            state = _add(state, np.uint64(codes[place]))
            if some and _has(stems, state):
                return True
    return parts and _has(words, state)


@compiled
def _has(hashes: Hashes, state: np.uint64) -> bool:
    """Say whether a set has a hash."""
    upper = state >> _SHIFT
    if not hashes[upper >> np.uint64(6)] & (np.uint64(1) << (upper & np.uint64(63))):
        return False
    found = _SIEVE + int(np.searchsorted(hashes[_SIEVE:], state))
    return found < len(hashes) and bool(hashes[found] == state)


@compiled
def hash_words(codes: CodePoints, hashes: Hashes) -> None:
    """Hash words as they are in word texts, each with a space behind it."""
    place = 0
    for number in range(len(hashes)):
        state = _WORDS
        while codes[place] != SPACE:
            state = _add(state, np.uint64(codes[place]))
            place += 1
        hashes[number] = state
        place += 1
