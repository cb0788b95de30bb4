"""Perspective's protocol from real gunicorn, with suggestions stored."""

import http.client
import json
import os
import re
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from perspective_calls import DISCOVERY, SUGGESTED, SUGGESTION, THANKS
from serving import PATIENCE_S, ROOT, Server, command, environment, serve

from service.feedback.__main__ import main

SUGGEST = "/v1alpha1/comments:suggestscore?key=any"


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return where the log and the suggestions are."""
    return tmp_path_factory.mktemp("served")


@pytest.fixture(scope="module")
def server(folder: Path) -> Iterator[Server]:
    """Serve as shipped, and store suggestions."""
    storage = str(folder / "feedback.sqlite3")
    with serve(folder / "log", MODERATION_FEEDBACK=storage) as server:
        yield server


def suggest(server: Server, **changed: object) -> dict[str, Any]:
    """Suggest a score; return the answer."""
    reply = server.send(SUGGEST, json.dumps(SUGGESTION | changed))
    assert reply.status == 200, reply
    found: dict[str, Any] = reply.json
    return found


def test_what_two_workers_store_is_exported_and_what_says_not_to_is_not_there(
    server: Server, folder: Path
) -> None:
    workers = sorted(server.workers())
    for stopped in workers:
        # Only the other worker can answer.
        os.kill(stopped, signal.SIGSTOP)
        try:
            token = f"while {stopped} waits"
            assert suggest(server, clientToken=token) == SUGGESTED | {"clientToken": token}
        finally:
            os.kill(stopped, signal.SIGCONT)
    assert suggest(server, clientToken="secret", doNotStore=True)["clientToken"] == "secret"
    output = folder / "suggestions.jsonl"
    assert main(["export", "--from", str(folder / "feedback.sqlite3"), "-o", str(output)]) == 0
    lines = [json.loads(line) for line in output.read_text(encoding="utf-8").splitlines()]
    model = server.send("/version").json["models"]["en"]["version"]
    for line in lines:
        assert re.fullmatch(r"\d{4}-\d\d-\d\dT[\d:.]+Z", line.pop("created"))
    assert lines == [
        {
            "text": THANKS,
            "toxicity": 0.5,
            "community": "our-site",
            "client_token": f"while {stopped} waits",
            "model": model,
            "languages": ["en"],
        }
        for stopped in workers
    ]
    assert "secret" not in output.read_text(encoding="utf-8")
    assert THANKS not in server.log.read_text(encoding="utf-8")


@pytest.mark.parametrize(("trusted", "scheme"), [("127.0.0.1", "https"), ("192.0.2.1", "http")])
def test_a_proxy_that_is_trusted_says_whether_the_addresses_are_https(
    trusted: str, scheme: str, tmp_path: Path
) -> None:
    sent = {"Host": "scores.example", "X-Forwarded-Proto": "https"}
    with serve(tmp_path / "log", FORWARDED_ALLOW_IPS=trusted) as server:
        found = server.send(DISCOVERY, headers=sent).json
    assert (found["rootUrl"], found["baseUrl"]) == (f"{scheme}://scores.example/",) * 2


def test_without_storing_no_database_is_loaded() -> None:
    program = (
        "import sys, service.wsgi; sys.exit(bool({'sqlalchemy', 'psycopg'} & set(sys.modules)))"
    )
    subprocess.run([sys.executable, "-c", program], cwd=ROOT, env=environment(), check=True)


@pytest.mark.parametrize("path", [SUGGEST, "/batch"])
def test_a_broken_chunk_is_refused_in_the_envelope(path: str, server: Server) -> None:
    head = f"POST {path} HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n"
    answer = server.send_raw(f"{head}zz\r\n".encode())
    first, _, body = answer.partition(b"\r\n\r\n")
    assert first.startswith(b"HTTP/1.1 400 ")
    error = json.loads(body)["error"]
    assert (error["code"], error["status"]) == (400, "INVALID_ARGUMENT")


def test_a_client_that_asks_again_on_its_connection_is_answered_every_time(
    server: Server,
) -> None:
    connection = http.client.HTTPConnection("127.0.0.1", server.port, timeout=PATIENCE_S)
    statuses = []
    for body in ('{"comment": {}}', "{", json.dumps(SUGGESTION)) * 3:
        connection.request("POST", SUGGEST, body, {"X-Goog-Api-Key": "any"})
        response = connection.getresponse()
        response.read()
        statuses.append(response.status)
    connection.close()
    assert statuses == [400, 400, 200] * 3


@pytest.mark.parametrize(
    ("where", "sentence"),
    [
        ("{folder}/nowhere/feedback.sqlite3", "{folder}/nowhere/feedback.sqlite3: its folder is"),
        ("mysql://user:hidden@host/base", "mysql://…: neither SQLite nor PostgreSQL"),
        ("", "MODERATION_FEEDBACK: is empty; leave it out for the default"),
    ],
)
def test_a_place_for_suggestions_that_cannot_be_stops_the_start_with_a_sentence(
    where: str, sentence: str, tmp_path: Path
) -> None:
    done = subprocess.run(
        command(),
        cwd=ROOT,
        env=environment(MODERATION_FEEDBACK=where.format(folder=tmp_path)),
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        timeout=PATIENCE_S,
        check=False,
        text=True,
    )
    assert done.returncode not in {0, None}
    assert done.stdout.startswith(f"not started: {sentence.format(folder=tmp_path)}")
    assert done.stdout.count("\n") == 1
    assert "hidden" not in done.stdout
