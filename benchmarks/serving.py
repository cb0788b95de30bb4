"""Start gunicorn as it is shipped, on a free port, for a benchmark."""

import contextlib
import os
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).parents[1]
_START_LIMIT_S = 60.0


@dataclass(frozen=True)
class Server:
    """A running gunicorn: its address, the master, and how long the start took."""

    url: str
    process: subprocess.Popen[bytes]
    start_s: float

    def workers(self) -> list[int]:
        """Return the process ids of the workers."""
        children = Path(f"/proc/{self.process.pid}/task/{self.process.pid}/children")
        return [int(child) for child in children.read_text(encoding="ascii").split()]


@contextlib.contextmanager
def serve(application: str, workers: int, probe: str) -> Iterator[Server]:
    """Serve `application` with the shipped settings until the block is left.

    Parameters
    ----------
    application : str
        Such as ``service.wsgi:app``.
    workers : int
    probe : str
        Path that answers, with any status, once the application is up.
    """
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        address = f"127.0.0.1:{free.getsockname()[1]}"
    begun = time.perf_counter()
    process = subprocess.Popen(
        [sys.executable, "-m", "gunicorn", "--bind", address, "--log-level", "error", application],
        cwd=ROOT,
        env={**os.environ, "WEB_CONCURRENCY": str(workers)},
    )
    try:
        _wait_for(f"http://{address}{probe}", process)
        yield Server(f"http://{address}", process, time.perf_counter() - begun)
    finally:
        process.terminate()
        process.wait()


def _wait_for(url: str, process: subprocess.Popen[bytes]) -> None:
    deadline = time.monotonic() + _START_LIMIT_S
    while True:
        try:
            urllib.request.urlopen(url, timeout=1).close()  # noqa: S310 - our own server
        except urllib.error.HTTPError:
            return
        except OSError:
            if process.poll() is not None or time.monotonic() > deadline:
                sys.exit(f"{url} does not answer")
            time.sleep(0.01)
        else:
            return
