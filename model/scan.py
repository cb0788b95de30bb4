"""Whether a text has a word of a set, or one that begins with a stem, by their hashes.

Nearly all texts have none, so all is done to say so soon: in a text that needs no reading,
each code point is looked at once.
"""

from typing import Final

import numpy as np
import numpy.typing as npt

from model.compiled import compiled

# Words are hashed as those of the lexicon: of misspellings nothing but these hashes is known.
from model.ngrams import APOSTROPHE, MOST_PIECES, WORD_SEED, in_word, make_text, mix
from model.normalise import Texts, fold_text
from model.reading import SPACE, STAR, read
from model.signs import may_link
from model.tables import OTHER, CodePoints, Hashes, Kinds, Tables
from model.words import UNDERSCORE

Hits = npt.NDArray[np.uint8]
Sets = tuple[Hashes, Hashes]
"""Hashes of words, and of stems.

Of each ``2**BITS`` bits, of which those of the upper bits of the hashes are set, and behind
them the hashes, sorted. Without stems, an empty array.
"""

BITS: Final = 21

_SIEVE: Final = 1 << (BITS - 6)
_SHIFT: Final = np.uint64(64 - BITS)

NONE: Final = 0
WORD: Final = 1
"""A text has a word of the sets, or one that begins with a stem."""
LINK: Final = 2
"""A text may have a link."""

_UNREAD: Final = 4
_JOINED: Final = 8

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


@compiled
def sift(texts: Texts, tables: Tables, sets: Sets, hits: Hits) -> None:
    """Say what each text has; `hits` receives `NONE`, `WORD`, `LINK` or both of them."""
    spare = make_text(texts.room)
    for number in range(len(hits)):
        begin, end = texts.begins[number], texts.begins[number + 1]
        size = fold_text(texts.codes, begin, end, tables, spare)
        found = scan_folded(spare.codes, size, sets)
        if found >= _UNREAD:
            size = read(spare, size, tables.kinds)
            found = scan_read(spare.codes, size, tables.kinds, sets, found)
        hits[number] = found


@compiled
def scan_folded(codes: CodePoints, size: int, sets: Sets) -> int:
    """Look at a folded text; what it returns is for `scan_read`, once the text was read."""
    found = _scan_plain(codes, size, sets[0], sets[1])
    return found | LINK if may_link(codes, size) else found


@compiled
def scan_read(codes: CodePoints, size: int, kinds: Kinds, sets: Sets, found: int) -> int:
    """Return `NONE`, `WORD`, `LINK` or both, after what `scan_folded` found."""
    if found < _UNREAD:
        return found
    return (found & LINK) | _scan(codes, size, kinds, sets)


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
        `WORD` or `NONE`; `_UNREAD` if the text may not be such a one; `_JOINED` if words in it
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
            begin, state = place, WORD_SEED
            while kind == _LETTER:
                state = mix(state, np.uint64(code))
                if some and _has(stems, state):
                    return WORD
                place += 1
                code = codes[place]
                kind = _classify(code)
            if _has(words, state):
                return WORD
            if place == begin + 1:
                chain = chain + 1 if single == begin - 2 else 1
                single = begin
                if chain == _SPREAD:
                    return _UNREAD
            sign = code not in (SPACE, APOSTROPHE)
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
    return _JOINED if joined else NONE


@compiled
def _classify(code: int) -> int:
    return _CLASSES[code] if code < _ASCII else 0


@compiled
def _scan(codes: CodePoints, size: int, kinds: Kinds, sets: Sets) -> int:
    """Look at a text that was read; return `WORD` or `NONE`.

    Words with one sign between them are looked up as one, too, as by `model.ngrams.look_up`.
    """
    words, stems = sets
    some = len(stems) > 0
    place = 0
    while place < size:
        if not in_word(kinds[codes[place]]):
            place += 1
            continue
        state, begin, end = WORD_SEED, place, 0
        for _ in range(MOST_PIECES):
            last, parts = begin, some
            # Each text ends with a space.
            while in_word(kinds[codes[last]]) or (
                last > begin and codes[last] == STAR and in_word(kinds[codes[last + 1]])
            ):
                state = mix(state, np.uint64(codes[last]))
                parts = parts or codes[last] == UNDERSCORE
                last += 1
            if _has(words, state):
                return WORD
            if parts and end == 0 and _has_part(codes, begin, last, words, stems):
                return WORD
            end = end or last
            begin = last + 1
            if codes[last] in (SPACE, APOSTROPHE) or kinds[codes[last]] != OTHER:
                break
            if not in_word(kinds[codes[begin]]):
                break
        place = end
    return NONE


@compiled
def _has_part(codes: CodePoints, begin: int, end: int, words: Hashes, stems: Hashes) -> bool:
    """Say whether a word has one of the set between underscores, or begins there with a stem."""
    some = len(stems) > 0
    parts = False
    state = WORD_SEED
    for place in range(begin, end):
        if codes[place] == UNDERSCORE:
            if _has(words, state):
                return True
            parts, state = True, WORD_SEED
        # A star masks letters between others alone, as in a word text.
        elif codes[place] != STAR or (state != WORD_SEED and codes[place + 1] != UNDERSCORE):
            state = mix(state, np.uint64(codes[place]))
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
        state = WORD_SEED
        while codes[place] != SPACE:
            state = mix(state, np.uint64(codes[place]))
            place += 1
        hashes[number] = state
        place += 1
