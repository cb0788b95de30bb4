"""``python -m service.perspective map``: what it refuses, prints and writes."""

import json
import os
import re
import shlex
import signal
import subprocess
import sys
from pathlib import Path

import pytest
from perspective_map import CALM, RUDE, Row, run, write
from serving import ROOT
from stubs import BrokenScorer, StubScorer

from model import ATTRIBUTES
from model.scorer import TextScorer
from service.export_fields import ACCEPTED, REJECTED, TEXT_COLUMNS, UNDECIDED
from service.exports import cut_chunks
from service.moderation import Comment, Moderator
from service.perspective.__main__ import main
from service.perspective.map_options import build_parsers
from service.policy import load_policy

PROGRAM = [sys.executable, "-m", "service.perspective", "map"]
PAGE = (ROOT / "docs/perspective-map.md").read_text(encoding="utf-8")
EXAMPLES = re.findall(
    r"```\n\$ \.venv/bin/python -m service\.perspective (.*?)\n```\n\n```\n(.*?)```",
    PAGE,
    re.DOTALL,
)
CANARY = "canary-51c0ffee"


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ("--policy a.toml", "--policy needs the old thresholds: --flag NAME=T, --reject NAME=T"),
        ("--flag TOXICITY=0.5", "--flag and --reject are for --policy"),
        ("--policy a.toml --flag SPAM=0.5", "'SPAM=0.5' is not NAME=T with a name of TOXICITY, "),
        ("--policy a.toml --flag TOXICITY", "'TOXICITY' is not NAME=T"),
        ("--policy a.toml --flag TOXICITY=80", "'80' is no number from 0 to 1"),
        ("--policy a.toml --flag TOXICITY=high", "'high' is no number from 0 to 1"),
        ("--policy a.toml --flag TOXICITY=nan", "'nan' is no number from 0 to 1"),
        ("--policy a.toml --flag TOXICITY=1 --flag toxicity=1", "names one attribute twice"),
        (
            "--policy a.toml --flag TOXICITY=0.9 --reject TOXICITY=0.8",
            "the old flag threshold of toxicity is above the reject threshold",
        ),
        ("--policy a.txt --flag TOXICITY=0.5", "--policy writes .toml"),
        ("--policy My.toml --flag TOXICITY=0.5", "the file of a policy gives its name"),
        ("--plot a.pdf", "--plot writes .svg or .png"),
        ("--rejected binned", "--rejected is for --decision-column"),
        ("--thresholds 50", "'50' is no number from 0 to 1"),
    ],
)
def test_a_command_without_meaning_is_refused(
    arguments: str, message: str, capsys: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(SystemExit, match=r"^2$"):
        run("a.csv", *arguments.split())
    assert message in " ".join(capsys.readouterr().err.split())


# What is written


@pytest.fixture
def source(tmp_path: Path) -> Path:
    """Return an export of which half the comments are rude, and ours say the same."""
    rows = [{**CALM, "status": "ok"}, {**RUDE, "status": "spam"}] * 60
    return write(tmp_path / "export.jsonl", rows)


@pytest.mark.parametrize("judged", [False, True])
def test_a_policy_does_with_new_scores_what_was_done_with_old_ones(
    *, source: Path, judged: bool, tmp_path: Path
) -> None:
    path = tmp_path / "moved.toml"
    decisions = ["--decision-column", "status"] if judged else []
    old = ["--flag", "TOXICITY=0.05", "--reject", "toxicity=0.7"]
    assert run(source, "--policy", path, *old, *decisions) == 0
    policy = load_policy(path)
    assert list(policy.bands()) == ["toxicity"]
    moderator = Moderator({"en": StubScorer()}, {policy.name: policy})
    for text, decision in (("How rude.", "reject"), ("Thank you.", "accept" if judged else "flag")):
        outcome = moderator.moderate([Comment(text, policy="moved")])[0]
        assert outcome.decision.action.label == decision
    assert path.read_text(encoding="utf-8").startswith(
        "# Mapped from thresholds on Perspective's scores, for en-stub:\n# toxicity flag 0.05 -> "
    )
    assert sorted(tmp_path.iterdir()) == [source, path]


def test_a_policy_of_an_attribute_without_scores_is_refused(
    source: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = tmp_path / "a.toml"
    assert run(source, "--policy", path, "--flag", "INSULT=0.5") == 1
    assert "the export has no scores of INSULT" in capsys.readouterr().err
    assert not path.exists()


@pytest.mark.parametrize("option", ["--policy", "--plot"])
def test_a_file_that_is_there_is_replaced_only_by_force(
    option: str, source: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = tmp_path / ("a.toml" if option == "--policy" else "a.svg")
    path.write_text("mine", encoding="utf-8")
    flag = ["--flag", "TOXICITY=0.5"] if option == "--policy" else []
    assert run(source, option, path, *flag) == 1
    assert f"{path}: is there already; --force replaces it" in capsys.readouterr().err
    assert path.read_text(encoding="utf-8") == "mine"
    assert run(source, option, path, *flag, "--force") == 0
    assert path.read_text(encoding="utf-8") != "mine"


def test_a_folder_that_is_not_there_is_told_before_anything_is_read(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run("none.csv", "--plot", tmp_path / "none" / "a.svg") == 1
    assert "its folder is not there" in capsys.readouterr().err


@pytest.mark.parametrize("judged", [False, True])
def test_the_same_export_gives_the_same_plot(*, judged: bool, source: Path, tmp_path: Path) -> None:
    decisions = ["--decision-column", "status"] if judged else []
    paths = [tmp_path / name for name in ("a.svg", "b.svg")]
    for path in paths:
        assert run(source, "--plot", path, *decisions) == 0
    text = paths[0].read_text(encoding="utf-8")
    assert text == paths[1].read_text(encoding="utf-8")
    assert ">toxicity</text>" in text
    assert (">precision</text>" in text) == judged
    assert run(source, "--plot", tmp_path / "a.png", *decisions) == 0
    assert (tmp_path / "a.png").read_bytes().startswith(b"\x89PNG")


def test_without_matplotlib_only_the_plot_is_missing(source: Path, tmp_path: Path) -> None:
    empty = tmp_path / "without"
    empty.mkdir()
    (empty / "matplotlib.py").write_text("raise ModuleNotFoundError(name='matplotlib')", "utf-8")
    done = subprocess.run(
        [*PROGRAM, source, "--plot", tmp_path / "a.svg"],
        cwd=ROOT,
        env={"PYTHONPATH": str(empty)},
        capture_output=True,
        check=False,
        text=True,
    )
    assert done.returncode == 1
    assert done.stdout.startswith("120 comments of ")
    assert done.stderr == (
        f"not done: {tmp_path / 'a.svg'}: matplotlib is not installed:"
        " pip install -r requirements-train.txt\n"
    )
    assert not (tmp_path / "a.svg").exists()


def test_a_run_that_is_interrupted_leaves_no_file(tmp_path: Path) -> None:
    outputs = ["--policy", "a.toml", "--flag", "TOXICITY=0.5", "--plot", "a.svg"]
    with subprocess.Popen(
        [*PROGRAM, "-", *outputs],
        cwd=tmp_path,
        env=os.environ | {"PYTHONPATH": str(ROOT)},
        stdin=-1,
        stdout=-1,
        stderr=-1,
    ) as process:
        assert process.stdin is not None
        # More than a pipe holds: once it is written, the program has begun to read.
        process.stdin.write((json.dumps(CALM) + "\n").encode() * 20_000)
        process.send_signal(signal.SIGTERM)
        out, err = process.communicate()
    assert process.returncode == 1
    assert (out, err) == (b"", b"not done: interrupted\n")
    assert list(tmp_path.iterdir()) == []


def test_output_that_cannot_be_written_leaves_no_policy(source: Path, tmp_path: Path) -> None:
    with Path("/dev/full").open("wb") as full:
        done = subprocess.run(
            [*PROGRAM, source, "--policy", tmp_path / "a.toml", "--flag", "TOXICITY=0.5"],
            cwd=ROOT,
            stdout=full,
            stderr=-1,
            check=False,
        )
    assert done.returncode != 0
    assert done.stderr.startswith(b"not done: [Errno 28] No space left on device\n")
    assert list(tmp_path.iterdir()) == [source]


def test_progress_is_told_now_and_then() -> None:
    said: list[str] = []
    clock = iter([0.0, 4.0, 12.0, 13.0]).__next__
    chunks = cut_chunks([None] * 2500, said.append, clock)
    assert [len(chunk) for chunk in chunks] == [1000, 1000, 500]
    assert said == ["2,000 comments, 167 a second"]


@pytest.mark.parametrize(
    "line",
    [
        {"text": f"rude {CANARY}", "TOXICITY": 0.5, "status": "ok"},
        {"text": CANARY, "TOXICITY": CANARY, "status": "ok"},
        {"text": CANARY, "TOXICITY": 0.5, "status": CANARY},
        {"text": [CANARY], "TOXICITY": 0.5},
        {CANARY: CANARY, "TOXICITY": 0.5},
        f'{{"text": "{CANARY}',
        f'{{"text": "{CANARY}\udcff"}}',
        f"{CANARY},0.5,ok",
    ],
)
@pytest.mark.parametrize("name", ["a.jsonl", "a.csv", "headless.csv", "a.csv.gz"])
@pytest.mark.parametrize("scorer", [StubScorer(), BrokenScorer()])
def test_no_text_is_ever_printed(
    line: Row | str,
    name: str,
    scorer: TextScorer,
    tmp_path: Path,
    capfd: pytest.CaptureFixture[str],
) -> None:
    rows = [{**CALM, "status": "ok"}, {**RUDE, "status": "spam"}] * 10
    path = write(tmp_path / name.removesuffix(".gz"), rows)
    if isinstance(line, str):
        added = line
    elif path.suffix == ".csv":
        added = ",".join(str(value) for value in line.values())
    else:
        added = json.dumps(line)
    data = added.encode(errors="surrogateescape") + b"\n"
    path.write_bytes(data + path.read_bytes() if "head" in name else path.read_bytes() + data)
    if name.endswith(".gz"):
        path = path.rename(tmp_path / name)
    main(["map", str(path), "--decision-column", "status"], lambda _: {"en": scorer})
    said = capfd.readouterr()
    assert "canary" not in (said.out + said.err).casefold()


# The page


@pytest.mark.parametrize(("command", "output"), EXAMPLES)
def test_an_example_prints_every_line_the_page_shows(
    command: str,
    output: str,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    (tmp_path / "docs").symlink_to(ROOT / "docs")
    monkeypatch.chdir(tmp_path)
    assert main(shlex.split(command)) == 0
    assert capsys.readouterr() == (output, "")
    if "moved.toml" in command:
        assert f"```toml\n{Path('moved.toml').read_text(encoding='utf-8')}```" in PAGE


def test_the_page_has_two_examples() -> None:
    assert len(EXAMPLES) == 2


def test_the_page_names_every_option_and_nothing_else() -> None:
    known = {name for action in build_parsers()[1]._actions for name in action.option_strings}  # noqa: SLF001 - argparse has no other way
    named = set(re.findall(r"(?<![\w-])(--[a-z][a-z-]+)", PAGE))
    assert named <= known
    assert known - named == {"-h", "--help", "--artefacts", "--quiet"}


def test_the_page_names_every_column_and_decision_that_is_known() -> None:
    numbers = {"0.0", "1.0", ""}
    for word in {*TEXT_COLUMNS, *ACCEPTED, *REJECTED, *UNDECIDED} - numbers:
        assert f"`{word}`" in PAGE
    for name in ATTRIBUTES:
        assert f"`{name.upper()}`" in PAGE
