"""Where the output goes, what lies beside it, and how it takes its name."""

import contextlib
import os
import re
import shutil
import sys
import tempfile
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Final

import msgspec

from service.rescore.database import TableAddress, parse_table_address
from service.rescore.errors import RescoreError
from service.rescore.file_sink import PART_NAME, FileSink
from service.rescore.formats import (
    ERRORS,
    JOURNAL,
    PARTS,
    STREAM,
    Format,
    exists,
    is_remote,
    parse_format,
    remove_others,
    upload,
)
from service.rescore.options import Options
from service.rescore.storing import UNFINISHED, store

_TOKEN: Final = re.compile(r"[0-9a-f]{32}")


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
    lasts : bool
        Whether a run that ends early can go on: not one of standard streams.
    """

    name: str
    base: Path
    table: TableAddress | None
    format: Format | None
    is_folder: bool
    lasts: bool

    @property
    def label(self) -> str:
        """How it is called where others may read it: without a password."""
        return self.table.name if self.table else self.name

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
        """Folder of what runs need while they last: for each a folder, named by its token."""
        return self.base.with_name(self.base.name + PARTS)

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
            folder = tempfile.TemporaryDirectory(prefix="rescore-", dir=work)
            work = Path(stack.enter_context(folder))
        yield Output(
            name=name,
            base=_find_base(name, table, work),
            table=table,
            format=known,
            is_folder=is_folder,
            lasts=STREAM not in {name, *options.inputs},
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
        foreign = [each for each in path.iterdir() if not PART_NAME.fullmatch(each.name)]
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
        whole = Path(sink.folder) / "whole"
        with store(whole) as unfinished, unfinished.open("xb") as file:
            sink.join(numbers, file)
        upload(whole, output.name)
    else:
        with store(output.path.absolute()) as unfinished, unfinished.open("xb") as file:
            sink.join(numbers, file)


def _publish_folder(output: Output, sink: FileSink, numbers: Sequence[int]) -> None:
    """Give the parts their names in a folder, then remove those of an earlier run."""
    paths = [sink.path(number) for number in numbers]
    names = {path.name for path in paths}
    if is_remote(output.name):
        address = output.name.rstrip("/")
        for path in paths:
            upload(path, f"{address}/{path.name}")
        remove_others(address, names, PART_NAME)
        return
    folder = output.path.resolve()
    folder.mkdir(exist_ok=True)
    for path in paths:
        # The part stays where it is, too, so that this can be done again.
        with store(folder / path.name) as unfinished:
            try:
                unfinished.hardlink_to(path)
            except OSError:
                shutil.copyfile(path, unfinished)
    for other in folder.iterdir():
        if PART_NAME.fullmatch(other.name) and other.name not in names:
            other.unlink()


def remove_parts(output: Output) -> None:
    """Remove what runs needed while they lasted.

    Raises
    ------
    RescoreError
        If there is something else where it should be.
    """
    if not output.parts.exists():
        return
    if output.parts.is_dir():
        foreign = [each for each in output.parts.iterdir() if not _TOKEN.fullmatch(each.name)]
    else:
        foreign = [output.parts]
    if foreign:
        raise RescoreError(f"{foreign[0]}: is in the way, and not ours")
    shutil.rmtree(output.parts, ignore_errors=True)


def prepare_room(output: Output, token: str) -> Path:
    """Make the folder of a run, if it is not there, and return it; only its owner may read it.

    What an earlier process left unfinished is removed.
    """
    room = output.parts / token
    room.mkdir(mode=0o700, parents=True, exist_ok=True)
    for stray in room.glob(f".*{UNFINISHED}"):
        stray.unlink(missing_ok=True)
    return room
