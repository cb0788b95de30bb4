"""The n-grams of each word that was met lately, hashed once.

Character n-grams stay within a word and the blanks around it, so those of a
text are those of its words, and most words of a comment were in the comments
before it. A word here is what stands between white space in the text as sent.
"""

import itertools
from typing import Final, cast

import numpy as np

from model.ngrams import NgramHasher, Rows
from model.normalise import Normaliser, decode

MAX_WORDS: Final = 30_000
"""How many words a generation has; there are two, of 9 MB each, 29 MB at most."""

MAX_LENGTH: Final = 32
"""The longest word that is remembered, in characters."""

MAX_BYTES: Final = 16 * MAX_LENGTH
"""The most that n-grams of a remembered word take: one character can become eighteen."""

Word = tuple[bytes, bytes]
"""The rows of a word's character n-grams (int32), and the hashes of the words in it (uint64).

As bytes, since joining dozens of small arrays takes ten times longer.
"""


class WordMemory:
    """Hash texts word by word, remembering the words.

    Parameters
    ----------
    normaliser : Normaliser
    hasher : NgramHasher
    max_words : int
        Of each of the two generations.
    """

    def __init__(
        self, normaliser: Normaliser, hasher: NgramHasher, max_words: int = MAX_WORDS
    ) -> None:
        self._normaliser = normaliser
        self._hasher = hasher
        self._max_words = max_words
        self._young: dict[str, Word] = {}
        self._old: dict[str, Word] = {}

    def blocks(self, texts: list[str]) -> list[tuple[Rows, Rows]]:
        """Return the rows of each text: of its character n-grams, and of its words and pairs.

        A row may come more than once.
        """
        split = [text.split() for text in texts]
        found = self._look_up(set(itertools.chain.from_iterable(split)))
        return [self._join(words, found) for words in split]

    def _join(self, words: list[str], found: dict[str, Word]) -> tuple[Rows, Rows]:
        characters = b"".join([found[word][0] for word in set(words)])
        hashes = b"".join([found[word][1] for word in words])
        return (
            np.frombuffer(characters, np.int32),
            np.concatenate(self._hasher.word_rows(np.frombuffer(hashes, np.uint64))),
        )

    def _look_up(self, words: set[str]) -> dict[str, Word]:
        # Other threads may change both generations meanwhile: each is read once.
        young, old = self._young, self._old
        found = dict(zip(words, map(young.get, words), strict=True))
        missed = [word for word, known in found.items() if known is None]
        if not missed:
            return cast(dict[str, Word], found)
        late = dict(zip(missed, map(old.get, missed), strict=True))
        new = [word for word, known in late.items() if known is None]
        if new:
            late.update(zip(new, map(self._hash, self._normalise(new)), strict=True))
        self._remember(cast(dict[str, Word], late))
        return cast(dict[str, Word], found | late)

    def _remember(self, words: dict[str, Word]) -> None:
        """Keep words in the young generation; when it is full it becomes the old one."""
        if len(self._young) + len(words) > self._max_words:
            self._young, self._old = {}, self._young
        short = (
            (word, found)
            for word, found in words.items()
            if len(word) <= MAX_LENGTH and len(found[0]) <= MAX_BYTES
        )
        self._young.update(itertools.islice(short, self._max_words))

    def _normalise(self, words: list[str]) -> list[str]:
        codes, begins = self._normaliser.codes(words)
        text = decode(codes)
        return [text[begin:end] for begin, end in itertools.pairwise(begins.tolist())]

    def _hash(self, normalised: str) -> Word:
        """Hash one word as sent, which may have become none or several."""
        rows = [
            row for word in normalised.split() for row in self._hasher.character_rows(f" {word} ")
        ]
        return (
            np.array(rows, np.int32).tobytes(),
            self._hasher.word_hashes(normalised).tobytes(),
        )


def unique(rows: Rows) -> Rows:
    """Return the different values of `rows`, sorted; `numpy.unique` takes longer."""
    ordered = rows.flatten()
    ordered.sort()
    last = np.empty(len(ordered), bool)
    last[-1:] = True
    np.not_equal(ordered[1:], ordered[:-1], out=last[:-1])
    different: Rows = ordered[last]
    return different
