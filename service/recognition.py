"""What CLD2, the language detector of Chromium, takes a text for."""

import re
from typing import Final, NamedTuple

try:
    import pycld2
except ModuleNotFoundError:
    # There are processors and releases of Python without a wheel: requirements.txt.
    pycld2 = None

RECOGNISES: Final = pycld2 is not None
"""Whether languages can be told; without CLD2 scripts are all that is."""

_CODES: Final = {"iw": "he", "jw": "jv", "zh-Hant": "zh", "sco": "en"}
"""Its codes that are out of date or finer than models are: Scots is read as English."""

_NO_LANGUAGE: Final = re.compile(r"un|xx.*|zz.")
"""Its codes of unknown text, of scripts, and of jokes such as Pig Latin."""


class Recognised(NamedTuple):
    """A language of a text.

    Attributes
    ----------
    language : str
        ISO 639-1 code, or BCP-47 tag where there is none.
    score : float
        How well it fits, by length: about 300 to 2,000 in a clear case.
    """

    language: str
    score: float


def recognise(text: str, expected: str | None = None) -> list[Recognised]:
    """Return up to three languages of a text, the one of the most text first; none without CLD2.

    Parameters
    ----------
    text : str
        Any, in time that grows with its length and no faster.
    expected : str, optional
        A language that is told to be likely. One that is not known changes nothing.
    """
    if not RECOGNISES:
        return []
    try:
        found = _detect(text, expected)
    except (pycld2.error, UnicodeEncodeError):
        # It takes no controls, lone surrogates and what is no character.
        readable = (character if character.isprintable() else " " for character in text)
        found = _detect("".join(readable), expected)
    return [
        Recognised(_CODES.get(code, code), score)
        for _, code, _, score in found
        if not _NO_LANGUAGE.fullmatch(code)
    ]


def _detect(text: str, expected: str | None) -> tuple[tuple[str, str, int, float], ...]:
    """Return names, codes, shares in per cent and scores."""
    return pycld2.detect(text, isPlainText=True, bestEffort=True, hintLanguage=expected)[2]  # type: ignore[no-any-return]
