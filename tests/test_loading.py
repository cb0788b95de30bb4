"""Loading: all that is shipped loads, and what was changed or is missing stops the start."""

import json
import shutil
from pathlib import Path

import pytest

from model.artefact import MANIFEST, WEIGHTS
from service.loading import ArtefactError, PolicyError, load_moderator, load_scorers
from service.policy import POLICY_FOLDER, load_policies
from service.settings import ARTEFACTS, Settings


@pytest.fixture
def artefacts(tmp_path: Path) -> Path:
    """Return a copy of the shipped artefacts."""
    return shutil.copytree(ARTEFACTS, tmp_path / "artefacts")


def test_what_is_shipped_loads() -> None:
    moderator = load_moderator(Settings())
    assert set(moderator.scorers) == {folder.parent.name for folder in ARTEFACTS.glob("*/man*")}
    assert moderator.scorers["en"].version.startswith("en-")
    assert moderator.policies == load_policies(POLICY_FOLDER)


def test_a_folder_without_models_is_refused(tmp_path: Path) -> None:
    with pytest.raises(ArtefactError, match=r": no model is there$"):
        load_scorers(tmp_path)


def test_a_folder_that_is_not_there_is_refused(tmp_path: Path) -> None:
    with pytest.raises(ArtefactError, match=r"none: no model is there$"):
        load_scorers(tmp_path / "none")


def test_a_model_in_the_folder_of_another_language_is_refused(artefacts: Path) -> None:
    (artefacts / "en").rename(artefacts / "de")
    with pytest.raises(ArtefactError, match=r"de: holds a model of another language$"):
        load_scorers(artefacts)


def test_one_changed_byte_is_refused(artefacts: Path) -> None:
    weights = artefacts / "en" / WEIGHTS
    with weights.open("rb+") as file:
        file.seek(weights.stat().st_size // 2)
        byte = file.read(1)[0]
        file.seek(-1, 1)
        file.write(bytes([byte ^ 1]))
    with pytest.raises(ArtefactError, match=r"weights\.joblib: SHA-256 is [0-9a-f]{64}, not "):
        load_scorers(artefacts)


def test_missing_weights_are_refused(artefacts: Path) -> None:
    (artefacts / "en" / WEIGHTS).unlink()
    with pytest.raises(ArtefactError, match=r"weights\.joblib: cannot be read \(No such file"):
        load_scorers(artefacts)


def test_a_manifest_of_another_format_is_refused(artefacts: Path) -> None:
    manifest = artefacts / "en" / MANIFEST
    document = json.loads(manifest.read_text(encoding="utf-8")) | {"format": 999}
    manifest.write_text(json.dumps(document), encoding="utf-8")
    with pytest.raises(ArtefactError, match=r"manifest\.json: format 999 is not \d+, the one know"):
        load_scorers(artefacts)


def test_a_folder_of_policies_without_the_default_is_refused(tmp_path: Path) -> None:
    with pytest.raises(PolicyError, match=r": no policy file has the name 'default'$"):
        load_moderator(Settings(policies=tmp_path))
