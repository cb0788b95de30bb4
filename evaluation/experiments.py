"""What each choice of the recipe is worth: ``python -m evaluation.experiments DATA``.

Every variant is fitted on the training split and measured on the validation split, so
that the test split stays unseen while choices are made. A source left out of training
is measured whole: users' comments come from none of our sources. It takes half an hour
on two cores, and prints each line when it is there.
"""

import argparse
import sys
import tomllib
from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, Final

import numpy as np
import pandas as pd
from sklearn.metrics import roc_auc_score

from evaluation.subject import LANGUAGE, Floats
from model.augmentation import augment
from model.corpus import Corpus, read_corpus
from model.features import Matrix, count_matrices, learn_weights, weigh_blocks
from model.heads import fit_head
from model.ngrams import NgramHasher
from model.normalise import Normaliser, build_fold_tables
from model.sources import load_sources
from model.templates import build_templates
from model.train import RECIPE, build_normaliser

Settings = dict[str, Any]

SHOWN: Final = {
    "toxicity": (
        "jigsaw-2018", "civil-toxic-spans", "contextual-abuse", "reddit-incivility", "paradetox",
        "our templates",
    ),
    "identity_attack": (
        "jigsaw-2018", "civil-toxic-spans", "contextual-abuse", "dynamically-generated-hate",
        "hatemoji-build", "measuring-hate-speech", "our templates",
    ),
    "insult": ("jigsaw-2018", "civil-toxic-spans", "contextual-abuse", "our templates"),
    "threat": ("jigsaw-2018", "civil-toxic-spans", "edos", "our templates"),
}  # fmt: skip
LEFT_OUT: Final = {
    "toxicity": ("civil-toxic-spans", "reddit-incivility", "paradetox"),
    "identity_attack": (
        "civil-toxic-spans", "contextual-abuse", "dynamically-generated-hate", "hatemoji-build",
        "measuring-hate-speech",
    ),
    "insult": ("civil-toxic-spans", "contextual-abuse"),
    "threat": ("civil-toxic-spans", "edos"),
}  # fmt: skip
CORPUS_FEATURES: Final = (
    ("no group read as one, no misspelling undone", {"lexicon": False}),
    ("pairs of words up to 3 apart", {"reach": 3}),
    ("n-grams of 1 to 6", {"orders": [1, 2, 3, 4, 5, 6]}),
    ("2^20 rows", {"bits": 20}),
)
HEADS: Final = (
    ("tilt 0", {"tilt": 0.0}),
    ("tilt 1", {"tilt": 1.0}),
    ("c a quarter", {"c": 0.25}),
    ("c four times", {"c": 4.0}),
)


@dataclass(frozen=True)
class Bench:
    """Texts as one setting of the features sees them.

    Attributes
    ----------
    training, held_out : DataFrame
        As `model.corpus` has them; the second has every split, and our templates.
    features, held_out_features : Matrix
    """

    training: pd.DataFrame
    held_out: pd.DataFrame
    features: Matrix
    held_out_features: Matrix


@dataclass(frozen=True)
class Variant:
    """One head, fitted another way."""

    name: str
    attribute: str
    head: Settings
    left_out: tuple[str, ...] = ()


def main(arguments: list[str] | None = None) -> int:
    """Print a table an attribute."""
    parser = argparse.ArgumentParser(prog="python -m evaluation.experiments", description=__doc__)
    parser.add_argument("data", type=Path)
    data = parser.parse_args(arguments).data
    recipe = tomllib.loads(RECIPE.read_text(encoding="utf-8"))
    corpus = read_corpus(data, load_sources(LANGUAGE, "train"))
    shipped = build_bench(corpus, recipe, {})
    for attribute in SHOWN:
        print(f"\n### {attribute}\n\n| variant | {' | '.join(SHOWN[attribute])} |")
        print("|---" * (1 + len(SHOWN[attribute])) + "|")
        for variant in build_variants(attribute, recipe["heads"][attribute]):
            print(measure(shipped, variant), flush=True)
    print("\n### Features\n")
    for name, settings in CORPUS_FEATURES:
        bench = build_bench(corpus, recipe, settings)
        for attribute in ("toxicity", "identity_attack"):
            variant = Variant(f"{attribute}: {name}", attribute, recipe["heads"][attribute])
            print(measure(bench, variant), flush=True)
    return 0


def build_bench(corpus: Corpus, recipe: Settings, settings: Settings) -> Bench:
    """Return what training and measuring need, with some settings of the features changed."""
    features = {**recipe["features"], **settings}
    training = corpus.table[corpus.table["split"] == "train"].reset_index(drop=True)
    has_lexicon = features.get("lexicon", True)
    normaliser = build_normaliser(training) if has_lexicon else Normaliser(build_fold_tables())
    hasher = NgramHasher(features["bits"], tuple(features["orders"]), features["reach"])
    augmented = augment(
        training, **recipe["augmentation"], seed=recipe["seed"], benchmark=corpus.benchmark
    )
    templates = build_templates("evaluate", recipe["seed"], 20)
    templates = templates.assign(source="our templates", split="validation")
    held_out = pd.concat([corpus.table, templates], ignore_index=True)
    learnt, unseen = (
        count_matrices(table["text"].tolist(), normaliser, hasher)
        for table in (augmented, held_out)
    )
    idf = learn_weights(learnt, features["min_characters"], features["min_words"])
    return Bench(augmented, held_out, weigh_blocks(learnt, idf), weigh_blocks(unseen, idf))


def build_variants(attribute: str, head: Settings) -> Iterator[Variant]:
    """Return the head as it is, and with one thing changed at a time."""
    shipped = Variant("**as shipped**", attribute, head)
    yield shipped
    for name, changes in HEADS:
        changed = {**head, **changes}
        if "c" in changes:
            changed["c"] = head["c"] * changes["c"]
        yield replace(shipped, name=name, head=changed)
    yield replace(shipped, name="no offsets", head={**head, "offsets": []})
    for source in ("templates", "disguises"):
        yield replace(shipped, name=f"no {source}", head=_without(head, source))
    for source in LEFT_OUT[attribute]:
        yield Variant(f"never saw {source}", attribute, _without(head, source), (source,))


def _without(head: Settings, source: str) -> Settings:
    sources = {name: weight for name, weight in head["sources"].items() if name != source}
    return {
        **head,
        "sources": sources,
        "offsets": [one for one in head["offsets"] if one != source],
    }


def measure(bench: Bench, variant: Variant) -> str:
    """Return a row of a table: ROC-AUC by source, *in italics* where it was left out."""
    head = fit_head(bench.features, bench.training, variant.attribute, variant.head)
    decisions = bench.held_out_features @ head.weights
    cells = [
        _cell(bench.held_out, decisions, variant, source) for source in SHOWN[variant.attribute]
    ]
    return f"| {variant.name} | {' | '.join(cells)} |"


def _cell(held_out: pd.DataFrame, decisions: Floats, variant: Variant, source: str) -> str:
    labels = held_out[variant.attribute].to_numpy()
    chosen = (held_out["source"] == source).to_numpy() & ~np.isnan(labels)
    whole = source in variant.left_out
    if not whole:
        chosen &= (held_out["split"] == "validation").to_numpy()
    area = f"{roc_auc_score(labels[chosen], decisions[chosen]):.4f}"
    return f"*{area}*" if whole else area


if __name__ == "__main__":
    sys.exit(main())
