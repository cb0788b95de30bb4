"""Reading policies: every error at once, and never another policy than the one written."""

import os
import re
import tomllib
from collections.abc import Mapping
from pathlib import Path

import msgspec
import pytest
from hypothesis import example, given
from hypothesis import strategies as st
from test_policy import POLICIES

from service.policy import (
    POLICY_FOLDER,
    Links,
    Policy,
    PolicyError,
    Review,
    Words,
    load_policies,
    load_policy,
    parse_policy,
)
from service.policy.lists import MOST_BYTES, MOST_TERMS
from service.policy.writing import render_policy

WRONG = """\
name = "Default"
max_length = 0
colour = 1
languages = ["en", "EN", 5, "en"]

[toxicity]
flag = { treshold = 0.5, statement = "recall > 0.5" }
reject = { threshold = 2, precision_interval = [0.9, 0.1], recall_interval = [1, "x"] }

[insult.flag]
threshold = 0.6
statement = "no"
[insult.reject]
threshold = 0.5
recall_interval = [0.1]

[words]
banned = "lists/banned.txt"
suspect = [
    "a", 5, "good",
    "GOOD",
]
allowed = "../allowed.txt"

[links]
own = ["news.example", "http://x.example", 1]

[review]
show = "all"

[recalibration]
rejected = 10
decisions = 5
toxicity = { slope = 1 }
"""
BANNED = (
    b"\xef\xbb\xbfgood word\r\n# said\n#\n\n a \n##x\n\xd8\xa7\tb\nFoo*\nfoo*\nx\xff\ny\0z\nb*d"
)
WRONG_LINES = """\
default.toml: line 1: Expected `str` matching regex '^[a-z0-9][a-z0-9_.-]{0,63}\\\\Z' (name)
default.toml: line 2: Expected `int` >= 1 (max_length)
default.toml: line 3: Object contains unknown field `colour`
default.toml: line 4: Expected `str` matching regex '^[a-z]{2,3}$(?!\\\\n)' (languages.1)
default.toml: line 4: Expected `str`, got `int` (languages.2)
default.toml: line 4: languages: 'en' is there twice
default.toml: line 7: Object contains unknown field `treshold` (toxicity.flag)
default.toml: line 7: Object missing required field `threshold` (toxicity.flag)
default.toml: line 7: toxicity: 'recall > 0.5' is not 'precision >= x' or 'recall >= x', x in [0, 1]
default.toml: line 7: toxicity: the flag threshold is solved for the review: it cannot have a \
statement of its own
default.toml: line 8: Expected `float` <= 1.0 (toxicity.reject.threshold)
default.toml: line 8: Expected `float`, got `str` (toxicity.reject.recall_interval.1)
default.toml: line 8: toxicity.reject.precision_interval: the low end 0.9 is above the high end 0.1
default.toml: line 10: insult: the flag threshold 0.6 is above the reject threshold 0.5
default.toml: line 12: insult: 'no' is not 'precision >= x' or 'recall >= x', x in [0, 1]
default.toml: line 15: Expected `array` of length 2, got 1 (insult.reject.recall_interval)
default.toml: line 20: Expected `str`, got `int` (words.suspect.1)
default.toml: line 20: suspect: a term has one letter only: 'a'
default.toml: line 21: suspect: a term is there already, on line 20: 'GOOD'
default.toml: line 23: allowed: '../allowed.txt' leads out of the folder of the policy
default.toml: line 25: Object missing required field `limit` (links)
default.toml: line 26: Expected `str`, got `int` (links.own.2)
default.toml: line 26: own: 'http://x.example' is a URL: write its host alone
default.toml: line 28: Object missing required field `statement` (review)
default.toml: line 29: Invalid enum value 'all', only 'uncertain' or 'most_toxic' (review.show)
default.toml: line 31: Object missing required field `model` (recalibration)
default.toml: line 31: Object missing required field `prevalence` (recalibration)
default.toml: line 32: recalibration: 10 rejected of 5 decisions
default.toml: line 34: Object missing required field `intercept` (recalibration.toxicity)
lists/banned.txt: line 4: banned: a term is blank: ''
lists/banned.txt: line 5: banned: a term has one letter only: 'a'
lists/banned.txt: line 6: banned: a term begins with ##, and a comment with # and a blank: '##x'
lists/banned.txt: line 7: banned: a term has a control character: '\N{ARABIC LETTER ALEF}\\tb'
lists/banned.txt: line 9: banned: a term is there already, on line 8: 'foo*'
lists/banned.txt: line 10: banned: a term is not UTF-8: 'x\\udcff'
lists/banned.txt: line 11: banned: a term has a NUL: 'y\\x00z'
lists/banned.txt: line 12: banned: a term has a * that is not at its end: 'b*d'
"""
REVIEW = "review = { show = 'uncertain', statement = 'flag_share <= 0.1' }"
HUGE = f"0x1{'0' * 4000}"
COMPLAINT = r"(line [1-9]\d*: |not TOML: )."


def write(folder: Path, **files: str | bytes) -> Path:
    """Write files, ``a_txt`` for ``a.txt``, and return the folder."""
    for name, content in files.items():
        path = folder / name.replace("_", ".")
        path.write_bytes(content if isinstance(content, bytes) else content.encode())
    return folder


def complain(folder: Path) -> list[str]:
    """Return the lines of the error that a folder gives, without the folder."""
    with pytest.raises(PolicyError) as caught:
        load_policies(folder)
    return [line.removeprefix(f"{folder}{os.sep}") for line in str(caught.value).split("\n")]


def check_said(said: object, meant: object) -> None:
    """Find whatever a document says in what was made of it."""
    if isinstance(said, Mapping):
        assert isinstance(meant, msgspec.Struct)
        for key, value in said.items():
            check_said(value, getattr(meant, key))
    elif isinstance(said, list):
        assert isinstance(meant, tuple)
        assert list(meant) == said
    else:
        assert meant == said


def test_every_error_of_a_file_and_its_lists_is_told_at_once_by_its_line(tmp_path: Path) -> None:
    (tmp_path / "lists").mkdir()
    (tmp_path / "lists/banned.txt").write_bytes(BANNED)
    write(tmp_path, default_toml=WRONG)
    assert complain(tmp_path) == WRONG_LINES.splitlines()


def test_errors_of_all_files_of_a_folder_are_told_at_once(tmp_path: Path) -> None:
    write(
        tmp_path,
        a_toml="x = 1",
        b_toml='name = "b"\n[words]\nbanned = "list.txt"',
        list_txt="ab\n\n",
        c_toml='name = "b"\n[words]\nbanned = "none.txt"',
        d_toml="name = x",
        e_toml=b'name = "e"\n# \xff',
    )
    assert complain(tmp_path) == [
        "a.toml: line 1: Object contains unknown field `x`",
        "a.toml: line 1: Object missing required field `name`",
        "list.txt: line 2: banned: a term is blank: ''",
        "c.toml: line 3: banned: 'none.txt' cannot be read (No such file or directory)",
        "c.toml: another file has a policy of the name 'b': b.toml",
        "d.toml: not TOML: Invalid value (at line 1, column 8)",
        "e.toml: line 2: not UTF-8",
    ]


def test_that_the_default_is_missing_is_told_beside_other_errors(tmp_path: Path) -> None:
    write(tmp_path, a_toml='name = "a"\nx = 1')
    assert complain(tmp_path) == [
        "a.toml: line 2: Object contains unknown field `x`",
        f"{tmp_path}: no policy file has the name 'default'",
    ]


@given(policy=POLICIES, data=st.data())
def test_of_many_errors_each_is_told_and_none_that_only_follows_from_another(
    policy: Policy, data: st.DataObject
) -> None:
    lines = render_policy(policy).split("\n")
    keys = [
        index for index, line in enumerate(lines) if re.match(r"\w+ = [^\[\n]|\w+ = .*\]", line)
    ]
    broken = data.draw(st.sets(st.sampled_from(keys), min_size=1))
    for index in broken:
        # No field is a date.
        lines[index] = f"{lines[index].partition(' = ')[0]} = 1979-05-27"
    with pytest.raises(PolicyError) as caught:
        parse_policy("\n".join(lines))
    told = re.findall(r"^line (\d+): Expected .*, got `date`", str(caught.value), re.MULTILINE)
    assert [int(line) - 1 for line in told] == sorted(broken)
    assert len(told) == len(str(caught.value).split("\n"))


@pytest.mark.parametrize(
    ("source", "message"),
    [
        ("languages = []", "line 2: languages: none is named, so none would be judged"),
        ("prevalence = 0", "line 2: Expected `float` > 0.0 (prevalence)"),
        ("words = 1", "line 2: Expected `table`, got `int` (words)"),
        ("words.banned = 1", "line 2: Expected `array`, got `int` (words.banned)"),
        ("words.banned = [['ab']]", "line 2: Expected `str`, got `array` (words.banned.0)"),
        ("words.banned = 'a.txt'", "line 2: banned: 'a.txt' needs a file, and this policy is in "),
        ('words.allowed = ["a\\u0000b"]', "line 2: allowed: a term has a NUL: 'a\\x00b'"),
        (
            "words.allowed = ['ab']\nwords.banned = [\n'AB']",
            "line 2: allowed: a term is banned, too, on line 4: 'ab'",
        ),
        (
            "words.allowed = ['ab c']\nwords.suspect = ['ab  c']",
            "line 2: allowed: a term is suspect, too, on line 3: 'ab c'",
        ),
        ("[links]\nlimit = -1", "line 3: Expected `int` >= 0 (links.limit)"),
        (
            "[links]\nlimit = 1\naction = 'accept'",
            "line 4: Invalid enum value 'accept', only 'flag' or 'reject' (links.action)",
        ),
        ("[links]\nlimit = 1\nown = ['a b']", "line 4: own: 'a b' has a blank, or a character "),
        (
            "[review]\nshow = 'uncertain'\nstatement = 'flag_share >= 0.1'",
            "line 4: review: 'flag_share >= 0.1' is not 'flag_share <= x', x in (0, 1]",
        ),
        (
            f"{REVIEW}\n[toxicity.reject]\nthreshold = 1\nstatement = 'recall >= 0'",
            "line 5: toxicity: the reject threshold is solved for the review: it cannot have a ",
        ),
        (
            "insult.flag = { threshold = 1, recall_interval = [0.2, 0.1] }",
            "line 2: insult.flag.recall_interval: the low end 0.2 is above the high end 0.1",
        ),
        (
            f"[recalibration]\nmodel = ''\nrejected = 1\nprevalence = 0\ndecisions = {HUGE}",
            "line 6: Expected `int` <= 1000000000 (recalibration.decisions)",
        ),
        (f"max_length = {HUGE}", "line 2: Expected `int` <= 1000000 (max_length)"),
        (f"threat.flag.threshold = {HUGE}", "line 2: Number out of range (threat.flag.threshold)"),
        (
            '"a\\nline 1: \\u202e\\u001b[31m" = 1',
            "line 2: Object contains unknown field `a\\nline 1: \\u202e\\x1b[31m`",
        ),
        ("'name` - at `$.insult' = 1", "line 2: Object contains unknown field `name` - at `$.in"),
        ("[insult]\n'x` - at `$.y' = 1", "line 3: Object contains unknown field `x` - at `$.y` (i"),
    ],
)
def test_a_policy_that_contradicts_itself_is_refused_by_its_line(source: str, message: str) -> None:
    with pytest.raises(PolicyError, match=f"^{re.escape(message)}[^\n]*$"):
        parse_policy(f'name = "a"\n{source}')


def test_most_toxic_comments_are_shown_below_a_reject_threshold_with_a_statement() -> None:
    source = """
        name = "a"
        review = { statement = "flag_share <= 0.1", show = "most_toxic" }
        toxicity.reject = { threshold = 0.9, statement = "precision >= 0.9" }
    """
    policy = parse_policy(source)
    assert policy.review == Review("flag_share <= 0.1", "most_toxic")


def test_a_message_about_something_long_is_cut() -> None:
    with pytest.raises(
        PolicyError, match=r"^line 2: Object contains unknown field `x+…$"
    ) as caught:
        parse_policy(f'name = "a"\n{"x" * 1_000_000} = 1')
    assert len(str(caught.value)) < 400


def test_a_lone_surrogate_is_refused_by_its_line() -> None:
    with pytest.raises(PolicyError, match=r"^line 3: not UTF-8$"):
        parse_policy('name = "a"\n[words]\nbanned = ["ab\ud800"]')


@pytest.mark.parametrize("start", ["", "\ufeff"])
@pytest.mark.parametrize("end", ["\n", "\r\n"])
def test_files_of_any_editor_say_the_same(start: str, end: str, tmp_path: Path) -> None:
    source = 'name = "a"\n[words]\nallowed = "names.txt"\nbanned = ["bad"]\n'
    names = "# Names of ours\n Scunthorpe\N{NO-BREAK SPACE}\t\n#\n#Essex\nVan Dyke\n"
    write(
        tmp_path,
        a_toml=start + source.replace("\n", end),
        names_txt=start + names.replace("\n", end),
    )
    words = Words(banned=("bad",), allowed=("Scunthorpe", "#Essex", "Van Dyke"))
    assert load_policy(tmp_path / "a.toml") == Policy("a", words=words)


def test_the_version_of_a_policy_changes_with_a_list_in_a_file(tmp_path: Path) -> None:
    write(tmp_path, a_toml='name = "a"\nwords.banned = "list.txt"', list_txt="ab\n")
    before = load_policy(tmp_path / "a.toml").version
    write(tmp_path, list_txt="ab\ncd\n")
    assert load_policy(tmp_path / "a.toml").version != before


@pytest.mark.parametrize(
    ("name", "message"),
    [
        ("none.txt", "cannot be read (No such file or directory)"),
        ("folder", "cannot be read (Is a directory)"),
        (".", "cannot be read (Is a directory)"),
        ("", "cannot be read (Is a directory)"),
        ("pipe", "cannot be read (Not a file)"),
        ("loop", "cannot be read (Too many levels of symbolic links)"),
        ("a.toml/x", "cannot be read (Not a directory)"),
        ("x" * 300, "cannot be read (File name too long)"),
        ("a\\u0000", "cannot be read (embedded null byte)"),
        ("../list.txt", "leads out of the folder of the policy"),
        ("folder/../list.txt", "leads out of the folder of the policy"),
        ("/etc/hostname", "leads out of the folder of the policy"),
        ("large.txt", "is larger than 64 MiB"),
    ],
)
def test_a_list_that_cannot_be_read_is_refused_by_the_line_that_names_it(
    name: str, message: str, tmp_path: Path
) -> None:
    (tmp_path / "folder").mkdir()
    os.mkfifo(tmp_path / "pipe")
    (tmp_path / "loop").symlink_to("loop")
    with (tmp_path / "large.txt").open("wb") as file:
        file.truncate(MOST_BYTES + 1)
    write(tmp_path, list_txt="ab", a_toml=f'name = "a"\n[words]\nbanned = "{name}"')
    pattern = rf"^{re.escape(str(tmp_path))}/a\.toml: line 3: banned: '.*' {re.escape(message)}$"
    with pytest.raises(PolicyError, match=pattern):
        load_policy(tmp_path / "a.toml")


def test_lists_in_folders_and_behind_links_are_read(tmp_path: Path) -> None:
    """As Kubernetes mounts them."""
    (tmp_path / "..data").mkdir()
    (tmp_path / "..data/ab.txt").write_text("ab", encoding="utf-8")
    (tmp_path / "lists").symlink_to("..data")
    write(tmp_path / "..data", default_toml='name = "default"\nwords.banned = "lists/ab.txt"')
    (tmp_path / "default.toml").symlink_to("..data/default.toml")
    assert load_policies(tmp_path) == {"default": Policy("default", words=Words(banned=("ab",)))}


def test_of_many_errors_in_a_list_the_first_are_told_and_the_number_of_the_rest(
    tmp_path: Path,
) -> None:
    source = 'name = "default"\nwords.banned = "list.txt"\nlanguages = [\n' + "1,\n" * 50 + "]"
    write(tmp_path, default_toml=source, list_txt="ab\n" + "\n" * 1000 + "cd")
    lines = complain(tmp_path)
    assert len(lines) == 21 + 21
    assert lines[0] == "default.toml: line 4: Expected `str`, got `int` (languages.0)"
    assert lines[20] == "default.toml: line 24: and 30 more from here on"
    assert lines[21] == "list.txt: line 2: banned: a term is blank: ''"
    assert lines[41] == "list.txt: line 22: and 980 more from here on"


def test_a_list_of_too_many_terms_is_refused(tmp_path: Path) -> None:
    terms = "\n".join(map(str, range(10, MOST_TERMS + 12)))
    write(tmp_path, default_toml='name = "default"\nwords.banned = "list.txt"', list_txt=terms)
    found = complain(tmp_path)
    assert found == ["list.txt: line 1000001: banned has more than 1,000,000 terms"]


def test_hidden_files_and_leftovers_of_editors_are_no_policies(tmp_path: Path) -> None:
    for name in (".#default.toml", ".default.toml.swp", "#default.toml#", "default.toml~", "a.txt"):
        (tmp_path / name).write_text("no policy", encoding="utf-8")
    (tmp_path / ".b.toml").symlink_to("user@host.1234")
    write(tmp_path, default_toml='name = "default"')
    (tmp_path / "B.TOML").write_text('name = "b"', encoding="utf-8")
    assert load_policies(tmp_path) == {"default": Policy("default"), "b": Policy("b")}


def test_a_file_that_is_listed_and_cannot_be_read_stops_the_start(tmp_path: Path) -> None:
    """Also one that vanishes meanwhile: fewer policies than were written are others."""
    write(tmp_path, default_toml='name = "default"')
    (tmp_path / "gone.toml").symlink_to("gone")
    (tmp_path / "folder.toml").mkdir()
    os.mkfifo(tmp_path / "pipe.toml")
    assert complain(tmp_path) == [
        "folder.toml: cannot be read (Is a directory)",
        "gone.toml: cannot be read (No such file or directory)",
        "pipe.toml: cannot be read (Not a file)",
    ]


def test_a_folder_that_is_not_there_is_refused(tmp_path: Path) -> None:
    with pytest.raises(PolicyError, match=r"none: cannot be read \(No such file or directory\)$"):
        load_policies(tmp_path / "none")


@pytest.mark.parametrize("content", ["", "# later\n#\n", "\ufeff"])
def test_a_list_file_without_a_term_is_refused(content: str, tmp_path: Path) -> None:
    write(tmp_path, a_toml='name = "a"\nwords.suspect = "b.txt"', b_txt=content.encode())
    with pytest.raises(PolicyError, match=r"^\S+b\.txt: has no term$"):
        load_policy(tmp_path / "a.toml")


@given(content=st.binary() | st.lists(st.text(max_size=5)).map(lambda ls: "\n".join(ls).encode()))
@example(content=b"a\r\nb")
@example(content="\ufeff\ufeffab\n\ufeffcd".encode())
@example(content="ab\ncd".encode("utf-16"))
def test_any_bytes_in_a_list_are_its_terms_or_errors_that_name_their_lines(
    content: bytes, tmp_path_factory: pytest.TempPathFactory
) -> None:
    folder = tmp_path_factory.getbasetemp()
    write(folder, a_toml='name = "a"\nwords.suspect = "fuzz.txt"', fuzz_txt=content)
    try:
        policy = load_policy(folder / "a.toml")
    except PolicyError as error:
        place = (
            rf"{re.escape(str(folder / 'fuzz.txt'))}:"
            r" (line \d+: (suspect: a term|and \d+ more)|has no term$)"
        )
        assert all(re.match(place, line) for line in str(error).split("\n"))  # noqa: PT017 - or
    else:
        lines = content.decode().removeprefix("\ufeff").removesuffix("\n").split("\n")
        stripped = [line.strip() for line in lines if content]
        terms = [line for line in stripped if line != "#" and not line.startswith("# ")]
        assert policy == Policy("a", words=Words(suspect=tuple(terms)))
        assert parse_policy(render_policy(policy)) == policy


@st.composite
def mutated(draw: st.DrawFn) -> str:
    """Return a policy file in which something was deleted, doubled or swapped."""
    source = draw(st.sampled_from(SHIPPED) | POLICIES.map(render_policy))
    by_line = draw(st.booleans())
    parts = source.splitlines(keepends=True) if by_line else list(source)
    for _ in range(draw(st.integers(1, 3))):
        at, other = draw(st.tuples(*[st.integers(0, len(parts) - 1)] * 2))
        change = draw(st.sampled_from(["delete", "double", "swap"]))
        if change == "swap":
            parts[at], parts[other] = parts[other], parts[at]
        else:
            parts[at] *= 2 * (change == "double")
    return "".join(parts)


SHIPPED = [path.read_text(encoding="utf-8") for path in sorted(POLICY_FOLDER.glob("*.toml"))]


@given(source=mutated())
@example('name = "a"\nlinks.limit = 1\nlinks.own = []\nwords.banned = []\ninsult = {}')
def test_a_file_with_slips_is_refused_by_lines_or_nothing_in_it_is_ignored(source: str) -> None:
    try:
        policy = parse_policy(source)
    except PolicyError as error:
        assert all(re.match(COMPLAINT, line) for line in str(error).split("\n"))  # noqa: PT017 - or
    else:
        check_said(tomllib.loads(source), policy)
        assert parse_policy(render_policy(policy)) == policy


def test_what_is_said_though_it_is_the_default_is_the_same_policy() -> None:
    source = 'name = "a"\nmax_length = 1500\nlinks = { limit = 1, action = "flag", own = [] }'
    assert parse_policy(source) == Policy("a", links=Links(1))
