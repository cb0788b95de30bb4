"""gunicorn's worker: it waits for all clients in one loop, and answers what is there whole.

    framing      where a request ends
    connections  a client's connection, and the queues in which it waits
    room         those that wait, and how their waiting ends
    clients      all of them: what comes from them and what goes to them
    refusals     answers that are ready before they are needed
    process      the worker: what is answered now, later, or not at all

A slow client so holds nothing but its own connection. What a request says and the form of an
answer stay gunicorn's (docs/decisions/0027-worker.md).
"""

from service.worker.process import Worker

__all__ = ["Worker"]
