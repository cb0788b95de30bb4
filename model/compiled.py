"""Compile functions on arrays to machine code, and keep it for the next start.

Compiling takes about ten seconds, so the machine code is kept in the first folder
of these that can be written: ``NUMBA_CACHE_DIR``, this package's ``__pycache__``, the
user's cache. Where there is none, as in a container that is read-only, the
functions are compiled in memory at every start. What is kept there is run: like the
sources, it must not be writable by others.

Numba looks for changes in the file of a function, not in the files of those it
calls. So the folder is named by the sources of all of them.
"""

import hashlib
import os
import tempfile
from collections.abc import Callable, Iterable
from functools import cache
from pathlib import Path
from typing import Any, Final, TypeVar, cast

from numba import config, njit

Function = TypeVar("Function", bound=Callable[..., Any])

SOURCES: Final = (
    *(
        "compiled",
        "features",
        "ngrams",
        "normalise",
        "reading",
        "scan",
        "signs",
        "scorer",
        "tables",
    ),
    "words",
)
"""The modules whose functions are compiled, or constants compiled in."""


def compiled(function: Function) -> Function:
    """Compile `function` when it is first called, to run without the interpreter's lock."""
    return compile_into(_find_cache(), function)


def compile_into(folder: Path | None, function: Function) -> Function:
    """Do as `compiled`, with the machine code in `folder`, or kept nowhere."""
    # Numba asks for the folder here and now; other users of numba keep theirs.
    before = config.CACHE_DIR  # type: ignore[attr-defined]  # from the environment
    config.CACHE_DIR = str(folder or "")  # type: ignore[attr-defined]
    try:
        compiling = njit(nogil=True, error_model="numpy", cache=folder is not None)
        return cast(Function, compiling(function))
    finally:
        config.CACHE_DIR = before  # type: ignore[attr-defined]


def make_folder(name: str, parents: Iterable[Path]) -> Path | None:
    """Return the folder `name` in the first of `parents` where it can be written, or None."""
    for parent in parents:
        folder = parent / name
        try:
            folder.mkdir(parents=True, exist_ok=True)
            tempfile.TemporaryFile(dir=folder).close()
        except OSError:
            continue
        return folder
    return None


@cache
def _find_cache() -> Path | None:
    here = Path(__file__).parent
    sources = b"".join(here.joinpath(f"{name}.py").read_bytes() for name in SOURCES)
    given = os.environ.get("NUMBA_CACHE_DIR")
    # pathlib's own raises an error for a user without a home.
    user = os.environ.get("XDG_CACHE_HOME") or os.path.expanduser("~/.cache")  # noqa: PTH111
    return make_folder(
        f"compiled-{hashlib.sha256(sources).hexdigest()[:16]}",
        [*map(Path, [given] if given else []), here / "__pycache__", Path(user)],
    )
