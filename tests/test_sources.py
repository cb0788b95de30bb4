"""The table of sources says what may be trained on, and what each set is."""

import hashlib
from pathlib import Path

import pytest
from corpora import LAYOUTS

from model.readers import READERS
from model.sources import file_sha256, load_sources

EVALUATED = ["identity-bias", "unhealthy-comments"]


def test_a_set_to_evaluate_on_is_never_loaded_for_training() -> None:
    trained = [source.name for source in load_sources("en", "train")]
    assert [source.name for source in load_sources("en", "evaluate")] == EVALUATED
    assert not set(trained) & set(EVALUATED)


def test_every_set_to_train_on_has_a_reader_and_no_other_set_has() -> None:
    # A set that has no reader cannot be trained on by mistake.
    assert {source.name for source in load_sources("en", "train")} == set(READERS)


def test_no_set_that_is_trained_on_forbids_commercial_use() -> None:
    for source in load_sources("en", "train"):
        assert source.licence
        assert "NC" not in source.licence
        assert "none" not in source.licence.lower()


@pytest.mark.parametrize("use", ["train", "evaluate"])
def test_a_set_is_described_in_full(use: str) -> None:
    for source in load_sources("en", use):
        assert source.url.startswith("https://")
        assert source.title
        assert source.folder.startswith("en/")
        assert source.without
        assert source.files
        assert all(len(bytes.fromhex(digest)) == 32 for digest in source.sha256.values())


def test_the_files_of_a_set_are_those_the_tests_write() -> None:
    files = {source.name: set(source.files) for source in load_sources("en", "train")}
    assert files == {name: set(layout) for name, layout in LAYOUTS.items()}


@pytest.mark.parametrize("use", ["train", "evaluate"])
def test_a_language_without_sets_has_none(use: str) -> None:
    assert load_sources("tlh", use) == []


def test_a_file_has_the_sha256_of_its_bytes(tmp_path: Path) -> None:
    path = tmp_path / "file"
    path.write_bytes(b"two\r\nlines")
    assert file_sha256(path) == hashlib.sha256(b"two\r\nlines").hexdigest()
