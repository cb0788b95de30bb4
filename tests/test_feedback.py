"""Suggested scores are stored, exported and deleted: SQLite and PostgreSQL, as they are."""

import contextlib
import json
import os
import signal
import sqlite3
import stat
import subprocess
import sys
import termios
import traceback
import tracemalloc
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta, timezone
from pathlib import Path
from typing import Any

import msgspec
import pytest
import sqlalchemy as sa
from databases import Postgres, run_postgres
from hypothesis import given
from hypothesis import strategies as st
from serving import PATIENCE_S, ROOT

from model.readers import read_feedback
from service.feedback.__main__ import main
from service.feedback.export import show_progress
from service.feedback.store import FeedbackStore
from service.feedback.suggestion import FeedbackError, Suggestion, clean
from service.length import utf16_length

CANARY = "walrus-canary-7141"
NOON = datetime(2026, 11, 25, 12, tzinfo=UTC)
PLAIN = Suggestion(text="You nitwit.", scores={"TOXICITY": 1.0}, languages=["en"], created=NOON)
FULL = Suggestion(
    text="You nitwit. \U0001f600 شكرا",
    scores={"TOXICITY": 0.75, "INSULT_EXPERIMENTAL": 1.0},
    spans={"TOXICITY": [(0, 10, 0.5), (10, 14, 0.0)]},
    languages=["en", "ar-Latn"],
    community_id="Coral:tenant",
    client_token="comment:1",  # noqa: S106 - Perspective's name for an id
    model="en-1.1.0",
    created=NOON + timedelta(microseconds=1),
)


@pytest.fixture(scope="module")
def postgres() -> Iterator[Postgres]:
    """Run a server of our own."""
    with run_postgres() as server:
        yield server


@pytest.fixture
def postgres_url(postgres: Postgres) -> str:
    """Return the address of a database without our table."""
    engine = sa.create_engine(postgres.url, poolclass=sa.NullPool)
    with engine.begin() as connection:
        connection.execute(sa.text("drop table if exists feedback"))
    return postgres.url


@pytest.fixture(params=["sqlite", "postgresql"])
def where(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """Return an empty place of each kind."""
    if request.param == "sqlite":
        return str(tmp_path / "feedback #1.sqlite3")
    return str(request.getfixturevalue("postgres_url"))


@pytest.fixture
def store(where: str) -> Iterator[FeedbackStore]:
    with contextlib.closing(FeedbackStore.open(where)) as opened:
        yield opened


@pytest.fixture
def file(tmp_path: Path) -> Path:
    """Return where a SQLite file may be."""
    return tmp_path / "feedback.sqlite3"


def change(suggestion: Suggestion, **fields: Any) -> Suggestion:  # noqa: ANN401 - of any type
    return msgspec.structs.replace(suggestion, **fields)


def texts(store: FeedbackStore, **choice: Any) -> list[str]:  # noqa: ANN401 - those of `read`
    return [suggestion.text for suggestion in store.read(**choice)]


def fill(where: str | Path, *suggestions: Suggestion) -> FeedbackStore:
    store = FeedbackStore.open(str(where))
    for suggestion in suggestions:
        store.add(suggestion)
    return store


def export(where: object, capsys: pytest.CaptureFixture[str], *options: str) -> list[Any]:
    """Export to standard output, and return the lines."""
    assert main(["export", "--from", str(where), *options]) == 0
    return [json.loads(line) for line in capsys.readouterr().out.splitlines()]


@contextlib.contextmanager
def start(code: str, *arguments: object) -> Iterator[subprocess.Popen[str]]:
    """Run Python with the store at hand; it is killed at the end."""
    head = (
        "import os, resource, sys; from datetime import UTC, datetime\n"
        "from service.feedback.store import FeedbackStore\n"
        "from service.feedback.suggestion import FeedbackError, Suggestion\n"
        "def make(text): return Suggestion(text=text, scores={'THREAT': 1.0}, languages=['en'],"
        " created=datetime.now(UTC))\n"
    )
    command = [sys.executable, "-W", "error", "-c", head + code, *map(str, arguments)]
    with subprocess.Popen(
        command, cwd=ROOT, stdin=-1, stdout=-1, stderr=-1, encoding="utf-8"
    ) as process:
        try:
            yield process
        finally:
            process.kill()


def finish(process: subprocess.Popen[str], given: str = "") -> str:
    """Wait for a process that must end well; return what it wrote."""
    output, errors = process.communicate(given, PATIENCE_S)
    assert process.returncode == 0, errors
    return output


def test_suggestions_come_back_in_order_as_they_were_stored(store: FeedbackStore) -> None:
    store.add(FULL)
    store.add(PLAIN)
    assert list(store.read()) == [FULL, PLAIN]
    assert store.count() == 2


def test_whole_numbers_and_other_time_zones_are_brought_to_one_form(store: FeedbackStore) -> None:
    local = NOON.astimezone(timezone(timedelta(hours=5, minutes=30)))
    store.add(change(PLAIN, scores={"TOXICITY": 1}, created=local))
    (found,) = store.read()
    assert found == PLAIN
    assert type(found.scores["TOXICITY"]) is float
    assert found.created.tzinfo is UTC


@pytest.mark.parametrize(
    ("text", "stored"),
    [
        ("", ""),
        ("a\0b", "a\ufffdb"),
        ("\ud83d \udc00", "\ufffd \ufffd"),
        ("\ud83d\ude00", "\U0001f600"),
        ("'); drop table feedback; --", "'); drop table feedback; --"),
        (":text %s %(text)s {0} \\u0000", ":text %s %(text)s {0} \\u0000"),
        ("\r\n\u2028\ufeff\u202e", "\r\n\u2028\ufeff\u202e"),
        ("x" * 20_480, "x" * 20_480),
    ],
    ids=repr,
)
def test_hostile_texts_are_stored_wherever_they_stand(
    store: FeedbackStore, text: str, stored: str
) -> None:
    store.add(
        change(
            FULL,
            text=text,
            scores={text: 1.0},
            spans={text: [(0, 1, 0.5)]},
            languages=[text],
            community_id=text,
            client_token=text,
            model=text,
        )
    )
    (found,) = store.read(newest=True, community_id=text)
    assert found == change(
        FULL,
        text=stored,
        scores={stored: 1.0},
        spans={stored: [(0, 1, 0.5)]},
        languages=[stored],
        community_id=stored,
        client_token=stored,
        model=stored,
    )
    assert store.delete(client_token=text, community_id=text) == 1


@given(text=st.text(st.characters(codec=None)))
def test_any_text_is_made_fit_for_any_database_and_keeps_its_length(text: str) -> None:
    assert utf16_length(clean(text)) == utf16_length(text)
    assert "\0" not in clean(text)
    assert clean(text).encode().decode() == clean(clean(text))


def test_a_suggestion_that_is_printed_shows_no_text() -> None:
    assert CANARY not in repr(change(FULL, text=CANARY, client_token=CANARY))


def test_a_suggestion_needs_no_database_to_be_made() -> None:
    code = "import sys, service.feedback.suggestion; sys.exit('sqlalchemy' in sys.modules)"
    subprocess.run([sys.executable, "-c", code], cwd=ROOT, check=True)


def test_stores_that_open_and_write_at_once_lose_nothing(where: str) -> None:
    code = (
        "from concurrent.futures import ThreadPoolExecutor\n"
        "where, name = sys.argv[1:]\n"
        "print('ready', flush=True); sys.stdin.readline()\n"
        "store = FeedbackStore.open(where)\n"
        "with ThreadPoolExecutor(2) as pool:\n"
        "    list(pool.map(store.add, [make(f'{name} {n}') for n in range(40)]))\n"
    )
    with contextlib.ExitStack() as stack:
        processes = [stack.enter_context(start(code, where, name)) for name in "abc"]
        for process in processes:
            assert process.stdout
            assert process.stdout.readline() == "ready\n"
        for process in processes:
            assert process.stdin
            process.stdin.write("\n")
            process.stdin.flush()
        for process in processes:
            finish(process)
    with contextlib.closing(FeedbackStore.open(where, create=False)) as store:
        found = texts(store)
    assert sorted(found) == sorted(f"{name} {n}" for name in "abc" for n in range(40))


def test_a_store_that_was_opened_before_a_fork_serves_every_child(where: str) -> None:
    code = (
        "store = FeedbackStore.open(sys.argv[1])\n"
        "children = []\n"
        "for child in range(3):\n"
        "    if not (pid := os.fork()):\n"
        "        for n in range(10): store.add(make(f'{child} {n}'))\n"
        "        os._exit(0)\n"
        "    children.append(pid)\n"
        "store.add(make('master'))\n"
        "assert [os.waitpid(pid, 0)[1] for pid in children] == [0, 0, 0]\n"
        "print(store.count())\n"
    )
    with start(code, where) as process:
        assert finish(process) == "31\n"


def test_opening_leaves_no_connection(where: str) -> None:
    code = (
        "store = FeedbackStore.open(sys.argv[1])\n"
        "print([name for name in map(os.readlink, (f'/proc/self/fd/{n}' for n in"
        " os.listdir('/proc/self/fd') if os.path.exists(f'/proc/self/fd/{n}')))"
        " if 'socket' in name or 'feedback' in name])\n"
    )
    with start(code, where) as process:
        assert finish(process) == "[]\n"


def test_a_server_that_went_away_is_an_error_until_it_is_back(
    postgres: Postgres, postgres_url: str
) -> None:
    store = fill(postgres_url, PLAIN)
    postgres.stop("immediate")
    try:
        for _ in range(2):
            with pytest.raises(
                FeedbackError, match=r"postgres: OperationalError: .*refused"
            ) as said:
                store.add(change(PLAIN, text=CANARY))
            assert CANARY not in "".join(traceback.format_exception(said.value))
        with pytest.raises(FeedbackError, match="OperationalError"):
            FeedbackStore.open(postgres_url)
    finally:
        postgres.start()
    store.add(FULL)
    assert list(store.read()) == [PLAIN, FULL]
    store.close()


def test_a_file_that_went_away_is_an_error_until_it_is_back(file: Path) -> None:
    store = fill(file, PLAIN)
    away = file.rename(file.with_name("away"))
    with pytest.raises(FeedbackError, match=r"feedback.sqlite3: OperationalError: unable to open"):
        store.add(PLAIN)
    assert not file.exists()
    away.rename(file)
    store.add(FULL)
    assert list(store.read()) == [PLAIN, FULL]


def test_a_lock_that_is_held_too_long_is_an_error_and_no_more(file: Path) -> None:
    store = FeedbackStore.open(str(file), patience_s=0.1)
    with contextlib.closing(sqlite3.connect(file, isolation_level=None)) as other:
        other.execute("begin immediate")
        with pytest.raises(FeedbackError, match="OperationalError: database is locked"):
            store.add(PLAIN)
        other.execute("rollback")
    store.add(FULL)
    assert list(store.read()) == [FULL]


def test_a_locked_table_of_a_server_is_an_error_and_no_more(postgres_url: str) -> None:
    store = FeedbackStore.open(postgres_url, patience_s=0.1)
    engine = sa.create_engine(postgres_url, poolclass=sa.NullPool)
    with engine.begin() as other:
        other.execute(sa.text("lock table feedback"))
        with pytest.raises(FeedbackError, match=r"OperationalError: canceling .* lock timeout"):
            store.add(PLAIN)
    store.add(FULL)
    assert list(store.read()) == [FULL]
    store.close()


def test_a_full_disk_is_an_error_until_there_is_room(file: Path) -> None:
    code = (
        "store = FeedbackStore.open(sys.argv[1])\n"
        "store.add(make('before'))\n"
        "limits = resource.getrlimit(resource.RLIMIT_FSIZE)\n"
        "resource.setrlimit(resource.RLIMIT_FSIZE, (16384, limits[1]))\n"
        "try:\n"
        f"    store.add(make('{CANARY}' * 5000))\n"
        "except FeedbackError as error:\n"
        "    print(error)\n"
        "resource.setrlimit(resource.RLIMIT_FSIZE, limits)\n"
        "store.add(make('after'))\n"
    )
    with start(code, file) as process:
        said = finish(process)
    assert f"{file}: OperationalError: " in said
    assert CANARY not in said
    assert texts(FeedbackStore.open(str(file))) == ["before", "after"]


def test_a_reader_does_not_keep_a_writer_waiting(file: Path) -> None:
    store = fill(file, PLAIN, FULL)
    reading = store.read()
    assert next(reading) == PLAIN
    FeedbackStore.open(str(file), patience_s=0.1).add(PLAIN)
    assert list(reading) == [FULL]


@pytest.mark.parametrize(
    ("place", "sentence"),
    [
        ("{}/none/feedback.sqlite3", r"^{}/none/feedback\.sqlite3: its folder is not there$"),
        ("{}", r"^{}: OperationalError: unable to open database file$"),
        ("{}/junk", r"^{}/junk: DatabaseError: file is not a database$"),
        ("{}/junk/feedback.sqlite3", r"^{}/junk/feedback\.sqlite3: Not a directory$"),
        ("sqlite:///{}/junk?mode=ro", r"^{}/junk: the address of a SQLite file takes no options$"),
        ("sqlite://", "^a database in memory keeps nothing: name a file$"),
        (":memory:", "^a database in memory keeps nothing: name a file$"),
        ("mysql://u:secret@host/db", "^mysql://…: neither SQLite nor PostgreSQL$"),
        ("postgresql://u:secret@host:x/db", "^postgresql://…: not the address of a database$"),
        (
            "postgresql+none://u:secret@host/db?password=secret",
            r"^postgresql\+none://u:\*\*\*@host/db",
        ),
        ("postgresql+psycopg2://u:secret@host/db", r"db: psycopg2 is not installed$"),
        (
            "postgresql+psycopg://u:secret@127.0.0.1:1/db?password=secret",
            r"^postgresql\+psycopg://u:\*\*\*@127\.0\.0\.1:1/db: OperationalError: .* refused",
        ),
    ],
)
def test_what_cannot_be_opened_is_one_sentence_without_a_password(
    place: str, sentence: str, tmp_path: Path
) -> None:
    (tmp_path / "junk").write_text("no database " * 100, encoding="utf-8")
    with pytest.raises(FeedbackError, match=sentence.replace("{}", str(tmp_path))) as said:
        FeedbackStore.open(place.replace("{}", str(tmp_path)))
    shown = "".join(traceback.format_exception(said.value))
    assert "secret" not in shown
    assert "\n" not in str(said.value)


def test_somebody_elses_table_is_refused(where: str) -> None:
    url = where if "://" in where else f"sqlite:///{where}"
    engine = sa.create_engine(url, poolclass=sa.NullPool)
    with engine.begin() as connection:
        connection.execute(sa.text("create table feedback (id integer, text text, stars integer)"))
    with pytest.raises(
        FeedbackError, match="table feedback is not ours: it has no column schema_v"
    ):
        FeedbackStore.open(where)


def test_a_table_that_takes_no_row_of_ours_is_refused(where: str, store: FeedbackStore) -> None:
    url = where if "://" in where else f"sqlite:///{where}"
    engine = sa.create_engine(url, poolclass=sa.NullPool)
    with engine.begin() as connection:
        connection.execute(sa.text("alter table feedback rename column model to m"))
        connection.execute(sa.text("alter table feedback add column model text check (model > '')"))
        connection.execute(sa.text("create unique index u on feedback (text)"))
    store.close()
    FeedbackStore.open(where).close()
    fill(where, change(PLAIN, text="")).close()
    with pytest.raises(FeedbackError, match="IntegrityError: "):
        FeedbackStore.open(where)


def test_a_table_of_a_later_release_is_refused(where: str, store: FeedbackStore) -> None:
    store.add(PLAIN)
    store.close()
    url = where if "://" in where else f"sqlite:///{where}"
    engine = sa.create_engine(url, poolclass=sa.NullPool)
    with engine.begin() as connection:
        connection.execute(sa.text("update feedback set schema_version = 2"))
    with pytest.raises(FeedbackError, match=r"a later release has written to its table feedback$"):
        FeedbackStore.open(where)


def test_a_user_who_may_not_write_is_refused_at_once(postgres_url: str) -> None:
    FeedbackStore.open(postgres_url).close()
    engine = sa.create_engine(postgres_url, poolclass=sa.NullPool)
    with engine.begin() as connection:
        connection.execute(sa.text("drop role if exists reader"))
        connection.execute(sa.text("create role reader login"))
    reader = sa.make_url(postgres_url).set(username="reader").render_as_string()
    with pytest.raises(FeedbackError, match=r"ProgrammingError: permission denied for .*feedback"):
        FeedbackStore.open(reader)


def test_an_error_repeats_no_text_even_if_the_database_does(postgres_url: str) -> None:
    store = FeedbackStore.open(postgres_url)
    engine = sa.create_engine(postgres_url, poolclass=sa.NullPool)
    with engine.begin() as connection:
        connection.execute(sa.text("alter table feedback add check (length(text) < 20)"))
        connection.execute(sa.text("alter table feedback alter scores type varchar(20)"))
    for fields in ({"text": CANARY * 3}, {"scores": {CANARY: 1.0}}):
        with pytest.raises(FeedbackError, match=r"Error") as said:
            store.add(change(PLAIN, **fields))
        assert CANARY not in "".join(traceback.format_exception(said.value))
    store.close()


def test_only_its_owner_may_read_a_file_that_we_make(file: Path) -> None:
    store = fill(file, PLAIN)
    with contextlib.closing(sqlite3.connect(file)) as other:
        other.execute("select count(*) from feedback").fetchall()
        store.add(PLAIN)
        modes = {path.name: stat.S_IMODE(path.stat().st_mode) for path in file.parent.iterdir()}
    assert modes.pop(file.name) == 0o600
    # SQLite's log beside it.
    assert set(modes.values()) == {0o600}


def test_a_relative_path_stays_where_it_was_when_the_folder_changes(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    store = FeedbackStore.open("feedback.sqlite3")
    (tmp_path / "elsewhere").mkdir()
    monkeypatch.chdir("elsewhere")
    store.add(PLAIN)
    assert store.count() == 1


@pytest.mark.parametrize("newest", [False, True])
def test_reading_keeps_few_rows_in_memory(file: Path, newest: bool) -> None:  # noqa: FBT001
    fill(file, change(FULL, text="x" * 10_000))
    with contextlib.closing(sqlite3.connect(file)) as database, database:
        database.execute(
            "with recursive n(i) as (select 1 union all select i + 1 from n where i < 5000)"
            " insert into feedback (schema_version, text, scores, languages, community_id,"
            " client_token, created) select schema_version, text, scores, languages, community_id,"
            " i, created from feedback, n"
        )
    store = FeedbackStore.open(str(file))
    tracemalloc.start()
    try:
        assert sum(1 for _ in store.read(newest=newest)) == 5001
        peak = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
    assert peak < 20e6  # of 50 MB of text


def test_of_several_decisions_on_a_comment_the_newest_counts(
    where: str, store: FeedbackStore, capsys: pytest.CaptureFixture[str]
) -> None:
    def decide(number: int, token: str | None, community: str | None = "Coral:a") -> Suggestion:
        created = NOON + timedelta(hours=number)
        return change(
            PLAIN,
            text=str(number),
            client_token=token,
            community_id=community,
            created=created,
        )

    for suggestion in (
        decide(1, "comment:1"),
        decide(9, "comment:2"),
        decide(3, "comment:1"),
        decide(2, "comment:1"),  # stored late
        decide(4, "comment:1", "Coral:b"),
        decide(5, "comment:1", None),
        decide(6, "comment:1", None),
        decide(7, None),
        decide(8, None),
        decide(9, "comment:2"),
    ):
        store.add(suggestion)
    newest = ["3", "4", "6", "7", "8", "9"]
    assert [line["text"] for line in export(where, capsys)] == newest
    assert len(export(where, capsys, "--all")) == 10
    since = [line["text"] for line in export(where, capsys, "--since", "2026-11-25T18:00Z")]
    assert since == ["6", "7", "8", "9"]
    of_a = [line["text"] for line in export(where, capsys, "--community", "Coral:a")]
    assert of_a == ["3", "7", "8", "9"]


def test_a_line_has_what_was_suggested_and_nothing_else(
    file: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    both = change(PLAIN, scores={"TOXICITY_EXPERIMENTAL": 0.0, "TOXICITY": 1.0, "SPAM": 1.0})
    fill(file, FULL, both, change(PLAIN, scores={}, spans={"THREAT": [(0, 1, 1.0)]}))
    assert main(["export", "--from", str(file)]) == 0
    said = capsys.readouterr()
    assert [json.loads(line) for line in said.out.splitlines()] == [
        {
            "text": FULL.text,
            "toxicity": 0.75,
            "insult": 1.0,
            "community": "Coral:tenant",
            "client_token": "comment:1",
            "model": "en-1.1.0",
            "created": "2026-11-25T12:00:00.000001Z",
            "languages": ["en", "ar-Latn"],
        },
        {
            "text": PLAIN.text,
            "toxicity": 1.0,
            "created": "2026-11-25T12:00:00Z",
            "languages": ["en"],
        },
    ]
    assert said.err == (
        "2 suggestions written; 1 without a score of an attribute of ours left out\n"
    )


def test_a_file_is_replaced_only_by_force_and_read_only_by_its_owner(
    file: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    fill(file, PLAIN)
    output = file.with_name("out.jsonl")
    arguments = ["export", "--from", str(file), "-o", str(output)]
    assert main(arguments) == 0
    written = output.read_bytes()
    assert written.count(b"\n") == 1
    assert stat.S_IMODE(output.stat().st_mode) == 0o600
    output.write_bytes(b"precious")
    assert main(arguments) == 1
    assert f"not done: {output}: is there already; --force replaces it" in capsys.readouterr().err
    assert output.read_bytes() == b"precious"
    assert main([*arguments, "--force"]) == 0
    assert output.read_bytes() == written


@pytest.mark.parametrize("ending", [signal.SIGTERM, signal.SIGKILL])
def test_an_export_that_is_ended_leaves_no_half_file(file: Path, ending: signal.Signals) -> None:
    fill(file, *[PLAIN] * 3)
    output = file.with_name("out.jsonl")
    # The real program, on suggestions of which the third never comes.
    code = (
        "import runpy, signal\n"
        "read = FeedbackStore.read\n"
        "def stall(self, **choice):\n"
        "    for number, suggestion in enumerate(read(self, **choice)):\n"
        "        if number == 2:\n"
        "            print('stalled', flush=True); signal.pause()\n"
        "        yield suggestion\n"
        "FeedbackStore.read = stall\n"
        "sys.argv = ['export', 'export', '--from', sys.argv[1], '-o', sys.argv[2]]\n"
        "runpy.run_module('service.feedback', run_name='__main__')\n"
    )
    with start(code, file, output) as process:
        assert process.stdout
        assert process.stdout.readline() == "stalled\n"
        process.send_signal(ending)
        _, errors = process.communicate(timeout=PATIENCE_S)
    assert not output.exists()
    if ending == signal.SIGTERM:
        assert (process.returncode, errors) == (1, "not done: interrupted\n")
        assert not list(file.parent.glob(".out*"))
    assert main(["export", "--from", str(file), "-o", str(output)]) == 0
    assert output.read_bytes().count(b"\n") == 3


def test_a_reader_of_standard_output_that_goes_away_is_no_traceback(file: Path) -> None:
    fill(file, *[change(PLAIN, text="x" * 20_000)] * 10)
    command = [sys.executable, "-m", "service.feedback", "export", "--from", str(file)]
    with subprocess.Popen(command, cwd=ROOT, stdout=-1, stderr=-1) as process:
        assert process.stdout
        process.stdout.close()
        assert process.stderr
        assert process.stderr.read() == b""
        assert process.wait(PATIENCE_S) == 1


def test_the_place_is_taken_from_the_environment(file: Path) -> None:
    fill(file, PLAIN)
    command = [sys.executable, "-m", "service.feedback", "export"]
    for variables, status, said in (
        ({"MODERATION_FEEDBACK": str(file)}, 0, "1 suggestions written\n"),
        ({"MODERATION_FEEDBACK": str(file), "MODERATION_X": "1"}, 1, "not done: MODERATION_X: "),
        ({}, 2, "say where the suggestions are: --from, or MODERATION_FEEDBACK\n"),
    ):
        done = subprocess.run(
            command,
            cwd=ROOT,
            env=os.environ | variables,
            capture_output=True,
            check=False,
            encoding="utf-8",
        )
        assert done.returncode == status
        assert said in done.stderr


@pytest.mark.parametrize("command", [["export"], ["delete", "--client-token", "a"]])
def test_what_is_not_there_is_not_made(
    command: list[str], where: str, file: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    place = where if "://" in where else str(file)
    assert main([*command, "--from", place]) == 1
    said = capsys.readouterr().err
    assert said.startswith("not done: ")
    assert "is not there" in said or "no feedback is stored there" in said
    assert not file.exists()


def test_a_failing_output_is_one_sentence(file: Path, capsys: pytest.CaptureFixture[str]) -> None:
    fill(file, PLAIN)
    output = file.with_name("none") / "out.jsonl"
    assert main(["export", "--from", str(file), "-o", str(output)]) == 1
    assert "/none/out.jsonl: its folder is not there" in capsys.readouterr().err


@pytest.mark.parametrize(
    "arguments",
    [[], ["delete"], ["delete", "--community", "a"], ["export", "--since", "yesterday"], ["read"]],
)
def test_a_command_without_meaning_has_status_2(arguments: list[str]) -> None:
    with pytest.raises(SystemExit, match=r"^2$"):
        main(arguments)


@pytest.mark.parametrize(
    ("options", "left"),
    [
        (["--client-token", "t1"], ["c"]),
        (["--client-token", "t1", "--community", "A"], ["b", "c"]),
        (["--before", "2026-11-25"], ["b", "c"]),
        (["--before", "2026-11-26T12:00+01:00"], ["c"]),
        (["--before", "2026-11-26T12:00", "--community", "B"], ["a", "c"]),
        (["--client-token", "none"], ["a", "b", "c"]),
    ],
)
def test_suggestions_are_deleted_by_token_and_by_age(
    options: list[str],
    left: list[str],
    where: str,
    store: FeedbackStore,
    capsys: pytest.CaptureFixture[str],
) -> None:
    day = datetime(2026, 11, 24, 23, tzinfo=UTC)
    a = change(PLAIN, text="a", client_token="t1", community_id="A", created=day)  # noqa: S106
    later = day + timedelta(hours=12)
    b = change(PLAIN, text="b", client_token="t1", community_id="B", created=later)  # noqa: S106
    c = change(PLAIN, text="c", created=day + timedelta(hours=36))
    for suggestion in (a, b, c):
        store.add(suggestion)
    assert main(["delete", "--from", where, *options]) == 0
    assert capsys.readouterr().err == f"{3 - len(left)} suggestions deleted\n"
    assert texts(store) == left


def test_deleting_everything_by_accident_is_refused(store: FeedbackStore) -> None:
    with pytest.raises(ValueError, match="deleting needs a condition"):
        store.delete()


def test_what_was_deleted_is_nowhere_in_the_files(file: Path) -> None:
    small = change(FULL, text=CANARY, client_token="gone")  # noqa: S106
    store = fill(file, PLAIN, small, change(small, text=CANARY * 1000), FULL)
    # A connection that stays open, as a worker's may, keeps the log from being taken away.
    with contextlib.closing(sqlite3.connect(file)) as other:
        other.execute("select count(*) from feedback").fetchall()
        store.add(small)
        assert any(CANARY.encode() in path.read_bytes() for path in file.parent.iterdir())
        assert store.delete(client_token="gone") == 3  # noqa: S106
        for path in file.parent.iterdir():
            assert CANARY.encode() not in path.read_bytes()
    assert list(store.read()) == [PLAIN, FULL]


def test_progress_is_a_line_every_ten_seconds(capsys: pytest.CaptureFixture[str]) -> None:
    ticks = iter(range(0, 1000, 4))
    clock: Callable[[], float] = lambda: float(next(ticks))  # noqa: E731
    assert list(show_progress([PLAIN] * 7, clock)) == [PLAIN] * 7
    assert capsys.readouterr().err == "3 suggestions\n6 suggestions\n"


def test_progress_is_a_bar_on_a_terminal(file: Path) -> None:
    fill(file, PLAIN)
    ours, theirs = os.openpty()
    termios.tcsetwinsize(theirs, (24, 140))
    command = [sys.executable, "-m", "service.feedback", "export", "--from", str(file)]
    done = subprocess.run(command, cwd=ROOT, stdout=-1, stderr=theirs, check=True)
    os.close(theirs)
    drawn = os.read(ours, 65536)
    os.close(ours)
    assert b"\r0 suggestions [" in drawn
    assert drawn.endswith(b"1 suggestions written\r\n")
    assert done.stdout.count(b"\n") == 1


def test_what_is_exported_is_what_training_reads(tmp_path: Path, file: Path) -> None:
    fill(
        file,
        change(PLAIN, text="a\u2028b\r\n\ud83d", scores={"TOXICITY": 0.5, "THREAT": 0.2}),
        change(PLAIN, text="c", scores={"SEVERE_TOXICITY_EXPERIMENTAL": 0}),
        change(PLAIN, text="d", languages=["ar"]),
    )
    folder = tmp_path / "feedback"
    folder.mkdir()
    assert main(["export", "--from", str(file), "-o", str(folder / "1.jsonl")]) == 0
    labels = read_feedback(folder, "en").labels
    known = [(row.pop("text"), row) for row in labels.to_dict("records")]
    assert [
        (text, {name: value for name, value in row.items() if value == value})  # noqa: PLR0124
        for text, row in known
    ] == [
        ("a\u2028b\r\n\ufffd", {"toxicity": 1.0}),
        ("c", {"severe_toxicity": 0.0}),
    ]


def test_the_page_names_every_option(capsys: pytest.CaptureFixture[str]) -> None:
    page = (ROOT / "docs/feedback.md").read_text(encoding="utf-8")
    for command in ("export", "delete"):
        with pytest.raises(SystemExit, match=r"^0$"):
            main([command, "--help"])
        words = capsys.readouterr().out.replace(",", " ").replace("[", " ").split()
        options = {word.rstrip("]") for word in words if word.startswith("--")} - {"--help"}
        assert options
        assert {option for option in options if f"`{option}" not in page} == set()


def test_of_many_that_wait_for_the_database_two_do_and_the_others_are_refused_at_once(
    tmp_path: Path,
) -> None:
    path = tmp_path / "feedback.sqlite3"
    store = FeedbackStore.open(str(path), patience_s=1)
    with contextlib.closing(sqlite3.connect(path, isolation_level=None)) as other:
        other.execute("BEGIN IMMEDIATE")
        with ThreadPoolExecutor(6) as threads:
            found = list(threads.map(lambda _: explain(store), range(6)))
    assert sorted(reason.endswith("others wait to be stored") for reason in found) == [
        *[False] * 2,
        *[True] * 4,
    ]
    store.add(PLAIN)
    assert store.count() == 1


def explain(store: FeedbackStore) -> str:
    """Return why a suggestion is not stored."""
    with pytest.raises(FeedbackError) as raised:
        store.add(PLAIN)
    return str(raised.value)
