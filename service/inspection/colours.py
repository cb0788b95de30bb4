"""What each word of a comment adds to an attribute, and the text coloured by it."""

import bisect
from collections.abc import Iterable
from typing import Final, NamedTuple

from service.explanation import WordWeights
from service.inspection.visible import Part, VisibleText

LEVELS: Final = (0.25, 0.75, 1.5, 3.0)
"""Log-odds from which a word has each of the colours."""

STRONGEST: Final = 5
"""How many words are told, with their weights, that raise an attribute, and that lower it."""

SHOWN: Final = 20_000
"""How many characters of a text are shown: a policy may allow a million."""

_DIGITS: Final = 2


class Word(NamedTuple):
    """A word of a text, and what it adds to the log-odds of each attribute."""

    begin: int
    end: int
    weights: list[float]


class Piece(NamedTuple):
    """A piece of the text that has one colour.

    Attributes
    ----------
    level : int
        From 1 to 4 where it raises the attribute, from -1 to -4 where it lowers it; 0 is plain.
    parts : list of Part
    """

    level: int
    parts: list[Part]


class Told(NamedTuple):
    """A word with its weight: the sum, if it comes more than once."""

    parts: list[Part]
    weight: float


class Coloured(NamedTuple):
    """The text for an attribute, and the words that weigh most, the strongest first."""

    pieces: list[Piece]
    raising: list[Told]
    lowering: list[Told]


def join_words(found: WordWeights) -> list[Word]:
    """Return the words of a text; those that come from one character, such as an emoji, are one."""
    words: list[Word] = []
    for begin, end, weights in zip(*(each.tolist() for each in found), strict=True):
        if words and begin < words[-1].end:
            last = words.pop()
            both = zip(last.weights, weights, strict=True)
            words.append(Word(last.begin, max(last.end, end), [one + other for one, other in both]))
        else:
            words.append(Word(begin, end, weights))
    return words


def colour(text: VisibleText, words: list[Word], column: int) -> Coloured:
    """Return `text` coloured by what its words add to the attribute of a column."""
    told = _tell(text, words, column)
    return Coloured(
        cut_pieces(
            text, [(begin, end, find_level(weights[column])) for begin, end, weights in words]
        ),
        [word for word in told if word.weight > 0][:STRONGEST],
        [word for word in reversed(told) if word.weight < 0][:STRONGEST],
    )


def find_level(weight: float) -> int:
    """Return the colour of a weight; one on the edge of a level has it."""
    level = bisect.bisect_right(LEVELS, abs(weight))
    return level if weight > 0 else -level


def cut_pieces(text: VisibleText, marks: Iterable[tuple[int, int, int]]) -> list[Piece]:
    """Return what is shown of `text` in pieces.

    Parameters
    ----------
    text : VisibleText
    marks : iterable of (begin, end, level)
        By `begin`; where two overlap, the first goes on.
    """
    pieces = []
    done = 0
    for begin, end, level in marks:
        first, last = max(begin, done), min(end, SHOWN)
        if level and first < last:
            if first > done:
                pieces.append(Piece(0, text.cut(done, first)))
            pieces.append(Piece(level, text.cut(first, last)))
            done = last
    if done < min(SHOWN, len(text.text)):
        pieces.append(Piece(0, text.cut(done, SHOWN)))
    return pieces


def _tell(text: VisibleText, words: list[Word], column: int) -> list[Told]:
    """Return each different word with its weight, what raises the attribute most first."""
    sums: dict[str, float] = {}
    places: dict[str, tuple[int, int]] = {}
    for begin, end, weights in words:
        key = text.text[begin:end].casefold()
        sums[key] = sums.get(key, 0.0) + weights[column]
        places.setdefault(key, (begin, end))
    rounded = {key: round(weight, _DIGITS) for key, weight in sums.items()}
    ranked = sorted(sums, key=lambda key: -sums[key])
    most = {*ranked[:STRONGEST], *ranked[-STRONGEST:]}
    return [Told(text.excerpt(*places[key]), rounded[key]) for key in ranked if key in most]
