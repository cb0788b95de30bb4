"""Who makes a request: the holder of a key, a page in a browser, or anybody."""

from collections.abc import Iterator, Sequence
from typing import Final, NamedTuple

from flask import request

from service.admission import NoKeyError, WrongKeyError
from service.keys import Key, Keyring
from service.origins import ANY
from service.proxies import TrustedProxies
from service.rates import Limit
from service.settings import Settings
from service.values import is_origin

BROWSER_RATE: Final = "60/minute"
"""Of an address where there are keys: with no limit there, they would keep nobody out."""

OURS: Final = "same-origin"
OPAQUE: Final = "null"
"""The origin of a page that is not to be named, and any that no browser would name so."""

_SCHEME: Final = "bearer "


class Caller(NamedTuple):
    """Who asks.

    Attributes
    ----------
    key : Key, optional
        None of a browser, and where there are no keys.
    limits : sequence of Limit
        That hold for it.
    """

    key: Key | None
    limits: Sequence[Limit]


class Callers:
    """Find out who makes the current request.

    Parameters
    ----------
    settings : Settings
    """

    def __init__(self, settings: Settings) -> None:
        self._keyring = Keyring(settings.keys)
        self._proxies = TrustedProxies(settings.proxies)
        self._origins = settings.origins
        self._origin_rate = settings.origin_rate
        self._address_rate = settings.address_rate or (BROWSER_RATE if settings.keys else None)
        browsers = (self._origin_rate, self._address_rate)
        self.are_limited = any((*browsers, *(key.rate for key in settings.keys)))

    def identify(self, key: str | None, *, form: bool = False) -> Caller:
        """Return who asks.

        Parameters
        ----------
        key : str, optional
            That was shown.
        form : bool
            Whether it is what a form of our own pages sends.

        Raises
        ------
        NoKeyError, WrongKeyError
            If nobody who may.
        """
        if key and self._keyring:
            found = self._keyring.find(key)
            if found is None:
                raise WrongKeyError
            return Caller(found, [Limit("key", found.rate, found.name)] if found.rate else [])
        origin = OURS if form else self._find_origin()
        if self._keyring and origin is None:
            raise NoKeyError
        return Caller(None, list(self._limit_browser(origin)))

    def _find_origin(self) -> str | None:
        """Return the origin of the page that asks, if pages of it may."""
        headers = request.headers
        origin = headers.get("Origin", "")
        if headers.get("Sec-Fetch-Site") == OURS:
            return OURS
        if origin and origin.partition("://")[2] == request.host.lower():
            return OURS
        if origin in self._origins:
            return origin
        if origin and ANY in self._origins:
            return origin if is_origin(origin) else OPAQUE
        return None

    def _limit_browser(self, origin: str | None) -> Iterator[Limit]:
        # First the address, so that one that asks too often takes nothing of its origin's.
        if self._address_rate:
            forwarded = request.headers.get("X-Forwarded-For", "")
            address = self._proxies.find_client(request.remote_addr or "", forwarded)
            yield Limit("address", self._address_rate, address)
        if self._origin_rate and origin is not None:
            yield Limit("origin", self._origin_rate, origin)


def find_key() -> str | None:
    """Return the key that the current request shows, in a header or else its address."""
    sent = request.headers.get("Authorization", "")
    if sent[: len(_SCHEME)].lower() == _SCHEME:
        return sent[len(_SCHEME) :].strip()
    if sent := request.headers.get("X-API-Key", ""):
        return sent
    return request.args.get("key") if request.query_string else None
