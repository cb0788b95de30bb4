"""Which texts may have a word of a list: most that have none are let through here.

A text is folded and read as for the model, and the hash of each of its words is looked
up in a set: of words of the list, and of misspellings that are read as one of them. The
hashes of what its words begin with are looked up in another, of stems. A text with no hash
in either cannot have a term of the list, in whatever disguise. One that has goes to a search
that is exact, and slower (`service.policy.words`).
"""

from collections.abc import Collection, Sequence
from typing import Final

import numpy as np

from model.normalise import Normaliser, compose
from model.scan import BITS, Bounds, Packed, hash_words, sift
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
        tables = normaliser.unpacked
        hashes = _hash(words)
        stem_set = _build_set(_hash(stems)) if stems else freeze(_hash(stems))
        # The first five are those of `model.scan.ScanTables`.
        self._packed: Packed = (*tables[:5], _build_set(hashes), stem_set)
        # A misspelling is in the set if what it is read as is, or has a stem.
        chosen = np.array(list(self.sift(list_readings(tables))), np.bool_)
        if chosen.any():
            misspelt = normaliser.ungrouped
            hashes = np.concatenate([hashes, misspelt.lexicon[chosen[misspelt.items]]])
            self._packed = (*tables[:5], _build_set(hashes), stem_set)

    def sift(self, texts: Sequence[str]) -> bytearray:
        """Return 1 for each text that may have one, else 0."""
        hits = bytearray(len(texts))
        joined = "".join(texts)
        if "&" in joined or not self._sift(texts, joined, hits):
            composed = [compose(text) for text in texts]
            self._sift(composed, "".join(composed), hits)
        return hits

    def _sift(self, texts: Sequence[str], joined: str, hits: bytearray) -> bool:
        data = joined.encode("utf-32-le", "surrogatepass")
        return sift(data, _find_begins(texts) if len(texts) > 1 else _ONE, self._packed, hits)


_ONE: Final = np.zeros(0, np.int64)


def _find_begins(texts: Sequence[str]) -> Bounds:
    """Return where each text but the first begins when all are one."""
    return np.cumsum([*map(len, texts[:-1])], dtype=np.int64)


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
