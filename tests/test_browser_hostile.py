"""Cross-site scripting: hostile texts go down every page that takes one, and stay texts."""

from collections.abc import Iterator
from dataclasses import replace
from urllib.parse import parse_qs

import msgspec
import pytest
from browsing import serve_app, watch
from hostile import BIDI, HOSTILE, MARKED, RUN
from playwright.sync_api import Browser, Dialog, Page, Route
from posting import DISORDER, FETCHED, SENT, WORDED, Found, load, received, run
from stubs import StubScorer

from model.scorer import Contributions
from service.app import create_app
from service.moderation import Moderator
from service.policy import Policy, Words
from service.settings import Settings

HARMLESS = [
    "Thank you for this report.",
    "A silly idea, and a\u200bhidden\u202dsign.",
    "You idiot. You rude idiot, it will hurt you.",
    "l\u200bong words: 1d10t and i-d-i-o-t",
    "a" * 1501,
    " ",
]
TEXTS = HOSTILE + MARKED


class AllWordsScorer(StubScorer):
    """Give each word of a text some weight, so that pages repeat them all."""

    def contributions(self, text: str) -> Contributions:
        """Add to each attribute."""
        parts = super().contributions(text)
        return replace(parts, values=parts.values + 0.1)


@pytest.fixture(scope="module")
def host(policy: Policy) -> Iterator[str]:
    """Serve policies with terms, which pages repeat."""
    policies = [
        msgspec.structs.replace(policy, words=Words(suspect=("rude",))),
        msgspec.structs.replace(policy, name="strict", words=Words(banned=("idiot", "img"))),
    ]
    moderator = Moderator({"en": AllWordsScorer()}, {each.name: each for each in policies})
    with serve_app(create_app(moderator, Settings())) as host:
        yield host


@pytest.fixture
def page(browser: Browser, host: str) -> Iterator[Page]:
    """Return a page where nothing runs, is blocked, asks, or leaves the host."""
    with browser.new_context() as context:
        context.set_default_timeout(10_000)
        page = context.new_page()
        found = watch(page, host)

        def dismiss(dialog: Dialog) -> None:
            found.append(dialog.message)
            dialog.dismiss()

        page.on("dialog", dismiss)
        yield page
        assert page.evaluate("window.ran") is None
        assert page.evaluate("({}).ran") is None
        assert found == []


def allow(found: list[Found]) -> set[str]:
    """Return what a page may be made of, from what it is made of around harmless texts."""
    return set[str]().union(*(each.shape for each in found))


def check(text: str, found: Found, allowed: set[str]) -> None:
    """Check that a text became nothing but text, and is shown whole."""
    assert found.shape - allowed == set(), text
    assert received(found.comment) == received(text)
    assert received(found.name) in {"", received(text).replace("\n", "")}
    assert found.marks or text not in MARKED
    # What cannot be seen, the view of moderators shows as a box.
    if text.isprintable():
        assert set(found.quotes) <= {text}


@pytest.mark.parametrize("path", SENT)
def test_no_text_becomes_markup_by_the_script_of_the_page(page: Page, host: str, path: str) -> None:
    page.goto(host + path)
    allowed = allow(run(page, SENT[path], HARMLESS))
    for text, found in zip(TEXTS, run(page, SENT[path], TEXTS), strict=True):
        check(text, found, allowed)


@pytest.mark.parametrize("path", SENT)
def test_no_text_becomes_markup_by_the_server(page: Page, host: str, path: str) -> None:
    page.goto(host + path)
    allowed = allow(run(page, FETCHED, HARMLESS))
    for text, found in zip(TEXTS, run(page, FETCHED, TEXTS), strict=True):
        check(text, found, allowed)


@pytest.mark.parametrize("path", SENT)
def test_nothing_runs_in_a_page_that_the_server_answers_with(
    page: Page, host: str, path: str
) -> None:
    page.goto(host + path)
    allowed = allow([load(page, text) for text in HARMLESS])
    # A page takes long to load, so each text has company: in a comment, and over its limit.
    batches = ["\n".join(HOSTILE[place : place + 20]) for place in range(0, len(HOSTILE), 20)]
    for text in [*batches, *MARKED, "\n".join(TEXTS)]:
        check(text, load(page, text), allowed)


def test_what_a_service_answers_is_shown_as_text(page: Page, host: str) -> None:
    def echo(route: Route) -> None:
        fields = parse_qs(route.request.post_data or "", keep_blank_values=True)
        [comment] = fields["comment"]
        problem = {"status": 422, "detail": comment, "errors": [{"detail": comment}]}
        # 200, since a browser reports other answers as errors.
        route.fulfill(json=problem)

    page.goto(host)
    page.route("**/v1/moderate", echo)
    [harmless, *all_found] = run(page, SENT["/"], ["Thank you.", *TEXTS])
    for text, found in zip(TEXTS, all_found, strict=True):
        check(text, msgspec.structs.replace(found, marks=1), harmless.shape)
        assert received(found.said).count(received(text)) == 2


def test_the_words_of_a_site_are_shown_as_text(page: Page, host: str) -> None:
    page.goto(host)
    [harmless, *all_found] = run(page, WORDED, ["Thank you.", *HOSTILE])
    for text, found in zip(HOSTILE, all_found, strict=True):
        assert found.shape - harmless.shape == set(), text
        # In braces is the name of a number.
        assert "{" in text or received(text) in received(found.said)


@pytest.mark.parametrize("path", SENT)
def test_a_text_turns_round_nothing_but_itself(page: Page, host: str, path: str) -> None:
    page.goto(host + path)
    for text in BIDI:
        run(page, SENT[path], [f"You {text} idiot {text} rude{text}"])
        assert page.evaluate(DISORDER) == []
    page.evaluate("(text) => document.querySelector('h1').append(text)", BIDI[0])
    assert page.evaluate(DISORDER) != []


def test_the_canary_sings(browser: Browser) -> None:
    with browser.new_context() as context:
        page = context.new_page()
        page.set_content(f"<img src=x onerror={RUN}>")
        page.wait_for_function("window.ran === 1")
