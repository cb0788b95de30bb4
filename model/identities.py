"""Groups of people by kind, and the forms that name them."""

import tomllib
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Final

IDENTITIES_FILE: Final = Path(__file__).with_name("identities.toml")
ROLES: Final = ("adjective", "singular", "plural")
"""What a form of a group may be in a sentence."""

_KEYS: Final = {*ROLES, "place", "fold"}
_ARTICLE_A: Final = ("eu", "ukr", "ugan", "uyg", "uig", "uru", "uni", "use", "one")
_ARTICLE_AN: Final = ("LGBT", "HIV", "heir", "hour", "honest")


@dataclass(frozen=True)
class Group:
    """A group of people.

    Attributes
    ----------
    key, kind : str
        The key is used once in the whole file.
    forms : dict of str to tuple of str
        The forms for each of `ROLES`; of ``adjective`` there may be none.
    place : str
        Country of a nationality, else empty.
    folded : frozenset of str
        Single-word forms, case folded, that are read as one (`model.lexicon`).
    """

    key: str
    kind: str
    forms: dict[str, tuple[str, ...]]
    place: str
    folded: frozenset[str]


def load_identities(path: Path = IDENTITIES_FILE) -> list[Group]:
    """Return the groups in the order of the file.

    Raises
    ------
    ValueError
        If an entry has a wrong key or type, or a form belongs to two groups.
    """
    table = tomllib.loads(path.read_text(encoding="utf-8"))
    groups = [
        _group(kind, key, entry)
        for kind, entries in table.items()
        for key, entry in entries.items()
    ]
    owners: dict[str, str] = {}
    keys: set[str] = set()
    for group in groups:
        if group.key in keys:
            raise ValueError(f"{path.name}: {group.key} is there twice")
        keys.add(group.key)
        for form in _all_forms(group):
            if (owner := owners.setdefault(form.casefold(), group.key)) != group.key:
                raise ValueError(f"{path.name}: {form} belongs to {owner} and to {group.key}")
    return groups


def _group(kind: str, key: str, entry: dict[str, object]) -> Group:
    name = f"{kind}.{key}"
    if unknown := sorted(set(entry) - _KEYS):
        raise ValueError(f"{name}: unknown key {unknown[0]}")
    forms = {role: _strings(name, role, entry.get(role, [])) for role in ROLES}
    if not (forms["singular"] and forms["plural"]):
        raise ValueError(f"{name}: lacks a singular or a plural")
    place = entry.get("place", "")
    if not isinstance(place, str):
        raise ValueError(f"{name}: place is not a string")  # noqa: TRY004 - one error for the file
    every = {form.casefold() for role in ROLES for form in forms[role] if form.isalpha()}
    fold = entry.get("fold", True)
    if not isinstance(fold, bool):
        listed = {form.casefold() for form in _strings(name, "fold", fold)}
        if not listed <= every:
            raise ValueError(f"{name}: fold lists what is no single-word form")
        every = listed
    folded = frozenset(every if fold else ())
    return Group(key, kind, forms, place, folded)


def _strings(name: str, key: str, value: object) -> tuple[str, ...]:
    values = [value] if isinstance(value, str) else value
    if not isinstance(values, list) or not all(isinstance(one, str) and one for one in values):
        raise ValueError(f"{name}: {key} is neither a string nor a list of strings")
    return tuple(values)


def _all_forms(group: Group) -> Iterator[str]:
    return (form for role in ROLES for form in group.forms[role])


def folded_forms() -> dict[str, str]:
    """Return the case-folded single-word forms that are read as one, and their kinds."""
    return {form: group.kind for group in load_identities() for form in sorted(group.folded)}


def article(word: str) -> str:
    """Return ``a`` or ``an``, whichever `word` takes."""
    if word.startswith(_ARTICLE_AN):
        return "an"
    vowel = word[:1].lower() in set("aeiou")
    return "an" if vowel and not word.lower().startswith(_ARTICLE_A) else "a"
