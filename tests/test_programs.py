"""All programs end alike: with a status, and a sentence on standard error if it is not 0."""

import errno
import importlib
import signal
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest
from serving import PATIENCE_S, ROOT

from service.programs import DONE, FAILED, fail, put, run_program, say

CANARY = "walrus-canary-8250"
HEAD = "import signal, sys\nfrom service.programs import *\n"


class KnownError(Exception):
    """An error with a message for whoever runs the program."""


def fail_with(error: BaseException) -> Callable[[], int]:
    def work() -> int:
        raise error

    return work


def run(code: str, stdout: int = subprocess.PIPE) -> subprocess.CompletedProcess[str]:
    """Run a program of some lines."""
    return subprocess.run(
        [sys.executable, "-W", "error", "-c", HEAD + code],
        cwd=ROOT,
        check=False,
        text=True,
        timeout=PATIENCE_S,
        stdout=stdout,
        stderr=subprocess.PIPE,
    )


@pytest.mark.parametrize("status", [DONE, FAILED])
def test_the_status_of_the_work_is_that_of_the_program(
    status: int, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run_program(lambda: status) == status
    assert capsys.readouterr() == ("", "")


@pytest.mark.parametrize(
    ("error", "sentence"),
    [
        (KnownError("the file is of another site"), "the file is of another site"),
        (OSError(errno.ENOENT, "No such file", "a.toml"), "[Errno 2] No such file: 'a.toml'"),
        (KeyboardInterrupt(), "interrupted"),
        (ValueError(CANARY), "ValueError"),
        (MemoryError(), "MemoryError"),
        (RecursionError(CANARY), "RecursionError"),
    ],
    ids=repr,
)
def test_what_went_wrong_is_one_sentence(
    error: BaseException, sentence: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run_program(fail_with(error), KnownError) == FAILED
    assert capsys.readouterr() == ("", f"not done: {sentence}\n")


def test_a_class_that_is_not_known_here_is_only_named(capsys: pytest.CaptureFixture[str]) -> None:
    assert run_program(fail_with(KnownError(CANARY))) == FAILED
    assert capsys.readouterr().err == "not done: KnownError\n"


def test_a_command_without_meaning_keeps_its_status() -> None:
    with pytest.raises(SystemExit, match=r"^2$"):
        run_program(fail_with(SystemExit(2)))


def test_sentences_go_to_standard_error_and_what_is_made_to_standard_output(
    capsysbinary: pytest.CaptureFixture[bytes],
) -> None:
    say("begun")
    put("3 → 4")
    assert fail("too little") == FAILED
    assert capsysbinary.readouterr() == ("3 → 4\n".encode(), b"begun\nnot done: too little\n")


@pytest.mark.parametrize("write", ["put('→')", "print('a')", "print('a' * 100_000)"])
def test_a_full_disk_behind_standard_output_is_told_once(write: str) -> None:
    with Path("/dev/full").open("wb") as full:
        done = run(f"sys.exit(run_program(lambda: {write} or 0))", stdout=full.fileno())
    assert done.returncode == FAILED
    assert done.stderr == "not done: [Errno 28] No space left on device\n"


@pytest.mark.parametrize("write", ["put('a')", "print('a')", "print('a' * 100_000)"])
def test_a_reader_that_goes_away_is_told_nothing(write: str) -> None:
    code = f"sys.stdin.read()\nsys.exit(run_program(lambda: {write} or 0))"
    with subprocess.Popen(
        [sys.executable, "-c", HEAD + code], cwd=ROOT, stdin=-1, stdout=-1, stderr=-1
    ) as process:
        assert process.stdout
        process.stdout.close()
        process.stdout = None
        _, errors = process.communicate(timeout=PATIENCE_S)
    assert (process.returncode, errors) == (FAILED, b"")


def test_streams_that_are_closed_change_nothing_else() -> None:
    code = (
        "import os\n"
        "sys.stdout = sys.stderr = None  # as Python starts with them closed\n"
        "status = run_program(lambda: say('lost') or print('lost') or 0)\n"
        "status += 10 * run_program(lambda: put('lost') or 0)\n"
        "os._exit(status)\n"
    )
    done = run(code)
    assert (done.returncode, done.stdout, done.stderr) == (10, "", "")


def test_a_sentence_never_lands_in_what_is_made() -> None:
    code = f"{HEAD}put('made')\nsay('{CANARY}')\n"
    done = subprocess.run(
        ["bash", "-c", '"$0" -c "$1" 2>&-', sys.executable, code],  # noqa: S607
        cwd=ROOT,
        check=True,
        stdout=-1,
    )
    assert done.stdout == b"made\n"


def test_a_program_that_a_scheduler_ends_is_interrupted() -> None:
    code = (
        "interrupt_on_sigterm()\n"
        "sys.exit(run_program(lambda: put('begun') or signal.pause() or 0))\n"
    )
    with subprocess.Popen(
        [sys.executable, "-c", HEAD + code], cwd=ROOT, stdout=-1, stderr=-1
    ) as process:
        assert process.stdout
        assert process.stdout.readline() == b"begun\n"
        process.send_signal(signal.SIGTERM)
        _, errors = process.communicate(timeout=PATIENCE_S)
    assert (process.returncode, errors) == (FAILED, b"not done: interrupted\n")


PROGRAMS = {
    "service.policy": ["try", "{}/none"],
    "service.rescore": ["{}/none.csv", "-o", "-"],
    "service.feedback": ["export", "--from", "{}/none"],
    "service.perspective": ["map", "{}/none.csv"],
}


@pytest.mark.parametrize("name", PROGRAMS)
def test_every_program_says_why_it_failed_and_what_has_no_meaning(
    name: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    main = importlib.import_module(f"{name}.__main__").main
    assert main([word.format(tmp_path) for word in PROGRAMS[name]]) == FAILED
    out, said = capsys.readouterr()
    assert out == ""
    assert said.startswith("not done: ")
    assert f"{tmp_path}/none" in said
    assert said.count("\n") == 1
    with pytest.raises(SystemExit, match=r"^2$"):
        main([])


def test_those_are_all_programs() -> None:
    found = {path.parent.name for path in ROOT.glob("service/*/__main__.py")}
    assert {f"service.{name}" for name in found} == set(PROGRAMS)
