"""The worker over real sockets: slow clients hold nothing, and what would wait long is refused."""

import contextlib
import hashlib
import inspect
import json
import os
import resource
import signal
import socket
import subprocess
import time
from collections import Counter
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from gunicorn.http.parser import Parser
from gunicorn.http.unreader import SocketUnreader, Unreader
from gunicorn.workers.gthread import ThreadWorker
from serving import PATIENCE_S, ROOT, Server, command, environment, serve

COMMENT = json.dumps({"comment": "I will find you and kill you."}).encode()
HEAD = b"POST /v1/moderate HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\n"
REQUEST = HEAD + b"Content-Length: %d\r\n\r\n" % len(COMMENT) + COMMENT
HEALTH = b"GET /healthz HTTP/1.1\r\nHost: localhost\r\n\r\n"
ONE_WORKER = {"WEB_CONCURRENCY": "1", "MODERATION_MAX_WAITING": "2"}


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """Serve what is shipped, by two workers."""
    with serve(tmp_path_factory.mktemp("worker") / "log") as server:
        yield server


@contextlib.contextmanager
def serve_one(log: Path, *arguments: str) -> Iterator[tuple[Server, int]]:
    """Serve by one worker, in which two requests may wait; yield its process id, too."""
    with serve(log, *arguments, **ONE_WORKER) as server:
        (worker,) = server.workers()
        yield server, worker


@contextlib.contextmanager
def connect(server: Server, count: int) -> Iterator[list[socket.socket]]:
    """Open connections."""
    with contextlib.ExitStack() as stack:
        yield [
            stack.enter_context(socket.create_connection(("127.0.0.1", server.port), PATIENCE_S))
            for _ in range(count)
        ]


def receive(client: socket.socket) -> tuple[int, bytes, bytes]:
    """Read one answer; return its status, its head and its body."""
    with client.makefile("rb", buffering=0) as file:
        head = b""
        while not head.endswith(b"\r\n\r\n"):
            byte = file.read(1)
            if not byte:
                raise ConnectionError("closed without an answer")
            head += byte
        length = next(
            (int(line[16:]) for line in head.split(b"\r\n") if line.startswith(b"Content-Length:")),
            0,
        )
        body = b""
        while len(body) < length:
            body += file.read(length - len(body)) or b""
    return int(head.split()[1]), head, body


def is_rejected(answer: tuple[int, bytes, bytes]) -> bool:
    """Return whether an answer is the right one to `COMMENT`."""
    return answer[0] == 200 and json.loads(answer[2])["decision"] == "reject"


def test_what_the_worker_needs_of_gunicorn_is_as_it_was() -> None:
    # Parts that are no public interface: if they change, read them again, run this module and
    # `python -m benchmarks.faults`, and write the new sum here.
    parts: list[Callable[..., object]] = [
        ThreadWorker.run,
        ThreadWorker.handle,
        ThreadWorker.handle_request,
        ThreadWorker.enqueue_req,
        ThreadWorker.set_accept_enabled,
        ThreadWorker.wait_for_and_dispatch_events,
        ThreadWorker.check_config,
        Parser.finish_body,
        Parser.__next__,
        Unreader.read,
        Unreader.unread,
        Unreader.take_buffered,
        SocketUnreader.chunk,
    ]
    source = "".join(map(inspect.getsource, parts))
    assert (
        hashlib.sha256(source.encode()).hexdigest()
        == "984b721b488a2cc66714e7afa3c12aa6c709229518c699106a1756ecaba26351"
    )


def test_a_hundred_clients_that_send_a_head_and_a_body_slowly_keep_nobody_waiting(
    server: Server,
) -> None:
    with connect(server, 100) as slow:
        for index, client in enumerate(slow):
            client.sendall(REQUEST[: 20 + index])
        begun = time.monotonic()
        for _ in range(20):
            assert server.moderate(comment="Thanks.")["decision"] == "accept"
        assert time.monotonic() - begun < 5
        for index, client in enumerate(slow):
            client.sendall(REQUEST[20 + index :])
            assert is_rejected(receive(client))


def test_a_request_may_come_one_byte_at_a_time(server: Server) -> None:
    with connect(server, 1) as (client,):
        client.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        for byte in REQUEST:
            client.sendall(bytes([byte]))
        assert is_rejected(receive(client))


def test_requests_sent_at_once_are_answered_in_order_on_their_connection(server: Server) -> None:
    chunked = HEAD + b"Transfer-Encoding: chunked\r\n\r\n%x\r\n%s\r\n0\r\n\r\n"
    requests = [REQUEST, HEALTH, chunked % (len(COMMENT), COMMENT), HEALTH, REQUEST]
    with connect(server, 1) as (client,):
        client.sendall(b"".join(requests * 5))
        for request in requests * 5:
            answer = receive(client)
            assert answer[0] == 200
            assert is_rejected(answer) if request != HEALTH else answer[2] == b'{"status":"ok"}'


def test_a_client_that_shuts_its_side_is_answered_all_it_asked(server: Server) -> None:
    answer = server.send_raw(REQUEST + HEALTH)
    assert answer.count(b"HTTP/1.1 200 OK") == 2
    assert answer.endswith(b'{"status":"ok"}')


@pytest.mark.parametrize("sent", [b"GET /hea", REQUEST[:-1], HEAD + b"Content-Length: 9\r\n\r\n"])
def test_a_request_that_is_cut_off_is_refused_and_not_left_unanswered(
    sent: bytes, server: Server
) -> None:
    assert server.send_raw(sent).startswith(b"HTTP/1.1 400 ")


def test_a_client_that_waits_to_be_told_to_go_on_is_told_once(server: Server) -> None:
    head = HEAD + b"Expect: 100-continue\r\nContent-Length: %d\r\n\r\n"
    with connect(server, 1) as (client,):
        client.sendall(head % len(COMMENT))
        assert receive(client) == (100, b"HTTP/1.1 100 Continue\r\n\r\n", b"")
        client.sendall(COMMENT)
        assert is_rejected(receive(client))
        client.sendall(head % 99_999_999)
        assert receive(client)[0] == 413


def test_a_megabyte_of_headers_is_refused_with_an_answer_the_client_can_read(
    server: Server,
) -> None:
    header = b"X-Long: " + b"a" * 8000 + b"\r\n"
    answer = server.send_raw(b"GET / HTTP/1.1\r\nHost: localhost\r\n" + header * 130)
    assert answer.startswith(b"HTTP/1.1 431 ")
    assert b'"code":"head_too_large"' in answer


def test_what_would_wait_long_is_refused_at_once_and_health_never_is(tmp_path: Path) -> None:
    with serve_one(tmp_path / "log") as (server, worker), connect(server, 30) as clients:
        # All come while the worker stands still, and so at once for it.
        os.kill(worker, signal.SIGSTOP)
        for client in clients:
            client.sendall(REQUEST)
        with connect(server, 5) as others:
            for other in others:
                other.sendall(HEALTH)
            os.kill(worker, signal.SIGCONT)
            assert {receive(other)[0] for other in others} == {200}
        answers = [receive(client) for client in clients]
        counts = Counter(status for status, _, _ in answers)
        assert set(counts) == {200, 503}
        assert counts[200] >= 2
        assert counts[503] >= 20
        assert all(is_rejected(answer) for answer in answers if answer[0] == 200)
        _, head, body = next(answer for answer in answers if answer[0] == 503)
        assert b"\r\nRetry-After: 1\r\n" in head
        assert b"\r\nContent-Type: application/problem+json\r\n" in head
        assert json.loads(body) == {
            "title": "Service Unavailable",
            "status": 503,
            "code": "overloaded",
            "detail": "More is asked than can be answered. Try again.",
        }
        # Whoever was refused may ask again, on the same connection.
        for client in clients:
            client.sendall(REQUEST)
            assert is_rejected(receive(client))


def test_idle_connections_beyond_the_bound_make_way_the_oldest_first(tmp_path: Path) -> None:
    with (
        serve_one(tmp_path / "log", "--worker-connections", "20") as (server, _),
        connect(server, 60) as idle,
    ):
        assert server.moderate(comment="Thanks.")["decision"] == "accept"
        idle[-1].sendall(REQUEST)
        assert is_rejected(receive(idle[-1]))
        assert idle[0].recv(1) == b""


def test_a_worker_that_may_open_no_more_files_goes_on(tmp_path: Path) -> None:
    with serve_one(tmp_path / "log") as (server, worker):
        used = len(list(Path(f"/proc/{worker}/fd").iterdir()))
        resource.prlimit(worker, resource.RLIMIT_NOFILE, (used + 10, used + 10))
        with connect(server, 40):
            for _ in range(5):
                assert server.moderate(comment="Thanks.")["decision"] == "accept"
        assert server.workers() == {worker}


def test_batches_whose_answers_are_not_read_keep_nobody_waiting(tmp_path: Path) -> None:
    comments = [{"comment": "Thanks.", "id": "i" * 200}] * 1000
    body = json.dumps({"comments": comments}).encode()
    batch = HEAD.replace(b"moderate", b"moderate/batch") + b"Content-Length: %d\r\n\r\n" % len(body)
    with serve_one(tmp_path / "log") as (server, _), connect(server, 6) as slow:
        for client in slow:
            client.sendall(batch + body)
        for _ in range(10):
            assert server.moderate(comment="Thanks.")["decision"] == "accept"
        for client in slow:
            status, _, answer = receive(client)
            assert status == 200
            assert len(json.loads(answer)["results"]) == 1000


def test_a_term_lets_a_request_that_is_coming_be_answered(tmp_path: Path) -> None:
    with serve_one(tmp_path / "log") as (server, _), connect(server, 2) as (slow, idle):
        slow.sendall(REQUEST[:-10])
        assert server.send("/healthz").status == 200
        server.process.terminate()
        while server.process.poll() is None:
            with contextlib.suppress(ConnectionRefusedError), connect(server, 1):
                server.wait()
                continue
            break
        slow.sendall(REQUEST[-10:])
        status, head, _ = receive(slow)
        assert status == 200
        assert b"\r\nConnection: close\r\n" in head
        assert idle.recv(1) == b""
        assert server.process.wait(PATIENCE_S) == 0


@pytest.mark.parametrize(
    "arguments",
    [["--certfile", "pyproject.toml", "--keyfile", "pyproject.toml"], ["--proxy-protocol", "auto"]],
)
def test_what_the_worker_does_not_do_stops_the_start(arguments: list[str]) -> None:
    done = subprocess.run(
        command(*arguments),
        cwd=ROOT,
        env=environment(),
        capture_output=True,
        timeout=PATIENCE_S,
        check=False,
        text=True,
    )
    assert done.returncode != 0
    assert "TLS, HTTP/2 and the PROXY protocol end at the proxy, not here" in done.stderr
