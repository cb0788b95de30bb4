"""A site's decisions are read in every form, and only those count that a score decides on."""

import io
import json
from collections import Counter
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest
from perspective_map import Row, write
from stubs import StubScorer

from model import ATTRIBUTES
from service.export_fields import DECISION_COLUMNS, Columns
from service.exports import ExportError
from service.moderation import Comment, Moderator
from service.policy import Line, Links, Policy, Recalibration, Words
from service.policy.decisions import BY_CODE, COPY, PENDING, Decisions, Export, read_decisions

PLAIN = Policy("site")
USUAL = Columns()
CALM: Row = {"text": "Thank you.", "decision": "accepted"}
RUDE: Row = {"text": "How rude.", "decision": "rejected"}


def read(rows: Sequence[Row], policy: Policy = PLAIN, columns: Columns = USUAL) -> Decisions:
    """Read JSON lines from standard input."""
    lines = b"".join(json.dumps(row).encode() + b"\n" for row in rows)
    return read_decisions(Export("-", columns, io.BytesIO(lines)), policy, StubScorer())


def toxicity(decisions: Decisions) -> list[float]:
    return [float(row[0]) for row in decisions.scores]


def test_a_decision_has_the_scores_that_the_service_gives_the_comment() -> None:
    found = read([CALM, RUDE, {"text": "Silly and hurt.", "decision": 1}])
    moderator = Moderator({"en": StubScorer()}, {"site": PLAIN})
    outcomes = moderator.moderate(
        [Comment(text, policy="site") for text in ("Thank you.", "How rude.", "Silly and hurt.")]
    )
    assert [dict(zip(ATTRIBUTES, row, strict=True)) for row in found.scores.tolist()] == [
        outcome.scores for outcome in outcomes
    ]
    assert found.rejected.tolist() == [False, True, True]
    assert (found.left_out, found.flagged) == (Counter(), 0)


@pytest.mark.parametrize("name", ["a.csv", "a.csv.gz", "a.jsonl", "a.ndjson", "a.jsonl.gz"])
def test_every_form_of_an_export_has_the_same_decisions(name: str, tmp_path: Path) -> None:
    path = write(tmp_path / name, [CALM, RUDE])
    found = read_decisions(Export(str(path)), PLAIN, StubScorer())
    assert (toxicity(found), found.rejected.tolist()) == ([0.01, 0.95], [False, True])


@pytest.mark.parametrize("column", DECISION_COLUMNS)
def test_a_column_of_decisions_is_known_by_its_name(column: str, tmp_path: Path) -> None:
    rows = [{"body": "Thank you.", column.upper(): "OK"}, {"body": "Rude.", column.upper(): "spam"}]
    assert read(rows).rejected.tolist() == [False, True]
    path = write(tmp_path / "a.csv", rows)
    found = read_decisions(Export(str(path)), PLAIN, StubScorer())
    assert found.rejected.tolist() == [False, True]


def test_columns_and_decisions_of_its_own_are_named_by_the_site() -> None:
    rows = [{"msg": "Thank you.", "what": "fine"}, {"msg": "How rude.", "what": "Binned"}]
    columns = Columns("msg", "What", frozenset({"binned"}))
    assert read(rows, columns=columns).rejected.tolist() == [False, True]


def test_a_recalibration_has_no_influence_on_what_it_is_fitted_to() -> None:
    fitted = Policy("site", recalibration=Recalibration("en-old", 9, 3, 0.3, Line(0.5, -3.0)))
    assert toxicity(read([CALM, RUDE], fitted)) == [0.01, 0.95]


def test_words_that_a_policy_allows_are_read_as_it_reads_them() -> None:
    policy = Policy("site", words=Words(allowed=("Rude",)))
    rows = [{"text": "The village of Rude is nice.", "decision": "accepted"}]
    assert toxicity(read(rows, policy)) == [0.01]
    assert toxicity(read(rows)) == [0.95]


# What is left out


@pytest.mark.parametrize(
    ("policy", "text", "code", "flagged"),
    [
        (Policy("site", max_length=10), "Thank you very much.", "too_long", 0),
        (PLAIN, " \u200b\n", "empty", 0),
        (PLAIN, "", "empty", 0),
        (PLAIN, "Спасибо за статью.", "unsupported_language", 1),
        (Policy("site", words=Words(banned=("quibble",))), "No quibble.", "banned_term", 0),
        (Policy("site", words=Words(suspect=("quibble",))), "No quibble.", "suspect_term", 1),
        (Policy("site", links=Links(0)), "See https://a.example/", "too_many_links", 1),
        (Policy("site", links=Links(0, "reject")), "See https://a.example/", "too_many_links", 0),
    ],
)
def test_what_no_score_decides_on_is_left_out_and_told(
    policy: Policy, text: str, code: str, flagged: int
) -> None:
    found = read([CALM, {"text": text, "decision": "rejected"}, {**RUDE, "text": "Rude."}], policy)
    assert found.rejected.tolist() == [False, True]
    assert found.left_out == Counter({BY_CODE[code]: 1})
    assert found.flagged == flagged
    assert found.describe_left_out() == f"1 {BY_CODE[code]}"


def test_a_comment_that_is_not_decided_is_left_out() -> None:
    rows = [{**RUDE, "decision": word} for word in ("", "pending", "FLAG", None)]
    found = read([CALM, *rows, {"text": "Rude, and nobody looked."}])
    assert found.left_out == Counter({PENDING: 5})
    assert found.rejected.tolist() == [False]


def test_copies_count_once_for_each_decision() -> None:
    copies = ["How rude.", " how  RUDE.\n", "How\trude.", "How rude!"]
    rows = [{"text": text, "decision": "rejected"} for text in copies]
    found = read([CALM, *rows, {**RUDE, "decision": "accepted"}, *rows])
    assert found.rejected.tolist() == [False, True, True, False]
    assert found.left_out == Counter({COPY: 6})


def test_a_copy_in_a_later_chunk_is_one_too() -> None:
    rows = [{"text": f"Thank you, {number}.", "decision": 0} for number in range(1500)]
    found = read([*rows, *rows])
    assert len(found.rejected) == 1500
    assert found.left_out == Counter({COPY: 1500})


def test_a_policy_of_another_language_than_the_models_is_refused() -> None:
    with pytest.raises(ExportError, match=r"^policy 'site' judges de, fr, and en-stub reads en$"):
        read([CALM], Policy("site", languages=("de", "fr")))
    assert len(read([CALM, RUDE], Policy("site", languages=("de", "en"))).rejected) == 2


def test_text_of_any_kind_has_scores() -> None:
    texts = ["\ud83d rude", "\x00", "a\u202eb", "\ud83d\ude00" * 9, "e\u0301" * 99, "a" * 1500]
    found = read([{"text": text, "decision": 0} for text in texts])
    assert len(found.rejected) + found.left_out.total() == len(texts)


# What cannot be read


@pytest.mark.parametrize(
    ("data", "name", "message"),
    [
        ("", "a.csv", "it is empty"),
        ("", "a.jsonl", "has no rows"),
        ("title,decision\na,ok\n", "a.csv", "no column is called text or comment or comment_text"),
        (
            "text,result\na,ok\n",
            "a.csv",
            "no column is called decision or status or moderation or action; --decision-column",
        ),
        ("text,decision,decision\na,ok,ok\n", "a.csv", "two columns have one name"),
        ("text,decision\na,maybe\n", "a.csv", "1 of 1 rows are bad"),
        ('{"decision": "ok"}\n', "a.jsonl", "1 of 1 rows are bad"),
        ("a", "a.txt", "its ending tells no format; .csv and .jsonl are known"),
        ("a", "a.csv.gz", "its compression is broken"),
    ],
)
def test_an_export_that_cannot_be_used_is_told_why(
    data: str, name: str, message: str, tmp_path: Path
) -> None:
    path = tmp_path / name
    path.write_text(data, encoding="utf-8")
    with pytest.raises(ExportError) as caught:
        read_decisions(Export(str(path)), PLAIN, StubScorer())
    assert str(caught.value).startswith(f"{path}: {message}")


def test_a_few_bad_rows_are_named_by_line_and_passed_over(
    capsys: pytest.CaptureFixture[str],
) -> None:
    good: list[Any] = [{**CALM, "text": f"Thank you, {number}."} for number in range(19)]
    found = read([*good, {**CALM, "decision": "maybe"}])
    assert len(found.rejected) == 19
    assert capsys.readouterr() == (
        "",
        "line 20: a decision that is not known: --rejected says which values reject\n",
    )
