"""Thresholds for what the moderators of a site can carry.

A budget is a share of all comments whose *decision* is to be flagged, whichever attribute asks
for it (decision 0020). The thresholds of toxicity are what gives: they are solved beside those
of the other attributes, which stay.
"""

from typing import Final

import msgspec
import numpy as np
import numpy.typing as npt

from model import ATTRIBUTES
from model.operating_points import StatementError, best_threshold
from model.scorer import DIGITS
from model.validation import MILLIONTHS
from service.decision import Action
from service.policy.sample import Actions, Floats, Sample, decide_all
from service.policy.shape import Bands, OperatingPoint, Policy, Review

Levels = npt.NDArray[np.int64]

_TOXICITY: Final = ATTRIBUTES.index("toxicity")
_SLACK: Final = 1e-9
"""The share that a sum of weights may be over the budget: it is rounding."""


def solve_review(policy: Policy, sample: Sample, share: float) -> Policy:
    """Return `policy` with the thresholds of toxicity solved for its review.

    With ``show = "uncertain"`` they lie as far above as below the score that tells toxic from
    other comments with the best accuracy (Kivlichan et al., 2021), as far as the budget lasts;
    where that is beyond 1, toxicity never rejects. With ``show = "most_toxic"`` the reject
    threshold stays, and the flag threshold is as low as the budget allows.

    Parameters
    ----------
    policy : Policy
        With a review. All its other statements are solved; those of files have none for a
        threshold that the review solves.
    sample : Sample
        What the shares are measured on.
    share : float in (0, 1]
        Of the weight of the sample, so much is flagged at most.

    Raises
    ------
    StatementError
        If the other attributes alone flag more, or if there is no room for a single comment
        beside theirs.
    """
    review, bands = policy.review, policy.toxicity or Bands()
    if review is None:
        raise StatementError("there is no review to be solved: the policy has no [review]")
    others = decide_all(sample.scores, msgspec.structs.replace(policy, toxicity=None))
    if review.show == "uncertain":
        flag, reject = _solve_uncertain(sample, others, share)
    else:
        flag, reject = _solve_most_toxic(sample, others, share, bands.reject)
    points = (point and _measure_point(point, sample) for point in (flag, reject))
    solved = msgspec.structs.replace(policy, toxicity=Bands(*points))
    return msgspec.structs.replace(solved, review=measure_review(review, solved, sample))


def measure_review(review: Review, policy: Policy, sample: Sample) -> Review:
    """Return `review` with what a policy does to a sample.

    A decision is right if the comment is flagged, since people are taken to be always right, or
    toxic and rejected, or neither.
    """
    actions = decide_all(sample.scores, policy)
    flagged = actions == Action.FLAG
    right = flagged | ((actions == Action.REJECT) == (sample.y_true == 1))
    return msgspec.structs.replace(
        review,
        flag_share=round(float(sample.weights[flagged].sum()), DIGITS),
        flag_share_interval=None,
        accuracy=round(float(sample.weights[right].sum()), 4),
    )


def _solve_uncertain(
    sample: Sample, others: Actions, share: float
) -> tuple[OperatingPoint, OperatingPoint | None]:
    """Return the points as far below as above the score of the best accuracy."""
    toxicity = _count_millionths(sample)
    best = best_threshold(sample.y_true, sample.scores[:, _TOXICITY], sample.weights)
    middle = round(best * MILLIONTHS)
    # How far the thresholds have to be for a comment to lie between them: flag on its score, and
    # reject above it. What another attribute flags and toxicity would not reject is flagged as is.
    levels = np.where(toxicity < middle, middle - toxicity, toxicity - middle + 1)
    levels[(others == Action.FLAG) & (toxicity < middle)] = 0
    distance = _find_level(levels, sample.weights, others < Action.REJECT, share)
    flag = OperatingPoint(max(middle - distance, 0) / MILLIONTHS)
    if middle + distance > MILLIONTHS:
        return flag, None
    return flag, OperatingPoint((middle + distance) / MILLIONTHS)


def _solve_most_toxic(
    sample: Sample, others: Actions, share: float, reject: OperatingPoint | None
) -> tuple[OperatingPoint, OperatingPoint | None]:
    """Return the lowest point from which everything that is not rejected can be flagged."""
    seen = others < Action.REJECT
    if reject:
        seen &= sample.scores[:, _TOXICITY] < reject.threshold
    # How far below 1 the threshold has to be; no score is above, so the level of none is 0.
    levels = MILLIONTHS - _count_millionths(sample) + 1
    levels[others == Action.FLAG] = 0
    level = _find_level(levels, sample.weights, seen, share)
    return OperatingPoint((MILLIONTHS - level + 1) / MILLIONTHS), reject


def _find_level(levels: Levels, weights: Floats, seen: npt.NDArray[np.bool_], share: float) -> int:
    """Return the highest level, 1 to one more than a million, at which the budget is kept.

    Parameters
    ----------
    levels : array of shape (n,)
        From which level on a comment is flagged; 0 is whatever the level is.
    weights : array of shape (n,)
    seen : array of shape (n,)
        False where a comment is rejected at any level.
    share : float in (0, 1]

    Raises
    ------
    StatementError
        If it is kept at none, or only where no comment is flagged for toxicity.
    """
    steps, places = np.unique(levels[seen], return_inverse=True)
    flagged = np.cumsum(np.bincount(places, weights[seen], len(steps)))
    over = np.flatnonzero(flagged > share + _SLACK)
    if not len(over):
        return MILLIONTHS + 1
    first = int(over[0])
    before = float(flagged[first - 1]) if first else 0.0
    if steps[first] == 0:
        raise StatementError(
            f"flag_share <= {share} cannot be kept: the other attributes alone flag"
            f" {flagged[first]:.6f} of all comments"
        )
    if first == 0 or (first == 1 and steps[0] == 0):
        raise StatementError(
            f"flag_share <= {share} leaves no room: the other attributes flag {before:.6f} of all"
            f" comments, and with the first that toxicity would flag it is {flagged[first]:.6f}"
        )
    return int(steps[first]) - 1


def _count_millionths(sample: Sample) -> Levels:
    """Return the scores of toxicity as whole numbers, whose sums and differences are exact."""
    return np.rint(sample.scores[:, _TOXICITY] * MILLIONTHS).astype(np.int64)


def _measure_point(point: OperatingPoint, sample: Sample) -> OperatingPoint:
    """Return `point` with the precision and recall that it has on the sample, if any."""
    over = sample.scores[:, _TOXICITY] >= point.threshold
    hits = float(sample.weights[over] @ sample.y_true[over])
    chosen, positive = float(sample.weights[over].sum()), float(sample.weights @ sample.y_true)
    return msgspec.structs.replace(
        point,
        precision=round(hits / chosen, 4) if chosen else None,
        recall=round(hits / positive, 4) if positive else None,
    )
