"""What a real gunicorn under load does when something breaks: ``python -m benchmarks.faults``.

Two workers with the shipped settings, and a client in a process of its own that sends all the
while and compares every answer with the known one. A row a fault: requests sent, answered and
failed, with the reasons, and what was done. It exits with 1 if a bar is missed.
"""

import argparse
import subprocess
import sys
import tempfile
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from benchmarks.client import build_request, send
from benchmarks.deeds import (
    WORKERS,
    Service,
    fill_disk,
    full_disk,
    kill_master,
    kill_workers,
    open_idle_connections,
    reload_again_and_again,
    send_what_is_malformed,
    serve,
    wait,
    wait_for,
)
from benchmarks.serving import ROOT
from benchmarks.tally import Tally, load_tally
from service.metrics.folder import VARIABLE as METRICS_FOLDER

RATE: Final = 200
RESETS: Final = frozenset({"ConnectionResetError", "closed without an answer"})
"""How a request ends whose worker is killed."""


Deed = Callable[[Service, float], None]
"""Breaks something in a service that is loaded, for so many seconds."""


@dataclass(frozen=True)
class Fault:
    """Something that breaks, and the ways in which requests may then end without an answer."""

    name: str
    deed: Deed
    excused: frozenset[str] = frozenset()
    ends: bool = False

    def find_missed(self, tally: Tally) -> list[str]:
        """Return the bars that are missed."""
        missed = [
            f"{count} requests: {reason}"
            for reason, count in tally.failed.items()
            if not any(reason.startswith(excuse) for excuse in self.excused)
        ]
        if tally.wrong:
            missed.append(f"{tally.wrong} answers are not the known ones")
        if not tally.answered[200]:
            missed.append("nothing was answered")
        if set(tally.answered) - {200, 503}:
            missed.append(f"answered {dict(tally.answered)}")
        return missed


def run(fault: Fault, seconds: float, folder: Path, **variables: str) -> tuple[Tally, list[str]]:
    """Load a service while something breaks; return what became of the requests, and notes."""
    with serve(folder, **variables) as service:
        command = [sys.executable, "-m", "benchmarks.client", str(service.port)]
        command += ["--rate", str(RATE), "--seconds", str(seconds)]
        with subprocess.Popen(
            command, cwd=ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
        ) as client:
            # It waits for a line when it has learnt the answers.
            if client.stdout and client.stdout.readline() == "ready\n":
                _start(client)
                fault.deed(service, seconds)
            tally = load_tally(client.communicate()[0])
        if not fault.ends:
            wait_for(lambda: len(service.workers()) == WORKERS)
            if not send(service.port, build_request("Thanks.")).startswith(b"HTTP/1.1 200 "):
                service.notes.append("does not answer afterwards")
        return tally, service.notes


def _start(client: subprocess.Popen[str]) -> None:
    if client.stdin:
        client.stdin.write("\n")
        client.stdin.flush()


FAULTS: Final = {
    fault.name: fault
    for fault in (
        Fault("nothing", wait),
        Fault("a worker is killed, again and again", kill_workers, RESETS),
        Fault(
            "the master is killed",
            kill_master,
            RESETS | {"connect: ConnectionRefusedError"},
            ends=True,
        ),
        Fault("SIGHUP, again and again", reload_again_and_again),
        Fault("10,000 idle connections", open_idle_connections),
        Fault("1 MB of headers, cut-off, half-closed, pipelined", send_what_is_malformed),
    )
}
DISK: Final = Fault("the disk with the metrics is full", fill_disk, RESETS)


def run_with_full_disk(seconds: float, folder: Path) -> tuple[Tally, list[str]]:
    """Run `DISK`.

    Raises
    ------
    PermissionError
        If this process may not mount.
    """
    with full_disk(folder) as variables:
        disk = variables[METRICS_FOLDER]

        def fill(service: Service, seconds: float) -> None:
            service.notes.append(disk)
            fill_disk(service, seconds)

        return run(Fault(DISK.name, fill, DISK.excused), seconds, folder, **variables)


def main(arguments: list[str] | None = None) -> int:
    """Print the table; return 1 if a bar is missed."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.faults", description=__doc__)
    parser.add_argument("--seconds", type=float, default=20.0, help="for which each is loaded")
    options = parser.parse_args(arguments)
    print("| fault | sent | answered 200 | 503 | failed, and why | wrong | |\n|" + "---|" * 7)
    missed = []
    for fault in (*FAULTS.values(), DISK):
        with tempfile.TemporaryDirectory() as folder:
            try:
                if fault is DISK:
                    tally, notes = run_with_full_disk(options.seconds, Path(folder))
                else:
                    tally, notes = run(fault, options.seconds, Path(folder))
            except PermissionError as error:
                print(f"| {fault.name} | not run: {error} |")
                continue
        missed += [f"{fault.name}: {bar}" for bar in fault.find_missed(tally)]
        counts = tally.sent, tally.answered[200], tally.answered[503], dict(tally.failed) or 0
        print("|", fault.name, "|", *(f"{count} |" for count in (*counts, tally.wrong)), end=" ")
        print(", ".join(notes), "|", flush=True)
    print(*missed, sep="\n")
    return 1 if missed else 0


if __name__ == "__main__":
    sys.exit(main())
