"""What happens at twice the load that can be sustained: ``python -m benchmarks.overload``.

One gunicorn worker with the shipped settings, and a client in a process of its own, so that each
has a core. First the highest rate that 4 connections get; then, in open loop, a tenth of it
("unloaded"), twice it, and at once a tenth again. `--waiting` compares bounds.
"""

import argparse
import math
import os
import platform
import subprocess
import sys
import tempfile
from collections import Counter
from pathlib import Path
from typing import Final

from benchmarks.deeds import Service, serve
from benchmarks.processes import measure_mb
from benchmarks.serving import ROOT
from benchmarks.tally import Tally, load_tally

SECONDS: Final = 5.0
UNLOADED: Final = 0.1
OVERLOAD: Final = 2.0
CONNECTIONS: Final = 4
BAR: Final = 5.0
RECOVERY_S: Final = 1.0
_AT_ONCE: Final = 1e6
_COLUMNS: Final = (
    *("waiting", "load", "a second", "200", "p50 ms", "p99 ms", "p99.9 ms"),
    *("503", "p99 ms", "MB"),
)
VARIABLE: Final = "MODERATION_MAX_WAITING"


def load(server: Service, rate: float, connections: int = 1000, then: float = 0.0) -> Tally:
    """Load a server from a process of its own; return what became of the requests."""
    command = [
        *(sys.executable, "-m", "benchmarks.client", str(server.port), "--seconds", str(SECONDS)),
        *("--rate", str(rate), "--connections", str(connections), "--then", str(then)),
    ]
    done = subprocess.run(
        command, cwd=ROOT, input="\n", stdout=subprocess.PIPE, check=True, text=True
    )
    return load_tally(done.stdout.partition("ready\n")[2])


def main(arguments: list[str] | None = None) -> int:
    """Print a table for people; return 1 if a bar is missed."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.overload", description=__doc__)
    parser.add_argument("--waiting", type=int, nargs="*", help=f"values of {VARIABLE} to compare")
    options = parser.parse_args(arguments)
    print(describe_machine())
    print(f"| {' | '.join(_COLUMNS)} |\n|" + "---|" * len(_COLUMNS))
    missed = []
    for waiting in options.waiting or [None]:
        variables = {"WEB_CONCURRENCY": "1"}
        if waiting is not None:
            variables[VARIABLE] = str(waiting)
        with tempfile.TemporaryDirectory() as folder, serve(Path(folder), **variables) as server:
            missed += _measure(server, str(waiting or "as shipped"))
    print(*missed, sep="\n")
    return 1 if missed else 0


def describe_machine() -> str:
    """Return the processor, its cores and the system."""
    lines = Path("/proc/cpuinfo").read_text(encoding="ascii").splitlines()
    model = next(line.partition(": ")[2] for line in lines if line.startswith("model name"))
    busy = os.getloadavg()[0]
    return (
        f"{model}, {os.cpu_count()} cores, {platform.system()} {platform.release()},"
        f" Python {platform.python_version()}; load before the run {busy:.1f}\n"
    )


def _measure(server: Service, waiting: str) -> list[str]:
    """Print the rows of one server; return the bars that it missed."""
    sustained = load(server, _AT_ONCE, CONNECTIONS).answered[200] / SECONDS
    slow = sustained * UNLOADED
    unloaded = load(server, slow)
    _print(server, [waiting, "unloaded", f"{slow:.0f}"], unloaded, 0.0, math.inf)
    both = load(server, sustained * OVERLOAD, then=slow)
    _print(server, [waiting, "twice", f"{sustained * OVERLOAD:.0f}"], both, 0.0, SECONDS)
    recovered = SECONDS + RECOVERY_S
    _print(server, [waiting, "the second after", f"{slow:.0f}"], both, SECONDS, recovered)
    _print(server, [waiting, "and then", f"{slow:.0f}"], both, recovered, math.inf)
    usual = unloaded.percentile(0.99)
    missed = []
    if (times := both.percentile(0.99, end=SECONDS) / usual) > BAR:
        missed.append(f"{waiting}: p99 of what was admitted is {times:.1f} times the unloaded one")
    if (times := both.percentile(0.99, begin=recovered) / usual) > BAR:
        missed.append(f"{waiting}: not recovered within {RECOVERY_S} s")
    if sum(both.failed.values()) or both.wrong:
        missed.append(f"{waiting}: {dict(both.failed)} without an answer, {both.wrong} wrong")
    return missed


def _print(server: Service, names: list[str], tally: Tally, begin: float, end: float) -> None:
    """Print a row, of the answers that came between two times."""
    came = Counter(status for status, at, _ in tally.seconds if begin <= at < end)
    shares = ((0.5, 200), (0.99, 200), (0.999, 200), (0.99, 503))
    times = [f"{tally.percentile(*each, begin, end) * 1e3:.2f}" for each in shares]
    memory = sum(map(measure_mb, server.workers()))
    cells = [*names, came[200], *times[:3], came[503], times[3], f"{memory:.0f}"]
    print("|", *(f"{cell} |" for cell in cells), flush=True)


if __name__ == "__main__":
    sys.exit(main())
