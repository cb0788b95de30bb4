"""Solve the statements of a policy file: ``python -m service.policy derive FILE``.

Each threshold that has a statement is solved on the curve that the model's
manifest stores, and written back with the precision and recall measured
there. Thresholds written by hand stay.
"""

import argparse
from pathlib import Path
from typing import Any

import msgspec

from model.artefact import read_manifest
from model.operating_points import StatementError, solve
from service.policy.files import PolicyError, load_policy, parse_policy
from service.policy.shape import Bands, OperatingPoint, Policy
from service.programs import DONE
from service.settings import ARTEFACTS


def add_command(commands: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    """Add ``derive`` to the program."""
    parser = commands.add_parser("derive", help="solve the statements of policy files")
    parser.add_argument("file", type=Path, nargs="+", help="policy file to rewrite")
    parser.add_argument("--artefact", type=Path, default=ARTEFACTS / "en")
    parser.set_defaults(run=run)


def run(options: argparse.Namespace) -> int:
    """Rewrite the files named.

    Raises
    ------
    ArtefactError, PolicyError, StatementError, OSError
        If one cannot be: also the first statement that no threshold keeps.
    """
    curves = read_manifest(options.artefact)["curves"]
    for path in options.file:
        text = render_policy(derive(load_policy(path), curves))
        _check_solved(path, text)
        written = path.with_suffix(".new")
        written.write_text(text, encoding="utf-8")
        written.replace(path)
    return DONE


def derive(policy: Policy, curves: dict[str, Any]) -> Policy:
    """Return `policy` with every statement solved.

    Raises
    ------
    StatementError
        If one cannot be read or kept.
    """
    solved = {
        name: Bands(
            flag=_derive_point(bands.flag, name, curves),
            reject=_derive_point(bands.reject, name, curves),
        )
        for name, bands in policy.bands().items()
    }
    return msgspec.structs.replace(policy, **solved)


def _derive_point(
    point: OperatingPoint | None, attribute: str, curves: dict[str, Any]
) -> OperatingPoint | None:
    if point is None or point.statement is None:
        return point
    try:
        found = solve(point.statement, curves[attribute])
    except StatementError as error:
        raise StatementError(f"{attribute}: {error}") from error
    return OperatingPoint(found.threshold, point.statement, found.precision, found.recall)


def _check_solved(path: Path, text: str) -> None:
    """Refuse thresholds that crossed: a flag above its reject."""
    try:
        parse_policy(text)
    except PolicyError as error:
        raise PolicyError(f"{path}: as solved, {error}") from error


def render_policy(policy: Policy) -> str:
    """Return a policy as TOML."""
    lines = [
        "# Thresholds are solved from statements: python -m service.policy derive FILE",
        f'name = "{policy.name}"',
        f"max_length = {policy.max_length}",
    ]
    for name, bands in policy.bands().items():
        lines += ["", f"[{name}]"]
        for action, point in (("flag", bands.flag), ("reject", bands.reject)):
            if point:
                lines.append(f"{action} = {_render_point(point)}")
    return "\n".join(lines) + "\n"


def _render_point(point: OperatingPoint) -> str:
    fields = msgspec.to_builtins(point)
    order = [name for name in ("statement", "threshold", "precision", "recall") if name in fields]
    # JSON's strings and numbers are TOML's, too.
    values = (f"{name} = {msgspec.json.encode(fields[name]).decode()}" for name in order)
    return "{ " + ", ".join(values) + " }"
