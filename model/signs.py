"""Whether a text may have a link, by the signs that every link has.

What a link is says `service.policy.links`, which no text without these signs has; a text
with them may have none.
"""

from typing import Final

from model.compiled import compiled
from model.reading import SPACE
from model.tables import REPLACEMENT, CodePoints

_ASCII: Final = 128
_0: Final = 0x30
_9: Final = 0x39
_A: Final = 0x61
_Z: Final = 0x7A
_D: Final = 0x64
_O: Final = 0x6F
_T: Final = 0x74
_SLASH: Final = 0x2F
_DOT: Final = 0x2E
_WIDE_DOT: Final = 0x3002
_COLON: Final = 0x3A
_FILLERS: Final = (
    *(0x115F, 0x1160, 0x17B4, 0x17B5, 0x180B, 0x180C, 0x180D, 0x180E, 0x180F, 0x2065),
)
_FIRST_TAG: Final = 0xE0000
_LAST_TAG: Final = 0xE0FFF
_OPENING: Final = (0x28, 0x5B, 0x7B, 0x3C)
_CLOSING: Final = (0x29, 0x5D, 0x7D, 0x3E)
_AFTER_DOT: Final = (*_CLOSING, 0x63, 0x6F, 0x69)
"""Closing brackets, and what "com", "co", "org" and "info" begin with."""


@compiled
def may_link(codes: CodePoints, size: int) -> bool:
    """Say whether a folded text has what every link has.

    That is a dot before a letter, or ``:/``, or what may be ``mailto:``; in disguise a dot or
    colon behind a blank or bracket, or the word "dot", or what hides one of them
    (`service.policy.disguises`).
    """
    for place in range(1, size - 1):
        code = codes[place]
        if code == _DOT:
            found = _begins_suffix(codes, place, size)
        elif code == _COLON:
            found = _ends_scheme(codes, place)
        elif code == _D:
            found = _is_said(codes, place)
        else:
            found = code >= _ASCII and _may_hide(code, codes[place + 1])
        if found:
            return True
    return False


@compiled
def _may_hide(code: int, after: int) -> bool:
    """Say whether a code point is a wide dot, or may be in the way of a sign.

    Folding leaves some that cannot be seen, and what it could not read is a replacement.
    """
    if code in (_WIDE_DOT, REPLACEMENT):
        return code == REPLACEMENT or _goes_on(after)
    return code in _FILLERS or _FIRST_TAG <= code <= _LAST_TAG


@compiled
def _begins_suffix(codes: CodePoints, place: int, size: int) -> bool:
    """Say whether a letter follows a dot, or it stands in brackets, or before "com" and such."""
    after = codes[place + 1]
    if _goes_on(after) and not _is_digit(after):
        return True
    if not _opens(codes[place - 1]):
        return False
    if after == SPACE and place + 2 < size:
        after = codes[place + 2]
    return after in _AFTER_DOT


@compiled
def _ends_scheme(codes: CodePoints, place: int) -> bool:
    before, after = codes[place - 1], codes[place + 1]
    if after == _SLASH or (before != SPACE and _opens(before)):
        return True
    return bool(before == _O)


@compiled
def _is_said(codes: CodePoints, place: int) -> bool:
    """Say whether the word "dot" stands there; each text ends with a space."""
    if not (_opens(codes[place - 1]) and codes[place + 1] == _O and codes[place + 2] == _T):
        return False
    return codes[place + 3] == SPACE or codes[place + 3] in _CLOSING


@compiled
def _goes_on(code: int) -> bool:
    return code >= _ASCII or _A <= code <= _Z or _is_digit(code)


@compiled
def _is_digit(code: int) -> bool:
    return _0 <= code <= _9


@compiled
def _opens(code: int) -> bool:
    return code == SPACE or code in _OPENING
