"""Synthetic comments of a given length: seeded, so that every run sends the same.

Words are drawn as often as their rank would have it in a language (Zipf): after
the first 4,000 comments, 2 words in 100 characters are new, about as many as in the
comments of a newspaper's readers.
"""

import itertools
import random
from typing import Final

VOCABULARY: Final = 50_000
_EXPONENT: Final = 1.2
_MIXED: Final = 8
_STARTS: Final = ("b", "c", "d", "f", "g", "h", "l", "m", "n", "p", "r", "s", "st", "t", "tr", "w")
_VOWELS: Final = ("a", "e", "i", "o", "u", "ea", "ou")
_ENDS: Final = ("", "", "l", "n", "r", "s", "t", "ng", "ck", "rd")
_AFTER: Final = ("", "", "", "", "", "", "", "", ",", ".", "!", "?", "'s", "…", " ☺")


def build_comments(length: int, count: int, seed: int = 0) -> list[str]:
    """Return `count` different comments of exactly `length` characters."""
    chooser = random.Random(seed)  # noqa: S311 - words, not secrets
    words = _build_words(chooser)
    shares = list(itertools.accumulate(rank**-_EXPONENT for rank in range(1, len(words) + 1)))
    return [_build_comment(chooser, words, shares, length) for _ in range(count)]


def _build_words(chooser: random.Random) -> list[str]:
    """Return the vocabulary, short words rather first, as in a language."""
    words = set[str]()
    while len(words) < VOCABULARY:
        syllables = (
            chooser.choice(_STARTS) + chooser.choice(_VOWELS) + chooser.choice(_ENDS)
            for _ in range(chooser.randint(1, 4))
        )
        words.add("".join(syllables))
    ranked = {word: len(word) + chooser.uniform(0, _MIXED) for word in sorted(words)}
    return sorted(words, key=ranked.__getitem__)


def _build_comment(
    chooser: random.Random, words: list[str], shares: list[float], length: int
) -> str:
    drawn = chooser.choices(words, cum_weights=shares, k=length // 2)
    text = " ".join(word + chooser.choice(_AFTER) for word in drawn)
    return text[: length - 1].capitalize().ljust(length, ".")
