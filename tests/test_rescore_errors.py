"""Bad rows: each is named with its place and reason, never its text, and the rest goes on."""

import json
import sqlite3
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from rescoring import read, rescore

from service.rescore.lines import MAX_LINE_BYTES

CANARY = "canary-9e41"
GOOD = b'{"comment": "fine", "id": "good"}'


def read_errors(output: Path) -> list[dict[str, Any]]:
    """Return what the errors' file beside an output holds, if there is one."""
    path = output.with_name(f"{output.name}.errors.jsonl")
    return [json.loads(line) for line in path.read_bytes().splitlines()] if path.exists() else []


def check_silence(folder: Path, said: str) -> None:
    """See that the canary stands in nothing but the input and the copies that were asked for."""
    assert CANARY not in said
    for path in folder.iterdir():
        if path.is_file() and not path.name.startswith("in."):
            assert CANARY.encode() not in path.read_bytes()


@pytest.mark.parametrize(
    ("line", "reason"),
    [
        (b'{"comment": "canary-9e41 \xff"}', "not UTF-8: see byte 25"),
        (b'{"comment": "canary-9e41"', "not JSON: see column 26"),
        (b"canary-9e41", "not JSON: see column 1"),
        (b'{"comment": "canary-9e41", "x": ' + b"[" * 100_000, "not JSON that can be read"),
        (b'{"comment": "canary-9e41", "x": ' + b"1" * 5000 + b"}", "not JSON that can be read"),
        (b'{"comment": "canary-9e41", "x": NaN}', "not JSON that can be read"),
        (b'["canary-9e41"]', "not a JSON object"),
        (b"null", "not a JSON object"),
        (b'{"text": "canary-9e41"}', "the comment is null"),
        (b'{"comment": null}', "the comment is null"),
        (b'{"comment": ["canary-9e41"]}', "the comment is not a string"),
        (b'{"comment": "a", "id": true}', "the id is neither a string nor a whole number"),
        (b'{"comment": "a", "id": 1.5}', "the id is neither a string nor a whole number"),
        (
            b'{"comment": "a", "id": ["canary-9e41"]}',
            "the id is neither a string nor a whole number",
        ),
        (b'{"comment": "' + b"canary-9e41" * 1_600_000 + b'"}', "longer than 16 MiB"),
    ],
    ids=range(15),
)
@pytest.mark.parametrize("part_rows", [1, 100])
@pytest.mark.parametrize("ending", ["jsonl", "jsonl.zst"])
def test_a_bad_line_of_json(  # noqa: PLR0913, PLR0917 - a case, and where it is tried
    line: bytes,
    reason: str,
    part_rows: int,
    ending: str,
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
) -> None:
    source = tmp_path / f"in.{ending}"
    data = b"\xef\xbb\xbf" + b"\n".join([GOOD, b"", line, GOOD])
    source.write_bytes(data if ending == "jsonl" else pa.compress(data, "zstd", asbytes=True))
    output = tmp_path / "out.jsonl"
    assert rescore(source, "-o", output, "--part-rows", part_rows) == 1
    assert read_errors(output) == [{"file": str(source), "line": 3, "reason": reason}]
    assert [row["id"] for row in read(output)] == ["good", "good"]
    said = capsys.readouterr().err
    assert "1 refused" in said
    assert f"refused rows: {output}.errors.jsonl\n" in said
    check_silence(tmp_path, said)


@pytest.mark.parametrize(
    ("record", "errors", "ids"),
    [
        (b"2", {3: "1 fields, not 2 as the header has"}, ["4"]),
        (b"2,canary-9e41,x", {3: "3 fields, not 2 as the header has"}, ["4"]),
        (b"2,canary-9e41\xff", {3: "not UTF-8"}, ["4"]),
        (b'2,"canary-9e41\n\xff"', {3: "not UTF-8"}, ["4"]),
        (b'2,"canary-9e41', {3: "not CSV: see its quotes"}, ["4"]),
        (b'2,"canary-9e41\n3,c', {3: "not CSV: see its quotes"}, ["3", "4"]),
        (b'2,"canary-9e41\n3,"c"', {3: "not CSV: see its quotes"}, ["3", "4"]),
        (b'2,"canary-9e41"x', {3: "not CSV: see its quotes"}, ["4"]),
        (b"2," + b"x" * (MAX_LINE_BYTES + 1), {3: "longer than 16 MiB"}, ["4"]),
        (
            b'2,"canary-9e41\n' + b"x" * (MAX_LINE_BYTES + 1) + b"\n3,c",
            {3: "not CSV: see its quotes", 4: "longer than 16 MiB"},
            ["3", "4"],
        ),
        (
            b'2,"canary-9e41\n' + b"3,c\n" * 3 + b'5,"d"',
            {3: "not CSV: see its quotes"},
            ["3", "3", "3", "5", "4"],
        ),
    ],
    ids=range(11),
)
@pytest.mark.parametrize("part_rows", [1, 2, 100])
@pytest.mark.parametrize("ending", ["csv", "csv.gz"])
def test_a_bad_record_of_csv(  # noqa: PLR0913, PLR0917 - a case, and where it is tried
    record: bytes,
    errors: dict[int, str],
    ids: list[str],
    part_rows: int,
    ending: str,
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
) -> None:
    source = tmp_path / f"in.{ending}"
    data = b"\xef\xbb\xbfid,comment\r\n1,a\r\n" + record + b"\r\n\r\n4,d"
    source.write_bytes(data if ending == "csv" else pa.compress(data, "gzip", asbytes=True))
    output = tmp_path / "out.csv"
    assert rescore(source, "-o", output, "--part-rows", part_rows) == 1
    found = [{"file": str(source), "line": line, "reason": why} for line, why in errors.items()]
    assert read_errors(output) == found
    assert [row["id"] for row in read(output)] == ["1", *ids]
    check_silence(tmp_path, capsys.readouterr().err)


def test_a_line_one_byte_too_long_does_not_cost_the_next(tmp_path: Path) -> None:
    source = tmp_path / "in.jsonl.zst"
    line = b"x" * MAX_LINE_BYTES + b"\n"
    data = b"\n".join([GOOD, line + GOOD, GOOD])
    source.write_bytes(pa.compress(data, "zstd", asbytes=True))
    output = tmp_path / "out.jsonl"
    assert rescore(source, "-o", output) == 1
    assert [error["line"] for error in read_errors(output)] == [2]
    assert len(read(output)) == 3


def test_lines_that_are_read_again_keep_their_numbers(tmp_path: Path) -> None:
    source = tmp_path / "in.csv"
    source.write_bytes(b'id,comment\n1,"a\nb"\n2,"c\n3,d\n4\n5,"e\nf"\n6\n')
    output = tmp_path / "out.csv"
    assert rescore(source, "-o", output) == 1
    assert [error["line"] for error in read_errors(output)] == [4, 6, 9]
    assert [row["id"] for row in read(output)] == ["1", "3", "5"]


def test_bad_rows_of_parquet(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    source = tmp_path / "in.parquet"
    comments = pa.array([b"fine", None, b"canary-9e41 \xff", b"good"]).view(pa.string())
    other = pa.array([b"a", b"b", b"c", b"canary-9e41 \xff"]).view(pa.string())
    ids = pa.array([1.0, 2.0, None, 4.5])
    table = pa.table({"comment": comments, "id": ids, "other": other})
    pq.write_table(pa.concat_tables([table, table]), source, row_group_size=4)
    output = tmp_path / "out.parquet"
    assert rescore(source, "-o", output) == 1
    errors = [
        {"file": str(source), "row_group": group, "row": row, "reason": reason}
        for group in (0, 1)
        for row, reason in [
            (1, "the comment is null"),
            (2, "not UTF-8: see byte 12"),
            (3, "the id is neither a string nor a whole number"),
        ]
    ]
    assert read_errors(output) == errors
    assert [row["id"] for row in read(output)] == ["1", "1"]
    assert rescore(source, "-o", output, "--keep", "--force") == 1
    assert {error["reason"] for error in read_errors(output)} == {
        "the comment is null",
        "not UTF-8",
    }
    check_silence(tmp_path, capsys.readouterr().err)


@pytest.mark.parametrize("part_rows", [100, 1000])
def test_a_corrupt_row_group_costs_no_other(part_rows: int, tmp_path: Path) -> None:
    source = tmp_path / "in.parquet"
    comments = [f"Comment {number}" for number in range(900)]
    table = pa.table({"id": range(900), "comment": comments})
    pq.write_table(
        table,
        source,
        row_group_size=300,
        use_dictionary=False,
        write_page_checksum=True,
        compression="none",
    )
    data = source.read_bytes()
    place = data.index(b"Comment 450")
    source.write_bytes(data[:place] + b"X" + data[place + 1 :])
    output = tmp_path / "out.parquet"
    assert rescore(source, "-o", output, "--part-rows", part_rows) == 1
    errors = read_errors(output)
    assert {error["row_group"] for error in errors} == {1}
    assert sum(error["rows"] for error in errors) == 300
    assert {error["reason"] for error in errors} == {"cannot be decoded (OSError)"}
    expected = [str(number) for number in (*range(300), *range(600, 900))]
    assert [row["id"] for row in read(output)] == expected


def test_bad_rows_of_a_database(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = tmp_path / "in.db"
    with sqlite3.connect(path) as database:
        database.execute(
            "create table comments (id integer primary key, comment text, likes integer)"
        )
        rows = [(1, "fine", 0), (2, None, 0), (3, b"\xff", 0), (4, 5, 0), (6, "fine", CANARY)]
        database.executemany("insert into comments values (?, ?, ?)", rows)
        database.execute("insert into comments values (7, cast(x'63ff' as text), 0)")
    database.close()
    source = f"sqlite:///{path}?table=comments"
    output = tmp_path / "out.jsonl"
    assert rescore(source, "-o", output) == 1
    assert read_errors(output) == [
        {"table": "comments", "id": 7, "reason": "not UTF-8"},
        {"table": "comments", "id": 2, "reason": "the comment is null"},
        {"table": "comments", "id": 3, "reason": "not UTF-8: see byte 0"},
    ]
    assert [row["id"] for row in read(output)] == ["1", "4", "6"]
    assert rescore(source, "-o", output, "--keep", "--force") == 1
    errors = {error["id"]: error["reason"] for error in read_errors(output)}
    assert errors[6] == "a column holds what is not of its type"
    assert [row["id"] for row in read(output)] == ["1", "4"]
    check_silence(tmp_path, capsys.readouterr().err)


def test_a_row_without_an_id_does_not_go_to_a_database(tmp_path: Path) -> None:
    source = tmp_path / "in.jsonl"
    long = json.dumps({"comment": "a", "id": "x" * 256}).encode()
    source.write_bytes(b"\n".join([GOOD, b'{"comment": "a"}', long]))
    output = tmp_path / "out.db"
    assert rescore(source, "-o", f"sqlite:///{output}?table=decisions") == 1
    errors = tmp_path / "out.db.decisions.errors.jsonl"
    assert [json.loads(line)["reason"] for line in errors.read_bytes().splitlines()] == [
        "no id, which a row of a database needs",
        "the id is longer than 255 characters, or holds a NUL",
    ]


def test_errors_of_a_stream_go_to_standard_error(
    tmp_path: Path, capfdbinary: pytest.CaptureFixture[bytes]
) -> None:
    source = tmp_path / "in.jsonl"
    source.write_bytes(b"\n".join([GOOD, b"{", GOOD]))
    assert rescore(source, "-o", "-", "--quiet") == 1
    first, second, _ = capfdbinary.readouterr().err.split(b"\n")
    assert json.loads(first) == {
        "file": str(source),
        "line": 2,
        "reason": "not JSON: see column 2",
    }
    assert b"1 refused" in second


def test_too_many_errors_stop_early_and_the_run_can_go_on(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    source = tmp_path / "in.jsonl"
    source.write_bytes(b"\n".join([GOOD, b"{", b"{", b"{", GOOD]))
    output = tmp_path / "out.jsonl"
    arguments = [source, "-o", output, "--part-rows", 1, "--max-errors"]
    assert rescore(*arguments, 1) == 1
    said = capsys.readouterr().err
    assert "not done: 2 rows were refused\n" in said
    assert "--resume goes on with it" in said
    assert [error["line"] for error in read_errors(output)] == [2, 3]
    assert not output.exists()
    assert rescore(*arguments, 3, "--resume") == 1
    assert [error["line"] for error in read_errors(output)] == [2, 3, 4]
    assert len(read(output)) == 2


def test_no_errors_leave_no_file_of_errors(tmp_path: Path) -> None:
    source = tmp_path / "in.jsonl"
    output = tmp_path / "out.jsonl"
    source.write_bytes(b"{")
    assert rescore(source, "-o", output) == 1
    assert len(read_errors(output)) == 1
    source.write_bytes(GOOD)
    assert rescore(source, "-o", output, "--force") == 0
    assert read_errors(output) == []
