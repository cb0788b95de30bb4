"""Others that score stored comments: ``python -m benchmarks.peers NAME INPUT OUTPUT [MODEL]``.

Each is the loop that its users would write: read a Parquet file in chunks of as many rows
as ours, score them in one call, write ids and scores to Parquet. That is less than ours
writes.
"""

import argparse
import functools
import sys
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Final

import joblib
import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.parquet as pq
from sklearn.feature_extraction.text import TfidfVectorizer
from sklearn.linear_model import LogisticRegression
from sklearn.pipeline import make_pipeline

from service.rescore.parts import CHUNK_ROWS

Score = Callable[[list[str]], npt.NDArray[np.float64]]

PROFANITY: Final = "alt-profanity-check"
TFIDF: Final = "scikit-learn"
FITTED: Final = 20_000
_SCHEMA: Final = pa.schema([("id", pa.int64()), ("score", pa.float64())])


def main(arguments: list[str] | None = None) -> int:
    """Score a file."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.peers", description=__doc__)
    parser.add_argument("name", choices=[PROFANITY, TFIDF])
    parser.add_argument("input", type=Path)
    parser.add_argument("output", type=Path)
    parser.add_argument("model", type=Path, nargs="?", help=f"of {TFIDF}, as `fit` wrote it")
    options = parser.parse_args(arguments)
    if options.name == TFIDF and not options.model:
        parser.error(f"{TFIDF} needs a model")
    _score_file(_load_score(options), options.input, options.output)
    return 0


def fit(comments: Sequence[str], path: Path) -> None:
    """Fit a model with scikit-learn's defaults to comments with random labels, and write it.

    Its scores mean nothing; what they cost does not depend on the labels.
    """
    labels = np.random.default_rng(0).integers(2, size=len(comments))
    joblib.dump(make_pipeline(TfidfVectorizer(), LogisticRegression()).fit(comments, labels), path)


def _load_score(options: argparse.Namespace) -> Score:
    if options.name == PROFANITY:
        # It loads its model when it is imported.
        from profanity_check import predict_prob  # noqa: PLC0415

        return predict_prob  # type: ignore[no-any-return]
    return functools.partial(_predict, joblib.load(options.model).predict_proba)


def _predict(predict: Score, comments: list[str]) -> npt.NDArray[np.float64]:
    return predict(comments)[:, 1]


def _score_file(score: Score, source: Path, target: Path) -> None:
    with pq.ParquetFile(source) as file, pq.ParquetWriter(target, _SCHEMA) as writer:
        for batch in file.iter_batches(CHUNK_ROWS, columns=["id", "comment"]):
            scores = score(batch.column("comment").to_pylist())
            writer.write_batch(pa.record_batch([batch.column("id"), scores], schema=_SCHEMA))


if __name__ == "__main__":
    sys.exit(main())
