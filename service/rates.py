"""How often: Flask-Limiter counts, in memory or in Redis."""

import logging
import math
import time
from functools import lru_cache
from typing import Any, Final, NamedTuple

from flask import Flask, g
from flask_limiter import Limiter, RateLimitExceeded
from limits import RateLimitItem, parse
from limits.errors import StorageError
from limits.storage import MemoryStorage

from service import counting

_LOG: Final = logging.getLogger(__name__)
_SCOPE: Final = "moderation"
_PATIENCE_S: Final = 0.25
_NAME: Final = "rates"
_parse: Final = lru_cache(parse)


class Limit(NamedTuple):
    """A rate, and whom it is counted for.

    Attributes
    ----------
    kind : {"key", "origin", "address"}
    rate : str
        Such as ``600/minute``.
    name : str
        Of the key, the origin or the address.
    """

    kind: str
    rate: str
    name: str

    @property
    def item(self) -> RateLimitItem:
        """Return the rate as it is counted."""
        return _parse(self.rate)

    @property
    def whom(self) -> str:
        """Return the name with its kind: an origin is never counted with a key."""
        return f"{self.kind}:{self.name}"


class Rates:
    """Count comments against rates, in a sliding window.

    Parameters
    ----------
    app : Flask
        Keeps it, for `limits_degraded`.
    redis : str, optional
        URL of a Redis that all workers count in; without it each counts for itself. While it
        cannot be asked, each does so, too, and asks again after 1 to 32 s.
    """

    def __init__(self, app: Flask, redis: str | None = None) -> None:
        # Its hooks would cost each request 42 microseconds, those of no rate, too: they are
        # those of an application that serves nothing. What is counted is counted here.
        self._limiter = Limiter(
            lambda: g.limit.whom,
            app=Flask(__name__),
            storage_uri=redis or counting.URI,
            storage_options=_connect() if redis else {},
            strategy="sliding-window-counter",
            in_memory_fallback_enabled=redis is not None,
        )
        # It would log addresses, at level info.
        self._limiter.logger.setLevel(logging.CRITICAL)
        self._fall_back = self._limiter.shared_limit(
            lambda: g.limit.rate, scope=_SCOPE, cost=lambda: g.limit_cost
        )(_pass)
        app.extensions[_NAME] = self

    @property
    def is_degraded(self) -> bool:
        """Tell whether Redis cannot be asked, so that each worker counts for itself."""
        return self._limiter.limiter.storage is not self._limiter.storage

    def take(self, limit: Limit, cost: int) -> bool:
        """Count so many comments, or none of them; return whether they were within the rate."""
        if not self.is_degraded:
            try:
                return self._limiter.limiter.hit(limit.item, limit.whom, _SCOPE, cost=cost)
            except StorageError:
                _LOG.warning("Redis cannot be asked: each worker counts rates for itself")
        return self._take_without(limit, cost)

    def _take_without(self, limit: Limit, cost: int) -> bool:
        """Count as Flask-Limiter does, which asks Redis again now and then."""
        g.limit, g.limit_cost = limit, cost
        try:
            self._fall_back()
        except RateLimitExceeded:
            return False
        except StorageError:
            return True  # Redis went away again, just now
        if not self.is_degraded:
            _LOG.warning("Redis is back: rates are counted for all workers")
        return True

    def headers(self, limit: Limit, *, refused: bool) -> dict[str, str]:
        """Return what a client is told of a rate: RateLimit (draft 10 of IETF's), Retry-After.

        Where Redis counts, it would have to be asked once more, which takes as long as all else
        of a request: only a refusal is worth that.
        """
        asks_redis = not isinstance(self._limiter.limiter.storage, MemoryStorage)
        if asks_redis and not refused:
            return {}
        try:
            reset, left = self._limiter.limiter.get_window_stats(limit.item, limit.whom, _SCOPE)
        except StorageError:
            return {"Retry-After": "1"} if refused else {}
        wait_s = max(1, math.ceil(reset - time.time()))
        rate = limit.item
        found = {
            "RateLimit-Policy": f'"{limit.kind}";q={rate.amount};w={rate.get_expiry()}',
            "RateLimit": f'"{limit.kind}";r={left};t={wait_s}',
        }
        return found | {"Retry-After": str(wait_s)} if refused else found


def limits_degraded(app: Flask) -> bool:
    """Tell whether a Redis is configured and cannot be asked, in this worker."""
    rates: Rates | None = app.extensions.get(_NAME)
    return rates is not None and rates.is_degraded


def _connect() -> dict[str, Any]:
    """Return options of redis-py: a request must not wait for a Redis that is away."""
    # Loaded where it is used alone: it takes a tenth of a second, and 9 MB in each worker.
    from redis.backoff import NoBackoff  # noqa: PLC0415
    from redis.retry import Retry  # noqa: PLC0415

    return {
        "socket_connect_timeout": _PATIENCE_S,
        "socket_timeout": _PATIENCE_S,
        "retry": Retry(NoBackoff(), 0),
        "wrap_exceptions": True,
    }


def _pass() -> None:
    """Do nothing, within the limit that this is decorated with."""
