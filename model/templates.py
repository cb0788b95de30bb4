"""Labelled sentences of our own, made from templates, that tell a model what a label is about.

Every group of people stands in acceptable and in abusive sentences in the same
proportion, so that its name says nothing about the label.
"""

import hashlib
import re
import tomllib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import numpy as np
import pandas as pd
from numpy.random import Generator

from model import ATTRIBUTES
from model.identities import Group, article, load_identities

TEMPLATES_FILE: Final = Path(__file__).with_name("templates.toml")
USES: Final = ("train", "evaluate")

_KEYS: Final = {"kind", "use", "positive", "unknown", "identities", "repeat", "texts"}
_REQUIRED: Final = ("kind", "use", "positive", "texts")
IDENTITY_SLOTS: Final = {
    "adjective": "adjective",
    "singular": "singular",
    "plural": "plural",
    "place": "place",
    "other_plural": "plural",
    "other_adjective": "adjective",
}
_SLOT: Final = re.compile(r"\{(\w+)\}")
_ARTICLE: Final = re.compile(r"\{a\} (?=[\"']?([\w-]+))")
_BEGINNING: Final = re.compile(r"(?:^|[.!?] )$")


@dataclass(frozen=True)
class Template:
    """A sentence with slots.

    Attributes
    ----------
    index : int
        Its place in the file.
    text, kind, use : str
    labels : tuple of float
        1.0, 0.0 or NaN for each of `ATTRIBUTES`.
    identities : frozenset of str
        Kinds of group that it makes sense for.
    repeat : int
        How many times as many sentences are made of it as of others.
    """

    index: int
    text: str
    kind: str
    use: str
    labels: tuple[float, ...]
    identities: frozenset[str]
    repeat: int

    @property
    def slots(self) -> frozenset[str]:
        """Names of the slots."""
        return frozenset(_SLOT.findall(self.text))

    @property
    def is_toxic(self) -> bool:
        """Whether toxicity holds."""
        return self.labels[ATTRIBUTES.index("toxicity")] == 1

    def fits(self, group: Group) -> bool:
        """Return whether `group` has all the forms that this asks for."""
        slots = self.slots
        return (
            group.kind in self.identities
            and ("place" not in slots or group.place != "")
            and ("adjective" not in slots or group.forms["adjective"] != ())
        )


@dataclass(frozen=True)
class Templates:
    """The file of templates.

    Attributes
    ----------
    templates : list of Template
    slots : dict of str to dict
        For each use, what may stand in a slot.
    """

    templates: list[Template]
    slots: dict[str, dict[str, list[str]]]


def load_templates(path: Path = TEMPLATES_FILE) -> Templates:
    """Read and check the templates.

    Raises
    ------
    ValueError
        If a block has a wrong key, label or repeat, a text comes twice, a slot cannot be
        filled, or lists a word twice.
    """
    table = tomllib.loads(path.read_text(encoding="utf-8"))
    kinds = frozenset(group.kind for group in load_identities())
    slots = table["slots"]
    for use, own in slots.items():
        for slot, words in own.items():
            if twice := sorted({word for word in words if words.count(word) > 1}):
                raise ValueError(f"{path.name}: {use}.{slot} lists {twice[0]!r} twice")
    templates: list[Template] = []
    for number, block in enumerate(table["templates"], start=1):
        where = f"{path.name}: block {number}"
        labels = _labels(where, block)
        identities = frozenset(block.get("identities", kinds))
        if wrong := sorted(identities - kinds):
            raise ValueError(f"{where}: no kind of group is called {wrong[0]}")
        repeat = block.get("repeat", 1)
        if type(repeat) is not int or repeat < 1:
            raise ValueError(f"{where}: repeat is {repeat!r}, not a whole number above zero")
        for text in block["texts"]:
            template = Template(
                len(templates), text, block["kind"], block["use"], labels, identities, repeat
            )
            _check_slots(where, template, set(slots[template.use]))
            if any(text == other.text for other in templates):
                raise ValueError(f"{where}: {text!r} is there twice")
            templates.append(template)
    return Templates(templates, slots)


def _labels(where: str, block: dict[str, Any]) -> tuple[float, ...]:
    """Return the labels of a block, whose keys are checked too."""
    if absent := [key for key in _REQUIRED if key not in block]:
        raise ValueError(f"{where}: lacks {absent[0]}")
    if extra := sorted(set(block) - _KEYS):
        raise ValueError(f"{where}: unknown key {extra[0]}")
    if block["use"] not in USES:
        raise ValueError(f"{where}: use is {block['use']!r}, not one of {', '.join(USES)}")
    positive, unknown = set(block["positive"]), set(block.get("unknown", []))
    if wrong := sorted((positive | unknown) - set(ATTRIBUTES)):
        raise ValueError(f"{where}: no attribute is called {wrong[0]}")
    if both := sorted(positive & unknown):
        raise ValueError(f"{where}: {both[0]} is both positive and unknown")
    return tuple(
        np.nan if attribute in unknown else float(attribute in positive) for attribute in ATTRIBUTES
    )


def _check_slots(where: str, template: Template, own: set[str]) -> None:
    unfilled = template.slots - own - set(IDENTITY_SLOTS) - {"a"}
    if unfilled:
        raise ValueError(f"{where}: nothing fills {{{min(unfilled)}}} in {template.text!r}")
    if set("{}") & set(_SLOT.sub("", template.text)):
        raise ValueError(f"{where}: a brace stands alone in {template.text!r}")


def build_templates(use: str, seed: int, per_template: int) -> pd.DataFrame:
    """Fill the templates.

    Parameters
    ----------
    use : {"train", "evaluate"}
    seed : int
        The same seed gives the same table, on any machine.
    per_template : int
        How many sentences are made of each template at most, times its
        ``repeat``: no group comes twice in one, and equal sentences are made
        once.

    Returns
    -------
    DataFrame
        Columns ``text``, ``kind``, ``template`` (its index), ``group`` (key
        of the identity, or empty) and the attributes (1.0, 0.0, NaN).

    Raises
    ------
    ValueError
        If there is no such use.
    """
    if use not in USES:
        raise ValueError(f"use is {use!r}, not one of {', '.join(USES)}")
    loaded, groups = load_templates(), load_identities()
    templates = [template for template in loaded.templates if template.use == use]
    named = [template for template in templates if template.slots & set(IDENTITY_SLOTS)]
    chosen: dict[int, list[Group]] = {}
    for toxic in (False, True):
        side = [template for template in named if template.is_toxic == toxic]
        chosen |= _assign(side, groups, per_template, _generator(seed, f"{use} {toxic}"))
    fill = _Fill(loaded.slots[use], groups)
    rows = [
        (text, template.kind, template.index, key, *template.labels)
        for template in templates
        for text, key in fill.sentences(
            template,
            chosen.get(template.index, [None] * (per_template * template.repeat)),
            _generator(seed, template.text),
        )
    ]
    return pd.DataFrame(rows, columns=["text", "kind", "template", "group", *ATTRIBUTES])


def _generator(seed: int, name: str) -> Generator:
    digest = hashlib.sha256(f"{seed} {name}".encode()).digest()
    return np.random.default_rng(int.from_bytes(digest[:8], "big"))


def _assign(
    templates: list[Template], groups: list[Group], per_template: int, rng: Generator
) -> dict[int, list[Group]]:
    """Choose groups for each template so that all groups are chosen equally often.

    Templates for few groups go first; the others even out what they did.
    """
    free = {t.index: np.array([t.fits(group) for group in groups]) for t in templates}
    times = [per_template * t.repeat for t in templates]
    order = rng.permutation(np.repeat([t.index for t in templates], times)).tolist()
    fits_most = {index: 2 * int(fits.sum()) > len(groups) for index, fits in free.items()}
    order.sort(key=lambda index: fits_most[index])
    counts = np.zeros(len(groups), int)
    chosen: dict[int, list[Group]] = {template.index: [] for template in templates}
    for index in order:
        fitting = free[index].nonzero()[0]
        if not len(fitting):
            continue
        rarest = fitting[counts[fitting] == counts[fitting].min()]
        one = int(rarest[rng.integers(len(rarest))])
        counts[one] += 1
        free[index][one] = False
        chosen[index].append(groups[one])
    return chosen


class _Fill:
    """Puts words into slots."""

    def __init__(self, slots: dict[str, list[str]], groups: list[Group]) -> None:
        self._slots = slots
        self._kinds: dict[str, list[Group]] = {}
        for group in groups:
            if group.forms["adjective"]:
                self._kinds.setdefault(group.kind, []).append(group)

    def sentences(
        self, template: Template, groups: Sequence[Group | None], rng: Generator
    ) -> Iterator[tuple[str, str]]:
        """Return different sentences, each with the key of its group."""
        made: dict[str, str] = {}
        decks = {slot: list[str]() for slot in sorted(template.slots & self._slots.keys())}
        for group in groups:
            words = {slot: [self._draw(slot, deck, rng)] for slot, deck in decks.items()}
            sentence = self._sentence(template.text, words, group, rng)
            made.setdefault(sentence, group.key if group else "")
        return iter(made.items())

    def _draw(self, slot: str, deck: list[str], rng: Generator) -> str:
        """Take a word off `deck`, which is shuffled anew when all words of `slot` were taken."""
        if not deck:
            words = self._slots[slot]
            deck.extend(words[index] for index in rng.permutation(len(words)))
        return deck.pop()

    def _sentence(
        self, template: str, words: dict[str, list[str]], group: Group | None, rng: Generator
    ) -> str:
        if group is not None:
            others = [other for other in self._kinds[group.kind] if other is not group]
            other = others[int(rng.integers(len(others)))]
            for slot, role in IDENTITY_SLOTS.items():
                source = other if slot.startswith("other_") else group
                words[slot] = [source.place] if role == "place" else list(source.forms[role])
        words["a"] = ["{a}"]

        def fill(match: re.Match[str]) -> str:
            choices = words[match[1]]
            return _at_beginning(match, choices[int(rng.integers(len(choices)))])

        filled = _SLOT.sub(fill, template)
        return _ARTICLE.sub(lambda match: _at_beginning(match, f"{article(match[1])} "), filled)


def _at_beginning(match: re.Match[str], word: str) -> str:
    """Return `word`, with a capital letter if a sentence begins here."""
    begins = _BEGINNING.search(match.string, max(match.start() - 2, 0), match.start())
    return word[:1].upper() + word[1:] if begins else word
