"""The program: ``python -m service.rescore INPUT -o OUTPUT``."""

import os
import signal
import sys
from typing import Final

from service.loading import ArtefactError, PolicyError

try:
    from service.rescore.dry_run import estimate
    from service.rescore.errors import RescoreError
    from service.rescore.options import parse_arguments
    from service.rescore.run import run
except ModuleNotFoundError as error:
    sys.exit(f"not done: {error.name} is not installed: pip install -r requirements-rescore.txt")

DONE: Final = 0
FAILED: Final = 1


def main(arguments: list[str] | None = None) -> int:
    """Rescore; return 0 if every row was rescored, else 1."""
    options = parse_arguments(arguments)
    try:
        complete = run(options) if options.dry_run is None else estimate(options)
    except BrokenPipeError:
        # Whoever read our output has gone; Python must not write to it again at exit.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return FAILED
    except (RescoreError, PolicyError, ArtefactError, OSError) as error:
        return _fail(str(error))
    except KeyboardInterrupt:
        return _fail("interrupted")
    except Exception as error:  # noqa: BLE001 - the message of another error may repeat a comment
        return _fail(type(error).__name__)
    return DONE if complete else FAILED


def _fail(reason: str) -> int:
    print(f"not done: {reason}", file=sys.stderr)
    return FAILED


if __name__ == "__main__":
    # Ended by a scheduler is interrupted, too: what is done stays done, and nothing else.
    signal.signal(signal.SIGTERM, signal.default_int_handler)
    sys.exit(main())
