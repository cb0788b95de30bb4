"""Exports of Perspective's scores are read in every form, and told why they cannot be."""

import json
import re
from pathlib import Path
from typing import Any

import pytest
from perspective_map import CALM, RUDE, Row, run, write

from model import ATTRIBUTES
from service.perspective.export_rows import find_score

# What is read


@pytest.mark.parametrize(
    "name",
    [
        "TOXICITY",
        "toxicity",
        " Toxicity ",
        "TOXICITY_EXPERIMENTAL",
        "TOXICITY@6",
        "attributeScores.TOXICITY.summaryScore.value",
        "response.attributeScores.TOXICITY.summaryScore.value",
    ],
)
def test_a_column_of_scores_is_known_by_any_name_it_had(name: str) -> None:
    score = find_score(name)
    assert score is not None
    assert score.attribute == "toxicity"


@pytest.mark.parametrize("name", ["", "TOXIC", "toxicity_label", "SPAM", "TOXICITY@", "x.toxicity"])
def test_any_other_column_is_none_of_scores(name: str) -> None:
    assert find_score(name) is None


def test_every_attribute_is_found(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    rows = [{"body": "Thank you.", **dict.fromkeys(map(str.upper, ATTRIBUTES), 0.5)}] * 3
    assert run(write(tmp_path / "a.csv", rows)) == 0
    found = re.findall(r"^(\w+) \(old scores: (\w+)\)", capsys.readouterr().out, re.MULTILINE)
    assert found == [(name, name.upper()) for name in ATTRIBUTES]


def nested(row: Row, under: str | None = None) -> dict[str, Any]:
    """Return a row with Perspective's answer as it was."""
    summary = {"summaryScore": {"value": row["TOXICITY"], "type": "PROBABILITY"}}
    answer = {"attributeScores": {"TOXICITY": {"spanScores": [], **summary}}, "languages": ["en"]}
    return {"text": row["text"], **({under: answer} if under else answer)}


def test_one_table_comes_of_every_form_of_an_export(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    rows = [CALM, RUDE, RUDE]
    request = [{**nested(row), "text": None, "comment": {"text": row["text"]}} for row in rows]
    files = [
        write(tmp_path / "a.csv", rows),
        write(tmp_path / "a.csv.gz", rows),
        write(tmp_path / "a.jsonl", rows),
        write(tmp_path / "b.ndjson", [nested(row) for row in rows]),
        write(tmp_path / "c.jsonl.gz", [nested(row, "response") for row in rows]),
        write(tmp_path / "d.jsonl", request),
    ]
    (tmp_path / "bom.csv").write_bytes(b"\xef\xbb\xbf" + files[0].read_bytes())
    tables = set()
    for file in [*files, tmp_path / "bom.csv"]:
        assert run(file) == 0
        tables.add(capsys.readouterr().out.partition("\n")[2])
    assert len(tables) == 1


def test_the_name_itself_counts_before_versions_and_experiments(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    others = {"TOXICITY_EXPERIMENTAL": 1, "TOXICITY@5": 0.9, "TOXICITY@6": 0.7}
    rows = [{"text": "Thank you.", **others, "TOXICITY": 0.2}, {"text": "Thank you.", **others}]
    assert run(write(tmp_path / "a.jsonl", rows), "--thresholds", 0.2, 0.7, 0.9) == 0
    said = capsys.readouterr().out
    assert "toxicity (old scores: TOXICITY, TOXICITY@6): 2 comments" in said
    assert [line.split()[:2] for line in said.splitlines()[4:7]] == [
        ["0.20", "2"],
        ["0.70", "1"],
        ["0.90", "0"],
    ]


def test_an_attribute_that_a_row_has_no_score_of_is_left_out_there(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    rows = [{**CALM, "INSULT": 0.2}, {**RUDE, "INSULT": None}, {**RUDE, "INSULT": "NaN"}]
    assert run(write(tmp_path / "a.jsonl", rows)) == 0
    said = capsys.readouterr().out
    assert "toxicity (old scores: TOXICITY): 3 comments" in said
    assert "insult (old scores: INSULT): 1 comments" in said


def test_languages_without_a_model_are_counted_and_left_out(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    foreign = {"text": "Спасибо за отчёт.", "TOXICITY": 0.9}
    assert run(write(tmp_path / "a.jsonl", [CALM, foreign, foreign])) == 0
    assert capsys.readouterr().out.splitlines()[:2] == [
        f"1 comments of {tmp_path / 'a.jsonl'}, scored by en-stub",
        "left out, in languages without a model: ru 2",
    ]
    assert run(write(tmp_path / "a.jsonl", [foreign])) == 1
    assert "no comment is in a language that a model reads" in capsys.readouterr().err


def test_a_lone_surrogate_is_a_text_like_any_other(tmp_path: Path) -> None:
    rows = [{"text": "\ud83d rude", "TOXICITY": 0.5}]
    assert run(write(tmp_path / "a.jsonl", rows)) == 0


def test_decisions_that_are_missing_are_left_out(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    rows = [{**CALM, "status": "NONE"}, {**RUDE, "status": "Rejected"}, {**RUDE, "status": None}]
    rows += [{**RUDE, "status": "PREMOD"}]
    source = write(tmp_path / "a.jsonl", rows)
    assert run(source, "--decision-column", "Status", "--thresholds", 0.5) == 0
    said = capsys.readouterr().out.splitlines()
    assert said[1] == "left out, without a decision: 2"
    assert said[3] == "toxicity (old scores: TOXICITY): 2 comments, 1 of them rejected"
    assert said[5].split("  ")[1:3] == ["1.00 (0.21 to 1.00)", "1.00 (0.21 to 1.00)"]


def test_a_site_says_what_rejects_in_its_own_words(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    rows = [{**CALM, "status": "fine"}, {**RUDE, "status": "Binned"}, {**RUDE, "status": 3}]
    source = write(tmp_path / "a.jsonl", rows)
    assert run(source, "--decision-column", "status") == 1
    assert "line" in capsys.readouterr().err
    assert run(source, "--decision-column", "status", "--rejected", "binned", "3") == 0
    assert "3 comments, 2 of them rejected" in capsys.readouterr().out


def test_where_nothing_was_rejected_over_a_threshold_there_is_no_new_one(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    rows = [{**CALM, "status": 1}, {**RUDE, "status": 0}]
    source = write(tmp_path / "a.jsonl", rows)
    policy = tmp_path / "a.toml"
    arguments = ["--decision-column", "status", "--policy", policy, "--flag", "TOXICITY=0.8"]
    assert run(source, "--thresholds", 0.8, *arguments, "--plot", tmp_path / "a.svg") == 1
    said = capsys.readouterr()
    assert said.out.splitlines()[4].split()[-5:] == ["-", "-", "-", "-", "*"]
    assert "- The site rejected nothing at or over this threshold." in said.out
    assert said.err == "not done: the site rejected nothing with TOXICITY from 0.8\n"
    assert not policy.exists()


# What cannot be read


@pytest.mark.parametrize(
    ("data", "name", "message"),
    [
        ("", "a.csv", "/a.csv: it is empty"),
        ("", "a.jsonl", "a.jsonl: has no rows"),
        ("text,TOXICITY\n", "a.csv", "a.csv: has no rows"),
        ("title,TOXICITY\na,0.1\n", "a.csv", "no column is called text or comment or comment_text"),
        ("text,SPAM\na,0.1\n", "a.csv", "no column has scores; these are known: TOXICITY, SEVERE"),
        ("text,TOXICITY,toxicity\na,0.1,1\n", "a.csv", "two columns have one name"),
        ("text;TOXICITY\na;0.1\n", "a.csv", "no column is called text"),
        ("text,TOXICITY\n,0.1\n", "a.csv", "line 2: no text"),
        ("text,TOXICITY\na,\n", "a.csv", "line 2: no score of an attribute that we have"),
        ("text,TOXICITY\na,high\n", "a.csv", "line 2: a score that is no number"),
        ("text,TOXICITY\na,1e999\n", "a.csv", "line 2: a score that is not from 0 to 1"),
        ("text,TOXICITY\na,-0.1\n", "a.csv", "line 2: a score that is not from 0 to 1"),
        ("text,TOXICITY\na,0.1,0.2\n", "a.csv", "line 2: 3 fields, not 2 as the header has"),
        ("text,TOXICITY\n" + "a,85\n" * 9, "a.csv", "lines 2, 3, 4, 5, 6 and 4 more: a score over"),
        ("text,TOXICITY\na,85\n", "a.csv", "if scores are in per cent, divide them by 100"),
        ("text,TOXICITY\na,85\n", "a.csv", "/a.csv: 1 of 1 rows are bad"),
        ('{"text": "a"}\n', "a.jsonl", "line 1: no score of an attribute that we have"),
        ('{"text": "a", "TOXICITY": true}', "a.jsonl", "line 1: a score that is no number"),
        ('{"text": "a", "TOXICITY": 1' + "0" * 400 + "}", "a.jsonl", "a score that is no number"),
        ('{"text": "a", "TOXICITY": 1' + "0" * 5000 + "}", "a.jsonl", "line 1: not JSON"),
        ("[" * 100_000, "a.jsonl", "line 1: not JSON"),
        ('["a"]', "a.jsonl", "line 1: not a JSON object"),
        ("a", "a.txt", "a.txt: its ending tells no format; .csv and .jsonl are known"),
        ("text", "a.csv.gz", "a.csv.gz: its compression is broken"),
    ],
)
def test_an_export_that_cannot_be_used_is_told_why(
    data: str, name: str, message: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = tmp_path / name
    path.write_text(data, encoding="utf-8")
    assert run(path) == 1
    said = capsys.readouterr()
    assert said.out == ""
    assert message in said.err


@pytest.mark.parametrize(
    ("encoding", "name", "message"),
    [
        ("utf-16", "a.csv", "no header: line 1 is not UTF-8"),
        ("utf-16", "a.jsonl", "not UTF-8"),
        ("latin-1", "a.csv", "line 3: not UTF-8"),
        ("latin-1", "a.jsonl", "line 2: not UTF-8"),
    ],
)
def test_another_encoding_is_named(
    encoding: str, name: str, message: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    rows = [CALM, {"text": "Schöne Grüße.", "TOXICITY": 0.1}]
    path = tmp_path / name
    if name.endswith("csv"):
        data = write(path, rows).read_text(encoding="utf-8")
    else:
        data = "\n".join(json.dumps(row, ensure_ascii=False) for row in rows)
    path.write_text(data, encoding=encoding)
    assert run(path) == 1
    assert message in capsys.readouterr().err


def test_a_few_bad_rows_are_named_and_passed_over(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    source = write(tmp_path / "a.jsonl", [CALM] * 9 + [{**CALM, "TOXICITY": 85}])
    assert run(source) == 0
    said = capsys.readouterr()
    assert said.out.startswith("9 comments of ")
    assert said.err.startswith("line 10: a score over 1: ")
    write(source, [CALM] * 8 + [{**CALM, "TOXICITY": 85}])
    assert run(source) == 1


def test_a_huge_line_is_one_bad_row(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    source = write(tmp_path / "a.jsonl", [CALM] * 10)
    with source.open("ab") as file:
        file.write(b'{"text": "' + b"a" * 17_000_000 + b'", "TOXICITY": 0.1}\n')
    assert run(source) == 0
    assert capsys.readouterr().err == "line 11: longer than 16 MiB\n"


def test_decisions_that_are_all_the_same_have_no_recall(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    source = write(tmp_path / "a.csv", [{**RUDE, "ok": "yes"}, {**CALM, "ok": "no"}])
    assert run(source, "--decision-column", "ok", "--rejected", "maybe") == 1
    assert "the decisions do not both accept and reject" in capsys.readouterr().err
    assert run(source, "--decision-column", "no-such") == 1
    assert "no column is called no-such" in capsys.readouterr().err
