"""Runs PyPI's `perspectiveapi`, unmodified, against another server.

Takes the server's address as its argument and calls as JSON from standard input, each a text and
the names of attributes; writes the scores that each returned, or what it raised.
"""

import json
import sys
from typing import Any

import httpx
from perspective import Attribute
from perspective.blocking import Perspective

server = httpx.URL(sys.argv[1])


def redirect(request: httpx.Request) -> None:
    """Send a request to the server instead of Google."""
    request.url = request.url.copy_with(scheme=server.scheme, netloc=server.netloc)
    request.headers["Host"] = server.netloc.decode("ascii")


client = Perspective("any")
# The client offers no option, but its HTTP client takes hooks.
client._Perspective__client.event_hooks = {"request": [redirect]}  # noqa: SLF001 - no other way


def call(text: str, names: list[str]) -> dict[str, Any]:
    """Return the scores of a text, or the name of what the client raises."""
    try:
        score = client.score(text, [Attribute[name] for name in names])
    except KeyError as error:  # what it makes of any answer without scores
        return {"raised": type(error).__name__, "message": str(error)}
    return {"returned": {name.lower(): getattr(score, name.lower()) for name in names}}


json.dump([call(*each) for each in json.load(sys.stdin)], sys.stdout)
