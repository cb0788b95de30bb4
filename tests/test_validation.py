"""Curves follow from the scores and labels that an artefact keeps."""

import numpy as np
import pytest

from model import ATTRIBUTES
from model.artefact import load_validation, read_manifest
from model.card import ARTEFACT
from model.operating_points import build_curve
from model.validation import Validation, build_curves

NATURAL = {"toxicity": 0.2, **dict.fromkeys(ATTRIBUTES[1:], 0.1)}


def build(size: int = 400) -> Validation:
    """Return comments of which some are toxic, and some of either side insult."""
    random = np.random.default_rng(0)
    labels = np.zeros((size, len(ATTRIBUTES)), np.int8)
    labels[:, 0] = random.random(size) < 0.5
    labels[:, 1:] = (random.random(size) < 0.1 + 0.5 * labels[:, 0])[:, None]
    scores = random.integers(0, 1_000_001, labels.shape, np.int32)
    return Validation(scores, labels)


def test_the_curves_of_the_shipped_manifest_are_those_of_its_validation_comments() -> None:
    manifest = read_manifest(ARTEFACT)
    assert build_curves(load_validation(ARTEFACT), manifest["prevalence"]) == manifest["curves"]


def test_what_is_unknown_of_a_comment_does_not_count() -> None:
    validation = build()
    labels = validation.labels.copy()
    labels[:100, ATTRIBUTES.index("insult")] = -1
    labels[50:200, ATTRIBUTES.index("toxicity")] = -1
    known = Validation(validation.scores, labels)
    scores, y_true, toxic = known.known("insult")
    assert scores == pytest.approx(validation.scores[200:, ATTRIBUTES.index("insult")] / 1e6)
    assert y_true.tolist() == validation.labels[200:, ATTRIBUTES.index("insult")].tolist()
    assert toxic.tolist() == validation.labels[200:, 0].tolist()
    later = Validation(validation.scores[200:], validation.labels[200:])
    assert build_curves(known, NATURAL)["insult"] == build_curves(later, NATURAL)["insult"]


@pytest.mark.parametrize("toxic", [0.01, 0.2, 0.6])
def test_with_toxicity_an_attribute_gets_as_common_as_it_is_on_either_side(toxic: float) -> None:
    validation = build()
    natural, moved = (build_curves(validation, NATURAL, share) for share in (None, toxic))
    assert natural["toxicity"]["precision"][0] == pytest.approx(NATURAL["toxicity"], abs=1e-4)
    assert natural["insult"]["precision"][0] == pytest.approx(NATURAL["insult"], abs=1e-4)
    assert moved["toxicity"]["precision"][0] == pytest.approx(toxic, abs=1e-4)
    # At 0 no comment is toxic, at 1 all are: the share of insults is a line between the two.
    ends = [
        build_curves(validation, NATURAL, share)["insult"]["precision"][0]
        for share in (1e-9, 1 - 1e-9)
    ]
    expected = ends[0] + toxic * (ends[1] - ends[0])
    assert moved["insult"]["precision"][0] == pytest.approx(expected, abs=2e-4)
    at_natural = ends[0] + NATURAL["toxicity"] * (ends[1] - ends[0])
    assert NATURAL["insult"] == pytest.approx(at_natural, abs=2e-4)


def test_the_natural_prevalence_stated_gives_the_natural_curves() -> None:
    validation = build()
    stated = build_curves(validation, NATURAL, NATURAL["toxicity"])
    for attribute, natural in build_curves(validation, NATURAL).items():
        for name, values in natural.items():
            assert stated[attribute][name] == pytest.approx(values, abs=1e-4)


def test_scores_are_millionths() -> None:
    labels = np.tile(np.array([[0], [1], [0], [1]], np.int8), len(ATTRIBUTES))
    scores = np.tile(np.array([[1], [500_000], [600_000], [1_000_000]], np.int32), len(ATTRIBUTES))
    found = build_curves(Validation(scores, labels), dict.fromkeys(ATTRIBUTES, 0.5))["threat"]
    expected = build_curve(
        np.array([0.000001, 0.5, 0.6, 1.0]), np.array([0.0, 1, 0, 1]), np.full(4, 0.25)
    )
    assert found == expected
