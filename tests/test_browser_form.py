"""The pages in a browser: the script of the form, the form without it, the reference."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from browsing import Visit, serve_app, watch
from playwright.sync_api import Browser, Page, Route, expect
from stubs import BrokenScorer

from service.app import create_app
from service.moderation import Moderator
from service.pages.words import WORDS
from service.policy import Policy
from service.settings import Settings

VECTORS_JSON = Path(__file__).with_name("length_vectors.json").read_text(encoding="ascii")
VECTORS: list[dict[str, Any]] = json.loads(VECTORS_JSON)
LENGTHS = {vector["name"]: vector["length"] for vector in VECTORS}

# The vectors go in as JSON: a lone surrogate would not survive the way to the browser otherwise.
OVER_VECTORS = """async (source) => {{
    const {{ utf16Length }} = await import("/static/moderate.js");
    const comment = document.querySelector("#comment");
    const lengthOf = {length};
    return Object.fromEntries(JSON.parse(source).map(
        ({{ name, text, repeat }}) => [name, lengthOf(text.repeat(repeat ?? 1))]));
}}"""
COMMENTS = [
    ("Thank you for this report.", "accept"),
    ("This is silly.", "flag"),
    ("Это хороший отчёт.", "flag"),
    ("You rude idiot, I will hurt you.", "reject"),
    ("A grumpy idiot.", "reject"),
    (" \u200b ", "reject"),
    ("a" * 1501, "reject"),
]


@pytest.fixture
def form(visit: Visit, address: str) -> Iterator[Page]:
    """Open the form."""
    with visit(address) as page:
        yield page


def send(page: Page, comment: str) -> None:
    """Fill in the form and send it."""
    page.get_by_label("Name").fill("Ann")
    page.get_by_label("Comment").fill(comment)
    page.get_by_role("button", name="Send comment").click()


def result(page: Page) -> list[str]:
    """Return the sentences of the result, once there is one."""
    expect(page.locator("#result:not([data-kind=checking]) p")).not_to_have_count(0)
    return page.get_by_role("status").locator("p").all_inner_texts()


def test_the_function_of_the_form_gives_every_vector_its_length(form: Page) -> None:
    assert form.evaluate(OVER_VECTORS.format(length="utf16Length"), VECTORS_JSON) == LENGTHS


def test_a_textarea_gives_every_vector_its_length(form: Page) -> None:
    length = "(text) => { comment.value = text; return comment.value.length; }"
    assert form.evaluate(OVER_VECTORS.format(length=length), VECTORS_JSON) == LENGTHS


def test_the_counter_agrees_with_every_vector(form: Page) -> None:
    length = """(text) => {
        comment.value = text;
        comment.dispatchEvent(new Event("input"));
        return document.querySelector("#counter").textContent;
    }"""
    counters = form.evaluate(OVER_VECTORS.format(length=length), VECTORS_JSON)
    assert counters == {name: f"{1500 - length} / 1500" for name, length in LENGTHS.items()}


def test_the_counter_counts_down_as_one_types(form: Page) -> None:
    counter = form.locator("#counter")
    expect(counter).to_have_text("1500 / 1500")
    form.get_by_label("Comment").press_sequentially("Hello")
    expect(counter).to_have_text("1495 / 1500")
    form.get_by_label("Comment").press("Backspace")
    expect(counter).to_have_text("1496 / 1500")
    form.get_by_label("Comment").press("Enter")
    expect(counter).to_have_text("1495 / 1500")


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_the_counter_is_red_and_negative_over_the_limit(
    visit: Visit, address: str, scheme: str
) -> None:
    with visit(address, color_scheme=scheme) as page:
        counter, comment = page.locator("#counter"), page.get_by_label("Comment")
        comment.fill("a" * 1500)
        expect(counter).to_have_text("0 / 1500")
        calm = counter.evaluate("(element) => getComputedStyle(element).color")
        comment.fill("a" * 1502)
        expect(counter).to_have_text("-2 / 1500")
        alarmed = counter.evaluate("(element) => getComputedStyle(element).color")
        red, green, blue = map(int, alarmed.removeprefix("rgb(").rstrip(")").split(","))
        assert alarmed != calm
        assert red > green + 60
        assert red > blue + 60


def test_a_pasted_text_over_the_limit_is_refused_by_the_server_and_not_cut(
    visit: Visit, address: str
) -> None:
    permissions = ["clipboard-read", "clipboard-write"]
    with visit(address, permissions=permissions) as page:
        page.get_by_label("Name").fill("Ann")
        page.evaluate("(text) => navigator.clipboard.writeText(text)", "a" * 1501)
        page.get_by_label("Comment").press("Control+v")
        expect(page.locator("#counter")).to_have_text("-1 / 1500")
        page.get_by_role("button").click()
        assert result(page) == [WORDS["reject"], WORDS["too_long"].format(value=1501, limit=1500)]
        assert page.get_by_label("Comment").input_value() == "a" * 1501


@pytest.mark.parametrize(("comment", "kind"), COMMENTS)
def test_the_page_says_the_same_with_and_without_javascript(
    visit: Visit, address: str, comment: str, kind: str
) -> None:
    said = []
    for enabled in (True, False):
        with visit(address, java_script_enabled=enabled) as page:
            send(page, comment)
            said.append(result(page))
            assert page.get_by_role("status").get_attribute("data-kind") == kind
            assert page.get_by_label("Comment").input_value() == comment
            assert page.get_by_label("Name").input_value() == "Ann"
    assert said[0] == said[1]
    assert said[0][0] == WORDS[kind]


def test_the_script_sends_the_comment_alone_and_loads_no_page(form: Page) -> None:
    loads: list[str] = []
    form.on("framenavigated", lambda frame: loads.append(frame.url))
    with form.expect_request("**/v1/moderate") as sent:
        send(form, "Thank you.")
    assert sent.value.post_data_json == {"comment": "Thank you."}
    assert result(form) == [WORDS["accept"]]
    assert loads == []


def test_a_lone_surrogate_is_sent_and_answered(form: Page) -> None:
    form.get_by_label("Name").fill("Ann")
    form.locator("#comment").evaluate("(element) => { element.value = 'a\\ud83d'; }")
    form.get_by_role("button").click()
    assert result(form) == [WORDS["accept"]]


def test_line_breaks_on_the_limit_pass_with_and_without_javascript(
    visit: Visit, address: str
) -> None:
    for enabled in (True, False):
        with visit(address, java_script_enabled=enabled) as page:
            send(page, "a\n" * 750)
            assert result(page) == [WORDS["accept"]]
            expect(page.locator("#counter")).to_have_text("0 / 1500")


def test_without_javascript_the_answer_keeps_line_breaks_and_markup_as_typed(
    visit: Visit, address: str
) -> None:
    typed = "\n\n</textarea><b>&amp; two lines before\n"
    with visit(address, java_script_enabled=False) as page:
        send(page, typed)
        assert result(page) == [WORDS["accept"]]
        assert page.get_by_label("Comment").input_value() == typed


def test_a_service_out_of_reach_holds_the_comment_and_keeps_the_text(form: Page) -> None:
    form.route("**/v1/moderate", lambda route: route.abort())
    send(form, "Thank you.")
    assert result(form) == [WORDS["held"], WORDS["kept"]]
    assert form.get_by_label("Comment").input_value() == "Thank you."


@pytest.mark.parametrize("enabled", [True, False])
def test_a_failing_model_holds_the_comment_and_keeps_the_text(
    visit: Visit, policy: Policy, *, enabled: bool
) -> None:
    app = create_app(Moderator({"en": BrokenScorer()}, {policy.name: policy}), Settings())
    with serve_app(app) as address, visit(address, java_script_enabled=enabled) as page:
        send(page, "Thank you.")
        assert result(page) == [WORDS["held"], WORDS["kept"]]
        assert page.get_by_label("Comment").input_value() == "Thank you."


@pytest.mark.parametrize("body", ["", "<html>", "null", "[]", "{}", '{"decision": "toString"}'])
def test_an_answer_that_is_none_of_the_services_is_never_taken_for_accepted(
    form: Page, body: str
) -> None:
    def answer(route: Route) -> None:
        route.fulfill(status=200, content_type="application/json", body=body)

    form.route("**/v1/moderate", answer)
    send(form, "Thank you.")
    assert result(form) == [WORDS["held"], WORDS["kept"]]


def test_a_problem_is_shown_as_text(form: Page) -> None:
    problem = {"status": 413, "detail": "<b>Too large.</b>", "errors": [{"detail": "a"}]}
    form.route("**/v1/moderate", lambda route: route.fulfill(status=413, json=problem))
    send(form, "Thank you.")
    assert result(form) == [WORDS["problem"], "<b>Too large.</b>", "a"]


def test_after_a_failure_the_comment_can_be_sent_again(form: Page) -> None:
    form.route("**/v1/moderate", lambda route: route.abort(), times=1)
    send(form, "Thank you.")
    assert result(form)[0] == WORDS["held"]
    form.get_by_role("button").click()
    expect(form.get_by_role("status")).to_have_text(WORDS["accept"])


def test_an_empty_field_is_not_sent(form: Page) -> None:
    sent: list[str] = []
    form.on("request", lambda request: sent.append(request.method))
    form.get_by_label("Name").fill("Ann")
    form.get_by_role("button").click()
    expect(form.get_by_label("Comment")).to_be_focused()
    assert "POST" not in sent


def test_right_to_left_text_is_shown_from_the_right(form: Page) -> None:
    comment = form.get_by_label("Comment")
    direction = "(element) => getComputedStyle(element).direction"
    comment.fill("שלום")
    assert comment.evaluate(direction) == "rtl"
    comment.fill("Hello")
    assert comment.evaluate(direction) == "ltr"


def test_the_form_works_by_keyboard_in_the_order_of_the_page(form: Page) -> None:
    form.keyboard.press("Tab")
    form.keyboard.press("Enter")  # the link that skips to the content
    form.keyboard.press("Tab")
    form.keyboard.type("Ann")
    form.keyboard.press("Tab")
    form.keyboard.type("Thank you.")
    form.keyboard.press("Tab")
    form.keyboard.press("Enter")
    assert result(form) == [WORDS["accept"]]


@pytest.mark.parametrize("width", [320, 1280])
def test_the_form_fits_its_window(visit: Visit, address: str, width: int) -> None:
    with visit(address, viewport={"width": width, "height": 640}) as page:
        send(page, "a" * 1501)
        result(page)
        assert page.evaluate("document.documentElement.scrollWidth") <= width


def test_the_form_leaves_no_error_and_asks_no_other_host(browser: Browser, address: str) -> None:
    with browser.new_context() as context:
        page = context.new_page()
        found = watch(page, address)
        page.goto(address)
        send(page, "Thank you.")
        assert result(page) == [WORDS["accept"]]
        assert found == []


@pytest.mark.parametrize("path", ["/", "/docs"])
def test_an_inline_script_is_blocked_and_seen_to_be(
    browser: Browser, address: str, path: str
) -> None:
    with browser.new_context() as context:
        page = context.new_page()
        found = watch(page, address)
        page.goto(address + path)
        with page.expect_console_message():
            page.evaluate(
                "document.body.append(Object.assign(document.createElement('script'),"
                " { textContent: 'window.ran = true' }))"
            )
        assert "script-src 'self'" in found[0]
        assert page.evaluate("window.ran") is None


def test_the_reference_shows_every_operation_without_errors_or_other_hosts(
    browser: Browser, address: str
) -> None:
    with browser.new_context() as context:
        page = context.new_page()
        found = watch(page, address)
        page.goto(f"{address}/docs")
        document = page.request.get(f"{address}/openapi.json").json()
        operations = [name for path in document["paths"].values() for name in path]
        expect(page.locator(".opblock")).to_have_count(len(operations))
        for path in document["paths"]:
            expect(page.locator(f'.opblock [data-path="{path}"]')).to_have_count(1)
        page.locator("#operations-default-moderate .opblock-summary-control").click()
        page.get_by_role("button", name="Try it out").click()
        page.locator("#operations-default-moderate textarea").fill('{"comment": "You idiot."}')
        page.get_by_role("button", name="Execute").click()
        expect(page.locator(".live-responses-table")).to_contain_text('"reject"')
        assert found == []
