"""The program: ``python -m service.feedback export`` and ``delete``."""

import argparse
import contextlib
import sys
from datetime import UTC, datetime
from pathlib import Path
from typing import Final

from service.feedback.export import export, show_progress
from service.feedback.store import FeedbackStore
from service.feedback.suggestion import FeedbackError
from service.programs import DONE, interrupt_on_sigterm, run_program, say
from service.settings import PREFIX, SettingsError, load_settings

_VARIABLE: Final = f"{PREFIX}FEEDBACK"


def main(arguments: list[str] | None = None) -> int:
    """Export or delete; return 0 if it was done, else 1."""
    parser = build_parser()
    options = parser.parse_args(arguments)
    if options.command == "delete" and (options.client_token, options.before) == (None, None):
        parser.error("delete needs --client-token or --before")
    return run_program(lambda: _run(parser, options), FeedbackError, SettingsError)


def build_parser() -> argparse.ArgumentParser:
    """Return the parser of the command line."""
    parser = argparse.ArgumentParser(
        prog="python -m service.feedback",
        description="Export or delete the suggested scores that the service stored.",
        epilog="Exit status: 0 done, 1 it failed, 2 the command has no meaning.",
    )
    commands = parser.add_subparsers(dest="command", required=True)
    exporting = commands.add_parser("export", help="write them as training data, JSON lines")
    deleting = commands.add_parser("delete", help="delete those that meet every condition given")
    for command in (exporting, deleting):
        command.add_argument(
            "--from",
            dest="where",
            metavar="WHERE",
            help=f"SQLite file or database URL; default: {_VARIABLE}",
        )
        command.add_argument("--community", metavar="C", help="those of this communityId")
    add = exporting.add_argument
    add("-o", "--output", type=Path, metavar="FILE", help="default: standard output")
    add("--all", action="store_true", help="not only the newest of a clientToken")
    add("--since", type=_moment, metavar="DATE", help="those of this day or time, or later")
    add("--force", action="store_true", help="replace FILE")
    add = deleting.add_argument
    add("--client-token", metavar="T", help="those of this clientToken")
    add("--before", type=_moment, metavar="DATE", help="those older than this day or time")
    return parser


def _run(parser: argparse.ArgumentParser, options: argparse.Namespace) -> int:
    where = options.where or load_settings().feedback
    if not where:
        parser.error(f"say where the suggestions are: --from, or {_VARIABLE}")
    work = _export if options.command == "export" else _delete
    with contextlib.closing(FeedbackStore.open(where, create=False)) as store:
        say(work(store, options))
    return DONE


def _export(store: FeedbackStore, options: argparse.Namespace) -> str:
    found = store.read(newest=not options.all, since=options.since, community_id=options.community)
    path = None if options.output == Path("-") else options.output
    written, left_out = export(show_progress(found), path, force=options.force)
    more = f"; {left_out:,} without a score of an attribute of ours left out" if left_out else ""
    return f"{written:,} suggestions written{more}"


def _delete(store: FeedbackStore, options: argparse.Namespace) -> str:
    deleted = store.delete(
        client_token=options.client_token, community_id=options.community, before=options.before
    )
    return f"{deleted:,} suggestions deleted"


def _moment(text: str) -> datetime:
    try:
        found = datetime.fromisoformat(text)
    except ValueError:
        raise argparse.ArgumentTypeError(f"{text!r} is no date or time (ISO 8601)") from None
    return found if found.tzinfo else found.replace(tzinfo=UTC)


if __name__ == "__main__":
    interrupt_on_sigterm()
    sys.exit(main())
