"""From made-up sets to an artefact that scores."""

import hashlib
import json
import tomllib
from pathlib import Path

import numpy as np
import pytest
from corpora import write_every_set, write_set

from model import ATTRIBUTES
from model.artefact import VALIDATION, WEIGHTS, load_scorer, load_validation, read_manifest
from model.augmentation import DISGUISES, TEMPLATES
from model.corpus import BENCHMARK_HASHES, Corpus, read_corpus
from model.measures import CALIBRATED_ON
from model.saving import save_artefact
from model.sources import load_sources
from model.train import GOLDEN, RECIPE, Recipe, main, train
from model.validation import build_curves


@pytest.fixture(scope="module")
def recipe() -> Recipe:
    """Return the shipped recipe with a small table and few made-up comments."""
    shipped: Recipe = tomllib.loads(RECIPE.read_text(encoding="utf-8"))
    return {
        **shipped,
        "features": {**shipped["features"], "bits": 12},
        "augmentation": {"per_template": 1, "comments": 20},
    }


@pytest.fixture(scope="module")
def corpus(tmp_path_factory: pytest.TempPathFactory) -> Corpus:
    data = tmp_path_factory.mktemp("data")
    write_every_set(data)
    (data / BENCHMARK_HASHES).write_text("0" * 16 + "\n", encoding="ascii")
    return read_corpus(data, load_sources("en", "train"))


@pytest.fixture(scope="module")
def artefact(corpus: Corpus, recipe: Recipe, tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("artefact")
    save_artefact(folder, *train(corpus, recipe))
    return folder


def test_a_trained_artefact_loads_and_tells_kinds_of_comments_apart(artefact: Path) -> None:
    scorer = load_scorer(artefact)
    texts = {
        "insult": "You dusty lamp, you are a nitwit.",
        "profanity": "Blast that damned dusty lamp.",
        "threat": "I will hurt you with a dusty lamp.",
        "identity_attack": "All Martians are thieves.",
        "severe_toxicity": "You vile lamp, everything you do is filth.",
        "toxicity": "Nobody wants you here.",
    }
    calm = scorer.score(["Many thanks for the dusty lamp this morning."])[0]
    for attribute, text in texts.items():
        column = ATTRIBUTES.index(attribute)
        assert scorer.score([text])[0, column] > 3 * calm[column], attribute


def test_a_manifest_says_how_the_model_was_made(
    artefact: Path, corpus: Corpus, recipe: Recipe
) -> None:
    manifest = read_manifest(artefact)
    for name in ("version", "language", "features", "prevalence", "calibration", "heads"):
        assert manifest[name] == recipe[name]
    assert manifest["attributes"] == list(ATTRIBUTES)
    assert [case["text"] for case in manifest["golden"]] == list(GOLDEN)
    assert [source["name"] for source in manifest["sources"]] == list(corpus.found)
    assert set(manifest["curves"]) == set(ATTRIBUTES)
    assert {row["attribute"] for row in manifest["metrics"]} == set(ATTRIBUTES)
    rows = [number for source in manifest["sources"] for number in source["rows"].values()]
    assert sum(rows) == len(corpus.table)
    assert set(manifest["augmentation"]) == {TEMPLATES, DISGUISES}
    assert 0 < manifest["augmentation"][DISGUISES] <= recipe["augmentation"]["comments"]
    assert manifest["augmentation"][TEMPLATES] > 100
    assert manifest["calibrated_on"] == list(CALIBRATED_ON)


def test_the_scores_kept_are_those_of_the_comments_that_were_calibrated_on(
    artefact: Path, corpus: Corpus
) -> None:
    validation, manifest = load_validation(artefact), read_manifest(artefact)
    table = corpus.table
    kept = table[(table["split"] == "validation") & table["source"].isin(CALIBRATED_ON)]
    scores = load_scorer(artefact).score(kept["text"].tolist())
    assert (validation.scores / 1e6).tolist() == scores.tolist()
    assert validation.labels.tolist() == kept[list(ATTRIBUTES)].fillna(-1).to_numpy().tolist()
    assert build_curves(validation, manifest["prevalence"]) == manifest["curves"]


def test_the_same_comments_and_recipe_give_the_same_artefact_to_the_last_byte(
    artefact: Path, corpus: Corpus, recipe: Recipe, tmp_path: Path
) -> None:
    save_artefact(tmp_path, *train(corpus, recipe))
    digests = [
        hashlib.sha256((folder / WEIGHTS).read_bytes()).hexdigest()
        for folder in (artefact, tmp_path)
    ]
    assert digests[0] == digests[1] == read_manifest(artefact)["sha256"]
    assert (tmp_path / VALIDATION).read_bytes() == (artefact / VALIDATION).read_bytes()
    assert read_manifest(tmp_path) == read_manifest(artefact)


def test_held_out_comments_change_no_weight(artefact: Path, corpus: Corpus, recipe: Recipe) -> None:
    # Without the test split the model is the same: it is measured on it and nothing else.
    table = corpus.table[corpus.table["split"] != "test"].reset_index(drop=True)
    scorer, validation = train(Corpus(table, corpus.found, [], 0, corpus.benchmark), recipe)
    shipped = load_scorer(artefact)
    assert np.array_equal(scorer.table, shipped.table)
    assert np.array_equal(scorer.calibration, shipped.calibration)
    assert np.array_equal(validation.scores, load_validation(artefact).scores)
    assert scorer.manifest["metrics"] == []


def test_feedback_is_learnt_from_where_the_recipe_names_it(recipe: Recipe, tmp_path: Path) -> None:
    write_every_set(tmp_path)
    (tmp_path / "feedback").mkdir()
    lines = [{"text": f"Quibble {n} sassafras.", "toxicity": 1} for n in range(60)]
    lines += [{"text": f"Quibble {n} marmalade.", "toxicity": 0} for n in range(60)]
    (tmp_path / "feedback/1.jsonl").write_text("".join(f"{json.dumps(line)}\n" for line in lines))
    corpus = read_corpus(tmp_path, load_sources("en", "train"))
    toxicity = recipe["heads"]["toxicity"]
    named = {
        **toxicity,
        "offsets": [*toxicity["offsets"], "feedback"],
        "sources": {**toxicity["sources"], "feedback": 1.0},
    }
    gaps = []
    for head in (toxicity, named):
        scorer, _ = train(corpus, {**recipe, "heads": {**recipe["heads"], "toxicity": head}})
        scores = scorer.score(["sassafras", "marmalade"])[:, ATTRIBUTES.index("toxicity")]
        gaps.append(scores[0] - scores[1])
        assert scorer.manifest["sources"][-1]["name"] == "feedback"
        assert sum(scorer.manifest["sources"][-1]["rows"].values()) == len(lines)
    assert gaps[1] > 3 * gaps[0]


def test_feedback_that_no_head_names_is_said(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    rows = [("Fair enough.", 0), ("Get lost.", 1)] * 3
    write_set(tmp_path, "reddit-incivility", {"incivility_coded.csv": rows})
    (tmp_path / "feedback").mkdir()
    (tmp_path / "feedback/1.jsonl").write_text('{"text": "Fine.", "toxicity": 0}\n')
    assert main([str(tmp_path), "-o", str(tmp_path / "out")]) == 1
    said = capsys.readouterr().err.splitlines()
    assert "no head of recipe.toml learns from feedback: see docs/feedback.md" in said


def test_a_source_that_a_head_does_not_name_has_no_part_in_it(
    corpus: Corpus, recipe: Recipe
) -> None:
    heads = {name: {**head, "sources": {"edos": 1.0}} for name, head in recipe["heads"].items()}
    with pytest.raises(ValueError, match="no positive, or no negative, comment to learn from"):
        train(corpus, {**recipe, "heads": heads})


def test_without_a_harmless_comment_training_ends_with_a_sentence(
    corpus: Corpus, recipe: Recipe
) -> None:
    toxic = corpus.table[corpus.table["toxicity"] == 1].reset_index(drop=True)
    heads = recipe["heads"] | {"toxicity": {**recipe["heads"]["toxicity"], "sources": {"edos": 1}}}
    with pytest.raises(ValueError, match=r"^toxicity has no positive, or no negative, comment"):
        train(Corpus(toxic, corpus.found, [], 0, set()), {**recipe, "heads": heads})


def test_too_few_comments_to_calibrate_on_are_an_error(corpus: Corpus, recipe: Recipe) -> None:
    table = corpus.table[corpus.table["split"] != "validation"].reset_index(drop=True)
    with pytest.raises(ValueError, match=r"^toxicity has too few comments to be calibrated on$"):
        train(Corpus(table, corpus.found, [], 0, corpus.benchmark), recipe)


def test_an_empty_folder_ends_with_a_sentence(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main([str(tmp_path), "-o", str(tmp_path / "out")]) == 1
    said = capsys.readouterr().err
    assert said.startswith(f"not trained: no training data in {tmp_path}:\n")
    assert "jigsaw-2018: no train.csv.gz in " in said
    assert not (tmp_path / "out").exists()


def test_a_missing_set_is_named_before_training_begins(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    rows = [("Fair enough.", 0), ("Get lost.", 1)] * 3
    write_set(tmp_path, "reddit-incivility", {"incivility_coded.csv": rows})
    assert main([str(tmp_path), "-o", str(tmp_path / "out")]) == 1
    said = capsys.readouterr().err.splitlines()
    begin = f"missing: jigsaw-2018: no train.csv.gz in {tmp_path}/en/jigsaw-2018; severe toxicity,"
    assert any(line.startswith(begin) for line in said)
    assert f"missing: {BENCHMARK_HASHES}: not in {tmp_path}" in "\n".join(said)
    assert said[-1].startswith("not trained: ")
    assert not (tmp_path / "out").exists()


def test_a_file_of_another_layout_ends_with_a_sentence(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    write_set(tmp_path, "edos", {}, rename="label_sexist")
    assert main([str(tmp_path)]) == 1
    assert "not trained: edos: " in capsys.readouterr().err
