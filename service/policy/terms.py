"""What may stand in a word list."""

import unicodedata
from collections.abc import Iterable
from typing import Final

STEM: Final = "*"
LONGEST_TERM: Final = 200
"""In characters."""

LEAST_LETTERS: Final = 2


def find_fault(term: str) -> str | None:
    """Return what is wrong with a term as it is written, such as "is blank", or None.

    Parameters
    ----------
    term : str
        A word, a stem (with a ``*`` at its end), or several words. Letters and digits
        are what ``str.isalnum`` calls so. An emoji or other symbol counts as two
        letters, since it is read by its name.
    """
    if term.isalnum() and LEAST_LETTERS <= len(term) <= LONGEST_TERM:
        return None  # as are nearly all
    if len(term) > LONGEST_TERM:
        return f"is longer than {LONGEST_TERM} characters"  # and not looked at: it may be a file
    bare, is_stem = split_stem(term)
    faults = {
        "is blank": not term.strip(),
        "has a # between blanks, and a comment has a line of its own": "#" in term.split()[1:],
        f"has a {STEM} that is not at its end": STEM in bare,
        "has no letter or digit": not _count_letters(bare),
        "has one letter only": _count_letters(bare) < LEAST_LETTERS,
        f"has a {STEM} that follows no letter or digit": is_stem
        and not _count_letters(_find_base(bare)),
    }
    return next((fault for fault, is_so in faults.items() if is_so), None)


def split_stem(term: str) -> tuple[str, bool]:
    """Return a term without the star at its end, and whether it has one."""
    bare = term.rstrip()
    return bare.removesuffix(STEM), bare.endswith(STEM)


def _count_letters(text: Iterable[str]) -> int:
    return sum(_weigh(character) for character in text)


def _weigh(character: str) -> int:
    if character.isalnum():
        return 1
    return LEAST_LETTERS if unicodedata.category(character) == "So" else 0


def _find_base(stem: str) -> str:
    """Return the last character that is no combining mark or joiner."""
    bases = (each for each in reversed(stem) if unicodedata.category(each) not in _ATTACHED)
    return next(bases, "")


_ATTACHED: Final = ("Mn", "Mc", "Me", "Cf")
