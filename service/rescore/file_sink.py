"""Output as files: each part a file of its own, put together at the end."""

import itertools
import re
import shutil
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any, BinaryIO, Final

import msgspec
import pyarrow as pa
import pyarrow.csv as pc
import pyarrow.parquet as pq

from service.render import render_json
from service.rescore.columns import BEFORE, Results, build_lines, build_table, leave_out_nulls
from service.rescore.formats import Format
from service.rescore.parts import CHUNK_ROWS, PART_ROWS, Done
from service.rescore.storing import store

PART_NAME: Final = re.compile(r"part-\d{5,}\.(csv|jsonl|parquet)(\.gz|\.zst)?")
_BLOCK: Final = 1 << 20
_BATCHES_OF_A_GROUP: Final = PART_ROWS // CHUNK_ROWS


class FileSink(msgspec.Struct, frozen=True, tag="file"):
    """Files of one format.

    Attributes
    ----------
    folder : str
        Where the parts go.
    format : Format
    schema : Schema
        Of all columns.
    apart : bool
        Whether the parts stay files of their own, and so each needs a header.
    """

    folder: str
    format: Format
    schema: pa.Schema
    apart: bool

    def path(self, number: int) -> Path:
        """Return where a part is."""
        part = self.format if self.joins else Format(self.format.kind)
        return Path(self.folder) / f"part-{number:05d}{part.ending}"

    def check(self, identifier: object) -> None:
        """Take any id."""

    def write(self, number: int, results: Iterable[Results]) -> int:
        """Write a part, as a whole or not at all; return its size in bytes."""
        path = self.path(number)
        with store(path) as unfinished:
            if self.format.kind == "parquet":
                _write_parquet(unfinished, results, self.schema)
            else:
                with pa.OSFile(str(unfinished), "wb") as file, _compress(file, self.format) as sink:
                    self._write_text(sink, results, header=number == 0 or self.apart)
        return path.stat().st_size

    def find_lost(self, done: Mapping[int, Done]) -> list[int]:
        """Return the parts that are not there as they were recorded."""
        paths = {number: self.path(number) for number in done}
        return [
            number
            for number, path in paths.items()
            if not (path.is_file() and path.stat().st_size == done[number].size)
        ]

    def join(self, numbers: Iterable[int], target: BinaryIO) -> None:
        """Write parts, in order, as one file; it may be closed then."""
        paths = [self.path(number) for number in numbers]
        if self.joins:
            for path in paths:
                with path.open("rb") as part:
                    shutil.copyfileobj(part, target, _BLOCK)
            return
        with (
            _compress(pa.PythonFile(target, "w"), self.format) as sink,
            pq.ParquetWriter(sink, self.schema) as writer,
        ):
            for group in itertools.chain.from_iterable(map(_row_groups, paths)):
                writer.write_table(group)

    @property
    def joins(self) -> bool:
        """Whether files put one after the other are a file of the format."""
        return self.format.kind != "parquet"

    def _write_text(
        self,
        sink: Any,  # noqa: ANN401 - pyarrow's
        results: Iterable[Results],
        *,
        header: bool,
    ) -> None:
        if self.format.kind == "csv":
            _write_csv(sink, results, self.schema, header=header)
            return
        compare = self.schema.get_field_index(BEFORE) >= 0
        for chunk in results:
            lines = map(render_json, build_lines(chunk, compare=compare))
            sink.write(b"".join(line + b"\n" for line in lines))


def _compress(sink: Any, format_: Format) -> Any:  # noqa: ANN401 - pyarrow's
    return pa.CompressedOutputStream(sink, format_.compression) if format_.compression else sink


def _write_csv(
    sink: Any,  # noqa: ANN401 - pyarrow's
    results: Iterable[Results],
    schema: pa.Schema,
    *,
    header: bool,
) -> None:
    flat = pa.schema([pa.field(each.name, _csv_type(each.type)) for each in schema])
    with pc.CSVWriter(sink, flat, write_options=pc.WriteOptions(include_header=header)) as writer:
        for chunk in results:
            batch = build_table(chunk, schema)
            columns = [_flatten(*pair) for pair in zip(batch.columns, flat.types, strict=True)]
            writer.write_batch(pa.record_batch(columns, schema=flat))


def _csv_type(kind: pa.DataType) -> pa.DataType:
    return pa.string() if pa.types.is_nested(kind) or _is_binary(kind) else kind


def _is_binary(kind: pa.DataType) -> bool:
    return bool(pa.types.is_binary(kind) or pa.types.is_large_binary(kind))


def _flatten(column: pa.Array, kind: pa.DataType) -> pa.Array:
    """Return a column as CSV can hold it: lists, structures and bytes as JSON."""
    if column.type == kind:
        return column
    values = (leave_out_nulls(value) for value in column.to_pylist())
    texts = [None if value is None else msgspec.json.encode(value).decode() for value in values]
    return pa.array(texts, kind)


def _write_parquet(path: Path, results: Iterable[Results], schema: pa.Schema) -> None:
    # Few row groups: a file of thousands is slow to read. A large part is not held as a whole.
    batches = (build_table(chunk, schema) for chunk in results)
    with pq.ParquetWriter(path, schema) as writer:
        while group := list(itertools.islice(batches, _BATCHES_OF_A_GROUP)):
            table = pa.Table.from_batches(group, schema)
            writer.write_table(table, max(table.num_rows, 1))


def _row_groups(path: Path) -> Iterator[pa.Table]:
    with pq.ParquetFile(path) as file:
        for index in range(file.num_row_groups):
            yield file.read_row_group(index, use_threads=False)
