"""From the Markdown of a document to a part of a page. HTML that stands in it is left out."""

import itertools
import re
from collections.abc import Callable, Iterator, Mapping
from typing import Final, NamedTuple

import msgspec
from markdown_it import MarkdownIt
from markdown_it.token import Token

_NUMBER: Final = re.compile(r"\.?\d[\d.]*(?: %| \([\d.]+ to [\d.]+\))?")
_AS_IT_IS: Final = ("https://", "http://", "#")
_ENDS: Final = frozenset({"td_close", "th_close", "tr_close"})
_HEADING: Final = 3
"""Tokens that a heading is made of."""

_TAKEN: Final = ("main", "contents")
"""Ids of the page around a document."""

_NO_NUMBER: Final = frozenset({"", "none", "never", "not given"})


class Target(NamedTuple):
    """Where a link or an image leads, and what is to be said of an image besides."""

    address: str
    attributes: Mapping[str, str] = {}


Locate = Callable[[str], Target | None]
"""From an address in a document that is none of another site to where it leads, if to anything."""


class Document(msgspec.Struct, frozen=True):
    """A document as a page shows it.

    Attributes
    ----------
    title : str
        The heading it begins with, which is not in `html`; empty without one.
    contents : list of (id, text)
        Of the headings of the second level.
    html : str
        Free of scripts, styles and whatever else stood in the document as HTML.
    """

    title: str
    contents: list[tuple[str, str]]
    html: str


def render_markdown(text: str, locate: Locate) -> Document:
    """Return a document in CommonMark, with tables, as HTML.

    Headings get ids, tables and figures a box of their own to scroll in, columns of numbers a
    class ``n2``, ``n3`` and so on of their table.
    """
    parser = MarkdownIt("commonmark").enable("table")
    tokens = _drop_html(parser.parse(text))
    for token in tokens:
        if token.children:
            token.children = list(_lead(_drop_html(token.children), locate))
    title = ""
    if tokens and tokens[0].tag == "h1":
        title = _plain(tokens[1])
        tokens = tokens[_HEADING:]
    contents = [(name, text) for tag, name, text in _name_headings(tokens) if tag == "h2"]
    # HTML does not ask for the ends of cells, which would be a seventh of the card.
    boxed = [token for token in _box(tokens, title) if token.type not in _ENDS]
    return Document(title, contents, parser.renderer.render(boxed, parser.options, {}))


def _drop_html(tokens: list[Token]) -> list[Token]:
    return [token for token in tokens if token.type not in {"html_block", "html_inline"}]


def _lead(tokens: list[Token], locate: Locate) -> Iterator[Token]:
    """Lead links and images where they belong; of what is not served, the text is left.

    Links may lead to other sites. Images may not: they would be loaded.
    """
    served: list[bool] = []
    for token in tokens:
        if token.type == "link_open":
            address = str(token.attrs["href"])
            target = Target(address) if address.startswith(_AS_IT_IS) else locate(address)
            served.append(target is not None)
            if target:
                token.attrs = {"href": target.address}
        elif token.type == "image":
            target = locate(str(token.attrs["src"]))
            if target is None:
                yield Token("text", "", 0, content=token.content)
                continue
            token.attrs |= {"src": target.address, "loading": "lazy", **target.attributes}
        if token.type == "link_close":
            keep = served.pop()
        else:
            keep = token.type != "link_open" or served[-1]
        if keep:
            yield token


def _name_headings(tokens: list[Token]) -> Iterator[tuple[str, str, str]]:
    """Give each heading an id as GitHub does; yield tag, id and text."""
    taken = dict.fromkeys(_TAKEN, 0)
    for token, inline in itertools.pairwise(tokens):
        if token.type == "heading_open":
            text = _plain(inline)
            name = re.sub(r"[^\w-]", "", text.lower().replace(" ", "-"))
            number = taken[name] = taken.get(name, -1) + 1
            name = f"{name}-{number}" if number else name
            token.attrSet("id", name)
            yield token.tag, name, text


def _box(tokens: list[Token], heading: str) -> Iterator[Token]:
    """Put every table, and every image that is a paragraph, into a box that scrolls."""
    tables = figures = 0
    inside = False
    for place, token in enumerate(tokens):
        if token.type == "heading_open":
            heading = _plain(tokens[place + 1])
        if token.type == "table_open":
            tables += 1
            _mark_numbers(tokens[place:])
            yield _open_box(f"Table {tables}: {heading}")
        if token.type == "paragraph_open" and _is_image(tokens[place + 1]):
            figures += 1
            inside = True
            yield _open_box(f"Figure {figures}: {_plain(tokens[place + 1])}")
        elif token.type == "paragraph_close" and inside:
            inside = False
            yield Token("box_close", "div", -1, block=True)
        else:
            yield token
        if token.type == "table_close":
            yield Token("box_close", "div", -1, block=True)


def _open_box(label: str) -> Token:
    # What scrolls must be within reach of a keyboard, and then needs a name.
    attributes: dict[str, str | int | float] = {
        "class": "scroll",
        "tabindex": "0",
        "role": "region",
        "aria-label": label,
    }
    return Token("box_open", "div", 1, attrs=attributes, block=True)


def _is_image(inline: Token) -> bool:
    return [child.type for child in inline.children or []] == ["image"]


def _mark_numbers(tokens: list[Token]) -> None:
    """Name in the class of the table that comes first the columns that hold numbers alone."""
    columns: dict[int, list[str]] = {}
    column = 0
    for token, inline in itertools.pairwise(tokens):
        if token.type == "table_close":
            break
        column = 0 if token.type == "tr_open" else column + (token.type in {"td_open", "th_open"})
        if token.type == "td_open":
            columns.setdefault(column, []).append(_plain(inline).strip())
    # The first column says what the row is about, number or not.
    found = [f"n{number}" for number, cells in columns.items() if number > 1 and _count(cells)]
    if found:
        tokens[0].attrSet("class", " ".join(found))


def _count(cells: list[str]) -> bool:
    numbers = [cell for cell in cells if cell not in _NO_NUMBER]
    return bool(numbers) and all(map(_NUMBER.fullmatch, numbers))


def _plain(inline: Token) -> str:
    """Return the text of a piece of Markdown without its marks."""
    return "".join(
        " " if child.type in {"softbreak", "hardbreak"} else child.content
        for child in inline.children or []
    )
