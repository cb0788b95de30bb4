"""Terms of a policy's lists that never decide anything, or are read as another word.

Terms are looked for in the word text of a comment (`service.policy.entries`): a term is
found wherever another is if its pattern has the other's in it.
"""

from collections.abc import Iterable, Iterator, Sequence
from itertools import islice
from typing import Final, NamedTuple

from ahocorasick_rs import AhoCorasick

from model.normalise import Normaliser
from model.words import FOLDED, SPELT, WordReader
from service.policy.entries import Entry, read_entries
from service.policy.phrases import quote
from service.policy.shape import Words
from service.policy.terms import STEM

MOST_NAMED: Final = 20
"""So many terms of a kind are named; the others are counted."""

_STRICTNESS: Final = ("suspect", "banned")


class _Listed(NamedTuple):
    """A term that is looked for, and the pattern by which it is."""

    entry: Entry
    pattern: str


def find_odd_terms(words: Words, normaliser: Normaliser) -> list[str]:
    """Return a sentence for each kind of terms that may not be meant so.

    What is said to decide nothing can be taken out of the lists, and no decision changes.
    """
    reader = WordReader(normaliser)
    entries = read_entries(words, reader)
    listed = [_Listed(each, pattern) for pattern, known in entries.items() for each in known]
    allowed = [each for each in listed if not each.entry.listed]
    listed = [each for each in listed if each.entry.listed]
    kinds = {
        "Never decides, as a term before it reads the same": _find_same(words, listed, reader),
        "Never decides, as a shorter term does wherever it is": _find_covered(
            listed, _Shields(allowed, listed), reader
        ),
        "Never decides but in disguise, as an allowed term shields it": _find_shielded(
            listed, allowed
        ),
        "Is read as another word": _find_misread(listed, reader),
    }
    return [sentence for kind, found in kinds.items() for sentence in _name(kind, found)]


def _name(kind: str, found: Iterable[tuple[str, str]]) -> Iterator[str]:
    """Yield a sentence that names the terms of a kind, each with what is behind it."""
    rest = iter(found)
    if named := [f"{term} ({by})" for term, by in islice(rest, MOST_NAMED)]:
        more = sum(1 for _ in rest)
        yield f"{kind}: {', '.join(named)}{f' and {more:,} more' if more else ''}."


def _label(entry: Entry) -> str:
    return f"{entry.listed or 'allowed'} {quote(entry.term)}"


def _find_same(
    words: Words, listed: Sequence[_Listed], reader: WordReader
) -> Iterator[tuple[str, str]]:
    kept = {(each.entry.listed, each.entry.term) for each in listed}
    known = {(each.pattern, each.entry.runs): each.entry for each in listed}
    for name in reversed(_STRICTNESS):
        for term in getattr(words, name):
            if (name, term) not in kept:
                ((pattern, (entry,)),) = read_entries(Words(banned=(term,)), reader).items()
                yield f"{name} {quote(term)}", _label(known[pattern, entry.runs])


class _Shields:
    """Say which terms an allowed one may shield, at least in some comment."""

    def __init__(self, allowed: Sequence[_Listed], listed: Sequence[_Listed]) -> None:
        finder = _Finder(listed)
        self._inside = {each.entry for one in allowed for each in finder.find(one.pattern)}
        stems = [each.pattern for each in allowed if not each.pattern.endswith(" ")]
        self._ends = {
            stem[begin:] for stem in stems for begin, mark in enumerate(stem) if mark == " "
        }

    def may_shield(self, listed: _Listed) -> bool:
        """Return whether a comment may have an allowed term around this one."""
        return listed.entry in self._inside or not self._ends.isdisjoint(_begins(listed.pattern))


class _Finder:
    """Find the terms that are in a word text."""

    def __init__(self, listed: Sequence[_Listed]) -> None:
        by_pattern: dict[str, list[_Listed]] = {}
        for each in listed:
            by_pattern.setdefault(each.pattern, []).append(each)
        self._groups = list(by_pattern.values())
        self._automaton = AhoCorasick(by_pattern)

    def find(self, text: str) -> Iterator[_Listed]:
        """Yield them, but those that are only in runs of three or more of a character."""
        for number, _, _ in self._automaton.find_matches_as_indexes(text, overlapping=True):
            yield from (each for each in self._groups[number] if not each.entry.runs)


def _find_covered(
    listed: Sequence[_Listed], shields: _Shields, reader: WordReader
) -> Iterator[tuple[str, str]]:
    finder = _Finder(listed)
    spelt = reader.write([each.entry.term.removesuffix(STEM) for each in listed], SPELT).texts
    for each, spelling in zip(listed, spelt, strict=True):
        found = list(finder.find(each.pattern))
        if each.pattern.endswith(" ") and _count_words(each.pattern) == 1:
            found += finder.find(spelling)
        for other in found:
            if _is_stricter(each, other) and (
                # An allowed term around the shorter one may leave the longer one as it is.
                _count_words(other.pattern) == _count_words(each.pattern)
                or not shields.may_shield(other)
            ):
                yield _label(each.entry), _label(other.entry)
                break


def _is_stricter(each: _Listed, other: _Listed) -> bool:
    """Return whether another term does all that a term does."""
    strictness = [_STRICTNESS.index(one.entry.listed or "") for one in (each, other)]
    return each.entry is not other.entry and strictness[0] <= strictness[1]


def _find_shielded(
    listed: Sequence[_Listed], allowed: Sequence[_Listed]
) -> Iterator[tuple[str, str]]:
    stems = {
        each.pattern: each.entry
        for each in allowed
        if not (each.pattern.endswith(" ") or each.entry.runs)
    }
    for each in listed:
        if shield := next(
            (stems[begin] for begin in _begins(each.pattern) if begin in stems), None
        ):
            yield _label(each.entry), _label(shield)


def _find_misread(listed: Sequence[_Listed], reader: WordReader) -> Iterator[tuple[str, str]]:
    folded = reader.write([each.entry.term.removesuffix(STEM) for each in listed], FOLDED).texts
    for each, written in zip(listed, folded, strict=True):
        if written.strip() != each.pattern.strip():
            yield _label(each.entry), quote(each.pattern.strip())


def _begins(pattern: str) -> list[str]:
    """Return what a pattern begins with, with one letter or more of its last word."""
    whole = pattern.rstrip()
    return [whole[:end] for end in range(whole.rindex(" ") + 2, len(whole) + 1)]


def _count_words(pattern: str) -> int:
    return pattern.strip().count(" ") + 1
