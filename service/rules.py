"""What a policy finds in a text, whatever it scores: terms of its lists, and links."""

from collections.abc import Sequence
from typing import Final, Literal, NamedTuple

from model.normalise import Normaliser
from model.scan import LINK, WORD
from model.sieve import Sieve
from service.decision import ActionLabel, Reason
from service.length import utf16_offsets
from service.policy.hosts import load_suffixes
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

    Most comments break none, so they are sifted while they are scored, and searched only
    where the sieve finds something.

    Parameters
    ----------
    policy : Policy
    normaliser : Normaliser
        Undoes disguise before terms are looked for.

    Attributes
    ----------
    sieve : Sieve
        What it finds is for `search`.
    """

    def __init__(self, policy: Policy, normaliser: Normaliser) -> None:
        self._lists = WordLists(policy.words, normaliser) if policy.words else None
        self._links = policy.links
        self.sieve = self._lists.sieve if self._lists else Sieve(normaliser, (), ())
        if policy.links:
            # Read now, before workers are forked, not by the first comment with a link.
            load_suffixes()

    def find(self, texts: list[str]) -> list[Findings]:
        """Return what is found in each text.

        Parameters
        ----------
        texts : list of str
            Without lone surrogates.
        """
        hits = self.sieve.sift(texts)
        return [self.search(text, hit) for text, hit in zip(texts, hits, strict=True)]

    def search(self, text: str, hit: int) -> Findings:
        """Return what is found in a text, where the sieve found `hit`."""
        found = self._lists.search(text) if self._lists and hit & WORD else Found([], text)
        counted = self._count(text) if hit & LINK else ()
        return Findings([*_name_terms(text, found), *counted], found.text)

    def _count(self, text: str) -> Sequence[Reason]:
        if self._links is None:
            return ()
        count = count_links(text, self._links.own)
        if count <= self._links.limit:
            return ()
        return [Reason("too_many_links", self._links.action, count=count, limit=self._links.limit)]


def _name_terms(text: str, found: Found) -> list[Reason]:
    if not found.terms:
        return []
    units = utf16_offsets(text).tolist()
    return [
        Reason(*_ACTIONS[term.listed], term=term.term, begin=units[term.begin], end=units[term.end])
        for term in found.terms
    ]
