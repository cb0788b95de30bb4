"""Which terms of a policy's lists a text has, and the text as the model is to read it."""

from collections.abc import Sequence
from typing import Literal, NamedTuple

from model.normalise import Normaliser
from service.policy.shape import Words

Listed = Literal["banned", "suspect"]


class Term(NamedTuple):
    """A term of a list, and where a text has it.

    Attributes
    ----------
    listed : {"banned", "suspect"}
    term : str
        As it was written in the list.
    begin, end : int
        Indices into the text, `end` exclusive.
    """

    listed: Listed
    term: str
    begin: int
    end: int


class Found(NamedTuple):
    """What lists find in a text.

    Attributes
    ----------
    terms : list of Term
        Each different term once, where it comes first, in the order of the text.
    text : str
        As long as the text, with all of an allowed term replaced.
    """

    terms: list[Term]
    text: str


class WordLists:
    """Find terms in texts.

    Parameters
    ----------
    words : Words
    normaliser : Normaliser
    """

    def __init__(self, words: Words, normaliser: Normaliser) -> None:
        self._words = words
        self._normaliser = normaliser

    def find(self, texts: Sequence[str]) -> list[Found]:
        """Return what each text has."""
        return [Found([], text) for text in texts]
