"""Which words are read as others: misspelt abuse as it is spelt, groups of people as one.

**Groups.** Every name of a group (``identities.toml``) is read as one symbol, so what
a score says of a sentence cannot depend on which group it names.

**Misspellings.** People misspell abuse to hide it: ``fcuk``, ``stup1d``, ``b*tch``,
``phuck``, ``idi-ot``. The spellings that are one such change away from a word of
``abuse.toml`` are written down when a model is trained, and read as that word. One
that is a word or a name itself is not: it must not be in a dictionary, nor among the
names of people, nor in several comments that nobody called toxic.
"""

import itertools
import tomllib
from collections import Counter
from collections.abc import Iterable, Iterator
from importlib.resources import files
from pathlib import Path
from string import ascii_lowercase
from typing import Final

import numpy as np
from english_words import get_english_words_set

from model.identities import folded_forms
from model.ngrams import GROWTH, hash_word
from model.normalise import Normaliser
from model.tables import CLASSES, FoldTables, encode

ABUSE: Final = Path(__file__).with_name("abuse.toml")
COMMON: Final = 3
"""In how many harmless comments a word must be to be one by itself."""

_VOWELS: Final = "aeiou"
_SHORT: Final = 4
"""Up to this length a letter more or less makes another word too often."""

_SOUNDS: Final = (
    *(("ck", other) for other in ("k", "c", "q", "x", "kk", "cc")),
    *(("c", other) for other in ("k", "q")),
    *(("k", other) for other in ("c", "q")),
    *(("s", "z"), ("z", "s"), ("ph", "f"), ("f", "ph"), ("er", "a"), ("er", "ah"), ("er", "ur")),
    *(("u", "oo"), ("u", "uh"), ("oo", "u"), ("i", "ee"), ("i", "y"), ("y", "ie"), ("y", "ey")),
    *(("ing", "in"), ("ing", "ng"), ("ss", "zz"), ("tch", "ch"), ("ch", "tch"), ("o", "aw")),
    *(("ou", "oo"), ("ar", "ah"), ("or", "er"), ("ea", "e"), ("ie", "y"), ("dg", "g")),
)
_MIN_VISIBLE: Final = 2
_ENDINGS: Final = ("s", "es", "d", "ed", "r", "er", "ers", "ing", "ings", "y", "ly")


def add_lexicon(tables: FoldTables, harmless: Iterable[Iterable[str]]) -> FoldTables:
    """Return `tables` with the lexicon.

    Parameters
    ----------
    tables : FoldTables
        Without a lexicon.
    harmless : iterable of iterables of str
        The words of each comment that was not called toxic.
    """
    normalise = Normaliser(tables)
    readings = dict.fromkeys((normalise(form) for form in folded_forms()), chr(CLASSES))
    words, names = load_abuse()
    known = read_known_words(harmless) | readings.keys() | set(words) | set(names)
    for word in words:
        for spelling in (word, *misspell(word)):
            if spelling not in known or spelling == word:
                readings.setdefault(spelling, word)
    hashes = np.array([hash_word(spelling) for spelling in readings], np.uint64)
    texts = sorted(set(readings.values()))
    numbers = {text: number for number, text in enumerate(texts)}
    items = np.array([numbers[reading] for reading in readings.values()], np.uint32)
    order = np.argsort(hashes)
    return FoldTables(
        **{
            **vars(tables),
            "lexicon_hashes": hashes[order],
            "lexicon_items": items[order],
            "readings": np.array([0, *itertools.accumulate(map(len, texts))], np.uint32),
            "reading_text": encode("".join(texts)),
        }
    )


def load_abuse() -> tuple[list[str], list[str]]:
    """Return the words of abuse, the commonest first, and names that look like them."""
    table = tomllib.loads(ABUSE.read_text(encoding="utf-8"))
    return table["words"].split(), table["names"].split()


def read_known_words(harmless: Iterable[Iterable[str]]) -> set[str]:
    """Return words that mean something else: of a dictionary, names, and those in use."""
    lists = files("names")
    people = {
        line.split()[0].lower()
        for name in ("dist.all.last", "dist.female.first", "dist.male.first")
        for line in lists.joinpath(name).read_text(encoding="ascii").splitlines()
    }
    counts = Counter(word for words in harmless for word in set(words))
    in_use = {word for word, count in counts.items() if count >= COMMON}
    dictionary: set[str] = get_english_words_set(["web2"], lower=True)
    inflected = {word + ending for word in dictionary for ending in _ENDINGS}
    inflected |= {
        word[:-1] + ending for word in dictionary if word[-1] == "e" for ending in _ENDINGS
    }
    return people | in_use | dictionary | inflected


def misspell(word: str) -> Iterator[str]:
    """Return spellings that are one disguise away from `word`, some of them twice.

    The first letter stays, unless another is spoken alike.
    """
    yield from _masked(word)
    yield from _spoken_alike(word)
    yield from _doubled(word)
    inner = range(1, len(word))
    yield from (word[:at] + word[at + 1] + word[at] + word[at + 2 :] for at in inner[:-1])
    long = len(word) > _SHORT
    yield from (word[:at] + word[at + 1 :] for at in inner if long or word[at] in _VOWELS)
    for at in inner:
        letters = ascii_lowercase if long else _VOWELS if word[at] in _VOWELS else ""
        yield from (word[:at] + letter + word[at + 1 :] for letter in letters)
        yield word[:at] + "_" + word[at + 1 :]
        yield word[:at] + "_" + word[at:]
        if long:
            yield from (word[:at] + letter + word[at:] for letter in ascii_lowercase)


def _masked(word: str) -> Iterator[str]:
    """Put a star for some neighbours, for each vowel, or for each but the first and last."""
    size = len(word)
    for begin in range(1, size):
        for end in range(begin + 1, size):
            if size - (end - begin) >= _MIN_VISIBLE and size <= GROWTH * (size - end + begin + 1):
                yield f"{word[:begin]}*{word[end:]}"
    yield (
        word[0] + "".join("*" if letter in _VOWELS else letter for letter in word[1:-1]) + word[-1]
    )


def _spoken_alike(word: str) -> Iterator[str]:
    """Replace one sound, or two, by another spelling of it."""
    once = {
        word[:at] + other + word[at + len(sound) :]
        for sound, other in _SOUNDS
        for at in range(len(word))
        if word.startswith(sound, at)
    }
    yield from sorted(once)
    if len(word) > _SHORT:
        for spelling in sorted(once):
            for sound, other in _SOUNDS:
                if sound in spelling:
                    yield spelling.replace(sound, other)


def _doubled(word: str) -> Iterator[str]:
    """Double one letter, or two; more of a letter are cut to two before."""
    places = [at for at, letter in enumerate(word) if word[at : at + 2] != letter * 2]
    for count in (1, 2):
        for chosen in itertools.combinations(places, count):
            yield "".join(letter * (1 + (at in chosen)) for at, letter in enumerate(word))
