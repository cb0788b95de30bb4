"""The length rule: count a comment as the browser's form counts it."""

import re
import unicodedata
from typing import Final

import numpy as np
import numpy.typing as npt

DEFAULT_LIMIT: Final = 1500
UNIT: Final = "utf-16"
REPLACEMENT: Final = "\ufffd"

LAST_OF_BMP: Final = 0xFFFF
"""The last character that is one unit in UTF-16."""

_SURROGATE: Final = re.compile("[\ud800-\udfff]")
_UNSEEN: Final = frozenset({"Cc", "Cf", "Zs", "Zl", "Zp"})
_BLANK_LETTERS: Final = frozenset("\u115f\u1160\u2800\u3164\uffa0")
"""Characters that Unicode counts as letters or symbols and fonts draw as nothing."""


def utf16_length(text: str) -> int:
    """Return the length of `text` in UTF-16 code units, as ``textarea.value.length``.

    A line break counts as one however it was sent (a form posts CRLF); nothing
    is trimmed or normalised. A lone surrogate counts as one.
    """
    units = len(text) if text.isascii() else len(text.encode("utf-16-le", "surrogatepass")) // 2
    return units - text.count("\r\n")


def utf16_offsets(text: str) -> npt.NDArray[np.int64]:
    """Return the offset of each character in UTF-16 code units, and of the end.

    CRLF counts as two, since offsets lie in the text as sent.
    """
    codes = np.frombuffer(text.encode("utf-32-le", "surrogatepass"), np.uint32)
    return np.concatenate([[0], np.cumsum(1 + (codes > LAST_OF_BMP))])


def is_blank(text: str) -> bool:
    """Return whether a reader would see nothing: white space, controls, zero widths."""
    # Not all(…): most texts end at their first character, before a generator is made.
    for character in text:
        if unicodedata.category(character) not in _UNSEEN and character not in _BLANK_LETTERS:
            return False
    return True


def replace_lone_surrogates(text: str) -> str:
    """Return `text` with U+FFFD for each lone surrogate; the length stays.

    Two lone surrogates that make a pair, as some JSON writers send them, become
    the character they stand for.
    """
    if not _SURROGATE.search(text):
        return text
    return text.encode("utf-16", "surrogatepass").decode("utf-16", "replace")
