"""From a site's decisions to a policy: its scores recalibrated, its statements solved on them."""

from collections.abc import Callable, Collection, Iterable, Mapping
from functools import partial
from typing import Final, NamedTuple

import msgspec
import numpy as np

from model import ATTRIBUTES
from service.policy.decisions import Decisions
from service.policy.recalibrating import Fit, FitError, fit_attribute, move_all
from service.policy.reviews import solve_review_within
from service.policy.sample import Sample, build_sample
from service.policy.shape import Bands, OperatingPoint, Policy, Recalibration
from service.policy.statements import Shortfall, Tally, count, measure, solve

MIN_EACH: Final = 20
"""Rejected and accepted comments: ten for each of the line's two numbers (Peduzzi, 1996)."""


class Recalibrated(NamedTuple):
    """Decisions with the scores that a fitted policy goes by.

    Attributes
    ----------
    recalibration : Recalibration
    fits : dict of str to Fit
        By attribute.
    sample : Sample
        The scores moved.
    is_weighted : bool
        Whether accepted comments count more, or less, than rejected ones.
    """

    recalibration: Recalibration
    fits: Mapping[str, Fit]
    sample: Sample
    is_weighted: bool


class Missing(NamedTuple):
    """A statement that the decisions do not support."""

    where: str
    statement: str
    shortfall: Shortfall


class UnsupportedError(FitError):
    """The statements that the decisions do not support, all of them."""

    def __init__(self, missing: Iterable[Missing]) -> None:
        lines = map(_describe, missing)
        super().__init__("\n".join(["the decisions do not support", *lines]))


def recalibrate_decisions(
    decisions: Decisions, attributes: Collection[str], model: str, prevalence: float | None
) -> Recalibrated:
    """Fit the lines of some attributes.

    Parameters
    ----------
    decisions : Decisions
    attributes : collection of str
        For which a decision to reject is the label.
    model : str
        The version that gave the scores.
    prevalence : float in (0, 1), optional
        Share of comments that the site rejects; without it, that of the decisions.

    Raises
    ------
    FitError
        If there are too few decisions, or they do not rise with the scores.
    """
    y_true = decisions.rejected.astype(np.float64)
    rejected, total = int(y_true.sum()), len(y_true)
    _check_enough(decisions)
    sample = build_sample(decisions.scores, y_true, prevalence)
    fits: dict[str, Fit] = {
        name: fit_attribute(sample, name) for name in ATTRIBUTES if name in attributes
    }
    scores = decisions.scores.copy()
    for name, fit in fits.items():
        column = ATTRIBUTES.index(name)
        scores[:, column] = move_all(scores[:, column], fit.line)
    lines = {name: fit.line for name, fit in fits.items()}
    share = round(rejected / total, 6) if prevalence is None else prevalence
    recalibration = Recalibration(model, total, rejected, share, **lines)
    return Recalibrated(recalibration, fits, sample._replace(scores=scores), prevalence is not None)


def _check_enough(decisions: Decisions) -> None:
    total, rejected = len(decisions.rejected), int(decisions.rejected.sum())
    for name, number in (("rejected", rejected), ("accepted", total - rejected)):
        if number < MIN_EACH:
            left_out = f" (left out: {found})" if (found := decisions.describe_left_out()) else ""
            raise FitError(
                f"{number} of {total:,} comments are {name}, and fitting takes {MIN_EACH}:"
                f" {MIN_EACH - number} more{left_out}"
            )


def solve_all(policy: Policy, recalibrated: Recalibrated) -> Policy:
    """Return `policy` fitted: with the recalibration, and what it states solved for that.

    Thresholds written by hand stay. All of the attributes that are fitted are measured.

    Raises
    ------
    UnsupportedError
        If a statement does not hold with its interval.
    FitError
        If thresholds cross.
    """
    sample = recalibrated.sample
    tallies = {
        name: count(sample.scores[:, ATTRIBUTES.index(name)], sample) for name in recalibrated.fits
    }
    policy = msgspec.structs.replace(policy, recalibration=recalibrated.recalibration)
    missing: list[Missing] = []
    policy = _replace_points(policy, tallies, partial(_solve_point, missing))
    if policy.review:
        found = solve_review_within(policy, policy.review, sample)
        if isinstance(found, Shortfall):
            missing.append(Missing("review", policy.review.statement, found))
        else:
            policy = found
    if missing:
        raise UnsupportedError(missing)
    _check_order(policy)
    return _replace_points(policy, tallies, lambda _, point, tally: measure(point, tally))


def _replace_points(
    policy: Policy,
    tallies: Mapping[str, Tally],
    change: Callable[[str, OperatingPoint, Tally], OperatingPoint],
) -> Policy:
    """Return `policy` with the points of some attributes changed."""
    found = {}
    for name, bands in policy.bands().items():
        if name in tallies:
            points = (("flag", bands.flag), ("reject", bands.reject))
            found[name] = Bands(
                *(
                    point and change(f"{name} {action}", point, tallies[name])
                    for action, point in points
                )
            )
    return msgspec.structs.replace(policy, **found)


def _solve_point(
    missing: list[Missing], where: str, point: OperatingPoint, tally: Tally
) -> OperatingPoint:
    """Return a point with its statement solved, or add it to what is missing."""
    if point.statement is None:
        return point
    found = solve(point.statement, tally)
    if isinstance(found, Shortfall):
        missing.append(Missing(where, point.statement, found))
        return point
    return msgspec.structs.replace(point, threshold=found)


def _check_order(policy: Policy) -> None:
    for name, bands in policy.bands().items():
        flag, reject = bands.flag, bands.reject
        if flag and reject and flag.threshold > reject.threshold:
            one, other = map(_describe_point, (flag, reject))
            raise FitError(
                f"{name}: as fitted, flag is from {one} on and reject already from {other}:"
                " state more recall, or more precision"
            )


def _describe_point(point: OperatingPoint) -> str:
    return f"{point.threshold} ({point.statement or 'by hand'})"


def _describe(missing: Missing) -> str:
    where, statement, found = missing
    sentence = (
        f"{where}: {statement}: the best estimate is {found.value:.3f}"
        f" ({found.low:.3f} to {found.high:.3f}), of {found.comments:,} comments; "
    )
    if found.decisions is None:
        return f"{sentence}more decisions like these would not do"
    return (
        f"{sentence}about {found.decisions:,} more decisions like these would do,"
        f" {found.rejected:,} of them rejected"
    )
