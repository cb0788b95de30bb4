"""Rules without a score: what they find becomes reasons that name the place in the text as sent."""

import pytest
from hypothesis import given
from hypothesis import strategies as st
from stubs import load_normaliser

from service.decision import Reason
from service.policy import Links, Policy, Words
from service.rules import Findings, Rules

WORDS = Words(banned=("grumblefink", "go drown"), suspect=("quibbl*",), allowed=("Grumblefinkton",))


def find(text: str, words: Words | None = WORDS, links: Links | None = None) -> list[Reason]:
    """Return the reasons that one text gives."""
    (found,) = Rules(Policy("a", words=words, links=links), load_normaliser()).find([text])
    return list(found.reasons)


@pytest.mark.parametrize(
    ("text", "code", "action", "term", "sent"),
    [
        ("You grumblefink!", "banned_term", "reject", "grumblefink", "grumblefink"),
        ("😀😀 You GRUMBLEF1NK!", "banned_term", "reject", "grumblefink", "GRUMBLEF1NK"),
        ("\U0001d4d6rumblefink", "banned_term", "reject", "grumblefink", "\U0001d4d6rumblefink"),
        ("Oh, go,\r\n drown.", "banned_term", "reject", "go drown", "go,\r\n drown"),
        ("What a quibbler", "suspect_term", "flag", "quibbl*", "quibbler"),
    ],
)
def test_a_listed_term_is_named_with_its_place_in_utf_16(
    text: str, code: str, action: str, term: str, sent: str
) -> None:
    (reason,) = find(text)
    units = text.encode("utf-16-le")
    assert reason.begin is not None
    assert reason.end is not None
    assert units[2 * reason.begin : 2 * reason.end].decode("utf-16-le") == sent
    named = Reason(code, action, term=term, begin=reason.begin, end=reason.end)  # type: ignore[arg-type]
    assert reason == named


def test_every_listed_term_that_a_text_has_is_named_once() -> None:
    text = "quibbling grumblefink, quibbling grumblefink, go drown"
    assert [reason.term for reason in find(text)] == ["quibbl*", "grumblefink", "go drown"]


@pytest.mark.parametrize(
    "text", ["", "Thank you.", "grumblefinks", "Grumblefinkton", "go and drown"]
)
def test_what_is_not_listed_or_is_allowed_gives_no_reason(text: str) -> None:
    assert find(text) == []


@pytest.mark.parametrize(("links", "reasons"), [(0, 0), (2, 0), (3, 1), (40, 1)])
@pytest.mark.parametrize("action", ["flag", "reject"])
def test_more_links_than_the_limit_give_one_reason(links: int, reasons: int, action: str) -> None:
    limit = Links(2, action)  # type: ignore[arg-type]
    text = "See http://example.org/a and " + "https://example.com/b " * (links - 1)
    expected = [Reason("too_many_links", action, count=links, limit=2)] * reasons  # type: ignore[arg-type]
    assert find(text if links else "See", links=limit) == expected


def test_links_to_the_sites_own_hosts_do_not_count() -> None:
    limit = Links(0, own=("news.example.org",))
    assert find("https://www.news.example.org/a news.example.org", links=limit) == []


def test_terms_and_links_may_fire_together() -> None:
    codes = [reason.code for reason in find("grumblefink www.example.com", links=Links(0))]
    assert codes == ["banned_term", "too_many_links"]


@given(
    texts=st.lists(st.text() | st.sampled_from(["grumblefink", "Grumblefinkton", "a.example.com"]))
)
def test_texts_are_looked_at_one_by_one(texts: list[str]) -> None:
    texts = [text.encode("utf-8", "replace").decode() for text in texts]
    rules = Rules(Policy("a", words=WORDS, links=Links(0)), load_normaliser())
    found = rules.find(texts)
    assert found == [rules.find([text])[0] for text in texts]
    assert [len(each.text) for each in found] == [len(text) for text in texts]


def test_without_lists_and_links_nothing_is_found() -> None:
    assert Rules(Policy("a"), load_normaliser()).find(["grumblefink"]) == [
        Findings([], "grumblefink")
    ]
