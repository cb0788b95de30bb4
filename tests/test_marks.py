"""Marks in a text: cut where a browser's ``slice`` would cut."""

from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from service.decision import Action, Decision, Reason
from service.explanation import Span
from service.length import replace_lone_surrogates, utf16_offsets
from service.moderation import Comment, Outcome
from service.pages.marks import Piece, mark, mark_deciding
from service.policy import Policy

PLACES = st.integers(0, 40)
RANGES = st.lists(st.tuples(PLACES, PLACES), max_size=6)


@pytest.mark.parametrize(
    ("text", "ranges", "expected"),
    [
        ("You idiot.", [(4, 9)], ["You ", "[idiot]", "."]),
        ("You idiot.", [(0, 10)], ["[You idiot.]"]),
        ("You idiot.", [(0, 5), (4, 9)], ["[You idiot]", "."]),
        ("You idiot.", [(4, 9), (5, 6)], ["You ", "[idiot]", "."]),
        ("You idiot.", [(4, 6), (6, 9)], ["You ", "[idiot]", "."]),
        ("\U0001f600 idiot", [(3, 8)], ["\U0001f600 ", "[idiot]"]),
        ("a\r\nidiot", [(3, 8)], ["a\r\n", "[idiot]"]),
        ("\ud83d idiot", [(2, 7)], ["\ufffd ", "[idiot]"]),
        ("\ud83d\ude00 idiot", [(3, 8)], ["\U0001f600 ", "[idiot]"]),
        ("שלום idiot", [(5, 10)], ["שלום ", "[idiot]"]),
        ("You idiot.", [(4, 99)], ["You ", "[idiot.]"]),
        ("You idiot.", [(12, 99), (3, 3), (5, 4)], []),
        ("You idiot.", [], []),
        ("", [(0, 1)], []),
    ],
)
def test_a_range_of_utf16_units_is_marked(
    text: str, ranges: list[tuple[int, int]], expected: list[str]
) -> None:
    pieces = mark(text, ranges)
    assert [f"[{piece.text}]" if piece.is_marked else piece.text for piece in pieces] == expected


@given(st.text(st.characters(), max_size=40), RANGES)
def test_the_pieces_are_the_text_and_take_turns(text: str, ranges: list[tuple[int, int]]) -> None:
    offsets = set(utf16_offsets(replace_lone_surrogates(text)).tolist())
    whole = [each for each in ranges if offsets.issuperset(each)]
    pieces = mark(text, whole)
    if pieces:
        assert "".join(piece.text for piece in pieces) == replace_lone_surrogates(text)
        turns = [piece.is_marked for piece in pieces]
        assert all(before != after for before, after in pairwise(turns))
    else:
        assert all(begin >= end for begin, end in whole)


def test_only_what_decided_is_marked(policy: Policy) -> None:
    reasons = [
        Reason("banned_term", "reject", term="ab", begin=0, end=2),
        Reason("toxic", "reject", "insult", 0.95, 0.9),
        Reason("suspect_term", "flag", term="gh", begin=6, end=8),
        Reason("toxic", "flag", "threat", 0.6, 0.5),
    ]
    spans = [Span(3, 4, "insult", 1.0), Span(4, 6, "threat", 1.0), Span(4, 6, "profanity", 1.0)]
    outcome = Outcome(Comment("abcdefgh"), Decision(Action.REJECT, reasons), 8, policy, spans=spans)
    assert mark_deciding(outcome) == [
        Piece("ab", is_marked=True),
        Piece("c"),
        Piece("d", is_marked=True),
        Piece("efgh"),
    ]


def test_a_comment_that_was_not_explained_has_marks_of_terms_alone(policy: Policy) -> None:
    reasons = [Reason("toxic", "reject", "insult", 0.95, 0.9)]
    outcome = Outcome(Comment("You idiot."), Decision(Action.REJECT, reasons), 10, policy)
    assert mark_deciding(outcome) == []
