"""What a run is asked to do: the command line."""

import argparse
from pathlib import Path
from typing import Final, Literal

import msgspec

from model import ATTRIBUTES
from service.policy import POLICY_FOLDER
from service.rescore.formats import STREAM, Format, parse_format
from service.rescore.parts import MAX_PART_ROWS, PART_ROWS, TABLE_PART_ROWS
from service.settings import ARTEFACTS

_SAMPLE: Final = 10_000
_ID: Final = "id"

EPILOG: Final = """\
Exit status: 0 all rows were rescored, 1 it failed or rows were refused, 2 the command
has no meaning. docs/rescoring.md has examples.
"""


class Options(msgspec.Struct, frozen=True):
    """The command line, typed; see the help for what each does."""

    inputs: list[str]
    output: str
    input_format: Format | None
    output_format: Format | None
    text_column: str
    id_column: str
    needs_id: bool
    compare: list[str]
    keep: bool
    changes_only: bool
    dry_run: int | None
    policy: Path
    artefacts: Path
    jobs: int | None
    backend: Literal["loky", "dask"]
    scheduler: str | None
    part_rows: int | None
    work: Path | None
    run: str | None
    resume: bool
    force: bool
    max_errors: int | None
    quiet: bool

    @property
    def judges(self) -> tuple[str, str]:
        """Paths of models and policy that mean the same wherever a part is done."""
        return str(self.artefacts.absolute()), str(self.policy.absolute())


def parse_arguments(arguments: list[str] | None) -> Options:
    """Parse the command line; one without meaning ends the program with status 2."""
    parser = build_parser()
    found = parser.parse_args(arguments)
    compare = found.compare.split(",") if found.compare else []
    problems = {
        "-o OUTPUT is needed, unless for --dry-run": not found.output and found.dry_run is None,
        "--changes-only needs --compare": found.changes_only and not compare,
        "--resume goes on with a run, --force begins a new one": found.resume and found.force,
        "--resume needs an output that stays": found.resume and found.output == STREAM,
        "--resume needs an input that can be read again": found.resume and STREAM in found.inputs,
        "--backend dask needs --scheduler": found.backend == "dask" and not found.scheduler,
        "--scheduler is for --backend dask": found.backend != "dask" and found.scheduler,
        "of several columns to compare with, each must be an attribute": len(compare) > 1
        and not set(compare) <= set(ATTRIBUTES),
        f"--part-rows is {MAX_PART_ROWS:,} at most": (found.part_rows or 0) > MAX_PART_ROWS,
        "standard input is one input": STREAM in found.inputs and len(found.inputs) > 1,
    }
    for problem, is_there in problems.items():
        if is_there:
            parser.error(problem)
    values = {name: value for name, value in vars(found).items() if name != "compare"}
    return Options(
        **values | {"id_column": found.id_column or _ID, "output": found.output or STREAM},
        compare=compare,
        needs_id=found.id_column is not None,
    )


def build_parser() -> argparse.ArgumentParser:
    """Return the parser of the command line."""
    parser = argparse.ArgumentParser(
        prog="python -m service.rescore",
        description="Decide again on stored comments, as the endpoint would.",
        epilog=EPILOG,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    add = parser.add_argument
    add(
        "inputs",
        nargs="+",
        metavar="INPUT",
        help="files (.csv, .jsonl, .parquet, also .gz or .zst), folders, patterns, addresses such"
        " as s3://…, a database's URL with ?table=NAME, or - for standard input",
    )
    add(
        "-o",
        "--output",
        metavar="OUTPUT",
        help="a file, a folder (ends with /), a database's URL with ?table=NAME, or -",
    )
    add("--text-column", default="comment", metavar="NAME", help="default: %(default)s")
    add("--id-column", metavar="NAME", help=f"default: {_ID}, if there is one")
    add("--keep", action="store_true", help="write the input's columns, too")
    add(
        "--compare",
        metavar="COLUMN",
        help="column of old decisions or old scores, or attributes with a comma between: end with"
        " a table of what changed",
    )
    add("--changes-only", action="store_true", help="write only rows whose decision changed")
    add(
        "--dry-run",
        nargs="?",
        type=_at_least_one,
        const=_SAMPLE,
        metavar="N",
        help="write nothing: estimate what would change, and how long it would take, from"
        f" N rows ({_SAMPLE:,})",
    )
    add("--policy", type=Path, default=POLICY_FOLDER / "default.toml", metavar="FILE")
    add("--artefacts", type=Path, default=ARTEFACTS, metavar="DIR", help="folder of models")
    add("--jobs", type=_at_least_one, metavar="N", help="processes; default: the cores")
    add("--backend", choices=["loky", "dask"], default="loky", help="default: %(default)s")
    add("--scheduler", metavar="URL", help="of the Dask cluster: tcp://host:8786")
    add("--input-format", type=_format, metavar="ENDING", help="if no ending tells: csv.gz …")
    add(
        "--output-format",
        type=_format,
        metavar="ENDING",
        help="the same; default: jsonl for -, the input's for a folder",
    )
    add(
        "--part-rows",
        type=_at_least_one,
        metavar="N",
        help="rows that are lost, and done again, when a run ends early; default:"
        f" {PART_ROWS:,}, with databases {TABLE_PART_ROWS:,}",
    )
    add(
        "--work",
        type=Path,
        metavar="DIR",
        help="folder for journal, errors and parts; default: beside OUTPUT, for databases and"
        " addresses the current one",
    )
    add("--run", metavar="NAME", help="key of the rows in a database; default: the time")
    add("--resume", action="store_true", help="go on with a run that ended early, if there is one")
    add("--force", action="store_true", help="replace an output, or an unfinished run")
    add("--max-errors", type=_at_least_zero, metavar="N", help="stop when more rows were refused")
    add("--quiet", action="store_true", help="no progress")
    return parser


def _at_least_one(text: str) -> int:
    number = int(text)
    if number < 1:
        raise ValueError
    return number


def _at_least_zero(text: str) -> int:
    return _at_least_one(text) if int(text) else 0


def _format(text: str) -> Format:
    found = parse_format(f"file.{text.lstrip('.')}")
    if found is None:
        raise ValueError
    return found
