"""The lines of a TOML document on which its keys and elements stand.

tomllib keeps no positions. This follows a document that tomllib has accepted,
and so need not look for errors: it knows where strings and comments end, and
what a bracket means where it stands. One pass, without recursion.
"""

import bisect
import re
import tomllib
from collections.abc import Iterable, Mapping
from typing import Final, Literal, NamedTuple

from service.policy.faults import Key

DEEPEST: Final = 16
"""What is deeper is not noted, or a key of a million parts would take their square in memory."""

_STRING: Final = (
    r'"""(?:[^"\\]++|\\.|"{1,2}(?!"))*+"{3,5}'
    r"|'''(?:[^']++|'{1,2}(?!'))*+'{3,5}"
    r'|"(?:[^"\\\n]++|\\.)*+"'
    r"|'[^'\n]*+'"
)
_BLANKS: Final = re.compile(r"(?:[ \t\r\n]++|#[^\n]*+)*+")
_KEY: Final = re.compile(rf"[ \t]*+({_STRING}|[A-Za-z0-9_-]++)[ \t]*+(\.?)", re.DOTALL)
_BRACKETS: Final = re.compile(r"\[\[?")
_EQUALS: Final = re.compile(r"=[ \t]*+")
_SCALAR: Final = re.compile(rf"{_STRING}|[^,\]}}#\r\n]++", re.DOTALL)


class Lines:
    """Tell the line of a key; the document is followed when the first is asked for.

    Parameters
    ----------
    source : str
        A document that tomllib accepts.
    """

    def __init__(self, source: str) -> None:
        self._source = source
        self._lines: Mapping[Key, int] | None = None

    def find(self, key: Key) -> int:
        """Return the line of a key or, where it has none, of the table that it is missing from."""
        if self._lines is None:
            self._lines = find_lines(self._source)
        above = (key[:end] for end in range(len(key), 0, -1))
        return next((self._lines[each] for each in above if each in self._lines), 1)


def find_lines(source: str) -> Mapping[Key, int]:
    """Return the line, from 1, of each key and of each element of an array.

    A table stands where its header is or, without one, where it is first named.

    Parameters
    ----------
    source : str
        A document that tomllib accepts.
    """
    offsets = _Follower(source).follow()
    breaks = [match.start() for match in re.finditer("\n", source)]
    return {key: bisect.bisect_left(breaks, offset) + 1 for key, offset in offsets.items()}


class _Open(NamedTuple):
    """An array, or a table in braces, that has not ended."""

    kind: Literal["array", "table"]
    key: Key


class _Follower:
    """Follow a document from one key, or element, to the next."""

    def __init__(self, source: str) -> None:
        self._source = source
        self._at = 0
        self._table: Key = ()
        self._open: list[_Open] = []
        self._lengths: dict[Key, int] = {}  # of arrays, as far as they were followed
        self._offsets: dict[Key, int] = {}

    def follow(self) -> dict[Key, int]:
        """Return the offset of each."""
        while character := self._look():
            if self._open:
                self._pass_inside(character, self._open[-1])
            elif character == "[":
                self._pass_header()
            else:
                self._pass_pair(self._table)
        return self._offsets

    def _look(self) -> str:
        """Return the character that comes next, if any does, after blanks and comments."""
        self._pass(_BLANKS)
        return self._source[self._at : self._at + 1]

    def _pass(self, pattern: re.Pattern[str]) -> re.Match[str]:
        match = pattern.match(self._source, self._at)
        if match is None:
            raise ValueError(f"not TOML at character {self._at}")
        self._at = match.end()
        return match

    def _pass_header(self) -> None:
        begin = self._at
        brackets = self._pass(_BRACKETS)[0]
        *above, last = self._pass_key()
        key = _extend(self._descend((), above, begin), last)
        if len(brackets) > 1:
            key = self._add_element(key, begin)
        else:
            self._note(key, begin, anew=True)
        self._table = key
        self._at += len(brackets)

    def _pass_pair(self, table: Key) -> None:
        begin = self._at
        key = self._descend(table, self._pass_key(), begin)
        self._pass(_EQUALS)
        self._pass_value(key)

    def _pass_key(self) -> list[str]:
        """Return the parts of a key: of ``toxicity.flag``, two."""
        parts = []
        is_open = True
        while is_open:
            part, dot = self._pass(_KEY).groups()
            parts.append(_read_part(part))
            is_open = bool(dot)
        return parts

    def _pass_value(self, key: Key) -> None:
        """Pass a value, or of an array or table only its opening bracket."""
        character = self._source[self._at]
        if character in "[{":
            self._open.append(_Open("array" if character == "[" else "table", key))
            self._at += 1
        else:
            self._pass(_SCALAR)

    def _pass_inside(self, character: str, around: _Open) -> None:
        if character in "]}":
            self._open.pop()
            self._at += 1
        elif character == ",":
            self._at += 1
        elif around.kind == "array":
            self._pass_value(self._add_element(around.key, self._at))
        else:
            self._pass_pair(around.key)

    def _add_element(self, array: Key, offset: int) -> Key:
        self._note(array, offset)
        index = self._lengths.get(array, 0)
        self._lengths[array] = index + 1
        key = _extend(array, index)
        self._note(key, offset)
        return key

    def _descend(self, key: Key, parts: Iterable[str], offset: int) -> Key:
        """Return the key of what `parts` lead to; of an array of tables, that is the last."""
        for part in parts:
            key = _extend(key, part)
            self._note(key, offset)
            if key in self._lengths:
                key = _extend(key, self._lengths[key] - 1)
        return key

    def _note(self, key: Key, offset: int, *, anew: bool = False) -> None:
        if len(key) <= DEEPEST and (anew or key not in self._offsets):
            self._offsets[key] = offset


def _extend(key: Key, part: str | int) -> Key:
    return (*key, part) if len(key) <= DEEPEST else key


def _read_part(part: str) -> str:
    if part.startswith("'"):
        return part[1:-1]
    if part.startswith('"'):
        return str(tomllib.loads(f"part = {part}")["part"])
    return part
