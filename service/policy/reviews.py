"""A review solved on a site's decisions: its share holds with its interval, or is refused."""

from typing import Final, NamedTuple

import msgspec
import numpy as np

from model.operating_points import StatementError, parse_flag_share
from service.decision import Action
from service.interval import find_intervals
from service.policy.budget import solve_review
from service.policy.decisions import Bools
from service.policy.sample import Floats, Sample, decide_all
from service.policy.shape import Policy, Review
from service.policy.statements import Shortfall, add_needed, round_ends

_STEPS: Final = 20
"""Halvings: a millionth of the budget is not missed."""
_MOST: Final = 2.0**30


class Split(NamedTuple):
    """How many accepted and how many rejected comments are flagged.

    Attributes
    ----------
    flagged, totals : arrays of shape (2,)
    weights : array of shape (2,)
        Of all the accepted and all the rejected; they sum to 1.
    """

    flagged: Floats
    totals: Floats
    weights: Floats


def solve_review_within(policy: Policy, review: Review, sample: Sample) -> Policy | Shortfall:
    """Return `policy` with the thresholds of toxicity solved for its review.

    The largest share is flagged of which the upper end of the 95 % interval is within the budget.

    Parameters
    ----------
    policy : Policy
        All its other statements are solved.
    review : Review
        Its own.
    sample : Sample
    """
    bound = parse_flag_share(review.statement)
    best, low, high = None, 0.0, bound
    share = bound
    for _ in range(_STEPS):
        found = _try_share(policy, sample, share, bound)
        best = found or best
        low, high = (share, high) if found else (low, share)
        if low == high:
            break
        share = (low + high) / 2
    return best or _miss(policy, sample, bound)


def estimate_share(flagged: Bools, sample: Sample) -> tuple[float, float, float]:
    """Return the share of comments that are flagged, and its 95 % interval."""
    return _estimate(_split(flagged, sample))


def _try_share(policy: Policy, sample: Sample, share: float, bound: float) -> Policy | None:
    """Return the policy that flags a share, if that is within the bound with its interval."""
    try:
        solved = solve_review(policy, sample, share)
    except StatementError:
        return None
    flagged = decide_all(sample.scores, solved) == Action.FLAG
    _, low, high = estimate_share(flagged, sample)
    if high > bound or solved.review is None:
        return None
    review = msgspec.structs.replace(solved.review, flag_share_interval=round_ends(low, high))
    return msgspec.structs.replace(solved, review=review)


def _split(flagged: Bools, sample: Sample) -> Split:
    labels = [sample.y_true == label for label in (0, 1)]
    parts = [
        [float(flagged[chosen].sum()), float(chosen.sum()), float(sample.weights[chosen].sum())]
        for chosen in labels
    ]
    return Split(*np.array(parts).T)


def _estimate(split: Split) -> tuple[float, float, float]:
    """Return a share of comments with its interval.

    Where comments are weighted, it is a sum of two shares, and its interval that of Zou and
    Donner (2008, "Construction of confidence limits about effect measures").
    """
    flagged, totals, weights = split
    if np.allclose(weights, totals / totals.sum(), rtol=1e-9):
        flagged, totals, weights = flagged.sum(keepdims=True), totals.sum(keepdims=True), np.ones(1)
    shares = flagged / totals
    low, high = find_intervals(flagged, totals)
    value = float(weights @ shares)
    below, above = (float(np.hypot.reduce(weights * (end - shares))) for end in (low, high))
    return value, max(value - below, 0.0), min(value + above, 1.0)


def _miss(policy: Policy, sample: Sample, bound: float) -> Shortfall:
    """Tell what is missing for the budget if toxicity flags one comment, and so many like it."""
    others = decide_all(sample.scores, msgspec.structs.replace(policy, toxicity=None))
    split = _split(others == Action.FLAG, sample)
    best = Shortfall(*_estimate(split), len(sample.y_true))
    if best.value >= bound:
        return best

    def is_enough(times: float) -> bool:
        totals = split.totals * times
        flagged = np.minimum(split.flagged * times + [1, 0], totals)
        return _estimate(Split(flagged, totals, split.weights))[2] <= bound

    few, many = 1.0, 1.0
    while not is_enough(many) and many < _MOST:
        few, many = many, many * 2
    if many == 1:
        # Enough already: too many comments have one score, and of more comments more would.
        return Shortfall(*_estimate(_find_least(policy, sample)), len(sample.y_true))
    if many == _MOST:
        return best
    for _ in range(_STEPS):
        middle = (few + many) / 2
        few, many = (few, middle) if is_enough(middle) else (middle, many)
    return add_needed(best, many, len(sample.y_true), int(sample.y_true.sum()))


def _find_least(policy: Policy, sample: Sample) -> Split:
    """Return what is flagged if it is as little as can be, with one comment for toxicity."""
    solved, low, high = solve_review(policy, sample, 1.0), 0.0, 1.0
    for _ in range(_STEPS):
        middle = (low + high) / 2
        try:
            solved, high = solve_review(policy, sample, middle), middle
        except StatementError:
            low = middle
    return _split(decide_all(sample.scores, solved) == Action.FLAG, sample)
