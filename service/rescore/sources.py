"""From the names of inputs to a source of rows."""

import shutil
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Protocol

import pyarrow as pa

from service.rescore.database import TableAddress, explain_failures, parse_table_address
from service.rescore.database_source import DatabaseSource
from service.rescore.errors import RescoreError
from service.rescore.formats import (
    ENDINGS,
    STREAM,
    Format,
    InputFile,
    decompress,
    is_remote,
    list_inputs,
    open_bytes,
    parse_format,
)
from service.rescore.options import Options
from service.rescore.parquet_source import ParquetSource
from service.rescore.parts import PART_ROWS, TABLE_PART_ROWS
from service.rescore.rows import Rows
from service.rescore.storing import store
from service.rescore.text_source import TextSource, read_header


class Source(Protocol):
    """Where rows come from. It is given to tasks, which read the parts themselves."""

    @property
    def weight(self) -> int:
        """Sum of the weights of all parts."""

    @property
    def schema(self) -> pa.Schema:
        """The columns that are kept."""

    def describe(self) -> dict[str, Any]:
        """Return what changes if the input does; nothing of what rows hold."""

    def plan(self, after: Any) -> Iterator[Any]:  # noqa: ANN401 - a source knows its own parts
        """Cut what lies behind a part, or everything, into parts."""

    def read(self, part: Any) -> Iterator[Rows]:  # noqa: ANN401
        """Yield the rows of a part."""

    def sample(self, count: int) -> tuple[list[Rows], int]:
        """Return `count` rows from all over, and how many there are in all."""

    def forget(self, part: Any) -> None:  # noqa: ANN401
        """Remove what was copied for a part."""


def build_source(options: Options, parts: Path) -> Source:
    """Find the input and see that it has what is asked for.

    Parameters
    ----------
    options : Options
    parts : Path
        Folder, which is there, for copies of what cannot be read from its middle.

    Raises
    ------
    RescoreError
        If there is no such input, its format is not known, or a column is missing.
    """
    tables = [parse_table_address(name) for name in options.inputs]
    to_table = options.output and parse_table_address(options.output)
    part_rows = options.part_rows or (TABLE_PART_ROWS if tables[0] or to_table else PART_ROWS)
    columns: dict[str, Any] = {
        "text": options.text_column,
        "id": options.id_column,
        "compare": options.compare,
        "keep": options.keep,
        "part_rows": part_rows,
    }
    if address := tables[0]:
        if len(tables) > 1:
            raise RescoreError("a database's table must be the only input")
        return _build_database(address, columns)
    if options.inputs == [STREAM]:
        format_ = options.input_format or Format("jsonl")
        files = [_copy_stream(parts / f"standard-input{format_.ending}")]
    else:
        files = list_inputs(options.inputs)
        _check_apart(files, options.output)
        format_ = options.input_format or _tell_format(files)
    if format_.kind != "parquet":
        names = _read_names(options, files, format_) if format_.kind == "csv" else []
        return TextSource(
            files=files, format=format_, columns=names, spool=str(parts.absolute()), **columns
        )
    if format_.compression:
        files = [_unpack(file, format_, parts, number) for number, file in enumerate(files)]
    source_ = ParquetSource(files=files, **columns)
    source_.check(needs_id=options.needs_id)
    return source_


def _build_database(address: TableAddress, columns: dict[str, Any]) -> DatabaseSource:
    with explain_failures(address):
        table = address.reflect()
    if table is None:
        raise RescoreError(f"{address.name}: there is no such table")
    return DatabaseSource(address=address, table=table, **columns).check()


def find_format(source: Source) -> Format:
    """Return the format that files have if nobody says: the input's."""
    return source.format if isinstance(source, TextSource) else Format("parquet")


def _check_apart(files: list[InputFile], output: str) -> None:
    """See that the output is none of the inputs, nor a folder that they lie in.

    Where it took its name they would be gone.
    """
    target = _locate(output)
    for file in files:
        place = _locate(file.address)
        if place == target or target in place.parents:
            raise RescoreError(f"{output}: is an input, too, or has one in it")


def _locate(name: str) -> Path:
    name = name.removeprefix("file://")
    return Path(name) if is_remote(name) else Path(name).resolve()


def _tell_format(files: list[InputFile]) -> Format:
    formats = {parse_format(file.name): file for file in files}
    if unknown := formats.get(None):
        raise RescoreError(f"{unknown.name}: is not {ENDINGS}; --input-format says what it is")
    if len(formats) > 1:
        names = " and ".join(file.name for file in formats.values())
        raise RescoreError(f"{names}: inputs must have one format")
    (found,) = formats
    assert found  # noqa: S101 - None was refused
    return found


def _read_names(options: Options, files: list[InputFile], format_: Format) -> list[str]:
    """Return the names of the columns of all CSV files."""
    names = read_header(files[0], format_.compression)
    needed = [options.text_column, *options.compare, *[options.id_column] * options.needs_id]
    for name in needed:
        if name not in names:
            # Without a header, the names would be pieces of a comment.
            raise RescoreError(
                f"{files[0].name}: none of its {len(names)} columns is called {name!r}"
            )
    for file in files[1:]:
        if read_header(file, format_.compression) != names:
            raise RescoreError(f"{file.name}: its columns are not those of {files[0].name}")
    return names


def _copy_stream(path: Path) -> InputFile:
    """Copy standard input, of which every task has to read a piece, to a file."""
    with store(path) as unfinished, unfinished.open("xb") as copy:
        shutil.copyfileobj(sys.stdin.buffer, copy)
    return InputFile("standard input", str(path.absolute()), path.stat().st_size, copied=True)


def _unpack(file: InputFile, format_: Format, parts: Path, number: int) -> InputFile:
    """Decompress a Parquet file, which is read from its end."""
    path = parts / f"unpacked-{number}.parquet"
    with store(path) as unfinished, unfinished.open("xb") as copy, open_bytes(file.address) as raw:
        shutil.copyfileobj(decompress(raw, format_.compression), copy)
    return InputFile(file.name, str(path.absolute()), file.size, file.version, copied=True)
