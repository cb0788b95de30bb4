"""Parts: handles to pieces of the input, small enough to be lost and done again.

A task is given a part, not rows: whoever does it reads the rows itself.
"""

from typing import Final

import msgspec

from service.transitions import Transition

PART_ROWS: Final = 50_000
"""Rows of a part if nothing else is said: a few seconds of work."""

TABLE_PART_ROWS: Final = 20_000
"""The same where a database is read or written: a part is held in memory there."""

MAX_PART_ROWS: Final = 1_000_000

PART_BYTES: Final = 32 * 1024 * 1024
"""A part of fewer rows ends here."""

CHUNK_ROWS: Final = 1000
"""Rows of a part that are read, scored and written at once."""


class Lines(msgspec.Struct, frozen=True, tag="lines"):
    """Records of a text file.

    Attributes
    ----------
    file : int
        Index among the input files.
    begin, end : int
        Bytes of the file, decompressed.
    line : int
        Number of the first line, from 1.
    lines : int
        How many there are, blank ones too.
    weight : int
        Share of the work: bytes as they lie on disk.
    spooled : bool
        Whether it was copied to a file of its own, since nobody can begin to read in the
        middle of a compressed file.
    """

    file: int
    begin: int
    end: int
    line: int
    lines: int
    weight: int
    spooled: bool = False


class RowSlice(msgspec.Struct, frozen=True, tag="rows"):
    """Rows `begin` to `end` (exclusive) of a row group of a Parquet file."""

    file: int
    row_group: int
    begin: int
    end: int
    weight: int


class KeyRange(msgspec.Struct, frozen=True, tag="keys"):
    """Rows of a table with a key over `after` and not over `until`; with `nulls`, without a key.

    A key that JSON has no type for is kept as its text.
    """

    after: int | str | None
    until: int | str | None
    weight: int
    nulls: bool = False


Part = Lines | RowSlice | KeyRange


class Done(msgspec.Struct, frozen=True):
    """What came of a part.

    Attributes
    ----------
    rows : int
        Rows that were decided on.
    refused : int
        Rows that were passed over; each group of them has a line in the errors' file.
    written : int
        Rows of output; fewer than `rows` if only changes are written.
    size : int
        Bytes of the part's file, 0 if it has none.
    decisions : dict of str to int
    transitions : list of Transition
        Empty unless old decisions are compared.
    """

    rows: int
    refused: int
    written: int
    size: int
    decisions: dict[str, int]
    transitions: list[Transition]
