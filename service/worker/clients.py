"""All clients of a worker: what comes from them and what goes to them."""

from collections.abc import Callable
from selectors import EVENT_READ, EVENT_WRITE, BaseSelector
from typing import Final

from service.worker import refusals
from service.worker.connections import Connection, leave_queue
from service.worker.framing import Extent, Framing, Limits, is_plain
from service.worker.refusals import Refusal
from service.worker.room import Room, send

_HELD_BODIES: Final = 4
_TOO_LARGE: Final = {
    Extent.HEAD_TOO_LARGE: refusals.HEAD_TOO_LARGE,
    Extent.BODY_TOO_LARGE: refusals.BODY_TOO_LARGE,
}


class Clients(Room):
    """The connections of a worker, of which none is ever waited for.

    Parameters
    ----------
    poller, keepalive_s, tell
        As for `Room`.
    limits : Limits
        How large a request may be.
    admit : callable
        Takes a connection whose request is there whole.
    """

    def __init__(
        self,
        poller: BaseSelector,
        keepalive_s: float,
        tell: Callable[[str], None],
        limits: Limits,
        admit: Callable[[Connection], None],
    ) -> None:
        super().__init__(poller, keepalive_s, tell)
        self._limits = limits
        self._admit = admit

    # What comes.

    def welcome(self, conn: Connection) -> None:
        """Take a new connection; its request has often come with it."""
        self.count += 1
        self._await_request(conn)
        self._read(conn)

    def _await_request(self, conn: Connection) -> None:
        self._watch(conn, EVENT_READ, self._read)
        self._idle.put(conn)

    def _read(self, conn: Connection) -> None:
        """Take what came on a connection."""
        if conn.queue is None:
            # It waits for its answer: what follows waits in the system, which slows the client.
            self._unwatch(conn)
        if conn.queue is not self._idle and conn.queue is not self._coming:
            return
        try:
            received = conn.receive()
        except OSError:
            self._drop(conn)
            return
        if received is None:
            return
        if received:
            self._hold(conn, received)
            self._look(conn)
        else:
            self._end(conn)

    def _hold(self, conn: Connection, received: int) -> None:
        """Count the bytes held; over the bound the request that has been coming longest goes."""
        conn.held += received
        self._held += received
        while self._held > _HELD_BODIES * self._limits.body and (oldest := self._coming.first()):
            self._refuse(oldest, refusals.OVERLOADED)

    def _look(self, conn: Connection) -> None:
        """Hand on a request that is there whole."""
        if conn.queue is self._closing:
            return
        if conn.framing is None:
            conn.framing = Framing(self._limits)
            conn.mark = 0
            self._coming.put(conn)
        expected = conn.framing.expects
        extent = conn.framing.look(conn.buffer)
        if extent is Extent.WHOLE:
            self._admit(conn)
        elif extent is not Extent.PARTIAL:
            self._refuse(conn, _TOO_LARGE[extent])
        elif conn.framing.expects and not expected:
            send(conn, refusals.CONTINUE)

    def _end(self, conn: Connection) -> None:
        """Go on where a client sends no more: gunicorn refuses a part, if it can read the head."""
        self._unwatch(conn)
        if conn.framing is None:
            self._drop(conn)
        elif conn.framing.head:
            self._admit(conn)
        else:
            self._refuse(conn, refusals.CUT_OFF)

    def hand_on(self, conn: Connection) -> None:
        """Let a connection wait for its answer alone."""
        leave_queue(conn)
        conn.framing = None

    # What goes.

    def finish(self, conn: Connection, *, is_kept: bool) -> None:
        """Go on with a connection whose request was answered."""
        self._release(conn)
        conn.is_kept = is_kept
        if conn.sock.unsent:
            self._sending.put(conn)
            conn.mark = -len(conn.sock.unsent)
            self._unwatch(conn)
            self._watch(conn, EVENT_WRITE, self._write)
        else:
            self._go_on(conn)

    def _write(self, conn: Connection) -> None:
        """Send what the client takes of an answer."""
        if conn.queue is not self._sending:
            return
        try:
            conn.sock.send_more()
        except OSError:
            self._drop(conn)
            return
        if not conn.sock.unsent:
            self._unwatch(conn)
            self._go_on(conn)

    def _go_on(self, conn: Connection) -> None:
        if not conn.is_kept:
            self._close(conn)
            return
        conn.take_rest()
        self._await_request(conn)
        if conn.buffer:
            self._hold(conn, len(conn.buffer))
            self._look(conn)

    def shed(self, conn: Connection, refusal: Refusal, *, is_kept: bool) -> None:
        """Refuse a whole request; the connection is kept where that is safe: it is cheaper."""
        if not (is_kept and conn.is_watched and is_plain(conn.buffer)):
            self._refuse(conn, refusal)
            return
        self._tell(refusal.code)
        send(conn, refusal.kept)
        self._release(conn)
        conn.buffer.clear()
        conn.framing = None
        self._idle.put(conn)
