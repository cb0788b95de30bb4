"""Loading: all that is shipped loads, and what was changed or is missing stops the start."""

import json
import shutil
from pathlib import Path

import pytest

from model.artefact import MANIFEST, WEIGHTS
from service.loading import (
    ArtefactError,
    PolicyError,
    load_moderator,
    load_scorers,
    load_unchanged,
)
from service.moderation import Comment
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


def test_weights_score_alike_in_their_file_and_in_memory(artefacts: Path) -> None:
    texts = ["Thank you.", "You are an idiot.", ""]
    mapped, read = (load_scorers(artefacts, mapped=mapped)["en"] for mapped in (True, False))
    assert read.score(texts).tolist() == mapped.score(texts).tolist()


def test_weights_that_are_served_do_not_change_with_their_file(artefacts: Path) -> None:
    moderator = load_moderator(Settings(artefacts=artefacts))
    comment = Comment("You are an idiot, thank you.")
    before = moderator.moderate([comment])
    weights = artefacts / "en" / WEIGHTS
    with weights.open("rb+") as file:
        file.write(bytes(weights.stat().st_size))
    assert moderator.moderate([comment]) == before


def test_a_changed_byte_is_refused_in_memory_as_well(artefacts: Path) -> None:
    weights = artefacts / "en" / WEIGHTS
    weights.write_bytes(weights.read_bytes()[:-1])
    with pytest.raises(ArtefactError, match=r"weights\.joblib: SHA-256 is [0-9a-f]{64}, not "):
        load_scorers(artefacts, mapped=False)
    weights.unlink()
    with pytest.raises(ArtefactError, match=r"weights\.joblib: cannot be read \(No such file"):
        load_scorers(artefacts, mapped=False)


def test_a_folder_of_policies_that_is_written_to_while_it_is_read_is_refused(
    tmp_path: Path,
) -> None:
    path = tmp_path / "lists" / "words.txt"
    path.parent.mkdir()
    path.write_text("one", encoding="utf-8")
    assert load_unchanged(tmp_path, lambda: "loaded") == "loaded"
    for change in (
        lambda: path.write_text("others", encoding="utf-8"),
        lambda: shutil.copy(path, tmp_path / "new.txt"),
        path.unlink,
    ):
        with pytest.raises(PolicyError, match=r": was changed while it was read; try again$"):
            load_unchanged(tmp_path, change)
