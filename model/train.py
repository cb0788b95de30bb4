"""Make an artefact from labelled comments: ``python -m model.train DATA``.

Everything that is chosen stands in ``recipe.toml`` and all chance has a seed, so
the same data and libraries give the same artefact to the last bit.
"""

import argparse
import sys
import tomllib
from importlib.metadata import version
from pathlib import Path
from typing import Any, Final

import numpy as np
import numpy.typing as npt
import pandas as pd
from joblib import Parallel, delayed

from model import ATTRIBUTES
from model.augmentation import DISGUISES, TEMPLATES, augment
from model.corpus import FEEDBACK, Corpus, read_corpus, text_key
from model.features import count_matrices, learn_weights, weigh_blocks
from model.heads import Head, fit_head
from model.lexicon import add_lexicon
from model.measures import CALIBRATED_ON, calibrate_heads, collect_validation, measure_heads
from model.ngrams import NgramHasher
from model.normalise import Normaliser, build_fold_tables
from model.saving import save_artefact
from model.scorer import COLUMNS, Scorer
from model.sources import load_sources
from model.validation import Validation, build_curves

RECIPE: Final = Path(__file__).with_name("recipe.toml")
ARTEFACTS: Final = Path(__file__).with_name("artefacts")
GOLDEN: Final = (
    "Thank you, I had not thought of it that way.",
    "America is a lying country. It is the number one sponsor of global terrorism.",
    "An airstrike on the outskirts of the city killed 34 soldiers on Monday.",
    "You are a pathetic idiot and everybody here is laughing at you.",
    "Shut your f\u200bucking mouth, you \uff2d\uff2f\uff32\uff2f\uff2e!!!!!",
    "I will find you and I will kill you.",
    "Ça va être très bien — «les négociations» ont repris… 🙂",
    "شكرا على هذا التقرير",
    "\x00\ud83d",
    "",
)
"""Texts whose scores an artefact records, and every start of the service checks."""

_LIMIT: Final = 32767

Recipe = dict[str, Any]
Floats = npt.NDArray[np.float64]


def main(arguments: list[str] | None = None) -> int:
    """Train, print what was reached, and save the artefact."""
    parser = argparse.ArgumentParser(prog="python -m model.train", description=__doc__)
    parser.add_argument("data", type=Path, help="folder with a subfolder for each training set")
    parser.add_argument("-o", "--output", type=Path, help="folder of the artefact")
    options = parser.parse_args(arguments)
    recipe = tomllib.loads(RECIPE.read_text(encoding="utf-8"))
    try:
        corpus = read_corpus(options.data, load_sources(recipe["language"], "train"))
        for sentence in corpus.missing:
            _say(f"missing: {sentence}")
        used = {name for head in recipe["heads"].values() for name in head["sources"]}
        if FEEDBACK in corpus.found and FEEDBACK not in used:
            _say(f"no head of {RECIPE.name} learns from {FEEDBACK}: see docs/feedback.md")
        scorer, validation = train(corpus, recipe)
    except ValueError as error:
        _say(f"not trained: {error}")
        return 1
    output = options.output or ARTEFACTS / recipe["language"]
    save_artefact(output, scorer, validation)
    _say(f"saved {output}")
    return 0


def train(corpus: Corpus, recipe: Recipe) -> tuple[Scorer, Validation]:
    """Return a calibrated scorer with its manifest, and what thresholds are solved on.

    Raises
    ------
    ValueError
        If an attribute has no labels to learn from or to calibrate on.
    """
    settings = recipe["features"]
    hasher = NgramHasher(settings["bits"], tuple(settings["orders"]), settings["reach"])
    table = corpus.table
    _say(f"{len(table)} texts; {corpus.dropped} dropped, a benchmark has them")
    training = table[table["split"] == "train"].reset_index(drop=True)
    normaliser = build_normaliser(training)
    training = augment(
        training,
        **recipe["augmentation"],
        seed=recipe["seed"],
        benchmark=corpus.benchmark,
    )
    _say(f"{len(training)} texts to learn from: {training['source'].value_counts().to_dict()}")
    blocks = count_matrices(training["text"].tolist(), normaliser, hasher)
    idf = learn_weights(blocks, settings["min_characters"], settings["min_words"])
    features = weigh_blocks(blocks, idf)
    _say(f"{np.count_nonzero(idf)} rows of the weight table are used")
    heads = Parallel(n_jobs=2, prefer="threads")(
        delayed(fit_head)(features, training, attribute, recipe["heads"][attribute])
        for attribute in ATTRIBUTES
    )
    for attribute, head in zip(ATTRIBUTES, heads, strict=True):
        _say(f"{attribute}: {head.comments} texts, {head.iterations} iterations")
    scorer = _assemble(heads, idf, normaliser, hasher)
    held_out = table[table["split"] != "train"].reset_index(drop=True)
    decisions = scorer.decision_function(held_out["text"].tolist())
    scorer.calibration[:] = calibrate_heads(
        held_out, decisions, recipe["prevalence"], recipe["calibration"]["prevalence"]
    )
    validation = collect_validation(held_out, decisions, scorer.calibration)
    scorer.manifest.update(
        version=recipe["version"],
        language=recipe["language"],
        features=settings,
        attributes=list(ATTRIBUTES),
        prevalence=recipe["prevalence"],
        calibration=recipe["calibration"],
        calibrated_on=list(CALIBRATED_ON),
        augmentation={
            name: int((training["source"] == name).sum()) for name in (TEMPLATES, DISGUISES)
        },
        heads=recipe["heads"],
        curves=build_curves(validation, recipe["prevalence"]),
        metrics=measure_heads(held_out, decisions),
        sources=_sources(corpus),
        libraries={
            name: version(name) for name in ("numpy", "scipy", "scikit-learn", "pandas", "joblib")
        },
        python=".".join(map(str, sys.version_info[:3])),
        golden=[{"text": text} for text in GOLDEN],
    )
    return scorer, validation


def build_normaliser(training: pd.DataFrame) -> Normaliser:
    """Return a normaliser with the lexicon that the training split gives."""
    harmless = training.loc[training["toxicity"] == 0, "text"].map(text_key).str.split()
    return Normaliser(add_lexicon(build_fold_tables(), harmless))


def _assemble(
    heads: list[Head],
    idf: npt.NDArray[np.float32],
    normaliser: Normaliser,
    hasher: NgramHasher,
) -> Scorer:
    """Return a scorer whose table has the heads' weights as whole numbers."""
    columns = np.zeros((len(idf), COLUMNS))
    for column, head in enumerate(heads):
        columns[:, column] = head.weights * idf
    columns[:, -1] = np.square(idf, dtype=np.float64)
    largest = np.abs(columns).max(axis=0)
    scales = np.where(largest > 0, largest / _LIMIT, 1.0)
    return Scorer(
        manifest={},
        normaliser=normaliser,
        hasher=hasher,
        table=np.rint(columns / scales).astype(np.int16),
        scales=scales,
        intercepts=np.array([head.intercept for head in heads]),
        calibration=np.tile([1.0, 0.0], (len(heads), 1)),
    )


def _sources(corpus: Corpus) -> list[dict[str, Any]]:
    """Return what is said of each set in the manifest and on the model card."""
    counts = corpus.table.groupby("source")["split"].value_counts()
    return [
        {
            "name": source.name,
            "title": source.title,
            "licence": source.licence,
            "url": source.url,
            "rows": {
                split: int(counts.get((source.name, split), 0))
                for split in ("train", "validation", "test")
            },
            "sha256": corpus.found[source.name],
        }
        for source in corpus.sources
    ]


def _say(sentence: str) -> None:
    print(sentence, file=sys.stderr, flush=True)


if __name__ == "__main__":
    sys.exit(main())
