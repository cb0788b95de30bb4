"""The journal of a run: what it is, and which parts are done. It lies beside the output.

It is JSON lines: first a header, then a line for each part that was planned and each
that is done, and one at the end. A line that was cut off by a crash does not count.
Whoever holds the lock on the file runs; the lock goes when the process does.
"""

import fcntl
import os
import threading
from pathlib import Path
from typing import Any, BinaryIO, Final

import msgspec

from service.rescore.errors import RescoreError
from service.rescore.parts import Done, Part

FORMAT: Final = 1


class Header(msgspec.Struct, frozen=True, tag="header", tag_field="line"):
    """What a run is; a run that goes on must be the same.

    Attributes
    ----------
    run : str
    token : str
        Names the folder of its parts: what is left of another run cannot write to it.
    identity : dict
        All that the output depends on: input, columns, models, policy, service.
    until : int or str, optional
    rows : int
        The highest key and the rows of a table when the run began.
    format : int
        Of the journal.
    """

    run: str
    token: str
    identity: dict[str, Any]
    until: int | str | None = None
    rows: int = 0
    format: int = FORMAT


class Planned(msgspec.Struct, frozen=True, tag="planned", tag_field="line"):
    """A part, by its number."""

    number: int
    part: Part


class Finished(msgspec.Struct, frozen=True, tag="done", tag_field="line"):
    """What came of a part."""

    number: int
    done: Done


class Complete(msgspec.Struct, frozen=True, tag="complete", tag_field="line"):
    """All parts are done and the output has its name."""


_Entry = Header | Planned | Finished | Complete
_BEGINNING: Final = b'{"line":"header",'
_DECODER: Final = msgspec.json.Decoder(_Entry)


class Journal:
    """A journal that is held.

    Parameters
    ----------
    path : Path
        Made if it is not there.

    Raises
    ------
    RescoreError
        If another run holds it, or it is none.
    """

    def __init__(self, path: Path) -> None:
        self.path = path
        self.header: Header | None = None
        self.planned: dict[int, Part] = {}
        self.done: dict[int, Done] = {}
        self.complete = False
        self._writing = threading.Lock()
        self._file: BinaryIO = path.open("a+b", buffering=0)
        try:
            fcntl.flock(self._file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:
            self._file.close()
            raise RescoreError(f"{path}: another run holds it") from None
        try:
            self._read()
        except msgspec.MsgspecError:
            self._file.close()
            raise RescoreError(f"{path}: is no journal of this release") from None

    def start(self, header: Header) -> None:
        """Begin a run; what stood here is forgotten."""
        self._file.truncate(0)
        self.header, self.planned, self.done, self.complete = header, {}, {}, False
        self._append(header)
        os.fsync(self._file.fileno())

    def plan(self, number: int, part: Part) -> None:
        """Record a part that is about to be done."""
        self.planned[number] = part
        self._append(Planned(number, part))

    def finish(self, number: int, done: Done) -> None:
        """Record that a part is done; it is on disk when this returns."""
        self.done[number] = done
        self._append(Finished(number, done))
        os.fsync(self._file.fileno())

    def end(self) -> None:
        """Record that the output is complete."""
        self.complete = True
        self._append(Complete())
        os.fsync(self._file.fileno())

    def forget(self) -> None:
        """Forget a run with which nobody can go on."""
        self._file.truncate(0)
        self.header = None

    def close(self) -> None:
        """Let go of the journal; one in which nothing was begun is removed."""
        if self.header is None:
            self.path.unlink(missing_ok=True)
        self._file.close()

    def _read(self) -> None:
        self._file.seek(0)
        data = self._file.read()
        if not data.startswith(_BEGINNING[: len(data)]):
            raise msgspec.ValidationError
        whole = data.rfind(b"\n") + 1
        for line in data[:whole].splitlines():
            self._take(_DECODER.decode(line))
        self._file.truncate(whole)

    def _take(self, entry: _Entry) -> None:
        match entry:
            case Header():
                if entry.format != FORMAT:
                    raise msgspec.ValidationError
                self.header = entry
            case Planned():
                self.planned[entry.number] = entry.part
            case Finished():
                self.done[entry.number] = entry.done
            case Complete():
                self.complete = True

    def _append(self, entry: _Entry) -> None:
        # joblib asks for the next part, and so plans it, in threads of its own.
        with self._writing:
            line = msgspec.json.encode(entry) + b"\n"
            size = self._file.seek(0, os.SEEK_END)
            is_whole = False
            try:
                is_whole = self._file.write(line) == len(line)
            finally:
                # Nothing may be glued to a piece of a line.
                if not is_whole:
                    self._file.truncate(size)
        if not is_whole:
            raise RescoreError(f"{self.path}: the disk is full")


def find_difference(then: dict[str, Any], now: dict[str, Any], path: str = "") -> str | None:
    """Return a sentence that names the first difference between two identities."""
    for key in sorted({*then, *now}):
        old, new = then.get(key), now.get(key)
        if isinstance(old, dict) and isinstance(new, dict):
            if found := find_difference(old, new, f"{path}{key} "):
                return found
        elif old != new:
            return f"{path}{key} was {_say(old)}, and is {_say(new)}"
    return None


def _say(value: object) -> str:
    return msgspec.json.encode(value).decode()
