"""What breaks in a service under load, for `benchmarks.faults`."""

import contextlib
import os
import re
import resource
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

from benchmarks.client import build_request, send
from benchmarks.serving import ROOT
from service.metrics.folder import VARIABLE as METRICS_FOLDER

WORKERS: Final = 2
IDLE: Final = 10_000
PATIENCE_S: Final = 60.0

_SPARE_FILES: Final = 200
_POLL_S: Final = 0.05
_ADDRESS: Final = re.compile(r"Listening at: http://127\.0\.0\.1:(\d+)")


@dataclass
class Service:
    """A running gunicorn."""

    process: subprocess.Popen[bytes]
    port: int
    log: Path
    notes: list[str] = field(default_factory=list)

    def workers(self) -> set[int]:
        """Return the process ids of the workers."""
        path = Path(f"/proc/{self.process.pid}/task/{self.process.pid}/children")
        return set(map(int, path.read_text(encoding="ascii").split()))


@contextlib.contextmanager
def serve(folder: Path, **variables: str) -> Iterator[Service]:
    """Serve, as it is shipped, until the block is left; `folder` takes the log."""
    log = folder / "log"
    workers = int(variables.get("WEB_CONCURRENCY", WORKERS))
    with log.open("wb") as output:
        process = subprocess.Popen(
            [sys.executable, "-m", "gunicorn", "--bind", "127.0.0.1:0"],
            cwd=ROOT,
            env={**os.environ, "WEB_CONCURRENCY": str(WORKERS), **variables},
            stdout=output,
            stderr=output,
        )
    try:
        wait_for(lambda: _ADDRESS.search(log.read_text(encoding="utf-8")) is not None)
        (port,) = _ADDRESS.findall(log.read_text(encoding="utf-8"))
        service = Service(process, int(port), log)
        wait_for(lambda: len(service.workers()) == workers)
        yield service
    finally:
        process.send_signal(signal.SIGQUIT)
        process.wait(PATIENCE_S)


def wait_for(condition: Callable[[], bool]) -> float:
    """Wait until something is so; return the seconds that it took.

    Raises
    ------
    TimeoutError
        If it is not within a minute.
    """
    begun = time.monotonic()
    while not condition():
        if time.monotonic() - begun > PATIENCE_S:
            raise TimeoutError
        time.sleep(_POLL_S)
    return time.monotonic() - begun


def kill_workers(service: Service, seconds: float) -> None:
    """Kill a worker, and when it is replaced another."""
    end, killed = time.monotonic() + seconds * 0.7, 0
    while time.monotonic() < end:
        worker = min(service.workers())
        os.kill(worker, signal.SIGKILL)
        killed += 1
        wait_for(lambda gone=worker: _has_replaced(service, gone))  # type: ignore[misc]
    service.notes.append(f"{killed} killed")


def _has_replaced(service: Service, gone: int) -> bool:
    workers = service.workers()
    return gone not in workers and len(workers) == WORKERS


def kill_master(service: Service, seconds: float) -> None:
    """Kill the master; its workers notice, end, and free the port."""
    time.sleep(seconds / 3)
    workers = service.workers()
    service.process.kill()
    service.process.wait()
    took = wait_for(lambda: not any(Path(f"/proc/{worker}").exists() for worker in workers))
    with socket.socket() as again:
        again.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        again.bind(("127.0.0.1", service.port))
    service.notes.append(f"workers gone and the port free after {took:.1f} s")


def reload_again_and_again(service: Service, seconds: float) -> None:
    """Send SIGHUP, and again when the old workers are gone."""
    end, times = time.monotonic() + seconds * 0.6, 0
    while time.monotonic() < end:
        old = service.workers()
        service.process.send_signal(signal.SIGHUP)
        times += 1
        wait_for(lambda gone=old: not gone & service.workers())  # type: ignore[misc]
    service.notes.append(f"{times} reloads")


def open_idle_connections(service: Service, seconds: float) -> None:
    """Open ten thousand connections that send nothing, and hold those that are not closed."""
    end = time.monotonic() + seconds * 0.8
    _, most = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (most, most))
    count = IDLE if most == resource.RLIM_INFINITY else min(IDLE, most - _SPARE_FILES)
    opened: list[socket.socket] = []
    with contextlib.ExitStack() as stack:
        for _ in range(count):
            idle = socket.create_connection(("127.0.0.1", service.port), PATIENCE_S)
            opened.append(stack.enter_context(idle))
        memory = max(_read_mb(worker) for worker in service.workers())
        service.notes.append(f"{count} opened, a worker has {memory:.0f} MB")
        time.sleep(max(0.0, end - time.monotonic()))


def _read_mb(process: int) -> float:
    status = Path(f"/proc/{process}/status").read_text(encoding="ascii")
    (line,) = (line for line in status.splitlines() if line.startswith("VmRSS:"))
    return int(line.split()[1]) / 1024


def send_what_is_malformed(service: Service, seconds: float) -> None:
    """Send a megabyte of headers, cut-off and half-closed requests, and many at once."""
    end, counts = time.monotonic() + seconds * 0.8, 0
    whole = build_request("Thanks.")
    sent = {
        b"GET / HTTP/1.1\r\nHost: a\r\n" + (b"X-Long: " + b"a" * 8000 + b"\r\n") * 130: (b"431", 1),
        whole[:-5]: (b"400", 1),
        whole[:20]: (b"400", 1),
        whole * 3: (b"200", 3),
    }
    while time.monotonic() < end:
        for request, (status, times) in sent.items():
            answer = send(service.port, request)
            counts += 1
            refused = answer.count(b"HTTP/1.1 503 ")
            if answer.count(b"HTTP/1.1 " + status) + refused < (1 if refused else times):
                service.notes.append(f"{status.decode()} was expected: {answer[9:12].decode()}")
    service.notes.append(f"{counts} odd requests, each answered as it should be")


def wait(_service: Service, seconds: float) -> None:
    """Break nothing more."""
    time.sleep(seconds)


@contextlib.contextmanager
def full_disk(folder: Path) -> Iterator[dict[str, str]]:
    """Mount a tiny disk and fill it; yield the variables that put the metrics there.

    Raises
    ------
    PermissionError
        If this process may not mount.
    """
    disk = folder / "disk"
    disk.mkdir()
    mount = ["mount", "-t", "tmpfs", "-o", "size=3m", "tmpfs", str(disk)]
    if subprocess.run(mount, capture_output=True, check=False).returncode:
        raise PermissionError("a disk can be mounted by root alone")
    try:
        yield {METRICS_FOLDER: str(disk)}
    finally:
        umount = ["umount", "--lazy", str(disk)]
        subprocess.run(umount, check=True)


def fill_disk(service: Service, seconds: float) -> None:
    """Fill the disk that has the metrics, then have workers replaced, whose files do not fit."""
    path = Path(service.notes.pop())
    with contextlib.suppress(OSError), (path / "fill").open("wb") as file:
        while True:
            file.write(b"a" * 4096)
            file.flush()
    kill_workers(service, seconds)
    answer = send(service.port, b"GET /metrics HTTP/1.1\r\nHost: a\r\n\r\n")
    service.notes.append(f"/metrics answers {answer[9:12].decode()}")
