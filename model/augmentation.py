"""Training sentences that no corpus has: templates of our own, and disguised comments.

They are sources like the others (`TEMPLATES`, `DISGUISES`), of the training split
alone: nothing is measured, calibrated or solved on them.
"""

from collections import Counter
from typing import Final

import numpy as np
import pandas as pd

from model import ATTRIBUTES
from model.corpus import key_hash, text_key
from model.disguise import disguise_all
from model.templates import build_templates

TEMPLATES: Final = "templates"
DISGUISES: Final = "disguises"

_FEWEST: Final = 5
_TELLING: Final = np.log(4.0)
_SHORTEST: Final = 3


def augment(
    training: pd.DataFrame, *, per_template: int, comments: int, seed: int, benchmark: set[str]
) -> pd.DataFrame:
    """Return `training` with sentences from templates and disguised copies of comments.

    Parameters
    ----------
    training : DataFrame
        Rows of the training split, as `model.corpus` has them.
    per_template : int
        Sentences of each template, at most; see `build_templates`.
    comments : int
        How many comments are disguised, at most: half of them toxic, with their
        abusive words disguised, and half of them not, with any words disguised, so
        that a disguise says nothing by itself.
    seed : int
    benchmark : set of str
        Hashes of texts that must not be trained on.
    """
    templates = build_templates("train", seed, per_template).assign(source=TEMPLATES)
    disguised = _disguise(training, comments, seed).assign(source=DISGUISES)
    added = pd.concat([templates, disguised], ignore_index=True).assign(split="train")
    added = added[~added["text"].map(lambda text: key_hash(text_key(text)) in benchmark)]
    columns = ["text", "source", "split", *ATTRIBUTES]
    return pd.concat([training, added[columns]], ignore_index=True)


def find_abusive_words(training: pd.DataFrame) -> set[str]:
    """Return the words that toxic comments have at least four times as often as others."""
    counts = {
        label: Counter(
            word
            for text in training.loc[training["toxicity"] == label, "text"]
            for word in set(text_key(text).split())
        )
        for label in (0, 1)
    }
    sizes = {label: int((training["toxicity"] == label).sum()) for label in (0, 1)}
    return {
        word
        for word, count in counts[1].items()
        if count >= _FEWEST
        and len(word) >= _SHORTEST
        and word.isalpha()
        and np.log(count / sizes[1]) - np.log((counts[0][word] + 1) / max(sizes[0], 1)) >= _TELLING
    }


def _disguise(training: pd.DataFrame, comments: int, seed: int) -> pd.DataFrame:
    """Return disguised copies of some comments, with their labels."""
    abusive = find_abusive_words(training)
    found = training["text"].map(lambda text: set(text_key(text).split()))
    toxic = training[(training["toxicity"] == 1) & found.map(lambda words: bool(words & abusive))]
    harmless = training[training["toxicity"] == 0]
    generator = np.random.default_rng(seed)
    chosen = [
        part.iloc[np.sort(generator.permutation(len(part))[: comments // 2])]
        for part in (toxic, harmless)
    ]
    texts = disguise_all(chosen[0]["text"].tolist(), abusive, seed)
    for text, every in zip(chosen[1]["text"], found[chosen[1].index], strict=True):
        words = sorted(word for word in every if len(word) > _SHORTEST)
        picked = set(generator.permutation(words)[:2].tolist()) if words else set()
        texts += disguise_all([text], picked, int(generator.integers(2**31)))
    copies = pd.concat(chosen)
    return copies.assign(text=texts)[pd.Series(texts, copies.index) != copies["text"]]
