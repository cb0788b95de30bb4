"""Links as people write them past a filter, made plain.

``example[.]com``, ``example (dot) com``, ``example dot com``, ``example .com``,
``hxxp[:]//``, full-width letters, ideographic dots, characters that cannot be seen and HTML
entities. Every step is guarded by a look that costs a fraction of a microsecond, and takes time
linear in the length of any text: what is repeated in a pattern is bounded, or never given back.
"""

import functools
import html
import re
import unicodedata
from typing import Final

_ENTITY: Final = re.compile(
    r"&(?:amp;)*+(?:#0*+([0-9]{1,7}+(?![0-9])|[xX]0*+[0-9a-fA-F]{1,6}+(?![0-9a-fA-F]));?"
    r"|([a-zA-Z0-9]{2,32}+);)"
)

_INVISIBLE: Final = (
    "\u00ad\u0332-\u0338\u034f\u061c\u115f\u1160\u17b4\u17b5\u180b-\u180f"
    "\u200b\u200c\u200e\u200f\u202a-\u202e\u2060-\u206f"
    "\u3164\ufe00-\ufe0e\ufeff\uffa0\ufff9-\ufffb"
    "\U0001bca0-\U0001bca3\U0001d173-\U0001d17a\U000e0000-\U000e0fff"
)
# Drawn otherwise, and read as a character of ASCII: superscripts, letters in circles, ...
_STYLED: Final = (
    "\u00a0\u00aa\u00ba\u02b0-\u02b8\u1d2c-\u1d6a"
    "\u2000-\u200a\u2024\u202f\u205f\u2070-\u209c\u2100-\u214f\u2460-\u24ff"
    "\ufe52\ufe55\ufe59-\ufe5e\ufe68\ufe6b\uff08\uff09\uff0e-\uff3b\uff3d\uff40-\uff5b\uff5d"
    "\U0001d400-\U0001d7ff\U0001f100-\U0001f169"
)
# Many emoji have one of these, which hides nothing but after a letter or sign of ASCII.
_JOINERS: Final = "\u200d\ufe0f"
_JOINED: Final = re.compile("\u200d(?<=[!-~]\u200d)")
_VARIED: Final = re.compile("\ufe0f(?<=[!-~]\ufe0f)")

_UNSEEN: Final = re.compile(f"[{_INVISIBLE}{_JOINERS}]")
# An ideographic full stop ends sentences, too, but none that goes on in Latin letters.
_ODD: Final = re.compile(f"[{_INVISIBLE}{_JOINERS}{_STYLED}]|[\u3002\uff61](?=[A-Za-z0-9])")
_ODD_ALONE: Final = re.compile(f"[{_INVISIBLE}{_STYLED}\u3002\uff61]")
_ASCII: Final = bytes(range(128))

_LEFT, _RIGHT = r"[\[({<]", r"[\])}>]"
_SAID_SUFFIXES: Final = "com|net|org|info|biz|edu|gov|io|ru"
_MARKED_DOT: Final = re.compile(
    rf"\.(?<=[\s\[({{<]\.)\s{{0,2}}(?:{_RIGHT}|[cC][oO]|[oO][rR]|[iI][nN])"
)
_MARKED_COLON: Final = re.compile(rf":(?<={_LEFT}:)")
_MARKED_WORD: Final = re.compile(
    rf"dot(?<=[\s\[({{<]dot)(?:\s{{0,2}}{_RIGHT}|\s{{1,2}}(?:{_SAID_SUFFIXES}|co\b))".encode()
)
"""What may be a disguised dot or colon; each begins with what `re` looks for at C's speed."""

_BRACKETED: Final = re.compile(
    rf"\s{{0,2}}{_LEFT}\s{{0,2}}(?:(?P<dot>\.|dot)|(?P<at>at|@))\s{{0,2}}{_RIGHT}\s{{0,2}}"
    rf"|{_LEFT}(?P<colon>:(?://)?){_RIGHT}",
    re.IGNORECASE,
)

_BLANKS: Final = r"[^\S\r\n]{1,2}"
_SPOKEN: Final = re.compile(
    rf"""
    (?<=\w) {_BLANKS}
    (?: dot {_BLANKS} (?P<said>
            {_SAID_SUFFIXES} | co (?={_BLANKS}dot{_BLANKS}uk\b) | (?<=\bco[ ]dot[ ]) uk )
      | \. (?:{_BLANKS})? (?P<spaced> com | org | info | co\.uk ) )
    \b
    (?! {_BLANKS} (?: address | addresses | billionaires? | boom | bubble | business | businesses
        | companies | company | crash | craze | days | domains? | era | extension | industry
        | investors? | links? | mania | millionaires? | sites? | startups? | stocks? | suffix )\b )
    """,
    re.IGNORECASE | re.VERBOSE,
)
"""Followed by such a word, it is spoken of: "the early dot com days"."""

_BEFORE: Final = re.compile(r"[\w'\u2019]{1,10}\Z")
_LONGEST_BEFORE: Final = 10
_COMMON_TEXT: Final = """
a an and any as at by each every for from in is its like my new no of on or other our some that the
their these this those to was your
"""
_NO_NAMES: Final = frozenset(_COMMON_TEXT.split())
"""Words that no host is meant by: "the dot com", "a .org"."""


def reveal(text: str) -> str:
    """Return `text` with the links in it as they are meant; without disguise, as it is.

    Parameters
    ----------
    text : str
        Any, lone surrogates and NUL included.

    Examples
    --------
    >>> reveal("hxxp[:]//example[.]com, example (dot) org, example dot com, the dot com bubble")
    'hxxp://example.com, example.org, example.com, the dot com bubble'
    """
    if "&" in text:
        text = _ENTITY.sub(_unescape, text)
    raw = text.encode("utf-8", "surrogatepass")
    if len(raw) > len(text) and _has_odd(text, raw):
        text = _ODD.sub(_fold, text)
        raw = text.encode("utf-8", "surrogatepass")
    if (
        _MARKED_DOT.search(text)
        or (":" in text and _MARKED_COLON.search(text))
        # Of bytes, lower case is made in a tenth of the time, and of ASCII alone.
        or _MARKED_WORD.search(raw.lower())
    ):
        text = _SPOKEN.sub(_join, _BRACKETED.sub(_take_out, text))
    return text


def _unescape(match: re.Match[str]) -> str:
    # Not as it was written: Python refuses to read thousands of digits, zeros too.
    return html.unescape(f"&#{match[1]};" if match[1] else f"&{match[2]};")


def _has_odd(text: str, raw: bytes) -> bool:
    """Return whether `_ODD` may find something: in English, little is left to look at."""
    foreign = raw.translate(None, _ASCII).decode("utf-8", "surrogatepass")
    return bool(
        _ODD_ALONE.search(foreign)
        or ("\ufe0f" in foreign and _VARIED.search(text))
        or ("\u200d" in foreign and _JOINED.search(text))
    )


def _fold(match: re.Match[str]) -> str:
    return _fold_character(match[0])


@functools.cache
def _fold_character(character: str) -> str:
    """Return what one of `_ODD` stands for: alone, so that no heap of marks makes it slow."""
    if _UNSEEN.match(character):
        return ""
    return unicodedata.normalize("NFKC", character).replace("\u3002", ".")


def _take_out(match: re.Match[str]) -> str:
    """Return what stands in brackets, without them and the blanks around."""
    if match["colon"]:
        return match["colon"]
    return "." if match["dot"] else "@"


def _join(match: re.Match[str]) -> str:
    """Return ``.com`` for ``dot com``, unless the word before shows that no host is meant."""
    begin = match.start()
    before = _BEFORE.search(match.string, max(begin - _LONGEST_BEFORE, 0), begin)
    if before and before[0].lower() in _NO_NAMES:
        return match[0]
    return f".{match['said'] or match['spaced']}"
