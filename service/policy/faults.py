"""What is wrong with a policy file, and where."""

import itertools
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Final, NamedTuple

Key = tuple[str | int, ...]
"""Where in a document: the names of tables, the name there, the index of an element."""

MOST_FAULTS: Final = 20
"""So many of one list are named one by one."""

_LONGEST: Final = 300


class PolicyError(Exception):
    """A policy that cannot be used; each line of the message names a file and what is wrong."""


class Fault(NamedTuple):
    """One thing that is wrong.

    Attributes
    ----------
    file : str
        Name of a word list as the policy has it, or empty: the policy file itself.
    line : int
        0 where it is about the whole file.
    message : str
    """

    file: str
    line: int
    message: str

    def render(self, path: Path | None = None) -> str:
        """Return the fault as one line of text.

        Parameters
        ----------
        path : Path, optional
            Of the policy file.
        """
        file = Path(path.parent, self.file) if path and self.file else path or self.file
        place = [str(file)] if file else []
        place += [f"line {self.line}"] if self.line else []
        message = self.message
        if len(message) > _LONGEST:
            message = f"{message[:_LONGEST]}…"
        return _escape(": ".join([*place, message]))


def shorten(faults: Iterable[Fault]) -> Iterator[Fault]:
    """Yield the first faults of a list, and how many more there are."""
    rest = iter(faults)
    yield from itertools.islice(rest, MOST_FAULTS)
    if last := next(rest, None):
        count = 1 + sum(1 for _ in rest)
        yield Fault(last.file, last.line, f"and {count} more from here on")


def _escape(text: str) -> str:
    """Return `text` on one line, without what a terminal would obey."""
    return "".join(
        character if character.isprintable() else character.encode("unicode_escape").decode()
        for character in text
    )
