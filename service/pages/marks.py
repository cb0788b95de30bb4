"""The text of a comment with the words marked that decided on it; pure."""

from collections.abc import Iterable
from itertools import groupby

import msgspec

from service.length import replace_lone_surrogates
from service.moderation import Outcome


class Piece(msgspec.Struct, frozen=True):
    """A piece of a text."""

    text: str
    is_marked: bool = False


def mark_deciding(outcome: Outcome) -> list[Piece]:
    """Mark what decided: the spans of deciding attributes, and the terms of deciding lists.

    Nothing is returned where nothing is to be marked.
    """
    decision = outcome.decision
    reasons = [each for each in decision.reasons if each.action == decision.action.label]
    attributes = {reason.attribute for reason in reasons}
    ranges = [
        (each.begin, each.end) for each in outcome.spans or () if each.attribute in attributes
    ]
    ranges += [(each.begin or 0, each.end) for each in reasons if each.end]
    return mark(outcome.comment.text, ranges)


def mark(text: str, ranges: Iterable[tuple[int, int]]) -> list[Piece]:
    """Cut a text into pieces that are marked and such that are not, in turns.

    Parameters
    ----------
    text : str
        A lone surrogate becomes U+FFFD.
    ranges : iterable of (begin, end)
        UTF-16 code units, `end` exclusive. Those that overlap or touch become one piece.

    Returns
    -------
    list of Piece
        Empty if none is marked.
    """
    units = replace_lone_surrogates(text).encode("utf-16-le")
    marked = bytearray(len(units) // 2)
    for begin, end in ranges:
        marked[begin:end] = b"\1" * len(marked[begin:end])
    if not any(marked):
        return []
    pieces = []
    for is_marked, places in groupby(range(len(marked)), marked.__getitem__):
        run = list(places)
        piece = units[2 * run[0] : 2 * run[-1] + 2].decode("utf-16-le", "replace")
        pieces.append(Piece(piece, bool(is_marked)))
    return pieces
