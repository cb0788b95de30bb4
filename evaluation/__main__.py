"""Measure the shipped model and write the report: ``python -m evaluation DATA``."""

import argparse
import sys
from pathlib import Path

from evaluation.report import write_report
from evaluation.subject import load_subject
from model.artefact import ArtefactError
from service.policy import PolicyError


def main(arguments: list[str] | None = None) -> int:
    """Write ``docs/model/report.md`` and its plots, or say why not."""
    parser = argparse.ArgumentParser(prog="python -m evaluation", description=__doc__)
    parser.add_argument("data", type=Path, help="folder with a subfolder for each set")
    options = parser.parse_args(arguments)
    try:
        write_report(load_subject(options.data))
    except (ArtefactError, PolicyError, ValueError) as error:
        print(f"not evaluated: {error}", file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
