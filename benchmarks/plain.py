"""The yardstick of quality, a plain TF-IDF model: ``python -m benchmarks.plain DATA``.

Words 1 to 2 and characters 2 to 5 within words, sublinear, one logistic
regression an attribute, trained on the training split of the Jigsaw comments
and measured on their test split, the same texts as the shipped model's.
"""

import argparse
import sys
from pathlib import Path

import numpy as np
from scipy import sparse
from sklearn.feature_extraction.text import TfidfVectorizer
from sklearn.linear_model import LogisticRegression
from sklearn.metrics import average_precision_score, roc_auc_score

from model import ATTRIBUTES
from model.artefact import read_manifest
from model.corpus import read_corpus
from model.sources import load_sources
from service.settings import ARTEFACTS

SOURCE = "jigsaw-2018"


def main(arguments: list[str] | None = None) -> int:
    """Print ROC-AUC and average precision of the plain and of the shipped model."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.plain", description=__doc__)
    parser.add_argument("data", type=Path)
    data = parser.parse_args(arguments).data
    table = read_corpus(data, load_sources("en", "train")).table
    table = table[table["source"].isin([SOURCE, f"{SOURCE}-toxic"])].reset_index(drop=True)
    train = (table["split"] == "train").to_numpy()
    shared = {"sublinear_tf": True, "strip_accents": "unicode", "dtype": np.float32}
    vectorizers = (
        TfidfVectorizer(ngram_range=(1, 2), min_df=3, **shared),
        TfidfVectorizer(
            analyzer="char_wb", ngram_range=(2, 5), min_df=5, max_features=400_000, **shared
        ),
    )
    parts = [each.fit(table["text"][train]).transform(table["text"]) for each in vectorizers]
    features = sparse.hstack(parts, format="csr")
    shipped = {
        row["attribute"]: row
        for row in read_manifest(ARTEFACTS / "en")["metrics"]
        if row["source"] == SOURCE
    }
    test = ((table["split"] == "test") & (table["source"] == SOURCE)).to_numpy()
    print(
        "| attribute | plain: ROC-AUC | average precision | shipped: ROC-AUC | average precision |"
    )
    print("|---|---|---|---|---|")
    for attribute in ATTRIBUTES:
        labels = table[attribute].to_numpy()
        known = ~np.isnan(labels)
        model = LogisticRegression(C=4.0, max_iter=500, tol=1e-6)
        model.fit(features[train & known], labels[train & known])
        y_true = labels[test & known]
        found = model.decision_function(features[test & known])
        own = shipped[attribute]
        print(
            f"| {attribute} | {roc_auc_score(y_true, found):.4f}"
            f" | {average_precision_score(y_true, found):.4f}"
            f" | {own['roc_auc']:.4f} | {own['average_precision']:.4f} |",
            flush=True,
        )
    return 0


if __name__ == "__main__":
    sys.exit(main())
