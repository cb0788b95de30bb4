"""A steady load, in a process of its own: ``python tests/steady.py PORT`` until its input ends.

It asks for the same decision again and again, on connections that are kept and on new ones, and
writes a JSON document: how many requests were sent, what was answered, what failed and why.
"""

import contextlib
import http.client
import json
import subprocess
import sys
import threading
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any

PATIENCE_S = 60.0
KINDS = (True, False)
"""Of the connections: kept, and a new one for each request."""

PAUSE_S = 0.005
BODY = json.dumps({"comment": "You are a fucking idiot."})


class Load:
    """Threads that ask until they are told to stop."""

    def __init__(self, port: int) -> None:
        self._port = port
        self._stopped = threading.Event()
        self._lock = threading.Lock()
        self.sent = 0
        self.answers = Counter[str]()
        self.failures = Counter[str]()

    def stop(self) -> None:
        """Let each thread finish its request."""
        self._stopped.set()

    def ask(self, *, is_kept: bool) -> None:
        """Ask until stopped; a connection that the server closes after an answer is opened anew."""
        connection = self._connect()
        while not self._stopped.wait(PAUSE_S):
            if not is_kept:
                connection.close()
                connection = self._connect()
            try:
                connection.request(
                    "POST", "/v1/moderate", BODY, {"Content-Type": "application/json"}
                )
                response = connection.getresponse()
                body = response.read()
                self._count(self.answers, summarise(response.status, body))
            except (OSError, http.client.HTTPException) as error:
                connection.close()
                self._count(self.failures, type(error).__name__)
        connection.close()

    def _connect(self) -> http.client.HTTPConnection:
        return http.client.HTTPConnection("127.0.0.1", self._port, timeout=PATIENCE_S)

    def _count(self, counter: Counter[str], name: str) -> None:
        with self._lock:
            self.sent += 1
            counter[name] += 1


def summarise(status: int, body: bytes) -> str:
    """Return what of an answer tells by which policy it was made."""
    if status != http.client.OK:
        return str(status)
    answer = json.loads(body)
    thresholds = [reason["threshold"] for reason in answer["reasons"]]
    return f"{answer['decision']} {answer['length']['limit']} {thresholds}"


@contextlib.contextmanager
def steady_load(port: int, found: dict[str, Any]) -> Iterator[None]:
    """Put `main` to a server until the block is left; `found` receives what it writes."""
    arguments = [sys.executable, str(Path(__file__)), str(port)]
    with subprocess.Popen(arguments, stdin=subprocess.PIPE, stdout=subprocess.PIPE) as process:
        try:
            yield
        finally:
            output, _ = process.communicate(timeout=PATIENCE_S)
        found |= json.loads(output)


def main() -> None:
    """Ask until standard input ends, and write what came of it."""
    load = Load(int(sys.argv[1]))
    threads = [threading.Thread(target=load.ask, kwargs={"is_kept": kind}) for kind in KINDS]
    for thread in threads:
        thread.start()
    sys.stdin.read()
    load.stop()
    for thread in threads:
        thread.join()
    found = {"sent": load.sent, "answers": load.answers, "failures": load.failures}
    sys.stdout.write(json.dumps(found))


if __name__ == "__main__":
    main()
