"""Thresholds solved from statements.

A curve says what precision, recall and share a threshold has on held-out
comments, weighted to a stated prevalence. It is stored in the manifest, so a
statement such as ``precision >= 0.95`` is solved without the data.
(After Wikimedia's revscoring.)
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Final, Literal, cast

import numpy as np
import numpy.typing as npt

CURVE_POINTS: Final = 400
_SHARE: Final = r"(0(?:\.[0-9]+)?|1(?:\.0+)?)"
_STATEMENT: Final = re.compile(rf"(precision|recall) >= {_SHARE}")
_FLAG_SHARE: Final = re.compile(rf"flag_share <= {_SHARE}")

Floats = npt.NDArray[np.float64]
Quantity = Literal["precision", "recall"]


class StatementError(ValueError):
    """A statement that has no meaning, or that no threshold keeps."""


@dataclass(frozen=True)
class Point:
    """What a threshold does: all in [0, 1]."""

    threshold: float
    precision: float
    recall: float


def parse_statement(statement: str) -> tuple[Quantity, float]:
    """Return what a statement is about, and the least it may be, in [0, 1].

    Raises
    ------
    StatementError
        If it is not ``precision >= x`` or ``recall >= x``.
    """
    match = _STATEMENT.fullmatch(statement)
    if not match:
        raise StatementError(f"{statement!r} is not 'precision >= x' or 'recall >= x', x in [0, 1]")
    return cast("Quantity", match[1]), float(match[2])


def parse_flag_share(statement: str) -> float:
    """Return the share of all comments, in (0, 1], that are flagged at most.

    Raises
    ------
    StatementError
        If it is not ``flag_share <= x``.
    """
    match = _FLAG_SHARE.fullmatch(statement)
    if not match or not float(match[1]):
        raise StatementError(f"{statement!r} is not 'flag_share <= x', x in (0, 1]")
    return float(match[1])


def build_curve(
    scores: Floats, y_true: Floats, weights: Floats, thresholds: Sequence[float] = ()
) -> dict[str, list[float]]:
    """Return precision, recall and share over some hundred thresholds, rising.

    Parameters
    ----------
    scores, y_true, weights : arrays of shape (n,)
        Weights sum to 1.
    thresholds : sequence of float
        The lowest score at or over each is one of the curve's: it does what that does.
    """
    order = np.argsort(-scores, kind="stable")
    ranked = scores[order]
    share = np.cumsum(weights[order])
    hits = np.cumsum((weights * y_true)[order])
    # A threshold can only stand where the score changes.
    ends = np.append(np.flatnonzero(np.diff(ranked)), len(ranked) - 1)
    # Spread over the recall and, as finely, over the share of all comments.
    recall = hits[ends] / hits[-1]
    targets = np.linspace(0, 1, CURVE_POINTS // 2)
    over = np.searchsorted(-ranked[ends], -np.asarray(thresholds, np.float64), side="right")
    chosen = np.concatenate(
        [
            np.searchsorted(recall, targets),
            np.searchsorted(share[ends], targets),
            over[over > 0] - 1,
        ]
    )
    # The shares may add up to a little less than 1.
    at = ends[np.unique(np.minimum(chosen, len(ends) - 1))][::-1]
    return {
        "threshold": ranked[at].round(6).tolist(),
        "precision": (hits[at] / share[at]).round(4).tolist(),
        "recall": (hits[at] / hits[-1]).round(4).tolist(),
        "share": share[at].round(6).tolist(),
    }


def solve(statement: str, curve: dict[str, Any]) -> Point:
    """Return the threshold that keeps a statement and gives up least for it.

    ``recall >= x`` gives the highest threshold with that recall, and
    ``precision >= x`` the lowest with that precision.

    Raises
    ------
    StatementError
        If the statement cannot be read, or no threshold of the curve keeps it.
    """
    quantity, bound = parse_statement(statement)
    kept = np.flatnonzero(np.array(curve[quantity]) >= bound)
    if not len(kept):
        raise StatementError(f"no threshold has {statement}; the best is {max(curve[quantity])}")
    index = int(kept[-1] if quantity == "recall" else kept[0])
    return Point(*(float(curve[name][index]) for name in ("threshold", "precision", "recall")))


def best_threshold(y_true: Floats, scores: Floats, weights: Floats) -> float:
    """Return the score to call positive from, upwards, that gives the best accuracy.

    Parameters
    ----------
    y_true, scores, weights : arrays of shape (n,)
        Weights sum to 1. Of equally good thresholds, the highest is returned.
    """
    order = np.argsort(-scores, kind="stable")
    ranked = scores[order]
    gain = np.cumsum((weights * (2 * y_true - 1))[order])
    # A threshold can only stand where the score changes.
    ends = np.append(np.flatnonzero(np.diff(ranked)), len(ranked) - 1)
    return float(ranked[ends[np.argmax(gain[ends])]])
