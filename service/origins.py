"""Other sites' pages: which may ask from a browser (CORS)."""

import re
from collections.abc import Collection
from typing import Final

from flask import Flask, Response, request
from werkzeug.datastructures import HeaderSet

ANY: Final = "*"

_METHODS: Final = ("GET", "POST")
_TOLD: Final = ("Retry-After", "RateLimit", "RateLimit-Policy", "X-Request-ID")
_MAX_AGE_S: Final = 7200
"""For how long a browser may remember; Chromium's most."""
_ASKED: Final = frozenset({"api", "perspective"})
_THEIRS: Final = re.compile(r"/(?:v1|v1alpha1|batch|\$discovery)(?:/.*)?", re.DOTALL)
"""An address that is not there belongs to no blueprint, and its error is to be read, too."""


def share(app: Flask, origins: Collection[str]) -> None:
    """Let the pages of some origins ask the API, and those of all load our files.

    Cookies are never allowed: there are none.

    Parameters
    ----------
    app : Flask
    origins : collection of str
        As browsers name them, or `ANY` alone.
    """

    @app.after_request
    def _allow(response: Response) -> Response:
        if request.endpoint == "static":
            # A module is asked for with CORS, whoever embeds it.
            response.access_control_allow_origin = ANY
        elif origins and (request.blueprint in _ASKED or _THEIRS.fullmatch(request.path)):
            _name_origin(response)
            response.access_control_expose_headers = HeaderSet(_TOLD)
            if request.method == "OPTIONS":
                response.access_control_allow_methods = HeaderSet(_METHODS)
                response.access_control_allow_headers = HeaderSet([ANY])
                response.access_control_max_age = _MAX_AGE_S
        return response

    def _name_origin(response: Response) -> None:
        if ANY in origins:
            response.access_control_allow_origin = ANY
            return
        # A cache must not give one site the answer to another.
        response.vary.add("Origin")
        origin = request.headers.get("Origin", "")
        if origin in origins:
            response.access_control_allow_origin = origin
