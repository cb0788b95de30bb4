"""Thresholds solved from statements: what is shipped is solved, and what cannot be is refused."""

import json
import re
import shutil
from itertools import pairwise
from pathlib import Path

import msgspec
import numpy as np
import pytest
from hypothesis import given
from test_policy import POLICIES

from model import ATTRIBUTES
from model.artefact import MANIFEST, VALIDATION, VALIDATION_SHA256, load_validation, read_manifest
from model.operating_points import StatementError
from model.validation import Curves
from service.policy import (
    POLICY_FOLDER,
    Bands,
    Line,
    OperatingPoint,
    Policy,
    Recalibration,
    Review,
    load_policies,
    load_policy,
)
from service.policy.__main__ import main
from service.policy.derive import derive, open_statements, solve_statements
from service.policy.sample import sample_validation
from service.policy.writing import update_policy
from service.settings import ARTEFACTS

CURVE = {
    "threshold": [0.1, 0.2, 0.4, 0.8],
    "precision": [0.2, 0.5, 0.45, 0.9],
    "recall": [1.0, 0.9, 0.6, 0.3],
    "share": [0.5, 0.3, 0.2, 0.1],
}
CURVES: Curves = dict.fromkeys(ATTRIBUTES, CURVE)
CROSSED = """
flag = { threshold = 0.5, statement = "recall >= 0.01" }
reject = { threshold = 0.5, statement = "recall >= 0.99" }
"""
REVIEWED = """\
# What two people can carry.
name = "a"
links = { limit = 2 }

[review]
statement = "flag_share <= 0.04"  # their own words
show = "most_toxic"

[toxicity]
reject = { threshold = 0.5, statement = "precision >= 0.98" }

[threat]
flag = { threshold = 0.9 }
"""
ENGLISH = ARTEFACTS / "en"
SHIPPED = load_policies(POLICY_FOLDER)
FROM_MILD_TO_STRICT = ("lenient", "default", "strict")
MODEL = load_validation(ENGLISH)
PREVALENCE: dict[str, float] = read_manifest(ENGLISH)["prevalence"]


def state(flag: str | None = None, reject: str | None = None) -> Policy:
    """Return a policy with statements, solved wrongly."""
    points = [statement and OperatingPoint(0.5, statement) for statement in (flag, reject)]
    return Policy("a", insult=Bands(*(point or None for point in points)))


@pytest.fixture
def shipped(tmp_path: Path) -> Path:
    """Return a copy of the shipped default policy."""
    return Path(shutil.copy(POLICY_FOLDER / "default.toml", tmp_path))


@pytest.fixture
def unsolved(tmp_path: Path) -> Path:
    """Return a policy with a review that is still to be solved."""
    path = tmp_path / "reviewed.toml"
    path.write_text(REVIEWED, encoding="utf-8")
    return path


def test_the_shipped_policies_are_those_we_speak_of_and_without_lists() -> None:
    assert set(SHIPPED) == set(FROM_MILD_TO_STRICT)
    for name, policy in SHIPPED.items():
        assert (POLICY_FOLDER / f"{name}.toml").is_file()
        assert policy.words is None


@pytest.mark.parametrize("name", FROM_MILD_TO_STRICT)
def test_the_shipped_policies_are_what_the_shipped_model_gives(name: str) -> None:
    policy = SHIPPED[name]
    assert derive(policy, MODEL, PREVALENCE) == policy
    assert solve_statements(policy, read_manifest(ENGLISH)["curves"]) == policy


@pytest.mark.parametrize("name", FROM_MILD_TO_STRICT)
def test_a_shipped_policy_begins_by_saying_for_whom_it_is(name: str) -> None:
    text = (POLICY_FOLDER / f"{name}.toml").read_text(encoding="utf-8")
    assert text.startswith("# For ")
    assert update_policy(text, SHIPPED[name]) == text


@pytest.mark.parametrize(("milder", "stricter"), [*pairwise(FROM_MILD_TO_STRICT)])
def test_no_threshold_of_a_stricter_policy_is_above_a_milder_ones(
    milder: str, stricter: str
) -> None:
    def find(policy: Policy) -> dict[str, tuple[float, float]]:
        return {name: (min(flag, reject), reject) for name, flag, reject in policy.thresholds}

    mild, strict = find(SHIPPED[milder]), find(SHIPPED[stricter])
    # An attribute that the milder policy speaks of and the stricter does not would be above.
    assert mild.keys() <= strict.keys()
    for attribute, thresholds in mild.items():
        for above, below in zip(thresholds, strict[attribute], strict=True):
            assert below <= above
    assert strict != mild


def test_a_statement_of_recall_gives_the_highest_threshold_that_keeps_it() -> None:
    solved = solve_statements(state(flag="recall >= 0.6"), CURVES)
    assert solved == Policy(
        "a", insult=Bands(flag=OperatingPoint(0.4, "recall >= 0.6", precision=0.45, recall=0.6))
    )


def test_a_statement_of_precision_gives_the_lowest_threshold_that_keeps_it() -> None:
    solved = solve_statements(state(reject="precision >= 0.45"), CURVES)
    assert solved == Policy(
        "a",
        insult=Bands(reject=OperatingPoint(0.2, "precision >= 0.45", precision=0.5, recall=0.9)),
    )


def test_a_threshold_written_by_hand_stays() -> None:
    policy = Policy("a", insult=Bands(OperatingPoint(0.123), OperatingPoint(0.987)))
    assert derive(policy, MODEL, PREVALENCE) == policy


@given(policy=POLICIES)
def test_what_is_solved_is_what_its_statement_gives_and_the_rest_stays(policy: Policy) -> None:
    try:
        solved = solve_statements(policy, CURVES)
    except StatementError as error:
        assert "no threshold has" in str(error)  # noqa: PT017 - either is right
        return
    assert solve_statements(solved, CURVES) == solved
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
        solve_statements(policy, CURVES)


def test_the_prevalence_of_the_model_stated_gives_the_same_thresholds() -> None:
    for policy in SHIPPED.values():
        stated = msgspec.structs.replace(policy, prevalence=PREVALENCE["toxicity"])
        assert derive(stated, MODEL, PREVALENCE) == stated


@pytest.mark.parametrize("prevalence", [0.02, 0.05, 0.3])
def test_statements_are_solved_at_the_prevalence_that_is_stated(prevalence: float) -> None:
    policy = Policy(
        "a",
        prevalence=prevalence,
        toxicity=Bands(
            OperatingPoint(0.5, "recall >= 0.8"), OperatingPoint(0.5, "precision >= 0.95")
        ),
        insult=Bands(reject=OperatingPoint(0.5, "precision >= 0.7")),
    )
    solved = derive(policy, MODEL, PREVALENCE)
    usual = derive(msgspec.structs.replace(policy, prevalence=None), MODEL, PREVALENCE)
    assert solved.toxicity
    assert solved.toxicity.flag
    assert solved.toxicity.reject
    # Counted anew: so many of the comments there are toxic.
    sample = sample_validation(MODEL, prevalence)
    over = sample.scores[:, 0] >= solved.toxicity.reject.threshold
    assert sample.weights @ sample.y_true == pytest.approx(prevalence)
    counted = np.average(sample.y_true[over], weights=sample.weights[over])
    assert solved.toxicity.reject.precision == pytest.approx(counted, abs=6e-5)
    # Recall knows of no prevalence; a precision is harder to keep the rarer toxicity is.
    assert usual.toxicity
    assert usual.toxicity.flag
    assert solved.toxicity.flag.threshold == pytest.approx(usual.toxicity.flag.threshold, abs=0.02)
    for before, after in zip(usual.thresholds, solved.thresholds, strict=True):
        assert (after[2] > before[2]) == (prevalence < PREVALENCE["toxicity"])


def test_a_review_is_solved_beside_the_statements(unsolved: Path) -> None:
    assert main(["derive", str(unsolved)]) == 0
    policy = load_policy(unsolved)
    assert derive(policy, MODEL, PREVALENCE) == policy
    assert policy.review
    assert policy.toxicity
    assert policy.toxicity.flag
    assert policy.toxicity.reject
    assert SHIPPED["default"].toxicity
    assert policy.toxicity.reject == SHIPPED["default"].toxicity.reject
    assert 0.035 < (policy.review.flag_share or 0) <= 0.04
    assert 0.9 < (policy.review.accuracy or 0) < 1
    text = unsolved.read_text(encoding="utf-8")
    for kept in ("# What two people can carry.", "# their own words", "flag = { threshold = 0.9 }"):
        assert kept in text


def test_a_review_is_solved_at_the_prevalence_that_is_stated() -> None:
    thresholds = []
    for prevalence in (0.02, 0.2):
        review = Review("flag_share <= 0.04", "most_toxic")
        solved = derive(Policy("a", prevalence=prevalence, review=review), MODEL, PREVALENCE)
        assert solved.toxicity
        assert solved.toxicity.flag
        thresholds.append(solved.toxicity.flag.threshold)
    # The rarer toxicity is, the milder are the most toxic of a share.
    assert thresholds[0] < thresholds[1]


def test_a_review_that_cannot_be_kept_is_refused_by_its_file(
    unsolved: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    text = REVIEWED.replace("flag = { threshold = 0.9 }", "flag = { threshold = 0.1 }")
    unsolved.write_text(text, encoding="utf-8")
    assert main(["derive", str(unsolved)]) == 1
    assert capsys.readouterr().err.startswith(
        f"not done: {unsolved}: flag_share <= 0.04 cannot be kept: the other attributes alone flag"
    )
    assert unsolved.read_text(encoding="utf-8") == text


def test_what_was_fitted_on_a_sites_own_decisions_stays() -> None:
    policy = Policy(
        "a",
        review=Review("flag_share <= 0.05", "uncertain", flag_share=0.04, accuracy=0.9),
        recalibration=Recalibration("en-1.1.0", 900, 90, 0.1, toxicity=Line(0.5, 0.1)),
        toxicity=Bands(OperatingPoint(0.3), OperatingPoint(0.7)),
        insult=Bands(OperatingPoint(0.5, "recall >= 0.7")),
    )
    with pytest.raises(StatementError, match="review was fitted beside thresholds that would be"):
        derive(policy, MODEL, PREVALENCE)
    default = SHIPPED["default"].insult
    assert default
    assert default.flag
    beside = msgspec.structs.replace(
        policy, insult=Bands(OperatingPoint(default.flag.threshold, default.flag.statement))
    )
    for each in (beside, msgspec.structs.replace(policy, review=None)):
        assert derive(each, MODEL, PREVALENCE) == msgspec.structs.replace(
            each, insult=Bands(default.flag)
        )


def test_the_program_solves_a_file_in_place(shipped: Path) -> None:
    solved = shipped.read_text(encoding="utf-8")
    # The statements stay and the numbers are taken away.
    shipped.write_text(re.sub(r"threshold = [\d.]+", "threshold = 0.5", solved), encoding="utf-8")
    assert shipped.read_text(encoding="utf-8") != solved
    assert main(["derive", str(shipped)]) == 0
    assert shipped.read_text(encoding="utf-8") == solved
    assert list(shipped.parent.iterdir()) == [shipped]


def test_a_statement_may_be_written_without_a_threshold(shipped: Path) -> None:
    solved = shipped.read_text(encoding="utf-8")
    open_ = re.sub(r", threshold = [\d.]+, precision = [\d.]+, recall = [\d.]+", "", solved)
    assert "threshold" not in open_.partition("name =")[2]
    shipped.write_text(open_, encoding="utf-8")
    assert main(["derive", str(shipped)]) == 0
    assert shipped.read_text(encoding="utf-8") == solved


@pytest.mark.parametrize(
    ("source", "opened"),
    [
        ("[toxicity\nflag = {", "[toxicity\nflag = {"),
        ("toxicity = 1\ninsult.flag = 2", "toxicity = 1\ninsult.flag = 2"),
        (
            '# a\n[insult] # b\nflag = { threshold = 0.3 } # c\nreject = { statement = "x" }\n',
            (
                "# a\n[insult] # b\nflag = { threshold = 0.3 } # c\n"
                'reject = { statement = "x", threshold = 1.0 }\n'
            ),
        ),
    ],
)
def test_only_statements_without_a_threshold_get_one_to_begin_with(
    source: str, opened: str
) -> None:
    assert open_statements(source) == opened


def test_lines_that_end_as_on_windows_still_do(unsolved: Path) -> None:
    unsolved.write_bytes(REVIEWED.replace("\n", "\r\n").encode())
    assert main(["derive", str(unsolved)]) == 0
    written = unsolved.read_bytes()
    assert written.count(b"\r\n") == written.count(b"\n") > REVIEWED.count("\n")


@pytest.mark.parametrize(
    ("bands", "message"),
    [
        ('reject = { threshold = 0.5, statement = "precision >= 2" }', "insult: 'precision >= 2'"),
        ("flag = { threshold = 2 }", "line 3: "),
        (CROSSED, ": as updated: line 4: insult: the flag threshold "),
    ],
)
def test_the_program_leaves_a_file_that_it_cannot_solve(
    bands: str, message: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = tmp_path / "a.toml"
    path.write_text(f'name = "a"\n[insult]\n{bands}\n', encoding="utf-8")
    before = path.read_bytes()
    assert main(["derive", str(path)]) == 1
    said = capsys.readouterr().err
    assert said.startswith(f"not done: {path}: ")
    assert message in said
    assert path.read_bytes() == before
    assert list(tmp_path.iterdir()) == [path]


def test_no_file_is_written_if_another_cannot_be_solved(
    unsolved: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    other = tmp_path / "other.toml"
    other.write_text(f'name = "other"\n[insult]\n{CROSSED}\n', encoding="utf-8")
    assert main(["derive", str(unsolved), str(other)]) == 1
    assert f"{other}: as updated" in capsys.readouterr().err
    assert unsolved.read_text(encoding="utf-8") == REVIEWED


def test_the_program_says_that_there_is_no_model(
    shipped: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["derive", str(shipped), "--artefact", str(tmp_path / "none")]) == 1
    assert "manifest.json: cannot be read" in capsys.readouterr().err


def test_the_program_says_what_an_older_artefact_lacks(
    shipped: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    manifest = read_manifest(ENGLISH)
    del manifest[VALIDATION_SHA256]
    (tmp_path / MANIFEST).write_text(json.dumps(manifest), encoding="utf-8")
    assert main(["derive", str(shipped), "--artefact", str(tmp_path)]) == 1
    said = f"not done: {tmp_path}: has no {VALIDATION}, on which statements are solved"
    assert capsys.readouterr().err.startswith(said)
