"""The model's pages in a browser: small, steady, and their figures drawn."""

from collections.abc import Iterator

import pytest
from accessibility import find_violations, load_axe
from browsing import Visit, serve_app, watch
from playwright.sync_api import Page, Response

from service.app import create_app
from service.loading import load_moderator
from service.settings import Settings

LIMIT = 60_000
SHIFTS = """() => new Promise((resolve) => {
  let sum = 0
  new PerformanceObserver((list) => {
    for (const { value } of list.getEntries()) sum += value
  }).observe({ type: "layout-shift", buffered: true })
  requestAnimationFrame(() => requestAnimationFrame(() => resolve(sum)))
})"""
COLOURS = """(image) => {
  const canvas = Object.assign(document.createElement("canvas"), { width: 720, height: 340 })
  const pen = canvas.getContext("2d")
  pen.drawImage(image, 0, 0)
  const { data } = pen.getImageData(0, 0, 720, 340)
  const found = new Set()
  for (let at = 0; at < data.length; at += 4) found.add([...data.slice(at, at + 4)].join())
  return [...found]
}"""


@pytest.fixture(scope="module")
def served() -> Iterator[str]:
    """Serve the shipped model, whose card is written."""
    with serve_app(create_app(load_moderator(Settings()), Settings())) as address:
        yield address


def load_figures(page: Page) -> None:
    """Scroll to every figure, and wait until it is there."""
    for image in page.locator("img").all():
        image.scroll_into_view_if_needed()
        image.evaluate("(image) => image.decode()")


@pytest.mark.parametrize(
    ("path", "width", "scheme"),
    [
        ("/model", 320, "dark"),
        ("/model", 1280, "light"),
        ("/model/report", 320, "light"),
        ("/model/experiments", 1280, "dark"),
    ],
)
def test_a_page_of_the_model_is_small_steady_and_accessible(
    served: str, visit: Visit, path: str, width: int, scheme: str
) -> None:
    options = {"viewport": {"width": width, "height": 700}, "color_scheme": scheme}
    with visit("about:blank", **options) as page:
        found = watch(page, served)
        loaded: list[Response] = []
        page.on("response", lambda response: loaded.append(response))  # noqa: PLW0108 - a builtin is no handler
        page.goto(served + path)
        load_figures(page)
        assert sum(len(response.body()) for response in loaded) < LIMIT
        assert page.evaluate(SHIFTS) == 0
        assert page.evaluate("() => document.documentElement.scrollWidth") <= width
        assert find_violations(page, load_axe()) == []
        assert found == []


def test_a_figure_shows_its_colours_under_our_policy(served: str, visit: Visit) -> None:
    with visit(f"{served}/model") as page:
        load_figures(page)
        colours = page.locator("img").first.evaluate(COLOURS)
        assert {"0,114,178,255", "192,79,0,255", "255,255,255,255"} <= set(colours)
        found = watch(page, served)
        page.goto(f"{served}/model/plots/curves.svg")
        assert found == []


def test_a_wide_table_is_scrolled_by_keyboard_in_its_box(served: str, visit: Visit) -> None:
    with visit(f"{served}/model", viewport={"width": 320, "height": 700}) as page:
        box = page.get_by_role("region", name="Table 2: What it was trained on")
        box.focus()
        page.keyboard.press("End")
        page.keyboard.press("ArrowRight")
        page.wait_for_function("(box) => box.scrollLeft > 0", arg=box.element_handle())
        assert page.evaluate("() => window.scrollX") == 0
