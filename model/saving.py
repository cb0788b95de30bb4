"""Save an artefact, which `model.artefact` loads."""

import hashlib
import json
import os
from dataclasses import asdict
from pathlib import Path

import joblib
import numpy as np

from model import ATTRIBUTES
from model.artefact import FORMAT, MANIFEST, VALIDATION, VALIDATION_SHA256, WEIGHTS, Arrays
from model.scorer import Scorer
from model.validation import Validation


def save_artefact(folder: Path, scorer: Scorer, validation: Validation) -> None:
    """Save a scorer; a reader sees the old artefact, the new one, or a refusal.

    The golden texts of the manifest are scored and the hashes of the arrays are
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
    weights, sha256 = _write_arrays(folder / WEIGHTS, arrays)
    scores, scores_sha256 = _write_arrays(folder / VALIDATION, validation._asdict())
    golden = [case["text"] for case in scorer.manifest["golden"]]
    manifest = {
        **scorer.manifest,
        "format": FORMAT,
        "sha256": sha256,
        VALIDATION_SHA256: scores_sha256,
        "attributes": list(ATTRIBUTES),
        "golden": [
            {"text": text, "scores": dict(zip(ATTRIBUTES, row, strict=True))}
            for text, row in zip(golden, scorer.score(golden).tolist(), strict=True)
        ],
    }
    written = folder / f".{MANIFEST}.new"
    written.write_text(json.dumps(manifest, indent=1, sort_keys=True) + "\n", encoding="utf-8")
    # The manifest comes last: until then, the old one refuses what is new.
    for path, name in ((weights, WEIGHTS), (scores, VALIDATION), (written, MANIFEST)):
        with path.open("rb+") as file:
            os.fsync(file.fileno())
        path.rename(folder / name)


def _write_arrays(path: Path, arrays: Arrays) -> tuple[Path, str]:
    """Write arrays beside `path`; return where, and the SHA-256."""
    written = path.with_name(f".{path.name}.new")
    joblib.dump({name: np.ascontiguousarray(array) for name, array in arrays.items()}, written)
    return written, hashlib.sha256(written.read_bytes()).hexdigest()
