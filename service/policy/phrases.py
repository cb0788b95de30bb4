"""Numbers and names as they stand in sentences."""

import json
from collections.abc import Sequence

from service.policy.shape import Interval, Policy


def join(names: Sequence[str]) -> str:
    """Return names with commas, and "and" before the last."""
    return " and ".join([", ".join(names[:-1]), names[-1]] if len(names) > 1 else names)


def count(number: int, noun: str) -> str:
    """Return how many there are of something, such as "1,500 characters"."""
    return f"{number:,} {noun}{'' if number == 1 else 's'}"


def name_attribute(attribute: str) -> str:
    """Return the name of an attribute, such as "severe toxicity"."""
    return attribute.replace("_", " ")


def name_origin(policy: Policy, attribute: str, action: str) -> str:
    """Return what a threshold is from: its statement, ``review`` or ``by hand``."""
    point, review = getattr(policy.bands()[attribute], action), policy.review
    if review and attribute == "toxicity" and (action == "flag" or review.show == "uncertain"):
        return "review"
    return point.statement or "by hand"


def quote(text: str) -> str:
    """Return `text` in quotation marks, with escapes for what does not show or moves the text."""
    return json.dumps(text, ensure_ascii=not text.isprintable())


def show_score(score: float) -> str:
    """Return a score or threshold, rounded."""
    return _round(score, 3, 1)


def show_hundred(share: float, interval: Interval | None = None) -> str:
    """Return a share as a number of 100, with the interval that it is in."""
    return _show(share, interval, 0, "")


def show_per_cent(share: float, interval: Interval | None = None) -> str:
    """Return a share in per cent, with the interval that it is in."""
    return _show(share, interval, 1, " %")


def _show(share: float, interval: Interval | None, digits: int, unit: str) -> str:
    shown = f"{_round(100 * share, digits, 100)}{unit}"
    if interval is None:
        return shown
    low, high = (_round(100 * end, digits, 100) for end in interval)
    return f"{shown} ({low} to {high})"


def _round(value: float, digits: int, most: int) -> str:
    """Return a number from 0 to `most`, rounded, but not to an end that it is not."""
    shown = f"{value:.{digits}f}"
    while float(shown) in {0, most} and float(shown) != value:
        digits += 1
        shown = f"{value:.{digits}f}"
    return shown.rstrip("0").rstrip(".") if "." in shown else shown
