"""Real gunicorn processes, as they are shipped, for the tests that ask over HTTP."""

import contextlib
import http.client
import json
import os
import re
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from flask import Flask
from stubs import BrokenScorer

from service.app import create_app
from service.moderation import Moderator
from service.policy import POLICY_FOLDER, load_policies
from service.settings import Settings

ROOT = Path(__file__).parents[1]
JSON = "application/json"
FORM = "application/x-www-form-urlencoded"
PROBLEM = "application/problem+json"
PATIENCE_S = 60.0
"""How long a process may take to start, answer or stop before a test fails."""

_POLL_S = 0.05
_ADDRESS = re.compile(r"Listening at: http://127\.0\.0\.1:(\d+)")


@dataclass(frozen=True)
class Reply:
    """An answer over HTTP."""

    status: int
    headers: Mapping[str, str]
    body: bytes

    @property
    def json(self) -> Any:  # noqa: ANN401 - whatever the document is
        """The document in the body."""
        return json.loads(self.body)


@dataclass(frozen=True)
class Server:
    """A running gunicorn and what it wrote to standard output and error."""

    process: subprocess.Popen[bytes]
    log: Path
    port: int

    def send(
        self,
        path: str,
        body: bytes | str | None = None,
        media_type: str = JSON,
        *,
        method: str | None = None,
        headers: Mapping[str, str] | None = None,
    ) -> Reply:
        """Send one request on a connection of its own."""
        with contextlib.closing(self.connect()) as connection:
            return ask(connection, path, body, media_type, method=method, headers=headers)

    def moderate(self, **fields: object) -> Any:  # noqa: ANN401 - the document
        """Moderate one comment, sent as JSON, and return the outcome."""
        reply = self.send("/v1/moderate", json.dumps(fields))
        assert reply.status == 200, reply
        return reply.json

    def connect(self) -> http.client.HTTPConnection:
        """Open a connection."""
        return http.client.HTTPConnection("127.0.0.1", self.port, timeout=PATIENCE_S)

    def send_raw(self, data: bytes) -> bytes:
        """Send bytes that need not be HTTP, and nothing after them; return the answer."""
        with socket.create_connection(("127.0.0.1", self.port), PATIENCE_S) as connection:
            connection.sendall(data)
            connection.shutdown(socket.SHUT_WR)
            return b"".join(iter(lambda: connection.recv(65536), b""))

    def workers(self) -> set[int]:
        """Return the process ids of the workers."""
        children = Path(f"/proc/{self.process.pid}/task/{self.process.pid}/children")
        return set(map(int, children.read_text(encoding="ascii").split()))

    def wait(self) -> None:
        """Wait a moment, unless the process has ended."""
        with contextlib.suppress(subprocess.TimeoutExpired):
            self.process.wait(_POLL_S)


def ask(  # noqa: PLR0913 - the parts of a request
    connection: http.client.HTTPConnection,
    path: str,
    body: bytes | str | None = None,
    media_type: str = JSON,
    *,
    method: str | None = None,
    headers: Mapping[str, str] | None = None,
) -> Reply:
    """Send one request: a POST if it has a body, else a GET."""
    sent = {"Content-Type": media_type} if body is not None else {}
    if isinstance(body, str):
        body = body.encode()
    method = method or ("GET" if body is None else "POST")
    connection.request(method, path, body, sent | dict(headers or {}))
    response = connection.getresponse()
    return Reply(response.status, dict(response.getheaders()), response.read())


def command(*arguments: str) -> list[str]:
    """Return how gunicorn is started, on a port that the system chooses."""
    return [
        *(sys.executable, "-m", "gunicorn", "--config", "gunicorn.conf.py"),
        *("--bind", "127.0.0.1:0", *arguments),
    ]


def environment(**variables: str) -> dict[str, str]:
    """Return the variables a server runs with: none of ours but those given."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith("MODERATION_")}
    return kept | {"WEB_CONCURRENCY": "2"} | variables


@contextlib.contextmanager
def serve(log: Path, *arguments: str, **variables: str) -> Iterator[Server]:
    """Serve until the block is left, once every worker answers.

    Parameters
    ----------
    log : Path
        Takes what gunicorn writes.
    *arguments : str
        Of gunicorn.
    **variables : str
        Of the environment.
    """
    with log.open("wb") as output:
        process = subprocess.Popen(
            command(*arguments),
            cwd=ROOT,
            env=environment(**variables),
            stdout=output,
            stderr=output,
        )
    try:
        server = _wait_for_address(process, log)
        wait_until_workers(server, int(environment(**variables)["WEB_CONCURRENCY"]))
        yield server
    finally:
        # QUIT does not wait for connections that a test kept open.
        process.send_signal(signal.SIGQUIT)
        process.wait(PATIENCE_S)


def wait_until_workers(server: Server, count: int) -> None:
    """Wait until there are so many workers and one of them answers."""
    deadline = time.monotonic() + PATIENCE_S
    while time.monotonic() < deadline:
        with contextlib.suppress(OSError, http.client.HTTPException):
            if len(server.workers()) == count and server.send("/healthz").status == 200:
                return
        server.wait()
    raise AssertionError(server.log.read_text(encoding="utf-8"))


def _wait_for_address(process: subprocess.Popen[bytes], log: Path) -> Server:
    deadline = time.monotonic() + PATIENCE_S
    while process.poll() is None and time.monotonic() < deadline:
        if found := _ADDRESS.search(log.read_text(encoding="utf-8")):
            return Server(process, log, int(found[1]))
        with contextlib.suppress(subprocess.TimeoutExpired):
            process.wait(_POLL_S)
    raise AssertionError(log.read_text(encoding="utf-8"))


def create_broken_app() -> Flask:
    """Return the application around a model that fails: ``serving:create_broken_app()``."""
    moderator = Moderator({"en": BrokenScorer()}, load_policies(POLICY_FOLDER))
    return create_app(moderator, Settings())
