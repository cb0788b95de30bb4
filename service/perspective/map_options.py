"""What a mapping is asked to do: the command line."""

import argparse
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Final, NoReturn

import msgspec

from model import ATTRIBUTES
from service.export_fields import TEXT_COLUMNS, Columns, parse_words
from service.outputs import PLOT_FORMATS
from service.perspective.export_rows import find_score
from service.policy import PolicyError, parse_policy
from service.settings import ARTEFACTS

THRESHOLDS: Final = (0.5, 0.6, 0.7, 0.8, 0.9, 0.95)
EPILOG: Final = """\
Exit status: 0 done, 1 it failed or too many rows are bad, 2 the command has no meaning.
docs/perspective-map.md has an example.
"""

Assignment = tuple[str, float]


class MapOptions(msgspec.Struct, frozen=True):
    """The command line, typed; see the help for what each does."""

    file: str
    columns: Columns
    thresholds: Mapping[str, Sequence[float]]
    plot: Path | None
    policy: Path | None
    flag: Mapping[str, float]
    reject: Mapping[str, float]
    artefacts: Path
    force: bool
    quiet: bool

    @property
    def outputs(self) -> list[Path]:
        """The files that are to be written."""
        return [path for path in (self.plot, self.policy) if path]


def parse_arguments(arguments: list[str] | None) -> MapOptions:
    """Parse the command line; one without meaning ends the program with status 2."""
    parser, mapping = build_parsers()
    found = parser.parse_args(arguments)
    flag, reject = dict(found.flag), dict(found.reject)
    _check(mapping.error, found, flag, reject)
    thresholds = {
        name: sorted({*found.thresholds, *(at for each, at in found.threshold if each == name)})
        for name in ATTRIBUTES
    }
    rejected = parse_words(found.rejected)
    return MapOptions(
        file=found.file,
        columns=Columns(found.text_column, found.decision_column, rejected),
        thresholds=thresholds,
        plot=found.plot,
        policy=found.policy,
        flag=flag,
        reject=reject,
        artefacts=found.artefacts,
        force=found.force,
        quiet=found.quiet,
    )


def _check(
    refuse: Callable[[str], NoReturn],
    found: argparse.Namespace,
    flag: Mapping[str, float],
    reject: Mapping[str, float],
) -> None:
    """Refuse options that have no meaning together."""
    crossed = [name for name in flag if flag[name] > reject.get(name, 1.0)]
    problems = {
        "--policy needs the old thresholds: --flag NAME=T, --reject NAME=T or both, such as"
        " --flag TOXICITY=0.7": found.policy and not (flag or reject),
        "--flag and --reject are for --policy": (flag or reject) and not found.policy,
        "--flag or --reject names one attribute twice": len(flag) < len(found.flag)
        or len(reject) < len(found.reject),
        f"the old flag threshold of {', '.join(crossed)} is above the reject threshold": crossed,
        "--rejected is for --decision-column": found.rejected and not found.decision_column,
        "--plot writes .svg or .png": found.plot and found.plot.suffix not in PLOT_FORMATS,
        "--policy writes .toml": found.policy and found.policy.suffix != ".toml",
    }
    for problem, is_there in problems.items():
        if is_there:
            refuse(problem)
    if found.policy:
        try:
            parse_policy(f'name = "{found.policy.stem}"')
        except PolicyError:
            refuse("the file of a policy gives its name: lower-case letters, digits, _ . and -")


def build_parsers() -> tuple[argparse.ArgumentParser, argparse.ArgumentParser]:
    """Return the parser of the program, and that of ``map``."""
    parser = argparse.ArgumentParser(
        prog="python -m service.perspective", description="Leave Google's Perspective."
    )
    mapping = parser.add_subparsers(required=True, metavar="map").add_parser(
        "map",
        help="find new thresholds for those set on Perspective's scores",
        description="Find new thresholds for those set on Perspective's scores: score the same"
        " comments, and keep the share that is at or over a threshold or, with the site's own"
        " decisions, the recall.",
        epilog=EPILOG,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    _add_input(mapping)
    _add_output(mapping)
    return parser, mapping


def _add_input(mapping: argparse.ArgumentParser) -> None:
    add = mapping.add_argument
    add(
        "file",
        metavar="FILE",
        help="texts with their old scores: .csv or .jsonl (also .gz), or - for JSON lines on"
        " standard input",
    )
    add(
        "--text-column",
        metavar="NAME",
        help=f"default: the first there is of {', '.join(TEXT_COLUMNS)}",
    )
    add("--decision-column", metavar="NAME", help="what the site decided: go by recall")
    add("--rejected", nargs="+", metavar="VALUE", help="decisions that reject; others accept")
    add(
        "--thresholds",
        nargs="+",
        type=_probability,
        default=THRESHOLDS,
        metavar="T",
        help=f"old thresholds to map; default: {' '.join(map(str, THRESHOLDS))}",
    )
    add(
        "--threshold",
        action="append",
        type=_assignment,
        default=[],
        metavar="NAME=T",
        help="one more of one attribute, such as TOXICITY=0.85",
    )
    add("--artefacts", type=Path, default=ARTEFACTS, metavar="DIR", help="folder of models")
    add("--quiet", action="store_true", help="no progress")


def _add_output(mapping: argparse.ArgumentParser) -> None:
    add = mapping.add_argument
    add("--plot", type=Path, metavar="FILE", help="draw all thresholds: .svg or .png")
    add(
        "--policy",
        type=Path,
        metavar="FILE",
        help="write the policy of that name, a .toml, with --flag and --reject mapped",
    )
    for action in ("flag", "reject"):
        add(
            f"--{action}",
            action="append",
            type=_assignment,
            default=[],
            metavar="NAME=T",
            help=f"old score from which to {action}, such as TOXICITY=0.8; may come again",
        )
    add("--force", action="store_true", help="replace a plot or policy that is there")


def _probability(text: str) -> float:
    try:
        number = float(text)
    except ValueError:
        number = -1.0
    if not 0 <= number <= 1:
        raise argparse.ArgumentTypeError(f"{text!r} is no number from 0 to 1")
    return number


def _assignment(text: str) -> Assignment:
    name, equals, threshold = text.partition("=")
    score = find_score(name)
    if not equals or score is None:
        known = ", ".join(each.upper() for each in ATTRIBUTES)
        raise argparse.ArgumentTypeError(f"{text!r} is not NAME=T with a name of {known}")
    return score.attribute, _probability(threshold)
