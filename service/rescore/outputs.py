"""Where the output goes, what lies beside it, and how it takes its name."""

import contextlib
import os
import shutil
import sys
import tempfile
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Final

import msgspec

from service.rescore.database import TableAddress, parse_table_address
from service.rescore.errors import RescoreError
from service.rescore.file_sink import FileSink
from service.rescore.formats import (
    ERRORS,
    JOURNAL,
    PARTS,
    STREAM,
    Format,
    exists,
    is_remote,
    parse_format,
    upload,
)
from service.rescore.journal import Journal
from service.rescore.options import Options
from service.rescore.storing import UNFINISHED, store, sync_folder

_PART: Final = "part-*"


class Output(msgspec.Struct, frozen=True):
    """An output, by what was asked for.

    Attributes
    ----------
    name : str
        As the user knows it.
    base : Path
        Path of which journal, errors and parts add their endings.
    table : TableAddress, optional
        If it is one of a database.
    format : Format, optional
        Of files, if it was said or an ending tells it.
    is_folder : bool
        Whether the parts stay files of their own.
    """

    name: str
    base: Path
    table: TableAddress | None
    format: Format | None
    is_folder: bool

    @property
    def journal(self) -> Path:
        """The journal of the run."""
        return self.base.with_name(self.base.name + JOURNAL)

    @property
    def errors(self) -> Path:
        """Rows that were refused."""
        return self.base.with_name(self.base.name + ERRORS)

    @property
    def parts(self) -> Path:
        """Folder of the parts while the run lasts."""
        return self.base.with_name(self.base.name + PARTS)

    @property
    def pieces(self) -> Path:
        """Folder of the parts' rows."""
        return self.parts / "output"

    @property
    def is_stream(self) -> bool:
        """Whether it is standard output."""
        return self.name == STREAM

    @property
    def is_local(self) -> bool:
        """Whether it is a file or folder of this machine."""
        return not (self.table or self.is_stream or is_remote(self.name))

    @property
    def path(self) -> Path:
        """Path of a local output."""
        return Path(self.name)


@contextlib.contextmanager
def open_output(options: Options) -> Iterator[Output]:
    """Give what `options` ask for; a stream has a temporary folder beside it.

    Raises
    ------
    RescoreError
        If an ending does not tell its format.
    """
    name = options.output
    table = parse_table_address(name)
    is_folder = not table and (name.endswith("/") or (name != STREAM and Path(name).is_dir()))
    known = options.output_format or parse_format(name)
    if not known and not (table or is_folder or name == STREAM):
        raise RescoreError(f"{name}: its ending tells no format; --output-format does")
    with contextlib.ExitStack() as stack:
        work = options.work
        if work:
            work.mkdir(parents=True, exist_ok=True)
        if name == STREAM:
            work = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="rescore-")))
        yield Output(
            name=name,
            base=_find_base(name, table, work),
            table=table,
            format=known,
            is_folder=is_folder,
        )


def _find_base(name: str, table: TableAddress | None, work: Path | None) -> Path:
    if name == STREAM:
        base = Path("output")
    elif table:
        beside = Path(table.path).parent if table.path else Path()
        base = beside / f"{Path(table.path).name + '.' if table.path else ''}{table.table}"
    elif is_remote(name):
        base = Path(name.rstrip("/").rpartition("/")[2])
    else:
        base = Path(name)
    return (work / base.name if work else base).absolute()


def check_absent(output: Output, *, force: bool) -> None:
    """See that nothing would be overwritten that is not to be.

    Raises
    ------
    RescoreError
        If it would.
    """
    if not output.is_local:
        if is_remote(output.name) and not output.table and not force and exists(output.name):
            raise RescoreError(f"{output.name}: is there already; --force replaces it")
        return
    path = output.path
    if output.is_folder and path.is_dir():
        foreign = [each for each in path.iterdir() if not each.match(_PART)]
        if foreign:
            raise RescoreError(f"{path}: has {foreign[0].name} in it, which is not ours")
        if not force and any(path.iterdir()):
            raise RescoreError(f"{path}: is not empty; --force replaces its parts")
    elif path.exists() and not force:
        raise RescoreError(f"{path}: is there already; --force replaces it")


def publish(output: Output, sink: FileSink, numbers: Sequence[int]) -> None:
    """Give the finished parts the name of the output, as one file or a folder."""
    if output.is_folder:
        _publish_folder(output, sink, numbers)
    elif output.is_stream:
        with os.fdopen(os.dup(sys.stdout.fileno()), "wb") as stream:
            sink.join(numbers, stream)
    elif is_remote(output.name):
        whole = output.parts / "whole"
        with store(whole) as unfinished, unfinished.open("xb") as file:
            sink.join(numbers, file)
        upload(whole, output.name)
    else:
        with store(output.path.absolute()) as unfinished, unfinished.open("xb") as file:
            sink.join(numbers, file)


def _publish_folder(output: Output, sink: FileSink, numbers: Sequence[int]) -> None:
    if is_remote(output.name):
        for number in numbers:
            path = sink.path(number)
            upload(path, f"{output.name.rstrip('/')}/{path.name}")
        return
    path = output.path.absolute()
    earlier = path.with_name(f".{path.name}.earlier")
    if path.exists():
        path.rename(earlier)
    output.pieces.rename(path)
    sync_folder(path.parent)
    shutil.rmtree(earlier, ignore_errors=True)


def prepare_parts(output: Output, journal: Journal | None) -> None:
    """Make the folders of the parts, and remove what an earlier run left unfinished.

    Parameters
    ----------
    output : Output
    journal : Journal, optional
        Of the run that goes on.
    """
    output.parts.mkdir(mode=0o700, parents=True, exist_ok=True)
    all_done = journal is not None and len(journal.done) == len(journal.planned) > 0
    if all_done and output.is_local and output.is_folder and not output.pieces.exists():
        # It was ended between the last two steps: the pieces had the output's name already.
        output.path.rename(output.pieces)
    output.pieces.mkdir(exist_ok=True)
    for stray in output.parts.rglob(f".*{UNFINISHED}"):
        stray.unlink()
