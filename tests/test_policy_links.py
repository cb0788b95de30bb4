"""Links are counted where they stand, and those to the site are not."""

from typing import Final

import pytest
from hypothesis import given
from hypothesis import strategies as st

from service.policy.links import count_links

OWN: Final = ("news.example", "example.net", "xn--bcher-kva.de", "192.0.2.1", "2001:DB8:0::1")

LINKS: Final = [
    "http://example.com",
    "HTTPS://EXAMPLE.COM/A?b=c#d",
    "ftp://example.com/file.txt",
    "hxxp://example.com",
    "h**p://example.com",
    "http:example.com",
    "http:\\\\example.com",
    "http:///example.com",
    "http://localhost",
    "http://example.com:8080/x",
    "http://user:password@example.com/",
    "http://192.0.2.1/x",
    "http://[2001:db8::1]:80/x",
    "http://b\u00fccher.example/x",
    "http://\u263a.example",
    "//example.com/x",
    "www.example.com",
    "www.example.invalid",
    "mailto:user@example.com",
    "MAILTO:root@localhost",
    "user@example.com",
    "user.name+tag@example.com",
    "example.com",
    "EXAMPLE.COM",
    "Example.Com",
    "EXAMPLE.DE",
    "example.co.uk/path",
    "example.com:80/path",
    "example.com's",
    "github.io",
    "b\u00fccher.de",
    "bu\u0308cher.de",
    "xn--bcher-kva.de",
    "пример.рф",
    "xn--e1afmkfd.xn--p1ai",
    "उदाहरण.भारत",
    "请看example.com谢谢",
    "Gab.Ai/user",
    "file.txt/example.com",
    "http://.../example.com",
    "wait...example.com...and",
]

ONCE: Final = [
    "https://example.com/?u=http://example.org",
    "https://example.com/http://example.org",
    "[a page](http://example.com/a_(b))",
    "[http://example.com](http://example.com/)",
    "[www.example.com](<https://example.com>)",
    "<http://example.com>",
    "**http://example.com**",
    "_example.com_",
    '<a href="http://example.com">http://example.com</a>',
    "<a href='http://example.com' rel='nofollow'>example.com/\u2026</a>",
    "<a href=http://example.com>example.com</a>",
    '<a href="mailto:user@example.com">user@example.com</a>',
    "[url=http://example.com]http://example.com[/url]",
    "[url]http://example.com[/url]",
]

HARMLESS: Final = [
    "",
    "end.But the next",
    "etc.And then",
    "e.g. this, i.e. that",
    "3.5, 12.30, 20.30.40, v1.2.3, $3.99",
    "the U.S. and the U.S.A. at 5 p.m.",
    "...",
    ". . . and ... so ....",
    "Node.js and file.txt",
    "and/or",
    "@name, (a.k.a. Dr. Who)",
    "Mr.Smith",
    "http",
    "http:// ...",
    "http://\u2026",
    "https://",
    "www.",
    ".com",
    "co.uk",
    "192.0.2.1",
    "1:0, to:user, hello:world, mailto:",
    ":-) :// :/ (:",
    "it is much better.So what",
    "in the house.In there",
    "I know.You are",
    "he said.\u201dAnd",
    "你好。我是",
    "example." + "com" * 100,
    "a." * 200 + "com",
]


@pytest.mark.parametrize("link", LINKS + ONCE)
@pytest.mark.parametrize("text", ["{}", "See {} now", "({}), ok.", "{}.", "a\n{}\nb"])
def test_a_link_counts_once(text: str, link: str) -> None:
    assert count_links(text.replace("{}", link), ()) == 1


@pytest.mark.parametrize("text", HARMLESS)
def test_what_looks_like_a_link_is_none(text: str) -> None:
    assert count_links(text, ()) == 0
    assert count_links(f"Yes, {text} - no", ()) == 0


@pytest.mark.parametrize(
    "text",
    [
        "http://example.com http://example.com",
        "http://example.com,http://example.org",
        "example.com,example.org",
        "example.com/x;example.org/x",
        "http://example.com|example.org",
        "http://example.com/x\uff0chttp://example.org",
        "example.com...example.org",
        "example.com\u00a0example.org",
        "[a](http://example.com)[b](mailto:user@example.org)",
        "[http://example.com](http://example.org)",
        '<a href="http://example.com">example.org</a>',
        "mailto:a@example.com,b@example.org",
    ],
)
def test_links_side_by_side_count_each(text: str) -> None:
    assert count_links(text, ()) == 2


@pytest.mark.parametrize(
    "text",
    [
        "http://news.example",
        "HTTP://WWW.NEWS.EXAMPLE./x",
        "http://news.example:8080/x",
        "http://user@news.example!",
        "http://news.example/?u=http://example.com",
        "www.example.net",
        "example.net.",
        "example[.]net",
        "example dot net",
        "editor@mail.example.net",
        "mailto:editor@news.example",
        "b\u00fccher.de",
        "http://BU\u0308CHER.de/",
        "www.xn--bcher-kva.de/x",
        "http://192.0.2.1/",
        "http://[2001:db8::1]:80/",
    ],
)
def test_links_to_the_site_do_not_count(text: str) -> None:
    assert count_links(text, OWN) == 0
    assert count_links(f"See ({text}), and example.com", OWN) == 1
    assert count_links(text, ()) == 1


@pytest.mark.parametrize(
    "text",
    [
        "http://evilnews.example",
        "http://example",
        "http://news.example.example.com",
        "http://news.example@example.com",
        "http://news.example:80@example.com",
        "http://news.example(@198.51.100.7/",
        "http://news.example,@localhost",
        "http://news.example\uff0e.example.com",
        "http://example.com/news.example",
        "http://example.com?news.example",
        "http://example.com#@news.example",
        "http://example.com\\@news.example",
        "http://%6eews.example",
        "http://" + "a." * 130 + "news.example",
        "http://192.0.2.10",
        "example.net@example.com",
        "example.com?@example.net",
        "example.net.example.com",
        "http://xn--example.net",
    ],
)
def test_what_only_looks_like_a_link_to_the_site_counts(text: str) -> None:
    assert count_links(text, OWN) == 1


PIECES: Final = st.sampled_from(
    [*LINKS, *ONCE, *HARMLESS, *".:/@[](){}<>&;# ", "&#46;", " dot ", "com", "\ud800", "\x00"]
)


@given(st.lists(st.text(st.characters()) | PIECES).map("".join))
def test_any_text_has_a_number_of_links_that_the_hosts_of_a_site_only_lower(text: str) -> None:
    count = count_links(text, ())
    assert 0 <= count_links(text, OWN) <= count <= len(text)


@given(st.lists(PIECES), st.lists(PIECES))
def test_texts_on_lines_of_their_own_have_the_links_of_each(
    before: list[str], after: list[str]
) -> None:
    one, other = "".join(before), "".join(after)
    assert count_links(f"{one}\n-\n{other}", ()) == count_links(one, ()) + count_links(other, ())


@given(st.text(st.characters()), st.lists(st.text(st.characters())))
def test_no_host_of_a_site_raises(text: str, own: list[str]) -> None:
    assert count_links(f"{text} http://{text}", own) <= count_links(f"{text} http://{text}", ())
