"""Make an artefact from labelled comments: ``python -m model.train DATA``.

Everything that is chosen stands in ``recipe.toml``; nothing is random, so the
same data and libraries give the same artefact to the last bit.
"""

import argparse
import sys
import tomllib
from dataclasses import dataclass
from importlib.metadata import version
from pathlib import Path
from typing import Any, Final

import numpy as np
import numpy.typing as npt
import pandas as pd
from joblib import Parallel, delayed
from scipy import sparse
from sklearn.linear_model import LogisticRegression
from sklearn.metrics import average_precision_score, roc_auc_score

from model import ATTRIBUTES
from model.artefact import save_artefact
from model.calibration import fit_platt, weights_for_prevalence
from model.corpus import Corpus, read_corpus
from model.features import Matrix, combine, count_matrices, inverse_frequencies, weigh
from model.ngrams import NgramHasher
from model.normalise import Normaliser, build_fold_tables
from model.operating_points import build_curve
from model.scorer import COLUMNS, Scorer, calibrate
from model.sources import load_sources

RECIPE: Final = Path(__file__).with_name("recipe.toml")
ARTEFACTS: Final = Path(__file__).with_name("artefacts")
CALIBRATED_ON: Final = ("jigsaw-2018", "jigsaw-2018-toxic")
"""Sources whose held-out comments calibrate: those whose natural prevalence is known."""

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
_OFFSET: Final = 3.0
"""How large a source's column is: large enough for regularisation not to hold it back."""

_MIN_POSITIVES: Final = 10

Recipe = dict[str, Any]
Floats = npt.NDArray[np.float64]


@dataclass(frozen=True)
class Head:
    """Weights of one attribute."""

    weights: Floats
    intercept: float


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
        scorer = train(corpus, recipe)
    except ValueError as error:
        _say(f"not trained: {error}")
        return 1
    output = options.output or ARTEFACTS / recipe["language"]
    save_artefact(output, scorer)
    _say(f"saved {output}")
    return 0


def train(corpus: Corpus, recipe: Recipe) -> Scorer:
    """Return a calibrated scorer with its manifest.

    Raises
    ------
    ValueError
        If an attribute has no labels to learn from or to calibrate on.
    """
    settings = recipe["features"]
    tables = build_fold_tables()
    normaliser = Normaliser(tables)
    hasher = NgramHasher(settings["bits"], tuple(settings["orders"]), tables)
    table = corpus.table
    _say(f"{len(table)} texts; {corpus.dropped} dropped, a benchmark has them")
    training = table[table["split"] == "train"].reset_index(drop=True)
    characters, words = count_matrices(training["text"].tolist(), normaliser, hasher)
    idf = combine(
        inverse_frequencies(characters, settings["min_characters"]),
        inverse_frequencies(words, settings["min_words"]),
    )
    features = weigh(characters, idf) + weigh(words, idf)
    features.eliminate_zeros()
    _say(f"{np.count_nonzero(idf)} rows of the weight table are used")
    heads = Parallel(n_jobs=2, prefer="threads")(
        delayed(fit_head)(features, training, attribute, recipe["heads"][attribute])
        for attribute in ATTRIBUTES
    )
    scorer = _assemble(heads, idf, normaliser, hasher)
    held_out = table[table["split"] != "train"].reset_index(drop=True)
    decisions = scorer.decision_function(held_out["text"].tolist())
    calibration, curves = _calibrate(held_out, decisions, recipe["prevalence"])
    scorer.calibration[:] = calibration
    scorer.manifest.update(
        version=recipe["version"],
        language=recipe["language"],
        features=settings,
        attributes=list(ATTRIBUTES),
        prevalence=recipe["prevalence"],
        calibrated_on=list(CALIBRATED_ON),
        heads=recipe["heads"],
        curves=curves,
        metrics=_metrics(held_out, decisions),
        sources=_sources(corpus, recipe["language"]),
        libraries={
            name: version(name) for name in ("numpy", "scipy", "scikit-learn", "pandas", "joblib")
        },
        python=".".join(map(str, sys.version_info[:3])),
        golden=[{"text": text} for text in GOLDEN],
    )
    return scorer


def fit_head(features: Matrix, training: pd.DataFrame, attribute: str, head: Recipe) -> Head:
    """Fit one attribute on the sources its part of the recipe names.

    Raises
    ------
    ValueError
        If the labels known are not both 0 and 1.
    """
    weight = training["source"].map(head["sources"]).fillna(0.0).to_numpy()
    labels = training[attribute].to_numpy()
    used = np.flatnonzero((weight > 0) & ~np.isnan(labels))
    if len(np.unique(labels[used])) != 2:  # noqa: PLR2004 - 0 and 1
        raise ValueError(f"{attribute} has no positive, or no negative, comment to learn from")
    chosen = features[used]
    if offsets := head.get("offsets"):
        sources = _source_columns(training["source"].iloc[used], offsets)
        chosen = sparse.hstack([chosen, sources], format="csr")
    model = LogisticRegression(C=head["c"], tol=1e-6, max_iter=500)
    model.fit(chosen, labels[used].astype(int), sample_weight=weight[used])
    _say(f"{attribute}: {len(used)} comments, {model.n_iter_[0]} iterations")
    return Head(model.coef_[0, : features.shape[1]].astype(np.float64), float(model.intercept_[0]))


def _source_columns(source: pd.Series, offsets: list[str]) -> Matrix:
    """Return a column for each source of `offsets`, marking its comments."""
    marks = (source.to_numpy()[:, None] == np.array(offsets)).astype(np.float32)
    return sparse.csr_array(_OFFSET * marks)


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


def _calibrate(
    held_out: pd.DataFrame, decisions: Floats, prevalence: dict[str, float]
) -> tuple[Floats, dict[str, dict[str, list[float]]]]:
    """Return calibration and curves from the validation split."""
    natural = (held_out["split"] == "validation") & held_out["source"].isin(CALIBRATED_ON)
    lines, curves = [], {}
    for column, attribute in enumerate(ATTRIBUTES):
        known = natural & held_out[attribute].notna() & held_out["toxicity"].notna()
        y_true = held_out.loc[known, attribute].to_numpy()
        if y_true.sum() < _MIN_POSITIVES:
            raise ValueError(f"{attribute} has too few comments to be calibrated on")
        toxic = held_out.loc[known, "toxicity"].to_numpy()
        weights = weights_for_prevalence(
            y_true, toxic, prevalence[attribute], prevalence["toxicity"]
        )
        found = decisions[known.to_numpy(), column]
        slope, intercept = fit_platt(found, y_true, weights)
        lines.append((slope, intercept))
        scores = calibrate(found, slope, intercept)
        curves[attribute] = build_curve(scores, y_true, weights)
    return np.array(lines), curves


def _metrics(held_out: pd.DataFrame, decisions: Floats) -> list[dict[str, Any]]:
    """Return ROC-AUC and average precision on the test split, by attribute and source."""
    test = held_out["split"] == "test"
    rows = []
    for column, attribute in enumerate(ATTRIBUTES):
        for source, group in held_out[test & held_out[attribute].notna()].groupby("source"):
            y_true = group[attribute].to_numpy()
            positives = int(y_true.sum())
            if min(positives, len(y_true) - positives) < _MIN_POSITIVES:
                continue
            found = decisions[group.index, column]
            rows.append(
                {
                    "attribute": attribute,
                    "source": source,
                    "comments": len(y_true),
                    "positives": positives,
                    "roc_auc": round(float(roc_auc_score(y_true, found)), 4),
                    "average_precision": round(float(average_precision_score(y_true, found)), 4),
                }
            )
    return rows


def _sources(corpus: Corpus, language: str) -> list[dict[str, Any]]:
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
        for source in load_sources(language, "train")
        if source.name in corpus.found
    ]


def _say(sentence: str) -> None:
    print(sentence, file=sys.stderr, flush=True)


if __name__ == "__main__":
    sys.exit(main())
