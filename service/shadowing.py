"""Let a candidate judge what was answered, once it was sent."""

import contextlib
import logging
import random
from collections.abc import Callable, Sequence
from functools import partial
from time import perf_counter
from typing import Final

import msgspec
from flask import Flask, Response, g, request

from service.moderation import Outcome
from service.problems import log_failure
from service.shadow import Comparison, Shadow

_LOG: Final = logging.getLogger(__name__)


class Trial(msgspec.Struct, frozen=True):
    """What the candidate made of the comments of a request.

    Attributes
    ----------
    comparisons : sequence of Comparison
        One a comment, or none if the candidate failed.
    duration_s : float
    failure : str, optional
        The type of what it raised.
    """

    comparisons: Sequence[Comparison]
    duration_s: float
    failure: str | None = None


Watcher = Callable[[Trial], None]


def shadow_answers(app: Flask, shadow: Shadow, watchers: Sequence[Watcher]) -> None:
    """Let a candidate judge every comment that `app` judged, and tell each watcher.

    It is done when the answer was sent and before the next request on the connection is read:
    no answer is later for it, but a worker has less time for others. Whatever fails is logged,
    and changes no answer.

    Parameters
    ----------
    app : Flask
    shadow : Shadow
    watchers : sequence of callable
    """

    @app.after_request
    def _follow(response: Response) -> Response:
        if outcomes := g.get("outcomes"):
            response.call_on_close(partial(_send, request.environ.get("gunicorn.socket")))
            response.call_on_close(partial(_try, shadow, outcomes, watchers))
        return response


def _send(wire: object) -> None:
    # Our worker keeps an answer until its thread is done with the request. It is whole now. What
    # another worker has here is a socket, which keeps nothing.
    if flush := getattr(wire, "flush", None):
        with contextlib.suppress(OSError):  # the worker sees it, too
            flush()


def _try(shadow: Shadow, outcomes: Sequence[Outcome], watchers: Sequence[Watcher]) -> None:
    begin_s = perf_counter()
    comparisons, failure = list[Comparison](), None
    try:
        comparisons = shadow.compare(outcomes)
    except Exception as error:  # noqa: BLE001 - whatever it is, the answer was right
        log_failure(error)
        failure = type(error).__name__
    trial = Trial(comparisons, perf_counter() - begin_s, failure)
    for watcher in watchers:
        try:
            watcher(trial)
        except Exception as error:  # noqa: BLE001 - the other watchers are told
            log_failure(error)


def log_sample(share: float) -> Watcher:
    """Return a watcher that logs a share of the comparisons, by the caller's id, without scores."""

    def watch(trial: Trial) -> None:
        for each in trial.comparisons:
            if random.random() < share:  # noqa: S311 - a sample, not a secret
                shown = msgspec.structs.asdict(each)
                del shown["differences"]
                _LOG.info("shadow", extra={"shadow": shown})

    return watch
