"""Policies are explained in sentences, and all that is wrong with them is named."""

import itertools
import os
import re
import shutil
import subprocess
import sys
import time
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st
from serving import ROOT
from stubs import StubScorer, load_normaliser
from test_policy import POLICIES

from model import ATTRIBUTES
from model.artefact import load_validation
from model.scorer import TextScorer
from service.policy import POLICY_FOLDER, Policy, Words, load_policy
from service.policy.__main__ import main
from service.policy.oddities import Model, find_idle_thresholds, find_stale
from service.policy.overlaps import find_odd_terms
from service.policy.phrases import (
    count,
    join,
    name_attribute,
    show_hundred,
    show_per_cent,
    show_score,
)
from service.policy.sentences import describe_policy
from service.policy.words import WordLists
from service.settings import ARTEFACTS

POLICY = """\
name = "sport"
max_length = 1000
languages = ["en"]

[toxicity]
flag = { statement = "recall >= 0.75", threshold = 0.56, precision = 0.7794, recall = 0.7541 }
reject = { statement = "precision >= 0.98", threshold = 0.985, precision = 0.9803, recall = 0.43 }

[threat]
reject = { threshold = 0.99 }

[links]
limit = 2
own = ["news.example", "blog.example"]

[words]
banned = ["quibbl*", "nitwit", "go boil your head"]
suspect = ["poppycock"]
allowed = ["Scunthorpe"]
"""
PREVALENCE = dict.fromkeys(ATTRIBUTES, 0.05)


def load_stub(_: Path) -> dict[str, TextScorer]:
    return {"en": StubScorer()}


def run(*arguments: object) -> int:
    """Run the program here, with a stub for a model."""
    return main(["check", *map(str, arguments)], load=load_stub)


def write(path: Path, source: str = POLICY) -> Path:
    path.write_text(source, encoding="utf-8")
    return path


def describe(fields: Mapping[str, Any]) -> list[str]:
    """Return the sentences of a policy."""
    return describe_policy(msgspec.convert({"name": "a", **fields}, Policy), ["en"], PREVALENCE)


def find(sentences: list[str], word: str) -> str:
    """Return the only sentence with a word."""
    (found,) = (sentence for sentence in sentences if word in sentence)
    return found


def test_a_policy_is_explained_in_sentences(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = write(tmp_path / "a.toml")
    assert run(path) == 0
    assert capsys.readouterr() == (
        f"""\
sport ({path})
- Comments may have 1,000 characters; a longer one is rejected, and so is an empty one.
- Comments in 'en' are judged; one in another language is flagged for a moderator.
- A comment is rejected when its score for toxicity is 0.985 or more (precision >= 0.98), and
  flagged for a moderator when it is 0.56 or more (recall >= 0.75). On held-out comments of which 5
  % are toxic, 98 of 100 comments at 0.985 or more are toxic, and 43 of 100 toxic comments are
  there; at 0.56 or more, 78 and 75.
- A comment is rejected when its score for threat is 0.99 or more (written by hand).
- Severe toxicity, identity attack, insult and profanity decide nothing.
- A comment with more than 2 links is flagged for a moderator. Links to news.example and
  blog.example, and to hosts below, do not count.
- Banned terms reject a comment, in disguise, too: 1 word, 1 phrase and 1 stem.
- Suspect terms flag a comment for a moderator, in disguise, too: 1 word.
- Allowed terms are shielded from the other lists, and the model reads them as it does any name: 1
  word.
- Warning: The figures of toxicity (reject) and toxicity (flag) are not those of the model en-stub:
  run python -m service.policy derive.
""",
        "",
    )


def test_the_shipped_policies_are_explained_without_a_warning(
    capsys: pytest.CaptureFixture[str],
) -> None:
    assert main(["check", str(POLICY_FOLDER)]) == 0
    out, said = capsys.readouterr()
    names = [load_policy(path).name for path in sorted(POLICY_FOLDER.glob("*.toml"))]
    assert re.findall(r"^\w.*", out, re.MULTILINE) == [
        f"{name} ({POLICY_FOLDER})" for name in names
    ]
    assert "Warning" not in out
    assert said == ""


def test_a_figure_that_the_model_does_not_give_is_told_until_it_is_derived(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = Path(shutil.copy(POLICY_FOLDER / "default.toml", tmp_path))
    source = path.read_text(encoding="utf-8")
    write(
        path, re.sub(r"(statement = \"recall >= 0.75\", threshold = )[\d.]+", r"\g<1>0.5", source)
    )
    assert main(["check", str(path)]) == 0
    out, _ = capsys.readouterr()
    assert "- Warning: The figures of toxicity (flag) are not those of the model en-" in out
    assert main(["derive", str(path)]) == 0
    assert main(["check", str(path)]) == 0
    assert "Warning" not in capsys.readouterr().out


def test_everything_wrong_in_every_file_is_named_and_the_rest_explained(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    one = write(tmp_path / "1.toml", 'name = "A"\ncolour = 1\n[insult]\nflag = {threshold = 2}\n')
    other = write(tmp_path / "2.toml", "name = ")
    good = write(tmp_path / "3.toml", 'name = "plain"')
    none = tmp_path / "4.toml"
    assert run(one, other, good, none) == 1
    out, said = capsys.readouterr()
    assert out.startswith(f"plain ({good})\n- Comments may have 1,500 characters;")
    starts = [
        *(f"{one}: line {number}: " for number in (1, 2, 4)),
        f"{other}: not TOML: ",
        f"{none}: cannot be read (No such file or directory)",
    ]
    lines = said.splitlines()
    assert len(lines) == len(starts)
    assert [line.startswith(start) for line, start in zip(lines, starts, strict=True)] == [True] * 5


def test_a_folder_is_looked_at_as_the_service_does(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    write(tmp_path / "a.toml")
    assert run(tmp_path) == 1
    assert capsys.readouterr() == ("", f"{tmp_path}: no policy file has the name 'default'\n")
    write(tmp_path / "b.toml", 'name = "default"')
    write(tmp_path / "c.toml", 'name = "default"')
    assert run(tmp_path) == 1
    assert "c.toml: another file has a policy of the name 'default'" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("source", "message"),
    [
        ('languages = ["en", "de"]', "policy 'a': no model reads de"),
        (
            '[recalibration]\nmodel = "en-0.9"\ndecisions = 100\nrejected = 10\nprevalence = 0.1',
            "policy 'a': was fitted for the scores of en-0.9, and en-stub is loaded: fit it again",
        ),
        (
            '[words]\nbanned = ["nag", "&#97;"]',
            "banned: a term reads as one letter or none, once disguise is undone: '&#97;'",
        ),
    ],
)
def test_what_the_service_would_not_start_with_is_an_error(
    source: str, message: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = write(tmp_path / "a.toml", f'name = "a"\n{source}\n')
    assert run(path) == 1
    assert capsys.readouterr() == ("", f"{path}: {message}\n")


def test_there_must_be_a_model_to_explain_a_policy_by(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = write(tmp_path / "a.toml")
    assert main(["check", str(path), "--artefacts", str(tmp_path)]) == 1
    assert capsys.readouterr() == ("", f"not done: {tmp_path}: no model is there\n")


def test_the_program_says_as_much_where_the_locale_knows_only_ascii(tmp_path: Path) -> None:
    path = write(tmp_path / "a.toml", 'name = "a"\n[words]\nbanned = ["дурак", "дурак*"]\n')
    done = subprocess.run(
        [sys.executable, "-m", "service.policy", "check", path],
        cwd=ROOT,
        env=os.environ | {"LC_ALL": "C", "PYTHONIOENCODING": "ascii"},
        capture_output=True,
        check=True,
        encoding="utf-8",
    )
    assert done.stdout.startswith(f"a ({path})\n- Comments may have 1,500 characters; ")
    assert done.stderr == ""


def test_what_is_not_limited_is_told_too() -> None:
    assert describe({"max_length": 1}) == [
        "Comments may have 1 character; a longer one is rejected, and so is an empty one.",
        "Comments in 'en' are judged; one in another language is flagged for a moderator.",
        "Toxicity, severe toxicity, identity attack, insult, profanity and threat decide nothing.",
        "Links are not counted.",
        "There are no word lists.",
    ]


@pytest.mark.parametrize(
    ("links", "sentence"),
    [
        ({"limit": 0}, "A comment with a link is flagged for a moderator."),
        ({"limit": 1, "action": "reject"}, "A comment with more than 1 link is rejected."),
        (
            {"limit": 0, "own": ["a.example"]},
            (
                "A comment with a link is flagged for a moderator. Links to a.example, and to hosts"
                " below, do not count."
            ),
        ),
    ],
)
def test_links_have_a_sentence(links: dict[str, Any], sentence: str) -> None:
    assert find(describe({"links": links}), "ink") == sentence


def test_a_stated_prevalence_is_that_of_toxic_comments_whatever_the_attribute() -> None:
    point = {"threshold": 0.9, "statement": "recall >= 0.1", "precision": 0.9, "recall": 0.1}
    sentences = describe({"prevalence": 0.02, "threat": {"flag": point}})
    assert find(sentences, "threat is") == (
        "A comment is flagged for a moderator when its score for threat is 0.9 or more"
        " (recall >= 0.1). On held-out comments of which 2 % are toxic, 90 of 100 comments at 0.9"
        " or more are threats, and 10 of 100 threats are there."
    )


def test_what_was_fitted_is_told_of_the_sites_own_decisions_with_intervals() -> None:
    measured = {
        "statement": "precision >= 0.9",
        "threshold": 0.912345,
        "precision": 0.95,
        "recall": 0.4,
        "precision_interval": [0.9, 0.98],
        "recall_interval": [0.345, 0.455],
    }
    line = {"slope": 1.0, "intercept": 0.1}
    fitted = {"model": "en-1", "decisions": 5000, "rejected": 480, "prevalence": 0.096}
    sentences = describe(
        {
            "recalibration": fitted | {"toxicity": line},
            "toxicity": {"reject": measured},
            "insult": {"reject": measured},
        }
    )
    assert find(sentences, "score for toxicity is").endswith(
        " (precision >= 0.9). Among the site's own decisions, 95 (90 to 98) of 100 comments at"
        " 0.912 or more were rejected, and 40 (34 to 46) of 100 rejected comments are there."
    )
    assert "On held-out comments of which 5 % are insults, 95" in find(sentences, "insult is")
    assert find(sentences, "fitted") == (
        "Scores of the model en-1 for toxicity were fitted to 5,000 decisions of the site, of which"
        " 480 rejected; of all its comments it rejects 9.6 %."
    )


@pytest.mark.parametrize(
    ("review", "sentence"),
    [
        (
            {"show": "uncertain"},
            "Moderators are shown those that the model is least sure of (flag_share <= 0.05).",
        ),
        (
            {"show": "most_toxic", "flag_share": 0.0496, "accuracy": 0.971},
            (
                "Moderators are shown the most toxic of those that are not rejected (flag_share <="
                " 0.05): 5 % of all comments are flagged; if they are always right, 97 of 100 are"
                " decided so."
            ),
        ),
        (
            {"show": "uncertain", "flag_share": 0.0442, "flag_share_interval": [0.039, 0.0499]},
            (
                "Moderators are shown those that the model is least sure of (flag_share <= 0.05):"
                " 4.4 % (3.9 to 5) of all comments are flagged."
            ),
        ),
    ],
)
def test_a_review_has_a_sentence(review: dict[str, Any], sentence: str) -> None:
    assert find(describe({"review": {"statement": "flag_share <= 0.05"} | review}), "shown") == (
        sentence
    )


@pytest.mark.parametrize(
    ("show", "reject"), [("uncertain", "solved for the review"), ("most_toxic", "written by hand")]
)
def test_a_threshold_that_a_review_solves_is_not_said_to_be_written_by_hand(
    show: str, reject: str
) -> None:
    bands = {"flag": {"threshold": 0.5}, "reject": {"threshold": 0.9}}
    review = {"statement": "flag_share <= 0.05", "show": show}
    sentences = describe({"review": review, "toxicity": bands, "threat": bands})
    assert find(sentences, " toxicity ") == (
        f"A comment is rejected when its score for toxicity is 0.9 or more ({reject}), and flagged"
        " for a moderator when it is 0.5 or more (solved for the review)."
    )
    assert find(sentences, " threat ").count("(written by hand)") == 2


@given(policy=POLICIES)
def test_every_attribute_decides_something_or_nothing(policy: Policy) -> None:
    sentences = describe_policy(policy, ["en"], PREVALENCE)
    nothing = [sentence for sentence in sentences if re.search(r" decides? nothing\.$", sentence)]
    for attribute in ATTRIBUTES:
        name = name_attribute(attribute)
        decides = [sentence for sentence in sentences if f"score for {name} is" in sentence]
        bands = policy.bands().get(attribute)
        assert len(decides) == bool(bands and (bands.flag or bands.reject))
        named = any(re.search(rf"\b{name}\b", each, re.IGNORECASE) for each in nothing)
        assert named or decides


@given(policy=POLICIES)
def test_thresholds_that_leave_nothing_are_told(policy: Policy) -> None:
    told = list(find_idle_thresholds(policy))
    idle = [
        attribute
        for attribute, flag, reject in policy.thresholds
        if 0 in {flag, reject} or (flag == reject and flag <= 1)
    ]
    assert [name_attribute(name) for name in idle] == [
        next(
            name_attribute(name)
            for name in sorted(ATTRIBUTES, key=len, reverse=True)
            if re.search(rf"\b{name_attribute(name)}\b", sentence, re.IGNORECASE)
        )
        for sentence in told
    ]


def test_figures_that_no_threshold_gives_are_told_with_the_reason() -> None:
    scorer = StubScorer()
    model = Model(scorer, load_validation(ARTEFACTS / "en"))
    review = {"statement": "flag_share <= 0.01", "show": "uncertain"}
    fields = {"name": "a", "review": review, "insult": {"flag": {"threshold": 0.01}}}
    policy = msgspec.convert(fields, Policy)
    (told,) = find_stale(policy, [model])
    assert told.startswith("On the model en-stub it cannot be solved: flag_share <= 0.01 cannot be")
    assert find_stale(policy, []) == []


@given(value=st.floats(0, 1))
def test_a_rounded_number_is_an_end_of_the_range_only_if_it_is(value: float) -> None:
    for shown, most, digits in (
        (show_score(value), 1, 3),
        (show_hundred(value), 100, 0),
        (show_per_cent(value).removesuffix(" %"), 100, 1),
    ):
        assert (float(shown) in {0, most}) == (most * value in {0, most})
        assert abs(float(shown) - most * value) <= 0.50001 * 10**-digits
        assert "e" not in shown


def test_words_agree_with_their_numbers() -> None:
    assert count(1, "link") == "1 link"
    assert count(0, "link") == "0 links"
    assert count(12_345, "link") == "12,345 links"
    assert [join(list("abc"[:size])) for size in (1, 2, 3)] == ["a", "a and b", "a, b and c"]


# Terms that may not be meant so

SAME = "Never decides, as a term before it reads the same"
COVERED = "Never decides, as a shorter term does wherever it is"
SHIELDED = "Never decides but in disguise, as an allowed term shields it"
MISREAD = "Is read as another word"


def find_odd(**lists: list[str]) -> list[str]:
    words = Words(**{name: tuple(terms) for name, terms in lists.items()})
    return find_odd_terms(words, load_normaliser())


@pytest.mark.parametrize(
    ("lists", "sentences"),
    [
        ({}, []),
        ({"banned": ["nit", "pick", "nitpick", "pick nit"], "suspect": ["nits"]}, [COVERED]),
        ({"banned": ["nitpick", "nit*"]}, [f'{COVERED}: banned "nitpick" (banned "nit*").']),
        (
            {"banned": ["nit*", "n1tpick*"]},
            [f'{COVERED}: banned "n1tpick*" (banned "nit*").', MISREAD],
        ),
        ({"banned": ["go away"], "suspect": ["away*"]}, []),
        (
            {"banned": ["away"], "suspect": ["do go away"]},
            [f'{COVERED}: suspect "do go away" (banned "away").'],
        ),
        ({"banned": ["kk", "kkk"]}, [f'{COVERED}: banned "kkk" (banned "kk").']),
        ({"banned": ["kkk"], "suspect": ["kk"]}, []),
        (
            {"banned": ["café", "cafe"], "suspect": ["Cafe"]},
            [f'{SAME}: banned "cafe" (banned "café"), suspect "Cafe" (banned "café").'],
        ),
        (
            {"suspect": ["idi0t"], "banned": ["idiot"]},
            [f'{SAME}: suspect "idi0t" (banned "idiot").'],
        ),
        ({"banned": ["idi0t"]}, [f'{MISREAD}: banned "idi0t" ("idiot").']),
        ({"banned": ["i.d.i.o.t*"]}, [f'{MISREAD}: banned "i.d.i.o.t*" ("idiot").']),
        ({"banned": ["rock-n-roll"]}, []),
        (
            {
                "banned": ["nitwit", "nitwits", "nit*"],
                "suspect": ["nitwit fan"],
                "allowed": ["nitw*"],
            },
            [
                f'{COVERED}: banned "nitwit" (banned "nit*"), banned "nitwits" (banned "nit*").',
                f'{SHIELDED}: banned "nitwit" (allowed "nitw*"), banned "nitwits" (allowed "nitw',
            ],
        ),
        (
            {"suspect": ["scunthorpe", "scunthorpe fan"], "allowed": ["Scunt*"]},
            [f'{SHIELDED}: suspect "scunthorpe" (allowed "Scunt*").'],
        ),
        # Whoever sells a cheese board does not sell goat cheese.
        ({"banned": ["cheese", "goat cheese"], "allowed": ["cheese board"]}, []),
        (
            {"banned": ["cheese", "goat cheese"], "allowed": ["goat board"]},
            [f'{COVERED}: banned "goat cheese" (banned "cheese").'],
        ),
        ({"banned": ["cheese", "goat cheese"], "allowed": ["blue chee*"]}, []),
    ],
)
def test_terms_that_decide_nothing_or_are_misread_are_named(
    lists: dict[str, list[str]], sentences: list[str]
) -> None:
    found = find_odd(**lists)
    assert len(found) == len(sentences), found
    for sentence, start in zip(found, sentences, strict=True):
        assert sentence.startswith(start)


def test_of_many_terms_twenty_are_named_and_all_counted() -> None:
    (sentence,) = find_odd(
        banned=["nit*", *(f"nit{letter}{other}" for letter in "bcdfg" for other in "bcdfghj")]
    )
    assert sentence.count("banned") == 40
    assert sentence.endswith(" and 15 more.")


def test_what_a_term_hides_does_not_reach_the_terminal() -> None:
    (sentence,) = find_odd(banned=["nit*", "nit\u202epick"])
    assert sentence.isprintable()
    assert '"nit\\u202epick"' in sentence


PLAIN = ["nit", "nits", "nitpick", "pick", "go", "away", "kk", "kkk", "fuck"]
PARTS = st.sampled_from([*PLAIN, "fuk"])
SHORT = st.lists(PARTS, min_size=1, max_size=3).map(" ".join)
LISTED = st.tuples(SHORT, st.sampled_from(["", "*"])).map("".join)
LISTS = st.tuples(*[st.lists(LISTED, max_size=4, unique=True)] * 3)
TEXTS = st.lists(
    PARTS | st.sampled_from(["n1t", "k k k k", "nitty", "f.u.c.k", "."]), max_size=6
).map(" ".join)


@given(lists=LISTS, texts=st.lists(TEXTS, min_size=1, max_size=8))
def test_without_the_terms_that_never_decide_every_decision_is_the_same(
    lists: tuple[list[str], list[str], list[str]], texts: list[str]
) -> None:
    banned, suspect, allowed = lists
    listed = {*banned, *suspect}
    words = Words(tuple(banned), tuple(suspect), tuple(set(allowed) - listed))
    sentences = [
        each
        for each in find_odd_terms(words, load_normaliser())
        if each.startswith((SAME, COVERED))
    ]
    idle = re.findall(r'(banned|suspect) "([^"]+)" \(', " ".join(sentences))
    fewer = Words(
        tuple(term for term in banned if ("banned", term) not in idle),
        tuple(term for term in suspect if ("suspect", term) not in idle),
        words.allowed,
    )
    before, after = (
        [
            min((term.listed for term in found.terms), default="")
            for found in WordLists(each, load_normaliser()).find(texts)
        ]
        for each in (words, fewer)
    )
    assert before == after


@given(
    lists=LISTS,
    texts=st.lists(
        st.lists(st.sampled_from(PLAIN), max_size=6).map(" ".join), min_size=1, max_size=8
    ),
)
def test_a_shielded_term_is_found_only_in_disguise(
    lists: tuple[list[str], list[str], list[str]], texts: list[str]
) -> None:
    banned, suspect, allowed = lists
    words = Words(tuple(banned), tuple(suspect), tuple({*allowed} - {*banned, *suspect}))
    sentences = find_odd_terms(words, load_normaliser())
    shielded = [each for each in sentences if each.startswith(SHIELDED)]
    named = set(re.findall(r'(banned|suspect) "([^"]+)" \(', " ".join(shielded)))
    for found in WordLists(words, load_normaliser()).find(texts):
        assert named.isdisjoint((term.listed, term.term) for term in found.terms)


def test_a_hundred_thousand_terms_are_looked_at_in_seconds() -> None:
    pairs = itertools.product("bcdfghjklm", repeat=5)
    terms = ["".join(itertools.chain(*zip(pair, "aeiou", strict=True))) for pair in pairs]
    begin = time.monotonic()
    found = find_odd(banned=[*terms[:50_000], "babe*"], suspect=terms[50_000:], allowed=["cace*"])
    assert time.monotonic() - begin < 20
    assert [sentence.partition(":")[0] for sentence in found] == [COVERED, SHIELDED]
    assert [sentence.rpartition(" and ")[2] for sentence in found] == ["980 more."] * 2
