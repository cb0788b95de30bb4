"""Synthetic comments: seeded, so that every run sends the same.

They have a given length, or lengths as people's comments have them.

Words are drawn as often as their rank would have it in a language (Zipf): after
the first 4,000 comments, 2 words in 100 characters are new, about as many as in the
comments of a newspaper's readers. The commonest are English, so that their language is.
"""

import functools
import itertools
import random
from typing import Final

import numpy as np
import numpy.typing as npt

VOCABULARY: Final = 50_000
LOG_LENGTH: Final = (4.96, 0.94)
"""Mean and standard deviation of the natural logarithm of the length of a comment, in characters,
in the training set of Civil Comments."""

LONGEST: Final = 1_500
"""A form that keeps to the limit stores none that is longer."""

_EXPONENT: Final = 1.2
_MIXED: Final = 8
_STARTS: Final = ("b", "c", "d", "f", "g", "h", "l", "m", "n", "p", "r", "s", "st", "t", "tr", "w")
_VOWELS: Final = ("a", "e", "i", "o", "u", "ea", "ou")
_ENDS: Final = ("", "", "l", "n", "r", "s", "t", "ng", "ck", "rd")
_AFTER: Final = ("", "", "", "", "", "", "", "", ",", ".", "!", "?", "'s", "…", " ☺")
_RARE: Final = 0.0075
"""How often a mark that is not ASCII follows a word, beside the others: a twentieth of comments
has one, as in Civil Comments and on Wikipedia's talk pages (3 % and 9 %)."""

_COMMONEST: Final = """
the to and of a in is that it you for i this on be are not have with as they was but or he if at
what so all we your from an just about by their do who like no can people will there more has one
would them don't my it's when how get up out his
"""

_SPARE: Final = (1.1, 1_000)
"""So many times the words, and so many words more are drawn than are needed on average."""


def build_comments(length: int, count: int, seed: int = 0) -> list[str]:
    """Return `count` different comments of exactly `length` characters."""
    chooser = random.Random(seed)  # noqa: S311 - words, not secrets
    words = [*_COMMONEST.split(), *_build_words(chooser)]
    shares = list(itertools.accumulate(rank**-_EXPONENT for rank in range(1, len(words) + 1)))
    return [_build_comment(chooser, words, shares, length) for _ in range(count)]


def draw_comments(count: int, chooser: np.random.Generator) -> list[str]:
    """Return `count` comments of log-normal length, `LONGEST` characters at most.

    They are cut out of one text, which is drawn at once: 10 microseconds a comment.
    """
    words, word_sizes, shares = _load_vocabulary()
    after = np.array([f"{mark} " for mark in _AFTER], dtype=object)
    after_sizes = _measure(after)
    mark_shares = np.array([1.0 if mark.isascii() else _RARE for mark in _AFTER])
    mark_shares /= mark_shares.sum()
    lengths = chooser.lognormal(*LOG_LENGTH, count).round().clip(1, LONGEST).astype(np.int64)
    factor, more = _SPARE
    average = word_sizes @ shares + after_sizes @ mark_shares
    needed = int(factor * lengths.sum() / average) + more
    drawn = chooser.choice(len(words), needed, p=shares)
    marks = chooser.choice(len(after), needed, p=mark_shares)
    pieces = np.stack([words[drawn], after[marks]], axis=1)
    text = "".join(pieces.ravel().tolist())
    sizes = word_sizes[drawn] + after_sizes[marks]
    starts = sizes.cumsum() - sizes
    # Each begins with the first whole word after its share of the text.
    begins = starts[starts.searchsorted(lengths.cumsum() - lengths)]
    return [
        text[begin : begin + length - 1].capitalize() + "."
        for begin, length in zip(begins.tolist(), lengths.tolist(), strict=True)
    ]


@functools.cache
def _load_vocabulary() -> tuple[
    npt.NDArray[np.object_], npt.NDArray[np.int64], npt.NDArray[np.float64]
]:
    """Return the words, their lengths, and how often each occurs."""
    words = np.array(_build_words(random.Random(0)), dtype=object)  # noqa: S311 - words
    shares = np.arange(1, len(words) + 1) ** -_EXPONENT
    return words, _measure(words), shares / shares.sum()


def _measure(words: npt.NDArray[np.object_]) -> npt.NDArray[np.int64]:
    return np.fromiter(map(len, words), np.int64, len(words))


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
