"""What happened to a request, told once, to all who want to know."""

import re
from collections.abc import Callable, Collection, Sequence
from random import getrandbits
from threading import get_ident
from time import perf_counter, time_ns
from typing import Any, Final

import msgspec
from flask import Flask, Response, g, request

from service.language import primary_language
from service.moderation import Outcome
from service.problems import log_failure

UNMATCHED: Final = "unmatched"
"""The endpoint of a request for an address, or with a method, that there is not."""

OTHER_LANGUAGE: Final = "other"

REQUEST_ID: Final = "X-Request-ID"

_SANE_ID: Final = re.compile(r"[A-Za-z0-9._-]{1,128}")


class Observation(msgspec.Struct, frozen=True):
    """A request that was answered.

    Attributes
    ----------
    endpoint : str
        The address as the route has it, never as the client sent it; or `UNMATCHED`.
    status : int
        Of HTTP.
    duration_s : float
        From the first look at the request until its answer was ready.
    request_id : str
        That of the client, if it is sane, or a new one.
    outcomes : sequence of Outcome
        What was decided, a comment each. They hold its text: an observer must not.
    code : str, optional
        Of the problem that was the answer.
    key : str, optional
        Name of the key that was shown.
    begin_ns : int
        When it came, in nanoseconds since 1970.
    parent : str, optional
        The header ``traceparent`` as sent.
    """

    endpoint: str
    status: int
    duration_s: float
    request_id: str
    outcomes: Sequence[Outcome] = ()
    code: str | None = None
    key: str | None = None
    begin_ns: int = 0
    parent: str | None = None


Observer = Callable[[Observation], None]


def observe(app: Flask, observers: Sequence[Observer], busy: set[int] | None = None) -> None:
    """Hand an `Observation` of each request to each observer, and echo its id.

    Must come before all else that hooks into `app`: it is then the first to see a request,
    and the last to see its answer.

    Parameters
    ----------
    app : Flask
    observers : sequence of callable
        One that fails is logged, and changes no answer.
    busy : set of int, optional
        Kept up to date: the threads that are at a request now. A thread has one at a time,
        so that one which got lost is not counted for ever.
    """
    busy = set() if busy is None else busy

    @app.before_request
    def _begin() -> None:
        busy.add(get_ident())
        # What is logged on the way has the id, too.
        _list_notes().update(begin_s=perf_counter(), request_id=_find_request_id())

    @app.after_request
    def _end(response: Response) -> Response:
        busy.discard(get_ident())
        observation = _build_observation(response.status_code)
        response.headers.add(REQUEST_ID, observation.request_id)
        for observer in observers:
            try:
                observer(observation)
            except Exception as error:  # noqa: BLE001 - whatever it is, the answer is right
                log_failure(error)
        return response


def note_outcomes(outcomes: Sequence[Outcome]) -> None:
    """Say what was decided in the current request."""
    g.outcomes = outcomes


def note_key(name: str) -> None:
    """Say whose key came with the current request."""
    g.key_name = name


def name_language(tag: str, known: Collection[str]) -> str:
    """Return what an observer may call a language: a client may name what it likes.

    Examples
    --------
    >>> name_language("en-GB", {"en"}), name_language("x-anything", {"en"})
    ('en', 'other')
    """
    if tag in known:
        return tag
    primary = primary_language(tag)
    return primary if primary in known else OTHER_LANGUAGE


def _list_notes() -> dict[str, Any]:
    """Return what is noted of the current request: `g` would be looked up at each name."""
    notes: dict[str, Any] = g._get_current_object().__dict__  # noqa: SLF001 - werkzeug has it so
    return notes


def _find_request_id() -> str:
    sent = request.environ.get("HTTP_X_REQUEST_ID", "")
    # An id and no secret: half the time of `secrets`, and seeded anew in each fork.
    return sent if _SANE_ID.fullmatch(sent) else f"{getrandbits(128):032x}"


def _build_observation(status: int) -> Observation:
    noted = _list_notes()
    rule = request.url_rule
    duration_s = perf_counter() - noted["begin_s"]
    return Observation(
        endpoint=rule.rule if rule else UNMATCHED,
        status=status,
        duration_s=duration_s,
        request_id=noted["request_id"],
        outcomes=noted.get("outcomes", ()),
        code=noted.get("problem_code"),
        key=noted.get("key_name"),
        begin_ns=time_ns() - round(1e9 * duration_s),
        parent=request.environ.get("HTTP_TRACEPARENT"),
    )
