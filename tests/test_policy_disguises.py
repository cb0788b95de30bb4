"""Links in disguise are made plain, and what is no link stays as it is."""

from typing import Final

import pytest
from hypothesis import given
from hypothesis import strategies as st

from service.policy.disguises import reveal
from service.policy.links import count_links

DISGUISED: Final = [
    "example[.]com",
    "example(.)com",
    "example{.}com",
    "example[ . ]com",
    "example [dot] com",
    "example (DOT) io",
    "www [dot] example [dot] co [dot] uk",
    "example dot com",
    "example DOT Org",
    "mail dot example dot com",
    "example dot co dot uk",
    "example .com",
    "example . com",
    "user [at] example.com",
    "user.name (at) example (dot) com",
    "http[:]//example.com",
    "hxxps[://]localhost",
    "example\uff0ecom",
    "example\u3002com",
    "example\uff61com",
    "example\u2024com",
    "\uff45\uff58\uff41\uff4d\uff50\uff4c\uff45\uff0e\uff43\uff4f\uff4d",
    "ⓔⓧⓐⓜⓟⓛⓔ.ⓒⓞⓜ",
    "\U0001d41e\U0001d431.\U0001d41c\U0001d428\U0001d426",
    "example\uff08\uff44\uff4f\uff54\uff09com",
    "exam\u200bple.\u2060com",
    "example.c\u00adom",
    "exam\u200dple.com",
    "example\ufe0f.com",
    "e\u0332x\u0332.\u0332c\u0332o\u0332m\u0332",
    "example\u00a0dot\u00a0com",
    "example&#46;com",
    "example&#x2E;com",
    "example&#000046com",
    "example&period;com",
    "example&amp;#46;com",
    "http&colon;&sol;&sol;localhost",
]

HARMLESS: Final = [
    "",
    "R&B, AT&T; &; &#; &#x; &nosuchname;",
    "[...] (.5) ( ... ) (etc.)",
    "the dot com bubble",
    "a dot com, or any dot org",
    "in the early dot com days",
    "connect the dots, the red dot on it",
    "an .org site, the .com domain, use .net core",
    "anecdote) yes (polka dots)",
    "12:30 :) :-)",
    "Grüße, “ok” … 👍🏽",
    "你好。我是。",
    "I \u2764\ufe0f it. \U0001f469\u200d\U0001f52c!",
]


@pytest.mark.parametrize("link", DISGUISED)
@pytest.mark.parametrize("text", ["{}", "See {} now", "({}), ok.", "{}.", "a\n{}\nb"])
def test_a_disguised_link_counts_once(text: str, link: str) -> None:
    assert count_links(text.replace("{}", link), ()) == 1


@pytest.mark.parametrize("text", HARMLESS)
def test_what_is_no_link_stays_as_it_is_and_none(text: str) -> None:
    assert reveal(text) == text
    assert count_links(text, ()) == 0


@pytest.mark.parametrize(
    ("text", "plain"),
    [
        ("a [dot] b [ . ] c(at)d", "a.b.c@d"),
        ("go to example dot co dot uk!", "go to example.co.uk!"),
        ("hxxp[:]//example[.]com", "hxxp://example.com"),
        ("\uff28\uff34\uff34\uff30\uff1a\uff0f\uff0f", "HTTP://"),
        ("&#104;ttp&colon;&#x2F;/", "http://"),
        ("&#99999999; &#1114112;", "&#99999999; \ufffd"),
        ("&#" + "0" * 5000 + "46;", "."),
        ("1" * 5000, "1" * 5000),
        ("a\u200b\u00ad\ufe0fb", "ab"),
        ("e&#46;g.", "e.g."),
    ],
)
def test_a_disguise_is_taken_off(text: str, plain: str) -> None:
    assert reveal(text) == plain


@given(st.text(st.characters() | st.sampled_from("&#;.:[]()\u3002\uff0e\u200b\ud800\x00 dotcm")))
def test_any_text_can_be_made_plain(text: str) -> None:
    assert len(reveal(text)) <= 20 * len(text)


@given(st.text(st.characters(max_codepoint=127, exclude_characters="&.:dD")))
def test_a_text_without_what_a_disguise_is_made_of_stays_as_it_is(text: str) -> None:
    assert reveal(text) == text
