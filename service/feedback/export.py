"""Write suggestions as training data, JSON lines."""

import functools
import os
import sys
import time
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path
from typing import Any, BinaryIO, Final

import msgspec

from model import ATTRIBUTES
from service.feedback.suggestion import FeedbackError, Suggestion
from service.rescore.storing import store

_REPORT_EVERY_S: Final = 10.0
_EXPERIMENTAL: Final = "_EXPERIMENTAL"


def render_line(suggestion: Suggestion) -> dict[str, Any] | None:
    """Return what training reads of a suggestion, or None if it scores no attribute of ours.

    What was not suggested, or not said, is absent.
    """
    scores = {
        name: value
        for name in ATTRIBUTES
        if (value := _suggested(suggestion, name.upper())) is not None
    }
    if not scores:
        return None
    about = {
        "community": suggestion.community_id,
        "client_token": suggestion.client_token,
        "model": suggestion.model,
        "created": suggestion.created,
        "languages": suggestion.languages or None,
    }
    known = {name: value for name, value in about.items() if value is not None}
    return {"text": suggestion.text, **scores, **known}


def write_lines(suggestions: Iterable[Suggestion], output: BinaryIO) -> tuple[int, int]:
    """Write a line a suggestion; return how many, and how many had nothing to be learnt."""
    encode = msgspec.json.Encoder().encode
    written = left_out = 0
    for suggestion in suggestions:
        if line := render_line(suggestion):
            output.write(encode(line) + b"\n")
            written += 1
        else:
            left_out += 1
    return written, left_out


def export(suggestions: Iterable[Suggestion], path: Path | None, *, force: bool) -> tuple[int, int]:
    """Write to a file, which takes its name when all is on disk, or to standard output.

    Parameters
    ----------
    suggestions : iterable of Suggestion
    path : Path, optional
        Only its owner may read it.
    force : bool
        Replace a file of that name.

    Returns
    -------
    tuple of int
        As `write_lines`.

    Raises
    ------
    FeedbackError
        If a file of that name is there, or no folder for it.
    OSError
        If it cannot be written.
    """
    if path is None:
        counts = write_lines(suggestions, sys.stdout.buffer)
        sys.stdout.buffer.flush()
        return counts
    if not path.absolute().parent.is_dir():
        raise FeedbackError(f"{path}: its folder is not there")
    _refuse_to_replace(path, force=force)
    with store(path) as unfinished:
        opener = functools.partial(os.open, mode=0o600)
        with open(unfinished, "xb", opener=opener) as output:
            counts = write_lines(suggestions, output)
        _refuse_to_replace(path, force=force)
    return counts


def show_progress(
    suggestions: Iterable[Suggestion], clock: Callable[[], float] = time.monotonic
) -> Iterator[Suggestion]:
    """Yield them; count on a terminal, or a line every ten seconds on standard error."""
    if sys.stderr.isatty() and (bar := _find_bar()):
        yield from bar(suggestions, unit=" suggestions", leave=False)
        return
    reported = clock()
    for number, suggestion in enumerate(suggestions, 1):
        yield suggestion
        now = clock()
        if now - reported >= _REPORT_EVERY_S:
            reported = now
            print(f"{number:,} suggestions", file=sys.stderr, flush=True)


def _suggested(suggestion: Suggestion, name: str) -> float | None:
    plain = suggestion.scores.get(name)
    return suggestion.scores.get(name + _EXPERIMENTAL) if plain is None else plain


def _refuse_to_replace(path: Path, *, force: bool) -> None:
    if not force and path.exists():
        raise FeedbackError(f"{path}: is there already; --force replaces it")


def _find_bar() -> Callable[..., Iterable[Suggestion]] | None:
    # tqdm is of requirements-rescore.txt: serving does without it.
    try:
        from tqdm import tqdm  # noqa: PLC0415
    except ModuleNotFoundError:
        return None
    bar: Callable[..., Iterable[Suggestion]] = tqdm
    return bar
