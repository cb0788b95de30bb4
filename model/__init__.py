"""From labelled text to an artefact, and from an artefact to scores.

Serving needs five modules, in the order a text meets them::

    artefact    load_scorer(folder): verify, map the weights, check golden texts
    scorer      Scorer.score(texts): one probability an attribute and text
    normalise   Normaliser: code points without disguise, offsets kept
    words       the words of a text, each hashed once
    ngrams      hashed words and character n-grams of many texts at once

Everything else (``corpus``, ``train``, ``evaluate``) makes the artefact and is
never imported by the service.
"""

from typing import Final

ATTRIBUTES: Final = (
    "toxicity",
    "severe_toxicity",
    "identity_attack",
    "insult",
    "profanity",
    "threat",
)
"""The attributes a comment is scored on, in the order of every score row."""
