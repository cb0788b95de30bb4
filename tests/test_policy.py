"""Policy files: what is written is what counts, and whatever is wrong stops with its line."""

import re
from pathlib import Path
from typing import TypeVar

import pytest
from hypothesis import given
from hypothesis import strategies as st

from model import ATTRIBUTES
from service.policy import (
    POLICY_FOLDER,
    Bands,
    Line,
    Links,
    OperatingPoint,
    Policy,
    PolicyError,
    Recalibration,
    Review,
    Words,
    load_policies,
    load_policy,
    parse_policy,
)
from service.policy.terms import find_fault
from service.policy.writing import render_policy

T = TypeVar("T")
PROBABILITIES = st.floats(0, 1)
SHARES = st.from_regex(r"0\.[0-9]{0,3}[1-9]", fullmatch=True)
STATEMENTS = st.tuples(st.sampled_from(["precision", "recall"]), SHARES).map(" >= ".join)
WRITABLE = st.characters(exclude_categories=["Cs"])
LANGUAGES = st.from_regex(r"[a-z]{2,3}", fullmatch=True)
NAMES = st.from_regex(r"[a-z0-9][a-z0-9_.-]{0,63}", fullmatch=True)
INTERVALS = st.tuples(PROBABILITIES, PROBABILITIES).map(lambda ends: (min(ends), max(ends)))
TERMS = st.text(
    st.characters(exclude_categories=["Cc", "Cs", "Zl", "Zp"]), min_size=2, max_size=12
).filter(lambda term: not term.startswith("##") and not find_fault(term))


def optional(values: st.SearchStrategy[T]) -> st.SearchStrategy[T | None]:
    return st.none() | values


@st.composite
def bands(draw: st.DrawFn, *unstated: str) -> Bands:
    """Return bands with flag, reject, both or neither; flag is at most reject."""
    thresholds = sorted(draw(st.tuples(PROBABILITIES, PROBABILITIES)))
    flag, reject = (
        draw(
            optional(
                st.builds(
                    OperatingPoint,
                    threshold=st.just(threshold),
                    statement=st.none() if action in unstated else optional(STATEMENTS),
                    precision=optional(PROBABILITIES),
                    recall=optional(PROBABILITIES),
                    precision_interval=optional(INTERVALS),
                    recall_interval=optional(INTERVALS),
                )
            )
        )
        for action, threshold in zip(("flag", "reject"), thresholds, strict=True)
    )
    return Bands(flag, reject)


@st.composite
def words(draw: st.DrawFn) -> Words:
    """Return lists in which no term is twice, but that a suspect one may be banned, too."""
    terms = draw(st.lists(TERMS, unique_by=lambda term: " ".join(term.split()).casefold()))
    ends = sorted(draw(st.lists(st.integers(0, len(terms)), min_size=3, max_size=3)))
    allowed, banned = terms[: ends[0]], terms[ends[0] : ends[2]]
    return Words(tuple(banned), tuple(terms[ends[1] :]), tuple(allowed))


REVIEWS = st.builds(
    Review,
    statement=SHARES.map("flag_share <= {}".format),
    show=st.sampled_from(["uncertain", "most_toxic"]),
    flag_share=optional(PROBABILITIES),
    flag_share_interval=optional(INTERVALS),
    accuracy=optional(PROBABILITIES),
)
LINKS = st.builds(
    Links,
    limit=st.integers(0, 1_000_000),
    action=st.sampled_from(["flag", "reject"]),
    own=st.lists(st.sampled_from(["news.example", "192.0.2.7", "b\u00fccher.example"])).map(tuple),
)


@st.composite
def recalibrations(draw: st.DrawFn) -> Recalibration:
    """Return a recalibration of some of the attributes."""
    rejected, decisions = sorted(draw(st.tuples(*[st.integers(1, 1_000_000_000)] * 2)))
    line = st.builds(Line, slope=st.floats(0, 1e6), intercept=st.floats(-1e6, 1e6))
    lines = {attribute: draw(optional(line)) for attribute in ATTRIBUTES}
    return Recalibration(draw(st.text(WRITABLE)), decisions, rejected, draw(PROBABILITIES), **lines)


@st.composite
def policies(draw: st.DrawFn) -> Policy:
    """Return a policy that says any of what a policy may say."""
    review = draw(optional(REVIEWS))
    solved = (
        ["flag", "reject"][: ["most_toxic", "uncertain"].index(review.show) + 1] if review else []
    )
    return Policy(
        name=draw(NAMES),
        max_length=draw(st.integers(1, 1_000_000)),
        languages=draw(optional(st.lists(LANGUAGES, min_size=1, unique=True).map(tuple))),
        prevalence=draw(optional(st.floats(0, 1, exclude_min=True, exclude_max=True))),
        links=draw(optional(LINKS)),
        words=draw(optional(words())),
        review=review,
        recalibration=draw(optional(recalibrations())),
        toxicity=draw(optional(bands(*solved))),
        **{name: draw(optional(bands())) for name in ATTRIBUTES if name != "toxicity"},
    )


POLICIES = policies()
PIECES = st.sampled_from(
    [
        *('name = "default"', "max_length = 100", "[toxicity]", "[insult]", "[toxicity.flag]"),
        *("flag = {threshold = 0.5}", "reject = {threshold = 0.4}", "threshold = 0.9", "[x]"),
        *("reject = {threshold = 0.9, statement = 'precision >= 0.9'}", "recall = nan", "x = 1"),
        *("flag.threshold = 2", "[[insult]]", "max_length = 1.5", '"', "[", "=", "\r", "\x00"),
    ]
)


@given(policy=POLICIES)
def test_a_policy_survives_being_written_and_read(policy: Policy) -> None:
    assert parse_policy(render_policy(policy)) == policy


@given(source=st.text() | st.lists(PIECES | st.text(max_size=5)).map("\n".join))
def test_garbage_is_refused_or_means_what_it_says(source: str) -> None:
    try:
        policy = parse_policy(source)
    except PolicyError as error:
        told = str(error).split("\n")
        assert all(re.match(r"line \d+: .|not TOML: .", line) for line in told)
    else:
        assert parse_policy(render_policy(policy)) == policy
        for found in policy.bands().values():
            thresholds = [point.threshold for point in (found.flag, found.reject) if point]
            assert thresholds == sorted(thresholds)
            assert all(0 <= threshold <= 1 for threshold in thresholds)


@given(source=st.binary())
def test_any_bytes_in_a_file_are_a_policy_or_an_error_that_names_the_file(
    source: bytes, tmp_path_factory: pytest.TempPathFactory
) -> None:
    path = tmp_path_factory.getbasetemp() / "garbage.toml"
    path.write_bytes(source)
    with pytest.raises(PolicyError, match=f"^{re.escape(str(path))}: (line \\d+: |not TOML: )"):
        load_policy(path)


@pytest.mark.parametrize(
    ("source", "message"),
    [
        ('name = "a"\ncolour = 1', "line 2: Object contains unknown field `colour`"),
        ('name = "a"\n\n[anger]', "line 3: Object contains unknown field `anger`"),
        (
            'name = "a"\n[toxicity]\n\nflag = { treshold = 0.5 }',
            "line 4: Object contains unknown field `treshold`",
        ),
        ('name = "a"\n[threat]\naccept = {}', "line 3: Object contains unknown field `accept`"),
        ("max_length = 1", "line 1: Object missing required field `name`"),
        ('name = "a"\n[insult]\nflag = {}', "line 3: Object missing required field `threshold`"),
        ("name = 1", "line 1: Expected `str`, got `int`"),
        ('name = "Default"', "line 1: Expected `str` matching regex "),
        ('name = "default\\n"', "line 1: Expected `str` matching regex "),
        ('name = ""', "line 1: Expected `str` matching regex "),
        ('name = "a"\nmax_length = 0', "line 2: Expected `int` >= 1"),
        ('name = "a"\nmax_length = 1000001', "line 2: Expected `int` <= 1000000"),
        ('name = "a"\nmax_length = 1500.0', "line 2: Expected `int`, got `float`"),
        ('name = "a"\nmax_length = true', "line 2: Expected `int`, got `bool`"),
        ('name = "a"\ninsult = 0.5', "line 2: Expected `table`, got `float`"),
        ('name = "a"\n[[insult]]', "line 2: Expected `table`, got `array`"),
        (
            'name = "a"\n[insult]\nflag = { threshold = 0 }\n[threat]\nflag = { threshold = "0" }',
            "line 5: Expected `float`, got `str`",
        ),
        (
            'name = "a"\n[insult]\nflag = { threshold = 1.01 }',
            "line 3: Expected `float` <= 1.0",
        ),
        (
            'name = "a"\n[insult.flag]\nstatement = "recall >= 0.5"\nthreshold = -0.01',
            "line 4: Expected `float` >= 0.0",
        ),
        ('name = "a"\n[insult]\nflag = { threshold = inf }', "line 3: Expected `float` <= 1.0"),
        ('name = "a"\n[insult]\nflag = { threshold = -inf }', "line 3: Expected `float` >= 0.0"),
        ('name = "a"\n[insult]\nflag = { threshold = nan }', "line 3: Expected `float` >= 0.0"),
        (
            'name = "a"\n[insult]\nreject = { threshold = 0.5, recall = nan }',
            "line 3: Expected `float` >= 0.0",
        ),
        (
            'name = "a"\n[insult]\nreject = { threshold = 0.4 }\nflag = { threshold = 0.5 }',
            "line 4: insult: the flag threshold 0.5 is above the reject threshold 0.4",
        ),
        ('name = "a"\nname = "b"\n', "not TOML: Cannot overwrite a value (at line 2, column 11)"),
        ("name = a", "not TOML: Invalid value (at line 1, column 8)"),
        ("a = " + "[" * 10_000, "not TOML: maximum recursion depth exceeded"),
        ("a = " + "1" * 10_000, "not TOML: Exceeds the limit "),
    ],
)
def test_what_has_no_meaning_is_refused_by_its_line(
    source: str, message: str, tmp_path: Path
) -> None:
    path = tmp_path / "policy.toml"
    path.write_text(source, encoding="utf-8")
    with pytest.raises(PolicyError, match=f"^{re.escape(f'{path}: {message}')}"):
        load_policy(path)


def test_a_file_that_is_not_utf8_is_refused_by_its_line(tmp_path: Path) -> None:
    path = tmp_path / "policy.toml"
    path.write_bytes(b'name = "a"\n# gr\xfcn\n')
    with pytest.raises(PolicyError, match=f"^{re.escape(str(path))}: line 2: not UTF-8$"):
        load_policy(path)


def test_a_file_that_is_not_there_is_refused(tmp_path: Path) -> None:
    with pytest.raises(PolicyError, match=r"none\.toml: cannot be read \(No such file"):
        load_policy(tmp_path / "none.toml")


@pytest.mark.parametrize("threshold", ["0", "0.0", "1", "1.0", "-0.0"])
def test_the_ends_of_the_range_are_thresholds(threshold: str) -> None:
    policy = parse_policy(f'name = "a"\n[insult]\nflag = {{ threshold = {threshold} }}')
    assert policy == Policy("a", insult=Bands(OperatingPoint(float(threshold))))


def test_flag_and_reject_may_be_the_same() -> None:
    source = 'name = "a"\n[insult]\nflag = { threshold = 0.5 }\nreject = { threshold = 0.5 }'
    point = OperatingPoint(0.5)
    assert parse_policy(source) == Policy("a", insult=Bands(point, point))


def test_two_files_with_one_name_are_refused(tmp_path: Path) -> None:
    for name in ("a.toml", "b.toml"):
        (tmp_path / name).write_text('name = "default"', encoding="utf-8")
    with pytest.raises(PolicyError, match=r"b\.toml: another file has a policy of the name 'defa"):
        load_policies(tmp_path)


def test_a_folder_without_a_default_is_refused(tmp_path: Path) -> None:
    (tmp_path / "a.toml").write_text('name = "strict"', encoding="utf-8")
    with pytest.raises(PolicyError, match=r": no policy file has the name 'default'$"):
        load_policies(tmp_path)


def test_policies_are_loaded_by_the_name_inside_the_file(tmp_path: Path) -> None:
    (tmp_path / "a.toml").write_text('name = "default"', encoding="utf-8")
    (tmp_path / "b.toml").write_text('name = "strict"\nmax_length = 10', encoding="utf-8")
    (tmp_path / "c.txt").write_text("no policy", encoding="utf-8")
    assert load_policies(tmp_path) == {
        "default": Policy("default"),
        "strict": Policy("strict", max_length=10),
    }


def test_the_shipped_policies_load_and_the_default_has_the_limit_of_the_form() -> None:
    default = load_policies(POLICY_FOLDER)["default"]
    assert default.max_length == 1500
    assert "toxicity" in default.bands()


def test_bands_come_in_the_usual_order_however_they_were_written() -> None:
    policy = parse_policy('name = "a"\n[threat]\n[insult]\n[toxicity]')
    assert list(policy.bands()) == ["toxicity", "insult", "threat"]
