"""From labelled text to an artefact, and from an artefact to scores.

Serving needs ten modules, in the order a text meets them::

    artefact    load_scorer(folder): verify, map the weights, check golden texts
    scorer      Scorer.score(texts): one probability an attribute and text
    normalise   Normaliser: code points without disguise, offsets kept
    reading     letters that were spread out, masked or swapped for others
    ngrams      words looked up, then hashed with pairs and character n-grams
    tables      what each code point is
    words       what word lists are matched on: the words of a text as read
    sieve       which texts may have a word of a list at all
    scan        how it tells, by hashes, while texts are scored
    signs       which texts may have a link
    compiled    how those six become machine code

The service's tools solve thresholds with three more: ``validation`` (scores and labels
of held-out comments), ``prevalence`` (their weights), ``operating_points``.

Everything else makes the artefact and is never imported by the service. From the
sets of comments to weights: ``readers``, ``corpus``, ``augmentation`` (with
``templates``, ``identities`` and ``disguise``), ``lexicon``, ``features``, ``heads``,
``calibration``, ``measures``, ``train``, ``saving``, ``card``.
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
