"""What holds on every page, whatever it shows: at each width, in both colours, for everybody."""

import json
from collections.abc import Callable, Iterator
from itertools import product
from typing import Literal

import pytest
from accessibility import find_unseen_focus, find_violations, load_axe
from browsing import watch
from flask import Flask
from playwright.sync_api import Browser, Page, Request, Route, expect
from posting import SENT, load, run

from service.pages.headers import SECURITY_HEADERS

REJECTED = "You pathetic idiot, nobody asked you."
COMMENTS = [
    "Thank you for this report.",
    "\u042d\u0442\u043e \u0445\u043e\u0440\u043e\u0448\u0438\u0439 \u043e\u0442\u0447\u0451\u0442.",
    "a" * 1501,
    "\u05d0\u05ea\u05d4 you \u202epathetic <b>idiot</b>\n" + "idiot" * 60,
]
SCHEMES: tuple[Literal["light", "dark"], ...] = ("light", "dark")
WIDTHS = (1280, 320)
MAX_BYTES = 60_000
ADD_SCRIPT = """() => {
    const script = document.createElement("script");
    script.append("window.ran = true");
    document.body.append(script);
}"""
MAKE_MARKUP = """() => {
    try { document.createElement("p").innerHTML = "<b>x</b>"; return true; } catch { return false; }
}"""
# Nobody touches anything here, so whatever moves counts. It is known a frame later.
WATCH_SHIFTS = """() => {
    const entries = [];
    const observer = new PerformanceObserver((list) => entries.push(...list.getEntries()));
    observer.observe({ type: "layout-shift" });
    window.takeShift = async () => {
        await new Promise(requestAnimationFrame);
        await new Promise(requestAnimationFrame);
        entries.push(...observer.takeRecords());
        return entries.splice(0).reduce((sum, { value }) => sum + value, 0);
    };
}"""


def answer_with(
    document: dict[str, object], media_type: str = "application/json"
) -> Callable[[Route], None]:
    """Return what answers requests in the place of the service."""

    def answer(route: Route) -> None:
        route.fulfill(body=json.dumps(document), content_type=media_type)

    return answer


def show_answers(page: Page) -> Iterator[None]:
    """Show each kind of answer to the form."""
    yield
    for comment in COMMENTS:
        run(page, SENT["/"], [comment])
        yield
    problem: dict[str, object] = {"status": 422, "detail": "It was wrong."}
    for answer in (problem, {}):
        page.route("**/v1/moderate", answer_with(answer))
        run(page, SENT["/"], [REJECTED])
        yield
    load(page, REJECTED)
    yield


def show_inspections(page: Page) -> Iterator[None]:
    """Show what a moderator is told."""
    yield
    for comment in COMMENTS[1:]:
        run(page, SENT["/inspect"], [comment])
        yield
    page.route("**/inspect", answer_with({}, "text/html"))
    page.get_by_role("button", name="Inspect", exact=True).first.click()
    expect(page.locator("#away")).to_be_visible()
    yield
    page.unroute_all()
    load(page, REJECTED)
    expect(page.locator("#dial")).to_be_enabled()
    yield


def show_document(page: Page) -> Iterator[None]:
    """Show a document, with the figures that are out of sight."""
    page.evaluate("for (const image of document.images) image.loading = 'eager'")
    page.evaluate("() => Promise.all([...document.images].map((image) => image.decode()))")
    yield


def show_reference(page: Page) -> Iterator[None]:
    """Show the operations; what they open into has a module of its own."""
    expect(page.locator(".opblock")).not_to_have_count(0)
    yield


PAGES: dict[str, Callable[[Page], Iterator[None]]] = {
    "/": show_answers,
    "/inspect": show_inspections,
    "/model": show_document,
    "/model/report": show_document,
    "/model/experiments": show_document,
    "/docs": show_reference,
}


@pytest.fixture
def page(browser: Browser, base: str) -> Iterator[Page]:
    """Return a page that says nothing on the console and asks no other host."""
    with browser.new_context(reduced_motion="reduce") as context:
        context.set_default_timeout(10_000)
        page = context.new_page()
        found = watch(page, base)
        yield page
        assert found == []


def test_no_page_is_left_out_here(app: Flask) -> None:
    client = app.test_client()
    addresses = {
        rule.rule
        for rule in app.url_map.iter_rules()
        if rule.endpoint.startswith("pages.") and not rule.arguments
    }
    found = {address for address in addresses if client.get(address).mimetype == "text/html"}
    assert found <= set(PAGES)


@pytest.mark.parametrize("path", PAGES)
def test_whatever_a_page_shows_is_accessible_and_fits_its_window(
    page: Page, base: str, path: str
) -> None:
    axe = load_axe()
    page.goto(base + path)
    for _ in PAGES[path](page):
        for width, scheme in product(WIDTHS, SCHEMES):
            page.set_viewport_size({"width": width, "height": 800})
            page.emulate_media(color_scheme=scheme, reduced_motion="reduce")
            assert find_violations(page, axe) == []
            assert page.evaluate("document.documentElement.scrollWidth") <= width
    assert page.locator("h1").count() == 1


@pytest.mark.parametrize("path", PAGES)
def test_a_page_is_light_and_carries_its_headers(page: Page, base: str, path: str) -> None:
    sent: list[Request] = []

    def keep(request: Request) -> None:
        sent.append(request)

    page.on("requestfinished", keep)
    response = page.goto(base + path)
    assert response
    assert {name.lower() for name in SECURITY_HEADERS} <= response.headers.keys()
    for _ in PAGES[path](page):
        pass
    # What was loaded before is not sent again. Another may finish while sizes are asked for.
    finished = list(sent)
    weights = dict.fromkeys((request.url for request in finished), 0)
    for request in finished:
        size = request.sizes()["responseBodySize"]
        weights[request.url] = max(size, weights[request.url])
    assert base + path in weights
    # Swagger UI alone has over a megabyte: it is loaded by developers, and by no reader.
    assert path == "/docs" or sum(weights.values()) < MAX_BYTES, weights


@pytest.mark.parametrize("path", PAGES)
def test_the_focus_is_seen_wherever_it_is(page: Page, base: str, path: str) -> None:
    page.goto(base + path)
    for _ in PAGES[path](page):
        pass
    assert find_unseen_focus(page) == []


@pytest.mark.parametrize("path", PAGES)
def test_what_a_script_would_add_is_blocked(browser: Browser, base: str, path: str) -> None:
    with browser.new_context() as context:
        page = context.new_page()
        page.goto(base + path)
        with page.expect_console_message() as said:
            page.evaluate(ADD_SCRIPT)
        assert "The action has been blocked." in said.value.text
        assert page.evaluate("window.ran") is None
        assert page.evaluate(MAKE_MARKUP) == (path == "/docs")


def test_nothing_moves_when_an_inspection_arrives(page: Page, base: str) -> None:
    page.goto(f"{base}/inspect")
    page.evaluate(WATCH_SHIFTS)
    page.evaluate("() => document.querySelector('main').prepend('x')")
    assert page.evaluate("window.takeShift()") > 0
    run(page, SENT["/inspect"], [REJECTED])
    expect(page.locator("#dial")).to_be_enabled()
    assert page.evaluate("window.takeShift()") == 0
