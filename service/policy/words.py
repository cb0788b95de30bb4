"""Which terms of a policy's lists a text has, and the text as the model is to read it.

Terms are looked for in the word text of a text (`model.words`), which is what it reads as
once disguise is undone, so a term is found in disguise, and none in the middle of a word:
" word " is in " a word or two ", and so is the stem " wo". They are read in the same way,
and looked for all at once (Aho and Corasick, 1975), in time linear in the text.

A banned or suspect term is also looked for where misspelt abuse is spelt as the lexicon
has it. An allowed term is not, and holds for the word as it is written, but for case,
accents, width and what cannot be seen: a disguise of it is not shielded.
"""

import bisect
import itertools
from collections.abc import Iterable, Sequence
from typing import Final, NamedTuple

from model.normalise import Normaliser
from model.scan import WORD
from model.sieve import Sieve
from model.words import FOLDED, READ, SPELT, WordReader, WordText
from service.policy.entries import Entry, Listed, find_keys, read_entries
from service.policy.matching import Match, Matcher
from service.policy.shape import Words

__all__ = ["HIDDEN", "Found", "Listed", "Term", "WordLists"]

HIDDEN: Final = "\u03bb"
"""What the model reads for each character of an allowed term.

A Greek letter, which is no disguise of a Latin one: of letters, digits and U+FFFD it came
nearest to what ten names weigh on average, in fifteen sentences; U+FFFD takes half a unit of
log-odds off (a throw-away script).
"""

Span = tuple[int, int]


class Term(NamedTuple):
    """A term of a list, and where a text has it.

    Attributes
    ----------
    listed : {"banned", "suspect"}
    term : str
        As it was written in the list.
    begin, end : int
        Indices into the text, `end` exclusive. They cover the words as sent, disguise and all;
        of a stem the whole word.
    """

    listed: Listed
    term: str
    begin: int
    end: int


class Found(NamedTuple):
    """What lists find in a text.

    Attributes
    ----------
    terms : list of Term
        Each different term once, where it comes first, in the order of the text.
    text : str
        As long as the text, with all of an allowed term replaced.
    """

    terms: list[Term]
    text: str


class WordLists:
    """Find terms in texts.

    Of terms that read the same, one is found: the banned one if one of them is, else the one
    that comes first in the list. An allowed term shields from both lists, but what reaches
    beyond it, as a phrase may.

    Parameters
    ----------
    words : Words
    normaliser : Normaliser

    Raises
    ------
    PolicyError
        If a term reads as one letter or none.
    """

    def __init__(self, words: Words, normaliser: Normaliser) -> None:
        self._reader = WordReader(normaliser)
        entries = read_entries(words, self._reader)
        self._matcher = Matcher(entries)
        self.sieve = Sieve(normaliser, *find_keys(entries))

    def find(self, texts: list[str]) -> list[Found]:
        """Return what each text has.

        Parameters
        ----------
        texts : list of str
            Without lone surrogates.
        """
        hits = self.sieve.sift(texts)
        return [
            self.search(text) if hit & WORD else Found([], text)
            for text, hit in zip(texts, hits, strict=True)
        ]

    def search(self, text: str) -> Found:
        """Return what one text has; most texts need no search, as the sieve tells."""
        read, spelt = self._reader.trace(text, (READ, SPELT))
        matches = list(self._matcher.match(read))
        allowed = self._find_allowed(text, read, matches)
        found = _find_first(read, matches, allowed)
        if spelt.text != read.text:
            # A word that is spelt for another is not written in so many letters.
            matches = [match for match in self._matcher.match(spelt) if not match.entry.runs]
            for entry, span in _find_first(spelt, matches, allowed).items():
                found[entry] = min(span, found.get(entry, span))
        terms = [
            Term(entry.listed, entry.term, *span) for entry, span in found.items() if entry.listed
        ]
        return Found(sorted(terms, key=lambda term: term[2:]), _hide(text, allowed))

    def _find_allowed(self, text: str, words: WordText, matches: Iterable[Match]) -> list[Span]:
        """Return where allowed terms are that are written as in their list."""
        entries, spans = [], []
        for entry, begin, end in matches:
            if not entry.listed:
                entries.append(entry)
                spans.append(words.find_origin(begin, end))
        if not spans:
            return []
        written = self._reader.write([text[begin:end] for begin, end in spans], FOLDED).texts
        found = zip(entries, spans, written, strict=True)
        return sorted({span for entry, span, folded in found if entry.is_written(folded)})


def _find_first(
    words: WordText, matches: Iterable[Match], allowed: Sequence[Span]
) -> dict[Entry, Span]:
    """Return where each entry of the lists comes first that is not within an allowed term."""
    begins = [begin for begin, _ in allowed]
    ends = list(itertools.accumulate((end for _, end in allowed), max))
    found: dict[Entry, Span] = {}
    for entry, begin, end in matches:
        if entry.listed and entry not in found:
            span = words.find_origin(begin, end)
            before = bisect.bisect(begins, span[0])
            if not (before and ends[before - 1] >= span[1]):
                found[entry] = span
    return found


def _hide(text: str, spans: Iterable[Span]) -> str:
    """Return `text` with all that is in `spans`, which are sorted, replaced."""
    pieces = []
    done = 0
    for begin, end in spans:
        if end > done:
            pieces += [text[done:begin], HIDDEN * (end - max(begin, done))]
            done = end
    return "".join([*pieces, text[done:]]) if pieces else text
