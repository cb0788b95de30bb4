"""The pictures of the pages in ``docs/images``: ``make screenshots`` makes them anew.

Here, since the tests have a server and a browser; and made up, like all examples.
"""

import sys
import tempfile
from collections.abc import Callable
from io import BytesIO
from pathlib import Path
from typing import Final, Literal, NamedTuple

import pytest
from browsing import open_browser
from PIL import Image
from playwright.sync_api import Browser, Page, expect
from serving import ROOT, serve

IMAGES: Final = ROOT / "docs" / "images"
MAX_BYTES: Final = 80_000

_INSULT: Final = "You pathetic idiot, nobody asked you."
_CRITIC: Final = (
    "The bridge is late again and costs twice what was promised.\n"
    "You pathetic idiots in the council call that a success?"
)
_DISGUISE: Final = "You path3tic 1d\u200biot, n0body asked you."
_THANKS: Final = "תודה על הכתבה, למדתי ממנה הרבה."
"""Thanks for the article."""


class Shot(NamedTuple):
    """A picture: what is looked at, how, and what is done first."""

    path: str
    prepare: Callable[[Page], None]
    width: int
    height: int
    scheme: Literal["light", "dark"] = "light"
    scale: float = 1


def _answer(comment: str) -> Callable[[Page], None]:
    def prepare(page: Page) -> None:
        page.get_by_label("Name").fill("Ann")
        page.get_by_label("Comment").fill(comment)
        page.get_by_role("button", name="Send comment").click()
        expect(page.locator("#result:not([data-kind=checking]) strong")).to_be_visible()

    return prepare


def _inspect(comment: str) -> Callable[[Page], None]:
    def prepare(page: Page) -> None:
        page.get_by_label("Comment").fill(comment)
        page.get_by_role("button", name="Inspect", exact=True).first.click()
        expect(page.locator("input[type=range]")).to_be_enabled()
        page.evaluate("() => scrollTo(0, 0)")

    return prepare


def _show_plots(page: Page) -> None:
    page.evaluate("for (const image of document.images) image.loading = 'eager'")
    page.evaluate("() => Promise.all([...document.images].map((image) => image.decode()))")
    # With the words before the first that say how to read it.
    page.evaluate("() => { document.images[0].scrollIntoView(); scrollBy(0, -160); }")


def _open_operation(page: Page) -> None:
    page.locator("[id$=-moderate].opblock .opblock-summary-control").click()
    expect(page.locator("[id$=-moderate].opblock .opblock-body")).to_be_visible()


SHOTS: Final = {
    "form": Shot("/", _answer(_INSULT), 800, 800),
    "form-phone": Shot("/", _answer(_THANKS), 360, 760, scale=1.5),
    "inspect": Shot("/inspect", _inspect(_CRITIC), 1000, 1500),
    "inspect-dark": Shot("/inspect", _inspect(_DISGUISE), 1000, 1500, "dark"),
    "model": Shot("/model", _show_plots, 1000, 900),
    "docs": Shot("/docs", _open_operation, 1000, 900),
}


def take(browser: Browser, base: str, shot: Shot) -> bytes:
    """Return a picture as PNG of 256 colours."""
    with browser.new_context(
        viewport={"width": shot.width, "height": shot.height},
        device_scale_factor=shot.scale,
        color_scheme=shot.scheme,
        reduced_motion="reduce",
    ) as context:
        page = context.new_page()
        page.goto(base + shot.path)
        shot.prepare(page)
        page.evaluate("() => document.activeElement.blur()")
        taken = page.screenshot(animations="disabled")
    with Image.open(BytesIO(taken)) as picture, BytesIO() as output:
        # A byte a pixel: hardly to be seen, and half the size.
        few = picture.convert("RGB").quantize(kmeans=1, dither=Image.Dither.NONE)
        few.save(output, "PNG", optimize=True)
        return output.getvalue()


def main() -> None:
    """Make all pictures, or those that are named."""
    names = sys.argv[1:] or list(SHOTS)
    if unknown := set(names) - set(SHOTS):
        sys.exit(f"No such picture: {', '.join(sorted(unknown))}. There are {', '.join(SHOTS)}.")
    IMAGES.mkdir(parents=True, exist_ok=True)
    try:
        with (
            tempfile.TemporaryDirectory() as folder,
            serve(Path(folder) / "log") as server,
            open_browser() as browser,
        ):
            for name in names:
                picture = take(browser, f"http://127.0.0.1:{server.port}", SHOTS[name])
                (IMAGES / f"{name}.png").write_bytes(picture)
    except pytest.skip.Exception as missing:
        sys.exit(str(missing))


if __name__ == "__main__":
    main()
