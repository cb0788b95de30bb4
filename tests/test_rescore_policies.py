"""Rescoring with a site's own policy: the endpoint's decisions, lists, links and all."""

import json
import re
import shutil
from pathlib import Path
from typing import Any

import pytest
from rescoring import COMMENTS, flatten, read, rescore, without_nulls, write

from service.app import create_app
from service.loading import load_scorers
from service.moderation import Moderator
from service.policy import load_policies
from service.settings import ARTEFACTS, Settings

SITE = """
name = "default"
max_length = 100

[toxicity]
flag = { threshold = 0.5 }
reject = { threshold = 0.9 }

[links]
limit = 1

[words]
banned = "banned.txt"
suspect = ["quibbl*"]
allowed = ["Shital"]

[recalibration]
model = "en-1.1.0"
decisions = 1000
rejected = 100
prevalence = 0.1
toxicity = { slope = 0.8, intercept = -0.5 }
"""
TEXTS = [
    *COMMENTS,
    "You gr\u00fcmblef1nk, you quibbler, you grumblefink!",
    "See www.example.com and example[.]org",
    "Dr Shital wrote this.",
]


@pytest.fixture
def site(tmp_path: Path) -> Path:
    """Return a policy file with a list beside it."""
    folder = tmp_path / "policies"
    folder.mkdir()
    (folder / "banned.txt").write_text("Grumblefink\n", encoding="utf-8")
    path = folder / "default.toml"
    path.write_text(SITE, encoding="utf-8")
    return path


@pytest.mark.parametrize("ending", ["csv", "jsonl", "parquet"])
def test_a_sites_own_policy_decides_as_at_the_endpoint(
    ending: str, site: Path, tmp_path: Path
) -> None:
    policies = load_policies(site.parent)
    moderator = Moderator(load_scorers(ARTEFACTS), policies)
    client = create_app(moderator, Settings()).test_client()
    answers: list[dict[str, Any]] = [
        client.post("/v1/moderate", json={"comment": text}).get_json() for text in TEXTS
    ]
    codes = {reason["code"] for answer in answers for reason in answer["reasons"]}
    assert codes >= {"banned_term", "suspect_term", "too_many_links", "toxic", "too_long"}
    source = write(tmp_path / "in.jsonl", [{"comment": text} for text in TEXTS])
    output = tmp_path / f"out.{ending}"
    assert rescore(source, "-o", output, "--policy", site, "--part-rows", 3) == 0
    rows = read(output)
    version = policies["default"].version
    match ending:
        case "jsonl":
            assert rows == [answer | {"policy_version": version} for answer in answers]
        case "parquet":
            assert [without_nulls(row) for row in rows] == [
                flatten(answer, version) for answer in answers
            ]
        case "csv":
            reasons = [json.loads(row["reasons"]) for row in rows]
            assert reasons == [answer["reasons"] for answer in answers]


def test_a_change_of_a_word_list_is_another_version(site: Path, tmp_path: Path) -> None:
    source = write(tmp_path / "in.jsonl", [{"comment": "You brumblefink"}])
    versions = []
    for word in ("grumblefink", "brumblefink"):
        folder = shutil.copytree(site.parent, tmp_path / word)
        (folder / "banned.txt").write_text(word, encoding="utf-8")
        output = tmp_path / f"{word}.jsonl"
        assert rescore(source, "-o", output, "--policy", folder / site.name) == 0
        versions.append([(row["decision"], row["policy_version"]) for row in read(output)])
    assert [decision for [(decision, _)] in versions] == ["accept", "reject"]
    assert versions[0][0][1] != versions[1][0][1]


def test_old_scores_are_decided_on_with_the_lists_so_that_only_the_model_moves_them(
    site: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    source = write(tmp_path / "in.jsonl", [{"comment": text} for text in TEXTS])
    first, second = tmp_path / "first.jsonl", tmp_path / "second.jsonl"
    assert rescore(source, "-o", first, "--policy", site, "--keep") == 0
    rows: list[dict[str, Any]] = [row | {"comment": row["input"]["comment"]} for row in read(first)]
    write(first, rows)
    capsys.readouterr()
    arguments = [first, "-o", second, "--policy", site, "--compare", "scores"]
    assert rescore(*arguments, "--changes-only") == 0
    assert re.search(r"moved: 0, 0\.00%", capsys.readouterr().err)
    assert read(second) == []


def test_a_policy_fitted_for_another_model_is_refused(
    site: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    site.write_text(SITE.replace("en-1.1.0", "en-0.9.0"), encoding="utf-8")
    source = write(tmp_path / "in.jsonl", [{"comment": "Hello"}])
    assert rescore(source, "-o", tmp_path / "out.jsonl", "--policy", site) == 1
    assert "was fitted for the scores of en-0.9.0" in capsys.readouterr().err
