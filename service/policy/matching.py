"""All places where terms are in a word text, found at once (Aho and Corasick, 1975)."""

from collections.abc import Iterator, Mapping
from typing import NamedTuple

from ahocorasick_rs import AhoCorasick

from model.words import WordText
from service.policy.entries import Entry


class Match(NamedTuple):
    """An entry, and where its words are in a word text: the last of them whole, for a stem."""

    entry: Entry
    begin: int
    end: int


class Matcher:
    """Find terms in word texts, in time linear in the text and in what is found.

    Parameters
    ----------
    entries : mapping of str to tuple of Entry
        By pattern, as `read_entries` returns them.
    """

    def __init__(self, entries: Mapping[str, tuple[Entry, ...]]) -> None:
        self._entries = list(entries.values())
        self._automaton = AhoCorasick(entries)

    def match(self, words: WordText) -> Iterator[Match]:
        """Yield every match, also those that overlap, in the order of their patterns' ends."""
        text = words.text
        for number, begin, end in self._automaton.find_matches_as_indexes(text, overlapping=True):
            word_end = end - 1 if text[end - 1] == " " else text.index(" ", end)
            for entry in self._entries[number]:
                if not entry.runs or all(words.is_run(begin + place) for place in entry.runs):
                    yield Match(entry, begin + 1, word_end)
