"""No text makes counting links slow: the time grows with the length and no faster."""

import importlib
import re
from collections.abc import Iterator, Sequence
from typing import Final

import pytest

from service.policy import disguises, hosts, links
from service.policy.links import count_links

LONG: Final = 200_000
BOUNDED: Final = 100
OWN: Final = ("news.example", "example.net")

# The module was a public one until Python 3.11.
parser: Final = importlib.import_module("re._parser")

HOSTILE: Final = [
    ("a.", 0),
    ("a.aa ", 0),
    ("example.com,", LONG // 12),
    ("[.]", 0),
    ("[dot]", 0),
    ("dot ", 0),
    ("dot com ", 0),
    ("x dot com ", LONG // 10),
    (" .com", 0),
    ("http://", LONG // 7 // 2),
    ("http://a", LONG // 8 // 2),
    ("http://a,", LONG // 9),
    ("http://a@", LONG // 9 // 2),
    ("http://news.example(", 0),
    ("://", 0),
    ("mailto:", LONG // 7 // 2),
    ("mailto:a@b:", LONG // 11),
    ("user.name+", LONG // 10),
    ("a@", 0),
    ("[", 0),
    ("(((((<<<<<", 0),
    ("[http://example.com](", LONG // 21),
    ("http://example.com](", LONG // 20 // 2),
    ("http://example.com' ", LONG // 20),
    ("&", 0),
    ("&amp;", 0),
    ("&#0", 0),
    ("\u200b", 0),
    ("a\u200b", 0),
    ("\u0301\u0323", 0),
    ("\u3002", 0),
    ("a" * 1000, 0),
    ("xn--" + "a" * 59 + ".", 0),
    ("\ud800.\x00", 0),
]


@pytest.mark.parametrize(("piece", "count"), HOSTILE, ids=range(len(HOSTILE)))
def test_a_hostile_text_is_counted_too(piece: str, count: int) -> None:
    # Were any of it quadratic, this would take minutes.
    text = (piece * LONG)[: LONG - LONG % len(piece)]
    assert count_links(text, OWN) == count


def test_no_pattern_gives_back_what_it_has_read() -> None:
    patterns = [
        value
        for module in (disguises, hosts, links)
        for value in vars(module).values()
        if isinstance(value, re.Pattern)
    ]
    assert len(patterns) > 10
    for pattern in patterns:
        repeats = list(find_repeats(parser.parse(pattern.pattern, pattern.flags).data))
        assert max(repeats, default=0) <= BOUNDED, pattern


def find_repeats(tree: object) -> Iterator[int]:
    """Yield how often what may be given back is repeated, at most, in all of a parsed pattern."""
    if isinstance(tree, parser.SubPattern):
        tree = tree.data
    if not isinstance(tree, Sequence) or isinstance(tree, str):
        return
    match tree:
        case [operator, (_, most, _)] if str(operator) in {"MAX_REPEAT", "MIN_REPEAT"}:
            yield int(most)
    for part in tree:
        yield from find_repeats(part)


def test_repeats_that_may_be_given_back_are_found() -> None:
    assert list(find_repeats(parser.parse("(?:x|(?=a{2,7}))b++[+*]c*+").data)) == [7]
    assert max(find_repeats(parser.parse("(x|y*)?").data)) > BOUNDED
