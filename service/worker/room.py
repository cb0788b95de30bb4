"""The connections that wait, and how their waiting ends."""

import contextlib
import time
from collections.abc import Callable
from selectors import EVENT_READ, BaseSelector
from socket import SHUT_WR
from typing import Final

from gunicorn.workers.gthread import STOP_KEEPALIVE_LINGER

from service.worker import refusals
from service.worker.connections import Connection, Queue, leave_queue
from service.worker.refusals import Refusal

REQUEST_S: Final = 10.0
"""Within this a request must be whole, or `LEAST_PROGRESS` more bytes of it have come."""

LEAST_PROGRESS: Final = 262_144
LINGER_S: Final = 2.0
"""How long a client may take to close after its last answer."""


class Room:
    """Connections in queues.

    `idle` are those without a request, `coming` those with a part of one, `sending` those whose
    answer is not all sent, `closing` those that had their last. One whose request is being
    answered is in no queue.

    Parameters
    ----------
    poller : selector
        Calls back when a client can be read or written.
    keepalive_s : float
        How long one may stay without a request.
    tell : callable
        Is told the code of each refusal.

    Attributes
    ----------
    count : int
        Connections, those too that are in no queue.
    """

    def __init__(
        self, poller: BaseSelector, keepalive_s: float, tell: Callable[[str], None]
    ) -> None:
        self.count = 0
        self._poller = poller
        self._tell = tell
        self._held = 0
        self._idle = Queue(max(keepalive_s, LINGER_S))
        self._coming, self._sending = Queue(REQUEST_S), Queue(REQUEST_S)
        self._closing = Queue(LINGER_S)

    def _refuse(self, conn: Connection, refusal: Refusal) -> None:
        self._tell(refusal.code)
        send(conn, refusal.data)
        self._close(conn)

    def _close(self, conn: Connection) -> None:
        """Let the client read its answer and close: bytes unread at a close would cut it off."""
        self._release(conn)
        conn.buffer.clear()
        self._closing.put(conn)
        self._unwatch(conn)
        self._watch(conn, EVENT_READ, self._drain)
        with contextlib.suppress(OSError):
            conn.client_socket.shutdown(SHUT_WR)

    def _drain(self, conn: Connection) -> None:
        try:
            received = conn.receive()
        except OSError:
            received = 0
        conn.buffer.clear()
        if received == 0 and conn.queue is self._closing:
            self._drop(conn)

    def _drop(self, conn: Connection) -> None:
        self._release(conn)
        leave_queue(conn)
        self._unwatch(conn)
        self.count -= 1
        conn.client_socket.close()

    def _release(self, conn: Connection) -> None:
        self._held -= conn.held
        conn.held = 0

    def make_room(self) -> None:
        """Close the connection that is missed least."""
        if oldest := self._closing.first() or self._idle.first():
            self._drop(oldest)
        elif oldest := self._coming.first() or self._sending.first():
            if oldest.queue is self._coming:
                self._tell(refusals.OVERLOADED.code)
                send(oldest, refusals.OVERLOADED.data)
            self._drop(oldest)

    def expire(self, *, force: bool) -> None:
        """End what has waited too long, or all that waits."""
        now = time.monotonic()
        for queue in (self._idle, self._coming, self._sending, self._closing):
            while (conn := queue.first()) and (force or conn.timeout <= now):
                (self._drop if force else self._expire)(conn)

    def _expire(self, conn: Connection) -> None:
        queue = conn.queue
        came = len(conn.buffer) if queue is self._coming else -len(conn.sock.unsent)
        is_at_work = queue is self._coming or queue is self._sending
        if queue and is_at_work and came - conn.mark >= LEAST_PROGRESS:
            conn.mark = came
            queue.put(conn)
        elif queue is self._coming:
            self._refuse(conn, refusals.TOO_SLOW)
        else:
            self._drop(conn)

    def stop(self, deadline: float) -> None:
        """Let no connection stay without a request beyond a time, nor long from now on."""
        self._idle.patience_s = min(self._idle.patience_s, STOP_KEEPALIVE_LINGER)
        for conn in self._idle:
            conn.timeout = min(conn.timeout, deadline)

    def _watch(self, conn: Connection, events: int, act: Callable[[Connection], None]) -> None:
        if not conn.is_watched:
            self._poller.register(conn.client_socket, events, lambda _: act(conn))
            conn.is_watched = True

    def _unwatch(self, conn: Connection) -> None:
        if conn.is_watched:
            self._poller.unregister(conn.client_socket)
            conn.is_watched = False


def send(conn: Connection, data: bytes) -> None:
    """Send a little: it is taken at once, or the client does not listen."""
    with contextlib.suppress(OSError):
        conn.client_socket.send(data)
