"""Groups of people by kind, the forms that name them, and swapping one for another."""

import re
import tomllib
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Final

from numpy.random import Generator

IDENTITIES_FILE: Final = Path(__file__).with_name("identities.toml")
ROLES: Final = ("adjective", "singular", "plural")
"""What a form of a group may be in a sentence."""

_KEYS: Final = {*ROLES, "place", "fold", "minor"}
_ARTICLE_A: Final = ("eu", "ukr", "ugan", "uyg", "uig", "uru", "uni", "use", "one")
_ARTICLE_AN: Final = ("LGBT", "HIV", "heir", "hour", "honest")
_BEFORE_NOUN: Final = re.compile(
    r" (?!(?:a|also|an|and|are|as|at|be|but|by|can|could|did|do|does|for|from|had|has|have|he|i|if"
    r"|in|is|it|just|may|might|must|never|not|of|on|or|said|say|says|she|should|so|than|that|the"
    r"|their|then|they|to|told|too|want|was|we|were|when|where|which|while|who|will|with|would|you)"
    r"\b)[^\W\d_]",
    re.IGNORECASE,
)


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
        Single-word forms, case folded, that seldom mean anything else.
    is_minor : bool
        Whether they are children.
    """

    key: str
    kind: str
    forms: dict[str, tuple[str, ...]]
    place: str
    folded: frozenset[str]
    is_minor: bool


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
    return Group(key, kind, forms, place, folded, is_minor=entry.get("minor") is True)


def _strings(name: str, key: str, value: object) -> tuple[str, ...]:
    values = [value] if isinstance(value, str) else value
    if not isinstance(values, list) or not all(isinstance(one, str) and one for one in values):
        raise ValueError(f"{name}: {key} is neither a string nor a list of strings")
    return tuple(values)


def _all_forms(group: Group) -> Iterator[str]:
    return (form for role in ROLES for form in group.forms[role])


def folded_forms() -> dict[str, str]:
    """Return the case-folded single-word forms that may be folded, and their kinds."""
    return {form: group.kind for group in load_identities() for form in sorted(group.folded)}


def article(word: str) -> str:
    """Return ``a`` or ``an``, whichever `word` takes."""
    if word.startswith(_ARTICLE_AN):
        return "an"
    vowel = word[:1].lower() in set("aeiou")
    return "an" if vowel and not word.lower().startswith(_ARTICLE_A) else "a"


def swap_identities(text: str, rng: Generator) -> str | None:
    """Put another group of the same kind for every group named in `text`.

    A group becomes the same other one throughout, form by form, with the
    capitals and the article (a, an) that the place asks for. Words that are
    not folded are left alone ("ten years old") unless they stand in a form of
    several words ("old people"). A child never takes the place of an adult,
    nor an adult that of a child.

    Returns
    -------
    str or None
        None if no form was found.
    """
    return _swapper().swap(text, rng)


@cache
def _swapper() -> "_Swapper":
    return _Swapper(load_identities())


class _Swapper:
    """Finds forms with one regular expression, a trie; time is linear in the text."""

    def __init__(self, groups: list[Group]) -> None:
        self._known: dict[str, tuple[Group, str]] = {}
        self._kinds: dict[str, list[Group]] = {}
        for group in groups:
            self._kinds.setdefault(group.kind, []).append(group)
            for form in _all_forms(group):
                if not form.isalpha() or form.casefold() in group.folded:
                    self._known.setdefault(form.casefold(), (group, form))
        self._forms = re.compile(
            rf"(?<!\w)(?:(?P<article>an?)(?P<gap> ))?(?P<form>{_trie(self._known)})(?!\w)",
            re.IGNORECASE,
        )

    def swap(self, text: str, rng: Generator) -> str | None:
        found = [
            (match, *self._known[match["form"].casefold()])
            for match in self._forms.finditer(text)
            if match["form"].casefold() in self._known
        ]
        if not found:
            return None
        roles = [_role(group, match) for match, group, _ in found]
        needed: dict[str, set[str]] = {}
        for (_, group, _), role in zip(found, roles, strict=True):
            needed.setdefault(group.key, set()).add(role)
        others = self._others({group.key: group for _, group, _ in found}, needed, rng)
        pieces, end = list[str](), 0
        for (match, group, form), role in zip(found, roles, strict=True):
            forms = others[group.key].forms[role]
            canonical = match["form"] if match["form"] in group.forms[role] else form
            new = _recase(forms[int(rng.integers(len(forms)))], match["form"], canonical)
            if match["article"]:
                new = _recase(article(new), match["article"], "a") + match["gap"] + new
            pieces += [text[end : match.start()], new]
            end = match.end()
        return "".join([*pieces, text[end:]])

    def _others(
        self, groups: dict[str, Group], needed: dict[str, set[str]], rng: Generator
    ) -> dict[str, Group]:
        """Return another group for each, different ones as long as there are any."""
        others: dict[str, Group] = {}
        for key, group in groups.items():
            fitting = [
                other
                for other in self._kinds[group.kind]
                if other.key != key
                and other.is_minor == group.is_minor
                and all(other.forms[role] for role in needed[key])
            ]
            taken = {*groups, *(other.key for other in others.values())}
            free = [other for other in fitting if other.key not in taken] or fitting
            others[key] = free[int(rng.integers(len(free)))]
        return others


def _trie(forms: Iterable[str]) -> str:
    """Return a pattern that matches the longest of `forms`."""
    tails: dict[str, list[str]] = {}
    for form in forms:
        tails.setdefault(form[:1], []).append(form[1:])
    optional = tails.pop("", None) is not None
    branches = [re.escape(head) + _trie(rest) for head, rest in sorted(tails.items())]
    if not branches:
        return ""
    return f"(?:{'|'.join(branches)}){'?' if optional else ''}"


def _role(group: Group, match: re.Match[str]) -> str:
    """Guess what the form is in its sentence, where it may be several things."""
    form = match["form"].casefold()
    roles = [role for role in ROLES if form in {one.casefold() for one in group.forms[role]}]
    before_noun = _BEFORE_NOUN.match(match.string, match.end())
    if roles[0] == "adjective" and (before_noun or len(roles) == 1):
        return "adjective"
    if "plural" in roles and not (match["article"] and "singular" in roles):
        return "plural"
    return roles[-1] if roles[-1] != "plural" else "singular"


def _recase(new: str, found: str, canonical: str) -> str:
    """Return `new` with the capitals that `found` has beyond those of its `canonical` form."""
    if len(found) > 1 and found == canonical and (found.islower() or found.isupper()):
        return new
    if found.islower():
        return new.lower()
    if len(found) > 1 and found.isupper():
        return new.upper()
    return new[:1].upper() + new[1:]
