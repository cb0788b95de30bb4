"""Rates over all workers, counted in a real Redis; without it each counts for itself."""

import contextlib
import json
import os
import shutil
import signal
import socket
import subprocess
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path

import pytest
from flask import Flask
from flask.testing import FlaskClient
from serving import PATIENCE_S, Server, serve

from service.app import create_app
from service.keys import Key, digest_key
from service.moderation import Moderator
from service.rates import limits_degraded
from service.settings import Settings

AWAY = "Redis cannot be asked: each worker counts rates for itself"
BACK = "Redis is back: rates are counted for all workers"
NOBODY = "redis://127.0.0.1:1"


@dataclass
class Redis:
    """A Redis that can be killed and started again, at one port."""

    port: int
    process: subprocess.Popen[bytes] | None = None

    @property
    def url(self) -> str:
        return f"redis://127.0.0.1:{self.port}/0"

    def start(self) -> None:
        options = ("--bind", "127.0.0.1", "--save", "", "--appendonly", "no", "--daemonize", "no")
        self.process = subprocess.Popen(
            ["redis-server", "--port", str(self.port), *options],  # noqa: S607 - the system's
            stdout=subprocess.DEVNULL,
        )
        wait_until(self._answers)

    def kill(self) -> None:
        if self.process:
            self.process.kill()
            self.process.wait(PATIENCE_S)

    def _answers(self) -> bool:
        with (
            contextlib.suppress(OSError),
            socket.create_connection(("127.0.0.1", self.port), 1) as s,
        ):
            s.sendall(b"PING\r\n")
            return s.recv(16) == b"+PONG\r\n"
        return False


def wait_until(is_so: Callable[[], bool]) -> None:
    """Ask again and again, until it is so."""
    deadline = time.monotonic() + PATIENCE_S
    while not is_so():
        assert time.monotonic() < deadline


@pytest.fixture(scope="module")
def redis() -> Iterator[Redis]:
    """Start a Redis, which keeps nothing on disk."""
    if not shutil.which("redis-server"):
        if os.environ.get("CI") == "true":
            pytest.fail("redis-server is missing")
        pytest.skip("redis-server is missing")
    with socket.create_server(("127.0.0.1", 0)) as free:
        found = Redis(free.getsockname()[1])
    found.start()
    yield found
    found.kill()


def build_keys(rate: str) -> str:
    """Return the variable with a key, which is its name."""
    return json.dumps([{"name": "shop", "sha256": digest_key("shop"), "rate": rate}])


def ask(server: Server, **headers: str) -> int:
    """Ask on a connection of its own, which any worker may take; return the status."""
    shown = {"X-API-Key": "shop"} | {name.replace("_", "-"): each for name, each in headers.items()}
    return server.send("/v1/moderate", '{"comment": "Thank you."}', headers=shown).status


def test_a_rate_is_exact_over_two_workers(redis: Redis, tmp_path: Path) -> None:
    keys = build_keys("40/day")
    with (
        serve(tmp_path / "log", MODERATION_KEYS=keys, MODERATION_REDIS=redis.url) as server,
        ThreadPoolExecutor(8) as pool,
    ):
        statuses = list(pool.map(lambda _: ask(server), range(120)))
    assert sorted(set(statuses)) == [200, 429]
    assert statuses.count(200) == 40


def test_the_service_answers_while_redis_is_away_and_asks_it_again_later(
    redis: Redis, tmp_path: Path
) -> None:
    log = tmp_path / "log"
    variables = {"MODERATION_REDIS": redis.url, "MODERATION_KEYS": build_keys("100000/minute")}
    statuses: list[int] = []

    def says(sentence: str) -> bool:
        """Ask until each of two workers has said it."""
        statuses.append(ask(server))
        return log.read_text(encoding="utf-8").count(sentence) >= 2

    with serve(log, **variables) as server:
        statuses += [ask(server) for _ in range(10)]
        redis.kill()
        wait_until(lambda: says(AWAY))
        statuses += [ask(server) for _ in range(10)]
        redis.start()
        wait_until(lambda: says(BACK))
        statuses += [ask(server) for _ in range(10)]
    assert set(statuses) == {200}
    # Once each time, not once a request.
    assert log.read_text(encoding="utf-8").count(AWAY) <= 8


def test_a_redis_that_hangs_delays_a_request_and_fails_none(redis: Redis, tmp_path: Path) -> None:
    variables = {"MODERATION_REDIS": redis.url, "MODERATION_KEYS": build_keys("100000/minute")}
    assert redis.process
    with serve(tmp_path / "log", **variables) as server:
        assert ask(server) == 200
        redis.process.send_signal(signal.SIGSTOP)
        begin = time.monotonic()
        statuses = {ask(server) for _ in range(20)}
        lasted = time.monotonic() - begin
        redis.process.send_signal(signal.SIGCONT)
    assert statuses == {200}
    assert lasted < 5


@pytest.fixture
def away(moderator: Moderator) -> Flask:
    """Build a service whose Redis is nowhere: it starts all the same."""
    keys = (Key(name="a", sha256=digest_key("a"), rate="2/day"),)
    return create_app(moderator, Settings(keys=keys, redis=NOBODY))


def ask_app(client: FlaskClient) -> int:
    """Ask with the key."""
    headers = {"X-API-Key": "a"}
    return client.post("/v1/moderate", json={"comment": "a"}, headers=headers).status_code


def test_without_redis_a_worker_counts_for_itself_and_says_so_once(
    away: Flask, caplog: pytest.LogCaptureFixture
) -> None:
    assert not limits_degraded(away)
    client = away.test_client()
    assert [ask_app(client) for _ in range(4)] == [200, 200, 429, 429]
    assert limits_degraded(away)
    assert [record.getMessage() for record in caplog.records] == [AWAY]


def test_where_no_redis_is_configured_nothing_is_degraded(app: Flask, moderator: Moderator) -> None:
    limited = create_app(moderator, Settings(address_rate="1/day"))
    limited.test_client().post("/v1/moderate", json={"comment": "a"})
    assert not limits_degraded(app)
    assert not limits_degraded(limited)


def test_no_address_is_logged_by_what_counts(
    moderator: Moderator, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level("DEBUG")
    client = create_app(moderator, Settings(address_rate="1/day")).test_client()
    answers = [
        client.post(
            "/v1/moderate", json={"comment": "a"}, environ_base={"REMOTE_ADDR": "192.0.2.7"}
        )
        for _ in range(3)
    ]
    assert answers[-1].status_code == 429
    assert "192.0.2.7" not in caplog.text


def test_over_a_unix_socket_the_proxy_names_the_client(tmp_path: Path) -> None:
    path = tmp_path / "socket"
    variables = {"MODERATION_ADDRESS_RATE": "1/day", "MODERATION_PROXIES": "unix"}
    with serve(tmp_path / "log", "--bind", f"unix:{path}", WEB_CONCURRENCY="2", **variables):
        statuses = [
            ask_socket(path, client) for client in ("192.0.2.1", "192.0.2.2") for _ in range(6)
        ]
    # Two workers count for themselves: of each client one or two pass.
    for each in (statuses[:6], statuses[6:]):
        assert each[0] == 200
        assert each.count(429) >= 4


def ask_socket(path: Path, client: str) -> int:
    """Ask over a Unix socket as a proxy does; return the status."""
    with socket.socket(socket.AF_UNIX) as connection:
        connection.settimeout(PATIENCE_S)
        connection.connect(str(path))
        body = b'{"comment": "Thank you."}'
        connection.sendall(
            b"POST /v1/moderate HTTP/1.1\r\nHost: a\r\nContent-Type: application/json\r\n"
            b"Connection: close\r\nX-Forwarded-For: %s\r\nContent-Length: %d\r\n\r\n%s"
            % (client.encode(), len(body), body)
        )
        return int(connection.makefile("rb").readline().split()[1])


def test_a_key_is_never_logged_and_its_name_is(tmp_path: Path) -> None:
    log, canary = tmp_path / "log", "canary-4b7e"
    keys = json.dumps([{"name": "shop", "sha256": digest_key(canary)}])
    with serve(
        log, MODERATION_KEYS=keys, LOG_LEVEL="debug", MODERATION_LOG_LEVEL="debug"
    ) as server:
        for sent, status in ((canary, 200), (f"{canary}-wrong", 401)):
            for query, headers in (
                (f"?key={sent}", {}),
                ("", {"X-API-Key": sent}),
                ("", {"Authorization": f"Bearer {sent}"}),
            ):
                reply = server.send(f"/v1/moderate{query}", '{"comment": "a"}', headers=headers)
                assert reply.status == status
                assert canary.encode() not in reply.body
    text = log.read_text(encoding="utf-8")
    assert canary not in text
    assert digest_key(canary) not in text
    assert "shop" in text
