"""Made-up word lists: seeded, so that every run has the same."""

import random
from typing import Final

from model.lexicon import load_abuse
from service.policy import Words

ALLOWED: Final = ("Shital", "Nishit", "Scunthorpe", "Essex")

_SYLLABLES: Final = ("ba", "dro", "fen", "gli", "hu", "jor", "ki", "lam", "mip", "nu", "pra", "zor")
_LEAST: Final = 3
_MOST: Final = 6
_KINDS: Final = ("{}*", "go {}", *["{}"] * 18)


def build_words(size: int) -> Words:
    """Return lists of `size` terms, half of them banned.

    They have the words of abuse that the lexicon knows, so that misspellings of them count, and
    made-up words. Of these a twentieth each are stems, and phrases.
    """
    chooser = random.Random(size)  # noqa: S311 - words, not secrets
    terms = dict.fromkeys(load_abuse()[0])
    while len(terms) < size:
        word = "".join(chooser.choices(_SYLLABLES, k=chooser.randint(_LEAST, _MOST)))
        terms[chooser.choice(_KINDS).format(word)] = None
    listed = tuple(terms)
    return Words(listed[: size // 2], listed[size // 2 :], ALLOWED)
