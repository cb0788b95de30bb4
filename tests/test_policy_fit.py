"""``python -m service.policy fit``: what it refuses, prints and writes."""

import csv
import io
import json
import os
import random
import re
import runpy
import signal
import stat
import subprocess
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path

import numpy as np
import pytest
from perspective_map import Row, write
from serving import ROOT
from stubs import BrokenScorer, StubScorer

from model.artefact import load_scorer
from model.scorer import TextScorer
from service.decision import Action
from service.moderation import Comment, Moderator
from service.policy import POLICY_FOLDER, load_policy
from service.policy.__main__ import main
from service.settings import ARTEFACTS

PROGRAM = [sys.executable, "-m", "service.policy", "fit"]
EXAMPLES = ROOT / "docs/examples"
EXAMPLE, SITE = EXAMPLES / "decisions.csv", EXAMPLES / "site.toml"
CANARY = "canary-51c0ffee"

POLICY = """\
# Ours.
name = "site"

[toxicity]  # as the editors want it
flag = { statement = "recall >= 0.8", threshold = 0.5 }
reject = { statement = "precision >= 0.9", threshold = 0.9 }

[words]
allowed = "allowed.txt"
"""
PRINTED = """\
450 comments of EXPORT, scored by en-stub
rejected: 126 (28.0%)
left out: 7 copies of a text with the same decision, 1 without a decision
taken as they come: the site rejects 28.0% of its comments

recalibrated  slope  intercept  calibration error        log loss
toxicity      0.923      0.075     0.030 -> 0.029  0.173 -> 0.175
From before to after: in 10 parts, each with a line that was fitted to the others.

                  statement         threshold               precision                  recall  at or over
toxicity  flag    recall >= 0.8      0.610431  0.800 (0.729 to 0.856)  0.952 (0.900 to 0.978)       33.3%
toxicity  reject  precision >= 0.9   0.942302  1.000 (0.959 to 1.000)  0.714 (0.630 to 0.786)       20.0%
With 95 % intervals, on the comments that thresholds were chosen on: the end of the interval keeps a statement, not the estimate alone.

the site \\ the policy       accept        flag      reject
accepted               294 (90.7%)   30 (9.3%)    0 (0.0%)
rejected                  6 (4.8%)  30 (23.8%)  90 (71.4%)

Nothing is written: -o FILE writes policy 'site'.
"""  # noqa: E501 - as it is printed
REFUSED = POLICY.replace("precision >= 0.9", "precision >= 0.99")


def make_rows(rude: int = 90, grumpy: int = 60, calm: int = 300) -> list[Row]:
    """Return decisions: all that is rude is rejected, half of what is grumpy, and little else."""
    kinds = [("rude", rude, 1), ("grumpy", grumpy, 2), ("calm", calm, 50)]
    return [
        {"text": f"A {word} remark, {number}.", "decision": int(number % every == 0)}
        for word, count, every in kinds
        for number in range(count)
    ]


def run(*arguments: object, scorer: TextScorer | None = None, stdin: bytes = b"") -> int:
    """Run the program here, with a stub for a model."""
    scorers: Mapping[str, TextScorer] = {"en": scorer or StubScorer()}
    return main(["fit", *map(str, arguments)], io.BytesIO(stdin), lambda _: scorers)


@pytest.fixture
def policy(tmp_path: Path) -> Path:
    """Return a policy with a list beside it."""
    (tmp_path / "allowed.txt").write_text("Rudeham\n", encoding="utf-8")
    path = tmp_path / "site.toml"
    path.write_text(POLICY, encoding="utf-8")
    return path


@pytest.fixture
def export(tmp_path: Path) -> Path:
    return write(tmp_path / "export.jsonl", make_rows())


def files_of(folder: Path) -> dict[str, bytes]:
    return {path.name: path.read_bytes() for path in folder.iterdir()}


# What is printed


def test_all_that_was_found_is_printed(
    policy: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    rows = [*make_rows(), *make_rows()[:7], {"text": "Later.", "decision": "pending"}]
    source = write(tmp_path / "a.csv", rows)
    before = files_of(tmp_path)
    assert run(policy, "--decisions", source) == 0
    assert (
        capsys.readouterr().out.splitlines() == PRINTED.replace("EXPORT", str(source)).splitlines()
    )
    assert files_of(tmp_path) == before


def test_a_review_is_printed_with_what_people_see_beside_it(
    policy: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    policy.write_text(
        'name = "site"\n[review]\nstatement = "flag_share <= 0.3"\nshow = "most_toxic"\n', "utf-8"
    )
    source = write(tmp_path / "a.csv", [*make_rows(), {"text": "Спасибо.", "decision": 0}])
    assert run(policy, "--decisions", source) == 0
    said = capsys.readouterr().out
    assert [line.split()[:3] for line in said.splitlines() if "review  " in line] == [
        ["toxicity", "flag", "review"],
    ]
    assert "\nreview: flag_share <= 0.3, most_toxic: flagged are 0.200 (0.166 to 0.239)\n" in said
    assert "\nbeside them, 1 of those left out are flagged whatever their score\n" in said


def test_thresholds_of_other_attributes_are_not_measured(
    policy: Path, export: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    policy.write_text('name = "site"\n[insult]\nflag = { threshold = 0.5 }\n', encoding="utf-8")
    assert run(policy, "--decisions", export) == 0
    assert "\nno threshold is of an attribute that is fitted\n" in capsys.readouterr().out


# What is written


def test_a_fitted_policy_does_what_was_printed_and_keeps_what_the_operator_wrote(
    policy: Path, export: Path, tmp_path: Path
) -> None:
    out = tmp_path / "fitted.toml"
    assert run(policy, "--decisions", export, "-o", out) == 0
    text = out.read_text(encoding="utf-8")
    assert text.startswith('# Ours.\nname = "site"\n\n[toxicity]  # as the editors want it\n')
    assert 'allowed = "allowed.txt"' in text
    fitted = load_policy(out)
    assert fitted.words is not None
    assert fitted.words.allowed == ("Rudeham",)
    moderator = Moderator({"en": StubScorer()}, {"site": fitted})
    texts = {"How rude.": "reject", "Grumpy!": "flag", "Calm.": "accept", "Rudeham.": "accept"}
    outcomes = moderator.moderate([Comment(text, policy="site") for text in texts])
    assert [outcome.decision.action.label for outcome in outcomes] == list(texts.values())
    assert policy.read_text(encoding="utf-8") == POLICY


def test_a_policy_is_fitted_in_place_only_by_force_and_again_gives_the_same(
    policy: Path, export: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run(policy, "--decisions", export, "-o", policy) == 1
    assert capsys.readouterr() == (
        "",
        f"not done: {policy}: is there already; --force replaces it\n",
    )
    assert policy.read_text(encoding="utf-8") == POLICY
    assert run(policy, "--decisions", export, "-o", policy, "--force") == 0
    once = policy.read_bytes()
    assert once != POLICY.encode()
    assert run(policy, "--decisions", export, "-o", policy, "--force") == 0
    assert policy.read_bytes() == once


def test_a_policy_that_is_replaced_keeps_its_mode_and_link(
    policy: Path, export: Path, tmp_path: Path
) -> None:
    link = tmp_path / "link.toml"
    link.symlink_to(policy.name)
    policy.chmod(0o640)
    assert run(link, "--decisions", export, "-o", link, "--force") == 0
    assert link.is_symlink()
    assert stat.S_IMODE(policy.stat().st_mode) == 0o640
    assert load_policy(policy).recalibration is not None


def test_the_end_of_a_line_stays_as_it_is(policy: Path, export: Path, tmp_path: Path) -> None:
    policy.write_bytes(POLICY.replace("\n", "\r\n").encode())
    out = tmp_path / "fitted.toml"
    assert run(policy, "--decisions", export, "-o", out) == 0
    assert out.read_bytes().startswith(b'# Ours.\r\nname = "site"\r\n')


@pytest.mark.parametrize(
    ("terms", "message"),
    [
        (None, "not done: the policy cannot be written there: "),
        ("Grumpham\n", "fitted.toml: the word lists beside it are not those of "),
        ("Rudeham\n", None),
    ],
)
def test_a_policy_is_written_into_another_folder_only_with_its_lists(
    terms: str | None,
    message: str | None,
    policy: Path,
    export: Path,
    capsys: pytest.CaptureFixture[str],
) -> None:
    folder = policy.with_name("other")
    folder.mkdir()
    if terms:
        (folder / "allowed.txt").write_text(terms, encoding="utf-8")
    out = folder / "fitted.toml"
    assert run(policy, "--decisions", export, "-o", out) == (1 if message else 0)
    assert out.exists() == (message is None)
    assert [path.name for path in folder.iterdir() if path.suffix != ".txt"] == (
        [] if message else ["fitted.toml"]
    )
    said = capsys.readouterr().err
    assert (message or "") in said
    assert "unfinished" not in said


@pytest.mark.parametrize("rows", [make_rows(), make_rows(rude=15, grumpy=20, calm=40)])
def test_if_a_statement_is_not_supported_nothing_is_written(
    rows: Sequence[Row], policy: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    policy.write_text(REFUSED, encoding="utf-8")
    source = write(tmp_path / "a.csv", rows)
    before = files_of(tmp_path)
    outputs = ["-o", tmp_path / "b.toml", "--plot", tmp_path / "b.svg"]
    assert run(policy, "--decisions", source, *outputs) == 1
    said = capsys.readouterr()
    assert said.out.startswith(f"{len(rows)} comments of {source}, scored by en-stub\n")
    assert said.err.startswith(
        "not done: the decisions do not support\n"
        "toxicity reject: precision >= 0.99: the best estimate is 1.000 "
    )
    assert "at or over" not in said.out
    assert files_of(tmp_path) == before


# The plot


def test_the_same_decisions_give_the_same_plot(policy: Path, export: Path, tmp_path: Path) -> None:
    paths = [tmp_path / name for name in ("a.svg", "b.svg", "c.png")]
    for path in paths:
        assert run(policy, "--decisions", export, "--plot", path) == 0
    text = paths[0].read_text(encoding="utf-8")
    assert text == paths[1].read_text(encoding="utf-8")
    for label in (
        *("toxicity: reliability", "before", "after", "share rejected"),
        *("toxicity: precision and recall", "precision", "recall", "threshold"),
        *("flag from 0.61", "reject from 0.94"),
    ):
        assert f">{label}</text>" in text
    # The comments of each bin are there as numbers.
    assert ">300</text>" in text
    assert paths[2].read_bytes().startswith(b"\x89PNG")


def test_a_plot_has_a_row_an_attribute(policy: Path, tmp_path: Path) -> None:
    rows = [{**row, "text": f"{row['text']} Silly."} for row in make_rows() if row["decision"]]
    source = write(tmp_path / "a.jsonl", [*make_rows(), *rows])
    path = tmp_path / "a.svg"
    attributes = ["--attributes", "insult", "toxicity"]
    assert run(policy, "--decisions", source, "--plot", path, *attributes) == 0
    text = path.read_text(encoding="utf-8")
    assert text.index(">toxicity: reliability<") < text.index(">insult: reliability<")


# What is asked for


def test_a_prevalence_is_the_operators_or_the_policys(
    policy: Path, export: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    out = tmp_path / "fitted.toml"
    policy.write_text(POLICY.replace("precision >= 0.9", "precision >= 0.8"), encoding="utf-8")
    assert run(policy, "--decisions", export, "--prevalence", 0.1, "-o", out) == 0
    assert "\nweighted, since the site rejects 10.0% of its comments\n" in capsys.readouterr().out
    by_option = load_policy(out)
    assert by_option.recalibration is not None
    assert by_option.recalibration.prevalence == 0.1
    source = policy.read_text(encoding="utf-8")
    policy.write_text(f"prevalence = 0.1\n{source}", encoding="utf-8")
    assert run(policy, "--decisions", export, "-o", out, "--force") == 0
    by_policy = load_policy(out)
    assert by_policy.recalibration == by_option.recalibration
    assert by_policy.toxicity == by_option.toxicity
    assert run(policy, "--decisions", export, "--prevalence", 0.2) == 1
    assert capsys.readouterr().err == (
        f"not done: {policy} has the prevalence 0.1, not 0.2: change it there\n"
    )


def test_a_prevalence_that_was_given_before_must_be_given_again(
    policy: Path, export: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    out = tmp_path / "out.toml"
    policy.write_text(POLICY.replace("precision >= 0.9", "precision >= 0.8"), encoding="utf-8")
    assert run(policy, "--decisions", export, "--prevalence", 0.1, "-o", out) == 0
    capsys.readouterr()
    assert run(out, "--decisions", export) == 1
    assert capsys.readouterr().err == (
        f"not done: {out} was fitted with --prevalence 0.1: say it again, or take [recalibration]"
        " out if the comments come as they are this time\n"
    )
    before = out.read_text(encoding="utf-8")
    assert run(out, "--decisions", export, "--prevalence", 0.1, "-o", out, "--force") == 0
    assert out.read_text(encoding="utf-8") == before


def test_attributes_that_a_policy_was_fitted_for_are_fitted_together(
    policy: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    rows = [{**row, "text": f"{row['text']} Silly."} for row in make_rows() if row["decision"]]
    source = write(tmp_path / "a.jsonl", [*make_rows(), *rows])
    out = tmp_path / "fitted.toml"
    attributes = ["--attributes", "insult", "toxicity"]
    assert run(policy, "--decisions", source, "-o", out, *attributes) == 0
    fitted = load_policy(out)
    assert fitted.recalibration is not None
    assert list(fitted.recalibration.lines()) == ["toxicity", "insult"]
    assert run(out, "--decisions", source) == 1
    assert capsys.readouterr().err == (
        "not done: the policy is fitted for insult too: name all with --attributes\n"
    )


def test_a_review_is_not_solved_without_toxicity(
    policy: Path, export: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    policy.write_text(
        'name = "site"\n[review]\nstatement = "flag_share <= 0.2"\nshow = "uncertain"\n', "utf-8"
    )
    assert run(policy, "--decisions", export, "--attributes", "insult") == 1
    assert "a review is solved on toxicity: name it with --attributes" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ("site.toml", "the following arguments are required: --decisions"),
        ("site.toml --decisions a.csv --prevalence 0", "'0' is no number between 0 and 1"),
        ("site.toml --decisions a.csv --prevalence 15%", "'15%' is no number between 0 and 1"),
        ("site.toml --decisions a.csv --prevalence nan", "'nan' is no number between 0 and 1"),
        ("site.toml --decisions a.csv --attributes spam", "invalid choice: 'spam'"),
        ("site.toml --decisions a.csv -o out.txt", "a policy is a .toml"),
        ("site.toml --decisions a.csv --plot out.pdf", "a plot is a .svg or .png"),
    ],
)
def test_a_command_without_meaning_is_refused(
    arguments: str, message: str, capsys: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(SystemExit, match=r"^2$"):
        run(*arguments.split())
    assert message in " ".join(capsys.readouterr().err.split())


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["--decisions", "none.csv"], "No such file or directory: 'none.csv'"),
        (["--decisions", "a.csv", "-o", "none/a.toml"], "none/a.toml: its folder is not there"),
        (["--decisions", "a.csv", "--language", "de"], "no model reads de; there is en"),
    ],
)
def test_what_is_not_there_is_told(
    arguments: list[str], message: str, policy: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run(policy, *arguments) == 1
    said = capsys.readouterr()
    assert said.out == ""
    assert message in said.err


def test_a_folder_is_not_replaced_by_a_file(
    policy: Path, export: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    folder = tmp_path / "folder.toml"
    folder.mkdir()
    assert run(policy, "--decisions", export, "-o", folder, "--force") == 1
    assert capsys.readouterr() == ("", f"not done: {folder}: is a folder\n")


def test_decisions_are_read_from_standard_input(
    policy: Path, export: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run(policy, "--decisions", "-", stdin=export.read_bytes()) == 0
    assert capsys.readouterr().out.startswith("450 comments of -, scored by en-stub\n")


def test_too_few_decisions_are_refused_with_what_was_left_out(
    policy: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    source = write(tmp_path / "a.jsonl", make_rows())
    assert run(policy, "--decisions", source, "--decision-column", "no-such") == 1
    assert capsys.readouterr().err == (
        "not done: 0 of 0 comments are rejected, and fitting takes 20: 20 more"
        " (left out: 450 without a decision)\n"
    )


# Without a package, a disk, a reader


@pytest.mark.parametrize(
    ("module", "arguments", "message", "end"),
    [
        (
            "sklearn",
            [],
            "sklearn is not there: fitting needs what training needs, in a copy of the repository",
            ")\n",
        ),
        (
            "matplotlib",
            ["--plot", "a.svg", "-o", "a.toml"],
            "a.svg: matplotlib is not installed: ",
            "\n",
        ),
    ],
)
def test_a_package_that_is_not_there_is_named(
    module: str, arguments: list[str], message: str, end: str, tmp_path: Path
) -> None:
    (tmp_path / f"{module}.py").write_text(
        f"raise ModuleNotFoundError(name='{module}')", encoding="utf-8"
    )
    done = subprocess.run(
        [*PROGRAM, SITE, "--decisions", EXAMPLE, *arguments],
        cwd=tmp_path,
        env={"PYTHONPATH": f"{tmp_path}:{ROOT}"},
        capture_output=True,
        check=False,
        text=True,
    )
    assert done.returncode == 1
    assert done.stderr.startswith(f"not done: {message}")
    assert done.stderr.endswith("pip install -r requirements-train.txt" + end)
    assert [path.name for path in tmp_path.glob("a.*")] == []


def test_a_run_that_is_interrupted_leaves_no_file(policy: Path, tmp_path: Path) -> None:
    before = files_of(tmp_path)
    with subprocess.Popen(
        [*PROGRAM, policy, "--decisions", "-", "-o", policy, "--force", "--plot", "a.svg"],
        cwd=tmp_path,
        env=os.environ | {"PYTHONPATH": str(ROOT)},
        stdin=-1,
        stdout=-1,
        stderr=-1,
    ) as process:
        assert process.stdin is not None
        # More than a pipe holds: once it is written, the program has begun to read.
        process.stdin.write(b'{"text": "How rude.", "decision": "rejected"}\n' * 20_000)
        process.send_signal(signal.SIGTERM)
        out, err = process.communicate()
    assert process.returncode == 1
    assert (out, err) == (b"", b"not done: interrupted\n")
    assert files_of(tmp_path) == before


def test_output_that_cannot_be_written_leaves_no_policy(tmp_path: Path) -> None:
    with Path("/dev/full").open("wb") as full:
        done = subprocess.run(
            [*PROGRAM, SITE, "--decisions", EXAMPLE, "-o", tmp_path / "a.toml"],
            cwd=ROOT,
            stdout=full,
            stderr=-1,
            check=False,
        )
    assert done.returncode == 1
    assert done.stderr == b"not done: [Errno 28] No space left on device\n"
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize(
    "line",
    [
        {"text": f"rude {CANARY}", "decision": "ok"},
        {"text": CANARY, "decision": CANARY},
        {"text": [CANARY], "decision": "ok"},
        {CANARY: CANARY},
        f'{{"text": "{CANARY}',
        f'{{"text": "{CANARY}\udcff"}}',
        f"{CANARY},ok",
    ],
)
@pytest.mark.parametrize("name", ["a.jsonl", "a.csv", "headless.csv"])
@pytest.mark.parametrize("scorer", [StubScorer(), BrokenScorer()])
def test_no_text_is_ever_printed(
    line: Row | str,
    name: str,
    scorer: TextScorer,
    policy: Path,
    capfd: pytest.CaptureFixture[str],
) -> None:
    path = write(policy.with_name(name), make_rows())
    if isinstance(line, str):
        added = line
    elif path.suffix == ".csv":
        added = ",".join(str(value) for value in line.values())
    else:
        added = json.dumps(line)
    data = added.encode(errors="surrogateescape") + b"\n"
    path.write_bytes(data + path.read_bytes() if "head" in name else path.read_bytes() + data)
    run(policy, "--decisions", path, scorer=scorer)
    said = capfd.readouterr()
    assert "canary" not in (said.out + said.err).casefold()


# The example


def test_the_example_is_what_its_program_makes() -> None:
    done = subprocess.run(
        [sys.executable, EXAMPLES / "make_decisions.py"], capture_output=True, check=True
    )
    assert EXAMPLE.read_bytes() == done.stdout
    assert len(done.stdout) < 300_000


def test_the_examples_policy_is_as_derive_leaves_it(tmp_path: Path) -> None:
    path = tmp_path / "site.toml"
    path.write_bytes(SITE.read_bytes())
    assert main(["derive", str(path)]) == 0
    assert path.read_bytes() == SITE.read_bytes()


def test_the_page_says_what_the_shipped_policy_would_take_to_be_fitted(
    capsys: pytest.CaptureFixture[str],
) -> None:
    default = POLICY_FOLDER / "default.toml"
    assert main(["fit", str(default), "--decisions", str(EXAMPLE), "--quiet"]) == 1
    found = re.search(r"precision >= 0\.98: .* about (\S+ more decisions)", capsys.readouterr().err)
    assert found is not None
    assert f"this takes {found[1]}." in (ROOT / "docs/policies.md").read_text(encoding="utf-8")


def test_a_policy_fitted_on_the_example_keeps_its_word_on_decisions_to_come(tmp_path: Path) -> None:
    out = tmp_path / "gazette.toml"
    assert main(["fit", *map(str, [SITE, "--decisions", EXAMPLE, "-o", out])]) == 0
    policy = load_policy(out)
    moderator = Moderator({"en": load_scorer(ARTEFACTS / "en")}, {"gazette": policy})
    make_rows = runpy.run_path(str(EXAMPLES / "make_decisions.py"))["make_rows"]
    with EXAMPLE.open(encoding="utf-8") as file:
        known = {row["comment"] for row in csv.DictReader(file)}
    rows = dict(
        row
        for seed in range(4)
        for row in make_rows(random.Random(seed))  # noqa: S311 - as the example is made
        if row[1] != "pending" and row[0] not in known
    )
    outcomes = moderator.moderate([Comment(text, policy="gazette") for text in rows])
    rejected = np.array([decision == "rejected" for decision in rows.values()])
    actions = np.array([outcome.decision.action for outcome in outcomes])
    assert len(rejected) > 7000
    assert policy.review is not None
    assert rejected[actions == Action.REJECT].mean() >= 0.8
    assert np.mean(actions == Action.FLAG) <= 0.1
