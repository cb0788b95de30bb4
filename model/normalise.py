"""Text to code points that look the same when they read the same.

The tables are part of the artefact: they are built once, when a model is
trained, and stored with its weights. A newer Python with newer Unicode data
therefore cannot change a score.

The steps, in order:

1. a letter with combining marks is composed, and a character that stands for
   several (``ﬁ``, ``ß``, ``㎏``) is written out;
2. every code point is folded: NFKC, case folding, accents taken off Latin
   letters, typographic quotes and dashes made plain, every kind of blank made
   a space; what cannot be seen (zero-width and bidi controls, variation
   selectors, soft hyphens) is deleted;
3. runs of blanks become one space, and runs of three or more of one
   character become two.

Accents are taken off Latin letters only: in Cyrillic, Arabic or Devanagari a
mark makes another letter.
"""

import re
import sys
import unicodedata
from dataclasses import dataclass
from typing import Final

import numpy as np
import numpy.typing as npt

CodePoints = npt.NDArray[np.uint32]
Offsets = npt.NDArray[np.int64]

DELETED: Final = 0
"""What a code point that cannot be seen is folded to."""

SPACE: Final = 0x20
REPLACEMENT: Final = 0xFFFD
_SIZE: Final = sys.maxunicode + 1
_MARKS: Final = "\u0300-\u036f"
_PLAIN: Final = str.maketrans(
    "\u2018\u2019\u201a\u201b\u02bc\u2032`\u00b4\u201c\u201d\u201e\u201f\u2033\u2010\u2011\u2012\u2013\u2014\u2015\u2212",
    "''''''''" + '"' * 5 + "-" * 7,
)
_CLUSTER: Final = re.compile(rf"[^{_MARKS}][{_MARKS}]+")
_LETTER: Final = re.compile(rf"(?s:.)[{_MARKS}]*")
_MOST_MARKS: Final = 16
_ASK: Final = 0xFFFFFFFF
"""What a code point is folded to that step 1 would have dealt with."""

_LATIN_MARKS: Final = re.compile(rf"(?<=[a-z])[{_MARKS}]+")


@dataclass(frozen=True)
class FoldTables:
    """The tables of a `Normaliser`, as an artefact stores them.

    Attributes
    ----------
    changed, folded : arrays of shape (n_changed,)
        Code points that step 2 changes, and what they become.
    expanded : array of shape (n_expanded,)
        Code points that step 1 writes out.
    expansions : array of shape (n_expanded + 1,)
        Where each expansion begins in `expansion_text`; the last item is its length.
    expansion_text : array of shape (n,)
        The code points of all expansions, one after the other.
    word : array of shape (n_ranges, 2)
        Half-open ranges of code points that make words.
    symbol : array of shape (n_ranges, 2)
        Half-open ranges of code points that are a word each, such as emoji.
    """

    changed: CodePoints
    folded: CodePoints
    expanded: CodePoints
    expansions: CodePoints
    expansion_text: CodePoints
    word: CodePoints
    symbol: CodePoints


def fold(text: str) -> str:
    """Return what one character, or one letter with its marks, is folded to.

    NFKC, case folding and NFKC again, repeated until nothing changes.
    """
    before = None
    while text != before:
        before = text
        text = unicodedata.normalize("NFKC", text).casefold().translate(_PLAIN)
        text = _LATIN_MARKS.sub("", unicodedata.normalize("NFD", text))
        text = unicodedata.normalize("NFKC", text)
        text = "".join(_visible(character) for character in text)
    return text


def _visible(character: str) -> str:
    category = unicodedata.category(character)
    if category == "Cf" or "\ufe00" <= character <= "\ufe0f" or "\u0300" <= character <= "\u036f":
        return ""
    return " " if category in {"Cc", "Zs", "Zl", "Zp"} else character


def build_fold_tables() -> FoldTables:
    """Build the tables from this Python's Unicode data; takes some seconds."""
    changed, expansions, words, symbols = {}, {}, [], []
    for code in range(_SIZE):
        character = chr(code)
        category = unicodedata.category(character)
        if category in {"Cn", "Co"}:
            continue
        if category == "Cs":
            changed[code] = REPLACEMENT
            continue
        new = fold(character)
        if len(new) > 1:
            expansions[code] = new
        elif new != character:
            changed[code] = ord(new) if new else DELETED
        elif character.isalnum() or character == "_" or category in {"Mn", "Mc"}:
            words.append(code)
        elif category in {"So", "Sk"}:
            symbols.append(code)
    text = "".join(expansions.values())
    lengths = [len(expansion) for expansion in expansions.values()]
    return FoldTables(
        changed=np.array(list(changed), np.uint32),
        folded=np.array(list(changed.values()), np.uint32),
        expanded=np.array(list(expansions), np.uint32),
        expansions=np.cumsum([0, *lengths]).astype(np.uint32),
        expansion_text=encode(text),
        word=_ranges(words),
        symbol=_ranges(symbols),
    )


def _ranges(codes: list[int]) -> CodePoints:
    """Return sorted code points as half-open ranges, shape (n, 2)."""
    array = np.array(codes, np.uint32)
    gaps = np.flatnonzero(np.diff(array) > 1)
    begins = np.concatenate([array[:1], array[gaps + 1]])
    ends = np.concatenate([array[gaps], array[-1:]]) + np.uint32(1)
    return np.stack([begins, ends], axis=1)


def encode(text: str) -> CodePoints:
    """Return the code points of `text`, lone surrogates included."""
    return np.frombuffer(text.encode("utf-32-le", "surrogatepass"), np.uint32)


def decode(codes: CodePoints) -> str:
    """Return the text of `codes`."""
    return codes.astype("<u4").tobytes().decode("utf-32-le", "surrogatepass")


class Normaliser:
    """Undo what makes equal texts differ; see the module for the steps.

    Parameters
    ----------
    tables : FoldTables
        As `build_fold_tables` made them, or as read from an artefact.
    """

    def __init__(self, tables: FoldTables) -> None:
        self.tables = tables
        self._fold = np.arange(_SIZE, dtype=np.uint32)
        self._fold[tables.changed] = tables.folded
        begins = tables.expansions
        text = decode(tables.expansion_text)
        self._expansions = {
            int(code): text[begins[i] : begins[i + 1]] for i, code in enumerate(tables.expanded)
        }
        # A mark that no letter took is deleted.
        marks = range(ord(_MARKS[0]), ord(_MARKS[-1]) + 1)
        self._expansions |= dict.fromkeys(marks, "")
        # Step 1 is rarely needed: its characters are folded to what asks for it.
        self._fold[tables.expanded] = _ASK
        self._fold[marks] = _ASK

    def __call__(self, text: str) -> str:
        """Return `text` normalised, without blanks at its ends."""
        return decode(self.codes([text])[0]).strip()

    def codes(self, texts: list[str]) -> tuple[CodePoints, Offsets]:
        """Normalise many texts at once.

        Parameters
        ----------
        texts : list of str
            At least one. Any string: empty, NUL and lone surrogates too.

        Returns
        -------
        codes : array of shape (n_codes,)
            The normalised texts one after the other, each between two spaces.
        begins : array of shape (n_texts + 1,)
            Text ``i`` is ``codes[begins[i]:begins[i + 1]]``.
        """
        codes, begins, _ = self._codes(texts)
        return codes, begins

    def align(self, text: str) -> tuple[CodePoints, Offsets, Offsets]:
        """Normalise one text and say where each code point comes from.

        Returns
        -------
        codes : array of shape (n,)
            As from `codes`.
        begins, ends : arrays of shape (n,)
            ``text[begins[i]:ends[i]]`` became ``codes[i]``. The space put
            before and after the text has an empty origin.
        """
        expanded, origin_begins, origin_ends = self._expand_aligned(text)
        codes, _, kept = self._codes([expanded])
        begins: Offsets = np.array([0, *origin_begins, len(text)], np.int64)[kept]
        ends: Offsets = np.array([0, *origin_ends, len(text)], np.int64)[kept]
        return codes, begins, ends

    def _codes(self, texts: list[str]) -> tuple[CodePoints, Offsets, Offsets]:
        codes = self._fold[encode(f" {'  '.join(texts)} ")]
        if codes.max() == _ASK:
            texts = [text if text.isascii() else self._expand(text) for text in texts]
            codes = self._fold[encode(f" {'  '.join(texts)} ")]
        first = np.array([0] + [len(text) + 2 for text in texts]).cumsum()
        kept = _visible_runs(codes, first)
        begins: Offsets = kept.searchsorted(first)
        return codes[kept], begins, kept

    def _expand(self, text: str) -> str:
        return _CLUSTER.sub(_compose, text).translate(self._expansions)

    def _expand_aligned(self, text: str) -> tuple[str, list[int], list[int]]:
        """Do as `_expand`, with the origin of each character of the result."""
        pieces: list[str] = []
        begins: list[int] = []
        ends: list[int] = []
        for match in _LETTER.finditer(text):
            new = _compose(match).translate(self._expansions)
            pieces.append(new)
            begins += [match.start()] * len(new)
            ends += [match.end()] * len(new)
        return "".join(pieces), begins, ends


def _compose(match: re.Match[str]) -> str:
    # Composing takes time quadratic in the marks. No letter takes this many, and
    # what it does not take is deleted.
    return unicodedata.normalize("NFC", match.group()[:_MOST_MARKS])


def _visible_runs(codes: CodePoints, first: Offsets) -> Offsets:
    """Return the indices that step 3 keeps; `first` begins each text."""
    kept: Offsets = codes.nonzero()[0]
    seen = codes[kept]
    same = seen[1:] == seen[:-1]
    drop = np.zeros(len(seen), bool)
    drop[1:] = same & (seen[1:] == SPACE)
    drop[2:] |= same[1:] & same[:-1]
    drop[kept.searchsorted(first[:-1])] = False
    return kept[~drop]
