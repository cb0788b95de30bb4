"""The program: ``python -m service.rescore INPUT -o OUTPUT``."""

import sys

from service.loading import ArtefactError, PolicyError
from service.programs import DONE, FAILED, interrupt_on_sigterm, run_program

try:
    from service.rescore.dry_run import estimate
    from service.rescore.errors import RescoreError
    from service.rescore.options import Options, parse_arguments
    from service.rescore.run import run
except ModuleNotFoundError as error:
    sys.exit(f"not done: {error.name} is not installed: pip install -r requirements-rescore.txt")


def main(arguments: list[str] | None = None) -> int:
    """Rescore; return 0 if every row was rescored, else 1."""
    options = parse_arguments(arguments)
    return run_program(lambda: _run(options), RescoreError, PolicyError, ArtefactError)


def _run(options: Options) -> int:
    complete = run(options) if options.dry_run is None else estimate(options)
    return DONE if complete else FAILED


if __name__ == "__main__":
    # What is done stays done when it is ended, and nothing else.
    interrupt_on_sigterm()
    sys.exit(main())
