"""Solve the statements of a policy file: ``python -m service.derive FILE``.

Each threshold that has a statement is solved on the curve that the model's
manifest stores, and written back with the precision and recall measured
there. Thresholds written by hand stay.
"""

import argparse
import sys
from pathlib import Path
from typing import Any

import msgspec

from model.artefact import ArtefactError, read_manifest
from model.operating_points import StatementError, solve
from service.policy import Bands, OperatingPoint, Policy, PolicyError, load_policy, parse_policy
from service.settings import ARTEFACTS


def main(arguments: list[str] | None = None) -> int:
    """Rewrite the files named, or say which statement no threshold keeps."""
    parser = argparse.ArgumentParser(prog="python -m service.derive", description=__doc__)
    parser.add_argument("file", type=Path, nargs="+", help="policy file to rewrite")
    parser.add_argument("--artefact", type=Path, default=ARTEFACTS / "en")
    options = parser.parse_args(arguments)
    try:
        curves = read_manifest(options.artefact)["curves"]
        for path in options.file:
            text = render_policy(derive(load_policy(path), curves))
            _check_solved(path, text)
            written = path.with_suffix(".new")
            written.write_text(text, encoding="utf-8")
            written.replace(path)
    except (ArtefactError, PolicyError, StatementError) as error:
        print(error, file=sys.stderr)
        return 1
    return 0


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
        "# Thresholds are solved from the statements beside them: python -m service.derive FILE",
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


if __name__ == "__main__":
    sys.exit(main())
