"""What the figures of word lists come from: lists that stay the same, and peers that agree."""

import pytest

from benchmarks.automata import LIBRARIES, is_installed, load_library
from benchmarks.lists import build_words
from benchmarks.timing import compare
from service.policy.terms import find_fault


@pytest.mark.parametrize("size", [1_000, 10_000])
def test_made_up_lists_have_their_size_and_are_the_same_each_time(size: int) -> None:
    words = build_words(size)
    terms = [*words.banned, *words.suspect]
    assert len(set(terms)) == size
    assert [find_fault(term) for term in (*terms, *words.allowed)] == [None] * (size + 4)
    assert sum(term.endswith("*") for term in terms) > size / 50
    assert sum(" " in term for term in terms) > size / 50
    assert words == build_words(size)


@pytest.mark.parametrize("library", LIBRARIES)
def test_each_library_finds_all_matches_that_overlap(library: str) -> None:
    if not is_installed(library):
        pytest.skip(f"{library} has no wheel here")
    find = load_library(library, [" a", " ab", " ab ", " ab cd ", " cd ", "\U0001f600"])
    found = find([" ab cd \U0001f600"])
    assert isinstance(found, list)
    assert len(found) == 6


def test_each_function_gets_every_item_once_a_round() -> None:
    calls: list[list[int]] = []
    costs = compare([calls.append, lambda _: None], [1, 2, 3], 2, rounds=2)
    assert calls == [[1, 2], [3]] * 2
    assert all(cost > 0 for cost in costs)
