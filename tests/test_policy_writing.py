"""Writing policies: exactly what is meant, and what people wrote stays as they wrote it."""

import stat
import tomllib
from collections.abc import Callable
from pathlib import Path
from typing import Any

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st
from test_policy import POLICIES, PROBABILITIES

from model import ATTRIBUTES
from service.policy import (
    POLICY_FOLDER,
    Bands,
    Line,
    OperatingPoint,
    Policy,
    PolicyError,
    Recalibration,
    Review,
    Words,
    load_policy,
    parse_policy,
)
from service.policy.files import read_source
from service.policy.shape import Links
from service.policy.writing import (
    HEADER,
    SOLVED,
    render_policy,
    store_policy,
    update_policy,
)

WRITTEN = """\
# Ours.
name = "site"   # never changes

# What we can carry.
[review]
statement = "flag_share <= 0.05" # five in a hundred
'show'    = 'uncertain'

# Names come first.
[words]
allowed = "names.txt"
banned = ["badword",   # this one
  'otherword']

[toxicity]  # both
flag = { threshold = 0.50 }   # solved
# A line between.
reject = {threshold=9e-1}

[insult.reject] # as a table
threshold = 0.9
statement = "precision >= 0.9"

[threat]
flag.threshold = 0.5
# The end, without a line break."""
SOLVED_POLICY = Policy(
    "site",
    words=Words(banned=("badword", "otherword"), allowed=("Scunthorpe",)),
    review=Review("flag_share <= 0.05", "uncertain", 0.049, accuracy=0.98),
    recalibration=Recalibration("en-1", 900, 90, 0.1, toxicity=Line(0.5, -1.0)),
    toxicity=Bands(OperatingPoint(0.5, precision=0.25), OperatingPoint(0.875, recall=0.25)),
    insult=Bands(reject=OperatingPoint(0.95, "precision >= 0.9", 0.91, 0.3, (0.875, 0.93))),
    profanity=Bands(flag=OperatingPoint(0.25)),
    threat=Bands(flag=OperatingPoint(0.5), reject=OperatingPoint(1.0)),
)
UPDATED = """\
# Ours.
name = "site"   # never changes

# What we can carry.
[review]
statement = "flag_share <= 0.05" # five in a hundred
'show'    = 'uncertain'
flag_share = 0.049
accuracy = 0.98

# Names come first.
[words]
allowed = "names.txt"
banned = ["badword",   # this one
  'otherword']

[toxicity]  # both
flag = { threshold = 0.50, precision = 0.25 }   # solved
# A line between.
reject = {threshold=0.875, recall = 0.25}

[insult.reject] # as a table
threshold = 0.95
statement = "precision >= 0.9"
precision = 0.91
recall = 0.3
precision_interval = [0.875, 0.93]

[threat]
flag.threshold = 0.5
reject = { threshold = 1.0 }
# The end, without a line break.

[recalibration]
model = "en-1"
decisions = 900
rejected = 90
prevalence = 0.1
toxicity = { slope = 0.5, intercept = -1.0 }

[profanity]
flag = { threshold = 0.25 }
"""
COMMENTS = st.sampled_from(["", "", "", "# said", "#", "\t# [x]", "  "])
STYLES = st.sampled_from(["headers", "inner headers", "dotted", "dotted at the root", "inline"])


def write_value(value: Any) -> str:  # noqa: ANN401 - whatever a policy says
    if isinstance(value, dict):
        return "{" + ", ".join(f"{key} = {write_value(each)}" for key, each in value.items()) + "}"
    if isinstance(value, list):
        return f"[{','.join(map(write_value, value))}]"
    return msgspec.json.encode(value).decode().replace("\x7f", "\\u007f")


@st.composite
def written(draw: st.DrawFn, policy: Policy) -> str:
    """Return a file that says `policy` as somebody might have written it."""
    root, tables = [f"name = {write_value(policy.name)}"], []
    fields = msgspec.to_builtins(policy)
    for key in draw(st.permutations([key for key in fields if key != "name"])):
        value = fields[key]
        style = draw(STYLES) if isinstance(value, dict) else "inline"
        name = draw(st.sampled_from([key, f'"{key}"', f"'{key}'"]))
        if style == "inline":
            root.append(f"{name} = {write_value(value)}")
        elif style == "dotted at the root":
            root += list_dotted(name, value) or [f"{name} = {{}}"]
        elif style == "dotted":
            lines = [line for inner in value for line in list_dotted(inner, value[inner])]
            tables.append([f"[{name}]", *lines])
        else:
            is_split = style == "inner headers"
            inner = {
                each: value[each] for each in value if is_split and isinstance(value[each], dict)
            }
            outer = [f"{each} = {write_value(value[each])}" for each in value if each not in inner]
            if outer or not inner or draw(st.booleans()):
                tables.append([f"[{name}]", *outer])
            for each, table in inner.items():
                lines = [f"{k} = {write_value(v)}" for k, v in table.items()]
                tables.append([f"[ {name} . {each} ]", *lines])
    tables = draw(st.permutations(tables)) if draw(st.booleans()) else tables
    return comment(draw, [*root, *(line for table in tables for line in table)])


def list_dotted(name: str, value: Any) -> list[str]:  # noqa: ANN401 - whatever a policy says
    if not isinstance(value, dict):
        return [f"{name} = {write_value(value)}"]
    if not value:
        return [f"{name} = {{}}"]
    return [line for key in value for line in list_dotted(f"{name}.{key}", value[key])]


def comment(draw: st.DrawFn, lines: list[str]) -> str:
    """Put comments behind lines and between them, and end lines in one of two ways."""
    text = []
    for line in lines:
        if between := draw(COMMENTS):
            text.append(between)
        text.append(f"{line} {draw(COMMENTS)}")
    source = draw(st.sampled_from(["", "\ufeff"])) + "\n".join(text)
    source += draw(st.sampled_from(["", "\n", "\n\n", "\n# end", "\n# end\n"]))
    return source.replace("\n", draw(st.sampled_from(["\n", "\r\n"])))


def solve_as(policy: Policy, other: Policy) -> Policy:
    """Return `policy` with what programs find out taken from another."""
    return msgspec.structs.replace(policy, **{name: getattr(other, name) for name in SOLVED})


def move(value: Any, moved: Callable[[], float]) -> Any:  # noqa: ANN401 - whatever a policy says
    """Return what a policy says with other numbers in place of those that were measured."""
    if isinstance(value, dict):
        measured = ("precision", "recall", "flag_share", "accuracy", "prevalence")
        return {k: moved() if k in measured else move(v, moved) for k, v in value.items()}
    return value


def add_to(said: dict[str, Any], other: dict[str, Any]) -> dict[str, Any]:
    """Return what a policy says with more of what programs find out, and nothing taken out."""
    added = {name: table for name, table in other.items() if name in ("recalibration", *ATTRIBUTES)}
    bands = {
        name: {"flag": {"threshold": 0.0}, "reject": {"threshold": 1.0}} | table
        for name, table in said.items()
        if name in ATTRIBUTES
    }
    for point in [point for table in bands.values() for point in table.values()]:
        point.setdefault("recall_interval", [0.25, 0.5])
        point.setdefault("recall", 0.375)
    if "review" in said:
        added["review"] = {"accuracy": 0.5, "flag_share_interval": [0.5, 1]} | said["review"]
        added.pop("toxicity", None)
    return added | said | bands | {name: added[name] for name in ["review"] if name in added}


def list_comments(text: str) -> list[str]:
    lines = (line.strip("\ufeff\r\t ") for line in text.split("\n"))
    return [line for line in lines if line.startswith("#")]


@given(policy=POLICIES, other=POLICIES, data=st.data())
def test_an_updated_file_says_exactly_what_is_meant(
    policy: Policy, other: Policy, data: st.DataObject
) -> None:
    source = data.draw(written(policy))
    assert parse_policy(source) == policy
    wanted = solve_as(policy, other)
    assert parse_policy(update_policy(source, wanted)) == wanted


@given(policy=POLICIES, data=st.data())
def test_a_file_that_says_what_is_meant_stays_as_it_is(policy: Policy, data: st.DataObject) -> None:
    source = data.draw(written(policy))
    assert update_policy(source, policy) == source


@given(policy=POLICIES, data=st.data())
def test_only_lines_whose_numbers_change_are_changed(policy: Policy, data: st.DataObject) -> None:
    source = data.draw(written(policy))
    said = msgspec.to_builtins(policy)
    solved = {name: said[name] for name in SOLVED if name in said}
    wanted = msgspec.convert(said | move(solved, lambda: data.draw(PROBABILITIES)), Policy)
    updated = update_policy(source, wanted)
    assert parse_policy(updated) == wanted
    before, after = source.split("\n"), updated.split("\n")
    for old, new in zip(before, after, strict=True):
        assert old.partition("=")[0] == new.partition("=")[0]
        assert old.rpartition("#")[1:] == new.rpartition("#")[1:] or "#" not in old


@given(policy=POLICIES, other=POLICIES, data=st.data())
def test_what_is_added_leaves_all_comments_where_they_are(
    policy: Policy, other: Policy, data: st.DataObject
) -> None:
    source = data.draw(written(policy))
    said, more = msgspec.to_builtins(policy), msgspec.to_builtins(other)
    wanted = msgspec.convert(add_to(said, more), Policy)
    updated = update_policy(source, wanted)
    assert parse_policy(updated) == wanted
    assert list_comments(updated) == list_comments(source)


def test_a_file_keeps_its_comments_order_and_forms() -> None:
    assert update_policy(WRITTEN, SOLVED_POLICY) == UPDATED
    assert update_policy(UPDATED, SOLVED_POLICY) == UPDATED


def test_what_is_no_longer_so_is_taken_out() -> None:
    policy = Policy(
        "site",
        words=SOLVED_POLICY.words,
        toxicity=Bands(OperatingPoint(0.5), OperatingPoint(0.875)),
        threat=Bands(),
    )
    updated = update_policy(UPDATED, policy)
    assert tomllib.loads(updated) == {
        "name": "site",
        "words": {"allowed": "names.txt", "banned": ["badword", "otherword"]},
        "toxicity": {"flag": {"threshold": 0.5}, "reject": {"threshold": 0.875}},
        "threat": {},
    }
    assert "# Names come first.\n[words]" in updated


@pytest.mark.parametrize(
    ("source", "policy", "message"),
    [
        ('name = "a"', Policy("b"), "as updated, it would say something else of name$"),
        (
            'name = "a"\nlinks = { limit = 1 }',
            Policy("a", 100, links=Links(2)),
            "as updated, it would say something else of max_length, links$",
        ),
        (
            'name = "a"\nwords = { banned = "a.txt", suspect = "a.txt" }',
            Policy("a", words=Words(banned=("ab",), suspect=("cd",))),
            "as updated, it would say something else of words$",
        ),
        (
            'name = "a"\nwords = { banned = "a.txt" }',
            Policy("a"),
            r"as updated: a\.txt: has no term$",
        ),
        (
            'name = "a"\nwords = { banned = "a.txt" }',
            Policy("a", words=Words(banned=("ab", "x"))),
            r"as updated: a\.txt: line 2: banned: a term has one letter only: 'x'$",
        ),
        (
            'name = "a"\n[insult]',
            Policy("a", insult=Bands(OperatingPoint(0.5), OperatingPoint(0.4))),
            "as updated: line 3: insult: the flag threshold 0.5 is above the reject threshold 0.4$",
        ),
        (
            'name = "a"',
            Policy("a", threat=Bands(OperatingPoint(float("nan")))),
            "as updated: not TOML: Invalid value",
        ),
        (
            'name = "a"',
            Policy("a", threat=Bands(OperatingPoint(0.5, "\ud800"))),
            "cannot be brought up to date: 'utf-8' codec can't encode",
        ),
        ("name = ", Policy("a"), "cannot be brought up to date: "),
        ("review = 1", Policy("a"), "as updated: line 1: Object missing required field `name`$"),
        (f"a = {'[' * 10_000}", Policy("a"), "cannot be brought up to date: "),
    ],
)
def test_no_other_policy_is_written_than_the_one_meant(
    source: str, policy: Policy, message: str
) -> None:
    with pytest.raises(PolicyError, match=f"^{message}"):
        update_policy(source, policy)


@given(source=st.text(), policy=POLICIES)
def test_garbage_is_not_brought_up_to_date(source: str, policy: Policy) -> None:
    with pytest.raises(PolicyError, match=r"^cannot be brought up to date: |^as updated"):
        update_policy(source, policy)


def test_a_policy_is_rendered_for_people() -> None:
    policy = msgspec.structs.replace(
        SOLVED_POLICY,
        languages=("en",),
        links=Links(2, own=("news.example",)),
        words=Words(banned=tuple(f"term {number}" for number in range(20))),
        recalibration=None,
        insult=None,
        threat=None,
    )
    terms = "".join(f'    "term {number}",\n' for number in range(20))
    assert (
        render_policy(policy)
        == f"""\
{HEADER}
name = "site"
max_length = 1500
languages = ["en"]

[links]
limit = 2
own = ["news.example"]

[words]
banned = [
{terms}]

[review]
statement = "flag_share <= 0.05"
show = "uncertain"
flag_share = 0.049
accuracy = 0.98

[toxicity]
flag = {{ threshold = 0.5, precision = 0.25 }}
reject = {{ threshold = 0.875, recall = 0.25 }}

[profanity]
flag = {{ threshold = 0.25 }}
"""
    )


def test_a_stored_policy_keeps_its_line_breaks_mode_and_link(tmp_path: Path) -> None:
    real, link = tmp_path / "real.toml", tmp_path / "a.toml"
    real.write_text("", encoding="utf-8")
    real.chmod(0o640)
    link.symlink_to("real.toml")
    text = '# gr\N{LATIN SMALL LETTER U WITH DIAERESIS}n\r\nname = "a"\r\n'
    store_policy(link, text)
    assert real.read_bytes() == text.encode()
    assert read_source(link) == text
    assert link.is_symlink()
    assert stat.S_IMODE(real.stat().st_mode) == 0o640
    assert sorted(tmp_path.iterdir()) == [link, real]


def test_a_policy_is_stored_where_none_was(tmp_path: Path) -> None:
    policy = load_policy(POLICY_FOLDER / "default.toml")
    store_policy(tmp_path / "a.toml", render_policy(policy))
    assert load_policy(tmp_path / "a.toml") == policy
