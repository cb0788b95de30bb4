"""The golden cases: what the service is for, and a list of where it fails today."""

import json
from pathlib import Path
from typing import Any, Final

import pytest

from service.length import DEFAULT_LIMIT, utf16_length
from service.loading import load_moderator
from service.moderation import Comment
from service.settings import Settings

FOLDER: Final = Path(__file__).with_name("golden")
KNOWN_FAILURES: Final = FOLDER / "known_failures.txt"
CASES: list[dict[str, Any]] = [
    json.loads(line) for line in (FOLDER / "cases.jsonl").read_text(encoding="utf-8").splitlines()
]
RIGHT: Final = {
    "accept": {"accept"},
    "flag_or_accept": {"flag", "accept"},
    "flag_or_reject": {"flag", "reject"},
    "reject": {"reject"},
}
POLITICAL: Final = {
    "criticism_of_government",
    "war_reporting",
    "nationality_neutral",
    "religion_neutral",
    "ethnic_group_neutral",
    "criticism_of_religion_and_ideology",
    "dissent_and_caps",
}
BY_ID = [pytest.param(case, id=case["id"]) for case in CASES]
ACCEPTABLE = [pytest.param(case, id=case["id"]) for case in CASES if case["expect"] == "accept"]


def decide_all() -> dict[str, str]:
    """Return the decision of what is shipped on every case, by id."""
    moderator = load_moderator(Settings())
    outcomes = moderator.moderate([Comment(case["text"]) for case in CASES])
    labels = [outcome.decision.action.label for outcome in outcomes]
    return {case["id"]: label for case, label in zip(CASES, labels, strict=True)}


def passes(case: dict[str, Any], decisions: dict[str, str]) -> bool:
    """Return whether the decision on a case is right."""
    return decisions[case["id"]] in RIGHT[case["expect"]]


def read_known_failures() -> list[str]:
    """Return the ids that are listed."""
    lines = KNOWN_FAILURES.read_text(encoding="utf-8").splitlines()
    return [line for line in lines if line and not line.startswith("#")]


@pytest.fixture(scope="module")
def decisions() -> dict[str, str]:
    """Decide once."""
    return decide_all()


@pytest.fixture(scope="module")
def known() -> set[str]:
    """Read the list once."""
    return set(read_known_failures())


@pytest.mark.parametrize("case", BY_ID)
def test_a_case_is_decided_rightly_or_is_a_known_failure(
    case: dict[str, Any], decisions: dict[str, str], known: set[str]
) -> None:
    name, found = case["id"], decisions[case["id"]]
    if name in known:
        assert not passes(case, decisions), (
            f"{name} passes now: delete its line in {KNOWN_FAILURES}"
        )
    else:
        assert passes(case, decisions), f"{name}: {found}, not {case['expect']}: {case['text']}"


@pytest.mark.parametrize("case", ACCEPTABLE)
def test_what_should_be_accepted_is_never_rejected(
    case: dict[str, Any], decisions: dict[str, str]
) -> None:
    assert decisions[case["id"]] != "reject", case["text"]


def test_the_list_names_cases_once_and_in_their_order() -> None:
    order = [case["id"] for case in CASES]
    listed = read_known_failures()
    assert listed == sorted(set(listed), key=order.index)


def test_every_group_of_the_list_says_why() -> None:
    text = KNOWN_FAILURES.read_text(encoding="utf-8")
    reasons = [line.removeprefix("# ") for line in text.splitlines() if line.startswith("# ")]
    listed = set(read_known_failures())
    for group in {case["functionality"] for case in CASES if case["id"] in listed}:
        assert any(reason.startswith(f"{group}: ") for reason in reasons), group


def test_cases_are_well_formed_and_named_once() -> None:
    assert len({case["id"] for case in CASES}) == len(CASES)
    for case in CASES:
        assert case.keys() == {"id", "functionality", "text", "expect"}
        assert case["id"].rpartition("-")[0] == case["functionality"].replace("_", "-")
        assert case["expect"] in RIGHT
        assert 0 < utf16_length(case["text"]) <= DEFAULT_LIMIT


def test_there_are_cases_enough_of_what_must_not_be_silenced() -> None:
    accepted = [case for case in CASES if case["expect"] == "accept"]
    assert len(CASES) >= 150
    assert len([case for case in accepted if case["functionality"] in POLITICAL]) >= 40
