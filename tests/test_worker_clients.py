"""Clients of a pair of sockets each: what has waited too long, and what is too much."""

import contextlib
import selectors
import socket
from collections.abc import Iterator

import pytest
from gunicorn.config import Config

from service.worker.clients import Clients
from service.worker.connections import Connection
from service.worker.framing import Limits

HEAD = b"POST /v1/moderate HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\n"
HEALTH = b"GET /healthz HTTP/1.1\r\nHost: localhost\r\n\r\n"
PATIENCE_S = 60.0


class Clock:
    """Clients of a pair of sockets, whose waiting a test can end."""

    def __init__(self) -> None:
        self.poller = selectors.DefaultSelector()
        self.admitted = list[Connection]()
        self.told = list[str]()
        self.clients = Clients(
            self.poller, 75, self.told.append, Limits(1000, 10_000), self.admitted.append
        )

    def connect(self, sent: bytes) -> tuple[socket.socket, Connection]:
        """Let a client come that has sent something."""
        client, ours = socket.socketpair()
        client.sendall(sent)
        conn = Connection(Config(), ours, ("127.0.0.1", 1), ("127.0.0.1", 2))
        self.clients.welcome(conn)
        return client, conn

    def end(self, conn: Connection) -> None:
        """Let the time that a connection has be over."""
        conn.timeout = 0.0
        self.clients.expire(force=False)


@pytest.fixture
def clock() -> Iterator[Clock]:
    """Return clients without a server."""
    clock = Clock()
    yield clock
    clock.clients.expire(force=True)
    clock.poller.close()
    assert clock.clients.count == 0


def test_a_request_that_is_not_whole_in_time_is_answered_408(clock: Clock) -> None:
    client, conn = clock.connect(b"GET / HT")
    with client:
        clock.end(conn)
        assert client.recv(1000).startswith(b"HTTP/1.1 408 Request Timeout\r\n")
        assert client.recv(1) == b""
        assert clock.told == ["too_slow"]
        clock.end(conn)


def test_a_connection_without_a_request_ends_without_a_word(clock: Clock) -> None:
    client, conn = clock.connect(b"")
    with client:
        clock.end(conn)
        assert client.recv(1) == b""
        assert clock.told == []


def test_a_large_body_that_goes_on_coming_has_more_time() -> None:
    clock = Clock()
    clock.clients = Clients(
        clock.poller, 75, clock.told.append, Limits(1000, 10**9), clock.admitted.append
    )
    client, conn = clock.connect(HEAD + b"Content-Length: 999999\r\n\r\n")
    with client:
        for _ in range(3):
            sent = 0
            while sent < 262_144:
                sent += client.send(b"a" * 65_536)
                for key, _ in clock.poller.select(0):
                    key.data(key.fileobj)
            clock.end(conn)
            assert clock.told == []
        clock.end(conn)
        assert clock.told == ["too_slow"]
        clock.end(conn)
    clock.poller.close()


def test_of_requests_that_are_coming_no_more_is_held_than_four_of_the_largest(
    clock: Clock,
) -> None:
    with contextlib.ExitStack() as stack:
        clients = []
        for _ in range(6):
            client, _ = clock.connect(HEAD + b"Content-Length: 10000\r\n\r\n" + b"a" * 9000)
            clients.append(stack.enter_context(client))
        assert clock.told == ["overloaded", "overloaded"]
        assert [client.recv(12, socket.MSG_DONTWAIT) for client in clients[:2]] == [
            b"HTTP/1.1 503"
        ] * 2
        with pytest.raises(BlockingIOError, match="temporarily"):
            clients[2].recv(1, socket.MSG_DONTWAIT)


def answer_at_length(clock: Clock) -> tuple[socket.socket, Connection]:
    """Let a client be answered more than it takes at once."""
    client, conn = clock.connect(HEALTH)
    assert clock.admitted == [conn]
    clock.clients.hand_on(conn)
    conn.init()
    next(conn.parser)
    conn.sock.sendall(b"a" * 1_000_000)
    conn.sock.sendall(b"b")
    conn.sock.flush()
    assert conn.sock.unsent
    clock.clients.finish(conn, is_kept=True)
    return client, conn


def test_an_answer_is_sent_as_the_client_takes_it_and_then_the_next_is_asked(clock: Clock) -> None:
    client, conn = answer_at_length(clock)
    with client:
        received = b""
        while len(received) < 1_000_001:
            received += client.recv(65_536)
            for key, _ in clock.poller.select(0):
                key.data(key.fileobj)
        assert received == b"a" * 1_000_000 + b"b"
        client.sendall(HEALTH)
        for key, _ in clock.poller.select(PATIENCE_S):
            key.data(key.fileobj)
        assert clock.admitted == [conn, conn]


def test_a_client_that_takes_nothing_of_its_answer_is_let_go(clock: Clock) -> None:
    client, conn = answer_at_length(clock)
    with client:
        clock.end(conn)
        assert clock.clients.count == 0
