"""Compare two policies on comments: ``python -m service.policy diff A B < comments.jsonl``."""

import argparse
from collections import Counter
from collections.abc import Iterator, Sequence
from pathlib import Path

from service.decision import Action
from service.moderation import Outcome
from service.policy.comments import CommentLines, Given, add_input_options
from service.policy.judges import load_judge
from service.policy.reasons import describe_reasons, name_comment
from service.programs import put, show_progress
from service.transitions import (
    Transition,
    find_behind,
    group_transitions,
    has_moved,
    render_transitions,
)


def add_command(commands: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    """Add ``diff`` to the program."""
    parser = commands.add_parser(
        "diff",
        help="say how decisions on comments move from one policy to another",
        description="Decide on the comments of standard input (as for try) by two policies, and"
        " print how many have each pair of decisions, and what is behind those that differ. The"
        " intervals are of 95 %, if the comments are a random sample of those to come.",
    )
    parser.add_argument("a", type=Path, metavar="A", help="policy file")
    parser.add_argument("b", type=Path, metavar="B", help="policy file")
    parser.add_argument("--changes", action="store_true", help="name each comment that moves")
    add_input_options(parser)
    parser.set_defaults(run=run)


def run(options: argparse.Namespace) -> int:
    """Decide on comments twice, and print how the decisions differ.

    Raises
    ------
    ArtefactError, PolicyError, OSError
        If it cannot be done.
    """
    scorers = options.load(options.artefacts)
    (a, one), (b, other) = (load_judge(path, scorers) for path in (options.a, options.b))
    lines = CommentLines(options.stdin)
    moves: Counter[tuple[str, str, str | None]] = Counter()
    for batch in lines if options.quiet else show_progress(lines):
        comments = [given.comment for given in batch]
        pairs = list(zip(one.moderate(comments), other.moderate(comments), strict=True))
        moves.update(_classify(*pair) for pair in pairs)
        if options.changes and (changes := list(_describe_changes(batch, pairs))):
            put("\n".join(changes))
    gap = "\n" if options.changes and any(before != after for before, after, _ in moves) else ""
    put(f"{gap}A: {a.name} ({options.a})\nB: {b.name} ({options.b})\n")
    put(render_moves([Transition(*move, count) for move, count in moves.items()]))
    return lines.finish()


def render_moves(transitions: Sequence[Transition]) -> str:
    """Return two tables: A's decisions by B's, and the share of each pair with what is behind."""
    counts = {pair: causes.total() for pair, causes in group_transitions(transitions).items()}
    labels = [action.label for action in Action]
    lines = ["A \\ B " + "".join(f"  {label:>8}" for label in labels)]
    for one in labels:
        cells = (f"  {counts.get((one, other), 0):>8,}" for other in labels)
        lines.append(f"{one:<6}" + "".join(cells))
    shares = render_transitions(transitions, sum(counts.values()), heads=("A", "B"))
    return "\n".join([*lines, "", shares])


def _classify(one: Outcome, other: Outcome) -> tuple[str, str, str | None]:
    labels = one.decision.action.label, other.decision.action.label
    return *labels, find_behind(one.decision, other.decision)


def _describe_changes(
    batch: Sequence[Given], pairs: Sequence[tuple[Outcome, Outcome]]
) -> Iterator[str]:
    """Yield a line for each comment that moves: both decisions, and why."""
    for given, (one, other) in zip(batch, pairs, strict=True):
        if has_moved(one.decision, other.decision):
            before, after, _ = _classify(one, other)
            whys = {"A": describe_reasons(one), "B": describe_reasons(other)}
            why = "".join(f"; {name}: {reasons}" for name, reasons in whys.items() if reasons)
            yield f"{name_comment(given)} {before} → {after}{why}"
