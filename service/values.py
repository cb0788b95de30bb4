"""Kinds of values that settings have, each read from the text of a variable."""

import re
from collections.abc import Mapping
from ipaddress import ip_network
from typing import Annotated, Final
from urllib.parse import urlsplit

from pydantic import AfterValidator, BeforeValidator
from pydantic_core import from_json

UNIX: Final = "unix"
"""Stands among the proxies for one that comes over a Unix socket."""
UNITS: Final[Mapping[str, int]] = {"second": 1, "minute": 60, "hour": 3600, "day": 86_400}
"""Seconds of each unit of a rate."""

_RATE: Final = re.compile(f"[1-9][0-9]{{0,8}}/(?:{'|'.join(UNITS)})")
_REDIS: Final = ("redis://", "rediss://", "redis+unix://")
_ORIGIN: Final = re.compile(
    r"([a-z][a-z0-9+.-]*)://(?:[a-z0-9_-]+(?:\.[a-z0-9_-]+)*|\[[0-9a-f:.]+\])(?::([1-9][0-9]{0,4}))?"
)
_UNNAMED: Final = {("http", "80"), ("https", "443")}
_MAX_PORT: Final = 65_535


def _split(value: object) -> object:
    """Split what a variable holds; a tuple comes from Python and is left alone."""
    if not isinstance(value, str):
        return value
    found = tuple(part.strip() for part in value.split(","))
    if not all(found):
        raise ValueError("must be one or several, with commas between")
    return found


def _read_json(value: object) -> object:
    return from_json(value) if isinstance(value, str) else value


def _check_rate(value: str) -> str:
    if not _RATE.fullmatch(value):
        units = ", ".join(UNITS)
        raise ValueError(f"must be a whole number over 0, a slash, and one of {units}")
    return value


def _check_origins(origins: tuple[str, ...]) -> tuple[str, ...]:
    if origins != ("*",) and not all(map(is_origin, origins)):
        raise ValueError(
            "must be origins as browsers name them (https://www.example.org: in lower case,"
            " without a path, slash or usual port), with commas between, or * alone"
        )
    return origins


def is_origin(value: str) -> bool:
    """Tell whether a browser would name an origin so."""
    if not (match := _ORIGIN.fullmatch(value)):
        return False
    scheme, port = match.groups(default="")
    # A browser leaves a scheme's own port out: with it, an origin would never be met.
    return (scheme, port) not in _UNNAMED and int(port or 0) <= _MAX_PORT


def _check_proxies(proxies: tuple[str, ...]) -> tuple[str, ...]:
    for proxy in proxies:
        try:
            if proxy != UNIX:
                ip_network(proxy)
        except ValueError:
            raise ValueError(
                "must be addresses and ranges (192.0.2.1, 10.0.0.0/8, 2001:db8::/32; in a range no"
                f" bit is set behind its prefix) or {UNIX}, with commas between"
            ) from None
    return proxies


def _check_redis(url: str) -> str:
    if not url.startswith(_REDIS):
        raise ValueError(f"must begin with {', '.join(_REDIS[:-1])} or {_REDIS[-1]}")
    try:
        urlsplit(url).port  # noqa: B018 - it is read, and may not be a number
    except ValueError:
        raise ValueError("must be a URL of Redis that can be read") from None
    return url


Listed = Annotated[tuple[str, ...], BeforeValidator(_split)]
"""Texts, in a variable with commas between."""
Origins = Annotated[Listed, AfterValidator(_check_origins)]
Proxies = Annotated[Listed, AfterValidator(_check_proxies)]
Rate = Annotated[str, AfterValidator(_check_rate)]
"""How often: ``600/minute``."""
Redis = Annotated[str, AfterValidator(_check_redis)]

JSON: Final = BeforeValidator(_read_json)
"""What a variable holds as JSON."""
