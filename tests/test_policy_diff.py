"""Two policies are compared on comments: what moves, how many of a hundred, and why."""

import io
import json
import os
import signal
import subprocess
import sys
from collections import Counter
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from serving import PATIENCE_S, ROOT
from stubs import BrokenScorer, StubScorer

from model.scorer import TextScorer
from service.decision import Action
from service.policy.__main__ import main
from service.policy.diff import render_moves
from service.transitions import Transition, group_transitions

CANARY = "walrus-canary-6033"
BANDS = "flag = {{ threshold = {} }}\nreject = {{ threshold = {} }}\n"
PROGRAM = [sys.executable, "-m", "service.policy", "diff"]
CALM, GRUMPY, SILLY, RUDE = "Thank you.", "How grumpy.", "Silly thing.", "How rude."


def load_stub(_: Path) -> dict[str, TextScorer]:
    return {"en": StubScorer()}


@pytest.fixture
def a(tmp_path: Path) -> Path:
    """Return the file of a policy that lets insults pass."""
    path = tmp_path / "a.toml"
    path.write_text('name = "site"\n[toxicity]\n' + BANDS.format(0.5, 0.9), encoding="utf-8")
    return path


@pytest.fixture
def b(tmp_path: Path) -> Path:
    """Return the file of a policy of the same name that looks at insults, and less at toxicity."""
    path = tmp_path / "b.toml"
    source = BANDS.join(["[toxicity]\n", "[insult]\n", ""]).format(0.7, 0.99, 0.1, 0.5)
    path.write_text(f'name = "site"\nmax_length = 50\n{source}', encoding="utf-8")
    return path


def render(*texts: str) -> bytes:
    lines = [{"comment": text, "id": f"c-{number}"} for number, text in enumerate(texts, 1)]
    return b"".join(json.dumps(line).encode() + b"\n" for line in lines)


def run(one: Path, other: Path, given: bytes, *options: str) -> int:
    """Run the program here, with a stub for a model."""
    return main(["diff", str(one), str(other), *options], io.BytesIO(given), load_stub)


def test_the_tables_say_what_moves_and_what_is_behind_it(
    a: Path, b: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    texts = [CALM] * 10 + [GRUMPY] * 4 + [SILLY] * 3 + [RUDE] * 2 + ["a" * 51, f"{SILLY} {RUDE}"]
    assert run(a, b, render(*texts)) == 0
    assert capsys.readouterr() == (
        f"""\
A: site ({a})
B: site ({b})

A \\ B     accept      flag    reject
accept        10         0         4
flag           4         0         0
reject         0         2         1

A       B         rows                      share  behind it
accept  accept      10  47.62% (28.34% to 67.63%)
accept  reject       4   19.05% (7.67% to 40.00%)  insult 3, too_long 1
flag    accept       4   19.05% (7.67% to 40.00%)  toxicity 4
reject  flag         2    9.52% (2.65% to 28.91%)  toxicity 2
reject  reject       1    4.76% (0.85% to 22.67%)
moved: 10, 47.62% (28.34% to 67.63%)
""",
        "",
    )


def test_changes_name_each_comment_that_moves_with_both_reasons(
    a: Path, b: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    given = render(CALM, GRUMPY, f"{SILLY} {RUDE}", SILLY) + b'"How rude."\n'
    assert run(a, b, given, "--changes") == 0
    out, said = capsys.readouterr()
    assert said == ""
    assert out.splitlines()[:5] == [
        '2 "c-2" flag → accept; A: toxicity 0.6 reaches 0.5',
        '4 "c-4" accept → reject; B: insult 0.6 reaches 0.5',
        "5 reject → flag; A: toxicity 0.95 reaches 0.9; B: toxicity 0.95 reaches 0.7",
        "",
        f"A: site ({a})",
    ]


def test_a_policy_does_not_differ_from_itself(a: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(a, a, render(CALM, RUDE, SILLY, ""), "--changes") == 0
    out, _ = capsys.readouterr()
    assert out.startswith("A: site (")
    assert out.endswith("moved: 0, 0.00% (0.00% to 48.99%)\n")


def test_nothing_in_is_tables_of_nothing(
    a: Path, b: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run(a, b, b"") == 0
    out, said = capsys.readouterr()
    assert out.endswith("A  B    rows  share  behind it\nmoved: 0, 0.00%\n")
    assert said == ""


def test_bad_lines_are_named_and_the_others_compared(
    a: Path, b: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    given = render(CALM) + f'{{"text": 1, "{CANARY}": 1}}\n{CANARY}\n'.encode() + render(GRUMPY)
    assert run(a, b, given, "--changes") == 1
    out, said = capsys.readouterr()
    assert out.startswith('4 "c-1" flag → accept; ')
    assert "moved: 1, 50.00%" in out
    assert said.startswith("line 2: ")
    assert said.endswith("\nline 3: not JSON\n2 lines could not be used\n")
    assert CANARY not in said


@pytest.mark.parametrize("name", ["a", "b"])
def test_a_policy_that_cannot_be_used_is_named(
    name: str, a: Path, b: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    broken = {"a": a, "b": b}[name]
    broken.write_text('name = "site"\ncolour = 1\n', encoding="utf-8")
    assert run(a, b, render(CALM)) == 1
    out, said = capsys.readouterr()
    assert out == ""
    assert said.startswith(f"not done: {broken}: line 2: ")


def test_no_text_is_ever_printed(a: Path, b: Path, capsys: pytest.CaptureFixture[str]) -> None:
    texts = [f"{CANARY} {text}" for text in (GRUMPY, SILLY, RUDE, "a" * 51)]
    given = b"".join(json.dumps(text).encode() + b"\n" for text in texts)
    assert run(a, b, given, "--changes") == 0
    out, said = capsys.readouterr()
    assert "moved: 4" in out
    assert CANARY not in out + said
    broken = lambda _: {"en": BrokenScorer()}  # noqa: E731 - a scorer that fails, for one line
    assert main(["diff", str(a), str(b)], io.BytesIO(given), broken) == 1
    assert capsys.readouterr() == ("", "not done: RuntimeError\n")


LABELS = st.sampled_from([action.label for action in Action])
MOVES = st.lists(
    st.builds(
        Transition,
        before=LABELS,
        after=LABELS,
        behind=st.none() | st.sampled_from(["insult", "too_long"]),
        rows=st.integers(1, 10**9),
    ),
    max_size=30,
)


@given(moves=MOVES)
def test_the_tables_lose_nothing(moves: list[Transition]) -> None:
    matrix, shares = render_moves(moves).split("\n\n")
    counts: Counter[tuple[str, str]] = Counter()
    for line in matrix.splitlines()[1:]:
        before, *cells = line.split()
        for action, cell in zip(Action, cells, strict=True):
            counts[before, action.label] += int(cell.replace(",", ""))
    expected = {pair: causes.total() for pair, causes in group_transitions(moves).items()}
    assert +counts == expected
    rows = [line.split() for line in shares.splitlines()[1:-1]]
    assert {(row[0], row[1]): int(row[2].replace(",", "")) for row in rows} == expected


def test_the_program_compares_as_a_pipe(a: Path, tmp_path: Path) -> None:
    c = tmp_path / "c.toml"
    c.write_text('name = "closed"\nmax_length = 3\n', encoding="utf-8")
    done = subprocess.run(
        [*PROGRAM, str(a), str(c), "--changes"],
        cwd=ROOT,
        env=os.environ | {"LC_ALL": "C", "PYTHONIOENCODING": "ascii"},
        input=b'"Thank you."\n"Hm."\n',
        capture_output=True,
        check=True,
    )
    assert done.stderr == b""
    assert done.stdout.decode().splitlines()[0] == "1 accept → reject; B: 10 characters, 3 at most"
    assert done.stdout.endswith(b"moved: 1, 50.00% (9.45% to 90.55%)\n")


def test_a_comparison_that_is_interrupted_shows_no_tables(a: Path, b: Path) -> None:
    with subprocess.Popen(
        [*PROGRAM, str(a), str(b), "--changes"], cwd=ROOT, stdin=-1, stdout=-1, stderr=-1
    ) as process:
        assert process.stdin
        assert process.stdout
        process.stdin.write(render("a" * 51))
        process.stdin.flush()
        assert process.stdout.readline().startswith(b'1 "c-1" accept ')
        process.send_signal(signal.SIGTERM)
        out, said = process.communicate(timeout=PATIENCE_S)
    assert (process.returncode, out, said) == (1, b"", b"not done: interrupted\n")
