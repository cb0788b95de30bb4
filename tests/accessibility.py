"""What is wrong with a page for those who do not see it, or use no mouse."""

import os
from pathlib import Path

import pytest
from playwright.sync_api import Page

_AXE = Path(__file__).parent / "clients" / "node_modules" / "axe-core" / "axe.min.js"
# A change of colours is noticed in one frame, and scripts are told of it in the next.
_FIND = """async () => {
    await new Promise(requestAnimationFrame);
    await new Promise(requestAnimationFrame);
    return (await axe.run()).violations.flatMap(({ id, nodes }) =>
        nodes.map(({ html, failureSummary }) => `${id}: ${html.slice(0, 150)} ${failureSummary}`));
}"""
_UNSEEN_FOCUS = """() => {
    const places = "a[href], button, input, select, textarea, summary, [tabindex='0']";
    return [...document.querySelectorAll(places)].filter((place) => {
        place.focus();
        if (document.activeElement !== place) return false;
        const { outlineStyle, outlineWidth } = getComputedStyle(place);
        return outlineStyle === "none" || parseFloat(outlineWidth) < 2;
    }).map((place) => place.outerHTML);
}"""


def load_axe() -> str:
    """Return the source of axe-core; CI must have it."""
    if not _AXE.exists():
        reason = f"{_AXE} is missing: make test installs it, over a network"
        if os.environ.get("CI") == "true":
            pytest.fail(reason)
        pytest.skip(reason)
    return _AXE.read_text(encoding="utf-8")


def find_violations(page: Page, axe: str) -> list[str]:
    """Return what is wrong with the page as it is shown now: one entry an element and rule.

    The policy of the page does not stop what a debugger has run.
    """
    if not page.evaluate("() => typeof axe === 'object'"):
        page.evaluate(axe)
    found: list[str] = page.evaluate(_FIND)
    return found


def find_unseen_focus(page: Page) -> list[str]:
    """Return the elements of which nobody would see that they have the focus."""
    # A browser shows the focus to those who use the keyboard.
    page.keyboard.press("Tab")
    found: list[str] = page.evaluate(_UNSEEN_FOCUS)
    return found
