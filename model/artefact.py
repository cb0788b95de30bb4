"""Save and load what a scorer needs: arrays and a manifest, nothing executable.

An artefact is a folder with

``weights.joblib``
    a dict of plain numpy arrays, uncompressed, so that every process that
    loads it maps the same pages;
``manifest.json``
    the SHA-256 of the weights, the settings, and what is known of the model.

The hash is verified before joblib opens the file: joblib can run code from a
file that somebody changed, so nothing unverified is given to it. No estimator
is ever pickled, so no release of scikit-learn is needed, or can break it.
"""

import hashlib
import json
import os
import re
from collections.abc import Mapping
from dataclasses import asdict
from pathlib import Path
from typing import Any, Final

import joblib
import numpy as np
import numpy.typing as npt

from model import ATTRIBUTES
from model.ngrams import NgramHasher
from model.normalise import Normaliser
from model.scorer import Scorer, TextScorer
from model.tables import FoldTables

FORMAT: Final = 2
WEIGHTS: Final = "weights.joblib"
MANIFEST: Final = "manifest.json"
TOLERANCE: Final = 1e-6
"""How far the score of a golden text may be from the one recorded."""

Manifest = dict[str, Any]
Arrays = Mapping[str, npt.NDArray[Any]]


class ArtefactError(Exception):
    """An artefact that is not what its manifest says; the message is one sentence."""


def load_scorer(folder: Path) -> Scorer:
    """Load a scorer, verified.

    Parameters
    ----------
    folder : Path
        With `WEIGHTS` and `MANIFEST`.

    Raises
    ------
    ArtefactError
        If a file is missing or was changed, the format is another, or a golden
        text does not score as recorded.
    """
    manifest = read_manifest(folder)
    verify_weights(folder, manifest)
    try:
        arrays = joblib.load(folder / WEIGHTS, mmap_mode="r")
        scorer = build_scorer(arrays, manifest)
        # Arrays of another shape show here at the latest.
        verify_golden_texts(scorer, folder)
    except (LookupError, TypeError, ValueError, re.error) as error:
        message = f"{folder}: the weights do not fit the manifest ({error!r})"
        raise ArtefactError(message) from error
    return scorer


def read_manifest(folder: Path) -> Manifest:
    """Read a manifest of the format this release knows.

    Raises
    ------
    ArtefactError
        If it is missing, not JSON, or of another format.
    """
    path = folder / MANIFEST
    try:
        manifest = json.loads(path.read_text(encoding="utf-8"))
    except OSError as error:
        raise ArtefactError(f"{path}: cannot be read ({error.strerror})") from error
    except ValueError as error:
        raise ArtefactError(f"{path}: is not JSON in UTF-8 ({error})") from error
    found = manifest.get("format") if isinstance(manifest, dict) else None
    if found != FORMAT:
        raise ArtefactError(f"{path}: format {found!r} is not {FORMAT}, the one known here")
    missing = {"version", "language", "sha256", "features", "attributes", "golden"} - set(manifest)
    if missing:
        raise ArtefactError(f"{path}: lacks {', '.join(sorted(missing))}")
    return dict(manifest)


def verify_weights(folder: Path, manifest: Manifest) -> None:
    """Compare the weights' SHA-256 with the manifest's.

    Raises
    ------
    ArtefactError
        If they differ or the file cannot be read.
    """
    path = folder / WEIGHTS
    try:
        with path.open("rb") as file:
            found = hashlib.file_digest(file, "sha256").hexdigest()
    except OSError as error:
        raise ArtefactError(f"{path}: cannot be read ({error.strerror})") from error
    if found != manifest["sha256"]:
        raise ArtefactError(
            f"{path}: SHA-256 is {found}, not {manifest['sha256']} as the manifest says;"
            " the file was changed or is incomplete"
        )


def verify_golden_texts(scorer: TextScorer, folder: Path | None = None) -> None:
    """Score the golden texts again.

    Raises
    ------
    ArtefactError
        If a score is more than `TOLERANCE` from the one recorded.
    """
    golden = scorer.manifest["golden"]
    if not golden:
        raise ArtefactError(f"{folder or scorer.version}: has no golden texts to be tried on")
    scores = scorer.score([case["text"] for case in golden])
    for case, row in zip(golden, scores, strict=True):
        expected = [case["scores"][attribute] for attribute in scorer.attributes]
        if not np.allclose(row, expected, rtol=0, atol=TOLERANCE):
            raise ArtefactError(
                f"{folder or scorer.version}: golden text {case['text']!r} scores"
                f" {row.tolist()}, not {expected} as recorded"
            )


def build_scorer(arrays: Arrays, manifest: Manifest) -> Scorer:
    """Build a scorer from the arrays and manifest of an artefact."""
    features = manifest["features"]
    tables = FoldTables(**{name: arrays[name] for name in FoldTables.__dataclass_fields__})
    return Scorer(
        manifest=manifest,
        normaliser=Normaliser(tables),
        hasher=NgramHasher(features["bits"], tuple(features["orders"]), features["reach"]),
        table=arrays["table"],
        scales=arrays["scales"],
        intercepts=arrays["intercepts"],
        calibration=arrays["calibration"],
    )


def save_artefact(folder: Path, scorer: Scorer) -> None:
    """Save a scorer; a reader sees the old artefact, the new one, or a refusal.

    The golden texts of the manifest are scored and the hash of the weights is
    recorded here. Each file is written under another name, synced and renamed.
    """
    folder.mkdir(parents=True, exist_ok=True)
    arrays = {
        **asdict(scorer.normaliser.tables),
        "table": scorer.table,
        "scales": scorer.scales,
        "intercepts": scorer.intercepts,
        "calibration": scorer.calibration,
    }
    weights = folder / f".{WEIGHTS}.new"
    joblib.dump({name: np.ascontiguousarray(array) for name, array in arrays.items()}, weights)
    golden = [case["text"] for case in scorer.manifest["golden"]]
    manifest = {
        **scorer.manifest,
        "format": FORMAT,
        "sha256": hashlib.sha256(weights.read_bytes()).hexdigest(),
        "attributes": list(ATTRIBUTES),
        "golden": [
            {"text": text, "scores": dict(zip(ATTRIBUTES, row, strict=True))}
            for text, row in zip(golden, scorer.score(golden).tolist(), strict=True)
        ],
    }
    written = folder / f".{MANIFEST}.new"
    written.write_text(json.dumps(manifest, indent=1, sort_keys=True) + "\n", encoding="utf-8")
    for path, name in ((weights, WEIGHTS), (written, MANIFEST)):
        with path.open("rb+") as file:
            os.fsync(file.fileno())
        path.rename(folder / name)
