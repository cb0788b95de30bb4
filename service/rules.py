"""What a policy finds in a text before it is scored: terms of its lists, and links."""

from collections.abc import Sequence
from typing import Final, Literal, NamedTuple

from model.normalise import Normaliser
from service.decision import ActionLabel, Reason
from service.length import utf16_offsets
from service.policy.links import count_links
from service.policy.shape import Policy
from service.policy.words import Found, Listed, WordLists

_ACTIONS: Final[dict[Listed, tuple[Literal["banned_term", "suspect_term"], ActionLabel]]] = {
    "banned": ("banned_term", "reject"),
    "suspect": ("suspect_term", "flag"),
}


class Findings(NamedTuple):
    """What was found in a text.

    Attributes
    ----------
    reasons : sequence of Reason
        A rule that fired each.
    text : str
        As the model is to read it: allowed terms are replaced, and the length is the same.
    """

    reasons: Sequence[Reason]
    text: str


class Rules:
    """The rules of a policy that need no score.

    Parameters
    ----------
    policy : Policy
    normaliser : Normaliser
        Undoes disguise before terms are looked for.
    """

    def __init__(self, policy: Policy, normaliser: Normaliser) -> None:
        self._lists = WordLists(policy.words, normaliser) if policy.words else None
        self._links = policy.links

    def find(self, texts: Sequence[str]) -> list[Findings]:
        """Return what is found in each text.

        Parameters
        ----------
        texts : sequence of str
            Without lone surrogates.
        """
        found = self._lists.find(texts) if self._lists else [Found([], text) for text in texts]
        return [
            Findings([*_name_terms(text, each), *self._count(text)], each.text)
            for text, each in zip(texts, found, strict=True)
        ]

    def _count(self, text: str) -> list[Reason]:
        if self._links is None:
            return []
        count = count_links(text, self._links.own)
        if count <= self._links.limit:
            return []
        return [Reason("too_many_links", self._links.action, count=count, limit=self._links.limit)]


def _name_terms(text: str, found: Found) -> list[Reason]:
    if not found.terms:
        return []
    units = utf16_offsets(text).tolist()
    return [
        Reason(*_ACTIONS[term.listed], term=term.term, begin=units[term.begin], end=units[term.end])
        for term in found.terms
    ]
