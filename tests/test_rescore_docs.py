"""docs/rescoring.md does what it says."""

import re
import shlex
from pathlib import Path

import pytest
from rescoring import read
from serving import ROOT

from service.rescore.__main__ import main
from service.rescore.columns import SCHEMA
from service.rescore.options import build_parser
from service.rescore.parts import PART_ROWS, TABLE_PART_ROWS

PAGE = (ROOT / "docs/rescoring.md").read_text(encoding="utf-8")
EXAMPLES = re.findall(
    r"```\n\$ \.venv/bin/python -m service\.rescore (docs/examples/.*?)\n```\n\n```\n(.*?)```",
    PAGE,
    re.DOTALL,
)


def without_speed(said: str) -> str:
    """Leave out what differs from machine to machine."""
    return re.sub(r"[\d,.]+ (a second|s\b|jobs)", "# \\1", said)


@pytest.mark.parametrize(("command", "output"), EXAMPLES)
def test_an_example_says_what_the_page_shows(
    command: str,
    output: str,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    monkeypatch.chdir(tmp_path)
    arguments = shlex.split(command.replace("docs/examples", str(ROOT / "docs/examples")))
    assert main([*arguments, "--jobs", "1"]) == 0
    assert without_speed(capsys.readouterr().err) == without_speed(output)
    if "-o" in arguments:
        rows = read(tmp_path / "rescored.csv")
        assert len(rows) == 20
        assert rows[0]["comment"] == "Thank you for the map of the new bus lines."


def test_the_page_has_two_examples() -> None:
    assert len(EXAMPLES) == 2


def test_the_page_names_every_column_and_the_sizes_of_parts() -> None:
    for name in ("id", "decision", "reasons", "length", "model", "policy", "policy_version"):
        assert name in SCHEMA.names
        assert f"`{name}`" in PAGE
    assert f"parts of {PART_ROWS:,} rows ({TABLE_PART_ROWS:,} with tables" in PAGE


def test_every_option_that_the_page_names_is_one() -> None:
    known = {name for action in build_parser()._actions for name in action.option_strings}  # noqa: SLF001
    named = set(re.findall(r"(?<![\w-])(--[a-z][a-z-]+)", PAGE)) - {"--build-arg"}
    assert named <= known
    assert {"--resume", "--compare", "--max-errors", "--scheduler"} <= named
