"""Solve the statements of policy files: ``python -m service.policy derive FILE``.

Each threshold that has a statement is solved on the scores that the artefact
keeps of its validation comments, and written back with the precision and recall
measured there. Then the review is, if there is one. What was written by hand or
fitted on a site's own decisions stays, and so does all else in the file.
"""

import argparse
import tomllib
from pathlib import Path

import msgspec

from model import ATTRIBUTES
from model.artefact import load_validation, read_manifest
from model.operating_points import StatementError, parse_flag_share, solve
from model.validation import Curves, Validation, build_curves
from service.policy.budget import solve_review
from service.policy.editing import replace_table
from service.policy.files import PolicyError, read_source
from service.policy.lists import read_beside
from service.policy.parsing import parse
from service.policy.sample import sample_validation
from service.policy.shape import Bands, OperatingPoint, Policy
from service.policy.writing import store_policy, update_policy
from service.programs import DONE
from service.settings import ARTEFACTS


def add_command(commands: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    """Add ``derive`` to the program."""
    parser = commands.add_parser("derive", help="solve the statements of policy files")
    parser.add_argument("file", type=Path, nargs="+", help="policy file to rewrite")
    parser.add_argument("--artefact", type=Path, default=ARTEFACTS / "en")
    parser.set_defaults(run=run)


def run(options: argparse.Namespace) -> int:
    """Rewrite the files named: all of them, or none.

    Raises
    ------
    ArtefactError, PolicyError, StatementError, OSError
        If one cannot be: also the first statement that no threshold keeps.
    """
    manifest, validation = read_manifest(options.artefact), load_validation(options.artefact)
    solved = [
        (path, _derive_file(path, validation, manifest["prevalence"])) for path in options.file
    ]
    for path, text in solved:
        store_policy(path, text)
    return DONE


def _derive_file(path: Path, validation: Validation, prevalence: dict[str, float]) -> str:
    """Return the text of a policy file with everything solved; an error names the file."""
    source = open_statements(read_source(path))
    parsed = parse(source, read_beside(path.parent), path)
    if parsed.policy is None:
        raise PolicyError("\n".join(parsed.problems))
    policy = parsed.policy
    try:
        return update_policy(source, derive(policy, validation, prevalence))
    except (PolicyError, StatementError) as error:
        problems = str(error).splitlines()
        raise type(error)("\n".join(f"{path}: {each}" for each in problems)) from error


def open_statements(source: str) -> str:
    """Return the text of a policy file with a threshold for each statement that has none yet.

    One that is not TOML stays as it is.
    """
    try:
        document = tomllib.loads(source)
    except (ValueError, RecursionError):
        return source
    for attribute in ATTRIBUTES:
        table = document.get(attribute)
        points = table if isinstance(table, dict) else {}
        is_open = False
        for action, threshold in (("flag", 0.0), ("reject", 1.0)):
            point = points.get(action)
            if isinstance(point, dict) and "statement" in point and "threshold" not in point:
                point["threshold"] = threshold
                is_open = True
        if is_open:
            source = replace_table(source, attribute, points)
    return source


def derive(policy: Policy, validation: Validation, prevalence: dict[str, float]) -> Policy:
    """Return `policy` with every statement and its review solved.

    What was fitted on a site's own decisions stays, and with it the review: they were solved on
    those decisions.

    Parameters
    ----------
    policy : Policy
    validation : Validation
        Of the model that scores.
    prevalence : dict of attribute to float in (0, 1)
        Of the manifest. Where the policy states one, curves are moved to that.

    Raises
    ------
    StatementError
        If one cannot be read or kept, or if a review that was fitted would have other thresholds
        beside it.
    """
    curves = build_curves(validation, prevalence, policy.prevalence)
    if policy.recalibration:
        fitted = policy.recalibration.lines()
        curves = {name: curve for name, curve in curves.items() if name not in fitted}
    solved = solve_statements(policy, curves)
    if policy.recalibration:
        if policy.review and solved.thresholds != policy.thresholds:
            raise StatementError(
                "the review was fitted beside thresholds that would be others now: take out"
                " [recalibration], derive, and fit again"
            )
    elif policy.review:
        share = parse_flag_share(policy.review.statement)
        sample = sample_validation(validation, policy.prevalence or prevalence["toxicity"])
        solved = solve_review(solved, sample, share)
    return solved


def solve_statements(policy: Policy, curves: Curves) -> Policy:
    """Return `policy` with the statements of its thresholds solved, of attributes with a curve.

    Raises
    ------
    StatementError
        If one cannot be read or kept.
    """
    solved = {
        name: Bands(
            flag=_solve_point(bands.flag, name, curves),
            reject=_solve_point(bands.reject, name, curves),
        )
        for name, bands in policy.bands().items()
        if name in curves
    }
    return msgspec.structs.replace(policy, **solved)


def _solve_point(
    point: OperatingPoint | None, attribute: str, curves: Curves
) -> OperatingPoint | None:
    if point is None or point.statement is None:
        return point
    try:
        found = solve(point.statement, curves[attribute])
    except StatementError as error:
        raise StatementError(f"{attribute}: {error}") from error
    return OperatingPoint(found.threshold, point.statement, found.precision, found.recall)
