"""Rescoring files of every format: the endpoint's decisions, whatever they come in and go to."""

import json
import sqlite3
import subprocess
from pathlib import Path
from typing import Any

import fsspec
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from flask.testing import FlaskClient
from hypothesis import given, settings
from hypothesis import strategies as st
from rescoring import (
    COMMENTS,
    ENDINGS,
    PROGRAM,
    as_text,
    flatten,
    read,
    rescore,
    without_nulls,
    write,
)
from serving import ROOT

from service.app import create_app
from service.loading import load_moderator
from service.policy import POLICY_FOLDER, load_policy
from service.settings import Settings

VERSION = load_policy(POLICY_FOLDER / "default.toml").version
ROWS = [{"id": number, "comment": comment} for number, comment in enumerate(COMMENTS)]
CLIENT = create_app(load_moderator(Settings()), Settings()).test_client()


@pytest.fixture(scope="module")
def expected() -> list[dict[str, Any]]:
    """Return what the endpoint answers on `ROWS`, as columns of a table."""
    return [flatten(ask(CLIENT, row), VERSION) for row in ROWS]


def ask(client: FlaskClient, row: dict[str, Any]) -> dict[str, Any]:
    """Return the endpoint's answer to a row."""
    return dict(client.post("/v1/moderate", json=row | {"id": str(row["id"])}).get_json())


def normalise(path: Path, rows: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """Return rows of output as columns of a table."""
    if ".jsonl" in path.name:
        return [flatten(row, row["policy_version"]) for row in rows]
    return [without_nulls(row) for row in rows] if ".parquet" in path.name else rows


@pytest.mark.parametrize("ending", ENDINGS)
def test_every_format_can_be_read(
    ending: str, tmp_path: Path, expected: list[dict[str, Any]]
) -> None:
    output = tmp_path / "out.jsonl"
    source = write(tmp_path / f"in.{ending}", ROWS)
    assert rescore(source, "-o", output, "--part-rows", 3) == 0
    assert normalise(output, read(output)) == expected


@pytest.mark.parametrize("ending", ENDINGS)
def test_every_format_can_be_written(
    ending: str, tmp_path: Path, expected: list[dict[str, Any]]
) -> None:
    output = tmp_path / f"out.{ending}"
    source = write(tmp_path / "in.csv", ROWS)
    assert rescore(source, "-o", output, "--part-rows", 3) == 0
    found = normalise(output, read(output))
    assert found == ([as_text(row) for row in expected] if "csv" in ending else expected)


@pytest.mark.parametrize("ending", ["csv", "jsonl.gz", "parquet"])
def test_the_format_of_standard_streams_can_be_told(
    ending: str, tmp_path: Path, expected: list[dict[str, Any]]
) -> None:
    source = Path(write(tmp_path / f"in.{ending}", ROWS))
    formats = ["--input-format", ending, "--output-format", ending, "--part-rows", "3"]
    done = subprocess.run(
        [*PROGRAM, "-", "-o", "-", "--jobs", "1", *formats],
        cwd=ROOT,
        input=source.read_bytes(),
        capture_output=True,
        check=True,
    )
    output = tmp_path / f"out.{ending}"
    output.write_bytes(done.stdout)
    found = normalise(output, read(output))
    assert found == ([as_text(row) for row in expected] if "csv" in ending else expected)


@pytest.mark.parametrize("ending", ENDINGS)
def test_the_columns_of_the_input_are_kept(ending: str, tmp_path: Path) -> None:
    rows = [{**row, "decision": "flag", "likes": 3} for row in ROWS]
    source = write(tmp_path / f"in.{ending}", rows)
    output = tmp_path / "out.parquet"
    assert rescore(source, "-o", output, "--keep", "--part-rows", 3) == 0
    found = read(output)
    if ".jsonl" in source:
        assert [json.loads(row["input"]) for row in found] == rows
        return
    kept = [
        {
            "id": row["input_id"],
            "comment": row["comment"],
            "decision": row["input_decision"],
            "likes": row["likes"],
        }
        for row in found
    ]
    assert kept == ([as_text(row) for row in rows] if ".csv" in source else rows)


def test_kept_columns_of_a_table_stand_under_input_in_json_lines(tmp_path: Path) -> None:
    source = write(tmp_path / "in.parquet", ROWS)
    output = tmp_path / "out.jsonl"
    assert rescore(source, "-o", output, "--keep") == 0
    assert [row["input"] for row in read(output)] == ROWS


def test_kept_columns_that_csv_has_no_form_for_are_json(tmp_path: Path) -> None:
    source = tmp_path / "in.parquet"
    table = pa.table({"comment": ["a"], "tags": [["x", "y"]], "raw": [b"\xff"], "when": [None]})
    pq.write_table(table, source)
    output = tmp_path / "out.csv"
    assert rescore(source, "-o", output, "--keep") == 0
    (row,) = read(output)
    assert (row["tags"], row["raw"], row["when"]) == ('["x","y"]', '"/w=="', "")


def test_kept_columns_that_python_has_no_type_for_are_kept(tmp_path: Path) -> None:
    source = tmp_path / "in.parquet"
    when = pa.array([1_700_000_000_123_456_789], pa.timestamp("ns"))
    key = pa.array([b"\x01" * 16], pa.binary(16)).cast(pa.binary(16))
    uuid = pa.ExtensionArray.from_storage(pa.uuid(), key)
    pq.write_table(pa.table({"comment": ["a"], "when": when, "key": uuid}), source)
    for ending in ("csv", "jsonl", "parquet"):
        assert rescore(source, "-o", tmp_path / f"out.{ending}", "--keep") == 0
    (row,) = read(tmp_path / "out.jsonl")
    assert row["input"]["when"] == "2023-11-14T22:13:20.123456"


def test_one_string_that_is_not_utf8_within_a_list_costs_its_row_alone(tmp_path: Path) -> None:
    source = tmp_path / "in.parquet"
    words = pa.array([b"a", b"\xff", b"c"]).view(pa.string())
    tags = pa.ListArray.from_arrays(pa.array([0, 1, 2, 3]), words)
    pq.write_table(pa.table({"id": [1, 2, 3], "comment": ["a"] * 3, "tags": tags}), source)
    output = tmp_path / "out.jsonl"
    assert rescore(source, "-o", output, "--keep") == 1
    assert [row["id"] for row in read(output)] == ["1", "3"]


def test_two_kept_columns_of_one_name_are_refused(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    source = write(tmp_path / "in.csv", [{"comment": "a", "id": 1, "input_id": 2}])
    assert rescore(source, "-o", tmp_path / "out.csv", "--keep") == 1
    said = capsys.readouterr().err
    assert "kept, two columns would have one name: comment, input_id, input_id" in said


def test_several_files_and_folders_are_one_input(tmp_path: Path) -> None:
    folder = tmp_path / "in"
    (folder / "deeper").mkdir(parents=True)
    write(folder / "b.csv", ROWS[2:4])
    write(folder / "a.csv", ROWS[:2])
    write(folder / "deeper" / "c.csv", ROWS[4:6])
    write(folder / "_hidden.csv", ROWS)
    (folder / "readme.txt").touch()
    last = write(tmp_path / "last.csv", ROWS[6:])
    output = tmp_path / "out.csv"
    assert rescore(folder, last, "-o", output) == 0
    assert [row["id"] for row in read(output)] == [str(row["id"]) for row in ROWS]


def test_a_pattern_that_the_shell_left_alone_is_one(tmp_path: Path) -> None:
    write(tmp_path / "a.csv", ROWS[:2])
    write(tmp_path / "b.csv", ROWS[2:])
    assert rescore(tmp_path / "*.csv", "-o", tmp_path / "out.jsonl") == 0
    assert len(read(tmp_path / "out.jsonl")) == len(ROWS)


def test_files_with_other_columns_are_refused(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    first = write(tmp_path / "a.csv", [{"comment": "a"}])
    second = write(tmp_path / "b.csv", [{"comment": "a", "id": 1}])
    assert rescore(first, second, "-o", tmp_path / "out.csv") == 1
    assert f"{second}: its columns are not those of {first}" in capsys.readouterr().err


@pytest.mark.parametrize("ending", ["csv", "jsonl", "parquet"])
def test_a_folder_gets_a_file_for_each_part(ending: str, tmp_path: Path) -> None:
    source = write(tmp_path / f"in.{ending}", ROWS)
    output = tmp_path / "out"
    assert rescore(source, "-o", f"{output}/", "--part-rows", 4) == 0
    names = [path.name for path in sorted(output.iterdir())]
    assert names == [f"part-0000{number}.{ending}" for number in range(3)]
    found = [row["id"] for name in names for row in read(output / name)]
    assert found == [str(row["id"]) for row in ROWS]


def test_a_folder_with_other_files_is_left_alone_even_by_force(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    source = write(tmp_path / "in.csv", ROWS)
    output = tmp_path / "out"
    output.mkdir()
    assert rescore(source, "-o", output, "--part-rows", 4) == 0
    assert rescore(source, "-o", output) == 1
    assert "is not empty; --force replaces its parts" in capsys.readouterr().err
    assert rescore(source, "-o", output, "--force") == 0
    assert [path.name for path in output.iterdir()] == ["part-00000.csv"]
    (output / "letter.txt").touch()
    assert rescore(source, "-o", output, "--force") == 1
    assert "has letter.txt in it, which is not ours" in capsys.readouterr().err


def test_object_stores_are_read_and_written_through_fsspec(
    expected: list[dict[str, Any]], tmp_path: Path
) -> None:
    store = fsspec.filesystem("memory")
    store.pipe("/in/a.parquet", Path(write(tmp_path / "a.parquet", ROWS[:4])).read_bytes())
    store.pipe("/in/b.parquet", Path(write(tmp_path / "b.parquet", ROWS[4:])).read_bytes())
    output = "memory://out.parquet"
    work = ["--work", tmp_path / "work"]
    for source in ("memory://in", "memory://in/*.parquet"):
        assert rescore(source, "-o", output, "--force", *work) == 0
        path = tmp_path / "out.parquet"
        path.write_bytes(store.cat("/out.parquet"))
        assert normalise(path, read(path)) == expected
    assert rescore("memory://in", "-o", output, *work) == 1
    assert rescore("memory://in", "-o", "memory://parts/", "--part-rows", 3, *work) == 0
    assert len(store.ls("/parts", detail=False)) == 4


def test_an_input_without_rows_makes_an_output_without_rows(tmp_path: Path) -> None:
    (tmp_path / "in.csv").write_text("id,comment\n", encoding="utf-8")
    (tmp_path / "empty.jsonl").touch()
    for source in ("in.csv", "empty.jsonl"):
        for ending in ENDINGS:
            output = tmp_path / f"{source}.out.{ending}"
            assert rescore(tmp_path / source, "-o", output) == 0
            assert read(Path(output).rename(tmp_path / f"out.{ending}")) == []


def test_a_forced_folder_of_an_object_store_has_only_the_new_parts(tmp_path: Path) -> None:
    source = write(tmp_path / "in.csv", ROWS)
    arguments = [source, "-o", "memory://forced/", "--work", tmp_path / "work", "--force"]
    assert rescore(*arguments, "--part-rows", 3) == 0
    assert rescore(*arguments) == 0
    assert len(fsspec.filesystem("memory").ls("/forced", detail=False)) == 1


def test_an_empty_csv_file_has_no_header(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "in.csv").touch()
    assert rescore(tmp_path / "in.csv", "-o", tmp_path / "out.csv") == 1
    assert "in.csv: no header (it is empty)" in capsys.readouterr().err


def test_parquet_that_was_cut_off_is_refused(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    source = Path(write(tmp_path / "in.parquet", ROWS))
    source.write_bytes(source.read_bytes()[:-9])
    assert rescore(source, "-o", tmp_path / "out.csv") == 1
    assert "in.parquet: is not Parquet, or was cut off" in capsys.readouterr().err


def test_a_column_of_numbers_is_no_text(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    source = write(tmp_path / "in.parquet", [{"comment": 1}])
    assert rescore(source, "-o", tmp_path / "out.csv") == 1
    assert "in.parquet: column 'comment' is int64, not text" in capsys.readouterr().err


@pytest.mark.parametrize(
    "kind",
    [
        pa.string(),
        pa.large_string(),
        pa.string_view(),
        pa.binary(),
        pa.dictionary(pa.int32(), pa.string()),
    ],
)
def test_text_may_be_stored_in_any_of_parquets_ways(kind: pa.DataType, tmp_path: Path) -> None:
    source = tmp_path / "in.parquet"
    values = pa.array(["idiot", "😀"])
    pq.write_table(pa.table({"comment": values.cast(kind)}), source)
    output = tmp_path / "out.jsonl"
    assert rescore(source, "-o", output, "--keep") == 0
    assert [row["length"]["value"] for row in read(output)] == [5, 2]


@settings(max_examples=25, deadline=None)
@given(
    st.lists(
        st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0"), max_size=60)
        | st.sampled_from(COMMENTS),
        min_size=1,
        max_size=12,
    ),
    st.sampled_from(["csv", "jsonl", "parquet", "sqlite"]),
    st.sampled_from(["csv", "jsonl", "parquet", "sqlite"]),
)
def test_decision_and_scores_are_the_endpoints_for_the_same_text(
    tmp_path_factory: pytest.TempPathFactory, texts: list[str], kind: str, to: str
) -> None:
    folder = tmp_path_factory.mktemp("rescore")
    rows = [{"id": number, "comment": text} for number, text in enumerate(texts)]
    if kind == "sqlite":
        with sqlite3.connect(folder / "in.db") as database:
            database.execute("create table comments (id integer primary key, comment text)")
            database.executemany("insert into comments values (:id, :comment)", rows)
        database.close()
        source = f"sqlite:///{folder}/in.db?table=comments"
    else:
        source = write(folder / f"in.{kind}", rows)
    output = folder / f"out.{to}"
    name = f"sqlite:///{output}?table=decisions" if to == "sqlite" else output
    assert rescore(source, "-o", name, "--part-rows", 5, "--quiet") == 0
    if to == "sqlite":
        with sqlite3.connect(output) as database:
            database.row_factory = sqlite3.Row
            query = "select * from decisions order by position"
            found = [dict(row) for row in database.execute(query)]
        database.close()
        for row in found:
            row["reasons"] = json.loads(row["reasons"])
            row["id"] = str(row["id"])
            del row["run"], row["position"]
    else:
        found = normalise(output, read(output))
    answers = [flatten(ask(CLIENT, row), VERSION) for row in rows]
    assert found == ([as_text(row) for row in answers] if to == "csv" else answers)
