"""The service as it is shipped, over HTTP: gunicorn, the shipped model and policy, two workers."""

import contextlib
import http.client
import json
import os
import re
import shutil
import signal
import socket
import subprocess
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

import pytest
from serving import (
    FORM,
    JSON,
    PATIENCE_S,
    PROBLEM,
    ROOT,
    Reply,
    Server,
    ask,
    command,
    environment,
    serve,
    wait_until_workers,
)

from model import ATTRIBUTES
from service.policy import POLICY_FOLDER
from service.settings import ARTEFACTS

POLITICS = "America is a lying country. It is the number one sponsor of global terrorism."
HEAD = "POST /v1/moderate HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\n"
WEIGHTS_KB = 8192
"""Of the table, a mapping of its own."""


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """Serve what is shipped."""
    with serve(tmp_path_factory.mktemp("http") / "log") as server:
        yield server


def check_problem(reply: Reply, status: int, code: str) -> None:
    """Check that an answer is a problem of this kind."""
    assert (reply.status, reply.headers["Content-Type"]) == (status, PROBLEM)
    assert reply.json["code"] == code


def read_status(answer: bytes) -> int:
    """Return the status of an answer as it came over the wire."""
    return int(answer.split()[1])


@pytest.mark.parametrize(
    ("body", "media_type"),
    [
        (json.dumps({"comment": POLITICS, "id": "c-1"}), JSON),
        (urlencode({"comment": POLITICS, "id": "c-1"}), FORM),
    ],
)
def test_criticism_of_a_state_is_accepted_with_everything_it_rests_on(
    body: str, media_type: str, server: Server
) -> None:
    reply = server.send("/v1/moderate", body, media_type)
    assert (reply.status, reply.headers["Content-Type"]) == (200, JSON)
    outcome = reply.json
    scores = outcome.pop("scores")
    assert outcome == {
        "id": "c-1",
        "decision": "accept",
        "reasons": [],
        "length": {"value": len(POLITICS), "limit": 1500, "unit": "utf-16"},
        "language": "en",
        "policy": "default",
        "model": server.send("/version").json["models"]["en"]["version"],
    }
    assert list(scores) == list(ATTRIBUTES)
    assert all(0 <= score <= 1 for score in scores.values())


@pytest.mark.parametrize(
    ("comment", "attribute"),
    [
        ("I will find you and kill you.", "threat"),
        ("You are a stupid idiot, shut up.", "insult"),
        ("You fucking idiot.", "insult"),
    ],
)
def test_a_threat_and_a_crude_insult_are_rejected_by_name(
    comment: str, attribute: str, server: Server
) -> None:
    outcome = server.moderate(comment=comment, explain=True)
    assert outcome["decision"] == "reject"
    assert outcome["reasons"][0]["action"] == "reject"
    assert attribute in {reason["attribute"] for reason in outcome["reasons"]}
    for reason in outcome["reasons"]:
        assert reason["code"] == "toxic"
        assert reason["score"] == outcome["scores"][reason["attribute"]]
        assert reason["score"] >= reason["threshold"]
    assert attribute in {span["attribute"] for span in outcome["spans"]}


@pytest.mark.parametrize("text", ["word " * 300, "😀 " * 500, "\r\n".join(["line"] * 300) + "x"])
@pytest.mark.parametrize("media_type", [JSON, FORM])
def test_1500_characters_are_scored_and_1501_are_not(
    text: str, media_type: str, server: Server
) -> None:
    encode = json.dumps if media_type == JSON else urlencode
    exact, over = (
        server.send("/v1/moderate", encode({"comment": comment}), media_type).json
        for comment in (text, text + "x")
    )
    assert exact["length"] == {"value": 1500, "limit": 1500, "unit": "utf-16"}
    assert exact["scores"]
    assert over == exact | {
        "decision": "reject",
        "reasons": [{"code": "too_long", "action": "reject"}],
        "scores": None,
        "length": {"value": 1501, "limit": 1500, "unit": "utf-16"},
        "language": None,
        "model": None,
    }


@pytest.mark.parametrize("text", ["", " ", "\r\n\t", "\u200b\u2060\ufeff", "\u3164", "\x00"])
def test_a_comment_with_nothing_to_see_is_rejected_as_empty(text: str, server: Server) -> None:
    outcome = server.moderate(comment=text)
    assert outcome["reasons"] == [{"code": "empty", "action": "reject"}]
    assert outcome["scores"] is None


def test_a_comment_in_another_script_is_flagged_for_a_person(server: Server) -> None:
    outcome = server.moderate(comment="Спасибо за статью")
    assert (outcome["decision"], outcome["language"]) == ("flag", "und-Cyrl")
    assert outcome["reasons"] == [{"code": "unsupported_language", "action": "flag"}]


def test_a_batch_of_a_thousand_is_answered_in_order_as_one_by_one(server: Server) -> None:
    texts = [POLITICS, "You fucking idiot.", "", "Спасибо", "😀" * 751]
    comments = [{"comment": texts[i % 5], "id": str(i), "explain": i < 5} for i in range(1000)]
    reply = server.send("/v1/moderate/batch", json.dumps({"comments": comments}))
    results = reply.json["results"]
    assert [result["id"] for result in results] == [comment["id"] for comment in comments]
    assert results[:5] == [server.moderate(**comment) for comment in comments[:5]]
    for index, result in enumerate(results[5:], 5):
        expected: dict[str, Any] = results[index % 5] | {"id": str(index)}
        del expected["spans"]
        assert result == expected


def test_every_worker_gives_the_same_answer(server: Server) -> None:
    assert (
        len({server.send("/v1/moderate", '{"comment": "You idiot"}').body for _ in range(20)}) == 1
    )


def test_a_client_that_asks_again_on_its_connection_is_answered_every_time(server: Server) -> None:
    # Whether the connection is kept or closed is gunicorn's to say and the client's to heed.
    asked = [('{"comment": "Thanks"}', 200), ("{", 400), ("{}", 422), (None, 405)] * 5
    with contextlib.closing(server.connect()) as connection:
        statuses = [ask(connection, "/v1/moderate", body).status for body, _ in asked]
    assert statuses == [status for _, status in asked]


def test_a_slow_body_is_waited_for_while_others_are_answered(server: Server) -> None:
    body = json.dumps({"comment": POLITICS})
    with socket.create_connection(("127.0.0.1", server.port), PATIENCE_S) as slow:
        slow.sendall(f"{HEAD}Content-Length: {len(body)}\r\n\r\n{body[:10]}".encode())
        for _ in range(10):
            assert server.moderate(comment=POLITICS)["decision"] == "accept"
        slow.sendall(body[10:].encode())
        slow.shutdown(socket.SHUT_WR)
        answer = b"".join(iter(lambda: slow.recv(65536), b""))
    assert read_status(answer) == 200
    assert b'"decision":"accept"' in answer


@pytest.mark.parametrize(
    ("path", "limit"), [("/v1/moderate", 1_048_576), ("/v1/moderate/batch", 16_777_216)]
)
def test_a_body_over_the_limit_is_refused_unread_and_one_on_it_is_read(
    path: str, limit: int, server: Server
) -> None:
    check_problem(server.send(path, b" " * limit), 400, "invalid_json")
    head = HEAD.replace("/v1/moderate", path)
    answer = server.send_raw(f"{head}Content-Length: {limit + 1}\r\n\r\n".encode())
    assert read_status(answer) == 413
    assert b'"code":"too_large"' in answer


def test_a_chunked_body_is_read_and_a_broken_one_is_the_clients_fault(server: Server) -> None:
    head = f"{HEAD}Transfer-Encoding: chunked\r\nConnection: close\r\n\r\n"
    good = server.send_raw(f'{head}8\r\n{{"commen\r\n8\r\nt": "a"}}\r\n0\r\n\r\n'.encode())
    assert read_status(good) == 200
    bad = server.send_raw(f'{head}zz\r\n{{"comment": "a"}}\r\n0\r\n\r\n'.encode())
    assert read_status(bad) == 400
    assert b'"code":"bad_request"' in bad
    # Of a body that does not say how long it is, no more than the limit is read.
    over = server.send_raw(f"{head}{1_048_600:x}\r\n{'[' * 1_048_600}\r\n0\r\n\r\n".encode())
    assert 400 <= read_status(over) < 500


@pytest.mark.parametrize(
    ("request_", "status"),
    [
        (f"GET /?q={'a' * 5000} HTTP/1.1\r\nHost: localhost\r\n\r\n", 414),
        (f"GET / HTTP/1.1\r\nHost: localhost\r\nX: {'a' * 9000}\r\n\r\n", 431),
        ("GET / HTTP/1.1\r\nHost: localhost\r\n" + "X: a\r\n" * 60 + "\r\n", 431),
        ("GET /a b c HTTP/1.1\r\nHost: localhost\r\n\r\n", 400),
        ("GET / HTTP/1.1\r\nHost: localhost\r\nBad Name: a\r\n\r\n", 400),
        (f"{HEAD}Content-Length: a\r\n\r\n", 400),
        ("\x16\x03\x01 hello\r\n\r\n", 400),
    ],
)
def test_what_is_not_http_or_too_long_is_refused(
    request_: str, status: int, server: Server
) -> None:
    assert read_status(server.send_raw(request_.encode("latin-1"))) == status


def test_a_client_that_goes_away_disturbs_nobody(server: Server) -> None:
    workers = server.workers()
    for sent in ("POST /v1/mod", f"{HEAD}Content-Length: 100\r\n\r\n{{", f"{HEAD}\r\n"):
        with socket.create_connection(("127.0.0.1", server.port), PATIENCE_S) as connection:
            connection.sendall(sent.encode())
    assert server.moderate(comment=POLITICS)["decision"] == "accept"
    assert server.workers() == workers


@pytest.mark.parametrize("path", ["/", "/docs", "/healthz", "/readyz", "/v1/policy", "/version"])
def test_a_head_has_the_headers_of_a_get_and_no_body(path: str, server: Server) -> None:
    get, head = server.send(path), server.send(path, method="HEAD")
    assert (head.status, head.body) == (200, b"")
    assert head.headers["Content-Length"] == str(len(get.body))


def test_options_and_a_wrong_method_tell_the_right_ones(server: Server) -> None:
    options = server.send("/v1/moderate", method="OPTIONS")
    wrong = server.send("/v1/moderate", method="DELETE")
    assert options.status == 200
    check_problem(wrong, 405, "method_not_allowed")
    for reply in (options, wrong):
        assert set(reply.headers["Allow"].split(", ")) == {"POST", "OPTIONS"}


def test_what_a_reader_of_a_comment_form_sees_is_served_too(server: Server) -> None:
    assert "text/html" in server.send("/").headers["Content-Type"]
    posted = server.send("/", urlencode({"name": "Ann", "comment": "You fucking idiot."}), FORM)
    assert posted.status == 200
    assert "Your comment is not published." in posted.body.decode()


def test_the_workers_share_the_pages_of_the_weights(server: Server) -> None:
    # The texts that were scored before the fork are scored again, so the same pages are read.
    assert server.send("/readyz").status == 200
    for pid in server.workers():
        maps = Path(f"/proc/{pid}/smaps").read_text(encoding="utf-8")
        assert "weights.joblib" not in maps  # what is done to the file reaches no worker
        shared = 0
        for fields in re.findall(
            r"^[0-9a-f]+-\S+ rw-p .* 0 +\n((?:\w+: .*\n)+)", maps, re.MULTILINE
        ):
            sizes = {name: int(kb) for name, kb in re.findall(r"(\w+): +(\d+) kB", fields)}
            if sizes["Rss"] >= WEIGHTS_KB:
                shared += sizes["Shared_Clean"] + sizes["Shared_Dirty"]
        assert shared >= WEIGHTS_KB


def test_a_worker_that_is_killed_is_replaced(server: Server) -> None:
    before = server.workers()
    killed = min(before)
    os.kill(killed, signal.SIGKILL)
    deadline = time.monotonic() + PATIENCE_S
    while killed in server.workers() and time.monotonic() < deadline:
        server.wait()
    wait_until_workers(server, 2)
    assert killed not in server.workers()
    assert len(server.workers() & before) == 1
    assert server.moderate(comment=POLITICS)["decision"] == "accept"


def start_and_fail(**variables: str) -> str:
    """Start gunicorn where it must not; return all that it says."""
    done = subprocess.run(
        command(),
        cwd=ROOT,
        env=environment(**variables),
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        timeout=PATIENCE_S,
        check=False,
        text=True,
    )
    assert done.returncode not in {0, None}
    return done.stdout


def test_one_changed_byte_in_the_weights_stops_the_start_with_a_sentence(tmp_path: Path) -> None:
    artefacts = shutil.copytree(ARTEFACTS, tmp_path / "artefacts")
    weights = artefacts / "en" / "weights.joblib"
    data = bytearray(weights.read_bytes())
    data[len(data) // 2] ^= 1
    weights.write_bytes(data)
    said = start_and_fail(MODERATION_ARTEFACTS=str(artefacts))
    assert re.fullmatch(
        rf"not started: {re.escape(str(weights))}: SHA-256 is [0-9a-f]{{64}}, not [0-9a-f]{{64}} as"
        r" the manifest says; the file was changed or is incomplete\n",
        said,
    )


def test_a_policy_that_has_no_meaning_stops_the_start_with_a_sentence(tmp_path: Path) -> None:
    policies = shutil.copytree(POLICY_FOLDER, tmp_path / "policies")
    with (policies / "default.toml").open("a", encoding="utf-8") as file:
        file.write("\n[anger]\n")
    line = (policies / "default.toml").read_text(encoding="utf-8").count("\n")
    said = start_and_fail(MODERATION_POLICIES=str(policies))
    message = f"line {line}: Object contains unknown field `anger`"
    assert said == f"not started: {policies / 'default.toml'}: {message}\n"


def test_settings_that_have_no_meaning_stop_the_start_with_a_line_each() -> None:
    first, second = start_and_fail(
        MODERATION_MAX_BODY_BYTES="much", MODERATION_ADDRESS_RATE="often"
    ).splitlines()
    assert first.startswith("not started: MODERATION_MAX_BODY_BYTES: Input should be a valid int")
    assert second.startswith("MODERATION_ADDRESS_RATE: must be a whole number over 0, a slash, and")


def test_an_answer_over_http_10_closes_the_connection(server: Server) -> None:
    answer = server.send_raw(b"GET /healthz HTTP/1.0\r\n\r\n")
    assert read_status(answer) == 200
    assert answer.endswith(b'{"status":"ok"}')


def test_a_term_lets_the_service_finish(tmp_path: Path) -> None:
    with serve(tmp_path / "log") as server:
        with contextlib.closing(server.connect()) as connection:
            assert ask(connection, "/healthz").status == 200
        server.process.terminate()
        assert server.process.wait(PATIENCE_S) == 0
        with pytest.raises((ConnectionError, http.client.HTTPException), match="refused"):
            server.send("/healthz")
