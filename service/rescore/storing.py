"""Files that are there as a whole, on disk, or not at all."""

import contextlib
import os
import uuid
from collections.abc import Iterator
from pathlib import Path
from typing import Final

UNFINISHED: Final = ".unfinished"


@contextlib.contextmanager
def store(path: Path) -> Iterator[Path]:
    """Give the path of a file to be written, which takes its name when it is on disk.

    Two processes may store the same path at once: the last one's file stays.
    """
    unfinished = path.with_name(f".{path.name}.{uuid.uuid4().hex}{UNFINISHED}")
    try:
        yield unfinished
        with unfinished.open("rb+") as file:
            os.fsync(file.fileno())
        unfinished.rename(path)
    finally:
        unfinished.unlink(missing_ok=True)
    sync_folder(path.parent)


def sync_folder(folder: Path) -> None:
    """Make the names in a folder last: a rename counts when the folder is on disk."""
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
