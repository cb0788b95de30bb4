"""Which language a comment is taken to be in.

Our own API tells languages apart by script alone (`detect_language`). Text mostly in
Latin letters, or without letters, is taken to be in the language of the model; text
mostly in another script is named by its script and judged by no model.

Perspective's tells languages (`rank_languages`, docs/decisions/0015-language-ranking.md).
"""

import re
import unicodedata
from collections import Counter
from collections.abc import Collection
from itertools import islice
from typing import Final

from service.recognition import recognise

ENGLISH: Final = "en"
LATIN_LANGUAGE: Final = ENGLISH
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

TAGS: Final = frozenset(
    {LATIN_LANGUAGE, UNDETERMINED, *(f"{UNDETERMINED}-{code}" for code in _SCRIPTS.values())}
)
"""All that `detect_language` returns."""

SHORT: Final = 20
"""A text of fewer letters is taken to be in a supported language that has its script."""

MARGIN: Final = 1.2
"""How many times the score of the best language a supported one must have, when CLD2 is
told to expect it, to come first. What that adds matters less the longer the text is."""

_ENGLISH_TEXT: Final = """
about and any are aren't be because been but can can't could did didn't does doesn't don't for from
had has have he her him his how i'd i'm i've if is isn't it it's its just like more my not of or
other our she should so some than that the their them there these they this those to very was we
were what when which who will with would you you're your
"""
ENGLISH_WORDS: Final = frozenset(_ENGLISH_TEXT.split())
"""Words of which a text that is plainly English has `ENGLISH_LEAST`, a sixth of its words."""

ENGLISH_LEAST: Final = 3
_BEGINNING: Final = 240

MOST: Final = 3
_LINK: Final = re.compile(r"(?:https?://|www\.)\S+")
_SEEN_LETTER: Final = re.compile(
    r"[^\W\d_]|[\u249c-\u24e9\U0001f110-\U0001f12b\U0001f130-\U0001f189]"
)
"""A letter, or a symbol that is drawn as one in a circle, square or brackets."""

_LANGUAGES: Final = {
    "und-Arab": ("ar", "fa", "ur", "ps", "ug", "sd", "ku"),
    "und-Armn": ("hy",),
    "und-Beng": ("bn", "as"),
    "und-Cyrl": ("ru", "uk", "bg", "sr", "be", "mk", "kk", "ky", "tg", "tt", "mn", "ba"),
    "und-Deva": ("hi", "mr", "ne", "sa", "bh"),
    "und-Geor": ("ka",),
    "und-Grek": ("el",),
    "und-Gujr": ("gu",),
    "und-Guru": ("pa",),
    "und-Hang": ("ko",),
    "und-Hani": ("zh", "ja"),
    "und-Hebr": ("he", "yi"),
    "und-Jpan": ("ja",),
    "und-Khmr": ("km",),
    "und-Taml": ("ta",),
    "und-Telu": ("te",),
    "und-Thai": ("th",),
}
"""The languages of the scripts that `detect_language` names, the likeliest first."""

_NOT_LATIN: Final = frozenset(language for names in _LANGUAGES.values() for language in names)


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
    scripts = Counter[str]()
    for letter, count in Counter(_LETTER.findall(text)).items():
        scripts[_script(letter)] += count
    latin = scripts.pop(LATIN_LANGUAGE, 0)
    if 2 * latin >= latin + scripts.total():
        return LATIN_LANGUAGE
    return scripts.most_common(1)[0][0]


def rank_languages(text: str, supported: Collection[str]) -> list[str]:
    """Return the languages that a text may be in, most likely first, `MOST` at most.

    Parameters
    ----------
    text : str
    supported : collection of str
        Codes of the languages that come first in doubt, by the rules at `SHORT` and
        `MARGIN`; of several, the one preferred first.

    Returns
    -------
    list of str
        ISO 639-1 codes, or BCP-47 tags where there is none. Empty if a text has no letters
        outside links, or only those of a script that is not known.

    Examples
    --------
    >>> rank_languages("ok bro", ["en"]), rank_languages("12:30", ["en"])
    (['en', 'nl'], [])
    """
    if (
        ENGLISH in supported
        and detect_language(text) == LATIN_LANGUAGE
        and _is_plainly_english(text)
    ):
        return [ENGLISH]
    text = _LINK.sub(" ", text)
    letters = len(list(islice(_SEEN_LETTER.finditer(text), SHORT)))
    if not letters:
        return []
    script = detect_language(text)
    found = sorted(recognise(text), key=lambda one: not _has_script(one.language, script))
    names = [one.language for one in found]
    first = [language for language in supported if _has_script(language, script)]
    if letters < SHORT:
        first.sort(key=lambda language: language not in names)
    elif names:
        first = [] if names[0] in first else _expect(text, first, MARGIN * found[0].score)
    return (list(dict.fromkeys([*first, *names])) or [*_LANGUAGES.get(script, ())[:1]])[:MOST]


def primary_language(tag: str) -> str:
    """Return the language of a BCP-47 tag: ``en`` of ``en-GB``."""
    return tag.partition("-")[0].lower()


def _is_plainly_english(text: str) -> bool:
    """Tell most English from its beginning, in a tenth of the time CLD2 takes."""
    words = text[:_BEGINNING].lower().split()
    common = len(ENGLISH_WORDS.intersection(words))
    return common >= ENGLISH_LEAST and 6 * common >= len(words)


def _has_script(language: str, script: str) -> bool:
    if script == LATIN_LANGUAGE:
        return language not in _NOT_LATIN
    return language in _LANGUAGES.get(script, ())


def _expect(text: str, languages: list[str], needed: float) -> list[str]:
    """Return those that come first, with the score that is needed, when they are expected."""
    scores = {}
    for language in languages:
        found = recognise(text, language)
        if found and found[0].language == language and found[0].score >= needed:
            scores[language] = found[0].score
    return sorted(scores, key=scores.__getitem__, reverse=True)


def _script(letter: str) -> str:
    name = unicodedata.name(letter, "")
    if name.startswith(_STYLED):
        return LATIN_LANGUAGE
    code = _SCRIPTS.get(name.partition(" ")[0])
    return f"{UNDETERMINED}-{code}" if code else UNDETERMINED
