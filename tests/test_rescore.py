"""The batch script: the endpoint's decisions, and a command line that says what is wrong."""

import json
import re
import shutil
import subprocess
from pathlib import Path
from typing import Any

import pytest
from flask.testing import FlaskClient
from rescoring import PROGRAM, rescore
from serving import PATIENCE_S, ROOT

from service.app import create_app
from service.loading import load_moderator
from service.policy import POLICY_FOLDER, load_policy
from service.rescore.__main__ import main
from service.settings import ARTEFACTS, Settings

CANARY = "canary-3b8d"
VERSION = load_policy(POLICY_FOLDER / "default.toml").version
COMMENTS: list[dict[str, Any]] = [
    {"comment": "Thank you for this report.", "id": "1"},
    {"comment": "You are a complete idiot, shut up.", "id": "zwei"},
    {"comment": "a" * 1501, "id": None},
    {"comment": "one\r\ntwo\nthree"},
    {"comment": " \u200b"},
    {"comment": "😀 \ud83d <b>&amp;</b> \x00 \u2028", "id": "\ude00"},
    {"comment": "Это хороший отчёт.", "id": "6"},
]


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


def answers(client: FlaskClient) -> list[bytes]:
    """Return the lines of output that the endpoint's answers are."""
    singles = [client.post("/v1/moderate", json=comment).data for comment in COMMENTS]
    return [single[:-1] + f',"policy_version":"{VERSION}"}}\n'.encode() for single in singles]


def test_a_line_is_byte_for_byte_what_the_endpoint_answers_and_the_version_of_the_policy(
    tmp_path: Path, output: Path, client: FlaskClient
) -> None:
    assert rescore(write(tmp_path / "in.jsonl", *COMMENTS), "-o", output) == 0
    assert output.read_bytes().splitlines(keepends=True) == answers(client)


@pytest.mark.parametrize("jobs", [1, 2])
def test_more_comments_than_a_part_has_keep_their_order(
    tmp_path: Path, output: Path, jobs: int
) -> None:
    rows = [{"comment": f"Comment {number}", "id": number} for number in range(2501)]
    source = write(tmp_path / "in.jsonl", *rows)
    arguments = [source, "-o", str(output), "--part-rows", "300", "--jobs", str(jobs)]
    assert main(arguments) == 0
    assert [row["id"] for row in read(output)] == [str(row["id"]) for row in rows]


@pytest.mark.parametrize(
    ("name", "found"),
    [(5, "5"), (-1, "-1"), (10**30, str(10**30)), (7.0, "7"), ("a", "a"), ("", ""), (None, None)],
)
def test_an_id_is_a_string_or_becomes_one(
    name: object, found: str | None, tmp_path: Path, output: Path
) -> None:
    source = write(tmp_path / "in.jsonl", {"comment": "a", "id": name, "likes": 1.5})
    assert rescore(source, "-o", output) == 0
    assert read(output)[0]["id"] == found


def test_columns_have_the_names_that_are_given(tmp_path: Path, output: Path) -> None:
    source = write(tmp_path / "in.jsonl", {"body": "You idiot", "key": 7, "comment": 1, "id": []})
    assert rescore(source, "-o", output, "--text-column", "body", "--id-column", "key") == 0
    (row,) = read(output)
    assert (row["id"], row["length"]["value"]) == ("7", 9)


def test_the_policy_that_is_given_decides(tmp_path: Path, output: Path) -> None:
    policy = tmp_path / "strict.toml"
    policy.write_text('name = "strict"\nmax_length = 3', encoding="utf-8")
    source = write(tmp_path / "in.jsonl", {"comment": "abcd"}, {"comment": "You"})
    assert rescore(source, "-o", output, "--policy", policy) == 0
    rows = read(output)
    assert [row["decision"] for row in rows] == ["reject", "accept"]
    assert {row["policy"] for row in rows} == {"strict"}
    assert {row["policy_version"] for row in rows} == {load_policy(policy).version}
    assert load_policy(policy).version != VERSION


def test_kept_lines_stand_in_the_output_as_they_were(tmp_path: Path, output: Path) -> None:
    line = b'{"id": 1, "comment": "a\\ud83d", "x": {"y": [1.50, 10000000000000000000000]}}'
    assert rescore(write(tmp_path / "in.jsonl", line), "-o", output, "--keep") == 0
    assert output.read_bytes().endswith(b',"input":' + line + b"}\n")


def test_no_lines_make_an_empty_output(
    tmp_path: Path, output: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert rescore(write(tmp_path / "in.jsonl", b"", b" \t\r"), "-o", output) == 0
    assert output.read_bytes() == b""
    assert re.fullmatch(
        r"0 rows, 0 a second: 0 accept, 0 flag, 0 reject; 0 refused; \d+\.\d s\n",
        capsys.readouterr().err,
    )


def test_what_was_done_is_summed_up(
    tmp_path: Path, output: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    rows = [{"comment": "Thank you."}] * 3 + [{"comment": "Это отчёт."}] * 2 + [{"comment": ""}]
    assert rescore(write(tmp_path / "in.jsonl", *rows), "-o", output, "--quiet") == 0
    assert re.fullmatch(
        r"6 rows, [\d,]+ a second: 3 accept, 2 flag, 1 reject; 0 refused; \d+\.\d s\n",
        capsys.readouterr().err,
    )


def test_an_output_that_is_there_is_replaced_only_by_force(
    tmp_path: Path, output: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    source = write(tmp_path / "in.jsonl", {"comment": "Thank you."})
    before = b"before"
    output.write_bytes(before)
    assert rescore(source, "-o", output) == 1
    assert output.read_bytes() == before
    assert list(output.parent.iterdir()) == [output]
    assert f"not done: {output}: is there already; --force replaces it" in capsys.readouterr().err
    assert rescore(source, "-o", output, "--force") == 0
    assert read(output)[0]["decision"] == "accept"
    journal = output.with_name("scored.jsonl.journal.jsonl")
    assert sorted(output.parent.iterdir()) == [output, journal]


@pytest.mark.parametrize("link", [False, True])
def test_an_output_that_is_an_input_is_refused(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], *, link: bool
) -> None:
    source = Path(write(tmp_path / "in.jsonl", {"comment": "Thank you."}))
    before = source.read_bytes()
    output = tmp_path / "link.jsonl" if link else source
    if link:
        output.symlink_to(source)
    assert rescore(source, "-o", output, "--force") == 1
    assert capsys.readouterr().err == f"not done: {output}: is an input, too, or has one in it\n"
    assert source.read_bytes() == before


def test_what_lies_beside_an_output_in_the_input_folder_is_no_input(tmp_path: Path) -> None:
    write(tmp_path / "a.jsonl", {"comment": "Thank you."}, {"comment": 1})
    assert rescore(tmp_path, "-o", tmp_path / "out.csv") == 1
    (tmp_path / "out.csv").unlink()
    assert rescore(tmp_path / "*.jsonl", "-o", tmp_path / "out.csv") == 1
    (tmp_path / "out.csv").unlink()
    (tmp_path / "old.parts").mkdir()
    write(tmp_path / "old.parts" / "errors-00000.jsonl", {"comment": "Thank you."})
    assert len(list(tmp_path.iterdir())) == 4
    assert rescore(tmp_path, "-o", tmp_path / "out.csv") == 1
    assert (tmp_path / "out.csv").read_text(encoding="utf-8").count("\n") == 2


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["none.jsonl"], "none.jsonl: No such file or directory"),
        (["empty"], "empty: no such file, or none that is .csv, .jsonl"),
        (["*.parquet"], "*.parquet: no such file, or none that is .csv, .jsonl"),
        (["in.jsonl", "./in.jsonl"], "in.jsonl: is named twice"),
        (["in.txt"], "in.txt: is not .csv, .jsonl"),
        (["in.jsonl", "in.csv"], "in.jsonl and in.csv: inputs must have one format"),
        (["in.csv"], "in.csv: none of its 1 columns is called 'comment'"),
        (
            ["in.csv", "--text-column", "text", "--id-column", "n"],
            "in.csv: none of its 1 columns is called 'n'",
        ),
        (["none.csv", "in.csv"], "none.csv: No such file or directory"),
        (["in.jsonl", "--policy", "none.toml"], "none.toml: cannot be read"),
        (["in.jsonl", "--policy", "in.jsonl"], "in.jsonl: not TOML"),
        (["in.jsonl", "--artefacts", "none"], "none: no model is there"),
        (["none://in.jsonl"], "none://in.jsonl: Protocol not known: none"),
        (["in.jsonl", "-o", "out"], "out: its ending tells no format; --output-format does"),
        (["in.jsonl", "-o", "none/out.csv"], "[Errno 2] No such file or directory"),
        (["in.jsonl", "-o", "sqlite:///x.db"], "sqlite://…: name one table: …?table=comments"),
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
    write(tmp_path / "in.jsonl", {"comment": "a"})
    (tmp_path / "in.csv").write_text("text\na\n", encoding="utf-8")
    (tmp_path / "in.txt").touch()
    (tmp_path / "empty").mkdir()
    before = sorted(tmp_path.rglob("*"))
    assert rescore("-o", "out.jsonl", *arguments) == 1
    said = capsys.readouterr().err
    assert said.startswith("not done: ")
    assert message in said
    assert said.count("\n") == 1
    assert sorted(tmp_path.rglob("*")) == before


def test_a_changed_model_is_not_used(
    tmp_path: Path, output: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    artefacts = shutil.copytree(ARTEFACTS, tmp_path / "artefacts")
    with (artefacts / "en" / "weights.joblib").open("ab") as file:
        file.write(b"\0")
    source = write(tmp_path / "in.jsonl", {"comment": "a"})
    assert rescore(source, "-o", output, "--artefacts", artefacts) == 1
    assert "the file was changed or is incomplete" in capsys.readouterr().err


@pytest.mark.parametrize(
    "arguments",
    [
        "",
        "in.jsonl",
        "-o out.jsonl",
        "in.jsonl -o out.jsonl --colour",
        "in.jsonl -o out.jsonl --jobs 0",
        "in.jsonl -o out.jsonl --jobs many",
        "in.jsonl -o out.jsonl --input-format xlsx",
        "in.jsonl -o out.jsonl --part-rows 1000001",
        "in.jsonl -o out.jsonl --max-errors -1",
        "in.jsonl -o out.jsonl --changes-only",
        "in.jsonl -o out.jsonl --compare toxicity,decision",
        "in.jsonl -o out.jsonl --resume --force",
        "in.jsonl -o out.jsonl --backend dask",
        "in.jsonl -o out.jsonl --scheduler tcp://127.0.0.1:1",
        "in.jsonl -o - --resume",
        "- -o out.jsonl --resume",
        "- - -o out.jsonl",
    ],
)
def test_a_command_that_has_no_meaning_ends_with_2(
    arguments: str, capsys: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(SystemExit, match=r"^2$"):
        main(arguments.split())
    assert capsys.readouterr().err.startswith("usage: python -m service.rescore")


def test_a_dash_is_standard_input_and_output(client: FlaskClient) -> None:
    source = b"".join(json.dumps(comment).encode() + b"\n" for comment in COMMENTS)
    done = subprocess.run(
        [*PROGRAM, "-", "-o", "-"], cwd=ROOT, input=source, capture_output=True, check=True
    )
    assert done.stdout.splitlines(keepends=True) == answers(client)
    assert done.stderr.count(b"\n") == 1


def test_a_reader_that_goes_away_is_no_failure_of_ours(tmp_path: Path) -> None:
    source = write(tmp_path / "in.jsonl", *[{"comment": "Thank you."}] * 5000)
    with subprocess.Popen(
        [*PROGRAM, source, "-o", "-", "--part-rows", "500"],
        cwd=ROOT,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
    ) as process:
        assert process.stdout
        assert process.stderr
        assert json.loads(process.stdout.readline())["decision"] == "accept"
        process.stdout.close()
        assert process.stderr.read() == b""
        assert process.wait(PATIENCE_S) == 1


def test_a_full_disk_behind_a_stream_is_told(tmp_path: Path) -> None:
    source = write(tmp_path / "in.jsonl", {"comment": "Thank you."})
    with Path("/dev/full").open("wb") as full:
        done = subprocess.run(
            [*PROGRAM, source, "-o", "-"], cwd=ROOT, stdout=full, stderr=-1, check=False
        )
    assert done.returncode != 0
    assert done.stderr.startswith(b"not done: [Errno 28] No space left on device\n")


def test_what_is_not_installed_is_named(tmp_path: Path) -> None:
    (tmp_path / "tqdm.py").write_text("raise ModuleNotFoundError(name='tqdm')", encoding="utf-8")
    done = subprocess.run(
        [*PROGRAM, "-", "-o", "-"],
        cwd=ROOT,
        env={"PYTHONPATH": str(tmp_path)},
        capture_output=True,
        check=False,
    )
    assert done.returncode == 1
    message = b"not done: tqdm is not installed: pip install -r requirements-rescore.txt\n"
    assert done.stderr == message


def test_the_help_says_what_it_takes(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit, match=r"^0$"):
        main(["--help"])
    said = capsys.readouterr().out
    assert all(option in said for option in ("--output", "--text-column", "--policy", "--force"))
