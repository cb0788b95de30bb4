"""The sieve lets no text pass that has a word of a list, and nearly all others."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from stubs import load_normaliser

from benchmarks.comments import build_comments
from model.artefact import load_scorer
from model.scan import LINK, NONE, WORD
from model.scorer import Scorer
from model.sieve import Sieve
from model.words import READ, SPELT, WordReader
from service.policy.links import count_links
from service.settings import ARTEFACTS

any_time = settings(deadline=None)
WORDS = ("idiot", "\u043f\u043b\u043e\u0445\u043e\u0439", "ab")
STEMS = ("grumb", "zz")


@pytest.fixture(scope="module")
def sieve() -> Sieve:
    return Sieve(load_normaliser(), WORDS, STEMS)


@pytest.fixture(scope="module")
def scorer() -> Scorer:
    return load_scorer(ARTEFACTS / "en")


@pytest.mark.parametrize(
    ("text", "hit"),
    [
        ("", 0),
        ("Thank you, it was good.", 0),
        ("You idiot.", 1),
        ("You IDIOT", 1),
        ("You 1d1ot!", 1),
        ("You i d i o t", 1),
        ("You idoit", 1),
        ("You idi-ot", 1),
        ("You idi.ot, e", 1),
        ("You id_ot", 1),
        ("You id*ot", 1),
        ("snake_idiot", 1),
        ("idiot_snake", 1),
        ("snake_idiot_case", 1),
        ("_*idiot*_", 1),
        ("snake_*idiot", 1),
        ("idiot*_", 1),
        ("_*grumbling", 1),
        ("snake_grumbling", 1),
        ("idiotic", 0),
        ("grumbling", 1),
        ("well-grumbling", 1),
        ("grum", 0),
        ("gru\u0301mbling", 1),
        ("&#105;diot", 1),
        ("\u041f\u043b\u043e\u0445\u043e\u0439", 1),
        ("zzz", 1),
        ("a b", 0),
        ("a.b.c", 0),
        ("he'll", 0),
        ("stup1d", 0),
    ],
)
def test_a_text_is_kept_back_if_it_may_have_a_word(text: str, hit: int, sieve: Sieve) -> None:
    others = ["You idiot", text, "caf\u00e9 e\u0301 &amp;", "Thank you"]
    assert [found & WORD for found in sieve.sift([text])] == [hit]
    assert [found & WORD for found in sieve.sift(others)] == [WORD, hit, NONE, NONE]


def test_no_texts_are_no_hits(sieve: Sieve) -> None:
    assert list(sieve.sift([])) == []


def test_without_words_nothing_is_kept_back() -> None:
    texts = ["You idiot", "idoit", "", "\u0301", "&lt;"]
    assert not any(Sieve(load_normaliser(), (), ()).sift(texts))


def test_nearly_all_texts_without_a_word_pass() -> None:
    made_up = [f"quib{number}" for number in range(10_000)]
    sieve = Sieve(load_normaliser(), [*made_up, "idiot"], [f"zorb{word}" for word in made_up])
    texts = build_comments(300, 500)
    reader = WordReader(load_normaliser())
    spelt = reader.write(texts, SPELT).texts
    passed = [text for text, hit in zip(spelt, sieve.sift(texts), strict=True) if not hit]
    assert len(passed) > 490
    assert not any(" idiot " in text for text in passed)


PLAIN = st.sampled_from(
    [
        *"abidot",
        "idiot",
        "ab",
        *" .,\"');[]{}-/+=>!?(:'",
        *"_*1@#$%&|<\\`~",
        "\u00e9",
        "\u0301",
        "\n",
    ]
)


@settings(deadline=None, max_examples=1000)
@given(texts=st.lists(st.lists(PLAIN, max_size=14).map("".join), min_size=1, max_size=3))
def test_a_text_with_a_word_in_its_word_text_is_kept_back(texts: list[str], sieve: Sieve) -> None:
    reader = WordReader(load_normaliser())
    for text, hit in zip(texts, sieve.sift(texts), strict=True):
        read = [words.text for words in reader.trace(text, (READ, SPELT))]
        if any(f" {word} " in each for word in WORDS for each in read):
            assert hit & WORD


LINKED = st.sampled_from(
    [
        *("example", "com", "co.uk", "org", "Com", "dot", "at", "mailto", "http", "hxxps", "www"),
        *(".", ".", ":", "/", "//", "@", "[", "]", "(", ")", "{", "}", "<", ">", " ", "  ", "\n"),
        *("\u3002", "\uff0e", "\u2024", "\uff61", "\u200b", "\u00ad", "\u0301", "\U0001f600"),
        *("\u1160", "\u115f", "\u3164", "\U000e0001", "\u180c", "\x7f"),
        *("&#46;", "&period;", "&colon;", "&#0000000000000000000000000000000000000000000046;"),
        *("\uff45\uff58", "\u0435", "\u0430.\u0440\u0444", "1", "-", "...", "\x00", "DOT"),
    ]
)


@settings(deadline=None, max_examples=2000)
@given(texts=st.lists(st.lists(LINKED, max_size=14).map("".join), min_size=1, max_size=3))
def test_a_text_with_a_link_is_kept_back(texts: list[str], sieve: Sieve) -> None:
    for text, hit in zip(texts, sieve.sift(texts), strict=True):
        if count_links(text, ()):
            assert hit & LINK


@pytest.mark.parametrize(
    "text",
    ["So it ended. Then, at 12:30: rain, one dot, 3.5 %, etc.", "Well... 'no.' :) ;-)", "dots .5"],
)
def test_a_text_without_what_links_have_passes(text: str, sieve: Sieve) -> None:
    assert list(sieve.sift([text])) == [NONE]


@any_time
@given(texts=st.lists(st.text() | st.lists(PLAIN | LINKED).map("".join), max_size=5))
def test_sifting_while_scoring_changes_neither(
    texts: list[str], sieve: Sieve, scorer: Scorer
) -> None:
    scores, hits = scorer.score_and_sift(texts, sieve)
    assert scores.tolist() == scorer.score(texts).tolist()
    assert hits == sieve.sift(texts)
