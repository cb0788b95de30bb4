"""The shadow: a candidate judges what was answered, and changes no answer."""

import json
import logging
import shutil
import socket
import subprocess
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import msgspec
import numpy as np
import numpy.typing as npt
import pytest
from flask import Flask
from prometheus_client.parser import text_string_to_metric_families
from serving import PATIENCE_S, ROOT, Server, command, environment, serve
from stubs import BrokenScorer, StubScorer

from model import ATTRIBUTES
from model.artefact import MANIFEST, WEIGHTS
from model.scorer import TextScorer
from service.app import create_app
from service.loading import ShadowError, load_moderator, load_shadow
from service.moderation import Comment, Moderator
from service.policy import POLICY_FOLDER, Policy, parse_policy
from service.reloading import load_app, reload_app
from service.settings import ARTEFACTS, Settings
from service.shadow import Comparison, Shadow
from service.shadowing import Trial, Watcher, log_sample, shadow_answers
from service.worker.connections import Wire

CANARY = "canary-5e1c"
LIVE = parse_policy(
    'name = "default"\ntoxicity = { flag = { threshold = 0.5 }, reject = { threshold = 0.9 } }'
)
STRICT = parse_policy('name = "strict"\ntoxicity = { reject = { threshold = 0.5 } }')
LONG = parse_policy('name = "long"\nmax_length = 3000')


class MilderScorer(StubScorer):
    """A model that scores everything half as high."""

    version = "en-mild"

    def score(self, texts: list[str]) -> npt.NDArray[np.float64]:
        """Return half of what the other does."""
        return super().score(texts) / 2


def build_shadow(model: TextScorer | None = None, policy: Policy | None = None) -> Shadow:
    """Return a candidate beside `StubScorer` and `LIVE`."""
    scorers = {"en": model or StubScorer()}
    policies = {"default": LIVE, "long": LONG} if policy is None else {policy.name: policy}
    return Shadow(Moderator(scorers, policies), model, policy)


def build_app(shadow: Shadow | None = None, watchers: Sequence[Watcher] = ()) -> Flask:
    """Return an application that answers by `StubScorer` and `LIVE`."""
    moderator = Moderator({"en": StubScorer()}, {"default": LIVE, "long": LONG})
    app = create_app(moderator, Settings())
    if shadow:
        shadow_answers(app, shadow, watchers)
    return app


def compare(shadow: Shadow, *comments: Comment) -> list[Comparison]:
    """Return how decisions on comments and the candidate's compare."""
    moderator = Moderator({"en": StubScorer()}, {"default": LIVE, "long": LONG})
    return shadow.compare(moderator.moderate(comments))


def test_both_decisions_are_told_with_what_they_rest_on_and_how_far_scores_are_apart() -> None:
    [found] = compare(build_shadow(MilderScorer(), STRICT), Comment("You rude man.", id="c-1"))
    halves = dict.fromkeys(ATTRIBUTES, pytest.approx(0.005)) | {"toxicity": pytest.approx(0.475)}
    assert msgspec.structs.asdict(found) == {
        "id": "c-1",
        "policy": "default",
        "candidate_policy": "strict",
        "model": "en-stub",
        "candidate_model": "en-mild",
        "before": "reject",
        "after": "accept",
        "differences": halves,
    }


def test_a_candidate_policy_judges_comments_of_every_policy() -> None:
    comments = Comment("grumpy"), Comment("grumpy", policy="long")
    found = compare(build_shadow(policy=STRICT), *comments)
    told = [(each.policy, each.candidate_policy, each.before, each.after) for each in found]
    assert told == [("default", "strict", "flag", "reject"), ("long", "strict", "accept", "reject")]


def test_a_candidate_model_alone_is_judged_under_the_policy_of_each_comment() -> None:
    comments = Comment("grumpy"), Comment("grumpy", policy="long")
    found = compare(build_shadow(MilderScorer()), *comments)
    told = [(each.policy, each.candidate_policy, each.before, each.after) for each in found]
    assert told == [("default", "default", "flag", "accept"), ("long", "long", "accept", "accept")]


def test_what_is_not_scored_is_compared_as_well() -> None:
    comments = Comment("a" * 2000), Comment(" "), Comment("hello", language="de")
    found = compare(build_shadow(policy=LONG), *comments)
    told = [(each.before, each.after, each.differences) for each in found]
    assert told == [("reject", "accept", {}), ("reject", "reject", {}), ("flag", "flag", {})]


BODIES: list[tuple[str, dict[str, Any]]] = [
    ("/v1/moderate", {"comment": "Thank you."}),
    ("/v1/moderate", {"comment": "You rude man.", "explain": True}),
    ("/v1/moderate", {"comment": "a" * 2000}),
    ("/v1/moderate", {"comment": 1}),
    ("/v1/moderate", {"comment": "a", "policy": "none"}),
    ("/v1/moderate/batch", {"comments": [{"comment": "grumpy"}, {"comment": " "}]}),
    ("/integrations/coral", {"comment": {"body": "You rude man."}}),
]


@pytest.mark.parametrize("model", [MilderScorer(), BrokenScorer()])
@pytest.mark.parametrize(("path", "body"), BODIES)
def test_no_answer_is_changed(path: str, body: dict[str, Any], model: TextScorer) -> None:
    told: list[Trial] = []
    plain = build_app().test_client().post(path, json=body)
    shadowed = build_app(build_shadow(model, STRICT), [told.append]).test_client()
    answer = shadowed.post(path, json=body, buffered=True)
    assert (answer.status, answer.data) == (plain.status, plain.data)
    assert len(told) == (plain.status_code < 400)


def test_the_candidate_judges_when_the_answer_was_sent() -> None:
    ours, theirs = socket.socketpair()
    wire = Wire(ours)
    seen: list[bytes] = []

    class Looking(StubScorer):
        def score(self, texts: list[str]) -> npt.NDArray[np.float64]:
            seen.append(theirs.recv(100, socket.MSG_DONTWAIT))
            return super().score(texts)

    told: list[Trial] = []
    client = build_app(build_shadow(Looking()), [told.append]).test_client()
    response = client.post(
        "/v1/moderate", json={"comment": "hi"}, environ_overrides={"gunicorn.socket": wire}
    )
    assert told == []
    wire.sendall(b"the answer")
    response.close()
    assert seen == [b"the answer"]
    assert [trial.failure for trial in told] == [None]
    ours.close()
    theirs.close()


def test_a_candidate_that_fails_is_told_and_logged_by_type_alone(
    caplog: pytest.LogCaptureFixture,
) -> None:
    told: list[Trial] = []
    client = build_app(build_shadow(BrokenScorer()), [told.append]).test_client()
    body = {"comment": CANARY, "id": CANARY}
    assert client.post("/v1/moderate", json=body, buffered=True).status_code == 200
    [trial] = told
    assert (trial.comparisons, trial.failure) == ([], "RuntimeError")
    assert trial.duration_s > 0
    assert "RuntimeError at" in caplog.text
    assert CANARY not in caplog.text


def test_a_watcher_that_fails_is_logged_and_the_others_are_told(
    caplog: pytest.LogCaptureFixture,
) -> None:
    def fail(_: Trial) -> None:
        raise ValueError(CANARY)

    told: list[Trial] = []
    client = build_app(build_shadow(policy=STRICT), [fail, told.append]).test_client()
    assert client.post("/v1/moderate", json={"comment": "hi"}, buffered=True).status_code == 200
    assert len(told) == 1
    assert "ValueError at" in caplog.text
    assert CANARY not in caplog.text


@pytest.mark.parametrize(("share", "lines"), [(0.0, 0), (1.0, 3)])
def test_a_share_of_comparisons_is_logged_by_the_callers_id_without_scores(
    share: float, lines: int, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.INFO)
    client = build_app(build_shadow(policy=STRICT), [log_sample(share)]).test_client()
    comments = [{"comment": f"grumpy {CANARY}", "id": f"c-{number}"} for number in range(3)]
    client.post("/v1/moderate/batch", json={"comments": comments}, buffered=True)
    found = [vars(record)["shadow"] for record in caplog.records if record.message == "shadow"]
    assert found == [
        {
            "id": f"c-{number}",
            "policy": "default",
            "candidate_policy": "strict",
            "model": "en-stub",
            "candidate_model": "en-stub",
            "before": "flag",
            "after": "reject",
        }
        for number in range(lines)
    ]
    assert CANARY not in str(found)


@pytest.fixture
def candidate(tmp_path: Path) -> Path:
    """Return the folder of a model: the shipped one under another name."""
    folder = shutil.copytree(ARTEFACTS / "en", tmp_path / "candidate")
    manifest = json.loads((folder / MANIFEST).read_bytes()) | {"version": "9.9.9"}
    (folder / MANIFEST).write_text(json.dumps(manifest), encoding="utf-8")
    return folder


def refuse_model(folder: Path) -> dict[str, Path]:
    (folder / WEIGHTS).write_bytes(b"")
    return {"shadow_model": folder}


def refuse_policy(folder: Path) -> dict[str, Path]:
    path = folder / "policy.toml"
    path.write_text('name = "default"\nlanguages = ["de"]\n', encoding="utf-8")
    return {"shadow_policy": path}


@pytest.mark.parametrize(
    ("settings", "sentence"),
    [
        (refuse_model, r"weights\.joblib: SHA-256 is "),
        (refuse_policy, r"policy 'default': no model reads de$"),
        (lambda folder: {"shadow_model": folder / "none"}, r"manifest\.json: cannot be read "),
        (lambda folder: {"shadow_policy": folder / "none"}, r"none: cannot be read "),
    ],
)
def test_a_bad_candidate_is_refused(settings: Any, sentence: str, candidate: Path) -> None:  # noqa: ANN401
    moderator = Moderator({"en": StubScorer()}, {"default": LIVE})
    with pytest.raises(ShadowError, match=rf"^the shadow cannot be used: .*{sentence}"):
        load_shadow(Settings(**settings(candidate)), moderator)


def test_without_a_candidate_there_is_no_shadow() -> None:
    assert load_shadow(Settings(), Moderator({"en": StubScorer()}, {"default": LIVE})) is None


def test_a_bad_candidate_stops_the_start_with_one_sentence(tmp_path: Path) -> None:
    variables = environment(SHADOW_MODEL=str(tmp_path))
    done = subprocess.run(
        command(), cwd=ROOT, env=variables, capture_output=True, timeout=PATIENCE_S, check=False
    )
    [line] = done.stderr.decode().splitlines()
    assert line.startswith("not started: the shadow cannot be used: ")
    assert done.returncode == 1


@pytest.fixture
def shadowed(candidate: Path, monkeypatch: pytest.MonkeyPatch) -> Flask:
    """Return the application as it starts with a candidate."""
    monkeypatch.setenv("SHADOW_MODEL", str(candidate))
    return load_app()


def test_a_bad_candidate_refuses_a_reload(shadowed: Flask, candidate: Path) -> None:
    (candidate / WEIGHTS).write_bytes(b"")
    assert reload_app(shadowed) is shadowed
    ready = shadowed.test_client().get("/readyz")
    assert ready.get_json() == {"status": "ok", "reload": "refused", "refusal": "shadow"}


def wait_for_metrics(server: Server) -> dict[tuple[str, tuple[str, ...]], float]:
    """Return the metrics by name and labels' values, once two trials were counted."""
    deadline = time.monotonic() + PATIENCE_S
    while time.monotonic() < deadline:
        families = text_string_to_metric_families(server.send("/metrics").body.decode())
        metrics = {
            (
                sample.name,
                tuple(sample.labels[name] for name in sorted(sample.labels, reverse=True)),
            ): sample.value
            for family in families
            for sample in family.samples
        }
        if metrics.get(("moderation_shadow_duration_seconds_count", ())) == 2:
            return metrics
        server.wait()
    raise AssertionError(server.log.read_text(encoding="utf-8"))


def test_a_candidate_shows_in_version_metrics_and_log_as_it_is_served(
    candidate: Path, tmp_path: Path
) -> None:
    log, policy = tmp_path / "log", tmp_path / "candidate.toml"
    policy.write_text('name = "tried"\n[toxicity]\nreject = { threshold = 0.5 }', encoding="utf-8")
    loaded = load_moderator(Settings(shadow_policy=policy))
    shadow = load_shadow(Settings(shadow_policy=policy), loaded)
    assert shadow is not None
    assert shadow.policy is not None
    variables = {"SHADOW_MODEL": str(candidate), "SHADOW_POLICY": str(policy)}
    with serve(log, **variables, MODERATION_SHADOW_LOG_SHARE="1") as server:
        version = server.send("/version").json
        answer = server.moderate(comment=f"You {CANARY} fucking idiot.", id="c-7")
        server.moderate(comment=f"Thank you for this report, {CANARY}.", id="c-8")
        metrics = wait_for_metrics(server)
    assert version["shadow"] == {
        "model": version["models"]["en"] | {"version": "en-9.9.9"},
        "policy": {"name": "tried", "version": shadow.policy.version},
    }
    assert (answer["policy"], answer["model"]) == ("default", version["models"]["en"]["version"])
    before = answer["decision"]
    assert metrics["moderation_shadow_decisions_total", (before, "reject")] == 1
    assert metrics["moderation_shadow_decisions_total", ("accept", "accept")] == 1
    # The same weights under another name.
    assert metrics["moderation_shadow_score_difference_sum", ("toxicity",)] == 0
    assert metrics["moderation_shadow_score_difference_count", ("toxicity",)] == 2
    lines = [json.loads(line) for line in log.read_text(encoding="utf-8").splitlines()]
    told = {line["shadow"]["id"]: line["shadow"] for line in lines if "shadow" in line}
    assert (told["c-7"]["before"], told["c-7"]["after"]) == (before, "reject")
    assert (told["c-8"]["candidate_model"], told["c-8"]["candidate_policy"]) == (
        "en-9.9.9",
        "tried",
    )
    assert CANARY not in log.read_text(encoding="utf-8")


def test_the_shipped_policies_are_candidates_as_they_are() -> None:
    moderator = load_moderator(Settings())
    for path in sorted(POLICY_FOLDER.glob("*.toml")):
        shadow = load_shadow(Settings(shadow_policy=path), moderator)
        assert shadow is not None
        [found] = shadow.compare(moderator.moderate([Comment("Thank you.")]))
        assert (found.before, found.after) == ("accept", "accept")
