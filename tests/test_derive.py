"""Thresholds solved from statements: what is shipped is solved, and what cannot be is refused."""

import re
import shutil
import tomllib
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from test_policy import POLICIES

from model import ATTRIBUTES
from model.artefact import read_manifest
from model.operating_points import StatementError
from service.policy import (
    POLICY_FOLDER,
    Bands,
    OperatingPoint,
    Policy,
    load_policy,
)
from service.policy.__main__ import main
from service.policy.derive import derive, render_policy
from service.settings import ARTEFACTS

CURVE = {
    "threshold": [0.1, 0.2, 0.4, 0.8],
    "precision": [0.2, 0.5, 0.45, 0.9],
    "recall": [1.0, 0.9, 0.6, 0.3],
    "share": [0.5, 0.3, 0.2, 0.1],
}
CURVES: dict[str, Any] = dict.fromkeys(ATTRIBUTES, CURVE)
CROSSED = """
flag = { threshold = 0.5, statement = "recall >= 0.01" }
reject = { threshold = 0.5, statement = "recall >= 0.99" }
"""


def state(flag: str | None = None, reject: str | None = None) -> Policy:
    """Return a policy with statements, solved wrongly."""
    points = [statement and OperatingPoint(0.5, statement) for statement in (flag, reject)]
    return Policy("a", insult=Bands(*(point or None for point in points)))


@pytest.fixture
def shipped(tmp_path: Path) -> Path:
    """Return a copy of the shipped default policy."""
    return Path(shutil.copy(POLICY_FOLDER / "default.toml", tmp_path))


@pytest.mark.parametrize("path", sorted(POLICY_FOLDER.glob("*.toml")), ids=lambda path: path.stem)
def test_the_shipped_policies_are_what_the_shipped_manifest_gives(path: Path) -> None:
    policy = load_policy(path)
    assert derive(policy, read_manifest(ARTEFACTS / "en")["curves"]) == policy
    assert render_policy(policy) == path.read_text(encoding="utf-8")


def test_a_statement_of_recall_gives_the_highest_threshold_that_keeps_it() -> None:
    solved = derive(state(flag="recall >= 0.6"), CURVES)
    assert solved == Policy(
        "a", insult=Bands(flag=OperatingPoint(0.4, "recall >= 0.6", precision=0.45, recall=0.6))
    )


def test_a_statement_of_precision_gives_the_lowest_threshold_that_keeps_it() -> None:
    solved = derive(state(reject="precision >= 0.45"), CURVES)
    assert solved == Policy(
        "a",
        insult=Bands(reject=OperatingPoint(0.2, "precision >= 0.45", precision=0.5, recall=0.9)),
    )


def test_a_threshold_written_by_hand_stays() -> None:
    policy = Policy("a", insult=Bands(OperatingPoint(0.123), OperatingPoint(0.987)))
    assert derive(policy, CURVES) == policy


@given(policy=POLICIES)
def test_what_is_solved_is_what_its_statement_gives_and_the_rest_stays(policy: Policy) -> None:
    try:
        solved = derive(policy, CURVES)
    except StatementError as error:
        assert "no threshold has" in str(error)  # noqa: PT017 - either is right
        return
    assert derive(solved, CURVES) == solved
    for name, bands in policy.bands().items():
        for action in ("flag", "reject"):
            before, after = (getattr(each, action) for each in (bands, solved.bands()[name]))
            if before and before.statement:
                assert after.threshold in CURVE["threshold"]
                assert after.statement == before.statement
            else:
                assert after == before


@pytest.mark.parametrize(
    ("statement", "message"),
    [
        ("precision >= 0.95", r"^insult: no threshold has precision >= 0\.95; the best is 0\.9$"),
        ("precision > 0.5", r"^insult: 'precision > 0\.5' is not 'precision >= x' or "),
        ("recall >= 1.1", r"^insult: 'recall >= 1\.1' is not "),
        ("", r"^insult: '' is not "),
    ],
)
def test_a_statement_that_cannot_be_kept_is_refused_by_its_attribute(
    statement: str, message: str
) -> None:
    policy = Policy("a", insult=Bands(reject=OperatingPoint(0.5, statement)))
    with pytest.raises(StatementError, match=message):
        derive(policy, CURVES)


def test_a_rendered_policy_is_toml_that_people_can_read() -> None:
    policy = state(flag="recall >= 0.6")
    assert render_policy(policy).splitlines()[1:] == [
        'name = "a"',
        "max_length = 1500",
        "",
        "[insult]",
        'flag = { statement = "recall >= 0.6", threshold = 0.5 }',
    ]
    assert tomllib.loads(render_policy(policy))["insult"]["flag"]["threshold"] == 0.5


def test_the_program_solves_a_file_in_place(shipped: Path) -> None:
    solved = shipped.read_text(encoding="utf-8")
    # The statements stay and the numbers are taken away.
    shipped.write_text(re.sub(r"threshold = [\d.]+", "threshold = 0.5", solved), encoding="utf-8")
    assert shipped.read_text(encoding="utf-8") != solved
    assert main(["derive", str(shipped)]) == 0
    assert shipped.read_text(encoding="utf-8") == solved
    assert list(shipped.parent.iterdir()) == [shipped]


@pytest.mark.parametrize(
    ("bands", "message"),
    [
        ('reject = { threshold = 0.5, statement = "precision >= 2" }', "insult: 'precision >= 2'"),
        ("flag = { threshold = 2 }", "line 3: Expected `float` <= 1.0"),
        (CROSSED, "as solved, line 6: insult: the flag threshold "),
    ],
)
def test_the_program_leaves_a_file_that_it_cannot_solve(
    bands: str, message: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = tmp_path / "a.toml"
    path.write_text(f'name = "a"\n[insult]\n{bands}\n', encoding="utf-8")
    before = path.read_bytes()
    assert main(["derive", str(path)]) == 1
    assert message in capsys.readouterr().err
    assert path.read_bytes() == before
    assert list(tmp_path.iterdir()) == [path]


def test_the_program_says_that_there_is_no_model(
    shipped: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["derive", str(shipped), "--artefact", str(tmp_path / "none")]) == 1
    assert "manifest.json: cannot be read" in capsys.readouterr().err
