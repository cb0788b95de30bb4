"""Which texts may have a word of a list: most that have none are let through here.

A text is folded and read as for the model, and the hash of each of its words is looked
up in a set: of words of the list, and of misspellings that are read as one of them. The
hashes of what its words begin with are looked up in another, of stems. A text with no hash
in either cannot have a term of the list, in whatever disguise; one without certain signs
has no link. One that has goes to a search that is exact, and slower (`service.rules`).

A `Scorer` folds and reads texts anyway, and sifts them on the way: nearly for nothing.
"""

from collections.abc import Collection

import numpy as np

from model.normalise import Normaliser
from model.scan import BITS, WORD, Sets, hash_words, sift
from model.tables import Hashes, encode, freeze
from model.words import list_readings


class Sieve:
    """Say which texts may have one of some words.

    Parameters
    ----------
    normaliser : Normaliser
    words, stems : collection of str
        As they are in word texts (`model.words`).
    """

    def __init__(
        self, normaliser: Normaliser, words: Collection[str], stems: Collection[str]
    ) -> None:
        self._normaliser = normaliser
        tables = normaliser.unpacked
        hashes = _hash(words)
        stem_set = _build_set(_hash(stems)) if stems else freeze(_hash(stems))
        self.sets: Sets = (_build_set(hashes), stem_set)
        # A misspelling is in the set if what it is read as is, or has a stem.
        readings = self.sift(list_readings(tables))
        chosen = np.array(readings, np.uint8) & WORD > 0
        if chosen.any():
            misspelt = normaliser.ungrouped
            hashes = np.concatenate([hashes, misspelt.lexicon[chosen[misspelt.items]]])
            self.sets = (_build_set(hashes), stem_set)

    def sift(self, texts: list[str]) -> list[int]:
        """Return `NONE`, `WORD`, `LINK`, or both of them, for each text."""
        hits = np.zeros(len(texts), np.uint8)
        if texts:
            sift(self._normaliser.encode(texts), self._normaliser.unpacked, self.sets, hits)
        return list(hits.tolist())


def _hash(words: Collection[str]) -> Hashes:
    hashes = np.empty(len(words), np.uint64)
    hash_words(encode("".join(f"{word} " for word in words)), hashes)
    return hashes


def _build_set(hashes: Hashes) -> Hashes:
    """Return hashes, sorted, behind the bits that are set for them."""
    bits = np.zeros(1 << BITS, np.uint8)
    bits[hashes >> np.uint64(64 - BITS)] = 1
    sieve = np.packbits(bits, bitorder="little").view("<u8").astype(np.uint64)
    return freeze(np.concatenate([sieve, np.unique(hashes)]))
