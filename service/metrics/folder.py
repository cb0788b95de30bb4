"""The folder in which the processes of one service share what they counted.

Each master has a fresh one: two services on a machine, or an old and a new one, never share.
"""

import atexit
import fcntl
import functools
import os
import shutil
import tempfile
from collections.abc import Iterable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import IO, Final

VARIABLE: Final = "PROMETHEUS_MULTIPROC_DIR"
"""By which prometheus_client finds the folder; set by the operator, where it is to be made."""

KINDS: Final = ("counter", "histogram")
"""What goes on to be true when the process that counted it has ended."""

ARCHIVE: Final = 0
"""Stands for all processes that have ended: none has this number."""

SIZES: Final = {
    "counter": 131_072,
    "histogram": 262_144,
    "gauge_livesum": 4096,
    "gauge_livemax": 4096,
}
"""Bytes of a file: half as much again as all that `families` can count, so that none grows."""

_PREFIX: Final = "moderation-metrics-"
_OWNED: Final = "owned.lock"
_MOVING: Final = "moving.lock"
_MEMORY: Final = Path("/dev/shm")  # noqa: S108 - a folder of our own is made in it, for us alone


@functools.cache
def open_folder() -> Path:
    """Make the folder, tell prometheus_client, and remove what ended masters left behind.

    Must be called in the master, before prometheus_client is imported; called again, it returns
    the same.

    Raises
    ------
    OSError
        If there is no place for it.
    """
    # Set again when all is well: to a folder that is not ready it must not point.
    chosen = os.environ.pop(VARIABLE, None)
    base = Path(chosen or (_MEMORY if os.access(_MEMORY, os.W_OK) else tempfile.gettempdir()))
    base.mkdir(parents=True, exist_ok=True)
    _sweep(base)
    made = Path(tempfile.mkdtemp(prefix=f"new-{_PREFIX}", dir=base))
    # Held, by the workers too, for as long as one of them lives: it is what `_sweep` looks at,
    # under the name that the folder has from now on.
    owned = (made / _OWNED).open("w")
    fcntl.flock(owned, fcntl.LOCK_SH)
    folder = made.rename(base / made.name.removeprefix("new-"))
    atexit.register(_remove, folder, os.getpid(), owned)
    (folder / _MOVING).touch()
    allocate(folder, ARCHIVE, KINDS)
    allocate(folder, os.getpid())
    os.environ[VARIABLE] = str(folder)
    return folder


def allocate(folder: Path, process: int, kinds: Iterable[str] = SIZES) -> None:
    """Make the files of a process, written full of zeros.

    prometheus_client maps files into memory that it has made long, not written. If then the
    disk is full, the first write to a page kills the process: there must be a place for it.

    Raises
    ------
    OSError
        If there is none, or no folder; then none is made.
    """
    paths = {kind: folder / f"{kind}_{process}.db" for kind in kinds}
    try:
        for kind, path in paths.items():
            path.write_bytes(bytes(SIZES[kind]))
    except OSError:
        for path in paths.values():
            with suppress(OSError):
                path.unlink(missing_ok=True)
        raise


@contextmanager
def locked(folder: Path, *, exclusive: bool) -> Iterator[None]:
    """Keep the files where they are while they are read, or have them alone to move them."""
    with (folder / _MOVING).open("a") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX if exclusive else fcntl.LOCK_SH)
        yield


def _sweep(base: Path) -> None:
    for abandoned in base.glob(f"{_PREFIX}*"):
        # Another user's, or in use: none of our business.
        with suppress(OSError), (abandoned / _OWNED).open("r+") as owned:
            fcntl.flock(owned, fcntl.LOCK_EX | fcntl.LOCK_NB)
            shutil.rmtree(abandoned)


def _remove(folder: Path, owner: int, _: IO[str]) -> None:
    if os.getpid() == owner:  # a worker that ends leaves it to the others
        shutil.rmtree(folder, ignore_errors=True)
