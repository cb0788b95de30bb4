"""Parquet files, read a slice of a row group at a time."""

import contextlib
import itertools
import math
import random
from collections.abc import Iterator, Sequence
from typing import Any, Final

import msgspec
import pyarrow as pa
import pyarrow.parquet as pq

from service.rescore.errors import RescoreError, RowError
from service.rescore.formats import (
    InputFile,
    check_unchanged,
    describe_files,
    is_remote,
    open_bytes,
)
from service.rescore.parts import CHUNK_ROWS, PART_BYTES, RowSlice
from service.rescore.rows import Rows
from service.rescore.sampling import SEED

_PAGES_AT_ONCE: Final = 1 << 20
"""Bytes of a column that are read ahead: a row group is never in memory as a whole."""


class ParquetSource(msgspec.Struct, frozen=True, tag="parquet"):
    """Rows of Parquet files; the attributes are those of `TextSource`."""

    files: list[InputFile]
    text: str
    id: str
    compare: list[str]
    keep: bool
    part_rows: int

    @property
    def weight(self) -> int:
        """Sum of the weights of all parts."""
        return sum(self._rows(number) for number in range(len(self.files)))

    @property
    def schema(self) -> pa.Schema:
        """The columns that are kept."""
        with self._open(0) as file:
            return _plain(file.schema_arrow)

    def check(self, *, needs_id: bool) -> None:
        """See that every file is Parquet and has the columns that are asked for.

        Raises
        ------
        RescoreError
            If one has not.
        """
        first: pa.Schema | None = None
        for number, each in enumerate(self.files):
            with self._open(number) as file:
                schema = _plain(file.schema_arrow)
            for column in [self.text, *self.compare, *([self.id] if needs_id else [])]:
                if schema.get_field_index(column) < 0:
                    raise RescoreError(
                        f"{each.name}: has no column {column!r}, or two; it has"
                        f" {', '.join(schema.names)}"
                    )
            if schema.names.count(self.id) > 1:
                raise RescoreError(f"{each.name}: has two columns {self.id!r}")
            if not _is_text(kind := schema.field(self.text).type):
                raise RescoreError(f"{each.name}: column {self.text!r} is {kind}, not text")
            first = first or schema
            if self.keep and schema != first:
                raise RescoreError(
                    f"{each.name}: its columns are not those of {self.files[0].name}"
                )

    def describe(self) -> dict[str, Any]:
        """Return what changes if a file does."""
        return describe_files(self.files)

    def plan(self, after: RowSlice | None) -> Iterator[RowSlice]:
        """Cut what lies behind a part, or everything, into parts."""
        begin = (after.file, after.row_group, after.end) if after else (0, 0, 0)
        for part in self._cut(begin[0]):
            if (part.file, part.row_group, part.begin) >= begin:
                yield part

    def read(self, part: RowSlice) -> Iterator[Rows]:
        """Yield the rows of a part; what cannot be decoded is an error for all that follow."""
        name, address = self.files[part.file].name, self.files[part.file].address
        row = part.begin
        with self._open(part.file) as file:
            try:
                for batch in self._batches(file, part):
                    yield self._as_rows(name, part.row_group, row, batch)
                    row += batch.num_rows
            except (OSError, pa.ArrowException, ValueError) as error:
                # A file that cannot be reached, or memory that is full, is no bad row.
                away = isinstance(error, OSError) and (
                    error.errno is not None or is_remote(address)
                )
                if away or isinstance(error, MemoryError):
                    raise
                place = {"file": name, "row_group": part.row_group, "row": row}
                reason = f"cannot be decoded ({type(error).__name__})"
                lost = [RowError(place, reason, part.end - row)]
                yield Rows(place=lambda _: place, texts=[], ids=[], errors=lost)

    def sample(self, count: int) -> tuple[list[Rows], int]:
        """Return `count` rows from all over, and how many there are in all."""
        parts = list(self.plan(None))
        total = sum(part.weight for part in parts)
        chooser = random.Random(SEED)  # noqa: S311 - a sample, not a secret
        chosen = iter(sorted(chooser.sample(range(total), min(count, total))))
        found = []
        passed = 0
        wanted = next(chosen, None)
        for part in parts:
            indices = []
            while wanted is not None and wanted < passed + part.weight:
                indices.append(wanted - passed)
                wanted = next(chosen, None)
            if indices:
                found += list(self._pick(part, indices))
            passed += part.weight
        return found, total

    def forget(self, part: RowSlice) -> None:
        """Do nothing: no part is copied."""

    def _pick(self, part: RowSlice, indices: Sequence[int]) -> Iterator[Rows]:
        passed = 0
        for rows in self.read(part):
            size = len(rows.texts)
            chosen = [index - passed for index in indices if passed <= index < passed + size]
            yield Rows(
                place=rows.place,
                texts=[rows.texts[index] for index in chosen],
                ids=[rows.ids[index] for index in chosen],
                before=[rows.before[index] for index in chosen] if rows.before else (),
            )
            passed += size

    @contextlib.contextmanager
    def _open(self, number: int) -> Iterator[pq.ParquetFile]:
        file = self.files[number]
        check_unchanged(file)
        options: dict[str, Any] = {
            "page_checksum_verification": True,
            "buffer_size": _PAGES_AT_ONCE,
            "pre_buffer": False,
        }
        with contextlib.ExitStack() as stack:
            source = (
                stack.enter_context(open_bytes(file.address))
                if is_remote(file.address)
                else file.address
            )
            try:
                opened = stack.enter_context(pq.ParquetFile(source, **options))
            except pa.ArrowInvalid:
                raise RescoreError(f"{file.name}: is not Parquet, or was cut off") from None
            yield opened

    def _rows(self, number: int) -> int:
        with self._open(number) as file:
            return int(file.metadata.num_rows)

    def _cut(self, first: int) -> Iterator[RowSlice]:
        for number in range(first, len(self.files)):
            with self._open(number) as file:
                groups = [file.metadata.row_group(index) for index in range(file.num_row_groups)]
            for index, group in enumerate(groups):
                count = math.ceil(
                    max(group.num_rows / self.part_rows, group.total_byte_size / PART_BYTES)
                )
                count = min(count, group.num_rows)
                ends = (
                    [group.num_rows * place // count for place in range(count + 1)] if count else []
                )
                for begin, end in itertools.pairwise(ends):
                    yield RowSlice(number, index, begin, end, end - begin)

    def _batches(self, file: pq.ParquetFile, part: RowSlice) -> Iterator[pa.RecordBatch]:
        """Yield the rows of a part, in batches; those before it are decoded in vain."""
        wanted = list(dict.fromkeys([self.text, self.id, *self.compare]))
        names = set(file.schema_arrow.names)
        columns = None if self.keep else [name for name in wanted if name in names]
        row = 0
        for batch in file.iter_batches(
            CHUNK_ROWS, row_groups=[part.row_group], columns=columns, use_threads=False
        ):
            first, last = max(part.begin - row, 0), min(part.end - row, batch.num_rows)
            row += batch.num_rows
            if first < last:
                yield batch.slice(first, last - first)
            if row >= part.end:
                break

    def _as_rows(self, name: str, row_group: int, row: int, batch: pa.RecordBatch) -> Rows:
        names = batch.schema.names
        absent = [None] * batch.num_rows
        columns = [_values(batch.column(column)) for column in self.compare]
        return Rows(
            place=lambda index: {"file": name, "row_group": row_group, "row": row + index},
            texts=_values(batch.column(self.text)),
            ids=_values(batch.column(self.id)) if self.id in names else absent,
            before=list(zip(*columns, strict=True)) if columns else (),
            kept=pa.RecordBatch.from_arrays(
                [_decode(column) for column in batch.columns], names=names
            )
            if self.keep
            else None,
        )


def _is_text(kind: pa.DataType) -> bool:
    kind = _plain_type(kind)
    checks = (pa.types.is_string, pa.types.is_large_string, pa.types.is_null)
    return any(check(kind) for check in (*checks, pa.types.is_binary, pa.types.is_large_binary))


def _plain(schema: pa.Schema) -> pa.Schema:
    """Return the schema that kept columns have: of plain types, without metadata."""
    return pa.schema([(field.name, _plain_type(field.type)) for field in schema])


def _plain_type(kind: pa.DataType) -> pa.DataType:
    """Return the type for values that may be stored as references to others."""
    if pa.types.is_dictionary(kind):
        return _plain_type(kind.value_type)
    if isinstance(kind, pa.BaseExtensionType):
        return _plain_type(kind.storage_type)
    if pa.types.is_timestamp(kind) and kind.unit == "ns":
        return pa.timestamp("us", kind.tz)  # what Python, JSON and databases know
    if pa.types.is_string_view(kind):
        return pa.string()
    return pa.binary() if pa.types.is_binary_view(kind) else kind


def _decode(column: pa.Array) -> pa.Array:
    kind = _plain_type(column.type)
    if isinstance(column, pa.ExtensionArray):
        return _decode(column.storage)
    return column if column.type == kind else column.cast(kind, safe=False)


def _values(column: pa.Array) -> list[object]:
    """Return the values of a column; strings that are not UTF-8 make all of it bytes."""
    column = _decode(column)
    try:
        return list(column.to_pylist())
    except UnicodeDecodeError:
        return list(column.cast(pa.large_binary()).to_pylist())
