"""A text as the model reads it, word by word."""

import itertools
from collections.abc import Iterator
from typing import Final, NamedTuple

from model.normalise import Normaliser, decode
from model.tables import CLASSES
from service.inspection.visible import Part, VisibleText
from service.policy.words import HIDDEN

_GROUP: Final = Part("group", "NAME OF A GROUP OF PEOPLE, WHICHEVER IT IS")
_ALLOWED: Final = Part("allowed", "TERM THAT THE POLICY ALLOWS, READ AS ANY NAME")

_TYPED: Final = str.maketrans("\u2018\u2019\u201c\u201d\u2013\u2014\xa0", "''\"\"-- ")
"""What word processors put for what was typed: no difference to speak of."""


class Token(NamedTuple):
    """A word of a text, with the signs at it.

    Attributes
    ----------
    read : list of Part
    sent : list of Part, optional
        What it was sent as, where that is more than another case.
    """

    read: list[Part]
    sent: list[Part] | None


def read_tokens(text: str, sent: VisibleText, normaliser: Normaliser) -> list[Token]:
    """Return the words of a text as the model reads them.

    Parameters
    ----------
    text : str
        Without lone surrogates; allowed terms are replaced.
    sent : VisibleText
        As it was sent, as long as `text`.
    normaliser : Normaliser
    """
    return [
        _read_token(read, text[begin:end], sent, begin, end)
        for read, begin, end in _find_tokens(text, normaliser)
    ]


def _find_tokens(text: str, normaliser: Normaliser) -> list[tuple[str, int, int]]:
    """Return what is read between two spaces, and where it is in the text."""
    codes, begins, ends = normaliser.align(text)
    found: list[tuple[str, int, int]] = []
    place = 0
    for word in decode(codes).split(" "):
        if word:
            begin, end = int(begins[place]), int(ends[place + len(word) - 1])
            if found and begin < found[-1][2]:
                # Several words from one character.
                before, begin, last = found.pop()
                found.append((f"{before} {word}", begin, max(last, end)))
            else:
                found.append((word, begin, end))
        place += len(word) + 1
    return found


def _read_token(read: str, text: str, sent: VisibleText, begin: int, end: int) -> Token:
    as_sent = sent.text[begin:end]
    is_hidden = HIDDEN in text and HIDDEN not in as_sent
    parts = list(_show(read, is_hidden=is_hidden))
    is_changed = is_hidden or read != as_sent.casefold().translate(_TYPED)
    return Token(parts, sent.cut(begin, end) if is_changed else None)


def _show(read: str, *, is_hidden: bool) -> Iterator[Part]:
    for character, run in itertools.groupby(read, lambda each: each if each in _MARKED else ""):
        if character == _CLASS:
            yield _GROUP
        elif character == HIDDEN and is_hidden:
            yield _ALLOWED
        else:
            yield from VisibleText("".join(run)).show()


_CLASS: Final = chr(CLASSES)
_MARKED: Final = frozenset({_CLASS, HIDDEN})
