"""The program: ``python -m service.policy check FILE``, and its other commands."""

import argparse
import io
import sys
from collections.abc import Callable, Mapping
from pathlib import Path

from model.artefact import ArtefactError
from model.operating_points import StatementError
from model.scorer import TextScorer
from service.exports import ExportError
from service.loading import load_scorers
from service.outputs import OutputError
from service.policy import check, derive, diff, fit, trial
from service.policy.files import PolicyError
from service.policy.recalibrating import FitError
from service.programs import interrupt_on_sigterm, run_program

COMMANDS = (check, trial, diff, derive, fit)
"""Modules with ``add_command(commands)``, which sets ``run``, in the order of the help."""

LoadScorers = Callable[[Path], Mapping[str, TextScorer]]


def main(
    arguments: list[str] | None = None,
    stdin: io.BufferedIOBase | None = None,
    load: LoadScorers = load_scorers,
) -> int:
    """Do what the command says; return 0 if it was done, else 1.

    Parameters
    ----------
    arguments : list of str, optional
    stdin : binary file, optional
        Instead of standard input.
    load : callable
        From the folder of models to scorers by language.
    """
    given = argparse.Namespace(stdin=stdin, load=load)
    options = build_parser().parse_args(arguments, given)
    return run_program(
        lambda: int(options.run(options)),
        ArtefactError,
        ExportError,
        FitError,
        OutputError,
        PolicyError,
        StatementError,
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
