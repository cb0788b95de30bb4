"""A program: count all that can be counted, and print what it takes of the files."""

import json
import os
from collections.abc import Sequence
from itertools import cycle
from pathlib import Path
from typing import Literal

from flask import Flask
from prometheus_client.mmap_dict import MmapedDict
from stubs import StubScorer

from model import ATTRIBUTES
from service.app import create_app
from service.decision import Action, Decision, Reason
from service.language import TAGS
from service.metrics.folder import SIZES, VARIABLE
from service.metrics.recorder import get_metrics
from service.moderation import Comment, Moderator, Outcome
from service.observation import UNMATCHED, Observation
from service.policy import Policy
from service.settings import Settings
from service.shadow import Comparison
from service.shadowing import Trial

COMMENT = Comment("text")
STATUSES = (200, 204, 303, 400, 401, 403, 404, 405, 413, 415, 422, 429, 500, 503)
CODES: tuple[
    Literal[
        "too_long",
        "empty",
        "banned_term",
        "suspect_term",
        "too_many_links",
        "unsupported_language",
    ],
    ...,
] = (
    "too_long",
    "empty",
    "banned_term",
    "suspect_term",
    "too_many_links",
    "unsupported_language",
)


def list_outcomes(policies: Sequence[Policy]) -> list[Outcome]:
    """Return outcomes with each score, length, language and reason there can be."""
    reasons = [Reason("toxic", "flag", attribute, 1.0, 0.5) for attribute in ATTRIBUTES]
    reasons += [Reason(code, "reject") for code in CODES]
    scored = [
        Outcome(COMMENT, Decision(Action.FLAG, reasons), 1000 * step, policies[0], tag, row)
        for step, tag in zip(range(201), cycle([*TAGS, "x-other"]), strict=False)
        for row in [dict.fromkeys(ATTRIBUTES, step / 200)]
    ]
    plain = [
        Outcome(COMMENT, Decision(action, [Reason(code, "flag")]), length, policy)
        for action in Action
        for policy in policies
        for code in CODES
        for length in range(0, 100, 20)
    ]
    return scored + plain


def list_requests(app: Flask) -> list[Observation]:
    """Return requests for each address, with each status, in each time."""
    endpoints = {UNMATCHED, *(rule.rule for rule in app.url_map.iter_rules())}
    requests = [
        Observation(endpoint, status, 10 ** (-4.5 + (place + step / 3) / 3), "id")
        for endpoint in endpoints
        for place, status in enumerate(STATUSES)
        for step in range(3)
    ]
    return requests + [
        Observation("/v1/moderate", 422, 0.1, "id", code=f"a_code_of_a_problem_{number}")
        for number in range(30)
    ]


def list_comparisons() -> list[Comparison]:
    """Return comparisons with each pair of decisions and each difference."""
    labels = [action.label for action in Action]
    return [
        Comparison(None, "a", "b", None, None, before, after, dict.fromkeys(ATTRIBUTES, step / 300))
        for before in labels
        for after in labels
        for step in range(300)
    ]


def main() -> None:
    """Count, and print the bytes used of each file."""
    # Names as long as names can be.
    policies = {name: Policy(name) for name in ("default", *(f"p{n:063}" for n in range(20)))}
    app = create_app(Moderator({"en": StubScorer()}, policies), Settings())
    metrics = get_metrics()
    for observation in list_requests(app):
        metrics.record(observation)
    outcomes = list_outcomes([*policies.values()])
    metrics.record(Observation("/v1/moderate", 200, 0.1, "id", outcomes))
    metrics.record(Trial(list_comparisons(), 0.1, "RuntimeError"))
    for number in range(10):
        metrics.record(f"a_code_of_a_refusal_{number}")
    metrics.flush()
    used = {}
    for kind in SIZES:
        path = Path(os.environ[VARIABLE]) / f"{kind}_{os.getpid()}.db"
        entries = list(MmapedDict.read_all_values_from_file(str(path)))  # type: ignore[no-untyped-call]
        used[kind] = entries[-1][3] + 16
    print(json.dumps(used))  # noqa: T201 - its answer


if __name__ == "__main__":
    main()
