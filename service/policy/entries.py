"""The terms of a policy's lists, read as texts are."""

from collections.abc import Iterable, Iterator
from typing import Final, Literal

import msgspec

from model.words import FOLDED, READ, WordReader
from service.policy.faults import PolicyError
from service.policy.shape import Words
from service.policy.terms import LEAST_LETTERS, split_stem

Listed = Literal["banned", "suspect"]

_LISTED: Final[tuple[Listed, ...]] = ("banned", "suspect")
_ALLOWED: Final = "allowed"


class Entry(msgspec.Struct, frozen=True, eq=False, gc=False):
    """A term as it is looked for.

    Attributes
    ----------
    term : str
        As it was written in the list.
    listed : str, optional
        The list, without which it is allowed.
    runs : tuple of int
        Which characters of its word text are the second of three or more that are the same.
        Reading leaves two, and no more are no match: "kkk" is not in "kk", nor 1000 in 100.
    folded : str
        Of an allowed term, the word text as it is written; of a stem without the last space.
    """

    term: str
    listed: Listed | None = None
    runs: tuple[int, ...] = ()
    folded: str = ""

    def is_written(self, folded: str) -> bool:
        """Say whether a part of a text, as it is written, is the allowed term."""
        if self.folded.endswith(" "):
            return folded == self.folded
        return folded.startswith(self.folded) and folded.count(" ") == self.folded.count(" ") + 1


def read_entries(words: Words, reader: WordReader) -> dict[str, tuple[Entry, ...]]:
    """Return what to look for in word texts, and the entries of each.

    Of listed terms that read the same, the first stays, a banned one before a suspect one.

    Raises
    ------
    PolicyError
        If a term reads as one letter or none.
    """
    entries: dict[str, tuple[Entry, ...]] = {}
    for listed in _LISTED:
        for pattern, term, runs in _read(listed, getattr(words, listed), reader):
            known = entries.get(pattern, ())
            if not known or all(entry.runs != runs for entry in known):
                entries[pattern] = (*known, Entry(term, listed, runs))
    read = _read(_ALLOWED, words.allowed, reader)
    folded = reader.write([split_stem(term)[0] for term in words.allowed], FOLDED).texts
    for (pattern, term, runs), written in zip(read, folded, strict=True):
        shown = written if pattern.endswith(" ") else written[:-1]
        entries[pattern] = (*entries.get(pattern, ()), Entry(term, None, runs, shown))
    return entries


def _read(
    listed: str, terms: tuple[str, ...], reader: WordReader
) -> Iterator[tuple[str, str, tuple[int, ...]]]:
    """Yield the pattern and the runs of each term."""
    bare, stems = zip(*map(split_stem, terms), strict=True) if terms else ((), ())
    written = reader.write(list(bare), READ)
    for number, (term, text) in enumerate(zip(terms, written.texts, strict=True)):
        if len(text) - text.count(" ") < LEAST_LETTERS:
            raise PolicyError(
                f"{listed}: a term reads as one letter or none, once disguise is undone: {term!r}"
            )
        pattern = text[:-1] if stems[number] else text
        yield pattern, term, tuple(written.runs.get(number, ()))


def find_keys(patterns: Iterable[str]) -> tuple[set[str], set[str]]:
    """Return words and stems: each text with one of the patterns has one of them.

    Of several words of a pattern it is the longest, for that is the rarest most often.
    """
    keys = set[str](), set[str]()
    for pattern in patterns:
        *words, stem = pattern[1:].split(" ")
        if words:
            keys[0].add(max(words, key=len) if words[1:] else words[0])
        else:
            keys[1].add(stem)
    return keys
