"""The drop-in script in a page of another site: the documented page, at another origin."""

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from browsing import serve_app
from flask import Flask, request
from playwright.sync_api import Browser, Page, Route, expect
from werkzeug.middleware.dispatcher import DispatcherMiddleware

from service.app import create_app
from service.moderation import Moderator
from service.pages.words import WORDS
from service.policy import Policy
from service.settings import Settings

DOCS = Path(__file__).parents[1] / "docs"
GUIDE = (DOCS / "embed.md").read_text(encoding="utf-8")
EXAMPLE = (DOCS / "examples/embed.html").read_text(encoding="utf-8")
DOCUMENTED = "https://moderation.example.org"
ASKED = "**/v1/moderate"
FIELDS = {"article": "bridge-17", "name": "Ann", "action": "publish"}

# Collects what the page is told, and names it in the page, where a test can wait for it.
LISTEN = """() => {
    window.heard = [];
    window.hear = (name, detail) => {
        heard.push(detail);
        document.documentElement.dataset.heard = heard.length;
        document.documentElement.dataset.last = name;
    };
    for (const name of ["checking", "answer"]) {
        addEventListener(`moderate:${name}`, (event) => hear(name, event.detail));
    }
    // The page goes with the form, and what it was told would go with it.
    addEventListener("pagehide", () => sessionStorage.setItem("heard", JSON.stringify(heard)));
}"""
FORGET = "() => { delete document.documentElement.dataset.heard; return heard.splice(0); }"
# A site that sends its forms itself.
SEND = """(form) => form.addEventListener("submit", (event) => {
    event.preventDefault();
    hear("submit", event.submitter?.value);
})"""
CANCEL = "(form, name) => form.addEventListener(name, (event) => event.preventDefault())"
# A second form, that comes after the script and has all its parts, but no attribute of its own.
SECOND = """async (script) => {
    const { moderate } = await import(script);
    const form = document.createElement("form");
    form.id = "second";
    form.innerHTML = `<label>Not this <textarea></textarea></label>
        <label>This <textarea data-moderate-comment></textarea></label>
        <p data-moderate-result role="status"></p><i data-moderate-counter></i><button>Go</button>`;
    Object.assign(form.dataset, {
        moderatePolicy: "short", moderateLanguage: "en", moderateStay: "", moderateLimit: "20",
        moderateWords: JSON.stringify({ reject: "Refusé.", insult: "Insultant : {value}/{limit}" }),
    });
    document.body.append(form);
    moderate(form);
    // The same script at another address is another module, which finds both forms.
    (await import(`${script}?again`)).moderate(form);
}"""
# A copy of a form that is taken care of, as sites make one for a reply; attributes may be empty.
COPY = """async (script) => {
    const { moderate } = await import(script);
    const form = document.querySelector("form").cloneNode(true);
    form.id = "copy";
    Object.assign(form.dataset, { moderate: "on", moderateWords: "", moderateLimit: "" });
    document.body.append(form);
    moderate(form);
}"""


class Site:
    """A site that embeds the script, with the page and the check of docs/embed.md."""

    def __init__(self) -> None:
        self.service = ""
        self.sent: list[dict[str, str]] = []
        self.found: list[str] = []
        self.app = Flask(__name__)
        self.app.add_url_rule("/", view_func=self.show)
        self.app.add_url_rule("/comments", view_func=self.take, methods=["POST"])

    def documented(self, pattern: str) -> str:
        """Return a piece of the guide, with the address of the service in it."""
        [found] = re.findall(pattern, GUIDE, re.DOTALL | re.MULTILINE)
        return str(found).replace(DOCUMENTED, self.service)

    def show(self) -> tuple[str, dict[str, str]]:
        """Return the page, under the policy that the guide says it needs."""
        policy = self.documented(r"^Content-Security-Policy: (.*?)$")
        page = EXAMPLE.replace(DOCUMENTED, self.service)
        return page, {"Content-Security-Policy": policy}

    def take(self) -> str:
        """Take a comment, and check it as the guide says."""
        fields = request.form.to_dict()
        names: dict[str, Any] = {}
        exec(self.documented(r"^```python\n(.*?)^```$"), names)  # noqa: S102 - what is documented
        self.sent.append(fields)
        self.found.append(names["check"](fields["comment"]))
        return "<title>Taken</title>"


@pytest.fixture(scope="module")
def site(moderator: Moderator, policy: Policy) -> Iterator[tuple[Site, str]]:
    """Serve a site, and the service at another port, which the site's pages may ask."""
    site = Site()
    short = Policy("short", max_length=20, insult=policy.insult)
    policies = {policy.name: policy, short.name: short}
    with serve_app(site.app) as own:
        app = create_app(Moderator(moderator.scorers, policies), Settings(origins=(own,)))
        with serve_app(app) as site.service:
            yield site, own


@pytest.fixture(scope="module")
def tab(browser: Browser) -> Iterator[Page]:
    """Open a tab."""
    with browser.new_context() as context:
        context.set_default_timeout(10_000)
        yield context.new_page()


@pytest.fixture
def page(tab: Page, site: tuple[Site, str]) -> Iterator[Page]:
    """Open the page of the site."""
    site[0].sent.clear()
    site[0].found.clear()
    tab.goto(site[1])
    tab.evaluate(LISTEN)
    expect(tab.locator("[data-moderate-counter]")).to_have_count(1)
    yield tab
    tab.unroute_all()


def send(page: Page, comment: str) -> None:
    """Fill in the form of the page and send it."""
    page.get_by_label("Name").fill("Ann")
    page.get_by_label("Comment").fill(comment)
    page.get_by_role("button", name="Send").click()


def heard(page: Page, *names: str) -> list[Any]:
    """Return what the page was told once it was, and forget it."""
    root = page.locator("html")
    expect(root).to_have_attribute("data-heard", str(len(names)))
    expect(root).to_have_attribute("data-last", names[-1])
    told: list[Any] = page.evaluate(FORGET)
    return told


def test_a_rejected_comment_stays_with_its_reason_and_an_accepted_one_goes_on_whole(
    page: Page, site: tuple[Site, str]
) -> None:
    counter = page.locator("[data-moderate-counter]")
    result = page.locator("[data-moderate-result]")
    expect(counter).to_have_text("1500 / 1500")
    send(page, "You <b>idiot</b>.")
    expect(counter).to_have_text("1483 / 1500")
    expect(page.get_by_role("status").filter(has_text=WORDS["reject"])).to_be_visible()
    expect(result).to_have_attribute("data-kind", "reject")
    assert result.locator("p").all_inner_texts() == [WORDS["insult"], WORDS["marked"]]
    assert result.locator("mark").all_inner_texts() == ["idiot"]
    asked, answer = heard(page, "checking", "answer")
    assert asked == {"comment": "You <b>idiot</b>."}
    assert answer["kind"] == "reject"
    assert answer["answer"]["reasons"][0]["attribute"] == "insult"
    assert site[0].sent == []
    with page.expect_navigation(url="**/comments"):
        send(page, "Thank you.\nReally.")
    expect(page).to_have_title("Taken")
    assert site[0].sent == [{**FIELDS, "comment": "Thank you.\r\nReally."}]
    assert site[0].found == ["accept"]


@pytest.mark.parametrize("failure", ["away", "failing"])
def test_where_the_service_is_away_the_comment_is_held_and_goes_on_to_the_site(
    page: Page, site: tuple[Site, str], failure: str
) -> None:
    def answer(route: Route) -> None:
        if failure == "away":
            route.abort()
        else:
            route.fulfill(status=503, json={"status": 503, "detail": "a"})

    page.route(ASKED, answer)
    assert_held(page, site[0])


def test_an_origin_that_may_not_ask_holds_the_comment_and_sends_it_on_to_the_site(
    page: Page, site: tuple[Site, str], moderator: Moderator
) -> None:
    settings = Settings(origins=("https://other.example",))
    allowed = site[0].service
    with serve_app(create_app(moderator, settings)) as site[0].service:
        page.goto(site[1])
        page.evaluate(LISTEN)
        expect(page.locator("[data-moderate-counter]")).to_have_count(1)
        assert_held(page, site[0])
        page.goto("about:blank")
    site[0].service = allowed


def assert_held(page: Page, site: Site) -> None:
    """Assert that a comment is held, and is the site's to check."""
    with page.expect_navigation(url="**/comments"):
        send(page, "You idiot.")
    told = page.evaluate("JSON.parse(sessionStorage.getItem('heard'))")
    assert told == [{"comment": "You idiot."}, {"kind": "held", "answer": None}]
    assert site.sent == [{**FIELDS, "comment": "You idiot."}]
    # From server to server, which needs no origin.
    assert site.found == ["reject"]


def test_the_listeners_of_the_site_hear_of_a_form_after_the_check_and_once(
    page: Page, site: tuple[Site, str]
) -> None:
    page.locator("form").evaluate(SEND)
    send(page, "You idiot.")
    heard(page, "checking", "answer")
    waiting: list[Route] = []
    page.route(ASKED, lambda route: waiting.append(route))  # noqa: PLW0108 - it sets an attribute
    send(page, "This is silly.")
    expect(page.locator("[data-kind=checking]")).to_have_text(WORDS["checking"])
    page.get_by_role("button", name="Send").click()
    waiting[0].continue_()
    [_, answer, submitter] = heard(page, "checking", "answer", "submit")
    assert answer["kind"] == "flag"
    assert submitter == "publish"
    assert len(waiting) == 1
    # What the form was sent on with is the site's to answer.
    assert page.locator("[data-moderate-result]").inner_text() == ""
    assert page.get_by_label("Comment").input_value() == "This is silly."
    assert site[0].sent == []


def test_a_site_may_take_over_at_each_event(page: Page, site: tuple[Site, str]) -> None:
    asked: list[str] = []
    page.on("request", lambda request: asked.append(request.url))
    form = page.locator("form")
    form.evaluate(CANCEL, "moderate:answer")
    for comment, kind in [("You idiot.", "reject"), ("Thank you.", "accept")]:
        send(page, comment)
        assert heard(page, "checking", "answer")[1]["kind"] == kind
        assert page.locator("[data-moderate-result]").inner_text() == ""
        expect(page.get_by_label("Comment")).to_be_editable()
    form.evaluate(CANCEL, "moderate:checking")
    asked.clear()
    send(page, "Thank you.")
    assert heard(page, "checking") == [{"comment": "Thank you."}]
    assert asked == []
    assert site[0].sent == []


def test_a_later_form_has_its_own_words_policy_language_and_parts(
    page: Page, site: tuple[Site, str]
) -> None:
    script = f"{site[0].service}/static/moderate.js"
    page.evaluate(SECOND, script)
    second = page.locator("#second")
    result = second.locator("[data-moderate-result]")
    comment = second.get_by_label("This", exact=True)
    expect(second.locator("[data-moderate-counter]")).to_have_text("20 / 20")
    comment.fill("idiot")
    with page.expect_request(ASKED) as sent:
        second.get_by_role("button").click()
    assert sent.value.post_data == "comment=idiot&explain=true&policy=short&language=en"
    expect(result.locator("strong")).to_have_text("Refusé.")
    assert result.locator("p").all_inner_texts() == ["Insultant : 5/20", WORDS["marked"]]
    comment.fill("Hello.")
    second.get_by_role("button").click()
    expect(result).to_have_text(WORDS["accept"])
    # The first is as it was.
    first = page.locator("form:not(#second)")
    expect(first.locator("[data-moderate-counter]")).to_have_text("1500 / 1500")
    send(page, "You idiot.")
    expect(first.locator("strong")).to_have_text(WORDS["reject"])
    expect(result).to_have_text(WORDS["accept"])
    # Nor is it asked about by each module in turn.
    page.evaluate(FORGET)
    first.evaluate(SEND)
    send(page, "Thank you.")
    heard(page, "checking", "answer", "submit")
    exported = "async (script) => Object.keys(await import(script)).sort()"
    assert page.evaluate(exported, script) == ["moderate", "utf16Length", "words"]


def test_a_copy_of_a_form_is_asked_about_in_the_copy_and_once(
    page: Page, site: tuple[Site, str]
) -> None:
    page.evaluate(COPY, f"{site[0].service}/static/moderate.js")
    copy = page.locator("#copy")
    copy.locator("[name=name]").fill("Ann")
    copy.locator("textarea").fill("You idiot.")
    expect(copy.locator("[data-moderate-counter]")).to_have_text("1490 / 1500")
    copy.get_by_role("button").click()
    expect(copy.locator("[data-moderate-result] strong")).to_have_text(WORDS["reject"])
    assert len(heard(page, "checking", "answer")) == 2
    assert page.locator("form:not(#copy) [data-moderate-result]").inner_text() == ""


def test_a_form_goes_on_although_its_button_has_gone(page: Page, site: tuple[Site, str]) -> None:
    page.locator("form").evaluate(SEND)
    page.evaluate("""addEventListener("moderate:checking", (event) => {
        event.target.querySelector("button").remove();
    })""")
    send(page, "Thank you.")
    assert heard(page, "checking", "answer", "submit")[2] is None
    assert site[0].sent == []


def test_the_script_finds_a_service_below_a_path(moderator: Moderator, tab: Page) -> None:
    site = Site()
    service = create_app(moderator, Settings())
    site.app.wsgi_app = DispatcherMiddleware(  # type: ignore[method-assign] # as Flask's manual has it
        site.app.wsgi_app, {"/moderation": service}
    )
    with serve_app(site.app) as own:
        site.service = f"{own}/moderation"
        tab.goto(own)
        expect(tab.locator("[data-moderate-counter]")).to_have_text("1500 / 1500")
        send(tab, "You idiot.")
        expect(tab.locator("[data-moderate-result] strong")).to_have_text(WORDS["reject"])
        tab.goto("about:blank")
