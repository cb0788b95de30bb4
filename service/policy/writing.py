"""A policy as a file, or brought into the file that it was read from."""

import shutil
import tomllib
from pathlib import Path
from typing import Any, Final

import msgspec
from tomlkit.exceptions import TOMLKitError

from model import ATTRIBUTES
from service.policy.editing import Value, render_table, render_value, replace_table
from service.policy.faults import PolicyError
from service.policy.parsing import parse_policy
from service.policy.shape import Policy, Words
from service.rescore.storing import store

HEADER: Final = "# Thresholds are solved from statements: python -m service.policy derive FILE"
SOLVED: Final = ("review", "recalibration", *ATTRIBUTES)
"""What programs find out; the rest of a policy is for people to say."""

_BOM: Final = "\ufeff"


def render_policy(policy: Policy) -> str:
    """Return a policy as TOML, its word lists written out."""
    # The limit is said even where it is the usual one.
    fields: dict[str, Value] = {"name": policy.name, "max_length": policy.max_length}
    fields |= _list_fields(policy)
    values = {key: value for key, value in fields.items() if not isinstance(value, dict)}
    tables = {key: value for key, value in fields.items() if isinstance(value, dict)}
    lines = [HEADER, *(f"{key} = {render_value(value)}" for key, value in values.items())]
    lines += (f"\n{render_table(key, table)}" for key, table in tables.items())
    return "\n".join(lines) + "\n"


def update_policy(source: str, policy: Policy) -> str:
    """Return the text of a policy file with what is solved and fitted brought up to date.

    Attributes, the review and the recalibration are; whatever else is in the text stays as
    it was written. A text that says what `policy` does is returned unchanged.

    Parameters
    ----------
    source : str
    policy : Policy
        What the file is to say. Word lists that are in files have the terms that it has.

    Raises
    ------
    PolicyError
        If the text would not say exactly that: `policy` says something else than the text,
        where that is not up to a program, or the text cannot be edited.
    """
    ends = "\r\n" if 0 < source.count("\n") == source.count("\r\n") else "\n"
    bom = _BOM if source.startswith(_BOM) else ""
    try:
        text = _update(source.removeprefix(bom).replace(ends, "\n"), _list_fields(policy))
    except (ValueError, RecursionError, TOMLKitError) as error:
        raise PolicyError(f"cannot be brought up to date: {error}") from error
    _check(text, policy)
    return bom + text.replace("\n", ends)


def store_policy(path: Path, text: str) -> None:
    """Write a policy file as a whole, or not at all; of a link, what it leads to."""
    path = path.resolve()
    with store(path) as unfinished:
        unfinished.write_text(text, encoding="utf-8", newline="")
        if path.exists():
            shutil.copymode(path, unfinished)


def _list_fields(policy: Policy) -> dict[str, Value]:
    fields: dict[str, Value] = msgspec.json.decode(msgspec.json.encode(policy))
    return fields


def _update(text: str, fields: dict[str, Any]) -> str:
    said = tomllib.loads(text)
    for name in SOLVED:
        if said.get(name) != fields.get(name):
            text = replace_table(text, name, fields.get(name))
    return text


def _check(text: str, policy: Policy) -> None:
    """Refuse a text that does not say what a policy does."""

    def read_list(name: str) -> bytes:
        lists: dict[str, Any] = tomllib.loads(text)["words"]
        listed = next(each for each in lists if lists[each] == name)
        terms: tuple[str, ...] = getattr(policy.words or Words(), listed)
        return "\n".join(terms).encode(errors="surrogatepass")

    try:
        found = parse_policy(text, read_list)
    except PolicyError as error:
        problems = str(error).splitlines()
        raise PolicyError("\n".join(f"as updated: {each}" for each in problems)) from error
    fields = Policy.__struct_fields__
    if other := [name for name in fields if getattr(found, name) != getattr(policy, name)]:
        raise PolicyError(f"as updated, it would say something else of {', '.join(other)}")
