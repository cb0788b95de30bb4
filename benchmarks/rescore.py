"""Rescoring stored comments, speed and memory: ``python -m benchmarks.rescore``.

The comments are made up, with the lengths that people's have (`benchmarks.stored`); they
are written to a temporary folder, which is removed at the end. Progress goes to standard
error, the tables for people to standard output.

Speed is beside two peers (`benchmarks.peers`), on the same file, one after the other:
alt-profanity-check, and scikit-learn's TfidfVectorizer and LogisticRegression. Each is a
program of its own and is timed as a whole: start-up, imports, loading its model, reading,
scoring, writing. Only fitting scikit-learn's model is left out. Each has scored a small file
before, so that none is the first to read its libraries from disk.

Ours has more to do than they have: it writes a decision, its reasons and six scores a
comment.

Memory is the most that the program and its processes have at once (`benchmarks.processes`),
for files of several lengths: it must not grow with them.
"""

import argparse
import os
import shutil
import signal
import sys
import tempfile
from collections.abc import Sequence
from pathlib import Path
from typing import Final

import pyarrow.parquet as pq

from benchmarks.peers import FITTED, PROFANITY, TFIDF, fit
from benchmarks.processes import measure_peak, measure_time
from benchmarks.stored import write_comments

ROWS: Final = 1_000_000
MEMORY_ROWS: Final = (1_000_000, 3_000_000, 10_000_000)
JOBS: Final = 2
WARM_ROWS: Final = 1_000
OURS: Final = {jobs: f"ours, {jobs} job{'s' * (jobs > 1)}" for jobs in (1, JOBS)}
PEERS: Final = (PROFANITY, TFIDF)
_ROW_BYTES: Final = 500


def main(arguments: list[str] | None = None) -> int:
    """Print two tables for people; return 1 if there is no room for the files."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.rescore", description=__doc__)
    parser.add_argument("--rows", type=int, default=ROWS, help="of the table of speed")
    parser.add_argument("--memory-rows", type=int, nargs="+", default=MEMORY_ROWS)
    parser.add_argument("--folder", type=Path, help="where to make the temporary folder")
    options = parser.parse_args(arguments)
    # Ended by a scheduler is interrupted, too: the temporary folder goes.
    signal.signal(signal.SIGTERM, signal.default_int_handler)
    with tempfile.TemporaryDirectory(prefix="rescore-", dir=options.folder) as name:
        folder = Path(name).absolute()  # the programs run elsewhere
        free = shutil.disk_usage(folder).free
        needed = max(options.rows, *options.memory_rows) * _ROW_BYTES
        if free < needed:
            print(f"{folder} has {free:,} bytes free, not {needed:,}", file=sys.stderr)
            return 1
        _print_speed(folder, options.rows)
        _print_memory(folder, options.memory_rows)
    return 0


def _print_speed(folder: Path, rows: int) -> None:
    """Print the table of speed, and what it is of."""
    warm, whole, output, model = (
        folder / name for name in ("warm.parquet", "speed.parquet", "scored.parquet", "model")
    )
    write_comments(warm, WARM_ROWS)
    write_comments(whole, rows)
    fit(_read_comments(whole, FITTED), model)
    seconds = {}
    for name in (*PEERS, *OURS.values()):
        print(f"{name} …", file=sys.stderr)
        measure_time(_build_command(name, warm, output, model))
        seconds[name] = measure_time(_build_command(name, whole, output, model))
        _check(output, rows)
    print(
        f"{rows:,} comments, {whole.stat().st_size / 1e6:,.0f} MB of Parquet,"
        f" on {os.cpu_count()} cores\n"
    )
    print("| what | rows/s | seconds | of ours with 1 job |")
    print("|---|---|---|---|")
    ours, more = (seconds[name] for name in OURS.values())
    for name in (*OURS.values(), *PEERS):
        taken = seconds[name]
        print(f"| {name} | {rows / taken:,.0f} | {taken:.1f} | {ours / taken:.2f} |")
    print(f"\n{JOBS} jobs do {ours / more:.2f} times what one does\n", flush=True)


def _print_memory(folder: Path, sizes: Sequence[int]) -> None:
    """Print the table of memory."""
    print(f"| rows, {JOBS} jobs | peak MB | seconds | rows/s |")
    print("|---|---|---|---|", flush=True)
    for rows in sizes:
        whole, output = folder / "memory.parquet", folder / "scored.parquet"
        write_comments(whole, rows)
        taken, peak = measure_peak(_build_command(OURS[JOBS], whole, output))
        _check(output, rows)
        print(f"| {rows:,} | {peak:.0f} | {taken:.1f} | {rows / taken:,.0f} |", flush=True)


def _build_command(name: str, source: Path, target: Path, model: Path | None = None) -> list[str]:
    """Return the command that scores one file into another; it replaces what is there."""
    python = [sys.executable, "-m"]
    if name in PEERS:
        return [*python, "benchmarks.peers", name, str(source), str(target), str(model)]
    (jobs,) = (jobs for jobs, each in OURS.items() if each == name)
    ours = [*python, "service.rescore", str(source), "-o", str(target)]
    return [*ours, "--quiet", "--force", "--jobs", str(jobs)]


def _read_comments(path: Path, count: int) -> list[str]:
    with pq.ParquetFile(path) as file:
        batch = next(file.iter_batches(count, row_groups=[0], columns=["comment"]))
    comments: list[str] = batch.column("comment").to_pylist()
    return comments


def _check(path: Path, rows: int) -> None:
    """See that a program wrote as many rows as it was given."""
    if (found := pq.read_metadata(path).num_rows) != rows:
        sys.exit(f"{path.name} has {found:,} rows, not {rows:,}")


if __name__ == "__main__":
    sys.exit(main())
