"""The artefact in the repository loads anywhere, fast, and is as good as we say."""

import json
import mmap
import os
import subprocess
import sys
import venv
from importlib.metadata import version
from pathlib import Path
from typing import Any

import joblib
import numpy as np
import pytest

from model import ATTRIBUTES
from model.artefact import (
    MANIFEST,
    TOLERANCE,
    VALIDATION,
    WEIGHTS,
    load_scorer,
    load_validation,
    read_manifest,
)
from model.card import ARTEFACT

REPOSITORY = Path(__file__).parents[1]
OTHER_SKLEARN = "1.6.1"
OTHER_VENV = REPOSITORY / ".cache" / "other-sklearn"

MIN_ROC_AUC = {
    "toxicity": 0.975,
    "severe_toxicity": 0.967,
    "identity_attack": 0.96,
    "insult": 0.967,
    "profanity": 0.978,
    "threat": 0.98,
}

SCORE_GOLDEN = f"""
import json, sys
from pathlib import Path
from model.artefact import load_scorer
scorer = load_scorer(Path({str(ARTEFACT)!r}))
scores = scorer.score([case["text"] for case in scorer.manifest["golden"]])
print(json.dumps({{
    "scores": scores.tolist(),
    "imported": [name for name in ("sklearn", "pandas") if name in sys.modules],
}}))
"""


def run_python(python: str | Path, program: str) -> dict[str, Any]:
    """Run a program that prints JSON, in the repository."""
    done = subprocess.run(
        [python, "-c", program],
        cwd=REPOSITORY,
        capture_output=True,
        text=True,
        check=False,
        timeout=120,
    )
    assert done.returncode == 0, done.stderr
    found: dict[str, Any] = json.loads(done.stdout)
    return found


def recorded_scores() -> list[list[float]]:
    return [
        [case["scores"][attribute] for attribute in ATTRIBUTES]
        for case in read_manifest(ARTEFACT)["golden"]
    ]


def test_a_fresh_process_loads_it_without_the_libraries_of_training() -> None:
    found = run_python(sys.executable, SCORE_GOLDEN)
    assert found["imported"] == []
    assert np.array(found["scores"]) == pytest.approx(np.array(recorded_scores()), abs=TOLERANCE)


@pytest.mark.parametrize("attribute", ATTRIBUTES)
def test_it_ranks_held_out_comments_as_well_as_we_say(attribute: str) -> None:
    metrics = read_manifest(ARTEFACT)["metrics"]
    found = [
        row["roc_auc"]
        for row in metrics
        if (row["attribute"], row["source"]) == (attribute, "jigsaw-2018")
    ]
    assert len(found) == 1
    assert found[0] >= MIN_ROC_AUC[attribute]


def test_its_weights_are_plain_arrays_of_numbers_mapped_into_memory() -> None:
    arrays = joblib.load(ARTEFACT / WEIGHTS, mmap_mode="r")
    assert type(arrays) is dict
    for name, array in arrays.items():
        assert type(array) is np.memmap, name
        assert array.dtype.kind in "uif", name


def test_a_scorer_reads_its_table_from_the_mapped_file() -> None:
    # Every worker shares these pages; a copy would cost each of them megabytes.
    base: object = load_scorer(ARTEFACT).table
    while isinstance(base, np.ndarray):
        base = base.base
    assert isinstance(base, mmap.mmap)


def test_it_is_smaller_than_thirty_megabytes() -> None:
    files = list(ARTEFACT.iterdir())
    assert {path.name for path in files} == {MANIFEST, VALIDATION, WEIGHTS}
    assert sum(path.stat().st_size for path in files) < 30_000_000


def test_its_validation_scores_are_small_and_hold_nothing_but_scores_and_labels() -> None:
    assert (ARTEFACT / VALIDATION).stat().st_size < 500_000
    assert set(joblib.load(ARTEFACT / VALIDATION)) == {"scores", "labels"}
    scores, labels = load_validation(ARTEFACT)
    assert scores.min() >= 0
    assert scores.max() <= 1_000_000
    assert set(np.unique(labels)) == {-1, 0, 1}
    assert (labels[:, 0] != -1).all()


def test_its_manifest_names_licence_and_hashes_of_every_set_and_prevalence() -> None:
    manifest = read_manifest(ARTEFACT)
    assert set(manifest["prevalence"]) == set(ATTRIBUTES)
    for source in manifest["sources"]:
        assert source["licence"]
        assert source["sha256"]
        assert sum(source["rows"].values()) > 0


@pytest.fixture(scope="module")
def other_python() -> Path:
    """Return a Python with another scikit-learn, installed once and kept in the cache."""
    python = OTHER_VENV / "bin" / "python"
    stamp = OTHER_VENV / "installed.json"
    # All else is as here, so that no other release can be what makes a difference.
    same = [f"{name}=={version(name)}" for name in ("joblib", "numba", "numpy", "scipy")]
    packages = [f"scikit-learn=={OTHER_SKLEARN}", *same]
    if not stamp.is_file() or json.loads(stamp.read_text(encoding="utf-8")) != packages:
        venv.create(OTHER_VENV, clear=True, with_pip=True)
        install = ["install", "--quiet", "--disable-pip-version-check", "--only-binary", ":all:"]
        done = subprocess.run(
            [python, "-m", "pip", *install, *packages],
            capture_output=True,
            text=True,
            check=False,
            timeout=600,
        )
        if done.returncode:
            reason = f"pip cannot install scikit-learn {OTHER_SKLEARN}: {done.stderr[-300:]}"
            if os.environ.get("CI") == "true":
                pytest.fail(reason)
            pytest.skip(reason)
        stamp.write_text(json.dumps(packages), encoding="utf-8")
    return python


def test_it_scores_the_same_under_another_release_of_scikit_learn(other_python: Path) -> None:
    release = run_python(
        other_python, "import json, sklearn; print(json.dumps({'is': sklearn.__version__}))"
    )["is"]
    assert release == OTHER_SKLEARN
    assert release != read_manifest(ARTEFACT)["libraries"]["scikit-learn"]
    found = run_python(other_python, "import sklearn\n" + SCORE_GOLDEN)
    assert np.array(found["scores"]) == pytest.approx(np.array(recorded_scores()), abs=TOLERANCE)
