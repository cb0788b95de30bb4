"""What of a text cannot be seen, made visible: a moderator is to see a trick.

Controls of the direction of writing, zero widths, soft hyphens, tags, blank letters, NUL and
other controls, and lone surrogates. Line breaks and tabs are seen by what they do. So are
joiners and variation selectors where they have work to do: in emoji, and after letters of
scripts without capitals, such as Persian.
"""

import itertools
import unicodedata
from typing import Final, NamedTuple

NAMED: Final = 50
"""How many boxes of a text have their code point: a hostile one may be half boxes."""

EXCERPT: Final = 100
"""How many characters of a word are shown where it stands alone."""

_PLAIN: Final = frozenset("\n\r\t")
_UNSEEN: Final = frozenset({"Cc", "Cf", "Cs", "Zl", "Zp"})
_SIGNS: Final = frozenset("\u0600\u0601\u0602\u0603\u0604\u0605\u06dd\u08e2\U000110bd\U000110cd")
"""Signs before or around Arabic and Kaithi numbers: of category Cf, and seen."""

_BLANK: Final = frozenset(
    "\u034f\u115f\u1160\u17b4\u17b5\u180b\u180c\u180d\u180f\u2800\u3164\uffa0"
) | set(map(chr, (0x2065, *range(0xFFF0, 0xFFF9), *range(0xE0000, 0xE1000))))
"""Letters, marks and a symbol that are drawn as nothing, and what Unicode keeps for such."""

_JOINERS: Final = frozenset("\u200c\u200d")
_SELECTORS: Final = frozenset(map(chr, (*range(0xFE00, 0xFE10), *range(0xE0100, 0xE01F0))))
_JOINED: Final = frozenset({"Lo", "So", "Sk", "Sm"})
_CASED: Final = frozenset({"Lu", "Ll", "Lt", "Zs", "Cc"})
_KINDS: Final = {"Cc": "CONTROL CHARACTER", "Cs": "LONE SURROGATE"}


class Part(NamedTuple):
    """A piece of a text as it is shown.

    Attributes
    ----------
    text : str
        Characters that can be seen, or the code point of one that cannot, such as ``U+202E``.
    name : str, optional
        What Unicode calls a character that cannot be seen; empty where it is but a dot.
    """

    text: str
    name: str | None = None


class VisibleText:
    """A text, with what cannot be seen in it.

    Parameters
    ----------
    text : str
        Any string.
    """

    def __init__(self, text: str) -> None:
        self.text = text
        self._unseen = _find_unseen(text)

    def cut(self, begin: int, end: int) -> list[Part]:
        """Return ``text[begin:end]`` as it is shown; a line break is one character."""
        parts = []
        places = range(begin, min(end, len(self.text)))
        for is_named, group in itertools.groupby(places, self._unseen.get):
            found = "".join(self.text[place] for place in group)
            if is_named is None:
                parts.append(Part(found.replace("\r\n", "\n").replace("\r", "\n")))
            elif is_named:
                parts += [_name(each, len(list(run))) for each, run in itertools.groupby(found)]
            else:
                parts.append(Part(_repeat("\u00b7", len(found)), ""))
        return parts

    def excerpt(self, begin: int, end: int) -> list[Part]:
        """Return ``text[begin:end]`` as it is shown, the beginning if it is long."""
        parts = self.cut(begin, min(end, begin + EXCERPT))
        return [*parts, Part("…")] if end - begin > EXCERPT else parts

    def show(self) -> list[Part]:
        """Return all of it."""
        return self.cut(0, len(self.text))


def _find_unseen(text: str) -> dict[int, bool]:
    """Return the places of characters that cannot be seen, and whether their box names them."""
    if text.isascii() and text.isprintable():
        return {}
    found: dict[int, bool] = {}
    boxes = 0
    before = "\n"
    for place, character in enumerate(text):
        if _is_unseen(character, before):
            # A run of one character is one box.
            boxes += place - 1 not in found or text[place - 1] != character
            found[place] = boxes <= NAMED
        elif not unicodedata.category(character).startswith("M") and character not in _JOINERS:
            before = character
    return found


def _is_unseen(character: str, before: str) -> bool:
    """Say whether a character cannot be seen.

    Parameters
    ----------
    before : str
        The last one before it that is seen, and no mark or joiner.
    """
    if character in _JOINERS:
        return unicodedata.category(before) not in _JOINED
    if character in _SELECTORS:
        return unicodedata.category(before) in _CASED
    if character in _BLANK:
        return True
    return (
        unicodedata.category(character) in _UNSEEN
        and character not in _PLAIN
        and character not in _SIGNS
    )


def _name(character: str, times: int) -> Part:
    code = f"U+{ord(character):04X}"
    kind = _KINDS.get(unicodedata.category(character), "FORMAT CHARACTER")
    return Part(_repeat(code, times), unicodedata.name(character, kind))


def _repeat(mark: str, times: int) -> str:
    return mark if times == 1 else f"{mark} ×{times:,}"  # noqa: RUF001 - times
