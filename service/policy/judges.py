"""Policies with the models that go with them, as the service has them from its start."""

from collections.abc import Mapping
from pathlib import Path

from model.scorer import TextScorer
from service.moderation import Moderator
from service.policy.faults import PolicyError
from service.policy.files import DEFAULT_POLICY, load_policy
from service.policy.shape import Policy


def load_judge(path: Path, scorers: Mapping[str, TextScorer]) -> tuple[Policy, Moderator]:
    """Load a policy; the moderator takes it for the default, whatever its name is.

    Raises
    ------
    PolicyError
        If it cannot be used, or not with these models.
    """
    policy = load_policy(path)
    return policy, build_judge(policy, path, scorers)


def build_judge(policy: Policy, path: Path, scorers: Mapping[str, TextScorer]) -> Moderator:
    """Return a moderator of a policy that was loaded from `path`; see `load_judge`."""
    try:
        return Moderator(scorers, {DEFAULT_POLICY: policy})
    except PolicyError as error:
        raise PolicyError(f"{path}: {error}") from error
