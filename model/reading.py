"""Undo disguise, in folded text, without harm to text that has none.

A *token* stands between two spaces. Its *core* is what is left when ``. , ! ? "
' ( ) : ; [ ] { }`` are taken off its ends. The rules, in order:

1. **Look-alikes.** Where a piece of a core has letters a to z, and all of its
   other letters look like one (`model.tables.LOOK_ALIKES`), those become it. A
   *piece* is a run of letters and digits, ``| ( <``, ``@ $``, and a single ``!``.
2. A token that is **an address** (``://`` in it, or ``www.`` before it, or an
   e-mail's), an ``@name`` or a ``#tag`` is left as it is by the rules below.
   ``@ss`` is no name.
3. **Letters spread out.** At least three single letters a to z, with the same
   separator between them, are joined: a space, one of ``. - _ , / + |``, or
   masking symbols. Digits and ``@ $`` that stand for a letter, and look-alikes,
   may stand between the letters. With spaces, one letter at least must be no
   word by itself (a, i, r, u). A separator after the last letter goes too if it ends
   the token.
4. **Letters written as others**, in a piece with at least two letters a to z and
   none of another script: ``@`` is a, ``$`` is s, unless one stands before a digit;
   between letters or digits, ``!`` and ``|`` are i, ``(`` and ``<`` are c,
   unless the token has the closing one. Then in each run of letters and digits,
   ``0 1 3 4 5 7 8 9`` are o i e a s t b g, with these exceptions:

   - a run with a 2, a 6 or three digits in a row is left (codes, years);
   - a run that begins with two digits is left (``100km``, ``20th``), and so is one of
     a digit and one or two letters (``1st``, ``5pm``, ``3d``);
   - digits at its end stay, unless there are some between letters too
     (``covid19`` stays; ``wh0r3`` is whore).

   A letter or ``@`` and two of ``5 $``, and no more, is that letter and ss.
5. **Masked letters.** Masking symbols ``* # % & ^ ~ $ @ ! ?``, one or more, become
   one ``*`` between two letters a to z, and so do ``*`` alone after a letter.
   Those of rule 4 (``@ $`` only, or a single ``!``) are not masking, nor is a
   single ``&`` (AT&T).

A word without letters a to z is not changed, but for ``@$$``. Every rule looks a bounded number
of times at each code point, so reading takes time linear in the text. What was read
is not changed by reading it again.
"""

from typing import Final

import numpy as np
import numpy.typing as npt

from model.compiled import compiled
from model.tables import OTHER, SYMBOL, CodePoints, Kinds, Text

States = npt.NDArray[np.uint8]

SPACE: Final = 0x20
STAR: Final = 0x2A
_UNDERSCORE: Final = 0x5F
_AT: Final = 0x40
_DOLLAR: Final = 0x24
_BANG: Final = 0x21
_AMPERSAND: Final = 0x26
_HASH: Final = 0x23
_DOT: Final = 0x2E
_SLASH: Final = 0x2F
_COLON: Final = 0x3A
_FIVE: Final = 0x35
_ROUND: Final = 0x28
_CLOSED_ROUND: Final = 0x29
_ANGLE: Final = 0x3C
_CLOSED_ANGLE: Final = 0x3E
_A: Final = 0x61
_S: Final = 0x73
_W: Final = 0x77
_Z: Final = 0x7A
_0: Final = 0x30
_9: Final = 0x39

_LETTER: Final = 1
_DIGIT: Final = 2
_OUTER: Final = 4
_SEPARATOR: Final = 8
_MASK: Final = 16
_BETWEEN: Final = 32
_ALONE: Final = 64
_CODE: Final = 128
_BUSY: Final = 256
_READ: Final = 0
_SHIELDED: Final = 1
_PLAIN: Final = 2
_ASCII: Final = 128
_LEAST_SPREAD: Final = 3
_LONG_NUMBER: Final = 3


def _flags() -> npt.NDArray[np.uint16]:
    flags = np.zeros(_ASCII, np.uint16)
    for flag, characters in (
        (_LETTER, "abcdefghijklmnopqrstuvwxyz"),
        (_DIGIT, "0123456789"),
        (_OUTER, ".,!?\"'():;[]{}"),
        (_SEPARATOR, " .-_,/+|"),
        (_MASK, "*#%&^~$@!?"),
        (_BETWEEN, "!|(<"),
        (_ALONE, "airu"),
        (_CODE, "26"),
        (_BUSY, "0123456789*#%&^~$@!?|(<:"),
    ):
        for character in characters:
            flags[ord(character)] |= flag
    return flags


def _letters() -> npt.NDArray[np.uint8]:
    letters = np.zeros(_ASCII, np.uint8)
    for character, letter in zip("01345789@$!|(<", "oieastbgasiicc", strict=True):
        letters[ord(character)] = ord(letter)
    return letters


# What each ASCII character can be, and the letter it can stand for.
_FLAGS: Final = _flags()
_STANDS_FOR: Final = _letters()


@compiled
def _has(code: int, flag: int) -> bool:
    return code < _ASCII and bool(_FLAGS[code] & flag)


@compiled
def _is_word(code: int, kinds: Kinds) -> bool:
    """Say whether it is a letter or digit, of any script."""
    if code < _ASCII:
        return bool(_FLAGS[code] & (_LETTER | _DIGIT))
    return kinds[code] not in (OTHER, SYMBOL)


@compiled
def _looks_like(code: int, kinds: Kinds) -> int:
    """Return the letter a to z a letter of another alphabet looks like, or 0."""
    return kinds[code] if code >= _ASCII and kinds[code] >= _A else 0


@compiled
def _mask_end(codes: CodePoints, place: int, end: int) -> int:
    """Return the end of the run of masking symbols at `place`."""
    while place < end and _has(codes[place], _MASK):
        place += 1
    return place


@compiled
def _is_masking(codes: CodePoints, begin: int, end: int) -> bool:
    """Say whether a run of masking symbols hides letters; it stands for some otherwise."""
    if end - begin == 1 and codes[begin] in (_BANG, _AMPERSAND):
        return False
    while begin < end and codes[begin] in (_AT, _DOLLAR):
        begin += 1
    return begin < end


@compiled
def _piece_end(codes: CodePoints, begin: int, end: int, kinds: Kinds) -> int:
    """Return the end of the piece at `begin`, which is `begin` where there is none."""
    place = begin
    while place < end:
        code = codes[place]
        if _has(code, _MASK):
            mask_end = _mask_end(codes, place, end)
            if _is_masking(codes, place, mask_end):
                break
            place = mask_end
        elif _is_word(code, kinds) or _has(code, _BETWEEN):
            place += 1
        else:
            break
    return place


@compiled
def _after_piece(codes: CodePoints, end: int, core_end: int) -> int:
    """Return where the next piece may begin, after one that ended at `end`."""
    return max(end + 1, _mask_end(codes, end, core_end))


@compiled
def _core_begin(codes: CodePoints, begin: int, end: int) -> int:
    while begin < end and _has(codes[begin], _OUTER):
        begin += 1
    return begin


@compiled
def _core_end(codes: CodePoints, begin: int, end: int) -> int:
    while begin < end and _has(codes[end - 1], _OUTER):
        end -= 1
    return end


@compiled
def _token_end(codes: CodePoints, place: int) -> int:
    """Return where the space after a token stands; every text ends with one."""
    while codes[place] != SPACE:
        place += 1
    return place


# Rule 1


@compiled
def _undo_look_alikes(codes: CodePoints, begin: int, end: int, kinds: Kinds) -> None:
    """Make Latin what looks like it in a piece."""
    latin = alike = False
    for place in range(begin, end):
        code = codes[place]
        if _has(code, _LETTER):
            latin = True
        elif _looks_like(code, kinds):
            alike = True
        elif code >= _ASCII:
            return
    if latin and alike:
        for place in range(begin, end):
            letter = _looks_like(codes[place], kinds)
            if letter:
                codes[place] = letter


# Rule 2


@compiled
def _is_address(codes: CodePoints, begin: int, end: int, kinds: Kinds) -> bool:
    """Say whether a core is an address, a name or a tag."""
    if end - begin < 2:  # noqa: PLR2004 - a sign and a name
        return False
    sign, second = codes[begin], codes[begin + 1]
    if sign in (_AT, _HASH) and (_is_word(second, kinds) or second == _UNDERSCORE):
        ss = end - begin > 2 and second == _S and codes[begin + 2] == _S  # noqa: PLR2004
        return sign == _HASH or not ss
    if sign == _W and second == _W and end - begin > 2 and codes[begin + 2] == _DOT:  # noqa: PLR2004
        return True  # folding makes two of the three
    at = False
    for place in range(begin + 1, end - 1):
        code = codes[place]
        if code == _COLON and codes[place + 1] == _SLASH and place + 2 < end:
            if codes[place + 2] == _SLASH:
                return True
        elif code == _AT or (code == _DOT and at):
            inside = _is_word(codes[place - 1], kinds) and _is_word(codes[place + 1], kinds)
            if inside and code == _DOT:
                return True
            at = at or inside
    return False


@compiled
def _survey(codes: CodePoints, size: int, kinds: Kinds, states: States) -> bool:
    """Follow rule 1, and say of each token what rules it needs.

    Parameters
    ----------
    states : array
        Receives for each code point of a token: `_READ` where rules are to be
        followed, `_SHIELDED` where rule 2 keeps others from it, `_PLAIN` where
        none but rule 3 finds anything.

    Returns
    -------
    bool
        Whether any is to be read.
    """
    any_read = False
    begin = 0
    while begin < size:
        if codes[begin] == SPACE:
            states[begin] = _PLAIN
            begin += 1
            continue
        token_end = _token_end(codes, begin)
        core = _core_begin(codes, begin, token_end)
        end = _core_end(codes, core, token_end)
        state = _PLAIN
        if _is_busy(codes, core, end):
            place = core
            while place < end:
                piece_end = _piece_end(codes, place, end, kinds)
                _undo_look_alikes(codes, place, piece_end, kinds)
                place = _after_piece(codes, piece_end, end)
            state = _SHIELDED if _is_address(codes, core, end, kinds) else _READ
            any_read = any_read or state == _READ
        states[begin:token_end] = state
        begin = token_end
    return any_read


@compiled
def _is_busy(codes: CodePoints, begin: int, end: int) -> bool:
    """Say whether rules 1, 2, 4 or 5 can find anything in a core."""
    if end - begin > 2 and codes[begin] == codes[begin + 1] == _W:  # noqa: PLR2004 - an address
        return True
    for place in range(begin, end):
        if codes[place] >= _ASCII or _FLAGS[codes[place]] & _BUSY:
            return True
    return False


# Rule 3


@compiled
def _next_unit(
    codes: CodePoints,
    size: int,
    place: int,
    kinds: Kinds,
    states: States,
) -> int:
    """Return where the single character after the one at `place` stands, or 0.

    Any separator will do.
    """
    unit = place + 1
    if _has(codes[unit], _MASK):
        unit = _mask_end(codes, unit, size)
    elif _has(codes[unit], _SEPARATOR):
        unit += 1
    else:
        return 0
    if unit + 1 >= size or states[unit] == _SHIELDED or _is_word(codes[unit + 1], kinds):
        return 0
    return unit if _read_unit(codes[unit], kinds) else 0


@compiled
def _read_unit(code: int, kinds: Kinds) -> int:
    """Return the letter that a single character is or stands for, or 0."""
    if code >= _ASCII:
        return _looks_like(code, kinds)
    if _FLAGS[code] & _LETTER:
        return code
    return 0 if _FLAGS[code] & _BETWEEN else int(_STANDS_FOR[code])


@compiled
def _separates(code: int, separator: int) -> bool:
    """Say whether two separators are the same; all masking symbols are."""
    return code == separator or (_has(code, _MASK) and _has(separator, _MASK))


@compiled
def _is_edge(codes: CodePoints, place: int, step: int, separator: int, kinds: Kinds) -> bool:
    """Say whether spread letters may begin or end at `place`; `step` leads out of them."""
    code = codes[place + step]
    if code == SPACE or _separates(code, separator):
        return True
    return _has(code, _OUTER) and not _is_word(codes[place + 2 * step], kinds)


@compiled
def _find_spread(
    codes: CodePoints, size: int, begin: int, kinds: Kinds, states: States
) -> tuple[int, int]:
    """Look at a run of single characters with one separator that begins with a letter.

    Returns
    -------
    last : int
        The last letter to be joined to the one at `begin`, or `begin`.
    seen : int
        No run with this separator begins before.
    """
    separator = codes[begin + 1]
    if not _is_edge(codes, begin, -1, separator, kinds):
        return begin, begin
    last = seen = begin
    letters, telling = 1, int(not _has(codes[begin], _ALONE))
    while _separates(codes[seen + 1], separator):
        unit = _next_unit(codes, size, seen, kinds, states)
        if unit == 0:
            break
        seen = unit
        # Where more follow, the separator does, which is an edge.
        if _has(codes[unit], _LETTER) and _is_edge(codes, unit, 1, separator, kinds):
            last = unit
            letters += 1
            telling += int(not _has(codes[unit], _ALONE))
    if letters < _LEAST_SPREAD or (separator == SPACE and telling == 0):
        return begin, seen
    return last, seen


@compiled
def _join(text: Text, size: int, kinds: Kinds, states: States) -> int:
    """Follow rule 3, in place: joining takes two at least, so what is looked at still stands."""
    codes = text.codes
    place = written = 0
    while place < size:
        end = seen = place
        if (
            _has(codes[place], _LETTER)
            and _has(codes[place + 1], _SEPARATOR | _MASK)
            and not _is_word(codes[place - 1], kinds)
            and states[place] != _SHIELDED
        ):
            end, seen = _find_spread(codes, size, place, kinds, states)
        if end > place:
            separator = codes[place + 1]
            while place < end:
                written = _move(text, place, written, states, _read_unit(codes[place], kinds))
                place = _next_unit(codes, size, place, kinds, states)
            written = _move(text, end, written, states, codes[end])
            place = end + 1
            if separator != SPACE and codes[place] == separator and codes[place + 1] == SPACE:
                place += 1
        elif place == written:  # nothing was joined before
            place = written = max(seen, place + 1)
        else:
            for _ in range(max(seen - place, 1)):
                written = _move(text, place, written, states, codes[place])
                place += 1
    return written


@compiled
def _move(text: Text, place: int, written: int, states: States, code: int) -> int:
    """Write `code` with what stands beside that at `place`; return where the next one goes."""
    text.codes[written] = code
    text.first[written] = text.first[place]
    text.last[written] = text.last[place]
    states[written] = states[place]
    return written + 1


# Rule 4


@compiled
def _find_closing(codes: CodePoints, begin: int, end: int) -> tuple[bool, bool]:
    """Say whether a token has a closing round bracket, and a closing angle."""
    is_round = is_angle = False
    for place in range(begin, end):
        is_round = is_round or codes[place] == _CLOSED_ROUND
        is_angle = is_angle or codes[place] == _CLOSED_ANGLE
    return is_round, is_angle


@compiled
def _read_letters(codes: CodePoints, begin: int, end: int, closing: tuple[bool, bool]) -> None:
    """Follow rule 4 in a piece of a token."""
    letters = 0
    for place in range(begin, end):
        if codes[place] >= _ASCII:
            return
        letters += _has(codes[place], _LETTER)
    if letters < 2 and end - begin == 3:  # noqa: PLR2004 - by the rule
        _read_ss(codes, begin)
    if letters < 2:  # noqa: PLR2004 - by the rule
        return
    for place in range(begin, end - 1):
        if codes[place] in (_AT, _DOLLAR) and _has(codes[place + 1], _DIGIT):
            return
    _read_signs(codes, begin, end, closing)
    place = begin
    while place < end:
        run = place
        while place < end and _has(codes[place], _LETTER | _DIGIT):
            place += 1
        _read_digits(codes, run, place)
        place += 1


@compiled
def _read_ss(codes: CodePoints, begin: int) -> None:
    """Follow the last rule for three characters."""
    if not (_has(codes[begin], _LETTER) or codes[begin] == _AT):
        return
    if codes[begin + 1] in (_FIVE, _DOLLAR) and codes[begin + 2] in (_FIVE, _DOLLAR):
        if codes[begin] == _AT:
            codes[begin] = _A
        codes[begin + 1] = codes[begin + 2] = _S


@compiled
def _read_signs(codes: CodePoints, begin: int, end: int, closing: tuple[bool, bool]) -> None:
    round_closed, angle_closed = closing
    for place in range(begin, end):
        code = codes[place]
        if code in (_AT, _DOLLAR):
            codes[place] = _STANDS_FOR[code]
        elif _has(code, _BETWEEN) and begin < place < end - 1:
            closed = (code == _ROUND and round_closed) or (code == _ANGLE and angle_closed)
            after = codes[place + 1]
            beside = _has(codes[place - 1], _LETTER | _DIGIT) and (
                _has(after, _LETTER | _DIGIT) or after in (_AT, _DOLLAR)
            )
            if beside and not closed:
                codes[place] = _STANDS_FOR[code]


@compiled
def _read_digits(codes: CodePoints, begin: int, end: int) -> None:
    """Follow rule 4 in a run of letters and digits."""
    letters = leading = trailing = 0
    between = False
    for place in range(begin, end):
        if _has(codes[place], _CODE):
            return
        if _has(codes[place], _LETTER):
            # Letters after digits that follow letters.
            between = between or (trailing > 0 and letters > 0)
            letters += 1
            trailing = 0
        else:
            trailing += 1
            leading += letters == 0
            if trailing == _LONG_NUMBER:
                return
    if letters < 2 or leading > 1 or (leading and letters == 2 and not between):  # noqa: PLR2004
        return
    for place in range(begin, end if between else end - trailing):
        if _has(codes[place], _DIGIT):
            codes[place] = _STANDS_FOR[codes[place]]


# Rule 5


@compiled
def _emit(text: Text, written: int, code: int, begin: int, end: int) -> int:
    """Write a code point, unless it is the third of a run; return where the next one goes."""
    if written > 1 and text.codes[written - 1] == code and text.codes[written - 2] == code:
        text.last[written - 1] = end
        return written
    text.codes[written] = code
    text.first[written] = begin
    text.last[written] = end
    return written + 1


@compiled
def _hides_letters(codes: CodePoints, place: int, mask_end: int, end: int) -> bool:
    """Say whether the masking symbols at `place`, within a core, become one star."""
    if not _has(codes[place - 1], _LETTER) or not _is_masking(codes, place, mask_end):
        return False
    if mask_end < end and _has(codes[mask_end], _LETTER):
        return True
    while place < mask_end and codes[place] == STAR:
        place += 1
    return place == mask_end


@compiled
def _unmask(text: Text, begin: int, end: int, written: int) -> int:
    """Follow rule 5 in a core, and write it; return where the next code point goes."""
    codes = text.codes
    place = begin
    while place < end:
        mask_end = _mask_end(codes, place, end)
        after = max(mask_end, place + 1)
        if begin < place < mask_end and _hides_letters(codes, place, mask_end, end):
            written = _emit(text, written, STAR, text.first[place], text.last[after - 1])
        else:
            written = _copy(text, place, after, written)
        place = after
    return written


@compiled
def _copy(text: Text, begin: int, end: int, written: int) -> int:
    for place in range(begin, end):
        written = _emit(text, written, text.codes[place], text.first[place], text.last[place])
    return written


@compiled
def _read_token(text: Text, begin: int, end: int, written: int, kinds: Kinds) -> int:
    """Follow rules 4 and 5 in a token, and write it; return where the next code point goes."""
    core = _core_begin(text.codes, begin, end)
    core_end = _core_end(text.codes, core, end)
    # Once a token: for each of its pieces, it would take the square of its length.
    closing = _find_closing(text.codes, begin, end)
    place = core
    while place < core_end:
        piece_end = _piece_end(text.codes, place, core_end, kinds)
        _read_letters(text.codes, place, piece_end, closing)
        place = _after_piece(text.codes, piece_end, core_end)
    written = _copy(text, begin, core, written)
    written = _unmask(text, core, core_end, written)
    return _copy(text, core_end, end, written)


@compiled
def read(text: Text, size: int, kinds: Kinds) -> int:
    """Undo disguise, in place.

    Parameters
    ----------
    text : Text
        Folded, between two spaces; receives what it reads as, which is no longer.
        What was joined or masked comes from all of its parts.
    size : int, at least 1
    kinds : array of shape (0x110000,)
        As in `Tables`.

    Returns
    -------
    int
        The size of the result.
    """
    codes = text.codes
    states = np.empty(size, np.uint8)
    any_read = _survey(codes, size, kinds, states)
    joined = _join(text, size, kinds, states)
    if joined == size and not any_read:
        return size
    place = written = 0
    while place < joined:
        if codes[place] == SPACE:
            written = _copy(text, place, place + 1, written)
            place += 1
            continue
        end = _token_end(codes, place)
        if states[place] == _SHIELDED:
            written = _copy(text, place, end, written)
        elif place == written and joined == size and states[place] == _PLAIN:
            written = end
        else:
            written = _read_token(text, place, end, written, kinds)
        place = end
    return written
