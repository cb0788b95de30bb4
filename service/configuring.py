"""The program behind ``python -m service.settings``: show, make a key, write the document."""

import argparse
import os
import re
from collections.abc import Mapping
from pathlib import Path
from typing import Final

from pydantic.fields import FieldInfo

from service.keys import Key, digest_key, make_key
from service.programs import DONE, put, run_program, say
from service.settings import ARTEFACTS, Settings, SettingsError, load_settings, name_variable

_ROOT: Final = ARTEFACTS.parents[1]
_MARKED: Final = re.compile(r"(<!-- begin settings -->\n).*?(<!-- end settings -->)", re.DOTALL)


def main(arguments: list[str] | None = None, environment: Mapping[str, str] = os.environ) -> int:
    """Do what the command says; return 0 if it was done, else 1."""
    options = build_parser().parse_args(arguments)
    commands = {
        "show": lambda: put(show(load_settings(environment), environment)),
        "key": lambda: _make_key(options.name),
        "document": lambda: _write_document(options.file),
    }

    def work() -> int:
        commands[options.command or "show"]()
        return DONE

    return run_program(work, SettingsError)


def build_parser() -> argparse.ArgumentParser:
    """Return the parser of the command line."""
    parser = argparse.ArgumentParser(
        prog="python -m service.settings", description="Show the settings that hold here."
    )
    commands = parser.add_subparsers(dest="command", metavar="COMMAND")
    commands.add_parser("show", help="show them, secrets hidden (the default)")
    making = commands.add_parser("key", help="make a key, and the entry to configure for it")
    making.add_argument("name", metavar="NAME", help="of whoever will have it")
    writing = commands.add_parser("document", help="write the table of the settings into a page")
    writing.add_argument("file", type=Path, metavar="FILE")
    return parser


def show(settings: Settings, environment: Mapping[str, str]) -> str:
    """Return a line a setting: variable, value, and whether it was set. No secret is shown."""
    given = {name.upper() for name in environment}
    lines = []
    for name, field in Settings.model_fields.items():
        variable = name_variable(name)
        is_set = not given.isdisjoint({variable, name.upper() if field.validation_alias else ""})
        value = _show_value(name, field, getattr(settings, name))
        lines.append(f"{variable} = {value}  ({'set' if is_set else 'default'})")
    return "\n".join(lines)


def render_table() -> str:
    """Return the table of the settings in Markdown."""
    rows = [
        f"| `{name_variable(name)}` | {_show_default(field.default)} | {field.description} |"
        for name, field in Settings.model_fields.items()
    ]
    return "\n".join(["| variable | default | |", "|---|---|---|", *rows, ""])


def render_document(page: str) -> str:
    """Return a page with the table of the settings made anew."""
    return _MARKED.sub(lambda marks: marks[1] + render_table() + marks[2], page)


def _write_document(file: Path) -> None:
    file.write_text(render_document(file.read_text(encoding="utf-8")), encoding="utf-8")


def _make_key(name: str) -> None:
    sent = make_key()
    try:
        key = Key(name=name, sha256=digest_key(sent))
    except ValueError:
        raise SettingsError("a name is 1 to 64 of A-Z a-z 0-9 . _ -") from None
    say("The key, which is shown this once; below it, what goes into MODERATION_KEYS=[…]:")
    put(f"{sent}\n{key.model_dump_json(exclude_none=True)}")


def _show_value(name: str, field: FieldInfo, value: object) -> str:
    if name == "keys" and isinstance(value, tuple):
        return ", ".join(f"{key.name} (hidden)" for key in value) or "none"
    if not field.repr and value:
        return "(hidden)"
    return _show(value)


def _show_default(value: object) -> str:
    shown = _show(value)
    return shown if shown == "none" else f"`{shown}`"


def _show(value: object) -> str:
    if isinstance(value, tuple):
        return ", ".join(value) or "none"
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, Path) and value.is_relative_to(_ROOT):
        return str(value.relative_to(_ROOT))
    return "none" if value is None else str(value)
