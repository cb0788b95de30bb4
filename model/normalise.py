"""Text to code points that look the same when they read the same.

The steps, in order:

1. HTML entities are replaced by what they stand for, as browsers do, and a letter
   with combining marks is composed;
2. every code point is folded: NFKC, case folding, accents taken off Latin
   letters, typographic quotes and dashes made plain, every kind of blank made
   a space; a character that stands for several (``ﬁ``, ``ß``, ``㎏``) is written out;
   what cannot be seen (zero-width and bidi controls, variation selectors, soft
   hyphens) is deleted; runs of blanks become one space, and runs of three or more of
   one character become two;
3. disguise is undone (`model.reading`);
4. words of the lexicon are read as it says (`model.ngrams.look_up`): misspelt ones as
   they are spelt, and names of groups of people as one class.

Step 1 is rare and done here; the others are compiled. Accents are taken off
Latin letters only: in Cyrillic, Arabic or Devanagari a mark makes another
letter.
"""

import functools
import html
import itertools
import re
import unicodedata
from collections.abc import Iterable
from typing import Final, NamedTuple

import numpy as np
import numpy.typing as npt

from model.compiled import compiled
from model.ngrams import GROWTH, look_up
from model.reading import SPACE, read
from model.tables import (
    CLASSES,
    DELETED,
    EXPANDED,
    MARKS,
    CodePoints,
    FoldTables,
    Tables,
    Text,
    build_fold_tables,
    decode,
    encode,
    fold,
    freeze,
)

__all__ = ["FoldTables", "Normaliser", "build_fold_tables", "decode", "encode", "fold"]

Offsets = npt.NDArray[np.int64]

_ENTITY: Final = re.compile(r"&(?:amp;)*(#[0-9]+;?|#[xX][0-9a-fA-F]+;?|[^\t\n\f <&#;]{1,32};?)")
"""As in the standard's ``html.unescape``; what was escaped twice is taken in one step."""

_LONGEST_ENTITY: Final = 40
_CLUSTER: Final = re.compile(rf"[^{MARKS}]?[{MARKS}]+")
_MARK: Final = re.compile(f"[{MARKS}]")
_MOST_MARKS: Final = 16
_FIRST_MARK: Final = ord(MARKS[0])
_LAST_MARK: Final = ord(MARKS[-1])


class Texts(NamedTuple):
    """Texts after step 1.

    Attributes
    ----------
    codes : array of shape (n_codes,)
        The texts one after the other.
    begins : array of shape (n_texts + 1,)
        Text ``i`` is ``codes[begins[i]:begins[i + 1]]``.
    room : int
        How many code points, at most, any of them becomes by steps 2 and 3.
    """

    codes: CodePoints
    begins: Offsets
    room: int


class Origins(NamedTuple):
    """Where each code point of a text after step 1 comes from in the text before.

    Attributes
    ----------
    begins : array of shape (n_codes + 1,)
        And where the text ends.
    ends : array of shape (n_codes + 1,)
        And before them 0.
    """

    begins: Offsets
    ends: Offsets


@compiled
def fold_text(codes: CodePoints, begin: int, end: int, tables: Tables, text: Text) -> int:
    """Do step 2 on ``codes[begin:end]``, and put the result between two spaces.

    Parameters
    ----------
    text : Text
        Receives the result, and where it came from, counted from `begin`. The
        spaces put around it come from nowhere. The rest of a run belongs to the
        last that is kept of it.

    Returns
    -------
    int
        The size of the result.
    """
    text.codes[0] = SPACE
    text.first[0] = text.last[0] = 0
    size = 1
    for place in range(end - begin):
        code = tables.fold[codes[begin + place]]
        if code == EXPANDED:
            item = np.searchsorted(tables.expanded, codes[begin + place])
            for part in range(tables.expansions[item], tables.expansions[item + 1]):
                size = _append(text, size, tables.expansion_text[part], place)
        elif code != DELETED:
            size = _append(text, size, code, place)
    if text.codes[size - 1] != SPACE:
        text.codes[size] = SPACE
        text.first[size] = text.last[size] = end - begin
        size += 1
    return size


@compiled
def _append(text: Text, size: int, code: int, place: int) -> int:
    """Append a code point, unless a run has enough of it; return the new size."""
    if code == text.codes[size - 1]:
        if code == SPACE:
            return size
        if size > 1 and code == text.codes[size - 2]:
            text.last[size - 1] = place + 1
            return size
    text.codes[size] = code
    text.first[size] = place
    text.last[size] = place + 1
    return size + 1


@compiled
def read_text(  # noqa: PLR0913, PLR0917 - compiled functions take arrays
    codes: CodePoints, begin: int, end: int, tables: Tables, spare: Text, text: Text
) -> int:
    """Do steps 2 to 4, the first two in `spare`; as `fold_text`."""
    size = fold_text(codes, begin, end, tables, spare)
    size = read(spare, size, tables.kinds)
    return look_up(spare, size, tables, text)


@compiled
def _measure(
    codes: CodePoints, begins: Offsets, tables: Tables, marked: npt.NDArray[np.bool_]
) -> int:
    """Return the room that the longest of some texts needs; say which have combining marks."""
    room = 0
    for number in range(len(marked)):
        size = 2
        for place in range(begins[number], begins[number + 1]):
            code = codes[place]
            size += 1
            if tables.fold[code] == EXPANDED:
                item = np.searchsorted(tables.expanded, code)
                size += int(tables.expansions[item + 1] - tables.expansions[item])
            elif _FIRST_MARK <= code <= _LAST_MARK:
                marked[number] = True
        room = max(room, size)
    return room


class Normaliser:
    """Undo what makes equal texts differ; see the module for the steps.

    Parameters
    ----------
    tables : FoldTables
        As `build_fold_tables` made them, or as read from an artefact.
    """

    def __init__(self, tables: FoldTables) -> None:
        self.tables = tables
        self.unpacked = tables.unpack()

    @functools.cached_property
    def ungrouped(self) -> Tables:
        """The tables with a lexicon of misspellings alone, without groups of people."""
        tables = self.unpacked
        begins, ends = tables.readings[:-1], tables.readings[1:]
        is_group = begins < ends
        is_group[is_group] = tables.reading_text[begins[is_group]] >= CLASSES
        kept = ~is_group[tables.items]
        # The sieve lets pass what was there, and then it is not found.
        return tables._replace(
            lexicon=freeze(tables.lexicon[kept]), items=freeze(tables.items[kept])
        )

    def __call__(self, text: str) -> str:
        """Return `text` normalised, without blanks at its ends."""
        return decode(self.align(text)[0]).strip()

    def encode(self, texts: list[str]) -> Texts:
        """Do step 1, on any strings: empty, NUL and lone surrogates too."""
        joined = "".join(texts)
        if "&" in joined:
            texts = [_ENTITY.sub(_unescape, text) if "&" in text else text for text in texts]
            joined = "".join(texts)
        if joined.isascii():
            return _pack_ascii(texts, joined)
        found, marked = self._measure(texts, joined)
        if not marked.any():
            return found
        texts = [
            _MARK.sub("", _CLUSTER.sub(_compose, text)) if rare else text
            for text, rare in zip(texts, marked.tolist(), strict=True)
        ]
        return self._measure(texts, "".join(texts))[0]

    def _measure(self, texts: list[str], joined: str) -> tuple[Texts, npt.NDArray[np.bool_]]:
        codes, begins, marked = encode(joined), _begins(texts), np.zeros(len(texts), np.bool_)
        return Texts(codes, begins, _measure(codes, begins, self.unpacked, marked)), marked

    def align(self, text: str) -> tuple[CodePoints, Offsets, Offsets]:
        """Normalise one text and say where each code point comes from.

        Returns
        -------
        codes : array of shape (n,)
            The text as it is hashed, between two spaces.
        begins, ends : arrays of shape (n,)
            ``text[begins[i]:ends[i]]`` became ``codes[i]``. The spaces put
            before and after the text have an empty origin.
        """
        given, origins = self.trace(text)
        spare, read = (
            Text(np.empty(room, np.uint32), *np.empty((2, room), np.int32))
            for room in (given.room, GROWTH * given.room)
        )
        size = read_text(given.codes, 0, len(given.codes), self.unpacked, spare, read)
        first, last = read.first[:size], read.last[:size]
        begins = origins.begins[first]
        # What comes from several characters ends where the last of them does.
        ends = np.where(last > first, origins.ends[last], begins)
        return read.codes[:size], begins, ends

    def trace(self, text: str) -> tuple[Texts, Origins]:
        """Do step 1 on one text, and say where each code point comes from."""
        composed, origins = _compose_aligned(text)
        if composed.isascii():
            return _pack_ascii([composed], composed), origins
        return self._measure([composed], composed)[0], origins


def _compose_aligned(text: str) -> tuple[str, Origins]:
    """Do step 1, with the origin of each character of the result."""
    if "&" not in text and (text.isascii() or not _MARK.search(text)):
        places = np.arange(len(text) + 1, dtype=np.int64)
        return text, Origins(places, places)
    begins = ends = list(range(len(text) + 1))
    if "&" in text:
        entities = map(_read_entity, _ENTITY.finditer(text))
        text, begins, ends = _replace(text, begins, ends, entities)
    if not text.isascii():
        clusters = map(_read_cluster, _CLUSTER.finditer(text))
        text, begins, ends = _replace(text, begins, ends, clusters)
    return text, Origins(np.array(begins, np.int64), np.array(ends, np.int64))


def _replace(
    text: str, begins: list[int], ends: list[int], parts: Iterable[tuple[int, int, str]]
) -> tuple[str, list[int], list[int]]:
    """Replace parts of a text, and their origins by one for all that is new.

    Parameters
    ----------
    begins, ends : list of int
        Of `Origins`.
    parts : iterable of tuple
        Where each begins and ends, in order, and what it becomes.
    """
    pieces: list[str] = []
    new_begins: list[int] = []
    new_ends = ends[:1]
    done = 0
    for begin, end, new in parts:
        pieces += (text[done:begin], new)
        new_begins += begins[done:begin]
        new_begins += begins[begin : begin + 1] * len(new)
        new_ends += ends[done + 1 : begin + 1]
        new_ends += ends[end : end + 1] * len(new)
        done = end
    pieces.append(text[done:])
    new_begins += begins[done:]
    new_ends += ends[done + 1 :]
    return "".join(pieces), new_begins, new_ends


def _pack_ascii(texts: list[str], joined: str) -> Texts:
    return Texts(encode(joined), _begins(texts), max(map(len, texts), default=0) + 2)


def _begins(texts: list[str]) -> Offsets:
    return np.array([0, *itertools.accumulate(map(len, texts))], np.int64)


def _unescape(match: re.Match[str]) -> str:
    # No character has a number this long, and Python refuses to read it.
    return html.unescape(f"&{match[1]}") if len(match[1]) <= _LONGEST_ENTITY else "\ufffd"


def _read_entity(match: re.Match[str]) -> tuple[int, int, str]:
    """Return where an entity begins and ends, and what it stands for."""
    new = _unescape(match)
    # What follows an entity that lacks its semicolon stays as it is.
    same = _count_same(new[1:], match[1])
    return match.start(), match.end() - same, new[: len(new) - same]


def _read_cluster(match: re.Match[str]) -> tuple[int, int, str]:
    """Return where a letter with its marks begins and ends, and the letter they compose."""
    return match.start(), match.end(), _MARK.sub("", _compose(match))


def _count_same(one: str, other: str) -> int:
    """Return how many characters two strings have in common at their ends."""
    same = 0
    while same < min(len(one), len(other)) and one[-1 - same] == other[-1 - same]:
        same += 1
    return same


def _compose(match: re.Match[str]) -> str:
    # Composing takes time quadratic in the marks. No letter takes this many, and
    # what it does not take is deleted.
    return unicodedata.normalize("NFC", match.group()[:_MOST_MARKS])
