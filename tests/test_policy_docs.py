"""docs/policies.md does what it says: each of its commands prints what the page shows."""

import argparse
import re
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

import pytest
from serving import ROOT, environment

from service.policy.__main__ import COMMANDS, build_parser

PAGE = ROOT / "docs/policies.md"
PYTHON = ".venv/bin/python"
RUN = {PYTHON, "cat", "cp", "head"}
"""Programs whose commands are run; a block with another, such as make, is not."""

_BLOCK = re.compile(r"^```(\w*)\n(.*?)^```$", re.DOTALL | re.MULTILINE)


class Example(NamedTuple):
    """Commands of the page, and what it shows that they print."""

    commands: list[str]
    output: str


def read_examples(page: str) -> Iterator[Example]:
    """Yield the examples in their order: later ones read what earlier ones wrote."""
    blocks = list(_BLOCK.finditer(page))
    for block, after in zip(blocks, [*blocks[1:], None], strict=True):
        commands = re.sub(r"\\\n\s*", "", block[2]).splitlines()
        if not all(line.startswith("$ ") for line in commands):
            continue
        follows = after is not None and page[block.end() : after.start()] == "\n\n"
        output = after[2] if after and follows and not after[2].startswith("$ ") else ""
        if {line.split()[1] for line in commands} <= RUN:
            yield Example([line.removeprefix("$ ") for line in commands], output)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Return a folder with what the page's commands read, so that the checkout stays as it is."""
    for name in ("docs/examples", "service/policies"):
        shutil.copytree(ROOT / name, tmp_path / name)
    return tmp_path


def run(example: Example, folder: Path) -> str:
    """Return what a terminal would show."""
    script = "\n".join(example.commands).replace(PYTHON, sys.executable)
    done = subprocess.run(
        ["/bin/sh", "-c", script],
        cwd=folder,
        env=environment(PYTHONPATH=str(ROOT), PYTHONUNBUFFERED="1"),
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        check=False,
        text=True,
    )
    return done.stdout


def test_every_command_prints_what_the_page_shows(folder: Path) -> None:
    examples = list(read_examples(PAGE.read_text(encoding="utf-8")))
    shown = [(example.commands, example.output) for example in examples]
    assert [(example.commands, run(example, folder)) for example in examples] == shown


def test_the_page_has_an_example_of_every_command() -> None:
    lines = [
        line
        for example in read_examples(PAGE.read_text(encoding="utf-8"))
        for line in example.commands
    ]
    for command in commands():
        assert any(line.startswith(f"{PYTHON} -m service.policy {command} ") for line in lines)


def commands() -> dict[str, argparse.ArgumentParser]:
    """Return the parser of each command."""
    (found,) = (
        action.choices
        for action in build_parser()._actions  # noqa: SLF001 - argparse has no other way
        if isinstance(action, argparse._SubParsersAction)  # noqa: SLF001 - see above
    )
    assert len(found) == len(COMMANDS)
    return dict(found)


def test_the_page_names_every_option_of_every_command_and_no_other() -> None:
    known = {
        name
        for parser in commands().values()
        for action in parser._actions  # noqa: SLF001 - argparse has no other way
        for name in action.option_strings
        if name.startswith("--")
    }
    named = set(re.findall(r"(?<![\w-])(--[a-z][a-z-]+)", PAGE.read_text(encoding="utf-8")))
    assert named <= known
    assert known - named <= {
        "--help",
        "--artefact",
        "--artefacts",
        "--quiet",
        "--language",
        "--output",
    }


def test_examples_are_read_with_what_follows_them() -> None:
    page = (
        "```\n$ cat a\n$ head \\\n    b\n```\n\n```toml\nc = 1\n```\n\nText.\n\n"
        "```\n$ cat d\n```\n\n```\n$ make e\n```\n\n```\nf\n```\n\n```\n$ cat g\n```\n\nText.\n\n"
        "```\nh\n```\n"
    )
    assert list(read_examples(page)) == [
        Example(["cat a", "head b"], "c = 1\n"),
        Example(["cat d"], ""),
        Example(["cat g"], ""),
    ]
