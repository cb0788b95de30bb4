"""Lines of a TOML document: every key and element has one, and it is where that is written."""

import tomllib
from collections.abc import Iterator
from itertools import count
from typing import Final

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from service.policy.faults import Key
from service.policy.lines import DEEPEST, Lines, find_lines

KEYS: Final = ("a", "b-2", "3", '"c"', "'d e'", '"f.\\u0067"', '""', '"#h]="', "'\"'")
BREAKS: Final = ("\n", "\r\n")
BLANKS = st.sampled_from(["", " ", "\t "])
SCALARS = st.sampled_from(
    [
        *("1", "-0x1F".removeprefix("-"), "1.5e-3", "+inf", "nan", "true"),
        *("1979-05-27 07:32:00", "1979-05-27T07:32:00.5Z", "07:32:00", "1979-05-27"),
        *('""', "''", '"#\\"]"', "'\\'", '"a = [1]"', "'#{'", '"\\\\"', '\'"""\''),
        *('"""\n#\\"""\n\\\n  ]"""', '""""two""\\""""""', "'''\n''\n#'''", "''''a'''''", '""""""'),
    ]
)
LINES_BETWEEN = st.lists(st.sampled_from(["", "# [a]", "\t", ' # "']), max_size=2)
PIECES = st.sampled_from(
    [
        *KEYS,
        *("[", "]", "[[", "]]", "{", "}", ",", "=", ".", "#", "\n", "\r\n", " ", "\t"),
        *('"', "'", '"""', "'''", "\\", "1", "1.5", "true", "a = 1\n", "[a]\n", "[[a]]\n"),
        *("a.b = [1, 2]\n", "a = { b = 1 }\n", "[a.b]\n", "[[a.b]]\n", "c = [\n1,\n]\n"),
    ]
)


class Document:
    """A document as it is written, with the line of each key."""

    def __init__(self, draw: st.DrawFn) -> None:
        self.text = ""
        self.lines: dict[Key, int] = {}
        self._draw = draw
        self._names = count()

    def write(self) -> None:
        for _ in range(self._draw(st.integers(0, 3))):
            self._write_pair((), 0)
        for _ in range(self._draw(st.integers(0, 3))):
            self._write_table()

    def _put(self, text: str) -> None:
        self.text += text

    def _note(self, key: Key) -> None:
        self.lines.setdefault(key, self.text.count("\n") + 1)

    def _end_line(self) -> None:
        self._put(self._draw(BLANKS) + self._draw(st.sampled_from(["", "# x = [", "#"])))
        for line in ["", *self._draw(LINES_BETWEEN)]:
            self._put(line + self._draw(st.sampled_from(BREAKS)))

    def _write_key(self, key: Key) -> Key:
        """Write a key of one part or several, the first of which no other has."""
        parts = [f"k{next(self._names)}", *self._draw(st.lists(st.sampled_from(KEYS), max_size=2))]
        written = ""
        for index, part in enumerate(parts):
            key = (*key, next(iter(tomllib.loads(f"{part} = 1"))))
            self._note(key)
            written += f"{'.' if index else ''}{self._draw(BLANKS)}{part}{self._draw(BLANKS)}"
        self._put(written)
        return key

    def _write_pair(self, table: Key, depth: int, *, is_inline: bool = False) -> None:
        key = self._write_key(table)
        self._put(f"={self._draw(BLANKS)}")
        self._write_value(key, depth)
        if not is_inline:
            self._end_line()

    def _write_table(self) -> None:
        self._put(self._draw(BLANKS))
        if self._draw(st.booleans()):
            self._put("[")
            key = self._write_key(())
            self._put("]")
        else:
            name = f"t{next(self._names)}"
            for index in range(self._draw(st.integers(1, 2))):
                self._note((name,))
                key = (name, index)
                self._note(key)
                self._put(f"[[{name}]]")
                self._end_line()
            self._note((*key, "in"))
            self._put(f"[ {name}.in ]")
            key = (*key, "in")
        self._end_line()
        for _ in range(self._draw(st.integers(0, 2))):
            self._write_pair(key, 0)

    def _write_value(self, key: Key, depth: int) -> None:
        kind = self._draw(st.sampled_from(["scalar", "array", "table"]))
        if kind == "scalar" or depth > 3:
            self._put(self._draw(SCALARS))
        elif kind == "array":
            self._write_array(key, depth)
        else:
            self._put(f"{{{self._draw(BLANKS)}")
            for index in range(self._draw(st.integers(0, 2))):
                self._put("," if index else "")
                self._write_pair(key, depth + 1, is_inline=True)
            self._put("}")

    def _write_array(self, key: Key, depth: int) -> None:
        self._put("[")
        for index in range(self._draw(st.integers(0, 3))):
            if self._draw(st.booleans()):
                self._end_line()
            self._note((*key, index))
            self._write_value((*key, index), depth + 1)
            if self._draw(st.booleans()):
                self._end_line()
            self._put(f"{self._draw(BLANKS)},")
        self._put("]")


@st.composite
def documents(draw: st.DrawFn) -> Document:
    document = Document(draw)
    document.write()
    return document


def list_keys(value: object, key: Key = ()) -> Iterator[Key]:
    """Yield the key of whatever is in a document."""
    pairs = value.items() if isinstance(value, dict) else enumerate(value)  # type: ignore[arg-type]
    for part, inner in pairs:
        yield (*key, part)
        if isinstance(inner, dict | list):
            yield from list_keys(inner, (*key, part))


@given(document=documents())
def test_every_key_and_element_is_found_on_the_line_where_it_is_written(document: Document) -> None:
    assert set(list_keys(tomllib.loads(document.text))) == set(document.lines)
    assert find_lines(document.text) == document.lines


@st.composite
def mutilated(draw: st.DrawFn) -> str:
    """Return a document with a piece in place of some of it."""
    text = draw(documents()).text
    begin, end = sorted(draw(st.tuples(*[st.integers(0, len(text))] * 2)))
    return text[:begin] + draw(PIECES | SCALARS) + text[min(end, begin + draw(st.integers(0, 3))) :]


@given(source=mutilated() | st.lists(PIECES | SCALARS, max_size=8).map("".join))
@example("a = 1 # [x]\r\nb = 2")
@example("[[a]]\n[[a.b]]\n[[a.b]]\nc.d = 1\n[[a]]\n[a.b]")
@example("[a.b.c]\n[[a.b.d]]\n[a]\nx = [{}, {y.z = [[], [1]]}]")
def test_whatever_tomllib_reads_has_lines_for_all_that_it_says(source: str) -> None:
    try:
        document = tomllib.loads(source)
    except tomllib.TOMLDecodeError:
        return
    lines = find_lines(source)
    assert set(lines) == set(list_keys(document))
    assert all(1 <= line <= source.count("\n") + 1 for line in lines.values())


def test_a_table_stands_at_its_header_though_a_table_in_it_came_first() -> None:
    source = "[a.b]\nc = 1\n\n[a]\nd = 1"
    assert find_lines(source) == {("a",): 4, ("a", "b"): 1, ("a", "b", "c"): 2, ("a", "d"): 5}


def test_what_is_missing_stands_where_the_table_does_that_it_is_missing_from() -> None:
    lines = Lines("x = 1\n[a.b]\nc = 1")
    assert lines.find(("a", "b", "z")) == 2
    assert lines.find(("z",)) == 1


def test_what_is_not_toml_has_no_lines() -> None:
    with pytest.raises(ValueError, match=r"^not TOML at character 6$"):
        find_lines("a = 1\n= 2")


@pytest.mark.parametrize(
    "source",
    [
        f"{'a.' * 2_000}a = 1\nb = 1",
        f"[{'a.' * 2_000}a]\nc = 1\n[b]",
        f"a = {'[' * 300}{']' * 300}\nb = 1",
        f"a = {'{a=' * 200}1{'}' * 200}\nb = 1",
        f"a = [\n{'1,' * 100_000}]\nb = 1",
        f"a = '''{chr(39) * 2}{'x' * 1_000_000}'''\nb = 1",
        'a = """' + '\\"' * 500_000 + '"""\nb = 1',
        "\n".join(f"k{number} = 1" for number in range(50_000)) + "\nb = 1",
    ],
    ids=["key", "header", "arrays", "tables", "elements", "string", "escapes", "keys"],
)
def test_a_document_that_is_deep_or_long_takes_little_time(source: str) -> None:
    tomllib.loads(source)
    lines = find_lines(source)
    assert lines["b",] == source.count("\n") + 1
    assert max(map(len, lines)) <= DEEPEST
