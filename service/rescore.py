"""Decide again on stored comments: ``python -m service.rescore INPUT -o OUTPUT``.

INPUT and OUTPUT are JSON lines, or ``-`` for standard input and output. Each
line is an object with the comment and, where there is one, its id; the line
written for it is what the endpoint answers. A line that cannot be used is
reported by its number, never by its text, and the rest goes on.
"""

import argparse
import contextlib
import itertools
import json
import os
import signal
import sys
import time
from collections import Counter
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import BinaryIO, Final

from service.length import replace_lone_surrogates
from service.loading import ArtefactError, PolicyError, load_scorers
from service.moderation import Comment, Moderator
from service.policy import POLICY_FOLDER, load_policy
from service.render import render_json, render_outcome
from service.settings import ARTEFACTS

CHUNK: Final = 500
"""How many comments are scored at once."""

DONE, FAILED = 0, 1
_REPORT_EVERY_S: Final = 10.0
_REDRAW_EVERY_S: Final = 0.2
_STREAM: Final = "-"


class LineError(ValueError):
    """A line that holds no comment; the message does not repeat it."""


class RescoreError(Exception):
    """Why nothing can be done; one sentence."""


class Progress:
    """Count what was done, and say so now and then on standard error.

    Parameters
    ----------
    quiet : bool
        Say only what went wrong, and the sum at the end.
    """

    def __init__(self, *, quiet: bool) -> None:
        self.decisions: Counter[str] = Counter()
        self.refused = 0
        self._every_s = float("inf") if quiet else _REPORT_EVERY_S
        self._terminal = sys.stderr.isatty() and not quiet
        self._begin = "\r" if self._terminal else ""
        self._started = self._reported = time.monotonic()

    def count(self, decision: str) -> None:
        """Count a comment."""
        self.decisions[decision] += 1

    def refuse(self, number: int, reason: str) -> None:
        """Count and report a line that cannot be used."""
        self.refused += 1
        print(f"line {number}: {reason}", file=sys.stderr)

    def report(self) -> None:
        """Say how far it is, if it is time to."""
        now = time.monotonic()
        if now - self._reported >= (_REDRAW_EVERY_S if self._terminal else self._every_s):
            self._reported = now
            end = "" if self._terminal else "\n"
            print(f"{self._begin}{self}", end=end, file=sys.stderr, flush=True)

    def finish(self) -> None:
        """Say what was done in all."""
        print(f"{self._begin}{self}", file=sys.stderr)

    def __str__(self) -> str:
        """Return what was done so far, as a line for people."""
        done = self.decisions.total()
        seconds = max(time.monotonic() - self._started, 1e-9)
        counts = ", ".join(
            f"{self.decisions[name]} {name}" for name in ("accept", "flag", "reject")
        )
        rate = done / seconds
        return f"{done} comments, {rate:.0f} a second: {counts}; {self.refused} lines refused"


def main(arguments: list[str] | None = None) -> int:
    """Rescore a file; return 0 if every line was rescored, else 1."""
    options = _parse_arguments(arguments)
    progress = Progress(quiet=options.quiet)
    try:
        policy = load_policy(options.policy)
        moderator = Moderator(load_scorers(options.artefacts), {policy.name: policy})
        with _open_input(options.input) as source, _open_output(options) as sink:
            for line in rescore(source, moderator, options, progress):
                sink.write(line)
    except BrokenPipeError:
        # Whoever read our output has gone; Python must not write to it again at exit.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return FAILED
    except (RescoreError, PolicyError, ArtefactError, OSError) as error:
        print(f"not done: {error}", file=sys.stderr)
        return FAILED
    except KeyboardInterrupt:
        print("not done: interrupted", file=sys.stderr)
        return FAILED
    except Exception as error:  # noqa: BLE001 - the message of another error may repeat a comment
        print(f"not done: {type(error).__name__}", file=sys.stderr)
        return FAILED
    progress.finish()
    return FAILED if progress.refused else DONE


def rescore(
    source: Iterable[bytes], moderator: Moderator, options: argparse.Namespace, progress: Progress
) -> Iterator[bytes]:
    """Yield a line of output for each usable line of input, in order.

    Parameters
    ----------
    source : iterable of bytes
        Lines; those of white space alone are passed over.
    moderator : Moderator
        With one policy.
    options
        With ``text_column`` and ``id_column``.
    progress : Progress
        Is told of every line.
    """
    (policy,) = moderator.policies
    lines = ((number, line) for number, line in enumerate(source, 1) if line.strip())
    while chunk := list(itertools.islice(lines, CHUNK)):
        comments = []
        for number, line in chunk:
            try:
                text, name = parse_line(line, options.text_column, options.id_column)
            except LineError as error:
                progress.refuse(number, str(error))
            else:
                comments.append(Comment(text, name, policy=policy))
        for outcome in moderator.moderate(comments):
            progress.count(outcome.decision.action.label)
            yield render_json(render_outcome(outcome)) + b"\n"
        progress.report()


def parse_line(line: bytes, text_column: str, id_column: str) -> tuple[str, str | None]:
    """Return the comment and the id that a line holds; a numeric id becomes a string.

    Raises
    ------
    LineError
        If it is not a JSON object in UTF-8 with a string under `text_column`.
    """
    try:
        row = json.loads(line.rstrip(b"\r\n").decode("utf-8"))
    except UnicodeDecodeError as error:
        raise LineError(f"not UTF-8: see byte {error.start}") from None
    except json.JSONDecodeError as error:
        raise LineError(f"not JSON: see column {error.colno}") from None
    except (ValueError, RecursionError):
        raise LineError("not JSON that can be read") from None
    if not isinstance(row, dict):
        raise LineError("not a JSON object")
    text, name = row.get(text_column), row.get(id_column)
    if not isinstance(text, str):
        raise LineError(f"no string under {text_column!r}")
    if isinstance(name, bool | float | list | dict):
        raise LineError(f"neither string nor whole number under {id_column!r}")
    return text, None if name is None else replace_lone_surrogates(str(name))


def _parse_arguments(arguments: list[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        prog="python -m service.rescore",
        description=__doc__,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("input", help="JSON lines, or - for standard input")
    parser.add_argument("-o", "--output", required=True, help="JSON lines, or -")
    parser.add_argument("--text-column", default="comment", help="default: %(default)s")
    parser.add_argument("--id-column", default="id", help="default: %(default)s")
    parser.add_argument("--policy", type=Path, default=POLICY_FOLDER / "default.toml")
    parser.add_argument("--artefacts", type=Path, default=ARTEFACTS)
    parser.add_argument("--force", action="store_true", help="replace OUTPUT if it is there")
    parser.add_argument("--quiet", action="store_true", help="no progress")
    return parser.parse_args(arguments)


@contextlib.contextmanager
def _open_input(name: str) -> Iterator[BinaryIO]:
    if name == _STREAM:
        yield sys.stdin.buffer
        return
    with Path(name).open("rb") as source:
        yield source


@contextlib.contextmanager
def _open_output(options: argparse.Namespace) -> Iterator[BinaryIO]:
    """Open a file that takes its name only when all was written and is on disk."""
    if options.output == _STREAM:
        yield sys.stdout.buffer
        sys.stdout.buffer.flush()
        return
    output = Path(options.output)
    if output.exists() and not options.force:
        raise RescoreError(f"{output} is there already; --force replaces it")
    unfinished = output.with_name(f".{output.name}.{os.getpid()}.part")
    try:
        with unfinished.open("xb") as sink:
            yield sink
            sink.flush()
            os.fsync(sink.fileno())
        unfinished.replace(output)
    finally:
        unfinished.unlink(missing_ok=True)


if __name__ == "__main__":
    # Ended by a scheduler is interrupted, too: no unfinished file stays behind.
    signal.signal(signal.SIGTERM, signal.default_int_handler)
    sys.exit(main())
