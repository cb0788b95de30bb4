"""Stored comments, made up: a Parquet file of any number of rows, the same at every run."""

import sys
from pathlib import Path
from typing import Final

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

from benchmarks.comments import draw_comments

GROUP_ROWS: Final = 125_000
SCHEMA: Final = pa.schema([("id", pa.int64()), ("comment", pa.string()), ("decision", pa.string())])
_DECISIONS: Final = {"accept": 0.90, "flag": 0.06, "reject": 0.04}


def write_comments(path: Path, rows: int) -> None:
    """Write a file of `rows` comments with random decisions, a row group at a time.

    The seed of a row group is its index, so a longer file begins as a shorter one does.
    """
    with pq.ParquetWriter(path, SCHEMA) as writer:
        for seed, first in enumerate(range(0, rows, GROUP_ROWS)):
            end = min(first + GROUP_ROWS, rows)
            writer.write_table(_build_group(seed, first, end), GROUP_ROWS)
            print(f"{path.name}: {end:,} of {rows:,} rows written", file=sys.stderr)


def _build_group(seed: int, first: int, end: int) -> pa.Table:
    chooser = np.random.default_rng(seed)
    comments = draw_comments(end - first, chooser)
    shares = list(_DECISIONS.values())
    decisions = chooser.choice(list(_DECISIONS), end - first, p=shares).tolist()
    return pa.table([range(first, end), comments, decisions], schema=SCHEMA)
