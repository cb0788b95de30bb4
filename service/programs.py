"""How the service's programs end: with a status, and a sentence if it is not 0."""

import os
import signal
import sys
from collections.abc import Callable
from typing import Final

DONE: Final = 0
FAILED: Final = 1


def run_program(work: Callable[[], int], *known: type[Exception]) -> int:
    """Return the status that `work` returns, or say why it failed and return `FAILED`.

    Parameters
    ----------
    work : callable
        Without arguments.
    known : exception classes
        Whose messages are for whoever runs the program and repeat no comment. An `OSError`
        is known. Of others the class alone is named.
    """
    try:
        return work()
    except BrokenPipeError:
        # Whoever read our output has gone; Python must not write to it again at exit.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return FAILED
    except OSError as error:
        return fail(str(error))
    except known as error:
        return fail(str(error))
    except KeyboardInterrupt:
        return fail("interrupted")
    except Exception as error:  # noqa: BLE001 - the message of another error may repeat a comment
        return fail(type(error).__name__)


def fail(reason: str) -> int:
    """Say why nothing, or not all, was done; return `FAILED`."""
    say(f"not done: {reason}")
    return FAILED


def say(sentence: str) -> None:
    """Say something about the work; what it makes goes to standard output."""
    print(sentence, file=sys.stderr, flush=True)


def interrupt_on_sigterm() -> None:
    """Have a scheduler that ends the program interrupt it, so that nothing is half written."""
    signal.signal(signal.SIGTERM, signal.default_int_handler)
