"""Load what a scorer needs: arrays and a manifest, nothing executable.

An artefact is a folder with

``weights.joblib``
    a dict of plain numpy arrays, uncompressed, so that every process that
    loads it maps the same pages;
``validation.joblib``
    the scores and labels of the comments that thresholds are solved on, for
    tools and the moderator's view: no decision needs it, and older artefacts have none;
``manifest.json``
    the SHA-256 of both, the settings, and what is known of the model.

A hash is verified before joblib opens the file: joblib can run code from a
file that somebody changed, so nothing unverified is given to it. No estimator
is ever pickled, so no release of scikit-learn is needed, or can break it.
"""

import hashlib
import io
import json
import re
from collections.abc import Mapping
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
from model.validation import Validation

FORMAT: Final = 2
WEIGHTS: Final = "weights.joblib"
VALIDATION: Final = "validation.joblib"
VALIDATION_SHA256: Final = "validation_sha256"
"""The key of the manifest."""

MANIFEST: Final = "manifest.json"
TOLERANCE: Final = 1e-6
"""How far the score of a golden text may be from the one recorded."""

Manifest = dict[str, Any]
Arrays = Mapping[str, npt.NDArray[Any]]


class ArtefactError(Exception):
    """An artefact that is not what its manifest says; the message is one sentence."""


def load_scorer(folder: Path, *, mapped: bool = True) -> Scorer:
    """Load a scorer, verified.

    Parameters
    ----------
    folder : Path
        With `WEIGHTS` and `MANIFEST`.
    mapped : bool
        Map the weights. Otherwise they are read: what is done to the file afterwards changes no
        score, and processes share them if they are forked from one that read them.

    Raises
    ------
    ArtefactError
        If a file is missing or was changed, the format is another, or a golden
        text does not score as recorded.
    """
    manifest = read_manifest(folder)
    path, sha256 = folder / WEIGHTS, manifest["sha256"]
    try:
        if mapped:
            verify_file(path, sha256)
            arrays = joblib.load(path, mmap_mode="r")
        else:
            arrays = joblib.load(io.BytesIO(_read_verified(path, sha256)))
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


def verify_file(path: Path, expected: str) -> None:
    """Compare the SHA-256 of a file with the manifest's.

    Raises
    ------
    ArtefactError
        If they differ or the file cannot be read.
    """
    try:
        with path.open("rb") as file:
            found = hashlib.file_digest(file, "sha256").hexdigest()
    except OSError as error:
        raise ArtefactError(f"{path}: cannot be read ({error.strerror})") from error
    _compare(path, found, expected)


def _read_verified(path: Path, expected: str) -> bytes:
    """Return the bytes of a file that were verified: it is read once."""
    try:
        data = path.read_bytes()
    except OSError as error:
        raise ArtefactError(f"{path}: cannot be read ({error.strerror})") from error
    _compare(path, hashlib.sha256(data).hexdigest(), expected)
    return data


def _compare(path: Path, found: str, expected: str) -> None:
    if found != expected:
        raise ArtefactError(
            f"{path}: SHA-256 is {found}, not {expected} as the manifest says;"
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


def load_validation(folder: Path) -> Validation:
    """Load what thresholds are solved on, verified.

    Raises
    ------
    ArtefactError
        If the artefact has none, or it is not what the manifest says.
    """
    manifest, path = read_manifest(folder), folder / VALIDATION
    if VALIDATION_SHA256 not in manifest:
        raise ArtefactError(
            f"{folder}: has no {VALIDATION}, on which statements are solved: it was made by an"
            " older release; make it again (docs/training.md)"
        )
    verify_file(path, manifest[VALIDATION_SHA256])
    try:
        arrays = joblib.load(path)
        validation = Validation(*(np.asarray(arrays[name]) for name in Validation._fields))
        shape = (len(validation.scores), len(ATTRIBUTES))
    except (LookupError, TypeError, ValueError) as error:
        raise ArtefactError(f"{path}: does not hold scores and labels ({error!r})") from error
    found = [(array.shape, array.dtype.name) for array in validation]
    if found != [(shape, "int32"), (shape, "int8")]:
        raise ArtefactError(f"{path}: its scores and labels are arrays of another kind: {found}")
    return validation


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
