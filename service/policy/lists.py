"""Word lists: the files they are in, and what is wrong with their terms."""

import codecs
import io
import re
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path, PurePath
from typing import Final, NamedTuple

from service.policy.faults import Fault, shorten
from service.policy.terms import find_fault

MOST_TERMS: Final = 1_000_000
MOST_BYTES: Final = 64 * 1024 * 1024

ReadList = Callable[[str], bytes]
"""From the name of a list's file, as a policy has it, to what is in it."""

_ALLOWED: Final = "allowed"
_SHOWN: Final = 100
_BAD: Final = re.compile("[\x00-\x1f\x7f-\x9f\u2028\u2029\ud800-\udfff]")


class ListError(Exception):
    """A file that cannot be read; the message says why, without its name."""


class Listing(NamedTuple):
    """The terms of a list, and where they are.

    Attributes
    ----------
    terms : list of str
    file : str
        Empty where the list is in the policy file itself.
    line : callable
        From the index of a term to its line.
    """

    terms: list[str]
    file: str
    line: Callable[[int], int]


def refuse_list(_: str) -> bytes:
    """Read no list: the policy is in no folder.

    Raises
    ------
    ListError
    """
    raise ListError("needs a file, and this policy is in no folder")


def read_beside(folder: Path) -> ReadList:
    """Return what reads the lists in a folder, and in the folders in it."""

    def read_list(name: str) -> bytes:
        path = PurePath(name)
        if path.drive or path.root or ".." in path.parts:
            raise ListError("leads out of the folder of the policy")
        return read_file(folder / path)

    return read_list


def read_file(path: Path) -> bytes:
    """Return what is in a file.

    Raises
    ------
    ListError
        If it cannot be read, or is too large.
    """
    try:
        # A pipe would wait for somebody to write, and a device might never end.
        if path.exists() and not (path.is_file() or path.is_dir()):
            raise ListError("cannot be read (Not a file)")
        with path.open("rb") as file:
            data = file.read(MOST_BYTES + 1)
    except OSError as error:
        raise ListError(f"cannot be read ({error.strerror})") from error
    except ValueError as error:  # a name with a NUL
        raise ListError(f"cannot be read ({error})") from error
    if len(data) > MOST_BYTES:
        raise ListError(f"is larger than {MOST_BYTES // 1024**2} MiB")
    return data


def parse_list(file: str, data: bytes) -> Listing:
    """Parse a file with a term a line; what is wrong with them is for `check_lists` to say.

    Parameters
    ----------
    file : str
        Its name.
    data : bytes
        UTF-8. Blanks around a term are dropped, and lines that are ``#`` or begin with ``# ``.
    """
    data = data.removeprefix(codecs.BOM_UTF8)
    # What is not UTF-8 becomes lone surrogates, which no other line can have.
    text = io.TextIOWrapper(io.BytesIO(data), "utf-8", "surrogateescape", newline="\n")
    terms, lines = [], []
    for number, line in enumerate(text, 1):
        term = line.strip()
        if term != "#" and not term.startswith("# "):
            terms.append(term)
            lines.append(number)
        if len(terms) > MOST_TERMS:
            break
    return Listing(terms, file, lines.__getitem__)


def check_lists(listings: Mapping[str, Listing]) -> Iterator[Fault]:
    """Yield what is wrong with the lists of a policy, by their keys."""
    for listed, listing in listings.items():
        yield from shorten(_check_terms(listed, listing))
        if listed != _ALLOWED and _ALLOWED in listings:
            yield from shorten(_find_shared(listings[_ALLOWED], listed, listing))


def _check_terms(listed: str, listing: Listing) -> Iterator[Fault]:
    if listing.file and not listing.terms:
        # A copy that failed, most likely.
        yield Fault(listing.file, 0, "has no term")
    if len(listing.terms) > MOST_TERMS:
        yield _say(listing, MOST_TERMS, f"{listed} has more than {MOST_TERMS:,} terms")
        return
    firsts: dict[str, int] = {}
    for index, term in enumerate(listing.terms):
        fault = _find_fault(term)
        first = firsts.setdefault(_fold(term), index)
        if not fault and first != index:
            fault = f"is there already, on line {listing.line(first)}"
        if fault:
            yield _say(listing, index, f"{listed}: a term {fault}", term)


def _find_fault(term: str) -> str | None:
    if not term.isprintable() and (bad := _BAD.search(term)):
        if "\ud800" <= bad[0] <= "\udfff":
            return "is not UTF-8"
        return "has a NUL" if bad[0] == "\0" else "has a control character"
    if term.startswith("##"):
        return "begins with ##, and a comment with # and a blank"
    return find_fault(term)


def _find_shared(allowed: Listing, listed: str, listing: Listing) -> Iterator[Fault]:
    """Yield the terms that are both allowed and not."""
    others = {_fold(term): index for index, term in enumerate(listing.terms)}
    for index, term in enumerate(allowed.terms):
        other = others.get(_fold(term))
        if other is not None and not _find_fault(term):
            place = f"line {listing.line(other)}" + (f" of {listing.file}" if listing.file else "")
            yield _say(allowed, index, f"{_ALLOWED}: a term is {listed}, too, on {place}", term)


def _fold(term: str) -> str:
    return " ".join(term.split()).casefold()


def _say(listing: Listing, index: int, message: str, term: str | None = None) -> Fault:
    shown = "" if term is None else f": {term[:_SHOWN]!r}"
    return Fault(listing.file, listing.line(index), message + shown)
