"""The words of a text, one space between: what word lists are matched on.

The *word text* of a text is what it reads as (`model.normalise`), with every run of code
points that are no letter, digit or mark made one space, and a space at both ends. So a
word or phrase of a list is in a text if " word " is in its word text, and a word begins
with a stem if " stem" is.

It is taken before step 4, for the lexicon has one symbol for all groups of people, and
again after it, with a lexicon that has none for them: then misspelt abuse is spelt.
"""

import itertools
from typing import Final, NamedTuple

import numpy as np

from model.compiled import compiled
from model.ngrams import GROWTH, in_word, look_up, make_text
from model.normalise import Normaliser, Origins, Texts, fold_text
from model.reading import SPACE, STAR, read
from model.tables import (
    EXPANDED,
    CodePoints,
    Kinds,
    Places,
    Tables,
    Text,
    decode,
)

FOLDED: Final = 2
READ: Final = 3
SPELT: Final = 4
"""The last step of `model.normalise` that is done before words are told apart."""

UNDERSCORE: Final = 0x5F

_LINE_BREAK: Final = 0x0A
_ASCII: Final = 128
_BATCH: Final = 1024


class WordText(NamedTuple):
    """The word text of a text, and where each character of it comes from.

    Attributes
    ----------
    text : str
    first, last : arrays
        Counted after step 1.
    origins : Origins
        Of what is counted there.
    """

    text: str
    first: Places
    last: Places
    origins: Origins

    def find_origin(self, begin: int, end: int) -> tuple[int, int]:
        """Return where a part of the word text comes from in the text, begin and end."""
        return (
            int(self.origins.begins[self.first[begin]]),
            int(self.origins.ends[self.last[end - 1]]),
        )

    def is_run(self, place: int) -> bool:
        """Say whether a character stands for more than one: the second of a run may."""
        return bool(self.last[place] - self.first[place] > 1)


class Written(NamedTuple):
    """The word texts of many texts.

    Attributes
    ----------
    texts : list of str
    runs : dict of int to list of int
        Which texts had runs of three or more of one character, and where in their word texts
        the second is of the two that are left.
    """

    texts: list[str]
    runs: dict[int, list[int]]


@compiled
def write_words(texts: Texts, tables: Tables, step: int) -> Text:
    """Return the word texts, each with a line break behind it, and where they come from.

    Parameters
    ----------
    step : int
        The last to be done, `FOLDED`, `READ` or `SPELT`.
    """
    count = len(texts.begins) - 1
    spare, spelt = make_text(texts.room), make_text(GROWTH * texts.room)
    words = make_text(GROWTH * (_measure(texts.codes, tables) + 2 * count) + count)
    written = 0
    for number in range(count):
        begin, end = texts.begins[number], texts.begins[number + 1]
        size = fold_text(texts.codes, begin, end, tables, spare)
        if step >= READ:
            size = read(spare, size, tables.kinds)
        if step >= SPELT:
            size = look_up(spare, size, tables, spelt)
            written = _write(spelt, size, tables.kinds, words, written)
        else:
            written = _write(spare, size, tables.kinds, words, written)
        written = _put(words, written, _LINE_BREAK, end - begin, end - begin)
    return Text(words.codes[:written], words.first[:written], words.last[:written])


@compiled
def _measure(codes: CodePoints, tables: Tables) -> int:
    """Return the room that texts take at most, folded and between two spaces."""
    room = len(codes) + 2
    for code in codes:
        # What is ASCII stays one code point.
        if code < _ASCII:
            continue
        if tables.fold[code] == EXPANDED:
            item = np.searchsorted(tables.expanded, code)
            room += int(tables.expansions[item + 1] - tables.expansions[item])
    return room


@compiled
def _write(text: Text, size: int, kinds: Kinds, words: Text, written: int) -> int:
    """Write the word text of one text behind others; return the new size."""
    codes = text.codes
    written = _put(words, written, SPACE, 0, 0)
    inside = False
    for place in range(1, size):
        code = codes[place]
        if (in_word(kinds[code]) and code != UNDERSCORE) or (
            code == STAR
            and inside
            and in_word(kinds[codes[place + 1]])
            and codes[place + 1] != UNDERSCORE
        ):
            written = _put(words, written, code, text.first[place], text.last[place])
            inside = True
        elif inside:
            written = _put(words, written, SPACE, text.first[place], text.last[place])
            inside = False
    return written


@compiled
def _put(words: Text, written: int, code: int, first: int, last: int) -> int:
    words.codes[written] = code
    words.first[written] = first
    words.last[written] = last
    return written + 1


class WordReader:
    """Make word texts.

    Parameters
    ----------
    normaliser : Normaliser
    """

    def __init__(self, normaliser: Normaliser) -> None:
        self.normaliser = normaliser

    def write(self, texts: list[str], step: int) -> Written:
        """Return the word texts of many texts after a step."""
        written = Written([], {})
        for begin in range(0, len(texts), _BATCH):
            encoded = self.normaliser.encode(texts[begin : begin + _BATCH])
            words = write_words(encoded, self.normaliser.ungrouped, step)
            _add_runs(words, begin, written.runs)
            written.texts.extend(decode(words.codes).split("\n")[:-1])
        return written

    def trace(self, text: str, steps: tuple[int, ...]) -> list[WordText]:
        """Return the word text of one text after each step given."""
        encoded, origins = self.normaliser.trace(text)
        words = [write_words(encoded, self.normaliser.ungrouped, step) for step in steps]
        return [WordText(decode(each.codes)[:-1], each.first, each.last, origins) for each in words]


def _add_runs(words: Text, number: int, runs: dict[int, list[int]]) -> None:
    """Say where runs were cut, in texts of which the first is number `number`."""
    codes = words.codes
    same = (codes[1:] == codes[:-1]) & (codes[1:] != SPACE)
    cut = np.flatnonzero(same & (words.last[1:] - words.first[1:] > 1)) + 1
    if not len(cut):
        return
    begins = np.concatenate([[0], np.flatnonzero(codes == _LINE_BREAK) + 1])
    texts = np.searchsorted(begins, cut, side="right") - 1
    for text, place in zip(texts.tolist(), (cut - begins[texts]).tolist(), strict=True):
        runs.setdefault(number + text, []).append(place)


def list_readings(tables: Tables) -> list[str]:
    """Return what the lexicon reads, in the order of its items."""
    bounds = tables.readings.tolist()
    text = tables.reading_text
    return [decode(text[begin:end]) for begin, end in itertools.pairwise(bounds)]
