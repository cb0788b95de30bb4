"""What each code point is: folded to what, and a letter, a symbol or a look-alike.

The tables are part of the artefact: they are built once, when a model is
trained, and stored with its weights. A newer Python with newer Unicode data
therefore cannot change a score.
"""

import sys
import unicodedata
from dataclasses import dataclass, field
from typing import Final, NamedTuple, TypeVar

import numpy as np
import numpy.typing as npt

CodePoints = npt.NDArray[np.uint32]
Hashes = npt.NDArray[np.uint64]
Kinds = npt.NDArray[np.uint8]
Places = npt.NDArray[np.int32]
Scalar = TypeVar("Scalar", bound=np.generic)

DELETED: Final = 0
"""What a code point that cannot be seen is folded to."""

EXPANDED: Final = 0xFFFFFFFF
"""What a code point is folded to that is written out."""

REPLACEMENT: Final = 0xFFFD
SIZE: Final = sys.maxunicode + 1
MARKS: Final = "\u0300-\u036f"
CLASSES: Final = 0xE000
"""The first code point, of 6,400 for private use, for a class of words in a lexicon."""

SIEVE_BITS: Final = 21

OTHER: Final = 0
WORD: Final = 1
SYMBOL: Final = 2
"""The kinds of code points. A letter of a word that looks like a Latin one has that as its kind."""

_PLAIN: Final = str.maketrans(
    # Quotes and dashes; small capitals; and from U+1F150 and U+1F170 white letters in
    # circles and squares, which Unicode has no decomposition for.
    "\u2018\u2019\u201a\u201b\u02bc\u2032`\u00b4\u201c\u201d\u201e\u201f\u2033\u2010\u2011\u2012\u2013\u2014\u2015\u2212"
    "\u1d00\u0299\u1d04\u1d05\u1d07\ua730\u0262\u029c\u026a\u1d0a\u1d0b\u029f\u1d0d\u0274\u1d0f\u1d18\ua7af\u0280\ua731\u1d1b\u1d1c\u1d20\u1d21\u028f\u1d22"
    + "".join(map(chr, (*range(0x1F150, 0x1F16A), *range(0x1F170, 0x1F18A)))),
    "''''''''" + '"' * 5 + "-" * 7 + "abcdefghijklmnopqrstuvwyz" + "abcdefghijklmnopqrstuvwxyz" * 2,
)

LOOK_ALIKES: Final = {
    "a": "\u0430\u03b1\u0251\ua4ee\u13aa\u0561",
    "b": "\u0432\u044c\u03b2\ua4d0\u13cf\u13f4",
    "c": "\u0441\u2ca5\ua4da\u13df",
    "d": "\u0501\u0111\ua4d3\u13a0\u13e7",
    "e": "\u0435\u0451\u03b5\ua4f0\u13ac",
    "f": "\ua4dd",
    "g": "\u0261\ua4d6\u13c0\u13f3\u0581",
    "h": "\u043d\u04bb\u0127\ua4e7\u13bb\u13c2\u0570",
    "i": "\u0456\u0457\u03b9\u0131\ua4f2\u13a5",
    "j": "\u0458\u03f3\ua4d9\u13ab\u0575",
    "k": "\u043a\u03ba\ua4d7\u13e6",
    "l": "\u04cf\u0142\ua4e1\u13de",
    "m": "\u043c\ua4df\u13b7",
    "n": "\u043f\u0438\u03b7\ua4e0\u0578\u057c",
    "o": "\u043e\u03bf\u03c3\u00f8\u2c9f\ua4f3\u0585",
    "p": "\u0440\u03c1\ua4d1\u13e2",
    "q": "\u051b\u0566",
    "r": "\u0433\u044f\ua4e3\u13a1\u13d2",
    "s": "\u0455\ua4e2\u13d5\u13da",
    "t": "\u0442\u03c4\u0167\ua4d4\u13a2",
    "u": "\u03c5\u03bc\u057d\ua4f4",
    "v": "\u03bd\u0475\ua4e6\u13d9",
    "w": "\u0448\u0449\u051d\u03c9\ua4ea\u13b3\u13d4",
    "x": "\u0445\u03c7\ua4eb",
    "y": "\u0443\u04af\u03b3\ua4ec\u13a9\u13bd",
    "z": "\ua4dc\u13c3",
}
"""Folded letters, of Cyrillic, Greek, Cherokee, Armenian, Lisu and Coptic, that look
like a Latin letter in lower or upper case, and Latin ones that only look like it."""


class Tables(NamedTuple):
    """What compiled functions look up; none can be written.

    Attributes
    ----------
    fold : array of shape (0x110000,)
        What each code point is folded to: itself, another, `DELETED` or `EXPANDED`.
    expanded, expansions, expansion_text : arrays
        As in `FoldTables`.
    kinds : array of shape (0x110000,)
        `OTHER`, `WORD`, `SYMBOL`, or the letter it looks like.
    lexicon, items : arrays of shape (n_words,)
        Sorted hashes of words, and the number of what is read for each.
    sieve : array of 2**SIEVE_BITS bits
        Set where a hash of the lexicon has these upper bits: most words are not in it.
    readings : array of shape (n_readings + 1,)
        Where each begins in `reading_text`.
    reading_text : array of shape (n,)
    """

    fold: CodePoints
    expanded: CodePoints
    expansions: CodePoints
    expansion_text: CodePoints
    kinds: Kinds
    lexicon: Hashes
    items: CodePoints
    sieve: Hashes
    readings: CodePoints
    reading_text: CodePoints


class Text(NamedTuple):
    """A text while it is read, and later as it is hashed, between two spaces.

    Attributes
    ----------
    codes : array
        Its code points, and room behind them.
    first, last : arrays of that size
        Where each came from, as begin and end.
    """

    codes: CodePoints
    first: Places
    last: Places


def _no_codes() -> CodePoints:
    return np.zeros(0, np.uint32)


def _no_hashes() -> Hashes:
    return np.zeros(0, np.uint64)


@dataclass(frozen=True)
class FoldTables:
    """The tables of a `Normaliser`, as an artefact stores them.

    Attributes
    ----------
    changed, folded : arrays of shape (n_changed,)
        Code points that are changed, and what they become.
    expanded : array of shape (n_expanded,)
        Code points that are written out before.
    expansions : array of shape (n_expanded + 1,)
        Where each expansion begins in `expansion_text`; the last item is its length.
    expansion_text : array of shape (n,)
        The code points of all expansions, one after the other.
    word : array of shape (n_ranges, 2)
        Half-open ranges of code points that make words.
    symbol : array of shape (n_ranges, 2)
        Half-open ranges of code points that are a word each, such as emoji.
    look_alikes, letters : arrays of shape (n_look_alikes,)
        Letters, and the letter a to z that each looks like.
    lexicon_hashes : array of uint64, shape (n_words,)
        Sorted hashes (`model.ngrams.hash_word`) of words that are read as others.
    lexicon_items : array of shape (n_words,)
        The number of what is read for each.
    readings : array of shape (n_readings + 1,)
        Where each reading begins in `reading_text`; the last item is its length.
    reading_text : array of shape (n,)
        What is read: a word, or a class of words, a code point from `CLASSES` on.
    """

    changed: CodePoints
    folded: CodePoints
    expanded: CodePoints
    expansions: CodePoints
    expansion_text: CodePoints
    word: CodePoints
    symbol: CodePoints
    look_alikes: CodePoints = field(default_factory=_no_codes)
    letters: CodePoints = field(default_factory=_no_codes)
    lexicon_hashes: Hashes = field(default_factory=_no_hashes)
    lexicon_items: CodePoints = field(default_factory=_no_codes)
    readings: CodePoints = field(default_factory=lambda: np.zeros(1, np.uint32))
    reading_text: CodePoints = field(default_factory=_no_codes)

    def check(self) -> None:
        """Raise ValueError if the tables do not fit together.

        Compiled functions look at any memory a wrong number points to.
        """
        codes = (self.folded, self.expanded, self.expansion_text, self.reading_text)
        fits = {
            "folded": self.changed.shape == self.folded.shape,
            "expansions": len(self.expansions) == len(self.expanded) + 1
            and _divides(self.expansions, self.expansion_text),
            "expanded": bool((np.diff(self.expanded.astype(np.int64)) > 0).all()),
            "word": self.word.ndim == 2 and self.word.shape[1] == 2 and self.word.size > 0,  # noqa: PLR2004
            "symbol": self.symbol.ndim == 2 and self.symbol.shape[1] == 2 and self.symbol.size > 0,  # noqa: PLR2004
            "letters": self.letters.shape == self.look_alikes.shape
            and bool(((self.letters >= ord("a")) & (self.letters <= ord("z"))).all()),
            "lexicon": self.lexicon_items.shape == self.lexicon_hashes.shape
            and bool((self.lexicon_hashes[1:] > self.lexicon_hashes[:-1]).all())
            and bool((self.lexicon_items < len(self.readings) - 1).all()),
            "readings": _divides(self.readings, self.reading_text),
            "code points": all(bool((each < SIZE).all()) for each in codes),
        }
        for name, fit in fits.items():
            if not fit:
                raise ValueError(f"the tables do not fit together: {name}")

    def unpack(self) -> Tables:
        """Return the tables as compiled functions look things up in them.

        Raises
        ------
        ValueError
            If they do not fit together.
        """
        self.check()
        folded = np.arange(SIZE, dtype=np.uint32)
        folded[self.changed] = self.folded
        folded[self.expanded] = EXPANDED
        # Those that no letter took.
        folded[ord(MARKS[0]) : ord(MARKS[-1]) + 1] = DELETED
        kinds = np.zeros(SIZE, np.uint8)
        for ranges, kind in ((self.word, WORD), (self.symbol, SYMBOL)):
            for begin, end in ranges.tolist():
                kinds[begin:end] = kind
        kinds[self.look_alikes] = self.letters
        kinds[self.reading_text[self.reading_text >= CLASSES]] = WORD
        return Tables(
            fold=freeze(folded),
            expanded=freeze(self.expanded),
            expansions=freeze(self.expansions),
            expansion_text=freeze(self.expansion_text),
            kinds=freeze(kinds),
            lexicon=freeze(self.lexicon_hashes),
            items=freeze(self.lexicon_items),
            sieve=freeze(_sieve(self.lexicon_hashes)),
            readings=freeze(self.readings),
            reading_text=freeze(self.reading_text),
        )


def _sieve(hashes: Hashes) -> Hashes:
    """Return bits, 64 an item, of which those of the upper bits of `hashes` are set."""
    bits = np.zeros(1 << SIEVE_BITS, np.uint8)
    bits[hashes >> np.uint64(64 - SIEVE_BITS)] = 1
    return np.packbits(bits, bitorder="little").view("<u8").astype(np.uint64)


def _divides(begins: CodePoints, text: CodePoints) -> bool:
    """Return whether `begins` rises from 0 to the length of `text`."""
    return (
        len(begins) > 0
        and int(begins[0]) == 0
        and int(begins[-1]) == len(text)
        and bool((np.diff(begins.astype(np.int64)) >= 0).all())
    )


def fold(text: str) -> str:
    """Return what one character, or one letter with its marks, is folded to.

    NFKC, case folding and NFKC again, repeated until nothing changes.
    """
    before = None
    while text != before:
        before = text
        text = unicodedata.normalize("NFKC", text).casefold().translate(_PLAIN)
        text = _strip_latin(unicodedata.normalize("NFD", text))
        text = unicodedata.normalize("NFKC", text)
        text = "".join(_visible(character) for character in text)
    return text


def _strip_latin(text: str) -> str:
    """Take the marks off letters a to z."""
    kept: list[str] = []
    for character in text:
        if not ("\u0300" <= character <= "\u036f" and kept and "a" <= kept[-1] <= "z"):
            kept.append(character)
    return "".join(kept)


def _visible(character: str) -> str:
    category = unicodedata.category(character)
    if category == "Cf" or "\ufe00" <= character <= "\ufe0f" or "\u0300" <= character <= "\u036f":
        return ""
    return " " if category in {"Cc", "Zs", "Zl", "Zp"} else character


def _emoji_name(character: str) -> str:
    """Return the name of an emoji between two spaces, or nothing.

    So one that no training text has is not unknown, if its words are known.
    """
    is_emoji = character >= "\U0001f300" or "\u2600" <= character <= "\u27bf"
    if not is_emoji or unicodedata.category(character) != "So":
        return ""
    words = fold(unicodedata.name(character)).split()
    # Of signs, these say that they are drawn as outlines; they are names of groups, too.
    return f" {' '.join(word for word in words if word not in {'black', 'white', 'heavy'})} "


def build_fold_tables() -> FoldTables:
    """Build the tables from this Python's Unicode data; takes some seconds.

    The lexicon is empty.
    """
    # No text may pretend to be a class of words.
    changed = dict.fromkeys(range(CLASSES, 0xF900), REPLACEMENT)
    expansions, words, symbols = {}, [], []
    for code in range(SIZE):
        character = chr(code)
        category = unicodedata.category(character)
        if category in {"Cn", "Co"}:
            continue
        if category == "Cs":
            changed[code] = REPLACEMENT
            continue
        new = _emoji_name(character) or fold(character)
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
    alike = {
        look_alike: letter for letter, looking in LOOK_ALIKES.items() for look_alike in looking
    }
    return FoldTables(
        changed=np.array(list(changed), np.uint32),
        folded=np.array(list(changed.values()), np.uint32),
        expanded=np.array(list(expansions), np.uint32),
        expansions=np.cumsum([0, *lengths]).astype(np.uint32),
        expansion_text=encode(text),
        word=_ranges(words),
        symbol=_ranges(symbols),
        look_alikes=encode("".join(alike)),
        letters=encode("".join(alike.values())),
    )


def _ranges(codes: list[int]) -> CodePoints:
    """Return sorted code points as half-open ranges, shape (n, 2)."""
    array = np.array(codes, np.uint32)
    gaps = np.flatnonzero(np.diff(array) > 1)
    begins = np.concatenate([array[:1], array[gaps + 1]])
    ends = np.concatenate([array[gaps], array[-1:]]) + np.uint32(1)
    return np.stack([begins, ends], axis=1)


def freeze(array: npt.NDArray[Scalar]) -> npt.NDArray[Scalar]:
    """Return a plain, contiguous array that cannot be written.

    Compiled functions see one type: arrays mapped from a file cannot be written
    either, and numba would compile each function for both.
    """
    plain = np.asarray(np.ascontiguousarray(array)).view()
    plain.flags.writeable = False
    return plain


def encode(text: str) -> CodePoints:
    """Return the code points of `text`, lone surrogates included."""
    return np.frombuffer(text.encode("utf-32-le", "surrogatepass"), np.uint32)


def decode(codes: CodePoints) -> str:
    """Return the text of `codes`."""
    return codes.astype("<u4").tobytes().decode("utf-32-le", "surrogatepass")
