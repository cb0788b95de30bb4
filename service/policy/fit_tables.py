"""What fitting a policy prints."""

from collections.abc import Mapping

import numpy as np

from model import ATTRIBUTES
from service.decision import Action
from service.policy.decisions import Decisions
from service.policy.phrases import name_origin
from service.policy.recalibrating import FOLDS, Fit
from service.policy.reviews import estimate_share
from service.policy.sample import Sample, decide_all
from service.policy.shape import Interval, OperatingPoint, Policy, Review
from service.policy.solving import Recalibrated
from service.tables import align

NOTHING = "-"


def render_sample(decisions: Decisions, source: str, recalibrated: Recalibrated) -> str:
    """Return what the policy is fitted on, what was left out, and what is assumed."""
    found = recalibrated.recalibration
    natural = f"{found.rejected / found.decisions:.1%}"
    lines = [
        f"{found.decisions:,} comments of {source}, scored by {found.model}",
        f"rejected: {found.rejected:,} ({natural})",
    ]
    if decisions.left_out:
        lines.append(f"left out: {decisions.describe_left_out()}")
    if recalibrated.is_weighted:
        lines.append(f"weighted, since the site rejects {found.prevalence:.1%} of its comments")
    else:
        lines.append(f"taken as they come: the site rejects {natural} of its comments")
    return "\n".join(lines)


def render_lines(fits: Mapping[str, Fit]) -> str:
    """Return how each attribute is recalibrated, and what that is good for."""
    header = ("recalibrated", "slope", "intercept", "calibration error", "log loss")
    rows = [
        (
            name,
            f"{fit.line.slope:.3f}",
            f"{fit.line.intercept:.3f}",
            f"{fit.before.calibration_error:.3f} -> {fit.after.calibration_error:.3f}",
            f"{fit.before.log_loss:.3f} -> {fit.after.log_loss:.3f}",
        )
        for name, fit in fits.items()
    ]
    note = (
        f"From before to after: in {FOLDS} parts, each with a line that was fitted to the others."
    )
    return "\n".join([*align([header, *rows], left=1), note])


def render_policy(policy: Policy, recalibrated: Recalibrated, decisions: Decisions) -> str:
    """Return what the fitted policy does on the comments that it was fitted on."""
    sample = recalibrated.sample
    parts = [_render_points(policy, recalibrated)]
    if policy.review:
        parts.append(_render_review(policy, policy.review, decisions, sample))
    parts.append(_render_outcomes(policy, sample))
    return "\n\n".join(parts)


def _render_points(policy: Policy, recalibrated: Recalibrated) -> str:
    header = ("", "", "statement", "threshold", "precision", "recall", "at or over")
    rows = []
    for name, bands in policy.bands().items():
        if name not in recalibrated.fits:
            continue
        scores = recalibrated.sample.scores[:, ATTRIBUTES.index(name)]
        for action, point in (("flag", bands.flag), ("reject", bands.reject)):
            if point:
                over = scores >= point.threshold
                share, *_ = estimate_share(over, recalibrated.sample)
                origin = name_origin(policy, name, action)
                rows.append((name, action, origin, *_render_point(point), f"{share:.1%}"))
    if not rows:
        return "no threshold is of an attribute that is fitted"
    note = (
        "With 95 % intervals, on the comments that thresholds were chosen on: the end of the"
        " interval keeps a statement, not the estimate alone."
    )
    return "\n".join([*align([header, *rows], left=3), note])


def _render_point(point: OperatingPoint) -> tuple[str, str, str]:
    return (
        f"{point.threshold:.6f}".rstrip("0").ljust(4, "0"),
        _render_share(point.precision, point.precision_interval),
        _render_share(point.recall, point.recall_interval),
    )


def _render_share(share: float | None, interval: Interval | None) -> str:
    if share is None or interval is None:
        return NOTHING
    return f"{share:.3f} ({interval[0]:.3f} to {interval[1]:.3f})"


def _render_review(policy: Policy, review: Review, decisions: Decisions, sample: Sample) -> str:
    """Return what people see, and what else they see that no score decides on."""
    flagged = decide_all(sample.scores, policy) == Action.FLAG
    value, low, high = estimate_share(flagged, sample)
    found = f"{value:.3f} ({low:.3f} to {high:.3f})"
    lines = [f"review: {review.statement}, {review.show}: flagged are {found}"]
    if decisions.flagged:
        lines.append(
            f"beside them, {decisions.flagged:,} of those left out are flagged whatever their score"
        )
    return "\n".join(lines)


def _render_outcomes(policy: Policy, sample: Sample) -> str:
    """Return the decisions of the policy beside those of the site, as counted."""
    actions = decide_all(sample.scores, policy)
    rows = [("the site \\ the policy", *(action.label for action in Action))]
    for name, label in (("accepted", 0), ("rejected", 1)):
        chosen = actions[sample.y_true == label]
        counts = np.bincount(chosen, minlength=len(Action)).tolist()
        rows.append((name, *(f"{count:,} ({count / len(chosen):.1%})" for count in counts)))
    return "\n".join(align(rows, left=1))
