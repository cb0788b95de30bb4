"""What is not counted but true: read when it is asked for."""

from collections.abc import Iterator
from typing import Final

from prometheus_client import Metric
from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily
from prometheus_client.registry import Collector

from service import __version__
from service.language import TAGS
from service.moderation import Moderator
from service.reloads import Reloads

_HEX_DIGITS: Final = 12


class Versions(Collector):
    """What is loaded, and what reloads came to.

    Parameters
    ----------
    moderator : Moderator
    reloads : Reloads

    Attributes
    ----------
    languages : set of str
        Those a comment can be counted under.
    """

    def __init__(self, moderator: Moderator, reloads: Reloads) -> None:
        self._moderator = moderator
        self._reloads = reloads
        self.languages = {*moderator.scorers, *TAGS}

    def collect(self) -> Iterator[Metric]:
        """Yield the metrics."""
        build = GaugeMetricFamily("moderation_build_info", "Release", labels=["version"])
        build.add_metric([__version__], 1)
        yield build
        models = GaugeMetricFamily(
            "moderation_model_info", "Models loaded", labels=["language", "model", "sha256"]
        )
        for language, scorer in self._moderator.scorers.items():
            digest = scorer.manifest["sha256"][:_HEX_DIGITS]
            models.add_metric([language, scorer.version, digest], 1)
        yield models
        policies = GaugeMetricFamily(
            "moderation_policy_info", "Policies loaded", labels=["policy", "version"]
        )
        for name, policy in self._moderator.policies.items():
            policies.add_metric([name, policy.version], 1)
        yield policies
        reloads = CounterMetricFamily("moderation_reloads", "By outcome", labels=["outcome"])
        reloads.add_metric(["loaded"], self._reloads.loaded)
        reloads.add_metric(["refused"], self._reloads.refused)
        yield reloads
        refused = float(self._reloads.refusal is not None)
        yield GaugeMetricFamily("moderation_reload_failed", "1: the last was refused", refused)
