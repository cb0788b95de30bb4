"""Scores of a model made those of a site: a line in the log-odds (Platt, 1999)."""

import math
from collections.abc import Mapping
from typing import Final

from model.scorer import DIGITS
from service.policy.shape import Line, Recalibration

_LEAST: Final = 10.0**-DIGITS
"""What a score of 0 is taken for, and 1 less than what 1 is: scores are rounded to that."""

_STEEP: Final = 40.0


def recalibrate(scores: Mapping[str, float], recalibration: Recalibration) -> dict[str, float]:
    """Return `scores`, those of attributes that have a line moved along it."""
    return {**scores} | {
        name: move(scores[name], line)
        for name, line in recalibration.lines().items()
        if name in scores
    }


def move(score: float, line: Line) -> float:
    """Return what a score becomes, rounded; a higher one never becomes lower than another."""
    odds = line.slope * log_odds(score) + line.intercept
    return round(1 / (1 + math.exp(-min(max(odds, -_STEEP), _STEEP))), DIGITS)


def log_odds(score: float) -> float:
    """Return the log-odds of a score in [0, 1]; those of 0 and 1 are taken a little inside."""
    inside = min(max(score, _LEAST), 1 - _LEAST)
    return math.log(inside / (1 - inside))
