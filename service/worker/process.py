"""The worker: what is answered now, later, or not at all."""

import errno
import sys
from collections import deque
from concurrent.futures import Future
from socket import socket
from typing import Final

from gunicorn.config import Config
from gunicorn.errors import ConfigError
from gunicorn.workers.gthread import ThreadWorker

from service.metrics.recorder import get_metrics
from service.settings import load_settings
from service.worker.clients import Clients
from service.worker.connections import Connection
from service.worker.framing import Limits, asks_for_health, is_short
from service.worker.refusals import OVERLOADED

_ACCEPTED: Final = 64
_SWITCH_S: Final = 0.0005
_FULL: Final = {errno.EMFILE, errno.ENFILE}


class Worker(ThreadWorker):  # type: ignore[misc] # gunicorn has no types
    """A gthread worker that waits for clients in its loop alone, with bounded queues.

    A request for one comment is answered in the loop, one at a turn: between two of them what
    would wait too long is refused, in microseconds, since no thread has the interpreter then. All
    others, which take long or wait for a database, get a thread.
    """

    @classmethod
    def check_config(cls, cfg: Config, log: object) -> None:
        """Refuse what this worker does not do.

        Raises
        ------
        ConfigError
            If it is configured all the same.
        """
        if cfg.is_ssl or cfg.http2_cleartext != "off" or cfg.proxy_protocol != "off":
            raise ConfigError("TLS, HTTP/2 and the PROXY protocol end at the proxy, not here")
        if cfg.protocol != "http" or cfg.sendfile is not False:
            raise ConfigError("this worker speaks HTTP, and needs sendfile = False")
        super().check_config(cfg, log)

    def run(self) -> None:
        """Serve until told to stop; gunicorn calls it in the process that it forked."""
        settings = load_settings()
        metrics = get_metrics()
        body = max(settings.max_body_bytes, settings.max_batch_bytes)
        self.clients = Clients(
            self.poller,
            self.cfg.keepalive,
            metrics.record,
            Limits.read(self.cfg, body),
            self.admit,
        )
        self.names = {listener: listener.getsockname() for listener in self.sockets}
        self.max_waiting = settings.max_waiting
        # Each request waits for Redis, where limits are kept there: not in the loop.
        self.is_loop_for_short = settings.redis is None
        self.ready = deque[Connection]()
        self.in_threads = 0
        self.is_busy = False
        metrics.watch_waiting(lambda: len(self.ready) + self.in_threads)
        # The loop gets its turn soon while a batch is at work in a thread.
        sys.setswitchinterval(_SWITCH_S)
        super().run()

    def wait_for_and_dispatch_events(self, timeout: float) -> None:
        """Take what came, and answer one short request."""
        super().wait_for_and_dispatch_events(0 if self.ready else timeout)
        self.is_busy = bool(self.ready)
        if self.ready:
            conn = self.ready.popleft()
            self.finish(conn, is_kept=self.handle(conn))
        self.nr_conns = self.clients.count

    def accept(self, listener: socket) -> None:
        """Take a connection, and all others if this worker is busy: no other took them."""
        taken = 0
        while self.accept_one(listener) and self.is_busy and taken < _ACCEPTED:
            taken += 1

    def accept_one(self, listener: socket) -> bool:
        """Take one connection, if there is one; return whether there was."""
        try:
            client_socket, address = listener.accept()
        except OSError as error:
            if error.errno in _FULL:
                self.clients.make_room()
            elif error.errno not in {errno.EAGAIN, errno.ECONNABORTED}:
                raise
            return False
        if self.clients.count >= self.worker_connections - 1:
            self.clients.make_room()
        self.clients.welcome(Connection(self.cfg, client_socket, address, self.names[listener]))
        return True

    def admit(self, conn: Connection) -> None:
        """Let a whole request be answered, unless too many wait."""
        if asks_for_health(conn.buffer):
            is_full, start = False, self.ready.appendleft
        elif self.is_loop_for_short and is_short(conn.buffer):
            is_full, start = len(self.ready) >= self.max_waiting, self.ready.append
        else:
            is_full = self.in_threads >= self.cfg.threads + self.max_waiting
            start = self.give_thread
        if is_full:
            self.clients.shed(conn, OVERLOADED, is_kept=self.alive)
        else:
            self.clients.hand_on(conn)
            start(conn)

    def give_thread(self, conn: Connection) -> None:
        """Have a thread answer a request."""
        self.in_threads += 1
        self.enqueue_req(conn)

    def handle(self, conn: Connection) -> bool:
        """Answer one request; return whether the connection is kept."""
        is_kept = bool(super().handle(conn))
        try:
            conn.sock.flush()
        except OSError:
            return False
        return is_kept

    def finish_request(self, conn: Connection, done: Future[bool]) -> None:
        """Go on with a connection whose request a thread answered; called in the loop."""
        self.in_threads -= 1
        is_failed = done.cancelled() or done.exception() is not None
        self.finish(conn, is_kept=not is_failed and done.result())

    def finish(self, conn: Connection, *, is_kept: bool) -> None:
        """Go on with a connection whose request was answered."""
        self.clients.finish(conn, is_kept=is_kept)

    def murder_keepalived(self, force: bool = False) -> None:  # noqa: FBT001, FBT002 - gunicorn's
        """End what has waited too long; gunicorn calls it at every turn of the loop."""
        self.clients.expire(force=force)
        self.nr_conns = self.clients.count

    def _cap_keepalive(self, deadline: float) -> None:
        """Begin to stop: take the connections that came, and let idle ones not stay long."""
        # Where the master is gone, nobody has said so yet.
        self.alive = False
        for listener in self.sockets:
            while self.accept_one(listener):
                pass
            listener.close()
        self.clients.stop(deadline)
        self.nr_conns = self.clients.count
