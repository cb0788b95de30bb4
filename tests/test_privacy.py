"""Privacy: one marked text goes down every path and stands in no log, nor does its hash."""

import contextlib
import hashlib
import json
import socket
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import urlencode

import pytest
from serving import FORM, JSON, PATIENCE_S, ROOT, Server, serve

CANARY = "canary-7d1f2a94"
MULTIPART = "multipart/form-data; boundary=edge"
PART = f'--edge\r\nContent-Disposition: form-data; name="comment"\r\n\r\n{CANARY}\r\n--edge--\r\n'
UPLOAD = PART.replace('"comment"', f'"{CANARY}"; filename="{CANARY}"')
BROKEN = ("--pythonpath", "tests", "serving:create_broken_app()")

CORAL = "/integrations/coral"
ANALYZE = "/v1alpha1/comments:analyze"
SUGGEST = "/v1alpha1/comments:suggestscore"
SUGGESTED = {"TOXICITY": {"summaryScore": {"value": 1}}}


def google(text: str, **fields: object) -> str:
    """Return the body of a call of Perspective's protocol."""
    return json.dumps(
        {"comment": {"text": text}, "requestedAttributes": {"TOXICITY": {}}, **fields}
    )


PARTS = "".join(
    f"--edge\r\nContent-Type: application/http\r\nContent-ID: <{CANARY}>\r\n\r\n{part}\r\n"
    for part in (f"POST {ANALYZE}?key={CANARY} HTTP/1.1\r\n\r\n{google(CANARY)}", CANARY)
)
BATCH = f"{PARTS}--edge--\r\n"

BODIES: list[tuple[str, str | bytes, str, int]] = [
    # path, body, media type, status
    ("/v1/moderate", json.dumps({"comment": f"Thank you, {CANARY}.", "id": CANARY}), JSON, 200),
    (
        "/v1/moderate",
        json.dumps({"comment": f"{CANARY} fucking idiot", "explain": True}),
        JSON,
        200,
    ),
    ("/v1/moderate", json.dumps({"comment": CANARY * 200}), JSON, 200),
    ("/v1/moderate", json.dumps({"comment": CANARY, "language": "de"}), JSON, 200),
    ("/v1/moderate", f'{{"comment": "{CANARY}\\ud83d"}}', JSON, 200),
    ("/v1/moderate", f'{{"comment": "{CANARY}', JSON, 400),
    (
        "/v1/moderate",
        f'{{"comment": "{CANARY}\udcff"}}'.encode(errors="surrogateescape"),
        JSON,
        400,
    ),
    ("/v1/moderate", json.dumps({"comment": CANARY}).encode("utf-16"), JSON, 400),
    ("/v1/moderate", json.dumps({"comment": [CANARY]}), JSON, 422),
    ("/v1/moderate", json.dumps({"comment": CANARY, CANARY: CANARY}), JSON, 422),
    ("/v1/moderate", json.dumps({"comment": CANARY, "\ud83d" + CANARY: 1}), JSON, 422),
    ("/v1/moderate", json.dumps({"comment": "a", "language": CANARY}), JSON, 422),
    ("/v1/moderate", json.dumps({"comment": "a", "policy": CANARY}), JSON, 422),
    ("/v1/moderate", json.dumps({"comment": "a", "id": CANARY * 100}), JSON, 422),
    ("/v1/moderate", CANARY * 100_000, JSON, 413),
    ("/v1/moderate", CANARY, "text/plain", 415),
    ("/v1/moderate", CANARY, f"text/{CANARY}", 415),
    ("/v1/moderate", urlencode({"comment": CANARY, "id": CANARY}), FORM, 200),
    ("/v1/moderate", urlencode({"comment": "a", CANARY: CANARY}), FORM, 422),
    ("/v1/moderate", urlencode({"comment": "a", "explain": CANARY}), FORM, 422),
    ("/v1/moderate", urlencode([("comment", CANARY), ("comment", CANARY)]), FORM, 422),
    ("/v1/moderate", PART, MULTIPART, 200),
    ("/v1/moderate", UPLOAD, MULTIPART, 422),
    ("/v1/moderate", CANARY, MULTIPART, 422),
    ("/v1/moderate/batch", json.dumps({"comments": [{"comment": CANARY}] * 2}), JSON, 200),
    ("/v1/moderate/batch", json.dumps({"comments": [{"comment": "a"}, CANARY]}), JSON, 422),
    ("/v1/moderate/batch", json.dumps({"comments": [{"comment": CANARY}] * 1001}), JSON, 422),
    ("/v1/moderate/batch", CANARY, FORM, 415),
    (CORAL, json.dumps({"comment": {"body": f"<div>{CANARY} fucking idiot</div>"}}), JSON, 200),
    (CORAL, json.dumps({"comment": {"body": CANARY}, CANARY: CANARY}), JSON, 204),
    (CORAL, json.dumps({"comment": {"body": [CANARY]}}), JSON, 422),
    (f"{CORAL}?policy={CANARY}", json.dumps({"comment": {"body": CANARY}}), JSON, 200),
    (CORAL, CANARY, JSON, 400),
    (CORAL, CANARY, FORM, 415),
    (ANALYZE, google(f"{CANARY} idiot", spanAnnotations=True, clientToken=CANARY), JSON, 200),
    (ANALYZE, google(CANARY * 2000), JSON, 400),
    (ANALYZE, google(CANARY, languages=[CANARY]), JSON, 400),
    (ANALYZE, google(CANARY, **{CANARY: CANARY}), JSON, 400),
    (ANALYZE, CANARY, JSON, 400),
    (f"{ANALYZE}?{CANARY}={CANARY}", google(CANARY), JSON, 400),
    (f"{ANALYZE}?fields={CANARY}&key={CANARY}", google(CANARY), JSON, 400),
    (SUGGEST, json.dumps({"comment": {"text": CANARY}, "attributeScores": SUGGESTED}), JSON, 200),
    ("/batch", BATCH, "multipart/mixed; boundary=edge", 200),
    ("/batch", BATCH, f"multipart/mixed; boundary={CANARY}", 400),
    (f"/v1alpha1/{CANARY}", CANARY, JSON, 404),
    (f"/v1/moderate?q={CANARY}", json.dumps({"comment": CANARY}), JSON, 200),
    (f"/{CANARY}", json.dumps({"comment": CANARY}), JSON, 404),
    ("/", urlencode({"name": CANARY, "comment": f"You {CANARY} fucking idiot."}), FORM, 200),
    ("/", urlencode({"name": CANARY, CANARY: CANARY}), FORM, 422),
    ("/inspect", urlencode({"comment": f"You {CANARY} fucking idiot."}), FORM, 200),
]
HEAD = "POST /v1/moderate HTTP/1.1\r\n"
RAW = [
    # What gunicorn itself refuses, and repeats in its answer.
    f"GET /{CANARY} {CANARY} HTTP/1.1\r\n\r\n",
    f"GET / {CANARY}/1.1\r\n\r\n",
    f"{CANARY} / HTTP/1.1\r\n\r\n",
    f"^{CANARY} / HTTP/1.1\r\n\r\n",
    f"\x16\x03{CANARY}\r\n\r\n",
    f"GET /{CANARY * 400} HTTP/1.1\r\n\r\n",
    f"GET / HTTP/1.1\r\n{CANARY} {CANARY}: a\r\n\r\n",
    f"GET / HTTP/1.1\r\nX: {CANARY * 600}\r\n\r\n",
    f"GET / HTTP/1.1\r\nHost: a\r\nX: a\r\n {CANARY}\r\n\r\n",
    f"POST / HTTP/1.1\r\nExpect: {CANARY}\r\n\r\n",
    f"POST / HTTP/1.1\r\nTransfer-Encoding: {CANARY}\r\n\r\n",
    f"POST / HTTP/1.1\r\nContent-Length: {CANARY}\r\n\r\n",
    f"{HEAD}Content-Type: {JSON}\r\nTransfer-Encoding: chunked\r\n\r\n{CANARY}\r\n",
    f"{HEAD}Content-Type: {FORM}\r\nTransfer-Encoding: chunked\r\n\r\n2\r\n{CANARY}\r\n",
    f"{HEAD}Content-Type: {FORM}\r\nContent-Length: 999\r\n\r\n{CANARY}",
    f"POST /v1/moderate HTTP/1.1\r\nX: {CANARY}",
]


@pytest.fixture(scope="module", params=["info", "debug"])
def server(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Server]:
    """Serve what is shipped."""
    log = tmp_path_factory.mktemp("privacy") / "log"
    with serve(log, MODERATION_LOG_LEVEL=request.param) as server:
        yield server
        check_metrics(server)
    # What was written late, or on the way out, counts too.
    check_log(log)


@pytest.fixture(scope="module", params=["info", "debug"])
def broken(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Server]:
    """Serve a model whose failure repeats the text."""
    log = tmp_path_factory.mktemp("broken") / "log"
    with serve(log, *BROKEN, MODERATION_LOG_LEVEL=request.param) as server:
        yield server
        check_metrics(server)
    check_log(log)


def check_log(log: Path) -> str:
    """Check that what was sent left no trace; return the log."""
    text = log.read_text(encoding="utf-8", errors="replace")
    assert "canary" not in text.casefold()
    for name in ("md5", "sha1", "sha256", "sha512"):
        assert hashlib.new(name, CANARY.encode()).hexdigest() not in text
    return text


def check_metrics(server: Server) -> None:
    """Check that what was sent is in no metric."""
    reply = server.send("/metrics")
    assert reply.status == 200
    text = reply.body.decode().casefold()
    assert "moderation_requests_total" in text
    assert "canary" not in text


@pytest.mark.parametrize(("path", "body", "media_type", "status"), BODIES)
def test_what_is_sent_is_not_logged(
    path: str, body: str | bytes, media_type: str, status: int, server: Server
) -> None:
    assert server.send(path, body, media_type).status == status
    check_log(server.log)


@pytest.mark.parametrize(
    ("method", "path", "status"),
    [
        ("GET", f"/{CANARY}", 404),
        ("GET", f"/v1/policy?policy={CANARY}", 422),
        ("GET", f"/healthz?{CANARY}", 200),
        ("GET", f"/static/{CANARY}", 404),
        ("GET", f"/v1//policy?policy={CANARY}", 308),
        ("DELETE", f"/v1/moderate?{CANARY}", 405),
        ("CANARY", "/v1/moderate", 405),
    ],
)
def test_neither_address_nor_headers_are_logged(
    method: str, path: str, status: int, server: Server
) -> None:
    headers = {"Cookie": CANARY, "User-Agent": CANARY, f"X-{CANARY}": CANARY, "Referer": CANARY}
    # One that is sane is a caller's own name for the request, and is logged as that.
    headers |= {"X-Request-ID": f"{CANARY}?", "traceparent": CANARY, "X-API-Key": CANARY}
    headers["Authorization"] = f"Bearer {CANARY}"
    assert server.send(path, method=method, headers=headers).status == status
    check_log(server.log)


@pytest.mark.parametrize("sent", RAW)
def test_what_gunicorn_cannot_read_is_not_logged(sent: str, server: Server) -> None:
    server.send_raw(sent.encode("latin-1"))
    assert server.send("/healthz").status == 200
    check_log(server.log)


def test_a_client_that_goes_away_is_not_logged(server: Server) -> None:
    for sent in (f"POST /{CANARY}", f"POST / HTTP/1.1\r\nContent-Length: 99\r\n\r\n{CANARY}"):
        with contextlib.closing(
            socket.create_connection(("127.0.0.1", server.port), PATIENCE_S)
        ) as connection:
            connection.sendall(sent.encode())
    assert server.send("/healthz").status == 200
    check_log(server.log)


def test_the_log_says_that_requests_were_refused_and_by_which_program(server: Server) -> None:
    server.send_raw(RAW[0].encode())
    text = check_log(server.log)
    assert "Starting gunicorn" in text
    assert '{"event":"Invalid request","level":"warning","logger":"gunicorn.error"' in text


@pytest.mark.parametrize(
    ("path", "body", "media_type"),
    [
        ("/v1/moderate", json.dumps({"comment": CANARY, "id": CANARY}), JSON),
        ("/v1/moderate", urlencode({"comment": CANARY}), FORM),
        ("/v1/moderate/batch", json.dumps({"comments": [{"comment": CANARY}]}), JSON),
        ("/", urlencode({"name": CANARY, "comment": CANARY}), FORM),
        (ANALYZE, google(CANARY), JSON),
    ],
)
def test_a_failure_is_logged_by_type_and_place_alone(
    path: str, body: str, media_type: str, broken: Server
) -> None:
    assert broken.send(path, body, media_type).status == 500
    assert f"RuntimeError at {ROOT / 'tests' / 'stubs.py'}:" in check_log(broken.log)


def test_a_failure_before_coral_holds_the_comment_and_is_logged_alike(broken: Server) -> None:
    answer = broken.send(CORAL, json.dumps({"comment": {"body": CANARY}}), JSON)
    assert answer.json == {"status": "SYSTEM_WITHHELD", "actions": []}
    assert f"RuntimeError at {ROOT / 'tests' / 'stubs.py'}:" in check_log(broken.log)


def test_a_refused_signature_is_not_logged(tmp_path: Path) -> None:
    log = tmp_path / "log"
    with serve(log, MODERATION_CORAL_SECRETS=f"{CANARY},b", MODERATION_LOG_LEVEL="debug") as server:
        body = json.dumps({"comment": {"body": CANARY}})
        headers = {"X-Coral-Signature": f"sha256={CANARY}"}
        assert server.send(CORAL, body, JSON, headers=headers).status == 401
    check_log(log)


def test_what_a_list_finds_is_told_to_the_caller_alone(tmp_path: Path) -> None:
    policies, log = tmp_path / "policies", tmp_path / "log"
    policies.mkdir()
    source = f'name = "default"\nlinks = {{ limit = 0 }}\n[words]\nbanned = ["{CANARY}"]\n'
    (policies / "default.toml").write_text(source, encoding="utf-8")
    with serve(log, MODERATION_POLICIES=str(policies), MODERATION_LOG_LEVEL="debug") as server:
        answer = server.moderate(comment=f"{CANARY.upper()}: www.example.com/{CANARY}")
    assert [reason["code"] for reason in answer["reasons"]] == ["banned_term", "too_many_links"]
    check_log(log)
