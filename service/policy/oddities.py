"""What in a policy may not be meant so, in sentences: nothing of it stops a service."""

import math
from collections.abc import Iterator, Sequence
from typing import NamedTuple

import msgspec

from model.operating_points import StatementError
from model.scorer import TextScorer
from model.validation import Validation
from service.policy.derive import derive
from service.policy.phrases import join, name_attribute
from service.policy.shape import Policy


class Model(NamedTuple):
    """A model that is loaded, and the comments that statements are solved on."""

    scorer: TextScorer
    validation: Validation


def find_idle_thresholds(policy: Policy) -> Iterator[str]:
    """Yield thresholds that let nothing pass, or leave nothing to another."""
    for attribute, flag, reject in policy.thresholds:
        name = name_attribute(attribute)
        if min(flag, reject) == 0:
            done = "rejected" if reject == 0 else "flagged"
            yield f"Every comment that is scored is {done}: the threshold of {name} is 0."
        elif flag == reject < math.inf:
            yield f"{name.capitalize()} flags nothing: it rejects from the same score on."


def find_stale(policy: Policy, models: Sequence[Model]) -> list[str]:
    """Return a sentence if figures are not those that any of `models` gives."""
    found = [_compare(policy, model) for model in models]
    return [found[0]] if found and all(found) else []


def _compare(policy: Policy, model: Model) -> str:
    """Say what a model does not give as the policy has it, if there is anything."""
    stated = _leave_out_fitted(policy)
    try:
        solved = derive(stated, model.validation, model.scorer.manifest["prevalence"])
    except StatementError as error:
        return f"On the model {model.scorer.version} it cannot be solved: {error}."
    found = [
        f"{name_attribute(attribute)} ({action})"
        for attribute, bands in stated.bands().items()
        for action in ("reject", "flag")
        if getattr(bands, action) != getattr(getattr(solved, attribute), action)
    ]
    found += ["the review"] if stated.review != solved.review else []
    if not found:
        return ""
    return (
        f"The figures of {join(found)} are not those of the model {model.scorer.version}:"
        " run python -m service.policy derive."
    )


def _leave_out_fitted(policy: Policy) -> Policy:
    """Return `policy` without what was solved on the site's own decisions, and not on a model."""
    if policy.recalibration is None:
        return policy
    fitted = dict.fromkeys(policy.recalibration.lines())
    return msgspec.structs.replace(policy, recalibration=None, review=None, **fitted)
