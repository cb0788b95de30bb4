"""Send texts down the pages in a browser, and read what became of a page."""

import json
from typing import Final

import msgspec
from playwright.sync_api import Page

# What a page is made of: its elements, their attributes, and where it leads or loads from. The
# texts go in as JSON, since a lone surrogate would not survive the way into the browser.
_TOOLS: Final = """
const shapeOf = (page) => [...page.querySelectorAll("*")].map((element) => [
    element.localName,
    ...element.getAttributeNames().sort(),
    ...["href", "src", "srcset", "action", "formaction", "style", "data"]
        .map((name) => element.getAttribute(name)).filter(Boolean),
].join(" "));
const read = (page) => ({
    shape: [...new Set(shapeOf(page))],
    comment: page.querySelector("#comment").value,
    name: page.querySelector("#name")?.value ?? "",
    quotes: [...page.querySelectorAll("blockquote, .inspect [open] > .text")]
        .map((quote) => quote.textContent),
    said: page.querySelector("#result")?.textContent ?? "",
    marks: page.querySelectorAll("blockquote mark, .inspect [open] > .text b").length,
});
const fill = (text) => {
    const form = document.querySelector("main form");
    for (const name of ["comment", "name"].filter((name) => form.elements[name])) {
        form.elements[name].value = text;
    }
    return form;
};
const until = (isDone) => new Promise((resolve) => {
    const look = () => isDone() && (watcher.disconnect(), resolve());
    const watcher = new MutationObserver(look);
    watcher.observe(document.querySelector("main"),
        { attributes: true, childList: true, subtree: true });
});
const each = async (source, send) => {
    const found = [];
    for (const text of JSON.parse(source)) found.push(read(await send(text) ?? document));
    return JSON.stringify(found);
};
"""
# By the script of the page.
SENT: Final = {
    "/": """(source) => each(source, async (text) => {
        const result = document.querySelector("#result");
        result.dataset.kind = "";
        fill(text).requestSubmit();
        await until(() => !["", "checking"].includes(result.dataset.kind));
    })""",
    "/inspect": """(source) => each(source, async (text) => {
        const before = document.querySelector("#inspection");
        fill(text).requestSubmit();
        await until(() => document.querySelector("#inspection") !== before);
    })""",
}
# By the server. A document that is fetched is parsed as by a browser without JavaScript.
FETCHED: Final = """(source) => each(source, (text) => new Promise((resolve) => {
    const form = fill(text);
    const request = new XMLHttpRequest();
    request.open("POST", form.action);
    request.responseType = "document";
    request.onload = () => resolve(request.response);
    request.send(new URLSearchParams(new FormData(form)));
}))"""
_LOADED: Final = "HTMLFormElement.prototype.submit.call(fill(JSON.parse(source)))"
# Into the words of a form of another site, each of which may be shown.
WORDED: Final = """async (source) => {
    const { moderate, words } = await import("/static/moderate.js");
    const found = [];
    for (const text of JSON.parse(source)) {
        const form = document.createElement("form");
        form.append(document.createElement("textarea"), document.createElement("button"));
        const own = Object.fromEntries(Object.keys(words).map((name) => [name, text]));
        form.dataset.moderateWords = JSON.stringify(own);
        form.dataset.moderateStay = "";
        document.querySelector("main").append(form);
        moderate(form);
        form.elements[0].value = "You rude idiot.";
        form.requestSubmit();
        const result = form.querySelector("[data-moderate-result]");
        await until(() => result.dataset.kind === "reject");
        found.push({ ...read(document), said: result.textContent });
        form.remove();
    }
    return JSON.stringify(found);
}"""
# What stands outside of quoted text and is not in the order in which it was written: in each
# block, a character on the same line as the one before, and left of it. A quote is one piece.
DISORDER: Final = """() => {
    const blocks = "p, li, h1, h2, h3, td, th, div, summary";
    const quotes = "blockquote, bdi, .text, textarea, input, select";
    for (const closed of document.querySelectorAll("details")) closed.open = true;
    const found = [];
    const last = new Map();
    const range = document.createRange();
    const walker = document.createTreeWalker(document.querySelector("main"), NodeFilter.SHOW_TEXT);
    while (walker.nextNode()) {
        const node = walker.currentNode;
        const quote = node.parentElement.closest(quotes);
        if (node.parentElement.closest(".spoken")) continue;
        const block = (quote ?? node).parentElement.closest(blocks);
        for (let index = 0; index < (quote ? 1 : node.length); index++) {
            range.setStart(node, index);
            range.setEnd(node, index + 1);
            const { left, top, bottom, width } = (quote ?? range).getBoundingClientRect();
            const before = last.get(block);
            if (!width || before?.quote && before.quote === quote) continue;
            const isBeside = before && top < before.bottom - 4 && before.top < bottom - 4;
            if (isBeside && left < before.left) {
                found.push(`${block.localName}: ${node.data}`);
            }
            last.set(block, { left, top, bottom, quote });
        }
    }
    return found;
}"""


class Found(msgspec.Struct):
    """A page after a text was sent."""

    shape: set[str]
    comment: str
    quotes: list[str]
    marks: int
    name: str
    said: str


def run(page: Page, sending: str, texts: list[str]) -> list[Found]:
    """Send texts, and return what the page is like after each."""
    script = f"(source) => {{ {_TOOLS} return ({sending})(source); }}"
    return msgspec.convert(json.loads(page.evaluate(script, json.dumps(texts))), list[Found])


def load(page: Page, text: str) -> Found:
    """Send a text without the script of the page, and return the page that is loaded."""
    with page.expect_navigation():
        page.evaluate(f"(source) => {{ {_TOOLS} {_LOADED}; }}", json.dumps(text))
    shown = page.evaluate(f"() => {{ {_TOOLS} return JSON.stringify(read(document)); }}")
    return msgspec.convert(json.loads(shown), Found)


def received(text: str) -> str:
    """Return a text as the server has it, and a page that repeats it."""
    one_break = text.replace("\r\n", "\n").replace("\r", "\n")
    whole = one_break.encode("utf-16-le", "surrogatepass").decode("utf-16-le", "replace")
    return whole.replace("\x00", "\ufffd")
