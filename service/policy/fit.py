"""Fit a policy to a site's own decisions: ``python -m service.policy fit FILE --decisions EXPORT``.

The export says what the moderators did: texts, accepted or rejected. The model's scores are
recalibrated to that, and the statements of the policy are solved so that each holds with the
interval that its figure has on so many comments. The model stays as it is.
"""

import argparse
import sys
from collections.abc import Callable
from pathlib import Path

from model import ATTRIBUTES
from model.scorer import TextScorer
from service.export_fields import DECISION_COLUMNS, TEXT_COLUMNS, Columns, parse_words
from service.outputs import PLOT_FORMATS, PlotFormat, check_outputs
from service.policy.decisions import Export, read_decisions
from service.policy.files import load_policy, read_source
from service.policy.fit_tables import render_lines, render_policy, render_sample
from service.policy.lists import read_beside
from service.policy.parsing import parse
from service.policy.recalibrating import FitError
from service.policy.shape import Policy
from service.policy.solving import Recalibrated, recalibrate_decisions, solve_all
from service.policy.writing import store_policy, update_policy
from service.programs import DONE, put
from service.rescore.storing import store
from service.settings import ARTEFACTS

SavePlot = Callable[[Path, PlotFormat, Policy, Recalibrated], None]


def add_command(commands: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    """Add ``fit`` to the program."""
    parser = commands.add_parser(
        "fit",
        help="fit a policy to a site's own decisions",
        description="Recalibrate scores, and solve the statements of a policy, on what a site's"
        " moderators did. Nothing is written without -o, or if a statement is not supported.",
    )
    _add_input(parser)
    add = parser.add_argument
    add("-o", "--output", type=_policy_path, metavar="FILE", help="write the policy, a .toml")
    add("--plot", type=_plot_path, metavar="FILE", help="draw what was found: .svg or .png")
    add("--force", action="store_true", help="replace files that are there")
    add("--artefacts", type=Path, default=ARTEFACTS, metavar="DIR", help="folder of models")
    add("--language", default="en", metavar="CODE", help="whose model is fitted to; default: en")
    add("--quiet", action="store_true", help="no progress")
    parser.set_defaults(run=run)


def _add_input(parser: argparse.ArgumentParser) -> None:
    add = parser.add_argument
    add("file", type=Path, metavar="FILE", help="policy file")
    add(
        "--decisions",
        required=True,
        metavar="EXPORT",
        help="texts with what was decided: .csv or .jsonl (also .gz), or - for JSON lines on"
        " standard input",
    )
    for option, columns in (
        ("--text-column", TEXT_COLUMNS),
        ("--decision-column", DECISION_COLUMNS),
    ):
        add(option, metavar="NAME", help=f"default: the first there is of {', '.join(columns)}")
    add("--rejected", nargs="+", metavar="VALUE", help="decisions that reject; others accept")
    add(
        "--attributes",
        nargs="+",
        choices=ATTRIBUTES,
        default=["toxicity"],
        metavar="NAME",
        help="what comments were rejected for; default: toxicity",
    )
    add(
        "--prevalence",
        type=_share,
        metavar="P",
        help="share of all comments that the site rejects, where the export has more or less",
    )


def run(options: argparse.Namespace) -> int:
    """Read, fit, print, and write what was asked for.

    Raises
    ------
    ExportError, FitError, OutputError, PolicyError, ArtefactError, StatementError, OSError
        If it cannot be done. A `FitError` names every statement that is not supported.
    """
    check_outputs(filter(None, (options.output, options.plot)), force=options.force)
    save_plot = _load_plot(options.plot) if options.plot else None
    policy = load_policy(options.file)
    prevalence = _choose_prevalence(policy, options)
    _check_attributes(policy, options.attributes)
    scorer = _choose_scorer(options)
    columns = Columns(options.text_column, options.decision_column, parse_words(options.rejected))
    export = Export(options.decisions, columns, options.stdin, options.quiet)
    decisions = read_decisions(export, policy, scorer)
    recalibrated = recalibrate_decisions(decisions, options.attributes, scorer.version, prevalence)
    put(render_sample(decisions, options.decisions, recalibrated) + "\n")
    put(render_lines(recalibrated.fits) + "\n")
    # A reader that has gone, or a full disk, is noticed before anything is written.
    sys.stdout.flush()
    fitted = solve_all(policy, recalibrated)
    put(render_policy(fitted, recalibrated, decisions))
    sys.stdout.flush()
    if options.output:
        write_policy(options.file, options.output, fitted)
    else:
        put(f"\nNothing is written: -o FILE writes policy {fitted.name!r}.")
    if save_plot:
        with store(options.plot.absolute()) as unfinished:
            save_plot(unfinished, PLOT_FORMATS[options.plot.suffix], fitted, recalibrated)
    return DONE


def write_policy(source: Path, path: Path, policy: Policy) -> None:
    """Write a fitted policy, with all else that its file says.

    Parameters
    ----------
    source : Path
        The file as it was.
    path : Path
    policy : Policy

    Raises
    ------
    FitError
        If the file would not be that policy in its folder: word lists are found beside it.
    """
    text = update_policy(read_source(source), policy)
    parsed = parse(text, read_beside(path.parent), path)
    if parsed.policy is None:
        problems = "\n".join(parsed.problems)
        raise FitError(f"the policy cannot be written there: {problems}")
    if parsed.policy != policy:
        raise FitError(f"{path}: the word lists beside it are not those of {source}")
    store_policy(path, text)


def _choose_prevalence(policy: Policy, options: argparse.Namespace) -> float | None:
    """Return the share that the site rejects: as the operator says, or as the policy does."""
    given: float | None = options.prevalence
    if given is not None and policy.prevalence not in {None, given}:
        raise FitError(
            f"{options.file} has the prevalence {policy.prevalence}, not {given}: change it there"
        )
    chosen, before = given or policy.prevalence, policy.recalibration
    if (
        before
        and chosen is None
        and round(before.rejected / before.decisions, 6) != before.prevalence
    ):
        raise FitError(
            f"{options.file} was fitted with --prevalence {before.prevalence:g}: say it again, or"
            " take [recalibration] out if the comments come as they are this time"
        )
    return chosen


def _check_attributes(policy: Policy, attributes: list[str]) -> None:
    fitted = policy.recalibration.lines() if policy.recalibration else {}
    if left := sorted(set(fitted) - set(attributes)):
        raise FitError(
            f"the policy is fitted for {', '.join(left)} too: name all with --attributes"
        )
    if policy.review and "toxicity" not in attributes:
        raise FitError("a review is solved on toxicity: name it with --attributes, too")


def _choose_scorer(options: argparse.Namespace) -> TextScorer:
    scorers = options.load(options.artefacts)
    if options.language not in scorers:
        raise FitError(f"no model reads {options.language}; there is {', '.join(scorers)}")
    scorer: TextScorer = scorers[options.language]
    return scorer


def _load_plot(path: Path) -> SavePlot:
    """Return what draws the plot; what that lacks is told before anything is read or written."""
    try:
        # Only whoever wants a plot needs matplotlib.
        from service.policy.plots import save_plot  # noqa: PLC0415 - see above
    except ModuleNotFoundError as error:
        raise FitError(
            f"{path}: {error.name} is not installed: pip install -r requirements-train.txt"
        ) from None
    return save_plot


def _share(text: str) -> float:
    try:
        number = float(text)
    except ValueError:
        number = 0.0
    if not 0 < number < 1:
        raise argparse.ArgumentTypeError(f"{text!r} is no number between 0 and 1")
    return number


def _policy_path(text: str) -> Path:
    path = Path(text)
    if path.suffix != ".toml":
        raise argparse.ArgumentTypeError("a policy is a .toml")
    return path


def _plot_path(text: str) -> Path:
    path = Path(text)
    if path.suffix not in PLOT_FORMATS:
        raise argparse.ArgumentTypeError(f"a plot is a {' or '.join(PLOT_FORMATS)}")
    return path
