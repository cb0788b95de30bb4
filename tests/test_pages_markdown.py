"""Documents become HTML in which nothing of theirs runs and nothing leads astray."""

from html.parser import HTMLParser

import pytest

from service.pages.markdown import Target, render_markdown

ADDRESSES = {
    "report.md": Target("/model/report"),
    "plots/a.svg": Target("/model/plots/a.svg", {"width": "720", "height": "340"}),
}


TAGS = {"p", "a", "img", "div", "table", "thead", "tbody", "tr", "th", "td"}
NAMES = {"class", "tabindex", "role", "aria-label", "src", "alt", "loading", "width", "height"}


class Elements(HTMLParser):
    """What a browser would make of a piece of HTML."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.found: list[tuple[str, dict[str, str | None]]] = []
        self.feed(html)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Keep an element."""
        self.found.append((tag, dict(attrs)))


def locate(address: str) -> Target | None:
    return ADDRESSES.get(address)


def render(text: str) -> str:
    return render_markdown(text, locate).html


def test_the_first_heading_is_the_title_and_the_others_are_named() -> None:
    text = "# A `card`\n\n## Why, and how\n\n### Deeper\n\n## Why, and how\n"
    document = render_markdown(text, locate)
    assert document.title == "A card"
    assert document.contents == [
        ("why-and-how", "Why, and how"),
        ("why-and-how-1", "Why, and how"),
    ]
    assert "<h1" not in document.html
    assert '<h3 id="deeper">' in document.html


def test_no_heading_takes_an_id_of_the_page_around_it() -> None:
    document = render_markdown("## Main\n\n## Contents\n\n## Contents\n", locate)
    assert [name for name, _ in document.contents] == ["main-1", "contents-1", "contents-2"]


@pytest.mark.parametrize("text", ["", "Prose alone.\n", "## Not a title\n"])
def test_a_document_without_a_title_has_an_empty_one(text: str) -> None:
    assert render_markdown(text, locate).title == ""


@pytest.mark.parametrize(
    "hostile",
    [
        "<script>alert(1)</script>",
        "a <img src=x onerror=alert(1)> b",
        "<style>p { color: red }</style>",
        "<svg onload=alert(1)>",
        "[a](javascript:alert(1))",
        "[a](data:text/html,alert)",
        "![a](data:image/svg+xml,alert)",
        "![a](https://elsewhere.example/a.png)",
        "<javascript:alert(1)>",
        "![a](data:image/png;base64,AAAA)",
        "![a](//elsewhere.example/a.png)",
        '![a" onerror="alert(1)](plots/a.svg)',
        "# a\n\n| <b onclick=alert(1)>x</b> |\n|---|\n| <i style=x>y</i> |",
    ],
)
def test_nothing_of_a_document_is_run_or_loaded_from_elsewhere(hostile: str) -> None:
    for tag, attributes in Elements(render(hostile)).found:
        assert tag in TAGS
        assert attributes.keys() <= NAMES
        assert attributes.get("src", "/model/plots/a.svg") == "/model/plots/a.svg"


def test_comments_do_not_show_nor_end_up_in_a_table() -> None:
    html = render("<!-- begin a -->\n| a | b |\n|---|---|\n| c | 1 |\n<!-- end a -->\n\nAfter.\n")
    assert "begin" not in html
    assert "end a" not in html
    assert html.count("<tr>") == 2
    assert "<p>After.</p>" in html


def test_links_lead_to_pages_and_what_is_not_served_is_plain_text() -> None:
    html = render(
        "[b](report.md) [c](../decisions/0001.md) [`d`](//evil.example) [e](https://f.example)"
    )
    assert '<a href="/model/report">b</a> c <code>d</code>' in html
    assert '<a href="https://f.example">e</a>' in html
    assert html.count("<a ") == html.count("</a>") == 2


def test_a_figure_has_its_size_its_text_and_a_box() -> None:
    html = render("![Lines & dots](plots/a.svg)")
    assert html.startswith('<div class="scroll" tabindex="0" role="region"')
    assert 'aria-label="Figure 1: Lines &amp; dots"' in html
    assert 'src="/model/plots/a.svg" alt="Lines &amp; dots"' in html
    assert 'loading="lazy" width="720" height="340"' in html


def test_a_link_to_a_figure_has_no_size() -> None:
    assert render("[Lines](plots/a.svg)") == '<p><a href="/model/plots/a.svg">Lines</a></p>\n'


def test_a_figure_that_is_not_served_leaves_its_text() -> None:
    assert render("![Lines](plots/no.svg)") == "<p>Lines</p>\n"


def test_the_boxes_of_tables_have_names_of_their_own() -> None:
    table = "| a |\n|---|\n| b |\n\n"
    html = render(f"# Card\n\n{table}## Sets\n\n{table}{table}")
    for name in ("Table 1: Card", "Table 2: Sets", "Table 3: Sets"):
        assert f'aria-label="{name}"' in html


@pytest.mark.parametrize(
    ("cells", "numeric"),
    [
        (["1", "0.25", "none"], True),
        ([".923", "*0.5*", "**2**"], True),
        (["0.9 (0.85 to 0.97)", "5 %", ""], True),
        (["never", "none", ""], False),
        (["1", "two"], False),
        (["2^19", "3"], False),
    ],
)
def test_columns_of_numbers_are_marked(cells: list[str], *, numeric: bool) -> None:
    rows = "\n".join(f"| 1 | {cell} |" for cell in cells)
    html = render(f"| a | b |\n|---|---|\n{rows}")
    assert ('<table class="n2">' in html) is numeric
    assert ("<table>" in html) is not numeric
