"""What a run says while it lasts: a bar on a terminal, a line now and then elsewhere."""

import os
import pty
import re
import subprocess
import termios
from pathlib import Path

import pytest
from rescoring import PROGRAM, write
from serving import PATIENCE_S, ROOT

from service.rescore.parts import Done
from service.rescore.progress import Progress

DONE = Done(
    rows=400, refused=1, written=400, size=9, decisions={"accept": 390, "flag": 10}, transitions=[]
)


def run_on_a_terminal(*arguments: str) -> str:
    """Return what the program writes to a terminal."""
    ours, theirs = pty.openpty()
    termios.tcsetwinsize(theirs, (24, 140))
    with subprocess.Popen([*PROGRAM, *arguments], cwd=ROOT, stderr=theirs) as process:
        os.close(theirs)
        said = b""
        # At the end of a process its terminal is an input/output error.
        while chunk := _read(ours):
            said += chunk
        assert process.wait(PATIENCE_S) == 0
    os.close(ours)
    return said.decode()


def _read(terminal: int) -> bytes:
    try:
        return os.read(terminal, 4096)
    except OSError:
        return b""


def test_a_terminal_shows_rows_speed_decisions_and_time_left(tmp_path: Path) -> None:
    source = write(tmp_path / "in.jsonl", [{"comment": "Thank you."}] * 60_000)
    output = str(tmp_path / "out.jsonl")
    said = run_on_a_terminal(source, "-o", output, "--part-rows", "500", "--jobs", "1")
    assert re.search(
        r"\r *\d+% \|.*\| \d\d:\d\d<\d\d:\d\d, [\d,]+ rows, [\d,]+ a second: [\d,]+ accept, 0 flag,"
        r" 0 reject; 0 refused",
        said,
    )
    assert said.endswith("0 refused; " + said.rpartition("; ")[2])
    assert "60,000 rows" in said.splitlines()[-1]


def test_a_quiet_run_draws_nothing_on_a_terminal(tmp_path: Path) -> None:
    source = write(tmp_path / "in.jsonl", [{"comment": "Thank you."}] * 2000)
    output = str(tmp_path / "out.jsonl")
    said = run_on_a_terminal(source, "-o", output, "--part-rows", "100", "--jobs", "1", "--quiet")
    assert len(said.splitlines()) == 1


@pytest.mark.parametrize("quiet", [False, True])
def test_elsewhere_a_line_comes_every_ten_seconds(
    capsys: pytest.CaptureFixture[str], *, quiet: bool
) -> None:
    clock = [100.0]
    progress = Progress(1000, quiet=quiet, clock=lambda: clock[0])
    for _ in range(8):
        clock[0] += 3
        progress.add(DONE, 100)
    progress.close()
    lines = capsys.readouterr().err.splitlines()
    assert len(lines) == (0 if quiet else 2)
    if lines:
        assert re.fullmatch(
            r" 40% \d\d:\d\d<\d\d:\d\d, 1,600 rows, 134 a second: 1,560 accept, 40 flag, 0 reject;"
            r" 4 refused",
            lines[0],
        )
    assert (
        str(progress)
        == "3,200 rows, 134 a second: 3,120 accept, 80 flag, 0 reject; 8 refused; 24.0 s"
    )


def test_what_an_earlier_run_did_counts_but_not_as_speed() -> None:
    clock = [100.0]
    progress = Progress(1000, quiet=True, clock=lambda: clock[0])
    progress.add_earlier(DONE, 500)
    clock[0] += 4
    progress.add(DONE, 250)
    progress.close()
    assert str(progress).startswith("800 rows, 100 a second: ")
