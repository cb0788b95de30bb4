"""What thresholds do: precision, recall and share flagged, as measured on held-out comments.

They are those that ``python -m service.policy derive`` solves statements on: the comments the
model was calibrated on, held out from its weights. Read when they are first asked for.
"""

import functools
from collections.abc import Mapping
from pathlib import Path
from typing import Final, Literal, NamedTuple

import msgspec
import numpy as np

from model.artefact import ArtefactError, load_validation, read_manifest
from model.scorer import TextScorer
from model.validation import Validation, build_curves
from service.policy import Bands, OperatingPoint, Policy

MOST_POINTS: Final = 120
"""How many points of a curve are sent to a page."""


class Curve(msgspec.Struct, frozen=True):
    """What each threshold of an attribute does, rising; all in [0, 1].

    Attributes
    ----------
    comments, positives : int
        How many were measured, and how many of them have the attribute.
    prevalence : float
        The share of comments that have it, as they are weighted.
    threshold, precision, recall, share : list of float
        `share` is that of all comments at or over the threshold.
    """

    attribute: str
    comments: int
    positives: int
    prevalence: float
    threshold: list[float]
    precision: list[float]
    recall: list[float]
    share: list[float]

    def find(self, threshold: float) -> int | None:
        """Return the place of the first threshold measured that is not under one."""
        place = int(np.searchsorted(self.threshold, threshold))
        return place if place < len(self.threshold) else None


class Row(NamedTuple):
    """A threshold of a policy, and what it does.

    Attributes
    ----------
    figures : tuple of (precision, recall, share), optional
        Absent where nothing was measured that high, or nothing that holds for the site.
    """

    attribute: str
    action: Literal["flag", "reject"]
    point: OperatingPoint
    figures: tuple[float, float, float] | None


class Measured:
    """The figures of the models that are loaded.

    Parameters
    ----------
    scorers : mapping of language to TextScorer
    artefacts : Path
        The folder they were loaded from.
    """

    def __init__(self, scorers: Mapping[str, TextScorer], artefacts: Path) -> None:
        self._scorers = scorers
        self._artefacts = artefacts
        self._validation = functools.cache(self._load)
        self._build = functools.cache(self._measure)

    def curves(self, language: str, policy: Policy) -> dict[str, Curve]:
        """Return the curve of each attribute for a model and a policy.

        An attribute whose scores the policy moves to a site's decisions has none, and no
        attribute has where the model came without its held-out comments.
        """
        curves = self._build(language, policy.prevalence, policy.thresholds)
        moved = self.moved(language, policy)
        return {name: curve for name, curve in curves.items() if name not in moved}

    def moved(self, language: str, policy: Policy) -> list[str]:
        """Return the attributes of a model whose scores a policy moves to a site's decisions."""
        found = policy.recalibration
        is_moved = found and found.model == self._scorers[language].version
        return list(found.lines()) if found and is_moved else []

    def _measure(
        self,
        language: str,
        prevalence: float | None,
        thresholds: tuple[tuple[str, float, float], ...],
    ) -> dict[str, Curve]:
        validation = self._validation(language)
        if validation is None:
            return {}
        natural = self._scorers[language].manifest["prevalence"]
        points = {name: (flag, reject) for name, flag, reject in thresholds}
        curves = build_curves(validation, natural, prevalence, points)
        found = {}
        for name, curve in curves.items():
            _, labels, _ = validation.known(name)
            found[name] = Curve(
                attribute=name,
                comments=len(labels),
                positives=int(labels.sum()),
                # Every comment is at or over the lowest threshold.
                prevalence=curve["precision"][0],
                threshold=curve["threshold"],
                precision=curve["precision"],
                recall=curve["recall"],
                share=curve["share"],
            )
        return found

    def _load(self, language: str) -> Validation | None:
        manifest, folder = self._scorers[language].manifest, self._artefacts / language
        try:
            # Another model may lie there by now.
            is_same = read_manifest(folder)["sha256"] == manifest["sha256"]
            return load_validation(folder) if is_same else None
        except ArtefactError:
            return None


def list_rows(policy: Policy, curves: Mapping[str, Curve]) -> list[Row]:
    """Return each threshold of a policy, with what it does."""
    return [
        Row(name, action, point, _read(curves.get(name), point.threshold))
        for name, bands in policy.bands().items()
        for action, point in _list_points(bands)
    ]


def thin(curve: Curve, policy: Policy) -> Curve:
    """Return a curve of at most `MOST_POINTS`, with the thresholds of the policy."""
    size = len(curve.threshold)
    points = _list_points(policy.bands().get(curve.attribute, Bands()))
    spread = np.linspace(0, size - 1, min(size, MOST_POINTS - len(points))).astype(int).tolist()
    places = {curve.threshold[place]: place for place in spread}
    for _, point in points:
        # No comment was measured between it and the place found, so it does the same.
        if (place := curve.find(point.threshold)) is not None:
            places[point.threshold] = place
    kept = sorted(places)
    shorter = {
        name: [getattr(curve, name)[places[threshold]] for threshold in kept]
        for name in ("precision", "recall", "share")
    }
    return msgspec.structs.replace(curve, threshold=kept, **shorter)


def _list_points(bands: Bands) -> list[tuple[Literal["flag", "reject"], OperatingPoint]]:
    found: list[tuple[Literal["flag", "reject"], OperatingPoint]] = []
    if bands.flag:
        found.append(("flag", bands.flag))
    if bands.reject:
        found.append(("reject", bands.reject))
    return found


def _read(curve: Curve | None, threshold: float) -> tuple[float, float, float] | None:
    place = curve.find(threshold) if curve else None
    if curve is None or place is None:
        return None
    return curve.precision[place], curve.recall[place], curve.share[place]
