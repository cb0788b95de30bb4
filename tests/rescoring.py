"""The program, and stored comments in every format, written and read without its code."""

import contextlib
import csv
import gzip
import io
import json
import os
import signal
import subprocess
import sys
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
from serving import ROOT

from model import ATTRIBUTES
from service.rescore.__main__ import main

PROGRAM = [sys.executable, "-m", "service.rescore"]
ENDINGS = [f"{kind}{how}" for kind in ("csv", "jsonl", "parquet") for how in ("", ".gz", ".zst")]
COMMENTS = [
    "Thank you for this report.",
    "You are a complete idiot, shut up.",
    "I will find you and kill you.",
    "a" * 1501,
    "one\r\ntwo\nthree",
    ' "quoted", with; commas\tand 😀',
    "\u200b",
    "",
    "Это хороший отчёт.",
    "شكرا على هذا التقرير",
]

Row = Mapping[str, Any]


def rescore(*arguments: object) -> int:
    """Run the program here, in one process."""
    return main([*map(str, arguments), "--jobs", "1"])


@contextlib.contextmanager
def start(*arguments: object, jobs: int = 2) -> Iterator[subprocess.Popen[bytes]]:
    """Start the program in a group of processes of its own; it is killed at the end."""
    command = [*PROGRAM, *map(str, arguments), "--jobs", str(jobs)]
    environment = os.environ | {"PYTHONPATH": str(ROOT)}
    with subprocess.Popen(command, env=environment, stderr=-1, start_new_session=True) as process:
        try:
            yield process
        finally:
            with contextlib.suppress(ProcessLookupError):
                os.killpg(process.pid, signal.SIGKILL)


def write(path: Path, rows: Sequence[Row]) -> str:
    """Write rows in the format of the path's ending; return the path."""
    kind, *compression = path.name.split(".")[1:]
    match kind:
        case "csv":
            text = io.StringIO(newline="")
            writer = csv.DictWriter(text, list(rows[0]))
            writer.writeheader()
            writer.writerows(rows)
            data = text.getvalue().encode()
        case "jsonl":
            data = b"".join(json.dumps(row).encode() + b"\n" for row in rows)
        case _:
            sink = io.BytesIO()
            pq.write_table(pa.Table.from_pylist(list(rows)), sink)
            data = sink.getvalue()
    match compression:
        case ["gz"]:
            data = gzip.compress(data)
        case ["zst"]:
            data = pa.compress(data, "zstd", asbytes=True)
    path.write_bytes(data)
    return str(path)


def read(path: Path) -> list[dict[str, Any]]:
    """Return the rows of output of a file, as the endpoint would have them where it has them."""
    kind, *compression = path.name.split(".")[1:]
    data = path.read_bytes()
    match compression:
        case ["gz"]:
            data = gzip.decompress(data)
        case ["zst"]:
            data = pa.CompressedInputStream(pa.BufferReader(data), "zstd").read()
    match kind:
        case "csv":
            rows = csv.DictReader(io.StringIO(data.decode(), newline=""), strict=True)
            return [{name: _number(name, cell) for name, cell in row.items()} for row in rows]
        case "jsonl":
            return [json.loads(line) for line in data.splitlines()]
        case _:
            return list(pq.read_table(pa.BufferReader(data)).to_pylist())


def flatten(answer: Row, policy_version: str) -> dict[str, Any]:
    """Return the endpoint's answer as the columns of a table."""
    scores = answer["scores"] or dict.fromkeys(ATTRIBUTES)
    return {
        "id": answer["id"],
        "decision": answer["decision"],
        "reasons": answer["reasons"],
        **scores,
        "length": answer["length"]["value"],
        "language": answer["language"],
        "model": answer["model"],
        "policy": answer["policy"],
        "policy_version": policy_version,
    }


def as_text(row: Row) -> dict[str, Any]:
    """Return columns of a table as `read` finds them in CSV: all but scores are text."""
    return {name: _number(name, _cell(value)) for name, value in row.items()}


def without_nulls(row: Row) -> dict[str, Any]:
    """Return a row of Parquet with its reasons as the endpoint has them."""
    reasons = [
        {name: value for name, value in reason.items() if value is not None}
        for reason in row["reasons"]
    ]
    return {**row, "reasons": reasons}


def _number(name: str, cell: str) -> str | float:
    return float(cell) if name in ATTRIBUTES and cell else cell


def _cell(value: object) -> str:
    if value is None:
        return ""
    if isinstance(value, list):
        return json.dumps(value, separators=(",", ":"), ensure_ascii=False)
    return str(value)
