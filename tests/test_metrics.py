"""What is counted of what was decided, and under which labels."""

import json
import os
import re
import subprocess
import sys
from pathlib import Path

import pytest
from flask import Flask
from flask.testing import FlaskClient
from scraping import Samples, find, parse_metrics, total
from serving import ROOT

from model import ATTRIBUTES
from service.app import create_app
from service.metrics.families import SCORES, Histogram
from service.metrics.folder import SIZES, VARIABLE
from service.metrics.recorder import Metrics
from service.metrics.versions import Versions
from service.moderation import Comment, Moderator
from service.observation import Observation
from service.reloads import Reloads
from service.settings import Settings
from service.shadow import Comparison
from service.shadowing import Trial


@pytest.fixture
def metrics(moderator: Moderator) -> Metrics:
    """Return metrics of our own, for nothing else."""
    metrics = Metrics()
    metrics.describe(Versions(moderator, Reloads()))
    return metrics


def read(metrics: Metrics) -> Samples:
    """Return what is counted."""
    return parse_metrics(metrics.render().decode())


def moderate(
    moderator: Moderator, *comments: Comment, endpoint: str = "/v1/moderate"
) -> Observation:
    """Return the observation of a request with comments."""
    return Observation(endpoint, 200, 0.0004, "id", moderator.moderate(list(comments)))


def test_a_request_is_counted_by_route_and_status_and_its_time_is_in_a_fitting_bucket(
    metrics: Metrics,
) -> None:
    metrics.record(Observation("/v1/moderate", 200, 0.0004, "id"))
    metrics.record(Observation("/v1/moderate", 429, 0.00041, "id", code="rate_limited"))
    found = read(metrics)
    assert find(found, "moderation_requests_total", endpoint="/v1/moderate", status="429") == 1
    assert find(found, "moderation_problems_total", code="rate_limited") == 1
    bucket = "moderation_request_duration_seconds_bucket"
    counts = [
        find(found, bucket, endpoint="/v1/moderate", le=le) for le in ("0.0003", "0.0004", "0.0005")
    ]
    assert counts == [0, 1, 2]


def test_a_decision_is_counted_with_its_reasons_scores_and_language(
    metrics: Metrics, moderator: Moderator
) -> None:
    metrics.record(moderate(moderator, Comment("You grumpy idiot")))
    found = read(metrics)
    assert find(found, "moderation_decisions_total", policy="default", decision="reject") == 1
    assert find(found, "moderation_reasons_total", code="toxic", attribute="insult") == 1
    assert find(found, "moderation_reasons_total", code="toxic", attribute="toxicity") == 1
    assert find(found, "moderation_languages_total", language="en") == 1
    assert find(found, "moderation_scores_sum", attribute="insult") == pytest.approx(0.95)
    assert find(found, "moderation_scores_count", attribute="threat") == 1
    assert find(found, "moderation_comment_length_sum") == 16
    assert total(found, "moderation_unscored_total") == 0


@pytest.mark.parametrize(
    ("comment", "reason"),
    [
        (Comment(" "), "empty"),
        (Comment("a" * 1501), "too_long"),
        (Comment("спасибо большое"), "unsupported_language"),
    ],
)
def test_a_comment_without_a_score_is_counted_by_why(
    comment: Comment, reason: str, metrics: Metrics, moderator: Moderator
) -> None:
    metrics.record(moderate(moderator, comment))
    found = read(metrics)
    assert find(found, "moderation_unscored_total", reason=reason) == 1
    assert find(found, "moderation_reasons_total", code=reason, attribute="") == 1
    assert total(found, "moderation_scores_count") == 0


def test_each_comment_of_a_batch_is_counted_and_the_batch_is_one_request(
    metrics: Metrics, moderator: Moderator
) -> None:
    metrics.record(moderate(moderator, *[Comment("hello")] * 30, Comment("idiot")))
    found = read(metrics)
    assert total(found, "moderation_requests_total") == 1
    assert total(found, "moderation_decisions_total") == 31
    assert find(found, "moderation_comment_length_count") == 31


def test_a_comment_that_a_moderator_inspects_is_no_decision(
    metrics: Metrics, moderator: Moderator
) -> None:
    metrics.record(moderate(moderator, Comment("idiot"), endpoint="/inspect"))
    found = read(metrics)
    assert total(found, "moderation_requests_total") == 1
    assert total(found, "moderation_decisions_total") == 0


def test_a_client_cannot_make_up_labels(moderator: Moderator) -> None:
    metrics = Metrics()
    app = create_app(moderator, Settings())
    metrics.describe(Versions(moderator, Reloads()))
    for number in range(300):
        metrics.record(moderate(moderator, Comment("hello", language=f"x{number % 10}-a{number}")))
    names = {labels for name, labels in read(metrics) if name == "moderation_languages_total"}
    assert names == {frozenset({("language", "other")})}
    client = app.test_client()
    before = parse_metrics(client.get("/metrics").text)
    for number in range(300):
        client.get(f"/nothing/{number}", headers={"X-Request-ID": f"id-{number}"})
        client.open("/v1/moderate", method=f"M{number}")
        client.post("/v1/moderate", json={"comment": "a", "policy": f"p{number}"})
    after = parse_metrics(client.get("/metrics").text)
    assert len(after.keys() - before.keys()) < 100
    unmatched = "moderation_requests_total"
    assert find(after, unmatched, endpoint="unmatched", status="404") >= 300
    assert "p299" not in str(after)


def test_a_histogram_takes_many_values_as_the_library_takes_each() -> None:
    together, singly = (
        Histogram("scores", "Scores", buckets=SCORES, registry=None) for _ in range(2)
    )
    # On bounds, between them, and beyond.
    values = [0.0, 0.03125, 0.05, 0.0625, 0.5, 0.9375, 0.95, 0.98, 0.999, 1.0, 7.0]
    together.observe_all(values)
    for value in values:
        singly.observe(value)
    assert collect(together) == collect(singly)


def collect(histogram: Histogram) -> list[tuple[str, str, float]]:
    """Return the samples that do not tell the time."""
    [family] = histogram.collect()
    return [
        (sample.name, sample.labels.get("le", ""), round(sample.value, 9))
        for sample in family.samples
        if not sample.name.endswith("_created")
    ]


def test_a_trial_of_a_candidate_is_counted_as_a_table_of_transitions(metrics: Metrics) -> None:
    compared = Comparison(
        None, "default", "new", "en-1", "en-2", "accept", "flag", {"insult": 0.25}
    )
    metrics.record(Trial([compared, compared], 0.0001))
    metrics.record(Trial([], 0.0001, "RuntimeError"))
    found = read(metrics)
    assert (
        find(found, "moderation_shadow_decisions_total", decision="accept", candidate="flag") == 2
    )
    assert find(found, "moderation_shadow_score_difference_sum", attribute="insult") == 0.5
    assert find(found, "moderation_shadow_failures_total") == 1
    assert find(found, "moderation_shadow_duration_seconds_count") == 2


def test_a_request_that_the_worker_refused_is_counted_by_its_code(metrics: Metrics) -> None:
    metrics.record("overloaded")
    assert find(read(metrics), "moderation_refused_total", code="overloaded") == 1


def test_what_is_loaded_is_told_with_the_version_of_each_policy(moderator: Moderator) -> None:
    metrics, reloads = Metrics(), Reloads()
    metrics.describe(Versions(moderator, reloads))
    found = read(metrics)
    version = moderator.policies["default"].version
    assert find(found, "moderation_policy_info", policy="default", version=version) == 1
    assert (
        find(found, "moderation_model_info", language="en", model="en-stub", sha256="0" * 12) == 1
    )
    assert find(found, "moderation_reload_failed") == 0
    reloads.refuse("policy")
    found = read(metrics)
    assert find(found, "moderation_reloads_total", outcome="refused") == 1
    assert find(found, "moderation_reload_failed") == 1


def test_what_waits_and_what_the_limits_are_is_asked_for(metrics: Metrics) -> None:
    metrics.watch_waiting(lambda: 7)
    metrics.watch_limits(lambda: True)
    metrics.busy.update({1, 2})
    found = read(metrics)
    assert find(found, "moderation_waiting_requests") == 7
    assert find(found, "moderation_limits_degraded") == 1
    assert find(found, "moderation_in_flight_requests") == 2


def test_nothing_is_kept_where_nobody_will_read_it() -> None:
    metrics = Metrics()
    for _ in range(5000):
        metrics.record("overloaded")
    assert b"overloaded" not in metrics.render()


def test_the_queue_is_counted_before_it_grows_long(metrics: Metrics) -> None:
    for _ in range(2500):
        metrics.record("overloaded")
    assert len(metrics._queue) <= 1000  # noqa: SLF001 - what it holds
    assert find(read(metrics), "moderation_refused_total", code="overloaded") == 2500


def test_metrics_are_text_without_a_key_and_not_to_be_sniffed(client: FlaskClient) -> None:
    client.post("/v1/moderate", json={"comment": "You idiot"})
    response = client.get("/metrics")
    assert response.status_code == 200
    assert response.content_type == "text/plain; version=0.0.4; charset=utf-8"
    assert response.headers["X-Content-Type-Options"] == "nosniff"
    found = parse_metrics(response.text)
    assert {
        f"{dict(labels)['attribute']}"
        for name, labels in found
        if name == "moderation_scores_count"
    } >= set(ATTRIBUTES)
    assert find(found, "moderation_in_flight_requests") == 1


def test_metrics_can_be_switched_off(moderator: Moderator) -> None:
    app: Flask = create_app(moderator, Settings(metrics=False))
    assert app.test_client().get("/metrics").status_code == 404
    assert app.test_client().get("/healthz").status_code == 200


def test_all_that_can_be_counted_has_room_in_the_files(tmp_path: Path) -> None:
    done = subprocess.run(
        [sys.executable, "tests/metrics_filled.py"],
        cwd=ROOT,
        env=os.environ | {VARIABLE: str(tmp_path), "PYTHONPATH": f"{ROOT}:{ROOT / 'tests'}"},
        capture_output=True,
        text=True,
        check=True,
    )
    used = json.loads(done.stdout)
    assert used.keys() == SIZES.keys()
    for kind, size in SIZES.items():
        assert 0 < 1.5 * used[kind] < size, kind


def test_every_metric_is_in_the_documentation_and_no_other(client: FlaskClient) -> None:
    text = client.get("/metrics").text
    families = dict(re.findall(r"^# TYPE (\S+) (\w+)$", text, re.MULTILINE))
    served = {name for name in families if not name.endswith("_created")}
    documented = set(
        re.findall(r"`(moderation_\w+)`", (ROOT / "docs" / "metrics.md").read_text("utf-8"))
    )
    assert documented == served
