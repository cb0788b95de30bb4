"""Files: their formats, told by their endings, and how they are found and opened.

A name with ``://`` is an address that fsspec opens (``s3://``, ``gs://`` …, with the
package it asks for); any other is a path.
"""

import contextlib
import glob
import io
import re
from collections import Counter
from collections.abc import Collection, Iterator, Sequence
from pathlib import Path
from typing import BinaryIO, Final, Literal, cast

import fsspec
import msgspec
import pyarrow as pa

from service.rescore.errors import RescoreError

STREAM: Final = "-"

Kind = Literal["csv", "jsonl", "parquet"]
_KINDS: Final[dict[str, Kind]] = {
    "csv": "csv",
    "jsonl": "jsonl",
    "ndjson": "jsonl",
    "parquet": "parquet",
}
_COMPRESSIONS: Final[dict[str, Literal["gzip", "zstd"]]] = {"gz": "gzip", "zst": "zstd"}
_GLOB: Final = frozenset("*?[")
JOURNAL: Final = ".journal.jsonl"
ERRORS: Final = ".errors.jsonl"
PARTS: Final = ".parts"
"""What the names of what lies beside an output end with."""

ENDINGS: Final = ".csv, .jsonl, .ndjson or .parquet, each also with .gz or .zst"


class Format(msgspec.Struct, frozen=True):
    """A format, and how a file in it is compressed as a whole."""

    kind: Kind
    compression: Literal["gzip", "zstd"] | None = None

    @property
    def ending(self) -> str:
        """The ending of a file in it, such as ``.csv.gz``."""
        endings = [name for name, each in _COMPRESSIONS.items() if each == self.compression]
        return ".".join(["", self.kind, *endings])


class InputFile(msgspec.Struct, frozen=True):
    """A file to read.

    Attributes
    ----------
    name : str
        As the user knows it.
    address : str
        A path from the root, or an address with ``://``.
    size : int
        In bytes.
    version : str
        Another one once the file was changed: its time, or what the object store says.
    copied : bool
        Whether the address is that of a copy of ours.
    """

    name: str
    address: str
    size: int = 0
    version: str = ""
    copied: bool = False


def parse_format(name: str) -> Format | None:
    """Return the format that the ending of a name tells, if it does."""
    *_, last = parts = Path(name).name.lower().split(".")
    compression = _COMPRESSIONS.get(last)
    kind = _KINDS.get(parts[-2] if compression and len(parts) > 1 else last)
    return Format(kind, compression) if kind else None


def is_remote(name: str) -> bool:
    """Return whether fsspec has to open it."""
    return "://" in name


def list_inputs(names: Sequence[str]) -> list[InputFile]:
    """Return the files meant by some names: files, folders, patterns.

    In a folder, at any depth, files count whose ending tells a format; names that
    begin with a dot or underscore do not, nor does what a run left beside its output.

    Raises
    ------
    RescoreError
        If a name means no file.
    """
    files = []
    for name in names:
        found = _list_remote(name) if is_remote(name) else _list_local(name)
        if not found:
            raise RescoreError(f"{name}: no such file, or none that is {ENDINGS}")
        files += found
    addresses = Counter(file.address for file in files)
    if twice := [address for address, count in addresses.items() if count > 1]:
        raise RescoreError(f"{twice[0]}: is named twice")
    return files


def describe_files(files: Sequence[InputFile]) -> dict[str, str]:
    """Return what changes if one of some files does: its size, and when it was written.

    No hash: that of a short file of comments could be told from a guess.
    """
    return {
        file.address: f"file {number}, {file.size} bytes, version {file.version}"
        for number, file in enumerate(files, 1)
    }


def _list_local(name: str) -> list[InputFile]:
    path = Path(name)
    if path.is_dir():
        inside = sorted(each for each in path.rglob("*") if each.is_file())
        paths = [each for each in inside if _counts(each.relative_to(path).parts)]
    elif path.exists() or not _GLOB & set(name):
        paths = [path]
    else:
        paths = sorted(map(Path, glob.glob(name, recursive=True)))  # noqa: PTH207 - from anywhere
    paths = [each for each in paths if not each.name.endswith((JOURNAL, ERRORS))]
    return [_describe_local(each) for each in paths]


def _describe_local(path: Path) -> InputFile:
    try:
        found = path.stat()
    except OSError as error:
        raise RescoreError(f"{path}: {error.strerror}") from error
    return InputFile(str(path), str(path.absolute()), found.st_size, str(found.st_mtime_ns))


def _counts(parts: Sequence[str]) -> bool:
    """Return whether a file in a folder is input: not hidden, and not left there by a run."""
    *folders, name = parts
    hidden = any(part.startswith((".", "_")) for part in parts)
    ours = name.endswith((JOURNAL, ERRORS)) or any(each.endswith(PARTS) for each in folders)
    return parse_format(name) is not None and not (hidden or ours)


def _list_remote(name: str) -> list[InputFile]:
    try:
        system, path = fsspec.core.url_to_fs(name)
        if _GLOB & set(path):
            paths = sorted(system.glob(path))
        elif system.isdir(path):
            root = path.rstrip("/") + "/"
            paths = [
                each for each in sorted(system.find(path)) if _counts(each[len(root) :].split("/"))
            ]
        else:
            paths = [path]
        return [
            InputFile(
                address := system.unstrip_protocol(each),
                address,
                int(system.size(each) or 0),
                str(system.ukey(each)),
            )
            for each in paths
        ]
    except (OSError, ValueError, ImportError) as error:
        raise RescoreError(f"{name}: {error}") from error


def check_unchanged(file: InputFile) -> None:
    """See that a file is still the one whose parts were planned.

    Raises
    ------
    RescoreError
        If it is not.
    """
    if not file.copied and not is_remote(file.address):
        found = _describe_local(Path(file.address))
        if (found.size, found.version) != (file.size, file.version):
            raise RescoreError(f"{file.name}: was changed while it was read")


@contextlib.contextmanager
def open_bytes(address: str) -> Iterator[BinaryIO]:
    """Open a file at a path or address for reading, as it lies there."""
    if is_remote(address):
        system, path = fsspec.core.url_to_fs(address)
        with system.open(path, "rb") as file:
            yield file
    else:
        with Path(address).open("rb") as file:
            yield file


def decompress(file: BinaryIO, compression: str | None) -> BinaryIO:
    """Return a stream of what a compressed file holds."""
    if compression is None:
        return file
    stream = pa.CompressedInputStream(pa.PythonFile(file, "r"), compression)
    return cast("BinaryIO", io.BufferedReader(stream, 1 << 20))


def upload(path: Path, address: str) -> None:
    """Copy a finished file to an address; it appears there as a whole."""
    system, target = fsspec.core.url_to_fs(address)
    system.put_file(str(path), target)


def remove_others(folder: str, kept: Collection[str], pattern: re.Pattern[str]) -> None:
    """Remove files of a folder at an address whose names match, but for those that are kept."""
    system, path = fsspec.core.url_to_fs(folder)
    for found in system.ls(path, detail=False):
        name = str(found).rpartition("/")[2]
        if pattern.fullmatch(name) and name not in kept:
            system.rm(found)


def exists(address: str) -> bool:
    """Return whether something is at an address."""
    system, path = fsspec.core.url_to_fs(address)
    return bool(system.exists(path))
