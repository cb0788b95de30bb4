"""Scorers that need no artefact: what they say of a text is known by reading it."""

import functools
import re
from typing import Any

import numpy as np
import numpy.typing as npt

from model import ATTRIBUTES
from model.artefact import load_scorer
from model.normalise import Normaliser
from model.scorer import Contributions
from model.sieve import Sieve
from service.settings import ARTEFACTS

CALM = 0.01
"""The score of an attribute that no word of a text raises."""

WORDS = {
    "grumpy": ("toxicity", 0.6),
    "rude": ("toxicity", 0.95),
    "silly": ("insult", 0.6),
    "idiot": ("insult", 0.95),
    "hurt": ("threat", 0.95),
}
"""The attribute each word raises, and to what."""


@functools.cache
def load_normaliser() -> Normaliser:
    """Return the shipped model's."""
    return load_scorer(ARTEFACTS / "en").normaliser


class StubScorer:
    """Score a text by the worst word of `WORDS` in it."""

    version = "en-stub"
    attributes = ATTRIBUTES

    def __init__(self) -> None:
        golden = ["Thank you.", "You idiot."]
        rows = [self._row(text) for text in golden]
        self.manifest: dict[str, Any] = {
            "language": "en",
            "version": "stub",
            "sha256": "0" * 64,
            "attributes": list(ATTRIBUTES),
            "prevalence": dict.fromkeys(ATTRIBUTES, 0.05),
            "golden": [
                {"text": text, "scores": dict(zip(ATTRIBUTES, row, strict=True))}
                for text, row in zip(golden, rows, strict=True)
            ],
        }

    @property
    def normaliser(self) -> Normaliser:
        """That of the shipped model, which takes a moment to be loaded."""
        return load_normaliser()

    def score(self, texts: list[str]) -> npt.NDArray[np.float64]:
        """Return probabilities of shape (n_texts, n_attributes)."""
        rows = [self._row(text) for text in texts]
        return np.array(rows, np.float64).reshape(len(texts), len(ATTRIBUTES))

    def score_and_sift(
        self, texts: list[str], sieve: Sieve
    ) -> tuple[npt.NDArray[np.float64], list[int]]:
        """Return scores, and what the sieve finds."""
        return self.score(texts), sieve.sift(texts)

    def contributions(self, text: str) -> Contributions:
        """Give each character of a word of `WORDS` an equal part of the word's score."""
        values = np.zeros((len(text), len(ATTRIBUTES)))
        found = list(re.finditer(r"\w+", text))
        for match in found:
            attribute, score = WORDS.get(match[0].lower(), ("toxicity", 0.0))
            share = score / len(match[0])
            values[match.start() : match.end(), ATTRIBUTES.index(attribute)] = share
        return Contributions(
            begins=np.arange(len(text)),
            ends=np.arange(1, len(text) + 1),
            values=values,
            words=np.array([match.span() for match in found], np.int64).reshape(-1, 2),
            intercepts=np.zeros(len(ATTRIBUTES)),
        )

    def _row(self, text: str) -> list[float]:
        scores = dict.fromkeys(ATTRIBUTES, CALM)
        for word, (attribute, score) in WORDS.items():
            if word in text.lower():
                scores[attribute] = max(scores[attribute], score)
        return list(scores.values())


class BrokenScorer(StubScorer):
    """A model that fails, with the text in its message as numpy's would have it."""

    def score(self, texts: list[str]) -> npt.NDArray[np.float64]:
        """Raise RuntimeError."""
        raise RuntimeError(texts[0])
