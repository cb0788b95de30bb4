"""A client for loads and faults: ``python -m benchmarks.client PORT`` prints a tally as JSON.

Open loop: requests are sent at a fixed rate whether or not answers come, and an answer's time
counts from when its request was due, so that a server that stalls cannot hide it. Every answer is
compared with the one that the same comment got when nothing else was asked.
"""

import argparse
import json
import selectors
import socket
import sys
import time
from collections import deque
from dataclasses import dataclass
from http import HTTPStatus
from typing import Final

from benchmarks.comments import build_comments
from benchmarks.tally import Tally

HOST: Final = "127.0.0.1"
COMMENTS: Final = 200
LENGTH: Final = 300
PATIENCE_S: Final = 20.0
"""Over this an answer does not come any more."""

_KNOWN: Final = (
    ("Thank you for this report.", b'"decision":"accept"'),
    ("I will find you and kill you.", b'"decision":"reject"'),
)


@dataclass
class _Call:
    """A connection and its request, if one is on its way."""

    socket: socket.socket
    index: int = 0
    due: float = 0.0
    unsent: bytes = b""
    received: bytes = b""
    is_used: bool = False
    is_waiting: bool = False


class Client:
    """Sends samples to a port.

    Parameters
    ----------
    port : int
    samples : list of tuple of bytes
        Requests, and the body of the answer to each.
    """

    def __init__(self, port: int, samples: list[tuple[bytes, bytes]]) -> None:
        self.port = port
        self.samples = samples
        self.tally = Tally()
        self._selector = selectors.DefaultSelector()
        self._free: deque[_Call] = deque()
        self._flying = 0
        self._start = 0.0

    def run(self, seconds: float, rate: float, connections: int) -> Tally:
        """Send at a rate, with no more than so many requests on their way; the rest is late."""
        now = time.perf_counter()
        self._start = self._start or now
        due, end = now, now + seconds
        while (now := time.perf_counter()) < end or (self._flying and now < end + PATIENCE_S):
            while due <= now < end and self._flying < connections:
                self._launch(due)
                due += 1 / rate
            idle = 0.05 if self._flying >= connections or now >= end else max(0.0, due - now)
            for key, _ in self._selector.select(min(idle, 0.05)):
                self._proceed(key.data)
        if self._flying:
            self.tally.failed["no answer in time"] += self._flying
        return self.tally

    def _launch(self, due: float) -> None:
        call = self._free.popleft() if self._free else self._connect()
        self.tally.sent += 1
        if call is None:
            return
        self._flying += 1
        call.index = self.tally.sent % len(self.samples)
        call.due, call.received, call.is_waiting = due, b"", True
        call.unsent = self.samples[call.index][0]
        self._push(call)

    def _connect(self) -> _Call | None:
        opened = socket.socket()
        opened.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        try:
            opened.connect((HOST, self.port))
        except OSError as error:
            opened.close()
            self.tally.failed[f"connect: {type(error).__name__}"] += 1
            return None
        opened.settimeout(0)
        call = _Call(opened)
        self._selector.register(opened, selectors.EVENT_READ, call)
        return call

    def _push(self, call: _Call) -> None:
        try:
            call.unsent = call.unsent[call.socket.send(call.unsent) :]
        except BlockingIOError:
            pass
        except OSError as error:
            # What the server said before it closed is still to be read.
            if not isinstance(error, BrokenPipeError):
                self._fail(call, type(error).__name__)

    def _proceed(self, call: _Call) -> None:
        try:
            data = call.socket.recv(65536)
        except BlockingIOError:
            return
        except OSError as error:
            self._fail(call, type(error).__name__)
            return
        if not data:
            self._fail(call, "closed without an answer")
            return
        call.received += data
        head, blank, body = call.received.partition(b"\r\n\r\n")
        if blank and len(body) >= _read_length(head):
            self._count(call, head, body)

    def _count(self, call: _Call, head: bytes, body: bytes) -> None:
        status = int(head[9:12])
        now = time.perf_counter()
        self._flying -= 1
        self.tally.answered[status] += 1
        self.tally.seconds.append((status, now - self._start, now - call.due))
        expected = self.samples[call.index][1]
        if status == HTTPStatus.OK and body != expected:
            self.tally.wrong += 1
        call.is_waiting, call.is_used = False, True
        if b"\r\nConnection: close" in head:
            self._close(call)
        else:
            self._free.append(call)

    def _fail(self, call: _Call, reason: str) -> None:
        if call.is_waiting:
            self._flying -= 1
            kept = " on a kept connection" if call.is_used and not call.received else ""
            self.tally.failed[reason + kept] += 1
        elif call in self._free:
            self._free.remove(call)
        self._close(call)

    def _close(self, call: _Call) -> None:
        call.is_waiting = False
        self._selector.unregister(call.socket)
        call.socket.close()


def build_request(text: str) -> bytes:
    """Return a request to moderate a comment."""
    body = json.dumps({"comment": text}).encode()
    return (
        b"POST /v1/moderate HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\n"
        b"Content-Length: %d\r\n\r\n%s" % (len(body), body)
    )


def learn(port: int, count: int = COMMENTS) -> list[tuple[bytes, bytes]]:
    """Ask for each comment alone; return the requests and their answers.

    Raises
    ------
    ValueError
        If one is not decided, or a comment whose decision is clear is decided otherwise.
    """
    samples = []
    for text in [*(text for text, _ in _KNOWN), *build_comments(LENGTH, count)]:
        request = build_request(text)
        answer = send(port, request)
        if not answer.startswith(b"HTTP/1.1 200 "):
            raise ValueError(f"answered {answer[9:12].decode()}")
        samples.append((request, answer.partition(b"\r\n\r\n")[2]))
    for (_, answer), (_, decision) in zip(samples, _KNOWN, strict=False):
        if decision not in answer:
            raise ValueError("a comment is decided otherwise than is known")
    return samples


def send(port: int, request: bytes) -> bytes:
    """Send bytes on a connection of their own; return all that comes until it is answered."""
    with socket.create_connection((HOST, port), PATIENCE_S) as connection:
        connection.sendall(request)
        connection.shutdown(socket.SHUT_WR)
        return b"".join(iter(lambda: connection.recv(65536), b""))


def _read_length(head: bytes) -> int:
    _, _, rest = head.partition(b"\r\nContent-Length: ")
    return int(rest.split(b"\r\n", 1)[0])


def main() -> int:
    """Run one load."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.client", description=__doc__)
    parser.add_argument("port", type=int)
    parser.add_argument("--seconds", type=float, default=5.0)
    parser.add_argument("--rate", type=float, default=1e6, help="requests a second")
    parser.add_argument("--connections", type=int, default=1000)
    parser.add_argument("--then", type=float, default=0.0, help="as many a second afterwards")
    options = parser.parse_args()
    client = Client(options.port, learn(options.port))
    print("ready", flush=True)
    sys.stdin.readline()
    tally = client.run(options.seconds, options.rate, options.connections)
    if options.then:
        tally = client.run(options.seconds, options.then, options.connections)
    print(json.dumps(vars(tally)))
    return 0


if __name__ == "__main__":
    sys.exit(main())
