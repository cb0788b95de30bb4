"""The program: ``python -m service.policy derive FILE``, and its other commands."""

import argparse
import sys

from model.artefact import ArtefactError
from model.operating_points import StatementError
from service.policy import derive
from service.policy.files import PolicyError
from service.programs import interrupt_on_sigterm, run_program

COMMANDS = (derive,)
"""Modules with ``add_command(commands)``, which sets ``run``, in the order of the help."""


def main(arguments: list[str] | None = None) -> int:
    """Do what the command says; return 0 if it was done, else 1."""
    options = build_parser().parse_args(arguments)
    return run_program(
        lambda: int(options.run(options)), ArtefactError, PolicyError, StatementError
    )


def build_parser() -> argparse.ArgumentParser:
    """Return the parser of the command line."""
    parser = argparse.ArgumentParser(
        prog="python -m service.policy",
        description="Check, try, compare and fit policies.",
        epilog="Exit status: 0 done, 1 it failed, 2 the command has no meaning.",
    )
    commands = parser.add_subparsers(required=True, metavar="COMMAND")
    for module in COMMANDS:
        module.add_command(commands)
    return parser


if __name__ == "__main__":
    interrupt_on_sigterm()
    sys.exit(main())
