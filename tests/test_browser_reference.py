"""The reference in a browser: what Swagger UI shows, does, and asks for."""

from collections.abc import Iterator

import pytest
from accessibility import find_unseen_focus, find_violations, load_axe
from browsing import watch
from playwright.sync_api import Browser, BrowserContext, Locator, Page, expect

MODERATE = "[id$=-moderate].opblock"


@pytest.fixture
def context(browser: Browser) -> Iterator[BrowserContext]:
    """Return a browser of somebody who wants nothing to move: nor does axe-core."""
    with browser.new_context(reduced_motion="reduce") as context:
        context.set_default_timeout(10_000)
        yield context


@pytest.fixture
def page(context: BrowserContext) -> Page:
    """Return a page that shows nothing yet."""
    return context.new_page()


def open_operation(page: Page, name: str) -> Locator:
    """Open an operation, ready to be tried out."""
    block = page.locator(f"[id$=-{name}].opblock")
    block.locator(".opblock-summary-control").click()
    block.get_by_role("button", name="Try it out").click()
    return block


def execute(block: Locator) -> None:
    """Send the request and wait for the answer."""
    block.get_by_role("button", name="Execute").click()
    expect(block.locator(".live-responses-table")).to_be_visible()


def test_the_reference_shows_every_operation_and_sends_requests_to_this_host_alone(
    page: Page, address: str
) -> None:
    found = watch(page, address)
    page.goto(f"{address}/docs")
    document = page.request.get(f"{address}/openapi.json").json()
    operations = [name for path in document["paths"].values() for name in path]
    expect(page.locator(".opblock")).to_have_count(len(operations))
    for path in document["paths"]:
        expect(page.locator(f'.opblock [data-path="{path}"]')).to_have_count(1)
    assert page.get_by_role("heading", level=1).all_inner_texts() == ["API reference"]
    block = open_operation(page, "moderate")
    block.get_by_label("Request body").fill('{"comment": "You idiot."}')
    execute(block)
    expect(block.locator(".live-responses-table")).to_contain_text('"reject"')
    assert found == []


def test_the_reference_is_accessible_whatever_is_open(page: Page, address: str) -> None:
    axe = load_axe()
    page.goto(f"{address}/docs")
    block = open_operation(page, "moderate")
    execute(block)
    execute(open_operation(page, "policy"))
    block.get_by_role("tab", name="Schema").last.click()
    page.get_by_role("button", name="Schemas").click()
    page.get_by_role("button", name="Problem", exact=True).last.click()
    assert find_unseen_focus(page) == []
    media_type = block.locator("select").first
    for scheme, width, kind in (
        ("light", 1280, "application/json"),
        ("dark", 320, "application/json"),
        ("light", 320, "multipart/form-data"),
    ):
        page.emulate_media(color_scheme=scheme, reduced_motion="reduce")  # type: ignore[arg-type]
        page.set_viewport_size({"width": width, "height": 800})
        media_type.select_option(kind)
        assert find_violations(page, axe) == []
        assert page.evaluate("document.documentElement.scrollWidth") <= width
    expect(block.get_by_label("language")).to_be_visible()


def test_a_form_is_tried_out_too(page: Page, address: str) -> None:
    page.goto(f"{address}/docs")
    block = open_operation(page, "moderate")
    block.locator("select").first.select_option("application/x-www-form-urlencoded")
    block.get_by_label("comment").fill("You idiot.")
    execute(block)
    expect(block.locator(".live-responses-table")).to_contain_text('"reject"')


def test_an_operation_is_opened_by_keyboard_and_by_its_address(page: Page, address: str) -> None:
    page.goto(f"{address}/docs")
    page.locator(f"{MODERATE} .opblock-summary-control").focus()
    page.keyboard.press("Enter")
    body = page.locator(f"{MODERATE} .opblock-body")
    expect(body).to_be_visible()
    opened = page.url
    assert opened.endswith("/moderate")
    page.goto("about:blank")
    page.goto(opened)
    expect(body).to_be_visible()


def test_a_document_that_cannot_be_fetched_is_said_to_be(page: Page, address: str) -> None:
    page.route("**/openapi.json", lambda route: route.abort())
    page.goto(f"{address}/docs")
    expect(page.locator("#reference")).to_contain_text("Failed to fetch")
    expect(page.locator(".opblock")).to_have_count(0)


def test_without_javascript_the_document_is_a_link_away(browser: Browser, address: str) -> None:
    with browser.new_context(java_script_enabled=False) as context:
        page = context.new_page()
        page.goto(f"{address}/docs")
        page.get_by_role("link", name="openapi.json").click()
        assert page.url == f"{address}/openapi.json"
