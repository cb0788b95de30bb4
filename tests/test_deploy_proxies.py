"""nginx and Caddy, as deploy/ sets them up, before a real gunicorn."""

import contextlib
import http.client
import json
import re
import socket
import subprocess
import threading
from collections.abc import Iterator
from pathlib import Path

import msgspec
import pytest
from proxying import ECHO, Front, find_caddy, find_nginx, run_caddy, run_nginx, write_nginx
from serving import JSON, PATIENCE_S, PROBLEM, ROOT, Reply, Server, ask, serve

from service.wire import Problem

CANARY = "walrus-canary-3107"
COMMENT = json.dumps({"comment": "Thank you for this report."})
TOO_LARGE = "x" * 1_100_000
HIDDEN = [
    *("/metrics", "/metrics/", "//metrics", "/%6detrics", "/./metrics", "/v1/../metrics"),
    *("/v1%2f..%2fmetrics", "/metrics?a=b", "/inspect", "/inspect/operating-points", "/readyz"),
]
RUN = {"nginx": run_nginx, "caddy": run_caddy}


@pytest.fixture(scope="module")
def echoing(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """gunicorn, which answers what it was sent."""
    with serve(tmp_path_factory.mktemp("echo") / "log", *ECHO) as server:
        yield server


@pytest.fixture(scope="module", params=list(RUN))
def front(
    request: pytest.FixtureRequest, echoing: Server, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Front]:
    """Each of the proxies, before the echo."""
    with RUN[request.param](tmp_path_factory.mktemp(request.param), echoing.port) as running:
        yield running


def read_problem(reply: Reply) -> Problem:
    """Return what a proxy itself answered: it must have the form of our own problems."""
    assert reply.headers["Content-Type"].startswith(PROBLEM), reply
    problem = msgspec.json.decode(reply.body, type=Problem)
    assert problem.status == reply.status
    return problem


def find_canary(folder: Path) -> list[str]:
    """Return the names of the files below a folder that hold the canary."""
    files = [path for path in folder.rglob("*") if path.is_file()]
    return [path.name for path in files if CANARY.encode() in path.read_bytes()]


def break_off(backend: socket.socket) -> None:
    """Answer one request with less than is announced."""
    connection, _ = backend.accept()
    with connection:
        connection.recv(65536)
        connection.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\nabc")


def test_nginx_finds_nothing_wrong_with_its_file(tmp_path: Path) -> None:
    front = Front(8443, 8080, tmp_path)
    write_nginx(front, 8000, {})
    command = [find_nginx(), "-t", "-c", str(tmp_path / "nginx.conf"), "-p", str(tmp_path)]
    done = subprocess.run(command, capture_output=True, check=False, text=True, timeout=PATIENCE_S)
    assert done.returncode == 0, done.stderr
    assert not re.search(r"\[(warn|emerg)\]", done.stderr), done.stderr


@pytest.mark.parametrize(
    "arguments", [("validate", "--adapter", "caddyfile", "--config"), ("fmt", "--diff")]
)
def test_caddy_finds_nothing_wrong_with_its_file(
    arguments: tuple[str, ...], tmp_path: Path
) -> None:
    done = subprocess.run(
        [find_caddy(), *arguments, str(ROOT / "deploy/caddy/Caddyfile")],
        env={"HOME": str(tmp_path), "XDG_DATA_HOME": str(tmp_path)},
        capture_output=True,
        check=False,
        text=True,
        timeout=PATIENCE_S,
    )
    assert done.returncode == 0, done.stderr
    assert '"level":"warn"' not in done.stderr, done.stderr


@pytest.fixture(scope="module")
def limited(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """The service, which lets an address ask each of two workers once, and believes 127.0.0.1."""
    limits = {"MODERATION_PROXIES": "127.0.0.1", "MODERATION_ADDRESS_RATE": "1/hour"}
    with serve(tmp_path_factory.mktemp("limited") / "log", **limits) as server:
        yield server


@pytest.mark.parametrize(("proxy", "source"), [("nginx", "127.0.0.2"), ("caddy", "127.0.0.3")])
def test_a_decision_passes_and_a_limit_counts_the_client_not_the_proxy(
    proxy: str, source: str, limited: Server, tmp_path: Path
) -> None:
    with RUN[proxy](tmp_path, limited.port) as front:
        replies = [
            front.send("/v1/moderate", COMMENT, {"X-Forwarded-For": f"192.0.2.{number}"}, source)
            for number in range(3)
        ]
        other = front.send("/v1/moderate", COMMENT, source=f"{source}0")
    assert replies[0].json["decision"] == other.json["decision"] == "accept"
    # A client is one client, whomever it names in X-Forwarded-For: of three, one is too many.
    refused = [reply for reply in replies if reply.status == 429]
    assert refused
    assert int(refused[0].headers["Retry-After"]) > 0


def test_what_a_client_says_of_its_address_is_not_handed_on(front: Front) -> None:
    said = {
        "X-Forwarded-For": "192.0.2.1",
        "X-Forwarded-Proto": "http",
        "X-Forwarded-Host": "evil.example",
        "X-Forwarded-Port": "1",
        "X-Forwarded-Prefix": "/evil",
        "X-Real-IP": "192.0.2.1",
        "Forwarded": "for=192.0.2.1",
    }
    answer = front.send("/v1/policy", headers=said).json
    handed_on = answer["headers"]
    assert handed_on["x-forwarded-for"] == "127.0.0.1"
    assert answer["scheme"] == handed_on["x-forwarded-proto"] == "https"
    assert "evil" not in str(handed_on)
    assert "192.0.2.1" not in str(handed_on)
    assert handed_on.keys().isdisjoint({"x-forwarded-port", "x-real-ip", "forwarded"})


def test_an_id_is_handed_on(front: Front) -> None:
    answer = front.send("/v1/policy", headers={"X-Request-ID": "c-1.a_B"}).json
    assert answer["headers"]["x-request-id"] == "c-1.a_B"


def test_that_the_service_is_full_passes_as_it_is(front: Front) -> None:
    reply = front.send("/v1/full")
    assert (reply.status, reply.headers["Retry-After"]) == (503, "7")
    assert reply.headers["Content-Type"] == JSON


@pytest.mark.parametrize("path", HIDDEN)
def test_what_is_not_for_the_public_is_not_reached(front: Front, path: str) -> None:
    reply = front.send(path)
    assert reply.status == 404
    assert b"scheme" not in reply.body


def test_a_body_over_the_limit_is_refused_and_a_batch_may_be_larger(front: Front) -> None:
    refused = front.send("/v1/moderate", TOO_LARGE)
    assert read_problem(refused).code == "too_large"
    for path in ("/v1/moderate/batch", "/v1alpha1/comments:analyze", "/batch"):
        assert front.send(path, TOO_LARGE).json["length"] == len(TOO_LARGE)


@pytest.mark.parametrize("proxy", list(RUN))
def test_a_service_that_is_away_is_a_503_that_can_be_read_and_no_log_tells_of_a_comment(
    proxy: str, tmp_path: Path
) -> None:
    # Nothing listens at the discard port.
    with RUN[proxy](tmp_path, 9) as front:
        reply = front.send(f"/v1/moderate?{CANARY}", CANARY, {"X-Custom": CANARY})
        with contextlib.suppress(OSError):  # it may hang up before all is sent
            front.send(f"/{CANARY}" + "x" * 40_000)
        front.send(f"/v1/moderate?{CANARY}", CANARY + TOO_LARGE)
    assert read_problem(reply).code == "unavailable"
    assert reply.headers["Retry-After"] == "1"
    assert not find_canary(tmp_path)


@pytest.mark.parametrize("proxy", list(RUN))
def test_no_log_tells_of_a_comment_whose_answer_breaks_off(proxy: str, tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as backend:
        breaking = threading.Thread(target=break_off, args=(backend,))
        breaking.start()
        with RUN[proxy](tmp_path, backend.getsockname()[1]) as front:
            with pytest.raises(http.client.IncompleteRead, match="3 bytes read"):
                front.send(f"/v1/moderate?{CANARY}", CANARY)
            breaking.join(PATIENCE_S)
    assert not find_canary(tmp_path)


def test_nginx_makes_an_id_where_a_client_sends_none_or_an_odd_one(
    echoing: Server, tmp_path: Path
) -> None:
    with run_nginx(tmp_path, echoing.port) as front:
        for odd in ({}, {"X-Request-ID": "a b"}, {"X-Request-ID": "a" * 129}):
            answer = front.send("/v1/policy", headers=odd).json
            assert re.fullmatch("[0-9a-f]{32}", answer["headers"]["x-request-id"])


def test_nginx_slows_down_who_asks_too_much(echoing: Server, tmp_path: Path) -> None:
    changes = {"rate=10r/s": "rate=1r/m", "burst=40": "burst=1"}
    with run_nginx(tmp_path, echoing.port, **changes) as front:
        replies = [front.send("/v1/policy") for _ in range(3)]
    assert [reply.status for reply in replies] == [200, 200, 429]
    assert read_problem(replies[-1]).code == "rate_limited"
    assert replies[-1].headers["Retry-After"] == "1"


def test_nginx_writes_no_body_to_a_file(echoing: Server, tmp_path: Path) -> None:
    # At this level it tells of each that it does write.
    with run_nginx(tmp_path, echoing.port, crit="warn") as front:
        assert front.send("/v1/moderate", "x" * 1_000_000).status == 200
        assert front.send("/v1/moderate/batch", "x" * 16_000_000).status == 200
        assert front.send("/v1/moderate", TOO_LARGE).status == 413
    log = (tmp_path / "moderation.error.log").read_text(encoding="utf-8")
    assert "temporary file" not in log
    assert "too large body" in log


def test_nginx_sends_nothing_on_that_came_in_the_clear(echoing: Server, tmp_path: Path) -> None:
    with run_nginx(tmp_path, echoing.port) as front:
        connection = http.client.HTTPConnection("127.0.0.1", front.clear, timeout=PATIENCE_S)
        with contextlib.closing(connection):
            assert ask(connection, "/v1/moderate", COMMENT).status == 403
        with contextlib.closing(connection):
            reply = ask(connection, "/")
    assert (reply.status, reply.headers["Location"]) == (301, "https://127.0.0.1/")
