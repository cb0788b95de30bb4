"""The batch script: the endpoint's bytes, and no half-done output whatever happens."""

import json
import re
import shutil
import signal
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import pytest
from flask.testing import FlaskClient
from serving import PATIENCE_S, ROOT

from service.app import create_app
from service.loading import load_moderator
from service.rescore import CHUNK, main
from service.settings import ARTEFACTS, Settings

CANARY = "canary-3b8d"
COMMENTS: list[dict[str, Any]] = [
    {"comment": "Thank you for this report.", "id": "1"},
    {"comment": "You are a complete idiot, shut up.", "id": "zwei"},
    {"comment": "a" * 1501, "id": None},
    {"comment": "one\r\ntwo\nthree"},
    {"comment": " \u200b"},
    {"comment": "😀 \ud83d <b>&amp;</b> \x00 \u2028", "id": "\ude00"},
    {"comment": "Это хороший отчёт.", "id": "6"},
]
PROGRAM = [sys.executable, "-m", "service.rescore"]


@pytest.fixture(scope="module")
def client() -> FlaskClient:
    """Return a client of what is shipped."""
    return create_app(load_moderator(Settings()), Settings()).test_client()


@pytest.fixture
def output(tmp_path: Path) -> Path:
    """Return where the output goes, in a folder of its own."""
    (tmp_path / "out").mkdir()
    return tmp_path / "out" / "scored.jsonl"


def write(path: Path, *rows: object) -> str:
    """Write rows as JSON lines, bytes as they are; return the path."""
    lines = [row if isinstance(row, bytes) else json.dumps(row).encode() for row in rows]
    path.write_bytes(b"".join(line + b"\n" for line in lines))
    return str(path)


def read(path: Path) -> list[Any]:
    """Return the documents in a file of JSON lines."""
    return [json.loads(line) for line in path.read_bytes().splitlines()]


def test_a_line_is_byte_for_byte_what_the_endpoint_answers(
    tmp_path: Path, output: Path, client: FlaskClient
) -> None:
    assert main([write(tmp_path / "in", *COMMENTS), "-o", str(output)]) == 0
    lines = output.read_bytes().splitlines(keepends=True)
    singles = [client.post("/v1/moderate", json=comment).data for comment in COMMENTS]
    assert lines == [single + b"\n" for single in singles]
    batch = client.post("/v1/moderate/batch", json={"comments": COMMENTS}).data
    assert batch == b'{"results":[%s]}' % b",".join(singles)


def test_more_comments_than_are_scored_at_once_keep_their_order(
    tmp_path: Path, output: Path
) -> None:
    rows = [{"comment": f"Comment {number}", "id": number} for number in range(2 * CHUNK + 1)]
    assert main([write(tmp_path / "in", *rows), "-o", str(output)]) == 0
    assert [row["id"] for row in read(output)] == [str(row["id"]) for row in rows]


@pytest.mark.parametrize(
    ("line", "reason"),
    [
        (b'{"comment": "canary-3b8d \xff"}', "not UTF-8: see byte 25"),
        (b'{"comment": "canary-3b8d"', "not JSON: see column 26"),
        (b"canary-3b8d", "not JSON: see column 1"),
        (b'{"comment": "canary-3b8d", "x": ' + b"[" * 100_000, "not JSON that can be read"),
        (b'{"comment": "canary-3b8d", "x": ' + b"1" * 5000 + b"}", "not JSON that can be read"),
        (b'["canary-3b8d"]', "not a JSON object"),
        (b"null", "not a JSON object"),
        (b'{"text": "canary-3b8d"}', "no string under 'comment'"),
        (b'{"comment": ["canary-3b8d"]}', "no string under 'comment'"),
        (b'{"comment": null}', "no string under 'comment'"),
        (b'{"comment": "a", "id": true}', "neither string nor whole number under 'id'"),
        (b'{"comment": "a", "id": 1.5}', "neither string nor whole number under 'id'"),
        (b'{"comment": "a", "id": NaN}', "neither string nor whole number under 'id'"),
        (b'{"comment": "a", "id": ["canary-3b8d"]}', "neither string nor whole number under 'id'"),
    ],
)
def test_a_bad_line_is_reported_by_its_number_without_its_text_and_the_rest_goes_on(
    line: bytes, reason: str, tmp_path: Path, output: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    source = write(tmp_path / "in", {"comment": "a", "id": 1}, b"", line, {"comment": "b", "id": 4})
    assert main([source, "-o", str(output)]) == 1
    said = capsys.readouterr().err
    assert f"line 3: {reason}\n" in said
    assert "1 lines refused" in said
    assert CANARY not in said
    assert [row["id"] for row in read(output)] == ["1", "4"]


@pytest.mark.parametrize(
    ("name", "found"),
    [(5, "5"), (-1, "-1"), (10**30, str(10**30)), ("a", "a"), ("", ""), (None, None)],
)
def test_an_id_is_a_string_or_becomes_one(
    name: object, found: str | None, tmp_path: Path, output: Path
) -> None:
    source = write(tmp_path / "in", {"comment": "a", "id": name, "likes": 1.5})
    assert main([source, "-o", str(output)]) == 0
    assert read(output)[0]["id"] == found


def test_columns_have_the_names_that_are_given(tmp_path: Path, output: Path) -> None:
    source = write(tmp_path / "in", {"body": "You idiot", "key": 7, "comment": 1, "id": []})
    assert main([source, "-o", str(output), "--text-column", "body", "--id-column", "key"]) == 0
    (row,) = read(output)
    assert (row["id"], row["length"]["value"]) == ("7", 9)


def test_the_policy_that_is_given_decides(tmp_path: Path, output: Path) -> None:
    policy = tmp_path / "strict.toml"
    policy.write_text('name = "strict"\nmax_length = 3', encoding="utf-8")
    source = write(tmp_path / "in", {"comment": "abcd"}, {"comment": "You idiot"[:3]})
    assert main([source, "-o", str(output), "--policy", str(policy)]) == 0
    rows = read(output)
    assert [row["decision"] for row in rows] == ["reject", "accept"]
    assert {row["policy"] for row in rows} == {"strict"}


def test_no_lines_make_an_empty_output(
    tmp_path: Path, output: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main([write(tmp_path / "in", b"", b" \t\r"), "-o", str(output)]) == 0
    assert output.read_bytes() == b""
    assert re.fullmatch(
        r"0 comments, 0 a second: 0 accept, 0 flag, 0 reject; 0 lines refused\n",
        capsys.readouterr().err,
    )


def test_what_was_done_is_summed_up(
    tmp_path: Path, output: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    rows = [{"comment": "Thank you."}] * 3 + [{"comment": "Это отчёт."}] * 2 + [{"comment": ""}]
    assert main([write(tmp_path / "in", *rows), "-o", str(output), "--quiet"]) == 0
    assert re.fullmatch(
        r"6 comments, \d+ a second: 3 accept, 2 flag, 1 reject; 0 lines refused\n",
        capsys.readouterr().err,
    )


@pytest.mark.parametrize("same", [False, True])
def test_an_output_that_is_there_is_replaced_only_by_force(
    tmp_path: Path, output: Path, capsys: pytest.CaptureFixture[str], *, same: bool
) -> None:
    source = write(output if same else tmp_path / "in", {"comment": "Thank you."})
    if not same:
        output.write_bytes(b"before")
    before = output.read_bytes()
    assert main([source, "-o", str(output)]) == 1
    assert output.read_bytes() == before
    assert f"not done: {output} is there already; --force replaces it" in capsys.readouterr().err
    assert main([source, "-o", str(output), "--force"]) == 0
    assert read(output)[0]["decision"] == "accept"
    assert list(output.parent.iterdir()) == [output]


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["none.jsonl"], "No such file or directory"),
        (["."], "Is a directory"),
        (["in", "--policy", "none.toml"], "none.toml: cannot be read"),
        (["in", "--policy", "in"], "in: not TOML"),
        (["in", "--artefacts", "none"], "none: no model is there"),
    ],
)
def test_what_cannot_be_begun_says_why_and_leaves_nothing(
    arguments: list[str],
    message: str,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    monkeypatch.chdir(tmp_path)
    write(tmp_path / "in", {"comment": "a"})
    assert main([*arguments, "-o", "out"]) == 1
    said = capsys.readouterr().err
    assert said.startswith("not done: ")
    assert message in said
    assert said.count("\n") == 1
    assert list(tmp_path.iterdir()) == [tmp_path / "in"]


def test_an_output_in_a_folder_that_is_not_there_is_refused(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    source = write(tmp_path / "in", {"comment": "a"})
    assert main([source, "-o", str(tmp_path / "none" / "out")]) == 1
    assert "not done: [Errno 2] No such file or directory" in capsys.readouterr().err


def test_a_changed_model_is_not_used(
    tmp_path: Path, output: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    artefacts = shutil.copytree(ARTEFACTS, tmp_path / "artefacts")
    with (artefacts / "en" / "weights.joblib").open("ab") as file:
        file.write(b"\0")
    source = write(tmp_path / "in", {"comment": "a"})
    assert main([source, "-o", str(output), "--artefacts", str(artefacts)]) == 1
    assert "the file was changed or is incomplete" in capsys.readouterr().err


@pytest.mark.parametrize("arguments", [[], ["in"], ["in", "-o", "out", "--colour"], ["-o", "out"]])
def test_a_command_that_has_no_meaning_ends_with_2(
    arguments: list[str], capsys: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(SystemExit, match=r"^2$"):
        main(arguments)
    assert capsys.readouterr().err.startswith("usage: python -m service.rescore")


def test_a_dash_is_standard_input_and_output(client: FlaskClient) -> None:
    source = b"".join(json.dumps(comment).encode() + b"\n" for comment in COMMENTS)
    done = subprocess.run(
        [*PROGRAM, "-", "-o", "-"], cwd=ROOT, input=source, capture_output=True, check=True
    )
    singles = [client.post("/v1/moderate", json=comment).data for comment in COMMENTS]
    assert done.stdout == b"".join(single + b"\n" for single in singles)
    assert done.stderr.count(b"\n") == 1


def test_a_reader_that_goes_away_is_no_failure_of_ours(tmp_path: Path) -> None:
    source = write(tmp_path / "in", *[{"comment": "Thank you."}] * 5 * CHUNK)
    with subprocess.Popen(
        [*PROGRAM, source, "-o", "-"], cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.PIPE
    ) as process:
        assert process.stdout
        assert process.stderr
        assert json.loads(process.stdout.readline())["decision"] == "accept"
        process.stdout.close()
        assert process.stderr.read() == b""
        assert process.wait(PATIENCE_S) == 1


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_an_interrupted_run_leaves_the_output_as_it_was(
    number: signal.Signals, output: Path
) -> None:
    output.write_bytes(b"before")
    with subprocess.Popen(
        [*PROGRAM, "-", "-o", str(output), "--force"],
        cwd=ROOT,
        stdin=subprocess.PIPE,
        stderr=subprocess.PIPE,
    ) as process:
        assert process.stdin
        assert process.stderr
        process.stdin.write(b'{"comment": "Thank you."}\n' * 2 * CHUNK)
        process.stdin.flush()
        wait_for_a_second_file(output.parent)
        process.send_signal(number)
        assert process.wait(PATIENCE_S) == 1
        assert process.stderr.read() == b"not done: interrupted\n"
    assert output.read_bytes() == b"before"
    assert list(output.parent.iterdir()) == [output]


def wait_for_a_second_file(folder: Path) -> None:
    """Wait until there is something beside the output."""
    deadline = time.monotonic() + PATIENCE_S
    while len(list(folder.iterdir())) == 1:
        assert time.monotonic() < deadline


def test_a_full_disk_leaves_the_output_as_it_was(tmp_path: Path, output: Path) -> None:
    output.write_bytes(b"before")
    source = write(tmp_path / "in", *[{"comment": "Thank you."}] * CHUNK)
    limited = ["/bin/bash", "-c", 'ulimit -f 8; exec "$@"', "bash"]
    done = subprocess.run(
        [*limited, *PROGRAM, source, "-o", str(output), "--force"],
        cwd=ROOT,
        capture_output=True,
        check=False,
    )
    assert done.returncode == 1
    assert done.stderr == b"not done: [Errno 27] File too large\n"
    assert output.read_bytes() == b"before"
    assert list(output.parent.iterdir()) == [output]


def test_a_full_disk_behind_a_stream_is_told(tmp_path: Path) -> None:
    source = write(tmp_path / "in", {"comment": "Thank you."})
    with Path("/dev/full").open("wb") as full:
        done = subprocess.run(
            [*PROGRAM, source, "-o", "-"], cwd=ROOT, stdout=full, stderr=-1, check=False
        )
    assert done.returncode != 0
    assert done.stderr.startswith(b"not done: [Errno 28] No space left on device\n")


def test_the_help_says_what_it_takes(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit, match=r"^0$"):
        main(["--help"])
    said = capsys.readouterr().out
    assert all(option in said for option in ("--output", "--text-column", "--policy", "--force"))
