"""Programs of ours: how long one takes, and how much memory it and its children have.

Memory is the proportional set size: a page that n processes share counts as 1/n in
each, so the sum over processes is what they take together.
"""

import contextlib
import subprocess
import time
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Final

from benchmarks.serving import ROOT

_EVERY_S: Final = 0.5


def measure_time(command: Sequence[str]) -> float:
    """Run a program; return the seconds from its start to its end."""
    begun = time.perf_counter()
    with _start(command) as process:
        process.wait()
    return time.perf_counter() - begun


def measure_peak(command: Sequence[str]) -> tuple[float, float]:
    """Run a program; return its seconds, and the most MB it and its descendants had at once.

    They are looked at every half second: what they had in between is not seen.
    """
    begun = time.perf_counter()
    peak = 0.0
    with _start(command) as process:
        while process.poll() is None:
            peak = max(peak, _measure_tree_mb(process.pid))
            with contextlib.suppress(subprocess.TimeoutExpired):
                process.wait(_EVERY_S)
    return time.perf_counter() - begun, peak


def measure_mb(process: int) -> float:
    """Return the proportional set size of a process.

    Raises
    ------
    FileNotFoundError, ProcessLookupError
        If it has ended.
    """
    rollup = Path(f"/proc/{process}/smaps_rollup").read_text(encoding="ascii")
    (line,) = (line for line in rollup.splitlines() if line.startswith("Pss:"))
    return int(line.split()[1]) / 1024


def find_tree(process: int) -> Iterator[int]:
    """Yield a process and its descendants; those that end meanwhile may be among them."""
    yield process
    for task in Path(f"/proc/{process}/task").glob("*/children"):
        with contextlib.suppress(FileNotFoundError, ProcessLookupError):
            for child in task.read_text(encoding="ascii").split():
                yield from find_tree(int(child))


def _measure_tree_mb(process: int) -> float:
    total = 0.0
    for each in find_tree(process):
        with contextlib.suppress(FileNotFoundError, ProcessLookupError):
            total += measure_mb(each)
    return total


@contextlib.contextmanager
def _start(command: Sequence[str]) -> Iterator[subprocess.Popen[bytes]]:
    """Start a program, which ends with the block and has not failed then."""
    process = subprocess.Popen(command, cwd=ROOT)
    try:
        yield process
    finally:
        process.terminate()
        process.wait()
    if process.returncode:
        raise subprocess.CalledProcessError(process.returncode, command)
