"""Reload: SIGHUP swaps model and policy under load, and refuses what cannot be used."""

import gc
import json
import re
import shutil
import signal
import time
import weakref
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from serving import PATIENCE_S, Reply, Server, ask, serve
from steady import BODY, steady_load

from model.artefact import MANIFEST, WEIGHTS
from service.reloading import load_app, reload_app, settle
from service.settings import ARTEFACTS

HANGUPS = 20
OLD = 'name = "default"\nmax_length = 1500\ntoxicity = { reject = { threshold = 0.5 } }\n'
NEW = 'name = "default"\nmax_length = 1400\ntoxicity = { reject = { threshold = 0.6 } }\n'
WHOLE = {"reject 1500 [0.5]", "reject 1400 [0.6]"}
"""The answers to `BODY` under the one and the other."""

DONE = ("reloaded: ", "reload refused")
BOOTED = re.compile(r"Booting worker with pid: (\d+)")


@pytest.fixture
def site(tmp_path: Path) -> Path:
    """Return a folder with artefacts and policies of one's own."""
    shutil.copytree(ARTEFACTS, tmp_path / "artefacts")
    (tmp_path / "policies").mkdir()
    write_policy(tmp_path, OLD)
    return tmp_path


@pytest.fixture
def server(site: Path) -> Iterator[Server]:
    """Serve what is in the folder."""
    with serve(site / "log", **variables(site)) as server:
        yield server


def variables(site: Path) -> dict[str, str]:
    """Return the settings that name the folder."""
    return {
        "MODERATION_ARTEFACTS": str(site / "artefacts"),
        "MODERATION_POLICIES": str(site / "policies"),
    }


def write_policy(site: Path, source: str) -> None:
    """Put a policy in the place of another, as an operator should."""
    path = site / "policies" / "default.toml"
    path.with_name(".new").write_text(source, encoding="utf-8")
    path.with_name(".new").rename(path)


def reload(server: Server) -> str:
    """Send SIGHUP; return the line that says what came of it, once the old workers are gone."""
    hang_up(server)
    wait_until(server, lambda: len(server.workers()) == 2 and server.workers() == find_new(server))
    return find_done(server)[-1]


def hang_up(server: Server) -> None:
    """Send SIGHUP, and wait until the log says what came of it."""
    seen = len(find_done(server))
    server.process.send_signal(signal.SIGHUP)
    wait_until(server, lambda: len(find_done(server)) > seen)


def find_new(server: Server) -> set[int]:
    """Return the workers that were forked since the last reload."""
    log = server.log.read_text(encoding="utf-8")
    return set(map(int, BOOTED.findall(log, max(map(log.rfind, DONE)))))


def find_done(server: Server) -> list[str]:
    """Return the lines of the log that say what came of a reload."""
    lines = server.log.read_text(encoding="utf-8").splitlines()
    return [line for line in lines if any(done in line for done in DONE)]


def wait_until(server: Server, is_so: Callable[[], bool]) -> None:
    """Wait for a condition."""
    deadline = time.monotonic() + PATIENCE_S
    while not is_so():
        assert time.monotonic() < deadline, server.log.read_text(encoding="utf-8")
        server.wait()


def answer(server: Server) -> Any:  # noqa: ANN401 - the document
    """Return what is decided on `BODY`."""
    return server.send("/v1/moderate", BODY).json


def test_reloads_under_load_fail_no_request_and_mix_no_policies(site: Path, server: Server) -> None:
    found: dict[str, Any] = {}
    with steady_load(server.port, found):
        for number in range(HANGUPS):
            write_policy(site, OLD if number % 2 else NEW)
            hang_up(server)
        write_policy(site, NEW)
        assert "reloaded: " in reload(server)
        for _ in range(20):
            assert answer(server)["length"]["limit"] == 1400
    assert found["failures"] == {}
    assert set(found["answers"]) == WHOLE
    assert found["sent"] == sum(found["answers"].values()) > HANGUPS
    assert server.send("/readyz").json == {"status": "ok"}
    assert 'moderation_reloads_total{outcome="loaded"} 21.0' in metrics(server)
    assert "moderation_reload_failed 0.0" in metrics(server)


def truncate_weights(site: Path) -> None:
    with (site / "artefacts" / "en" / WEIGHTS).open("rb+") as file:
        file.truncate(4096)


def cut_manifest(site: Path) -> None:
    path = site / "artefacts" / "en" / MANIFEST
    path.write_bytes(path.read_bytes()[:1000])


def change_golden_score(site: Path) -> None:
    path = site / "artefacts" / "en" / MANIFEST
    manifest = json.loads(path.read_bytes())
    scores = manifest["golden"][0]["scores"]
    scores["toxicity"] = 1 - scores["toxicity"]
    path.write_text(json.dumps(manifest), encoding="utf-8")


def remove_artefacts(site: Path) -> None:
    shutil.rmtree(site / "artefacts")


def write_half_a_policy(site: Path) -> None:
    (site / "policies" / "default.toml").write_text(NEW[:-10], encoding="utf-8")


def swap_thresholds(site: Path) -> None:
    source = NEW.replace("{ reject", "{ flag = { threshold = 0.9 }, reject")
    (site / "policies" / "default.toml").write_text(source, encoding="utf-8")


def remove_policies(site: Path) -> None:
    shutil.rmtree(site / "policies")


DAMAGE = (
    (truncate_weights, "model", "weights.joblib: SHA-256 is"),
    (cut_manifest, "model", "manifest.json: is not JSON"),
    (change_golden_score, "model", "as recorded"),
    (remove_artefacts, "model", "no model is there"),
    (write_half_a_policy, "policy", "default.toml: "),
    (swap_thresholds, "policy", "default.toml: "),
    (remove_policies, "policy", "policies: cannot be read"),
)


def test_what_cannot_be_used_is_refused_and_what_was_served_goes_on(
    site: Path, server: Server
) -> None:
    before = answer(server)
    shutil.copytree(site / "artefacts", site / "kept")
    for refused, (damage, refusal, sentence) in enumerate(DAMAGE, 1):
        damage(site)
        assert answer(server) == before, damage
        line = reload(server)
        assert "reload refused, what was served goes on: " in line
        assert sentence in line, line
        # A reload that is refused is no reason to send readers elsewhere: 200.
        expected = {"status": "ok", "reload": "refused", "refusal": refusal}
        assert check(server.send("/readyz")) == expected
        assert f'moderation_reloads_total{{outcome="refused"}} {refused}.0' in metrics(server)
        assert "moderation_reload_failed 1.0" in metrics(server)
        assert answer(server) == before, damage
        shutil.rmtree(site / "artefacts", ignore_errors=True)
        shutil.copytree(site / "kept", site / "artefacts")
        (site / "policies").mkdir(exist_ok=True)
        write_policy(site, NEW)
    assert "reloaded: " in reload(server)
    assert check(server.send("/readyz")) == {"status": "ok"}
    assert "moderation_reload_failed 0.0" in metrics(server)
    assert answer(server)["length"]["limit"] == 1400


def test_weights_that_are_written_over_reach_no_worker(site: Path, server: Server) -> None:
    before, workers = answer(server), server.workers()
    weights = site / "artefacts" / "en" / WEIGHTS
    with weights.open("rb+") as file:
        file.write(bytes(weights.stat().st_size))
    assert answer(server) == before
    truncate_weights(site)
    for _ in range(10):
        assert answer(server) == before
    assert server.send("/readyz").json == {"status": "ok"}
    assert server.workers() == workers


def test_a_stop_answers_what_came_before_it(server: Server) -> None:
    batch = json.dumps({"comments": [{"comment": "You idiot. " * 100}] * 1000})
    connections = [server.connect() for _ in range(4)]
    for connection in connections:
        assert ask(connection, "/healthz").status == 200
        connection.request(
            "POST", "/v1/moderate/batch", batch, {"Content-Type": "application/json"}
        )
    server.process.send_signal(signal.SIGTERM)
    for connection in connections:
        response = connection.getresponse()
        assert response.status == 200
        assert len(json.loads(response.read())["results"]) == 1000
        connection.close()
    assert server.process.wait(PATIENCE_S) == 0


def test_what_was_served_before_a_reload_is_freed() -> None:
    app = load_app()
    old = weakref.ref(app.view_functions["api.moderate"])
    app = reload_app(app)
    settle()
    gc.unfreeze()
    assert old() is None
    assert app.test_client().get("/readyz").get_json() == {"status": "ok"}


def check(reply: Reply) -> Any:  # noqa: ANN401 - the document
    """Return the document of an answer that must be 200."""
    assert reply.status == 200, reply
    return reply.json


def metrics(server: Server) -> str:
    """Return the metrics."""
    return server.send("/metrics").body.decode()
