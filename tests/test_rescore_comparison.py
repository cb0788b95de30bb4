"""What changed: the table of transitions, what is behind them, and estimates from a sample."""

import json
import random
import re
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from rescoring import read, rescore, write

from service.policy import POLICY_FOLDER, load_policy
from service.rescore.comparison import parse_before
from service.rescore.errors import BadRowError
from service.rescore.sampling import sample_stream
from service.transitions import Transition, render_transitions

POLICY = load_policy(POLICY_FOLDER / "default.toml")
CALM = "Thank you."
INSULT = "You are a complete idiot, shut up."
THREAT = "I will find you and kill you."
ROWS = [
    {"id": 1, "comment": CALM, "decision": "accept"},
    {"id": 2, "comment": CALM, "decision": "reject"},
    {"id": 3, "comment": THREAT, "decision": " Accept "},
    {"id": 4, "comment": THREAT, "decision": None},
    {"id": 5, "comment": "a" * 1501, "decision": "flag"},
]


def parse(columns: str, *values: object) -> tuple[str, list[str | None]] | None:
    """Return the label and attributes of the decision before."""
    before = parse_before(columns.split(","), values, POLICY)
    if before is None:
        return None
    return before.action.label, [reason.attribute for reason in before.reasons]


def table_of(said: str) -> list[list[str]]:
    """Return the cells of the table of transitions."""
    lines = said[said.index("before ") :].splitlines()
    return [re.split(r" {2,}", line) for line in lines]


@pytest.mark.parametrize("ending", ["csv", "jsonl", "parquet"])
def test_a_run_ends_with_a_table_of_what_changed(
    ending: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    source = write(tmp_path / f"in.{ending}", ROWS)
    output = tmp_path / "out.jsonl"
    arguments = [source, "-o", output, "--compare", "decision", "--part-rows", 2]
    assert rescore(*arguments) == 0
    assert table_of(capsys.readouterr().err) == [
        ["before", "after", "rows", "share", "behind it"],
        ["none", "reject", "1", "20.00%"],
        ["accept", "accept", "1", "20.00%"],
        ["accept", "reject", "1", "20.00%", "threat 1"],
        ["flag", "reject", "1", "20.00%", "too_long 1"],
        ["reject", "accept", "1", "20.00%"],
        ["moved: 4, 80.00%"],
    ]
    assert [row["before"] for row in read(output)] == ["accept", "reject", "accept", None, "flag"]


def test_only_rows_that_moved_are_written_if_that_is_asked(tmp_path: Path) -> None:
    source = write(tmp_path / "in.csv", ROWS)
    output = tmp_path / "out.parquet"
    arguments = ["--compare", "decision", "--changes-only", "--keep", "--part-rows", 2]
    assert rescore(source, "-o", output, *arguments) == 0
    rows = read(output)
    assert [row["id"] for row in rows] == ["2", "3", "4", "5"]
    assert [row["comment"] for row in rows] == [row["comment"] for row in ROWS[1:]]


def test_our_own_output_can_be_compared_with(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    source = write(tmp_path / "in.csv", ROWS)
    for ending, columns in (
        ("jsonl", "scores"),
        ("jsonl", "decision"),
        ("csv", "toxicity,severe_toxicity,identity_attack,insult,profanity,threat"),
        ("parquet", "toxicity,severe_toxicity,identity_attack,insult,profanity,threat"),
    ):
        first = tmp_path / f"first.{ending}"
        assert rescore(source, "-o", first, "--keep", "--force") == 0
        text = "comment"
        if ending == "jsonl":
            rows = [row | {"comment": row["input"]["comment"]} for row in read(first)]
            write(first, rows)
        capsys.readouterr()
        output = tmp_path / "second.jsonl"
        arguments = ["--text-column", text, "--compare", columns, "--changes-only", "--force"]
        assert rescore(first, "-o", output, *arguments) == 0
        assert read(output) == []


def test_an_old_decision_without_meaning_makes_a_row_bad(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    source = write(tmp_path / "in.jsonl", [{"comment": CALM, "state": "published"}])
    assert rescore(source, "-o", tmp_path / "out.jsonl", "--compare", "state") == 1
    errors = (tmp_path / "out.jsonl.errors.jsonl").read_text(encoding="utf-8")
    assert "the old decision is neither accept, flag, reject nor scores" in errors
    assert "1 refused" in capsys.readouterr().err


def test_old_scores_are_decided_on_by_the_policy() -> None:
    assert parse("scores", {"toxicity": 0.99, "insult": 0.8}) == (
        "reject",
        ["toxicity", "insult"],
    )
    assert parse("scores", json.dumps({"toxicity": 0.7})) == ("flag", ["toxicity"])
    assert parse("threat", 0.1) == ("accept", [])
    assert parse("toxicity,threat", "0.1", "1") == ("reject", ["threat"])
    assert parse("toxicity,threat", "", None) is None
    assert parse("scores", {"warmth": 1}) is None
    assert parse("decision", "FLAG") == ("flag", [])
    assert parse("decision", "") is parse("decision", None) is None


@pytest.mark.parametrize(
    "value", [1, 1.5, True, "no", "[]", "{", [], {"toxicity": 2}, {"threat": "x"}]
)
def test_what_is_neither_decision_nor_score_is_refused(value: object) -> None:
    with pytest.raises(BadRowError, match=r"^(the old decision is neither|an old score is no)"):
        parse("before", value)
    with pytest.raises(BadRowError, match=r"^an old score is no number from 0 to 1$"):
        parse("toxicity", [value])


def test_the_reasons_before_are_behind_a_milder_decision_if_they_are_known(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    rows = [{"comment": CALM, "scores": {"profanity": 0.9}}]
    source = write(tmp_path / "in.jsonl", rows)
    assert rescore(source, "-o", tmp_path / "out.jsonl", "--compare", "scores") == 0
    assert "flag    accept       1  100.00%  profanity 1\n" in capsys.readouterr().err


def test_a_dry_run_writes_nothing_and_estimates_table_and_time(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    rows = [
        {"id": number, "comment": THREAT if number % 4 == 0 else CALM, "decision": "accept"}
        for number in range(4000)
    ]
    for ending in ("csv", "jsonl.gz", "parquet"):
        source = write(tmp_path / f"in.{ending}", rows)
        before = sorted(tmp_path.iterdir())
        assert rescore(source, "--dry-run", 1000, "--compare", "decision") == 0
        assert sorted(tmp_path.iterdir()) == before
        said = capsys.readouterr().err
        assert said.startswith("1,000 of 4,000 rows, drawn at random: ")
        assert re.search(r"\nall would take about \d+ s with 1 jobs\n", said)
        _, _, moved, last = table_of(said)
        assert moved[:2] == ["accept", "reject"]
        estimate = int(moved[2].replace(",", ""))
        found = re.fullmatch(r"([\d.]+)% \(([\d.]+)% to ([\d.]+)%\)", moved[3])
        assert found
        share, low, high = map(float, found.groups())
        assert low < share < high
        assert estimate == round(share * 40)
        assert 900 < estimate < 1100
        assert last[0].startswith(f"moved: {estimate:,}, ")


def test_a_dry_run_of_fewer_rows_than_it_may_draw_takes_them_all(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    source = write(tmp_path / "in.jsonl", [*ROWS, {"comment": 1}])
    assert rescore(source, "--dry-run") == 1
    said = capsys.readouterr().err
    assert said.startswith("6 of 6 rows, drawn at random: 2 accept, 3 reject, 1 refused\n")


def test_a_dry_run_of_nothing_says_so(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "in.jsonl").touch()
    assert rescore(tmp_path / "in.jsonl", "--dry-run", "--compare", "decision") == 0
    said = capsys.readouterr().err
    assert said.startswith("0 of 0 rows, drawn at random: 0 refused\n")
    assert said.endswith("moved: 0, 0.00%\n")


@given(st.integers(0, 60), st.integers(1, 30))
def test_a_sample_has_every_row_once_at_most(total: int, count: int) -> None:
    chosen, found = sample_stream(range(total), count)
    assert found == total
    assert len(set(chosen)) == len(chosen) == min(count, total)


def test_every_row_is_as_likely_to_be_drawn() -> None:
    drawn = [0] * 20
    generator = random.Random(1)  # noqa: S311 - rows, not secrets
    for _ in range(4000):
        order = generator.sample(range(20), 20)
        for row in sample_stream(order, 5)[0]:
            drawn[row] += 1
    assert all(850 < count < 1150 for count in drawn)


def test_causes_stand_with_the_most_frequent_first() -> None:
    transitions = [
        Transition("accept", "flag", "insult", 2),
        Transition("accept", "flag", "threat", 5),
        Transition("accept", "flag", "insult", 1),
    ]
    assert "accept  flag        8  100.00%  threat 5, insult 3" in render_transitions(transitions)
