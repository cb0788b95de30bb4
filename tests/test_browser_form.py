"""The form in a browser: with its script and without it."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from browsing import Visit, serve_app, watch
from playwright.sync_api import Browser, Page, Response, Route, expect
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
# With the pieces that are marked in the answer.
COMMENTS = [
    ("Thank you for this report.", "accept", []),
    ("This is silly.", "flag", ["silly"]),
    ("Это хороший отчёт.", "flag", []),
    ("You rude idiot, I will hurt you.", "reject", ["rude", "idiot", "hurt"]),
    ("A grumpy <b>idiot</b>.\n\nAn idiot \U0001f600\u202e is an idiot!", "reject", ["idiot"] * 3),
    (" \u200b ", "reject", []),
    ("a" * 1501, "reject", []),
]
ANSWER = "**/v1/moderate"


@pytest.fixture(scope="module")
def tab(browser: Browser) -> Iterator[Page]:
    """Open a tab, which a visit takes longer for than a test does."""
    with browser.new_context() as context:
        context.set_default_timeout(10_000)
        yield context.new_page()


@pytest.fixture
def form(tab: Page, address: str) -> Iterator[Page]:
    """Open the form anew: a reload would keep what was typed."""
    tab.goto("about:blank")
    tab.goto(address)
    yield tab
    tab.unroute_all()


def send(page: Page, comment: str) -> None:
    """Fill in the form and send it."""
    page.get_by_label("Name").fill("Ann")
    page.get_by_label("Comment").fill(comment)
    page.get_by_role("button", name="Send comment").click()


def post(page: Page, comment: str) -> None:
    """Fill in the form and send it where there is no script, so that a page is loaded."""
    with page.expect_navigation():
        send(page, comment)


def result(page: Page) -> list[str]:
    """Return the sentences of the result, once there is one."""
    expect(page.locator("#result:not([data-kind=checking]) > strong")).to_have_count(1)
    return page.locator("#result > :is(strong, p)").all_inner_texts()


def test_the_functions_and_the_counter_give_every_vector_its_length(form: Page) -> None:
    set_value = "(text) => { comment.value = text; return comment.value.length; }"
    counted = """(text) => {
        comment.value = text;
        comment.dispatchEvent(new Event("input"));
        return 1500 - parseInt(document.querySelector("#counter").textContent);
    }"""
    for length in ("utf16Length", set_value, counted):
        assert form.evaluate(OVER_VECTORS.format(length=length), VECTORS_JSON) == LENGTHS


def test_the_counter_counts_down_as_one_types(form: Page) -> None:
    counter = form.locator("#counter")
    expect(counter).to_have_text("1500 / 1500")
    form.get_by_label("Comment").press_sequentially("Hello")
    expect(counter).to_have_text("1495 / 1500")
    form.get_by_label("Comment").press("Backspace")
    expect(counter).to_have_text("1496 / 1500")
    form.get_by_label("Comment").press("Enter")
    expect(counter).to_have_text("1495 / 1500")
    form.evaluate("document.querySelector('form').reset()")
    expect(counter).to_have_text("1500 / 1500")


def test_an_emoji_on_the_limit_counts_as_the_two_units_that_it_is(form: Page) -> None:
    comment, counter = form.get_by_label("Comment"), form.locator("#counter")
    for letters, left in [(1497, 1), (1498, 0), (1499, -1)]:
        comment.fill("a" * letters)
        comment.press("End")
        form.keyboard.insert_text("\U0001f600")
        expect(counter).to_have_text(f"{left} / 1500")
        assert comment.get_attribute("aria-invalid") == str(left < 0).lower()


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


def test_the_limit_is_announced_when_it_is_crossed_and_not_at_each_key(form: Page) -> None:
    form.evaluate("""() => {
        window.said = [];
        const notice = document.querySelector("[data-moderate-notice]");
        new MutationObserver(() => said.push(notice.textContent))
            .observe(notice, { childList: true, characterData: true, subtree: true });
    }""")
    comment = form.get_by_label("Comment")
    for letters in (1399, 1400, 1450, 1500, 1501, 1600, 1300):
        comment.fill("a" * letters)
    assert form.evaluate("said") == [WORDS["near"], WORDS["over"], ""]


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


def test_the_page_says_the_same_with_and_without_javascript(visit: Visit, address: str) -> None:
    said: dict[bool, list[str]] = {}
    for enabled, act in [(True, send), (False, post)]:
        said[enabled] = []
        with visit(address, java_script_enabled=enabled) as page:
            for comment, kind, marks in COMMENTS:
                act(page, comment)
                assert result(page)[0] == WORDS[kind]
                answer = page.locator("#result")
                assert answer.get_attribute("data-kind") == kind
                assert answer.locator("blockquote mark").all_inner_texts() == marks
                # Without JavaScript a browser sends CRLF, and the quote is of what was sent.
                quote = answer.locator("blockquote")
                assert quote.all_inner_texts() == ([comment] if marks else [])
                assert page.get_by_label("Comment").input_value() == comment
                assert page.get_by_label("Name").input_value() == "Ann"
                said[enabled].append(answer.inner_html())
    assert said[True] == said[False]


def test_the_script_has_the_words_of_the_server(form: Page) -> None:
    words = "async () => (await import('/static/moderate.js')).words"
    assert form.evaluate(words) == WORDS


def test_the_script_sends_the_comment_alone_and_loads_no_page(form: Page) -> None:
    loads: list[str] = []
    form.on("framenavigated", lambda frame: loads.append(frame.url))
    with form.expect_request(ANSWER) as sent:
        send(form, "Thank you.")
    assert sent.value.post_data == "comment=Thank+you.&explain=true&policy=&language="
    assert result(form) == [WORDS["accept"]]
    assert loads == []


def test_a_lone_surrogate_is_sent_and_answered(form: Page) -> None:
    form.get_by_label("Name").fill("Ann")
    form.locator("#comment").evaluate("(element) => { element.value = 'a\\ud83d idiot'; }")
    form.get_by_role("button").click()
    assert result(form)[0] == WORDS["reject"]
    assert form.locator("mark").all_inner_texts() == ["idiot"]


def test_without_javascript_line_breaks_and_markup_stay_as_typed(
    visit: Visit, address: str
) -> None:
    typed = "\n\n</textarea><b>&amp; two lines before\n"
    with visit(address, java_script_enabled=False) as page:
        for comment in (typed, "a\n" * 750):
            post(page, comment)
            assert result(page) == [WORDS["accept"]]
            assert page.get_by_label("Comment").input_value() == comment
        expect(page.locator("#counter")).to_have_text("0 / 1500")
        # And the browser has gone to the answer.
        assert page.url.endswith("/#result")


def test_line_breaks_on_the_limit_pass(form: Page) -> None:
    send(form, "a\n" * 750)
    assert result(form) == [WORDS["accept"]]
    expect(form.locator("#counter")).to_have_text("0 / 1500")


@pytest.mark.parametrize("enabled", [True, False])
def test_a_failing_model_holds_the_comment_and_keeps_the_text(
    visit: Visit, policy: Policy, *, enabled: bool
) -> None:
    app = create_app(Moderator({"en": BrokenScorer()}, {policy.name: policy}), Settings())
    with serve_app(app) as address, visit(address, java_script_enabled=enabled) as page:
        send(page, "Thank you.")
        assert result(page) == [WORDS["held"], WORDS["kept"]]
        assert page.get_by_label("Comment").input_value() == "Thank you."


def test_what_is_no_answer_of_the_services_is_never_taken_for_accepted(form: Page) -> None:
    texts = ["", "<html>", "null", "[]", "{}", '{"decision": "toString"}', '{"decision": "accept"}']
    answers: list[dict[str, Any]] = [
        *({"status": 200, "body": text} for text in texts),
        {"status": 200, "json": {"detail": "a", "decision": "problem"}},
        {"status": 404, "body": "<html>"},
        {"status": 403, "json": {"detail": ["a"], "status": "forbidden"}},
        {"status": 429, "json": {"status": 429, "detail": "a"}},
        {"status": 503, "json": {"status": 503, "detail": "a"}},
    ]

    def answer(route: Route) -> None:
        # The last of all: out of reach.
        if answers:
            route.fulfill(**answers.pop(0))
        else:
            route.abort()

    form.route(ANSWER, answer)
    for _ in range(len(answers) + 1):
        send(form, "Thank you.")
        assert result(form) == [WORDS["held"], WORDS["kept"]]
        assert form.get_by_label("Comment").input_value() == "Thank you."
        assert form.locator("#result").get_attribute("data-kind") == "held"
    assert answers == []
    form.unroute(ANSWER)
    form.get_by_role("button").click()
    expect(form.locator("#result")).to_have_text(WORDS["accept"])


def test_after_ten_seconds_without_an_answer_the_comment_is_held(form: Page) -> None:
    # The browser's clock, which has run out at once.
    form.evaluate("""AbortSignal.timeout = (limit) => {
        window.limit = limit;
        return AbortSignal.abort();
    }""")
    send(form, "Thank you.")
    assert result(form) == [WORDS["held"], WORDS["kept"]]
    assert form.evaluate("limit") == 10_000


def test_a_problem_is_shown_as_text(form: Page) -> None:
    problem = {"status": 413, "detail": "<b>Too large.</b>", "errors": [{"detail": "a"}]}
    form.route(ANSWER, lambda route: route.fulfill(status=413, json=problem))
    send(form, "Thank you.")
    assert result(form) == [WORDS["problem"], "<b>Too large.</b>", "a"]


def test_while_an_answer_is_awaited_it_is_not_asked_for_again_and_nothing_is_moved(
    visit: Visit, address: str
) -> None:
    waiting: list[Route] = []
    with visit(address, viewport={"width": 320, "height": 480}) as page:
        page.route(ANSWER, lambda route: waiting.append(route))  # noqa: PLW0108 - it sets an attribute
        page.evaluate("""() => {
            window.shifts = [];
            new PerformanceObserver((list) => shifts.push(...list.getEntries()))
                .observe({ type: "layout-shift", buffered: true });
        }""")
        send(page, "You rude idiot.")
        expect(page.locator("#result[data-kind=checking]")).to_have_text(WORDS["checking"])
        button = page.get_by_role("button")
        button.click()
        button.press("Enter")
        assert len(waiting) == 1
        expect(button).to_be_focused()
        # What is typed now would not be what was asked about.
        assert page.get_by_label("Comment").get_attribute("readonly") is not None
        # After half a second a browser no longer puts a shift down to the click.
        clicked = page.evaluate("performance.now()")
        page.wait_for_function("(clicked) => performance.now() - clicked > 600", arg=clicked)
        waiting[0].continue_()
        assert result(page)[0] == WORDS["reject"]
        assert page.locator("#result").evaluate("(element) => element.scrollHeight > 100")
        expect(button).to_be_focused()
        expect(page.get_by_label("Comment")).to_be_editable()
        page.evaluate("new Promise((done) => requestAnimationFrame(() => setTimeout(done)))")
        assert page.evaluate("shifts.filter((each) => !each.hadRecentInput).map(String)") == []


def test_a_button_has_an_edge_where_colours_are_forced(visit: Visit, address: str) -> None:
    with visit(address, forced_colors="active") as page:
        edge = page.get_by_role("button").evaluate(
            "(element) => [getComputedStyle(element).borderTopStyle,"
            " getComputedStyle(element).borderTopColor]"
        )
        assert edge[0] == "solid"
        assert edge[1] != page.evaluate("getComputedStyle(document.body).backgroundColor")


def test_an_empty_field_is_not_sent(form: Page) -> None:
    sent: list[str] = []
    form.on("request", lambda request: sent.append(request.method))
    form.get_by_label("Name").fill("Ann")
    form.get_by_role("button").click()
    expect(form.get_by_label("Comment")).to_be_focused()
    assert "POST" not in sent


def test_right_to_left_text_is_shown_from_the_right(form: Page) -> None:
    direction = "(element) => getComputedStyle(element).direction"
    for comment, expected in [("שלום idiot", "rtl"), ("Hello idiot", "ltr")]:
        send(form, comment)
        assert form.get_by_label("Comment").evaluate(direction) == expected
        assert result(form)[0] == WORDS["reject"]
        assert form.locator("blockquote").evaluate(direction) == expected


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
def test_the_form_fits_its_window_and_weighs_little(
    browser: Browser, address: str, width: int
) -> None:
    responses: list[Response] = []
    with browser.new_context(viewport={"width": width, "height": 640}) as context:
        page = context.new_page()
        found = watch(page, address)
        page.on("response", lambda response: responses.append(response))  # noqa: PLW0108 - the same
        page.goto(address)
        send(page, "You idiot. " + "a" * 1480)
        result(page)
        assert page.evaluate("document.documentElement.scrollWidth") <= width
        assert found == []
        weight = sum(response.request.sizes()["responseBodySize"] for response in responses)
        assert 5_000 < weight < 60_000
