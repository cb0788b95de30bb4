"""Words and character n-grams, hashed to rows of the weight table.

Character n-grams stay within a word and the blanks around it, as those of
scikit-learn's ``char_wb`` do; what words do together is left to word pairs.
There is no vocabulary: CRC-32 of an n-gram's UTF-8 chooses its row. (The
hashing trick: Weinberger et al., 2009. CRC-32 is the quickest hash that Python
has for a few bytes, is the same everywhere, and tells all pieces of up to four
bytes apart before it is cut to the size of the table.)
"""

import re
from typing import Final
from zlib import crc32

import numpy as np
import numpy.typing as npt

from model.normalise import CodePoints, FoldTables

Rows = npt.NDArray[np.signedinteger]
Hashes = npt.NDArray[np.uint64]

_WORD_SEED: Final = np.uint64(0xD1B54A32D192ED03)
_PAIR_SEED: Final = np.uint64(0x8CB92BA72F3D8DD7)
_MIX_1: Final = np.uint64(0xBF58476D1CE4E5B9)
_MIX_2: Final = np.uint64(0x94D049BB133111EB)
_SPANS_KEPT: Final = 40
_30: Final = np.uint64(30)
_27: Final = np.uint64(27)


class NgramHasher:
    """Hash the words, word pairs and character n-grams of normalised text.

    Parameters
    ----------
    bits : int, 1 to 30
        The weight table has ``2**bits`` rows.
    orders : tuple of int
        Lengths of the character n-grams, in code points.
    tables : FoldTables
        Say which code points make words.
    """

    def __init__(self, bits: int, orders: tuple[int, ...], tables: FoldTables) -> None:
        self.bits = bits
        self.orders = orders
        self._spans: dict[int, list[tuple[int, int]]] = {}
        self._mask: int = 2**bits - 1
        self._shift = np.uint64(64 - bits)
        words, symbols = _character_class(tables.word), _character_class(tables.symbol)
        self._words = re.compile(f"{words}+|{symbols}")

    @property
    def rows(self) -> int:
        """How many rows the weight table has."""
        return self._mask + 1

    def character_spans(self, size: int) -> list[tuple[int, int]]:
        """Return begin and end of each n-gram of `character_rows` for a text of `size`."""
        spans = self._spans.get(size)
        if spans is None:
            spans = [
                (begin, begin + order)
                for order in self.orders
                for begin in range(max(size - order + 1, 0))
            ]
            if size <= _SPANS_KEPT:
                self._spans[size] = spans
        return spans

    def character_rows(self, text: str) -> list[int]:
        """Return the row of each n-gram of a word between two spaces, order by order."""
        mask = self._mask
        if text.isascii():
            data = text.encode()
            return [crc32(data[begin:end]) & mask for begin, end in self.character_spans(len(data))]
        spans = self.character_spans(len(text))
        return [crc32(text[begin:end].encode()) & mask for begin, end in spans]

    def word_spans(self, text: str) -> list[tuple[int, int]]:
        """Return begin and end of each run of word characters and of each symbol."""
        return [match.span() for match in self._words.finditer(text)]

    def word_hashes(self, text: str) -> Hashes:
        """Return the hashes of what `word_spans` finds."""
        return np.array([crc32(word.encode()) for word in self._words.findall(text)], np.uint64)

    def word_rows(self, hashes: Hashes) -> tuple[Rows, Rows]:
        """Return the rows of the words of a text, and of the pairs of neighbours.

        The bits are spread as by Steele et al. (2014), so that neither falls
        on the rows of character n-grams.
        """
        both = np.concatenate([hashes, hashes[:-1] * _PAIR_SEED + hashes[1:]])
        both += _WORD_SEED
        both ^= both >> _30
        both *= _MIX_1
        both ^= both >> _27
        both *= _MIX_2
        rows = (both >> self._shift).view(np.int64)
        return rows[: len(hashes)], rows[len(hashes) :]


def _character_class(ranges: CodePoints) -> str:
    """Return half-open ranges of code points as a class of a regular expression."""
    pairs = ((chr(begin), chr(end - 1)) for begin, end in ranges.tolist())
    return f"[{''.join(f'{re.escape(first)}-{re.escape(last)}' for first, last in pairs)}]"
