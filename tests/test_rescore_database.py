"""Tables in and out: SQLite and PostgreSQL, and MySQL where MYSQL_URL names a server."""

import contextlib
import json
import os
import signal
import sqlite3
import time
import uuid
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa
from databases import Postgres, run_postgres
from rescoring import COMMENTS, flatten, read, rescore, start, write
from serving import PATIENCE_S

from service.app import create_app
from service.loading import load_moderator
from service.policy import POLICY_FOLDER, load_policy
from service.settings import Settings

VERSION = load_policy(POLICY_FOLDER / "default.toml").version
ROWS = [
    {"id": number, "comment": comment, "decision": "flag"}
    for number, comment in enumerate(COMMENTS, 1)
]


@pytest.fixture(scope="module")
def postgres() -> Iterator[Postgres]:
    """Run a server of our own."""
    with run_postgres() as server:
        yield server


@pytest.fixture(params=["sqlite", "postgresql", "mysql"])
def url(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """Return the address of a database of each kind."""
    match request.param:
        case "sqlite":
            return f"sqlite:///{tmp_path}/stored.db"
        case "postgresql":
            server: Postgres = request.getfixturevalue("postgres")
            return server.url
        case _:
            if found := os.environ.get("MYSQL_URL"):
                return found
            pytest.skip("MYSQL_URL names no server")


@pytest.fixture(autouse=True)
def _work(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    # Journals of databases without a file lie in the current folder.
    (tmp_path / "work").mkdir()
    monkeypatch.chdir(tmp_path / "work")


@pytest.fixture
def engine(url: str) -> Iterator[sa.Engine]:
    """Return a connection to the database, empty."""
    engine = connect(url)
    yield engine
    _drop_all(engine)


def connect(url: str) -> sa.Engine:
    """Return a connection to a database, which is emptied."""
    engine = sa.create_engine(url, poolclass=sa.NullPool)
    _drop_all(engine)
    return engine


def _drop_all(engine: sa.Engine) -> None:
    found = sa.MetaData()
    found.reflect(engine)
    found.drop_all(engine)


def store(engine: sa.Engine, rows: list[dict[str, Any]], key: Any = sa.BigInteger) -> None:  # noqa: ANN401
    """Make the table ``comments``."""
    table = sa.Table(
        "comments",
        sa.MetaData(),
        sa.Column("id", key, index=True),
        sa.Column("comment", sa.Text),
        sa.Column("decision", sa.String(20)),
        sa.Column("likes", sa.Float),
        sa.Column("written", sa.DateTime),
        sa.Column("tags", sa.JSON),
    )
    table.create(engine)
    with engine.begin() as connection:
        connection.execute(sa.insert(table), rows)


def fetch(engine: sa.Engine, query: str) -> list[dict[str, Any]]:
    """Return rows."""
    with engine.connect() as connection:
        return [dict(row) for row in connection.execute(sa.text(query)).mappings()]


@pytest.fixture(scope="module")
def expected() -> list[dict[str, Any]]:
    """Return what the endpoint answers on `ROWS`, as columns of a table."""
    client = create_app(load_moderator(Settings()), Settings()).test_client()
    answers = [
        client.post("/v1/moderate", json={"comment": row["comment"], "id": str(row["id"])})
        for row in ROWS
    ]
    return [flatten(answer.get_json(), VERSION) for answer in answers]


def test_decisions_on_a_table_go_to_another(
    url: str, engine: sa.Engine, expected: list[dict[str, Any]], capsys: pytest.CaptureFixture[str]
) -> None:
    store(engine, ROWS)
    arguments = ["--compare", "decision", "--part-rows", 3, "--run", "first"]
    assert rescore(f"{url}?table=comments", "-o", f"{url}?table=decisions", *arguments) == 0
    found = fetch(engine, "select * from decisions order by position")
    assert {row.pop("run") for row in found} == {"first"}
    assert {row.pop("before") for row in found} == {"flag"}
    for row in found:
        del row["position"]
        if isinstance(row["reasons"], str):
            row["reasons"] = json.loads(row["reasons"])
    # The key has the type it has in the other table, so that they can be joined.
    assert found == [row | {"id": int(row["id"])} for row in expected]
    said = capsys.readouterr().err
    assert "flag    accept" in said
    assert f"{len(ROWS)} rows are run 'first'" in said


def test_a_file_goes_to_a_table_and_a_table_to_a_file(
    url: str, engine: sa.Engine, tmp_path: Path, expected: list[dict[str, Any]]
) -> None:
    source = write(tmp_path / "in.csv", ROWS)
    assert rescore(source, "-o", f"{url}?table=decisions", "--part-rows", 4) == 0
    found = fetch(engine, "select id, decision, toxicity from decisions order by position")
    names = ["id", "decision", "toxicity"]
    assert found == [{name: row[name] for name in names} for row in expected]
    store(engine, ROWS)
    output = tmp_path / "out.jsonl"
    assert rescore(f"{url}?table=comments", "-o", output, "--part-rows", 4) == 0
    assert [flatten(row, VERSION) for row in read(output)] == expected


def test_columns_are_kept(url: str, engine: sa.Engine) -> None:
    rows: list[dict[str, Any]] = [
        {"id": 1, "comment": "nul" if "sqlite" not in url else "n\0l", "likes": 1.5, "tags": ["x"]},
        {"id": 2, "comment": "b", "likes": None, "tags": None},
    ]
    store(engine, rows)
    assert rescore(f"{url}?table=comments", "-o", f"{url}?table=decisions", "--keep") == 0
    found = fetch(engine, "select input_id, comment, likes, tags from decisions order by id")
    assert found[0]["likes"] == 1.5
    assert json.loads(found[0]["tags"]) == ["x"]
    assert found[0]["comment"] == rows[0]["comment"].replace("\0", "\ufffd")
    assert [row["input_id"] for row in found] == [1, 2]


def test_keys_may_be_text_repeat_and_be_missing(
    url: str, engine: sa.Engine, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    keys = ["b", "a", None, "c", "b", "b", None, "a", "d"]
    store(engine, [{"id": key, "comment": f"{key}"} for key in keys], sa.String(10))
    output = tmp_path / "out.jsonl"
    assert rescore(f"{url}?table=comments", "-o", output, "--part-rows", 2) == 0
    found = [row["id"] for row in read(output)]
    assert found == [None, None, "a", "a", "b", "b", "b", "c", "d"]
    assert rescore(f"{url}?table=comments", "-o", f"{url}?table=decisions", "--part-rows", 2) == 1
    assert [row["id"] for row in fetch(engine, "select id from decisions order by id")] == [*"abcd"]
    said = capsys.readouterr().err
    assert "2 refused" in said
    assert "3 rows had the id of an earlier row, which counts" in said


def test_keys_may_be_uuids(url: str, engine: sa.Engine) -> None:
    keys = [uuid.UUID(int=number) for number in range(1, 6)]
    store(engine, [{"id": key, "comment": "a"} for key in keys], sa.Uuid)
    if "sqlite" in url:
        pytest.skip("SQLite has no such type to be found out")
    assert rescore(f"{url}?table=comments", "-o", f"{url}?table=decisions", "--part-rows", 2) == 0
    assert len(fetch(engine, "select id from decisions")) == 5


def test_of_rows_with_one_id_the_first_counts_whichever_part_comes_last(
    url: str, engine: sa.Engine, tmp_path: Path
) -> None:
    rows = [{"id": 1, "comment": "a"}, {"id": 2, "comment": "b"}, {"id": 1, "comment": "abc"}]
    source = write(tmp_path / "in.jsonl", rows)
    output = f"{url}?table=decisions"
    assert rescore(source, "-o", output, "--run", "r", "--part-rows", 1) == 0
    query = "select id, length from decisions order by id"
    found = [{"id": "1", "length": 1}, {"id": "2", "length": 1}]
    assert fetch(engine, query) == found
    backwards = write(tmp_path / "in2.jsonl", rows[::-1])
    assert rescore(backwards, "-o", output, "--run", "r", "--force") == 0
    assert fetch(engine, query) == [{"id": "1", "length": 3}, {"id": "2", "length": 1}]


def test_runs_stand_beside_each_other_and_one_is_replaced_only_by_force(
    url: str, engine: sa.Engine, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    source = write(tmp_path / "in.jsonl", ROWS)
    fewer = write(tmp_path / "fewer.jsonl", ROWS[:2])
    output = f"{url}?table=decisions"
    for run in ("one", "two"):
        assert rescore(source, "-o", output, "--run", run) == 0
    assert rescore(fewer, "-o", output, "--run", "two") == 1
    assert f"has {len(ROWS)} rows of run 'two' already; --force replaces" in capsys.readouterr().err
    assert rescore(fewer, "-o", output, "--run", "two", "--force") == 0
    counts = fetch(engine, "select run, count(*) as n from decisions group by run order by run")
    assert counts == [{"run": "one", "n": len(ROWS)}, {"run": "two", "n": 2}]
    assert rescore(fewer, "-o", output, "--run", "two", "--resume") == 0
    assert "is complete already" in capsys.readouterr().err
    assert rescore(source, "-o", output, "--run", "three", "--resume") == 0


def test_a_table_that_does_not_fit_is_left_alone(
    url: str, engine: sa.Engine, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    store(engine, ROWS)
    source = write(tmp_path / "in.jsonl", ROWS)
    assert rescore(source, "-o", f"{url}?table=comments") == 1
    assert "#comments: is there, without run, position, reasons" in capsys.readouterr().err
    assert len(fetch(engine, "select id from comments")) == len(ROWS)


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["?table=none"], "#none: there is no such table"),
        (["?table=comments", "--text-column", "x"], "has no column 'x'; it has id, comment, deci"),
        (["?table=comments", "--id-column", "likes"], "key 'likes' is"),
    ],
)
def test_what_cannot_be_read_is_said(
    arguments: list[str],
    message: str,
    url: str,
    engine: sa.Engine,
    capsys: pytest.CaptureFixture[str],
) -> None:
    store(engine, ROWS)
    assert rescore(url + arguments[0], "-o", "out.jsonl", *arguments[1:]) == 1
    assert message in capsys.readouterr().err
    assert list(Path().iterdir()) == []


def test_a_database_that_does_not_answer_is_said_without_the_password(
    capsys: pytest.CaptureFixture[str],
) -> None:
    url = "postgresql+psycopg://me:s3cr3t@127.0.0.1:1/db?table=comments"
    assert rescore(url, "-o", "out.jsonl") == 1
    said = capsys.readouterr().err
    assert "postgresql+psycopg://me:***@127.0.0.1:1/db#comments: OperationalError" in said
    assert "s3cr3t" not in said


def test_the_password_does_not_stand_in_the_journal(postgres: Postgres, tmp_path: Path) -> None:
    source = write(tmp_path / "in.jsonl", ROWS)
    url = postgres.url.replace("postgres@", "postgres:s3cr3t@")
    assert rescore(source, "-o", f"{url}?table=decisions") == 0
    assert b"s3cr3t" not in Path("decisions.journal.jsonl").read_bytes()


def wait_until_written(engine: sa.Engine, rows: int) -> None:
    """Wait until so many rows are there."""
    deadline = time.monotonic() + PATIENCE_S
    while True:
        assert time.monotonic() < deadline
        with contextlib.suppress(sa.exc.DBAPIError):
            if fetch(engine, "select count(*) as n from decisions")[0]["n"] >= rows:
                return


def test_a_killed_run_goes_on_in_the_same_rows(url: str, engine: sa.Engine) -> None:
    rows = [{"id": number, "comment": f"{number} idiot"} for number in range(5000)]
    store(engine, rows)
    arguments = [f"{url}?table=comments", "-o", f"{url}?table=decisions", "--part-rows", "250"]
    with start(*arguments, "--run", "r", "--quiet") as process:
        wait_until_written(engine, 500)
        os.killpg(process.pid, signal.SIGKILL)
    # What is added to the table while the run lasts does not belong to it.
    with engine.begin() as connection:
        connection.execute(sa.text("insert into comments (id, comment) values (9999, 'new')"))
    assert rescore(*arguments, "--run", "r", "--resume") == 0
    found = fetch(engine, "select id, run, position from decisions order by position")
    assert [row["id"] for row in found] == [row["id"] for row in rows]
    assert {row["run"] for row in found} == {"r"}


def test_what_a_database_lost_is_done_again(
    url: str, engine: sa.Engine, capsys: pytest.CaptureFixture[str]
) -> None:
    rows = [{"id": number, "comment": None if number == 9 else "a"} for number in range(10)]
    store(engine, rows)
    arguments = [f"{url}?table=comments", "-o", f"{url}?table=decisions", "--part-rows", 2]
    assert rescore(*arguments, "--max-errors", 0) == 1
    with engine.begin() as connection:
        connection.execute(sa.text("delete from decisions where id in (2, 3)"))
    assert rescore(*arguments, "--resume") == 1
    assert [row["id"] for row in fetch(engine, "select id from decisions order by id")] == [
        *range(9)
    ]
    assert "earlier row" not in capsys.readouterr().err
    with engine.begin() as connection:
        connection.execute(sa.text("drop table decisions"))
    assert rescore(*arguments, "--resume") == 1
    assert "#decisions: is there no more; --force begins anew" in capsys.readouterr().err


def test_an_unfinished_run_does_not_stop_the_next_nights(url: str, engine: sa.Engine) -> None:
    store(engine, [{"id": 1, "comment": "a"}, {"id": 2, "comment": None}])
    arguments = [f"{url}?table=comments", "-o", f"{url}?table=decisions", "--resume"]
    assert rescore(*arguments, "--run", "24", "--part-rows", 1, "--max-errors", 0) == 1
    with engine.begin() as connection:
        connection.execute(sa.text("delete from comments where id = 2"))
    assert rescore(*arguments, "--run", "25", "--part-rows", 1) == 0
    assert {row["run"] for row in fetch(engine, "select run from decisions")} == {"24", "25"}


def test_large_keys_fit_whatever_the_other_database_calls_a_number(
    postgres: Postgres, tmp_path: Path
) -> None:
    with sqlite3.connect(tmp_path / "stored.db") as database:
        database.execute("create table comments (id integer primary key, comment text)")
        database.execute("insert into comments values (3000000000, 'a')")
    database.close()
    engine = connect(postgres.url)
    source = f"sqlite:///{tmp_path}/stored.db?table=comments"
    assert rescore(source, "-o", f"{postgres.url}?table=decisions") == 0
    assert fetch(engine, "select id from decisions") == [{"id": 3_000_000_000}]


def test_sqlite_columns_that_hold_something_else_are_kept_as_they_are(tmp_path: Path) -> None:
    with sqlite3.connect(tmp_path / "stored.db") as database:
        database.execute(
            "create table comments (id integer primary key, comment text, at datetime, x json)"
        )
        database.execute("insert into comments values (1, 'a', 1700000000, '{')")
        database.execute("insert into comments values (2, 'a', '', null)")
    database.close()
    output = tmp_path / "out.csv"
    source = f"sqlite:///{tmp_path}/stored.db?table=comments"
    assert rescore(source, "-o", output, "--keep") == 0
    assert [(row["at"], row["x"]) for row in read(output)] == [("1700000000", "{"), ("", "")]


def test_old_scores_may_be_exact_numbers(
    postgres: Postgres, capsys: pytest.CaptureFixture[str]
) -> None:
    engine = connect(postgres.url)
    with engine.begin() as connection:
        connection.execute(
            sa.text("create table comments (id int, comment text, toxicity numeric(5,3), t text[])")
        )
        connection.execute(sa.text("insert into comments values (1, 'Thank you.', 0.999, '{a}')"))
    arguments = ["-o", "out.jsonl", "--compare", "toxicity", "--keep"]
    assert rescore(f"{postgres.url}?table=comments", *arguments) == 0
    assert "reject  accept       1  100.00%  toxicity 1" in capsys.readouterr().err


def test_a_lost_database_ends_the_run_which_goes_on_when_it_is_back(
    postgres: Postgres, tmp_path: Path
) -> None:
    engine = connect(postgres.url)
    source = write(tmp_path / "in.jsonl", [{"id": n, "comment": "a"} for n in range(20_000)])
    arguments = [source, "-o", f"{postgres.url}?table=decisions", "--part-rows", "200"]
    with start(*arguments, "--quiet") as process:
        wait_until_written(engine, 400)
        postgres.stop("immediate")
        assert process.wait(PATIENCE_S) == 1
        assert process.stderr
        said = process.stderr.read()
        assert b"--resume goes on with it\nnot done: " in said
        assert b"OperationalError" in said
    postgres.start()
    assert rescore(*arguments, "--resume") == 0
    assert len(fetch(engine, "select distinct id from decisions")) == 20_000


def test_a_second_run_on_a_table_is_refused_while_the_first_holds_it(
    postgres: Postgres, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    source = write(tmp_path / "in.jsonl", [{"id": n, "comment": "a"} for n in range(20_000)])
    engine = connect(postgres.url)
    output = f"{postgres.url}?table=decisions"
    with start(source, "-o", output, "--part-rows", "200", "--quiet") as process:
        wait_until_written(engine, 200)
        os.killpg(process.pid, signal.SIGSTOP)
        # Its journal elsewhere, it does not see the lock of the first.
        assert rescore(source, "-o", output, "--work", tmp_path / "elsewhere") == 1
        assert "#decisions: another run is writing to it" in capsys.readouterr().err
        os.killpg(process.pid, signal.SIGCONT)
        assert process.wait(PATIENCE_S) == 0


def test_sqlite_gives_a_row_that_is_not_utf8_as_an_error(tmp_path: Path) -> None:
    with sqlite3.connect(tmp_path / "stored.db") as database:
        database.execute("create table comments (id integer primary key, comment text)")
        database.execute("insert into comments values (1, 'a'), (2, cast(x'ff' as text))")
    database.close()
    output = tmp_path / "out.jsonl"
    assert rescore(f"sqlite:///{tmp_path}/stored.db?table=comments", "-o", output) == 1
    assert [row["id"] for row in read(output)] == ["1"]
