"""Private database servers for the tests that need one."""

import contextlib
import os
import shutil
import socket
import subprocess
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest
from serving import PATIENCE_S

_USER = "postgres"
"""Whom the server runs as where the tests run as root, which PostgreSQL refuses."""


class Postgres:
    """A PostgreSQL of our own, in a temporary folder, on a port of 127.0.0.1.

    Parameters
    ----------
    binaries : Path
        With ``initdb`` and ``postgres``.
    folder : Path
        Empty; belongs to whoever the server runs as.
    """

    def __init__(self, binaries: Path, folder: Path) -> None:
        self._binaries = binaries
        self._folder = folder
        self._user = _USER if os.geteuid() == 0 else None
        with socket.socket() as probe:
            probe.bind(("127.0.0.1", 0))
            self.port = probe.getsockname()[1]
        self._run("initdb", "--auth=trust", f"--username={_USER}", "--encoding=UTF8", "--no-sync")

    @property
    def url(self) -> str:
        """Address of its database, without a table."""
        return f"postgresql+psycopg://{_USER}@127.0.0.1:{self.port}/postgres"

    def start(self) -> None:
        """Start, and wait until it answers."""
        options = f"-h 127.0.0.1 -p {self.port} -k {self._folder} -c fsync=off"
        self._run("pg_ctl", "-w", "-l", str(self._folder / "log"), "-o", options, "start")

    def stop(self, how: str) -> None:
        """Stop: ``immediate`` is as if it had crashed."""
        self._run("pg_ctl", "-w", "-m", how, "stop")

    def _run(self, program: str, *arguments: str) -> None:
        subprocess.run(
            [self._binaries / program, "-D", self._folder / "data", *arguments],
            cwd=self._folder,
            user=self._user,
            check=True,
            stdout=subprocess.DEVNULL,
            timeout=PATIENCE_S,
        )


def find_postgres() -> Path | None:
    """Return the folder of the server's programs, if it is installed."""
    if found := shutil.which("initdb"):
        return Path(found).parent
    folders = sorted(Path("/usr/lib/postgresql").glob("*/bin/initdb"))
    return folders[-1].parent if folders else None


@contextlib.contextmanager
def run_postgres() -> Iterator[Postgres]:
    """Run a server until the block is left."""
    binaries = find_postgres()
    if binaries is None:
        reason = "PostgreSQL's server is not installed"
        if os.environ.get("CI") == "true":
            pytest.fail(reason)
        pytest.skip(reason)
    with tempfile.TemporaryDirectory(prefix="pg-") as name:
        folder = Path(name)
        if os.geteuid() == 0:
            shutil.chown(folder, _USER)
        server = Postgres(binaries, folder)
        server.start()
        try:
            yield server
        finally:
            with contextlib.suppress(subprocess.CalledProcessError):
                server.stop("immediate")
