"""How the service's programs end: with a status, and a sentence if it is not 0."""

import os
import signal
import sys
import time
from collections.abc import Callable, Iterable, Iterator, Sized
from typing import Final, TypeVar

DONE: Final = 0
FAILED: Final = 1
_REPORT_EVERY_S: Final = 10.0

Batch = TypeVar("Batch", bound=Sized)


def run_program(work: Callable[[], int], *known: type[Exception]) -> int:
    """Return the status that `work` returns, or say why it failed and return `FAILED`.

    Parameters
    ----------
    work : callable
        Without arguments. What it wrote to standard output is flushed when it is done.
    known : exception classes
        Whose messages are for whoever runs the program and repeat no comment. An `OSError`
        is known. Of others the class alone is named.
    """
    try:
        status = work()
        if sys.stdout:  # started with it closed it is None
            sys.stdout.flush()
    except BrokenPipeError:
        return FAILED  # whoever read our output has gone, and knows why
    except OSError as error:
        return fail(str(error))
    except known as error:
        return fail(str(error))
    except KeyboardInterrupt:
        return fail("interrupted")
    except Exception as error:  # noqa: BLE001 - the message of another error may repeat a comment
        return fail(type(error).__name__)
    else:
        return status
    finally:
        _let_go()


def fail(reason: str) -> int:
    """Say why nothing, or not all, was done; return `FAILED`."""
    say(f"not done: {reason}")
    return FAILED


def say(sentence: str) -> None:
    """Say something about the work; what it makes goes to standard output."""
    if sys.stderr:  # started with it closed it is None, and `print` would take standard output
        print(sentence, file=sys.stderr, flush=True)


def put(text: str) -> None:
    """Write a line, or several, of what the program makes to standard output, in UTF-8.

    Raises
    ------
    OSError
        If it cannot be written.
    """
    if not sys.stdout:
        raise OSError("standard output is closed")
    # Not `print`: the encoding that the locale names may lack a character.
    sys.stdout.buffer.write(f"{text}\n".encode())
    sys.stdout.flush()


def show_progress(
    batches: Iterable[Batch],
    say: Callable[[str], None] = say,
    clock: Callable[[], float] = time.monotonic,
) -> Iterator[Batch]:
    """Yield batches of comments, and say now and then how many comments were done.

    Parameters
    ----------
    batches : iterable of sized
    say : callable
    clock : callable
        Seconds since any moment.
    """
    done, started = 0, clock()
    reported = started
    for batch in batches:
        yield batch
        done += len(batch)
        if (now := clock()) - reported >= _REPORT_EVERY_S:
            reported = now
            say(f"{done:,} comments, {done / (now - started):,.0f} a second")


def interrupt_on_sigterm() -> None:
    """Have a scheduler that ends the program interrupt it, so that nothing is half written."""
    signal.signal(signal.SIGTERM, signal.default_int_handler)


def _let_go() -> None:
    """Leave Python nothing to write at its exit, where it would fail with words of its own."""
    try:
        if sys.stdout:
            sys.stdout.flush()
    except OSError:
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
