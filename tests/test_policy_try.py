"""A policy is tried on comments: what it decides and why, as the endpoint would."""

import io
import itertools
import json
import os
import pty
import re
import signal
import subprocess
import sys
import tracemalloc
from pathlib import Path
from typing import Any

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st
from serving import PATIENCE_S, ROOT
from stubs import BrokenScorer, StubScorer

from model import ATTRIBUTES
from model.scorer import TextScorer
from service.app import create_app
from service.decision import Reason
from service.moderation import Comment, Moderator
from service.policy import Policy, load_policy
from service.policy.__main__ import main
from service.policy.comments import CommentLines, parse_comment
from service.policy.phrases import quote
from service.policy.reasons import describe_outcome
from service.programs import show_progress
from service.rescore.errors import BadRowError
from service.rescore.lines import MAX_LINE_BYTES
from service.settings import ARTEFACTS, Settings

CANARY = "walrus-canary-5512"
POLICY = """\
name = "site"
max_length = 100

[toxicity]
flag = { threshold = 0.5 }
reject = { threshold = 0.9 }

[insult]
flag = { threshold = 0.5 }

[threat]
reject = { threshold = 0.95 }

[links]
limit = 1

[words]
banned = ["quibbl*"]
suspect = ["go away"]
allowed = ["Scunthorpe"]
"""
PROGRAM = [sys.executable, "-m", "service.policy", "try"]


def load_stub(_: Path) -> dict[str, TextScorer]:
    return {"en": StubScorer()}


def render(*lines: object) -> bytes:
    """Return JSON lines; bytes are lines as they are."""
    return b"".join(
        (line if isinstance(line, bytes) else json.dumps(line).encode()) + b"\n" for line in lines
    )


@pytest.fixture
def file(tmp_path: Path) -> Path:
    """Return the file of a policy."""
    path = tmp_path / "site.toml"
    path.write_text(POLICY, encoding="utf-8")
    return path


def run(file: Path, given: bytes, *options: str) -> int:
    """Run the program here, with a stub for a model."""
    return main(["try", str(file), *options], io.BytesIO(given), load_stub)


def test_each_comment_gets_its_decision_and_why(
    file: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    status = run(
        file,
        render(
            {"comment": "Thank you.", "id": "c-1"},
            {"text": "How grumpy.", "id": 2},
            "How rude and silly.",
            {"comment": "Stop quibbling, or go away", "language": "en-GB"},
            {"comment": "hurt", "policy": "another", "explain": True},
            {"comment": "a.example.com b.example.com"},
            {"comment": "a" * 101},
            "",
            "Это хорошо",
            {"comment": "Bonjour", "language": "fr"},
        ),
    )
    assert status == 0
    out, said = capsys.readouterr()
    assert out.splitlines() == [
        '1 "c-1" accept',
        '2 "2" flag: toxicity 0.6 reaches 0.5',
        "3 reject: toxicity 0.95 reaches 0.9; insult 0.6 reaches 0.5 (flag)",
        '4 reject: banned term "quibbl*" at 5–14; suspect term "go away" at 19–26 (flag)',  # noqa: RUF001 - ranges
        "5 reject: threat 0.95 reaches 0.95",
        "6 flag: 2 links, 1 at most",
        "7 reject: 101 characters, 100 at most",
        "8 reject: no text",
        "9 flag: language und-Cyrl is not judged",
        "10 flag: language fr is not judged",
    ]
    assert said.splitlines() == [
        "10 comments: 1 accepted, 4 flagged, 5 rejected",
        "flagged: unsupported_language 2, toxicity 1, too_many_links 1",
        "rejected: toxicity 1, banned_term 1, threat 1, too_long 1, empty 1",
    ]


def test_json_is_byte_for_byte_what_the_endpoint_answers(
    file: Path, capsysbinary: pytest.CaptureFixture[bytes]
) -> None:
    policy = load_policy(file)
    client = create_app(
        Moderator(load_stub(file), {"default": policy, "site": policy}), Settings()
    ).test_client()
    comments: list[dict[str, Any]] = [
        {"comment": "Stop quibbling 😀, you rude one", "id": "a\ud83d", "explain": True},
        {"comment": "\ud83d\ude00 lone \ud83d"},
        {"comment": "a" * 101, "language": "en"},
        {"comment": "", "id": ""},
        {"comment": "a\0b\r\nc\u202e", "language": "en-Latn"},
    ]
    assert run(file, render(*comments), "--json") == 0
    answers = [client.post("/v1/moderate", json=comment).data for comment in comments]
    assert capsysbinary.readouterr().out == b"".join(answer + b"\n" for answer in answers)


@pytest.mark.parametrize(
    ("line", "reason"),
    [
        (b"\xff", "not UTF-8"),
        (b'"\xed\xa0\xbd"', "not UTF-8"),
        (b"walrus", "not JSON"),
        (b'{"comment": "walrus"', "not JSON"),
        (b'"walrus\0"', "not JSON"),
        (b'{"comment": "a", "id": NaN}', "not JSON"),
        (b"[" * 100_000, "neither an object nor a string"),
        (b'{"text": "a", "walrus": ' + b"[" * 100_000, "a field that is not one of"),
        (b'{"text": "\\ud83d", "id": ' + b"[" * 100_000, "not JSON"),
        (b'{"id": ' + b"1" * 10_000 + b"}", "the id is neither a whole number nor a string"),
        (b"null", "neither an object nor a string"),
        (b'["walrus"]', "neither an object nor a string"),
        (b"{}", "no comment"),
        (b'{"id": "walrus"}', "no comment"),
        (b'{"comment": null}', "the comment is not a string"),
        (b'{"comment": ["walrus"]}', "the comment is not a string"),
        (b'{"text": 1}', "the text is not a string"),
        (b'{"text": "a", "comment": "a"}', "both comment and text"),
        (b'{"text": "a", "id": 1.5}', "the id is neither a whole number nor a string of up to 200"),
        (
            b'{"text": "a", "id": true}',
            "the id is neither a whole number nor a string of up to 200",
        ),
        (b'{"text": "a", "id": "%s"}' % (b"a" * 201), "the id is neither a whole number"),
        (
            b'{"text": "a", "language": "walrus\\n"}',
            "the language is not a tag such as en or pt-BR",
        ),
        (b'{"text": "a", "language": "\\ud83d"}', "the language is not a tag such as en or pt-BR"),
        (b'{"text": "a", "policy": 1}', "the policy is not a string"),
        (b'{"text": "a", "explain": "yes"}', "explain is neither true nor false"),
        (b'{"text": "a", "walrus": 1}', "a field that is not one of comment, text, id, language"),
        (b'{"text": "a", "a` - at `$.id": 1}', "a field that is not one of comment, text, id"),
        (b'"%s"' % (b"a" * MAX_LINE_BYTES), "longer than 16 MiB"),
    ],
    ids=lambda value: repr(value[:30]),
)
def test_a_bad_line_is_named_and_the_others_are_done(
    line: bytes, reason: str, file: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run(file, render("Thank you.", line, {"text": "rude"})) == 1
    out, said = capsys.readouterr()
    assert out == "1 accept\n3 reject: toxicity 0.95 reaches 0.9\n"
    assert said.startswith(f"line 2: {reason}")
    assert said.endswith("\nrejected: toxicity 1\n1 line could not be used\n")
    assert "walrus" not in said


def test_blank_lines_are_counted_and_passed_over(
    file: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    given = b'\xef\xbb\xbf"Thanks."\r\n\r\n \n{"text": "rude"}'
    assert run(file, given) == 0
    assert capsys.readouterr().out == "1 accept\n4 reject: toxicity 0.95 reaches 0.9\n"


@pytest.mark.parametrize("options", [[], ["--json"]])
def test_nothing_in_is_nothing_out(
    options: list[str], file: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run(file, b"", *options) == 0
    assert capsys.readouterr() == ("", "0 comments: 0 accepted, 0 flagged, 0 rejected\n")


LINES = st.lists(
    st.text(st.characters(codec=None)).map(lambda text: json.dumps({"text": text}).encode())
    | st.binary(max_size=20).filter(lambda data: b"\n" not in data),
    max_size=10,
)


class Pieces(io.RawIOBase):
    """A stream that comes in pieces."""

    def __init__(self, pieces: list[bytes]) -> None:
        super().__init__()
        self._pieces = pieces

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: Any) -> int:  # noqa: ANN401 - whatever a reader has
        piece = self._pieces.pop(0) if self._pieces else b""
        taken, rest = piece[: len(buffer)], piece[len(buffer) :]
        if rest:
            self._pieces.insert(0, rest)
        buffer[: len(taken)] = taken
        return len(taken)


@given(lines=LINES, cuts=st.lists(st.integers(0, 400)))
def test_how_lines_arrive_changes_nothing(lines: list[bytes], cuts: list[int]) -> None:
    data = b"\n".join(lines)
    bounds = sorted({0, *(cut for cut in cuts if cut < len(data)), len(data)})
    pieces = [data[begin:end] for begin, end in itertools.pairwise(bounds)]
    whole, cut = (
        CommentLines(io.BufferedReader(Pieces(each))) for each in ([data] if data else [], pieces)
    )
    assert [one for batch in whole for one in batch] == [one for batch in cut for one in batch]
    assert whole.refused == cut.refused


VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(st.characters(codec=None)),
    lambda values: (
        st.lists(values)
        | st.dictionaries(st.sampled_from(["comment", "text", "id", "language"]), values)
        | st.dictionaries(st.text(), values)
    ),
    max_leaves=5,
)
REASONS = {
    *("not UTF-8", "not JSON", "neither an object nor a string", "no comment"),
    *("both comment and text", "the comment is not a string", "the text is not a string"),
    "the id is neither a whole number nor a string of up to 200 characters",
    "the language is not a tag such as en or pt-BR",
    "a field that is not one of comment, text, id, language, policy, explain",
}


@given(line=st.binary() | VALUES.map(lambda value: json.dumps(value).encode()))
def test_any_line_is_a_comment_or_a_reason_that_repeats_nothing(line: bytes) -> None:
    try:
        comment = parse_comment(line)
    except BadRowError as error:
        assert str(error) in REASONS  # noqa: PT017 - either is right
    else:
        found = json.loads(line)
        text = found if isinstance(found, str) else found.get("comment", found.get("text"))
        assert comment.text == text


def test_comments_that_are_there_are_answered_before_more_is_waited_for(file: Path) -> None:
    with subprocess.Popen(
        [*PROGRAM, str(file), "--artefacts", str(ARTEFACTS)],
        cwd=ROOT,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
    ) as process:
        assert process.stdin
        assert process.stdout
        for number in (1, 2, 3):
            # The next has begun to come, as when its writer flushes whenever it likes.
            process.stdin.write(b'"Thank you."\n"Th' if number == 1 else b'ank you."\n"Th')
            process.stdin.flush()
            assert process.stdout.readline() == f"{number} accept\n".encode()
        process.send_signal(signal.SIGINT)
        out, said = process.communicate(timeout=PATIENCE_S)
    assert (process.returncode, out) == (1, b"")
    assert said == b"3 comments: 3 accepted, 0 flagged, 0 rejected\nnot done: interrupted\n"


def test_a_reader_that_goes_away_ends_it_without_a_word(file: Path, tmp_path: Path) -> None:
    source = tmp_path / "comments.jsonl"
    source.write_bytes(render("Thank you.") * 20_000)
    with (
        source.open("rb") as given,
        subprocess.Popen(
            [*PROGRAM, str(file)], cwd=ROOT, stdin=given, stdout=-1, stderr=-1
        ) as process,
    ):
        assert process.stdout
        assert process.stdout.readline() == b"1 accept\n"
        process.stdout.close()
        assert process.stderr
        assert process.stderr.read() == b""
        assert process.wait(PATIENCE_S) == 1


def test_standard_input_that_is_closed_is_named(file: Path) -> None:
    done = subprocess.run(
        ["bash", "-c", '"$@" <&-', "bash", *PROGRAM, str(file)],  # noqa: S607
        cwd=ROOT,
        check=False,
        capture_output=True,
    )
    assert (done.returncode, done.stdout) == (1, b"")
    assert done.stderr == b"not done: standard input is closed\n"


def test_on_a_terminal_it_says_that_it_waits_for_comments(file: Path) -> None:
    ours, its = pty.openpty()
    with subprocess.Popen(
        [*PROGRAM, str(file)], cwd=ROOT, stdin=its, stdout=-1, stderr=-1
    ) as process:
        os.close(its)
        os.write(ours, b'"Thank you."\n\x04')
        out, said = process.communicate(timeout=PATIENCE_S)
    os.close(ours)
    assert (process.returncode, out) == (0, b"1 accept\n")
    assert said.startswith(b"comments are read from here, as JSON, one a line; Ctrl-D ends them\n")


def test_the_program_needs_no_more_than_serving_does(file: Path, tmp_path: Path) -> None:
    away = ("pyarrow", "sklearn", "scipy", "pandas", "matplotlib", "tqdm", "fsspec")
    for name in away:
        (tmp_path / f"{name}.py").write_text("raise ModuleNotFoundError", encoding="utf-8")
    done = subprocess.run(
        [*PROGRAM, str(file)],
        cwd=ROOT,
        env=os.environ | {"PYTHONPATH": str(tmp_path)},
        input=render("Thank you."),
        check=True,
        capture_output=True,
    )
    assert done.stdout == b"1 accept\n"


def test_endless_input_takes_no_more_memory_than_some() -> None:
    line = render({"text": "Thank you for this.", "id": "a"})

    def measure(pieces: int) -> int:
        stream = io.BufferedReader(Pieces([line * 1000] * pieces))
        tracemalloc.start()
        assert sum(map(len, CommentLines(stream))) == 1000 * pieces
        peak = tracemalloc.get_traced_memory()[1]
        tracemalloc.stop()
        return peak

    few, many = measure(2), measure(40)
    assert many < 2 * few


def test_a_line_that_never_ends_takes_no_more_memory_than_a_line_may() -> None:
    stream = io.BufferedReader(Pieces([b"a" * 65_536] * 1000 + [b'\n"Thanks."\n']))
    tracemalloc.start()
    lines = CommentLines(stream)
    assert [[given.line for given in batch] for batch in lines] == [[2]]
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert lines.refused == 1
    assert peak < 4 * MAX_LINE_BYTES


def test_progress_is_told_now_and_then(capsys: pytest.CaptureFixture[str]) -> None:
    pieces = [render("a") * 10, render("a") * 5, render("a") * 5]
    clock = iter([0.0, 4.0, 12.0, 13.0]).__next__
    batches = show_progress(CommentLines(io.BufferedReader(Pieces(pieces))), clock=clock)
    assert [len(batch) for batch in batches] == [10, 5, 5]
    assert capsys.readouterr().err == "15 comments, 1 a second\n"


@pytest.mark.parametrize("options", [[], ["--json"]])
def test_no_text_is_ever_printed(
    options: list[str], file: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    lines = [
        {"comment": f"{CANARY} rude quibbling"},
        {"text": CANARY * 10},
        {"comment": f"{CANARY} привет как дела что нового"},
        {CANARY: CANARY},
        {"text": [CANARY]},
        {"text": "a", "language": CANARY},
        CANARY,
        f'{{"text": "{CANARY}'.encode(),
        f'{{"text": "{CANARY}\xff'.encode("latin-1"),
    ]
    assert run(file, render(*lines), *options) == 1
    out, said = capsys.readouterr()
    assert CANARY not in out + said
    stream = io.BytesIO(render(CANARY))
    assert main(["try", str(file)], stream, lambda _: {"en": BrokenScorer()}) == 1
    assert capsys.readouterr() == ("", "not done: RuntimeError\n")


@pytest.mark.parametrize(
    ("text", "quoted"),
    [
        ("c-1", '"c-1"'),
        ("привет 😀", '"привет 😀"'),
        ('say "a"\\', '"say \\"a\\"\\\\"'),
        ("a\nb", '"a\\nb"'),
        ("\x1b[31m", '"\\u001b[31m"'),
        ("abc\u202e", '"abc\\u202e"'),
        ("\ud83d", '"\\ud83d"'),
    ],
)
def test_what_is_quoted_is_what_is_seen(text: str, quoted: str) -> None:
    assert quote(text) == quoted
    assert quote(text).isprintable()


def test_every_reason_has_words() -> None:
    (codes,) = (field.type for field in msgspec.structs.fields(Reason) if field.name == "code")
    outcomes = Moderator(
        load_stub(Path()), {"site": msgspec.convert(POLICY_FIELDS, Policy)}
    ).moderate([Comment(text, policy="site") for text in TEXTS])
    reasons = {reason.code: outcome for outcome in outcomes for reason in outcome.decision.reasons}
    assert set(reasons) == set(codes.__args__)
    for code, outcome in reasons.items():
        assert re.fullmatch(r"(flag|reject): [^:]+", describe_outcome(outcome)), code


POLICY_FIELDS = {
    "name": "site",
    "max_length": 100,
    "links": {"limit": 0},
    "words": {"banned": ["quibble"], "suspect": ["nag"]},
    **{name: {"flag": {"threshold": 0.5}} for name in ATTRIBUTES},
}
TEXTS = ["a" * 101, "", "quibble", "nag", "a.example.com", "Это хорошо", "rude"]
