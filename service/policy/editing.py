"""Write a table of a TOML document, and leave the rest of the document as it is.

tomlkit keeps comments and blanks, and how keys and values are written. It is not
relied on: where what it made says something else than it was to say, the table is
taken out and written anew at the end.
"""

import contextlib
import tomllib
from collections.abc import MutableMapping
from typing import Any, Final

import msgspec
import tomlkit
from tomlkit.container import Container
from tomlkit.exceptions import TOMLKitError
from tomlkit.items import InlineTable, Item, Key, Table, Whitespace

Value = str | int | float | list["Value"] | dict[str, "Value"]
"""What a policy says, as JSON has it."""

_FIRST: Final = "statement"
_WIDTH: Final = 100

Body = list[tuple[Key | None, Item]]
"""What is in a table; blanks and comments have no key."""


def render_table(key: str, table: dict[str, Value]) -> str:
    """Return a table with its header, a key a line."""
    return "\n".join([f"[{key}]", *(f"{name} = {render_value(table[name])}" for name in table)])


def render_value(value: Value) -> str:
    """Return a value; a statement is the first in a table, since the rest follows from it."""
    if isinstance(value, dict):
        order = sorted(value, key=lambda key: key != _FIRST)
        return "{ " + ", ".join(f"{key} = {render_value(value[key])}" for key in order) + " }"
    if isinstance(value, list):
        items = [render_value(item) for item in value]
        line = f"[{', '.join(items)}]"
        return line if len(line) <= _WIDTH else "[\n    " + ",\n    ".join(items) + ",\n]"
    # JSON's strings and numbers are TOML's, too, but for one character that JSON does not escape.
    return msgspec.json.encode(value).decode().replace("\x7f", "\\u007f")


def replace_table(text: str, name: str, table: dict[str, Value] | None) -> str:
    """Return a document in which `name` says `table`, or is not there.

    Raises
    ------
    ValueError, TOMLKitError
        If `text` cannot be read.
    """
    wanted = tomllib.loads(text)
    wanted.pop(name, None)
    wanted |= {} if table is None else {name: table}
    document = tomlkit.parse(text)
    if name in document:
        # What it raises where keys of a table are written far from each other.
        with contextlib.suppress(LookupError, TOMLKitError):
            _bring(document, name, table)
            edited = document.as_string()
            if tomllib.loads(edited) == wanted:
                return edited
        document = tomlkit.parse(text)
        _remove(document, name)
    edited = document.as_string()
    if table is not None:
        edited += "" if not edited or edited.endswith("\n") else "\n"
        edited += f"\n{render_table(name, table)}\n"
    return edited


def _bring(table: MutableMapping[str, Any], key: str, value: Value | None) -> None:
    """Make a key say `value`, or go; what says so already keeps its form."""
    present = table.get(key)
    if value is None:
        _remove(table, key)
    elif isinstance(value, dict) and isinstance(present, MutableMapping):
        for name in [*present, *(name for name in value if name not in present)]:
            _bring(present, name, value.get(name))
    elif present is None:
        _add(table, key, value)
    elif present != value:
        table[key] = tomlkit.value(render_value(value))


def _add(table: MutableMapping[str, Any], key: str, value: Value) -> None:
    """Add a key behind the others, before the blanks and comments that lead to what follows."""
    body = _find_body(table)
    after = []
    while body and body[-1][0] is None:
        after.append(body.pop())
    item = tomlkit.value(render_value(value))
    if isinstance(table, Table | InlineTable):
        table.append(key, item)
    else:
        table[key] = item
    body.extend(reversed(after))


def _remove(table: MutableMapping[str, Any], key: str) -> None:
    """Take a key out; the blanks and comments that lead from it to what follows stay."""
    body = _find_body(table)
    places = [index for index, (name, _) in enumerate(body) if name and name.key == key]
    ends = {index: _render_end(body[index][1]) for index in places}
    del table[key]
    for index in filter(ends.get, places):
        body[index] = (None, Whitespace(ends[index]))


def _find_body(table: object) -> Body:
    """Return what is in a table in the order of the text, where that is in one place."""
    if isinstance(table, Container):
        return table.body
    return table.value.body if isinstance(table, Table | InlineTable) else []


def _render_end(item: object) -> str:
    """Return the blanks and comments that a table ends with."""
    end = ""
    for name, inner in reversed(_find_body(item) if isinstance(item, Table) else []):
        if name is not None:
            return _render_end(inner) + end
        end = inner.as_string() + end
    return end
