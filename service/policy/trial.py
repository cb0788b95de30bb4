"""Try a policy on comments: ``python -m service.policy try FILE < comments.jsonl``."""

import argparse
import sys
from collections import Counter
from pathlib import Path
from typing import Final

from service.decision import Action
from service.moderation import Outcome
from service.policy.comments import CommentLines, Given, add_input_options
from service.policy.judges import load_judge
from service.policy.phrases import count
from service.policy.reasons import describe_outcome, name_comment
from service.programs import put, say, show_progress
from service.render import render_json, render_outcome

_DONE: Final = {
    Action.ACCEPT: "accepted",
    Action.FLAG: "flagged",
    Action.REJECT: "rejected",
}


def add_command(commands: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    """Add ``try`` to the program."""
    parser = commands.add_parser(
        "try",
        help="say what a policy decides on comments, and why",
        description="Say what a policy decides on the comments of standard input: JSON, one a line,"
        ' such as {"comment": "…", "id": "…", "language": "en"} or just "…". Each gets a line with'
        " its number, id, decision and reasons; a summary ends it on standard error.",
    )
    parser.add_argument("file", type=Path, metavar="FILE", help="policy file")
    parser.add_argument("--json", action="store_true", help="print what the endpoint answers")
    add_input_options(parser)
    parser.set_defaults(run=run)


def run(options: argparse.Namespace) -> int:
    """Decide on comments as they come.

    Raises
    ------
    ArtefactError, PolicyError, OSError
        If it cannot be done.
    """
    _, moderator = load_judge(options.file, options.load(options.artefacts))
    lines = CommentLines(options.stdin)
    render = _render_json if options.json else _render_words
    tally: Counter[tuple[Action, str | None]] = Counter()
    # On a terminal the lines themselves show how far it is.
    quiet = options.quiet or (sys.stdout and sys.stdout.isatty())
    try:
        for batch in lines if quiet else show_progress(lines):
            outcomes = moderator.moderate([given.comment for given in batch])
            # Counted first: whoever has seen a line may interrupt, and finds it in the summary.
            tally.update(map(_classify, outcomes))
            put("\n".join(map(render, batch, outcomes)))
    except KeyboardInterrupt:
        # Whoever follows a file ends it so, and wants to know what came of it.
        say(render_tally(tally))
        raise
    say(render_tally(tally))
    return lines.finish()


def render_tally(tally: Counter[tuple[Action, str | None]]) -> str:
    """Return how many comments were accepted, flagged and rejected, and what decided.

    Parameters
    ----------
    tally : counter of (action, attribute or rule)
    """
    groups = {action: Counter[str | None]() for action in Action}
    for (action, name), number in tally.items():
        groups[action][name] += number
    counts = ", ".join(f"{group.total():,} {_DONE[action]}" for action, group in groups.items())
    lines = [f"{count(tally.total(), 'comment')}: {counts}"]
    for action in (Action.FLAG, Action.REJECT):
        if group := groups[action]:
            causes = ", ".join(f"{name} {number:,}" for name, number in group.most_common())
            lines.append(f"{_DONE[action]}: {causes}")
    return "\n".join(lines)


def _classify(outcome: Outcome) -> tuple[Action, str | None]:
    """Return the action, and the attribute or rule that fixed it."""
    action, reasons = outcome.decision.action, outcome.decision.reasons
    return action, (reasons[0].attribute or reasons[0].code) if reasons else None


def _render_words(given: Given, outcome: Outcome) -> str:
    return f"{name_comment(given)} {describe_outcome(outcome)}"


def _render_json(_: Given, outcome: Outcome) -> str:
    return render_json(render_outcome(outcome)).decode()
