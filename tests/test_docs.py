import json
import re
import shlex
import subprocess
from pathlib import Path

import pytest
from flask import Flask

from service.app import create_app
from service.loading import load_moderator
from service.problems import _CODES
from service.settings import PREFIX, Settings

ROOT = Path(__file__).parents[1]
_EXAMPLE = re.compile(
    r"```\n\$(?: make serve\n\$)? (curl .*?)\n```\n\n```json\n(.*?)\n```", re.DOTALL
)


def _examples() -> list[tuple[str, str]]:
    return _EXAMPLE.findall((ROOT / "README.md").read_text(encoding="utf-8"))


@pytest.fixture(scope="module")
def shipped() -> Flask:
    return create_app(load_moderator(Settings()), Settings())


def test_the_readme_has_examples() -> None:
    assert len(_examples()) == 3


@pytest.mark.parametrize(("command", "answer"), _examples())
def test_an_example_of_the_readme_is_answered_as_it_says(
    shipped: Flask, command: str, answer: str
) -> None:
    words = shlex.split(command.replace("\\\n", " "))
    fields = [words[i + 1] for i, word in enumerate(words) if word == "-d"]
    kind = (
        "application/json"
        if "Content-Type: application/json" in words
        else "application/x-www-form-urlencoded"
    )
    path = next(word for word in words if word.startswith("localhost:8000")).removeprefix(
        "localhost:8000"
    )
    response = shipped.test_client().post(path, data="&".join(fields), content_type=kind)
    assert response.get_json() == json.loads(answer)


def test_every_setting_is_documented_and_nothing_else() -> None:
    text = (ROOT / "docs/configuration.md").read_text(encoding="utf-8")
    documented = set(re.findall(rf"^\| `{PREFIX}(\w+)`", text, re.MULTILINE))
    assert documented == {name.upper() for name in Settings.model_fields}


def test_the_api_page_has_every_error_code_of_the_service() -> None:
    page = (ROOT / "docs/api.md").read_text(encoding="utf-8")
    sources = "".join(path.read_text(encoding="utf-8") for path in (ROOT / "service").glob("*.py"))
    codes = set(re.findall(r"ProblemError\(\s*\d{3},\s*\"(\w+)\"", sources))
    codes |= {code for code, _ in _CODES.values()}
    assert {code for code in codes if f"`{code}`" not in page} == set()


def test_every_decision_record_is_listed() -> None:
    folder = ROOT / "docs/decisions"
    listed = re.findall(r"\((\d{4}-[\w-]+\.md)\)", (folder / "README.md").read_text("utf-8"))
    assert listed == sorted(path.name for path in folder.glob("0*.md"))


def test_every_page_that_a_page_links_to_is_there() -> None:
    for page in [*ROOT.glob("*.md"), *ROOT.glob("docs/**/*.md")]:
        for target in re.findall(r"\]\(([^)#:]+)\)", page.read_text(encoding="utf-8")):
            assert (page.parent / target).exists(), f"{page.name} links to {target}"


def test_make_prints_its_targets() -> None:
    done = subprocess.run(["make", "-C", ROOT], check=True, capture_output=True, text=True)  # noqa: S607
    for target in ("serve", "test", "check", "train", "evaluate", "bench"):
        assert re.search(rf"^{target}\s+\S", done.stdout, re.MULTILINE)
