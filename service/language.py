"""Which language a comment is taken to be in.

This release tells languages apart by script alone. Text mostly in Latin
letters, or without letters, is taken to be in the language of the model; text
mostly in another script is named by its script and judged by no model.
"""

import re
import unicodedata
from collections import Counter
from typing import Final

LATIN_LANGUAGE: Final = "en"
UNDETERMINED: Final = "und"

_LETTER: Final = re.compile(r"[^\W\d_]")
_FOREIGN_LETTER: Final = re.compile(r"[^\W\d_\x00-\x7f]")
_NOT_ASCII_LETTERS: Final = bytes(
    code for code in range(256) if not chr(code).isascii() or not chr(code).isalpha()
)
_STYLED: Final = (
    "LATIN",
    "FULLWIDTH LATIN",
    "MATHEMATICAL",
    "CIRCLED LATIN",
    "PARENTHESIZED LATIN",
    "SQUARED LATIN",
    "NEGATIVE",
    "MODIFIER LETTER",
    "SCRIPT",
    "DOUBLE-STRUCK",
    "BLACK-LETTER",
    "FEMININE",
    "MASCULINE",
)
_SCRIPTS: Final = {
    "ARABIC": "Arab",
    "ARMENIAN": "Armn",
    "BENGALI": "Beng",
    "CJK": "Hani",
    "CYRILLIC": "Cyrl",
    "DEVANAGARI": "Deva",
    "GEORGIAN": "Geor",
    "GREEK": "Grek",
    "GUJARATI": "Gujr",
    "GURMUKHI": "Guru",
    "HANGUL": "Hang",
    "HEBREW": "Hebr",
    "HIRAGANA": "Jpan",
    "KATAKANA": "Jpan",
    "KHMER": "Khmr",
    "TAMIL": "Taml",
    "TELUGU": "Telu",
    "THAI": "Thai",
}


def detect_language(text: str) -> str:
    """Return a BCP-47 tag: `LATIN_LANGUAGE`, or ``und-`` and the script.

    Examples
    --------
    >>> detect_language("Thank you!"), detect_language("شكرا"), detect_language("👍")
    ('en', 'und-Arab', 'en')
    """
    if text.isascii():
        return LATIN_LANGUAGE
    plain = text.encode("ascii", "ignore")
    letters = len(plain.translate(None, _NOT_ASCII_LETTERS))
    # Most texts end at the first comparison: no more are foreign than are not ASCII.
    if len(text) - len(plain) <= letters or len(_FOREIGN_LETTER.findall(text)) <= letters:
        return LATIN_LANGUAGE
    scripts = Counter(map(_script, _LETTER.findall(text)))
    latin = scripts.pop(LATIN_LANGUAGE, 0)
    if 2 * latin >= latin + scripts.total():
        return LATIN_LANGUAGE
    return scripts.most_common(1)[0][0]


def primary_language(tag: str) -> str:
    """Return the language of a BCP-47 tag: ``en`` of ``en-GB``."""
    return tag.partition("-")[0].lower()


def _script(letter: str) -> str:
    name = unicodedata.name(letter, "")
    if name.startswith(_STYLED):
        return LATIN_LANGUAGE
    code = _SCRIPTS.get(name.partition(" ")[0])
    return f"{UNDETERMINED}-{code}" if code else UNDETERMINED
