"""Abusive words written as those write them who do not want to be moderated.

Each kind of disguise takes one word, without blanks, and returns it changed,
or as it was where it does not apply; `disguise` then falls back on repeating
a letter, which always applies. Most make one or two edits, as people do.
"""

import re
import unicodedata
from collections.abc import Callable, Collection, Sequence
from typing import Final, Literal, get_args

import numpy as np
from numpy.random import Generator

Kind = Literal[
    "zero_width",
    "homoglyph",
    "styled",
    "diacritics",
    "leet",
    "spaced",
    "dotted",
    "masked",
    "repeated",
    "dropped",
    "doubled",
    "swapped",
    "phonetic",
    "vowels",
    "keyboard",
    "case",
    "html_entity",
    "joined",
    "punctuation",
]
KINDS: Final[tuple[Kind, ...]] = get_args(Kind)
"""Every kind of disguise; each is drawn equally often."""

_WORD: Final = re.compile(r"\w+")
_ZERO_WIDTH: Final = "\u200b\u200c\u200d\u2060\ufeff\u00ad"
_MARKS: Final = "\u0300\u0301\u0302\u0303\u0304\u0307\u0308\u030a\u030c\u0323\u0327\u0331"


def _table(entries: str) -> dict[str, str]:
    """Return a table from letters, each with what may stand for it."""
    return {entry[0]: entry[1:] for entry in entries.split()}


def _pairs(entries: str) -> list[tuple[str, str]]:
    """Return pairs of a pattern and what replaces it."""
    return [
        (sound, spelling) for sound, spelling in (entry.split(">") for entry in entries.split())
    ]


_HOMOGLYPHS: Final = _table(
    "a\u0430\u03b1 b\u042c\u0184 c\u0441\u03f2 d\u0501 e\u0435\u0454 g\u0581 "
    "h\u04bb i\u0456\u03b9 j\u0458 k\u03ba\u043a l\u04cf m\u043c "
    "n\u0578\u03b7 o\u043e\u03bf p\u0440\u03c1 q\u051b r\u0433 s\u0455 "
    "t\u0442\u03c4 u\u03c5\u057d v\u03bd\u0475 w\u051d\u03c9 x\u0445\u03c7 y\u0443\u03b3"
)
_LEET: Final = _table("a4@ b8 c( e3 g96 h# i1! l1| o0 s5$ t7+ uv z2")
_KEYBOARD: Final = ("qwertyuiop", "asdfghjkl", "zxcvbnm")
_VOWELS: Final = "aeiou"
_STYLES: Final = (  # where the styled A and a are
    (0xFF21, 0xFF41),  # full-width
    (0x1D400, 0x1D41A),  # bold
    (0x1D468, 0x1D482),  # bold italic
    (0x1D4D0, 0x1D4EA),  # bold script
    (0x1D56C, 0x1D586),  # bold Fraktur
    (0x1D5A0, 0x1D5BA),  # sans-serif
    (0x1D5D4, 0x1D5EE),  # sans-serif bold
    (0x1D670, 0x1D68A),  # monospace
    (0x24B6, 0x24D0),  # circled
)
_SOUNDS: Final = _pairs(
    r"ph>f f>ph ck>k ck>q c(?=[aouk])>k k$>q s>z z>s oo>u u>oo er$>a er(?=s$)>a "
    r"ing$>in in$>ing th>d igh>ite ee>ea (?<=\w)i>y y$>ie x>ks qu>kw ou>ow"
)
"""Patterns, and other spellings of the same sound."""


def disguise(text: str, words: Collection[str], rng: Generator, kind: Kind | None = None) -> str:
    """Disguise the `words` that occur in `text`, and nothing else.

    Parameters
    ----------
    text : str
    words : collection of str
        In lower case, letters and digits only; best a set, as every word is looked up.
    rng : Generator
    kind : str, optional
        One of `KINDS`; drawn if not given. All words get the same kind.

    Returns
    -------
    str
        `text` itself if none of `words` occurs.

    Raises
    ------
    ValueError
        If there is no such kind.
    """
    if kind is not None and kind not in KINDS:
        raise ValueError(f"no kind of disguise is called {kind!r}")
    found = [match for match in _WORD.finditer(text) if match[0].lower() in words]
    if not found:
        return text
    kind = kind or KINDS[int(rng.integers(len(KINDS)))]
    pieces, end = list[str](), 0
    for match in found:
        before, end = text[end : match.start()], match.end()
        if kind == "joined" and before[-1:] == " ":
            before, new = before[:-1], match[0]
        elif kind == "joined" and text[end : end + 1] == " ":
            new, end = match[0], end + 1
        else:
            new = _changed(match[0], kind, rng)
        pieces += [before, new]
    return "".join([*pieces, text[end:]])


def disguise_all(texts: Sequence[str], words: Collection[str], seed: int) -> list[str]:
    """Disguise each of many texts, with a kind of its own; equal calls give equal texts."""
    return [
        disguise(text, words, np.random.default_rng([seed, number]))
        for number, text in enumerate(texts)
    ]


def _changed(word: str, kind: Kind, rng: Generator) -> str:
    change = _CHANGES.get(kind, _repeated)
    new = change(word, rng)
    return new if new != word else _repeated(word, rng)


def _pick(choices: Sequence[str], rng: Generator) -> str:
    return choices[int(rng.integers(len(choices)))]


def _some(positions: Sequence[int], rng: Generator, most: int = 2) -> set[int]:
    """Return one of the positions, or sometimes up to `most`."""
    if not positions:
        return set()
    count = 1 if rng.random() < 0.6 else most  # noqa: PLR2004 - mostly one
    return set(rng.permutation(positions)[:count].tolist())


def _cased(new: str, like: str) -> str:
    return new.upper() if like.isupper() else new


def _replace(
    word: str, table: dict[str, str], rng: Generator, *, inner: bool = False, most: int = 2
) -> str:
    """Replace one or some of the letters that `table` has; the first is kept if `inner`."""
    lower = word.lower()
    positions = [i for i, c in enumerate(lower) if c in table and not (inner and i == 0)]
    chosen = _some(positions, rng, most)
    return "".join(
        _cased(_pick(table[lower[i]], rng), c) if i in chosen else c for i, c in enumerate(word)
    )


def _insert(word: str, choices: str, rng: Generator) -> str:
    """Insert one or two characters inside."""
    chosen = _some(range(1, len(word)), rng)
    return "".join(_pick(choices, rng) + c if i in chosen else c for i, c in enumerate(word))


def _zero_width(word: str, rng: Generator) -> str:
    return _insert(word, _ZERO_WIDTH, rng)


def _punctuation(word: str, rng: Generator) -> str:
    return _insert(word, "'`,;!?/|~^\"-_*", rng)


def _homoglyph(word: str, rng: Generator) -> str:
    return _replace(word, _HOMOGLYPHS, rng, most=_pick_most(word, rng))


def _leet(word: str, rng: Generator) -> str:
    return _replace(word, _LEET, rng, most=_pick_most(word, rng))


def _pick_most(word: str, rng: Generator) -> int:
    """Return how many letters may be changed: two, or now and then all."""
    return len(word) if rng.random() < 0.4 else 2  # noqa: PLR2004


def _styled(word: str, rng: Generator) -> str:
    upper, lower = _STYLES[int(rng.integers(len(_STYLES)))]
    first = {"A": upper, "a": lower}
    return "".join(
        chr(first[base] + ord(c) - ord(base))
        if c.isascii() and c.isalpha() and (base := "A" if c.isupper() else "a")
        else c
        for c in word
    )


def _diacritics(word: str, rng: Generator) -> str:
    chosen = _some([i for i, c in enumerate(word) if c.isalpha()], rng)
    marked = [c + _pick(_MARKS, rng) if i in chosen else c for i, c in enumerate(word)]
    return unicodedata.normalize("NFC", "".join(marked))


def _spaced(word: str, rng: Generator) -> str:
    if rng.random() < 0.7:  # noqa: PLR2004 - else it is only split
        return " ".join(word)
    return _insert_once(word, " ", rng)


def _insert_once(word: str, what: str, rng: Generator) -> str:
    at = int(rng.integers(1, len(word))) if len(word) > 1 else 0
    return word[:at] + what + word[at:] if at else word


def _dotted(word: str, rng: Generator) -> str:
    return _pick("...-_*", rng).join(word)


def _masked(word: str, rng: Generator) -> str:
    """Keep the first letter, mostly the last too, and mask vowels or everything between."""
    end = len(word) - (rng.random() < 0.8 and len(word) > 2)  # noqa: PLR2004
    vowels = rng.random() < 0.5 and any(c in _VOWELS for c in word[1:end].lower())  # noqa: PLR2004
    symbols = _pick(["*", "*", "*", "#", "-", "_", "@", "$", "x", "@#$%&!"], rng)
    return "".join(
        _pick(symbols, rng) if 0 < i < end and (not vowels or c.lower() in _VOWELS) else c
        for i, c in enumerate(word)
    )


def _repeated(word: str, rng: Generator) -> str:
    return _multiply(word, int(rng.integers(2, 6)), rng)


def _doubled(word: str, rng: Generator) -> str:
    return _multiply(word, 2, rng)


def _multiply(word: str, times: int, rng: Generator) -> str:
    at = int(rng.integers(len(word)))
    return word[:at] + word[at] * times + word[at + 1 :]


def _dropped(word: str, rng: Generator) -> str:
    """Drop a vowel, or another letter where there is none; never the first."""
    inner = range(1, len(word))
    at = [i for i in inner if word[i].lower() in _VOWELS] or list(inner)
    if len(word) < 3 or not at:  # noqa: PLR2004 - nothing that can be read would remain
        return word
    chosen = at[int(rng.integers(len(at)))]
    return word[:chosen] + word[chosen + 1 :]


def _swapped(word: str, rng: Generator) -> str:
    """Swap two neighbours, inner ones where there are such."""
    pairs = [i for i in range(len(word) - 1) if word[i] != word[i + 1]]
    pairs = [i for i in pairs if 0 < i < len(word) - 2] or pairs
    if not pairs:
        return word
    at = pairs[int(rng.integers(len(pairs)))]
    return word[:at] + word[at + 1] + word[at] + word[at + 2 :]


def _phonetic(word: str, rng: Generator) -> str:
    """Apply one spelling of the same sound, or two."""
    fitting = [i for i, (sound, _) in enumerate(_SOUNDS) if re.search(sound, word, re.IGNORECASE)]
    for i in sorted(_some(fitting, rng)):
        sound, spelling = _SOUNDS[i]
        word = re.sub(sound, _cased(spelling, word), word, count=1, flags=re.IGNORECASE)
    return word


def _vowels(word: str, rng: Generator) -> str:
    table = {vowel: _VOWELS.replace(vowel, "") for vowel in _VOWELS}
    return _replace(word, table, rng)


def _keyboard(word: str, rng: Generator) -> str:
    table = {
        c: row[max(i - 1, 0) : i] + row[i + 1 : i + 2]
        for row in _KEYBOARD
        for i, c in enumerate(row)
    }
    return _replace(word, table, rng, inner=True, most=1)


def _case(word: str, rng: Generator) -> str:
    flips = rng.random(len(word)) < 0.5  # noqa: PLR2004
    return "".join(
        c.swapcase() if flip and len(c.swapcase()) == 1 else c
        for c, flip in zip(word, flips, strict=True)
    )


def _html_entity(word: str, rng: Generator) -> str:
    form = _pick(["&#{};", "&#x{:x};"], rng)
    chosen = _some(range(len(word)), rng, most=_pick_most(word, rng))
    return "".join(form.format(ord(c)) if i in chosen else c for i, c in enumerate(word))


_CHANGES: Final[dict[str, Callable[[str, Generator], str]]] = {
    "zero_width": _zero_width,
    "homoglyph": _homoglyph,
    "styled": _styled,
    "diacritics": _diacritics,
    "leet": _leet,
    "spaced": _spaced,
    "dotted": _dotted,
    "masked": _masked,
    "repeated": _repeated,
    "dropped": _dropped,
    "doubled": _doubled,
    "swapped": _swapped,
    "phonetic": _phonetic,
    "vowels": _vowels,
    "keyboard": _keyboard,
    "case": _case,
    "html_entity": _html_entity,
    "punctuation": _punctuation,
}
