"""A client's connection as the worker's loop keeps it, and the queues in which it waits."""

import contextlib
import socket
import time
from collections import OrderedDict
from typing import Final

from gunicorn import http
from gunicorn.config import Config

from service.worker.framing import Framing

MAX_READ: Final = 65_536


class Wire:
    """What gunicorn has in place of a socket, in a thread: it never waits for the client.

    Parameters
    ----------
    client : socket
        Not blocking.

    Attributes
    ----------
    unsent : memoryview
        The part of the answer that the client could not take at once.
    """

    def __init__(self, client: socket.socket) -> None:
        self.unsent = memoryview(b"")
        self._client = client
        self._written: list[bytes] = []

    def recv(self, _size: int) -> bytes:
        """Return that no more comes: the request was given whole."""
        return b""

    def send(self, data: bytes) -> int:
        """Drop gunicorn's ``100 Continue``: the body is there."""
        return len(data)

    def sendall(self, data: bytes) -> None:
        """Take a part of the answer."""
        self._written.append(data)

    def flush(self) -> None:
        """Send what the client takes at once: head and body together."""
        self.unsent = memoryview(b"".join([self.unsent, *self._written]))
        self._written.clear()
        self.send_more()

    def send_more(self) -> None:
        """Send what the client takes now."""
        with contextlib.suppress(BlockingIOError):
            self.unsent = self.unsent[self._client.send(self.unsent) :]

    def gettimeout(self) -> float:
        """Return 0: nothing here blocks."""
        return 0.0

    def setblocking(self, _blocking: object) -> None:
        """Do nothing: the loop has the socket."""

    settimeout = setblocking
    shutdown = setblocking

    def close(self) -> None:
        """Do nothing: the loop closes the socket."""


class Connection:
    """A client, what came from it, and where it waits; gunicorn reads the names of its own.

    Attributes
    ----------
    client_socket : socket
        The loop's alone.
    sock : Wire
        What gunicorn takes for the socket.
    buffer : bytearray
        Begins with the request that is next.
    """

    initialized = True
    data_ready = True
    is_http2 = False

    def __init__(
        self, cfg: Config, client_socket: socket.socket, client: object, server: object
    ) -> None:
        client_socket.settimeout(0)
        self.client_socket = client_socket
        self.sock = Wire(client_socket)
        self.client = client
        self.server = server
        self.parser = http.get_parser(cfg, self.sock, client)
        self.buffer = bytearray()
        self.framing: Framing | None = None
        self.held = 0
        self.mark = 0
        self.timeout = 0.0
        self.queue: Queue | None = None
        self.is_watched = False
        self.is_kept = False

    def init(self) -> None:
        """Give gunicorn's parser what came; gunicorn calls it in the thread."""
        self.parser.unreader.unread(bytes(self.buffer))
        self.buffer.clear()

    def take_rest(self) -> None:
        """Take back what gunicorn left of the bytes: the next requests."""
        self.buffer += self.parser.unreader.take_buffered()

    def receive(self) -> int | None:
        """Read what came; return how much, 0 at the client's end, None if nothing yet.

        Raises
        ------
        OSError
            If the client is gone.
        """
        try:
            data = self.client_socket.recv(MAX_READ)
        except BlockingIOError:
            return None
        self.buffer += data
        return len(data)


class Queue(OrderedDict[Connection, None]):
    """Connections that wait for the same thing, the one that has waited longest first.

    Parameters
    ----------
    patience_s : float
        How long each may wait.
    """

    def __init__(self, patience_s: float) -> None:
        super().__init__()
        self.patience_s = patience_s

    def put(self, conn: Connection) -> None:
        """Let a connection wait here, from now on, and no longer where it did."""
        leave_queue(conn)
        conn.queue = self
        conn.timeout = time.monotonic() + self.patience_s
        self[conn] = None

    def first(self) -> Connection | None:
        """Return the one that has waited longest."""
        return next(iter(self), None)


def leave_queue(conn: Connection) -> None:
    """Let a connection wait no longer."""
    if conn.queue is not None:
        del conn.queue[conn]
        conn.queue = None
