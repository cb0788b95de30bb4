"""Nothing is lost: a run that ended however it did goes on, to the bytes of an undisturbed one."""

import contextlib
import json
import os
import re
import shutil
import signal
import subprocess
import time
from pathlib import Path

import pytest
from rescoring import COMMENTS, PROGRAM, read, rescore, start, write
from serving import PATIENCE_S, ROOT

from service.rescore.__main__ import main
from service.settings import ARTEFACTS

SIZE = 6000
PART = 250
PARTS = ["--part-rows", PART]
LONG = [
    {"id": number, "comment": f"{COMMENTS[number % len(COMMENTS)]} {number}"}
    for number in range(6 * SIZE)
]
"""What takes so long that a run is met in it, though a worker may begin a second late."""

ROWS = LONG[:SIZE]


def journal_of(output: Path) -> Path:
    """Return where the journal of a run is."""
    return output.with_name(f"{output.name}.journal.jsonl")


def count_done(output: Path) -> int:
    """Return how many parts a journal says are done."""
    with contextlib.suppress(FileNotFoundError):
        return journal_of(output).read_bytes().count(b'{"line":"done"')
    return 0


def wait_until_done(output: Path, parts: int, process: subprocess.Popen[bytes]) -> None:
    """Wait until so many parts are done, and leave the cores to the run meanwhile."""
    deadline = time.monotonic() + PATIENCE_S
    while count_done(output) < parts:
        assert time.monotonic() < deadline
        with contextlib.suppress(subprocess.TimeoutExpired):
            process.wait(0.01)


def contents(output: Path) -> dict[str, bytes]:
    """Return the bytes of a file, or of those in a folder."""
    paths = sorted(output.iterdir()) if output.is_dir() else [output]
    return {path.name: path.read_bytes() for path in paths}


@pytest.mark.parametrize(
    ("ending", "to"),
    [
        ("jsonl", "out.jsonl"),
        ("csv.gz", "out.csv.zst"),
        ("parquet", "out.parquet"),
        ("csv", "out/"),
    ],
)
def test_a_killed_run_goes_on_and_gives_the_same_bytes(
    ending: str, to: str, tmp_path: Path
) -> None:
    source = write(tmp_path / f"in.{ending}", LONG)
    (tmp_path / "calm").mkdir()
    calm, output = tmp_path / "calm" / to, tmp_path / to
    assert rescore(source, "-o", f"{calm}{'/' * to.endswith('/')}", "--part-rows", PART) == 0
    arguments = [source, "-o", f"{output}{'/' * to.endswith('/')}", "--resume"]
    with start(*arguments, *PARTS) as process:
        wait_until_done(output, 3, process)
        os.killpg(process.pid, signal.SIGKILL)
    assert not output.exists()
    done = count_done(output)
    assert done < len(LONG) // PART
    with start(*arguments, *PARTS) as process:
        assert process.wait(PATIENCE_S) == 0
    assert contents(output) == contents(calm)
    assert count_done(output) == len(LONG) // PART
    assert sorted(tmp_path.iterdir()) == sorted(
        [Path(source), tmp_path / "calm", output, journal_of(output)]
    )


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_an_interrupted_run_leaves_the_output_as_it_was_and_goes_on(
    number: signal.Signals, tmp_path: Path
) -> None:
    source = write(tmp_path / "in.jsonl", LONG)
    output = tmp_path / "out.jsonl"
    output.write_bytes(b"before")
    with start(source, "-o", output, *PARTS, "--force", "--quiet", jobs=1) as process:
        wait_until_done(output, 2, process)
        process.send_signal(number)
        assert process.wait(PATIENCE_S) == 1
        assert process.stderr
        assert process.stderr.read() == (
            b"what is done is kept: --resume goes on with it\nnot done: interrupted\n"
        )
    assert output.read_bytes() == b"before"
    assert rescore(source, "-o", output, "--part-rows", PART) == 1
    assert rescore(source, "-o", output, "--part-rows", PART, "--resume") == 0
    assert [row["id"] for row in read(output)] == [str(row["id"]) for row in LONG]


def test_a_full_disk_leaves_the_output_as_it_was_and_the_run_goes_on(tmp_path: Path) -> None:
    source = write(tmp_path / "in.jsonl", ROWS)
    output = tmp_path / "out.csv"
    output.write_bytes(b"before")
    arguments = [source, "-o", str(output), "--part-rows", "2000", "--jobs", "1", "--quiet"]
    # No file may be larger: a part is smaller, the whole is not.
    done = subprocess.run(
        ["/bin/bash", "-c", 'ulimit -f 700; exec "$@"', "bash", *PROGRAM, *arguments, "--force"],
        cwd=ROOT,
        capture_output=True,
        check=False,
    )
    assert done.returncode == 1
    assert b"--resume goes on with it\nnot done: [Errno 27] File too large" in done.stderr
    assert output.read_bytes() == b"before"
    assert not list(tmp_path.glob("**/*.unfinished"))
    assert main([*arguments, "--resume"]) == 0
    assert len(read(output)) == SIZE


def test_a_worker_that_is_killed_is_replaced(tmp_path: Path) -> None:
    source = write(tmp_path / "in.jsonl", LONG)
    output = tmp_path / "out.jsonl"
    with start(source, "-o", output, *PARTS) as process:
        wait_until_done(output, 2, process)
        children = Path(f"/proc/{process.pid}/task/{process.pid}/children")
        workers = [
            pid
            for pid in children.read_text(encoding="ascii").split()
            if b"popen_loky" in Path(f"/proc/{pid}/cmdline").read_bytes()
        ]
        os.kill(int(workers[0]), signal.SIGKILL)
        assert process.wait(PATIENCE_S) == 0
        assert process.stderr
        assert b"a worker was killed; its part is done again" in process.stderr.read()
    assert [row["id"] for row in read(output)] == [str(row["id"]) for row in LONG]


def test_a_second_run_on_the_same_output_is_refused_while_the_first_holds_it(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    source = write(tmp_path / "in.jsonl", ROWS)
    output = tmp_path / "out.jsonl"
    with start(source, "-o", output, *PARTS, jobs=1) as process:
        wait_until_done(output, 1, process)
        process.send_signal(signal.SIGSTOP)
        for option in ("--force", "--resume"):
            assert rescore(source, "-o", output, option) == 1
            said = capsys.readouterr().err
            assert said == f"not done: {journal_of(output)}: another run holds it\n"
        process.send_signal(signal.SIGCONT)
        assert process.wait(PATIENCE_S) == 0
    assert len(read(output)) == SIZE


@pytest.fixture
def unfinished(tmp_path: Path) -> tuple[str, Path]:
    """Return the input and the output of a run that ended early."""
    rows: list[dict[str, object]] = [
        *({"id": 1, "comment": "a"},) * 4,
        {"id": 2, "comment": None},
        {"id": 3, "comment": "b"},
    ]
    source = write(tmp_path / "in.jsonl", rows)
    output = tmp_path / "out.jsonl"
    arguments = [source, "-o", output, "--part-rows", "1", "--max-errors", "0"]
    assert rescore(*arguments) == 1
    assert count_done(output) == 5
    return source, output


def test_an_unfinished_run_is_not_replaced_unless_by_force(
    unfinished: tuple[str, Path], capsys: pytest.CaptureFixture[str]
) -> None:
    source, output = unfinished
    capsys.readouterr()
    assert rescore(source, "-o", output, "--part-rows", 1) == 1
    assert capsys.readouterr().err == (
        f"not done: {journal_of(output)}: is of a run that did not end; --resume goes on with it,"
        " --force begins anew\n"
    )
    assert rescore(source, "-o", output, "--part-rows", 2, "--force") == 1
    assert count_done(output) == 3
    assert len(read(output)) == 5


@pytest.mark.parametrize(
    ("change", "difference"),
    [
        ("policy", 'policy was "default [0-9a-f]{12}", and is "strict [0-9a-f]{12}"'),
        ("model", 'model en was "en-[0-9.]+ [0-9a-f]{64}", and is "en-9.9.9 [0-9a-f]{64}"'),
        ("input", 'input /.*/in.jsonl was "file 1, \\d+ bytes, version \\d+", and is "file 1, .*"'),
        ("other", 'input /.*/another.jsonl was null, and is "file 1, 17 bytes, version \\d+"'),
        ("--keep", "--keep was false, and is true"),
        ("--text-column=id", '--text-column was "comment", and is "id"'),
        ("--part-rows=7", "--part-rows was 1, and is 7"),
        ("--output-format=jsonl.gz", 'output format was "\\.jsonl", and is "\\.jsonl\\.gz"'),
    ],
)
def test_a_run_goes_on_only_as_it_began_and_the_difference_is_named(
    change: str,
    difference: str,
    unfinished: tuple[str, Path],
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
) -> None:
    source, output = unfinished
    arguments = [source, "-o", output, "--part-rows", "1", "--resume"]
    match change:
        case "policy":
            path = tmp_path / "strict.toml"
            path.write_text('name = "strict"', encoding="utf-8")
            arguments += ["--policy", path]
        case "model":
            artefacts = shutil.copytree(ARTEFACTS, tmp_path / "artefacts")
            manifest = artefacts / "en" / "manifest.json"
            document = json.loads(manifest.read_text(encoding="utf-8")) | {"version": "9.9.9"}
            manifest.write_text(json.dumps(document), encoding="utf-8")
            arguments += ["--artefacts", artefacts]
        case "input":
            os.utime(source, ns=(1, 1))
        case "other":
            arguments[0] = write(tmp_path / "another.jsonl", [{"comment": "a"}])
        case _:
            arguments.append(change)
    before = journal_of(output).read_bytes()
    capsys.readouterr()
    assert rescore(*arguments) == 1
    expected = f"not done: {re.escape(str(journal_of(output)))}: cannot go on: {difference}\n"
    assert re.fullmatch(expected, capsys.readouterr().err)
    assert journal_of(output).read_bytes() == before


def test_to_resume_what_never_began_begins_it(tmp_path: Path) -> None:
    source = write(tmp_path / "in.jsonl", ROWS[:10])
    assert rescore(source, "-o", tmp_path / "out.jsonl", "--resume") == 0
    assert len(read(tmp_path / "out.jsonl")) == 10


def test_to_resume_what_is_complete_does_nothing(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    source = write(tmp_path / "in.jsonl", ROWS[:10])
    output = tmp_path / "out.jsonl"
    assert rescore(source, "-o", output) == 0
    before = output.stat()
    capsys.readouterr()
    assert rescore(source, "-o", output, "--resume") == 0
    assert capsys.readouterr().err == f"{output}: is complete already\n"
    assert output.stat() == before
    output.unlink()
    assert rescore(source, "-o", output, "--resume") == 0
    assert len(read(output)) == 10


def test_a_line_of_the_journal_that_was_cut_off_does_not_count(
    unfinished: tuple[str, Path],
) -> None:
    source, output = unfinished
    with journal_of(output).open("r+b") as file:
        file.truncate(journal_of(output).stat().st_size - 5)
    assert rescore(source, "-o", output, "--part-rows", 1, "--resume") == 1
    assert [row["id"] for row in read(output)] == ["1"] * 4 + ["3"]
    assert count_done(output) == 6


@pytest.mark.parametrize("content", [b"not a journal\n", b'{"line":"header","format":2}\n'])
def test_a_file_that_is_no_journal_is_left_alone(
    content: bytes, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    source = write(tmp_path / "in.jsonl", ROWS[:10])
    output = tmp_path / "out.jsonl"
    journal_of(output).write_bytes(content)
    assert rescore(source, "-o", output, "--force") == 1
    assert "out.jsonl.journal.jsonl: is no journal of this release" in capsys.readouterr().err
    assert journal_of(output).read_bytes() == content


def test_a_part_that_somebody_took_away_is_missed(
    unfinished: tuple[str, Path], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    source, output = unfinished
    next((tmp_path / "out.jsonl.parts").glob("*/part-00002.jsonl")).unlink()
    assert rescore(source, "-o", output, "--part-rows", 1, "--resume") == 1
    assert "part 2 is not as it was recorded; --force begins anew" in capsys.readouterr().err


def test_inputs_in_another_order_are_another_input(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    first = write(tmp_path / "a.jsonl", [{"comment": "a"}, {"comment": None}])
    second = write(tmp_path / "b.jsonl", [{"comment": "a"}])
    output = tmp_path / "out.jsonl"
    assert rescore(first, second, "-o", output, "--max-errors", 0) == 1
    assert rescore(second, first, "-o", output, "--resume") == 1
    assert 'a.jsonl was "file 1, ' in capsys.readouterr().err


def test_what_is_complete_is_complete_only_for_what_was_asked(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    source = write(tmp_path / "in.jsonl", ROWS[:10])
    output = tmp_path / "out.jsonl"
    assert rescore(source, "-o", output) == 0
    policy = tmp_path / "strict.toml"
    policy.write_text('name = "strict"', encoding="utf-8")
    assert rescore(source, "-o", output, "--resume", "--policy", policy) == 1
    assert "cannot go on: policy was " in capsys.readouterr().err


def test_an_input_that_changes_while_it_is_read_ends_the_run(tmp_path: Path) -> None:
    source = Path(write(tmp_path / "in.jsonl", LONG))
    changed = Path(write(tmp_path / "changed.jsonl", ROWS))
    output = tmp_path / "out.jsonl"
    with start(source, "-o", output, *PARTS, jobs=1) as process:
        wait_until_done(output, 2, process)
        changed.replace(source)
        assert process.wait(PATIENCE_S) == 1
        assert process.stderr
        assert (
            f"not done: {source}: was changed while it was read" in process.stderr.read().decode()
        )
    assert not output.exists()


def test_a_folder_of_somebody_else_is_not_taken_for_parts(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    folder = tmp_path / "comments.parts"
    folder.mkdir()
    source = write(folder / "in.jsonl", ROWS[:10])
    assert rescore(folder, "-o", f"{tmp_path}/comments/") == 1
    assert "in.jsonl: is in the way, and not ours" in capsys.readouterr().err
    assert Path(source).exists()
    for content in (b"x", b"{}\n"):
        journal = tmp_path / "comments.journal.jsonl"
        journal.write_bytes(content)
        assert rescore(source, "-o", f"{tmp_path}/comments/", "--force") == 1
        assert journal.read_bytes() == content


def test_inputs_in_the_output_folder_are_not_replaced(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    folder = tmp_path / "big"
    folder.mkdir()
    source = Path(write(folder / "part-00000.jsonl", ROWS[:10]))
    before = source.read_bytes()
    assert rescore(folder, "-o", f"{folder}/", "--force") == 1
    assert "is an input, too, or has one in it" in capsys.readouterr().err
    assert rescore(source, "-o", f"file://{source}", "--force", "--work", tmp_path / "work") == 1
    assert source.read_bytes() == before


def test_a_folder_may_be_a_link_and_lie_on_another_disk(tmp_path: Path) -> None:
    source = write(tmp_path / "in.csv", ROWS[:10])
    target = tmp_path / "target"
    target.mkdir()
    link = tmp_path / "link"
    link.symlink_to(target)
    arguments = [source, "-o", f"{link}/", "--work", "/dev/shm", "--force"]  # noqa: S108 - a disk
    try:
        assert rescore(*arguments, "--part-rows", 4) == 0
        assert len(list(target.iterdir())) == 3
        assert rescore(*arguments) == 0
        assert [path.name for path in target.iterdir()] == ["part-00000.csv"]
    finally:
        Path("/dev/shm/link.journal.jsonl").unlink()  # noqa: S108
    assert link.is_symlink()


def test_a_run_that_ended_before_its_journal_said_so_is_completed(tmp_path: Path) -> None:
    source = write(tmp_path / "in.csv", ROWS[:10])
    output = tmp_path / "out"
    journal = journal_of(output)
    arguments = [source, "-o", f"{output}/", "--part-rows", 4]
    (tmp_path / "out.errors.jsonl").mkdir()
    # The errors of an earlier run cannot be removed: all parts are done, the end is not.
    assert rescore(*arguments) == 1
    assert count_done(output) == 3
    assert b"complete" not in journal.read_bytes()
    (tmp_path / "out.errors.jsonl").rmdir()
    assert rescore(*arguments, "--resume") == 0
    assert [row["id"] for path in sorted(output.iterdir()) for row in read(path)] == [
        str(row["id"]) for row in ROWS[:10]
    ]
    assert sorted(tmp_path.iterdir()) == sorted([Path(source), output, journal])


def test_a_run_of_standard_input_that_fails_leaves_no_copy(tmp_path: Path) -> None:
    done = subprocess.run(
        [*PROGRAM, "-", "-o", str(tmp_path / "out.jsonl"), "--max-errors", "0", "--jobs", "1"],
        cwd=ROOT,
        input=b"{",
        capture_output=True,
        check=False,
    )
    assert done.returncode == 1
    assert b"--resume" not in done.stderr
    assert [path.name for path in tmp_path.iterdir()] == ["out.jsonl.errors.jsonl"]


def test_work_may_lie_elsewhere(tmp_path: Path) -> None:
    source = write(tmp_path / "in.jsonl", [{"comment": "a"}, {"comment": 1}])
    output = tmp_path / "out.jsonl"
    work = tmp_path / "a" / "b"
    assert rescore(source, "-o", output, "--work", work) == 1
    names = [path.name for path in sorted(work.iterdir())]
    assert names == ["out.jsonl.errors.jsonl", "out.jsonl.journal.jsonl"]
    assert len(read(output)) == 1
