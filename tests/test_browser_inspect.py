"""The moderator's view in a browser: the script, the slider, and what is seen of tricks."""

from collections.abc import Iterator

import pytest
from browsing import Visit, serve_app, watch
from playwright.sync_api import Browser, Page, expect
from stubs import BrokenScorer

from service.app import create_app
from service.loading import load_moderator
from service.moderation import Moderator
from service.policy import Policy
from service.settings import Settings

RUDE = "You pathetic idiot, nobody asked you."
OVERFLOW = "document.documentElement.scrollWidth"
OPEN_ALL = "document.querySelectorAll('details').forEach((each) => { each.open = true; })"
PLACES = """[...document.querySelectorAll('main > *, section > :not(.text)')]
    .map((each) => each.getBoundingClientRect().x)"""


@pytest.fixture(scope="module")
def view(browser: Browser) -> Iterator[str]:
    """Serve the shipped model and return the address of the view."""
    assert browser.is_connected()
    settings = Settings()
    with serve_app(create_app(load_moderator(settings), settings)) as address:
        yield f"{address}/inspect"


def inspect(page: Page, comment: str) -> None:
    """Send the form, and wait for the answer."""
    page.get_by_label("Comment", exact=True).fill(comment)
    page.locator("#inspect").get_by_role("button", name="Inspect").click()
    expect(page.locator("#inspect")).not_to_have_attribute("aria-busy", "true")
    expect(page.locator("#inspection .headline")).to_be_visible()


def test_a_comment_is_inspected_without_loading_a_page_and_the_decision_is_announced(
    browser: Browser, view: str
) -> None:
    with browser.new_context() as context:
        page = context.new_page()
        found = watch(page, view.removesuffix("/inspect"))
        page.goto(view)
        loads: list[str] = []
        page.on("framenavigated", lambda frame: loads.append(frame.url))
        inspect(page, RUDE)
        expect(page.locator("#said")).to_have_text("Reject: it is not published")
        expect(page.locator("details[open] .name")).to_have_text("toxicity")
        expect(page.locator("details[open] .text")).to_have_text(RUDE)
        expect(page.locator("details[open] .u4")).to_have_text(["pathetic", "idiot"])
        expect(page.get_by_label("Comment", exact=True)).to_have_value(RUDE)
        inspect(page, "Thank you for this report.")
        expect(page.locator("#said")).to_have_text("Accept: it is published")
        assert (loads, found) == ([], [])


def test_the_slider_shows_what_each_threshold_does_and_works_by_keyboard(
    visit: Visit, view: str
) -> None:
    with visit(view) as page:
        inspect(page, RUDE)
        slider, outcome = page.locator("#dial"), page.locator("[data-figure=outcome]")
        expect(slider).to_have_attribute(
            "aria-valuetext",
            "0.561435: precision 77.9 %, recall 75.4 %, 9.3 % of all comments",
        )
        expect(page.locator("[data-figure=basis]")).to_contain_text("6,606 comments, 1,167 of them")
        slider.focus()
        page.keyboard.press("ArrowRight")
        higher = float(page.locator("[data-figure=threshold]").inner_text())
        assert 0.561435 < higher < 0.984764
        page.get_by_role("button", name="To the reject threshold").click()
        expect(page.locator("[data-figure=threshold]")).to_have_text("0.984764")
        expect(page.locator("[data-figure=precision]")).to_have_text("98 %")
        expect(outcome).to_contain_text("rejected")
        page.get_by_label("Attribute").select_option("identity_attack")
        expect(page.locator("[data-figure=threshold]")).to_have_text("0.803194")
        expect(outcome).to_contain_text("identity attack alone would have the comment")
        expect(outcome).to_contain_text("accepted")
        slider.focus()
        page.keyboard.press("Home")
        expect(page.locator("[data-figure=share]")).to_have_text("100 %")
        expect(outcome).to_contain_text("flagged")
        page.get_by_label("Attribute").select_option("severe_toxicity")
        expect(page.get_by_role("button", name="To the flag threshold")).to_be_disabled()
        expect(page.locator("[data-figure=basis]")).to_contain_text("with severe toxicity")


def test_another_policy_is_a_click_away_and_whoever_uses_the_keyboard_keeps_the_place(
    visit: Visit, view: str
) -> None:
    with visit(view) as page:
        inspect(page, RUDE)
        page.get_by_role("button", name="Inspect under strict").focus()
        page.keyboard.press("Enter")
        expect(page.locator("#inspection")).to_have_attribute("data-policy", "strict")
        expect(page.locator("#decision")).to_be_focused()
        expect(page.get_by_label("Policy", exact=True)).to_have_value("strict")
        expect(page.locator("[data-figure=threshold]")).to_have_text("0.218949")
        expect(page.get_by_role("button", name="Inspect under default")).to_be_visible()


def test_without_javascript_the_same_is_shown_and_the_slider_is_not_there(
    visit: Visit, view: str
) -> None:
    shown = []
    for enabled in (True, False):
        with visit(view, java_script_enabled=enabled) as page:
            inspect(page, RUDE)
            shown.append([section.inner_text() for section in page.locator("section").all()[:4]])
            expect(page.locator(".dial")).to_be_visible(visible=enabled)
            expect(page.get_by_label("Thresholds of this policy")).to_contain_text("0.561435")
    assert shown[0] == shown[1]
    assert len(shown[0]) == 4


def test_when_the_service_is_away_or_fails_what_was_typed_stays(
    visit: Visit, view: str, policy: Policy
) -> None:
    with visit(view) as page:
        inspect(page, "Thank you.")
        page.route("**/inspect", lambda route: route.abort(), times=1)
        inspect(page, RUDE)
        expect(page.locator("#away")).to_be_visible()
        expect(page.locator("#said")).to_contain_text("could not be reached")
        expect(page.get_by_label("Comment", exact=True)).to_have_value(RUDE)
        page.route("**/inspect", lambda route: route.fulfill(status=502, body="<h1>Bad"), times=1)
        inspect(page, RUDE)
        expect(page.locator("#away")).to_be_visible()
        page.route("**/operating-points**", lambda route: route.abort())
        inspect(page, RUDE)
        expect(page.locator("#away")).to_be_hidden()
        expect(page.locator("[data-figure=basis]")).to_have_text(
            "The figures could not be fetched."
        )
        expect(page.locator("#dial")).to_be_disabled()
    broken = Moderator({"en": BrokenScorer()}, {policy.name: policy})
    with serve_app(create_app(broken, Settings())) as address, visit(f"{address}/inspect") as page:
        inspect(page, RUDE)
        expect(page.locator("#said")).to_have_text("The service failed, and nothing was decided.")
        expect(page.get_by_label("Comment", exact=True)).to_have_value(RUDE)


def test_a_trick_is_seen_and_moves_nothing_but_itself(visit: Visit, view: str) -> None:
    with visit(view, viewport={"width": 320, "height": 700}) as page:
        places = []
        for trick in ("", "\u202e"):
            inspect(page, f"{trick}You pathetic idiot, <b>nobody</b> asked you.\n\nReally.")
            page.evaluate(OPEN_ALL)
            places.append(page.evaluate(PLACES))
        assert places[0] == places[1]
        box = page.locator("details .text abbr").first
        expect(box).to_have_text("U+202E")
        expect(box).to_have_attribute("title", "RIGHT-TO-LEFT OVERRIDE")
        first = page.locator("details .text").first
        assert first.inner_text().endswith("<b>nobody</b> asked you.\n\nReally.")


@pytest.mark.parametrize("width", [320, 1280])
def test_the_view_fits_its_window_and_shows_right_to_left_text_from_the_right(
    visit: Visit, view: str, width: int
) -> None:
    with visit(view, viewport={"width": width, "height": 800}, color_scheme="dark") as page:
        inspect(page, "אידיוט idiot " + "x" * 400)
        page.evaluate(OPEN_ALL)
        assert page.evaluate(OVERFLOW) <= width
        direction = "(element) => getComputedStyle(element).direction"
        assert page.locator(".text").first.evaluate(direction) == "rtl"
        assert page.locator("main").evaluate(direction) == "ltr"
