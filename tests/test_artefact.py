"""An artefact is what its manifest says, or nothing of it is used."""

import hashlib
import json
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import joblib
import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from model import ATTRIBUTES
from model.artefact import (
    FORMAT,
    MANIFEST,
    VALIDATION,
    VALIDATION_SHA256,
    WEIGHTS,
    ArtefactError,
    load_scorer,
    load_validation,
    read_manifest,
)
from model.ngrams import NgramHasher
from model.normalise import FoldTables, Normaliser
from model.saving import save_artefact
from model.scorer import COLUMNS, Scorer
from model.validation import Validation

BITS = 6
GOLDEN = ("Good morning.", "One two three.", "STRA\u00dfE \u0439", "\x00\ud83d", "")


class Bomb:
    """What runs code when joblib reads it: it leaves a file."""

    def __init__(self, marker: Path) -> None:
        self.marker = marker

    def __reduce__(self) -> tuple[Callable[..., object], tuple[Path]]:
        return Path.touch, (self.marker,)


def build_tables() -> FoldTables:
    """Return tables that know the English alphabet and the German sharp s."""

    def codes(*values: object) -> Any:  # noqa: ANN401 - arrays of any shape
        return np.array(values, np.uint32)

    return FoldTables(
        changed=codes(*range(ord("A"), ord("Z") + 1), 0xD83D),
        folded=codes(*range(ord("a"), ord("z") + 1), 0xFFFD),
        expanded=codes(ord("\u00df")),
        expansions=codes(0, 2),
        expansion_text=codes(ord("s"), ord("s")),
        word=codes([ord("a"), ord("z") + 1]),
        symbol=codes([0xFFFD, 0xFFFE]),
    )


def build_scorer(seed: int = 0) -> Scorer:
    """Return a scorer of random weights."""
    tables = build_tables()
    random = np.random.default_rng(seed)
    table = random.integers(-1000, 1000, (2**BITS, COLUMNS)).astype(np.int16)
    table[:, -1] = np.abs(table[:, -1])
    return Scorer(
        manifest={
            "version": "0.0.1",
            "language": "en",
            "features": {"bits": BITS, "orders": [2, 3], "reach": 1},
            "attributes": list(ATTRIBUTES),
            "golden": [{"text": text} for text in GOLDEN],
            "note": "kept as it is",
        },
        normaliser=Normaliser(tables),
        hasher=NgramHasher(BITS, (2, 3), reach=1),
        table=table,
        scales=random.uniform(0.001, 0.01, COLUMNS),
        intercepts=random.normal(size=len(ATTRIBUTES)),
        calibration=np.abs(random.normal(size=(len(ATTRIBUTES), 2))),
    )


def build_validation(seed: int = 0) -> Validation:
    """Return scores and labels of a few comments."""
    random = np.random.default_rng(seed)
    shape = (20, len(ATTRIBUTES))
    return Validation(
        random.integers(0, 1_000_001, shape, np.int32), random.integers(-1, 2, shape, np.int8)
    )


@pytest.fixture(scope="module")
def saved(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return an artefact to read from; a test that changes one takes a copy."""
    folder = tmp_path_factory.mktemp("saved")
    save_artefact(folder, build_scorer(), build_validation())
    return folder


@pytest.fixture
def folder(saved: Path, tmp_path: Path) -> Path:
    """Return a copy to be spoilt."""
    return shutil.copytree(saved, tmp_path / "artefact")


def change_manifest(folder: Path, change: Callable[[dict[str, Any]], object]) -> None:
    """Apply `change` to the manifest of an artefact."""
    path = folder / MANIFEST
    manifest = json.loads(path.read_text(encoding="utf-8"))
    change(manifest)
    path.write_text(json.dumps(manifest), encoding="utf-8")


def replace_weights(folder: Path, weights: object) -> None:
    """Save other weights, with a manifest that vouches for them."""
    joblib.dump(weights, folder / WEIGHTS)
    found = hashlib.sha256((folder / WEIGHTS).read_bytes()).hexdigest()
    change_manifest(folder, lambda manifest: manifest.update(sha256=found))


def read_arrays(folder: Path) -> dict[str, Any]:
    """Return copies of the arrays of an artefact."""
    return {name: np.array(array) for name, array in joblib.load(folder / WEIGHTS).items()}


def test_what_is_saved_and_loaded_scores_the_same(saved: Path) -> None:
    texts = ["Any text at all.", *GOLDEN]
    before, after = build_scorer(), load_scorer(saved)
    assert after.score(texts).tolist() == before.score(texts).tolist()
    assert after.version == before.version == "en-0.0.1"
    assert after.attributes == ATTRIBUTES


def test_a_manifest_keeps_what_it_was_given_and_adds_hash_format_and_golden_scores(
    saved: Path,
) -> None:
    scorer = build_scorer()
    rows = scorer.score(list(GOLDEN)).tolist()
    assert read_manifest(saved) == {
        **scorer.manifest,
        "format": FORMAT,
        "sha256": hashlib.sha256((saved / WEIGHTS).read_bytes()).hexdigest(),
        VALIDATION_SHA256: hashlib.sha256((saved / VALIDATION).read_bytes()).hexdigest(),
        "golden": [
            {"text": text, "scores": dict(zip(ATTRIBUTES, row, strict=True))}
            for text, row in zip(GOLDEN, rows, strict=True)
        ],
    }


def test_saving_is_the_same_to_the_last_byte(saved: Path, tmp_path: Path) -> None:
    save_artefact(tmp_path / "again", build_scorer(), build_validation())
    save_artefact(tmp_path / "loaded", load_scorer(saved), load_validation(saved))
    for name in (WEIGHTS, VALIDATION, MANIFEST):
        assert (tmp_path / "again" / name).read_bytes() == (saved / name).read_bytes()
        assert (tmp_path / "loaded" / name).read_bytes() == (saved / name).read_bytes()


def test_saving_leaves_nothing_but_the_artefact(saved: Path) -> None:
    assert sorted(path.name for path in saved.iterdir()) == [MANIFEST, VALIDATION, WEIGHTS]


def test_an_artefact_replaces_another_while_it_is_in_use(folder: Path) -> None:
    old = load_scorer(folder)
    before = old.score(["Good morning."]).tolist()
    new = build_scorer(seed=1)
    save_artefact(folder, new, build_validation())
    assert old.score(["Good morning."]).tolist() == before
    assert load_scorer(folder).score(["Hello."]).tolist() == new.score(["Hello."]).tolist()


# The folder is a fixture of one test function; every example begins by mending it.
@settings(deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(data=st.data(), change=st.integers(1, 255))
def test_one_flipped_byte_anywhere_in_the_weights_is_refused(
    data: st.DataObject, change: int, saved: Path, folder: Path
) -> None:
    weights = bytearray((saved / WEIGHTS).read_bytes())
    weights[data.draw(st.integers(0, len(weights) - 1))] ^= change
    (folder / WEIGHTS).write_bytes(weights)
    with pytest.raises(ArtefactError, match=r"weights\.joblib: SHA-256 is .*, not .*changed"):
        load_scorer(folder)


def test_weights_that_are_not_the_manifests_are_refused_before_joblib_reads_them(
    folder: Path, tmp_path: Path
) -> None:
    marker = tmp_path / "code ran"
    joblib.dump(Bomb(marker), folder / WEIGHTS)
    with pytest.raises(ArtefactError, match=r"weights\.joblib: SHA-256 is"):
        load_scorer(folder)
    assert not marker.exists()
    # The bomb is live: had joblib read it, the marker would be there.
    joblib.load(folder / WEIGHTS)
    assert marker.exists()


@pytest.mark.parametrize("name", [WEIGHTS, MANIFEST])
def test_a_missing_file_is_named(name: str, folder: Path) -> None:
    (folder / name).unlink()
    with pytest.raises(ArtefactError, match=rf"{name}: cannot be read \(No such file"):
        load_scorer(folder)


def test_a_missing_folder_is_named(tmp_path: Path) -> None:
    with pytest.raises(ArtefactError, match=r"xx/manifest\.json: cannot be read"):
        load_scorer(tmp_path / "xx")


@pytest.mark.parametrize("content", [b"", b"{", b'{"format": 2', b"\xff\xfe{}"])
def test_a_manifest_that_is_not_json_is_named(content: bytes, folder: Path) -> None:
    (folder / MANIFEST).write_bytes(content)
    with pytest.raises(ArtefactError, match=r"manifest\.json: is not JSON in UTF-8 \("):
        load_scorer(folder)


@pytest.mark.parametrize("content", ["null", "[]", "{}", '"en"', '{"format": 1}'])
def test_a_manifest_of_another_format_is_refused(content: str, folder: Path) -> None:
    (folder / MANIFEST).write_text(content, encoding="utf-8")
    with pytest.raises(ArtefactError, match=r"manifest\.json: format (None|1) is not 2, the one"):
        load_scorer(folder)


@pytest.mark.parametrize(
    "key", ["version", "language", "sha256", "features", "attributes", "golden"]
)
def test_a_manifest_that_lacks_a_key_is_refused(key: str, folder: Path) -> None:
    change_manifest(folder, lambda manifest: manifest.pop(key))
    with pytest.raises(ArtefactError, match=rf"manifest\.json: lacks {key}$"):
        load_scorer(folder)


@pytest.mark.parametrize(
    ("name", "shape"),
    [
        ("table", (2**BITS + 1, COLUMNS)),
        ("table", (2**BITS, COLUMNS + 1)),
        ("scales", (COLUMNS - 1,)),
        ("intercepts", (len(ATTRIBUTES) - 1,)),
        ("calibration", (len(ATTRIBUTES) - 1, 2)),
        ("calibration", (len(ATTRIBUTES),)),
        ("folded", (1000,)),
        ("expansions", (0,)),
        ("word", (3,)),
        ("symbol", (0, 2)),
        ("letters", (1,)),
        ("lexicon_items", (1,)),
        ("lexicon_hashes", (1,)),
        ("readings", (0,)),
        ("reading_text", (1,)),
    ],
)
def test_arrays_of_another_shape_are_refused(
    name: str, shape: tuple[int, ...], folder: Path
) -> None:
    arrays = read_arrays(folder)
    replace_weights(folder, {**arrays, name: np.zeros(shape, arrays[name].dtype)})
    with pytest.raises(ArtefactError, match=rf"{folder}: the weights do not fit the manifest"):
        load_scorer(folder)


def test_a_missing_array_is_refused(folder: Path) -> None:
    arrays = read_arrays(folder)
    del arrays["scales"]
    replace_weights(folder, arrays)
    with pytest.raises(ArtefactError, match=r"the weights do not fit the manifest .*scales"):
        load_scorer(folder)


def test_weights_that_are_no_arrays_by_name_are_refused(folder: Path) -> None:
    replace_weights(folder, [1, 2, 3])
    with pytest.raises(ArtefactError, match="the weights do not fit the manifest"):
        load_scorer(folder)


def test_settings_of_another_table_are_refused(folder: Path) -> None:
    change_manifest(folder, lambda manifest: manifest["features"].update(bits=BITS + 1))
    with pytest.raises(ArtefactError, match=rf"do not fit .*shape \(64, 8\) for {BITS + 1} bits"):
        load_scorer(folder)


@pytest.mark.parametrize("other", [{"orders": [2, 4]}, {"reach": 2}])
def test_settings_of_other_ngrams_are_found_by_the_golden_texts(
    other: dict[str, Any], folder: Path
) -> None:
    change_manifest(folder, lambda manifest: manifest["features"].update(other))
    with pytest.raises(ArtefactError, match=rf"{folder}: golden text .* as recorded"):
        load_scorer(folder)


@pytest.mark.parametrize("setting", ["bits", "orders", "reach"])
def test_a_missing_setting_is_refused(setting: str, folder: Path) -> None:
    change_manifest(folder, lambda manifest: manifest["features"].pop(setting))
    with pytest.raises(ArtefactError, match=rf"do not fit the manifest .*{setting}"):
        load_scorer(folder)


def change_golden_score(folder: Path, difference: float) -> None:
    def change(manifest: dict[str, Any]) -> None:
        manifest["golden"][0]["scores"]["insult"] += difference

    change_manifest(folder, change)


@pytest.mark.parametrize("difference", [2e-6, -2e-6, 0.5, float("nan")])
def test_a_golden_text_that_does_not_score_as_recorded_is_refused(
    difference: float, folder: Path
) -> None:
    change_golden_score(folder, difference)
    with pytest.raises(
        ArtefactError, match=rf"{folder}: golden text 'Good morning\.' scores .*, not .* recorded"
    ):
        load_scorer(folder)


@pytest.mark.parametrize("difference", [0.0, 9e-7, -9e-7])
def test_a_golden_score_may_be_a_millionth_off(difference: float, folder: Path) -> None:
    change_golden_score(folder, difference)
    assert load_scorer(folder).version == "en-0.0.1"


def test_a_golden_text_without_a_score_is_refused(folder: Path) -> None:
    change_manifest(folder, lambda manifest: manifest["golden"][0]["scores"].pop("threat"))
    with pytest.raises(ArtefactError, match=r"do not fit the manifest .*threat"):
        load_scorer(folder)


def test_half_of_the_weights_are_refused(folder: Path) -> None:
    weights = (folder / WEIGHTS).read_bytes()
    (folder / WEIGHTS).write_bytes(weights[: len(weights) // 2])
    with pytest.raises(ArtefactError, match=r"weights\.joblib: .*changed or is incomplete"):
        load_scorer(folder)


def test_an_artefact_whose_saving_ended_between_its_files_is_refused(
    folder: Path, tmp_path: Path
) -> None:
    # The weights are put in place first: the manifest still is that of the old ones.
    save_artefact(tmp_path / "new", build_scorer(seed=1), build_validation(seed=1))
    shutil.copy(tmp_path / "new" / WEIGHTS, folder / WEIGHTS)
    with pytest.raises(ArtefactError, match=r"weights\.joblib: .*changed or is incomplete"):
        load_scorer(folder)


def test_an_artefact_whose_saving_ended_before_its_files_were_in_place_is_the_old_one(
    folder: Path,
) -> None:
    (folder / f".{WEIGHTS}.new").write_bytes(b"half")
    expected = build_scorer().score(["Hello."]).tolist()
    assert load_scorer(folder).score(["Hello."]).tolist() == expected


def replace_validation(folder: Path, arrays: object) -> None:
    """Save another validation file, with a manifest that vouches for it."""
    joblib.dump(arrays, folder / VALIDATION)
    found = hashlib.sha256((folder / VALIDATION).read_bytes()).hexdigest()
    change_manifest(folder, lambda manifest: manifest.update({VALIDATION_SHA256: found}))


def test_validation_scores_are_loaded_as_they_were_saved(saved: Path) -> None:
    found, expected = load_validation(saved), build_validation()
    assert np.array_equal(found.scores, expected.scores)
    assert np.array_equal(found.labels, expected.labels)
    assert [array.dtype.name for array in found] == ["int32", "int8"]


def test_serving_needs_no_validation_scores(folder: Path) -> None:
    (folder / VALIDATION).write_bytes(b"spoilt")
    assert load_scorer(folder).version == "en-0.0.1"
    (folder / VALIDATION).unlink()
    assert load_scorer(folder).version == "en-0.0.1"


def test_an_older_artefact_scores_and_says_what_it_lacks(folder: Path) -> None:
    (folder / VALIDATION).unlink()
    change_manifest(folder, lambda manifest: manifest.pop(VALIDATION_SHA256))
    assert load_scorer(folder).version == "en-0.0.1"
    with pytest.raises(
        ArtefactError, match=rf"^{folder}: has no validation\.joblib, .* made by an older release"
    ):
        load_validation(folder)


def test_validation_scores_that_are_missing_are_named(folder: Path) -> None:
    (folder / VALIDATION).unlink()
    with pytest.raises(ArtefactError, match=r"validation\.joblib: cannot be read \(No such file"):
        load_validation(folder)


def test_validation_scores_that_are_not_the_manifests_are_refused_before_joblib_reads_them(
    folder: Path, tmp_path: Path
) -> None:
    marker = tmp_path / "code ran"
    joblib.dump(Bomb(marker), folder / VALIDATION)
    with pytest.raises(ArtefactError, match=r"validation\.joblib: SHA-256 is .*, not .*changed"):
        load_validation(folder)
    assert not marker.exists()


@settings(deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(data=st.data(), change=st.integers(1, 255))
def test_one_flipped_byte_anywhere_in_the_validation_scores_is_refused(
    data: st.DataObject, change: int, saved: Path, folder: Path
) -> None:
    scores = bytearray((saved / VALIDATION).read_bytes())
    scores[data.draw(st.integers(0, len(scores) - 1))] ^= change
    (folder / VALIDATION).write_bytes(scores)
    with pytest.raises(ArtefactError, match=r"validation\.joblib: SHA-256 is"):
        load_validation(folder)


@pytest.mark.parametrize(
    "arrays", [[1, 2, 3], {}, {"scores": np.zeros((2, 6), np.int32)}, {"scores": 1, "labels": 2}]
)
def test_a_validation_file_without_scores_and_labels_is_refused(
    arrays: object, folder: Path
) -> None:
    replace_validation(folder, arrays)
    with pytest.raises(ArtefactError, match=r"validation\.joblib: does not hold scores and labels"):
        load_validation(folder)


@pytest.mark.parametrize(
    ("name", "shape", "kind"),
    [
        ("scores", (20, len(ATTRIBUTES) - 1), np.int32),
        ("scores", (20, len(ATTRIBUTES)), np.int64),
        ("scores", (20,), np.int32),
        ("labels", (19, len(ATTRIBUTES)), np.int8),
        ("labels", (20, len(ATTRIBUTES)), np.float64),
    ],
)
def test_scores_and_labels_of_another_kind_are_refused(
    name: str, shape: tuple[int, ...], kind: type, folder: Path
) -> None:
    arrays = build_validation()._asdict()
    replace_validation(folder, {**arrays, name: np.zeros(shape, kind)})
    with pytest.raises(ArtefactError, match="its scores and labels are arrays of another kind"):
        load_validation(folder)


def test_validation_scores_of_a_saving_that_ended_early_are_refused(
    folder: Path, tmp_path: Path
) -> None:
    save_artefact(tmp_path / "new", build_scorer(), build_validation(seed=1))
    shutil.copy(tmp_path / "new" / VALIDATION, folder / VALIDATION)
    with pytest.raises(ArtefactError, match=r"validation\.joblib: .*changed or is incomplete"):
        load_validation(folder)
    assert load_scorer(folder).version == "en-0.0.1"
