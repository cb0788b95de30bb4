"""What keys and rates cost a request, in microseconds: ``python -m benchmarks.access [REDIS_URL]``.

The whole application answers ``POST /v1/moderate`` in this process, without a network; the rows
are what is added to the time of a service that everybody may ask.
"""

import io
import sys
import timeit
from collections.abc import Callable
from typing import Any, Final

from service.app import create_app
from service.keys import Key, digest_key
from service.loading import load_moderator
from service.moderation import Moderator
from service.settings import Settings

_BODY: Final = b'{"comment": "Thank you for this article."}'
_ROUNDS: Final = 300
_REQUESTS: Final = 20
_NEVER: Final = "100000000/minute"
_BARE: Final = "a request without keys and rates"


def main(arguments: list[str]) -> None:
    """Print the table."""
    moderator = load_moderator(Settings())
    key = Key(name="a", sha256=digest_key("a"))
    others = tuple(Key(name=f"key-{place}", sha256=f"{place:064}") for place in range(9))
    counted = key.model_copy(update={"rate": _NEVER})
    rows: dict[str, dict[str, Any]] = {
        _BARE: {},
        "a key, of one": {"keys": (key,)},
        "a key, of ten": {"keys": (*others, key)},
        "a key with a rate, in memory": {"keys": (counted,)},
        "the rate of an address, in memory": {"address_rate": _NEVER},
        "the same, behind a proxy": {"address_rate": _NEVER, "proxies": ("127.0.0.0/8",)},
    }
    if arguments:
        rows["a key with a rate, in Redis"] = {"keys": (counted,), "redis": arguments[0]}
    quiet: dict[str, Any] = {"metrics": False, "log_level": "error"}
    asks = {
        name: _build(moderator, Settings(**quiet, **settings)) for name, settings in rows.items()
    }
    # In turns, so that what else the machine does bears on all; of each the least counts.
    rounds = [
        {name: timeit.timeit(ask, number=_REQUESTS) for name, ask in asks.items()}
        for _ in range(_ROUNDS)
    ]
    took = {name: min(each[name] for each in rounds) / _REQUESTS * 1e6 for name in rows}
    for name in rows:
        print(f"{took[name] - took[_BARE]:+7.1f}  {name}")
    print(f"{took[_BARE]:7.1f}  {_BARE}, to which the others are added")


def _build(moderator: Moderator, settings: Settings) -> Callable[[], None]:
    """Return a function that asks a service once."""
    app = create_app(moderator, settings)
    environ = {
        "REQUEST_METHOD": "POST",
        "PATH_INFO": "/v1/moderate",
        "QUERY_STRING": "",
        "CONTENT_TYPE": "application/json",
        "CONTENT_LENGTH": str(len(_BODY)),
        "SERVER_NAME": "localhost",
        "SERVER_PORT": "80",
        "SERVER_PROTOCOL": "HTTP/1.1",
        "REMOTE_ADDR": "127.0.0.1",
        "HTTP_X_FORWARDED_FOR": "203.0.113.9",
        "HTTP_AUTHORIZATION": "Bearer a",
        "wsgi.url_scheme": "http",
        "wsgi.errors": sys.stderr,
    }

    def ask() -> None:
        request = environ | {"wsgi.input": io.BytesIO(_BODY)}
        b"".join(app.wsgi_app(request, _check))

    return ask


def _check(status: str, *_: object) -> Callable[[bytes], object]:
    """Begin an answer, as a server does."""
    if status != "200 OK":
        raise RuntimeError(f"the service answered {status}")
    return len


if __name__ == "__main__":
    main(sys.argv[1:])
