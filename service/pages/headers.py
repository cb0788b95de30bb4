"""What every page tells the browser that it may not do."""

from typing import Final

from flask import Response, request

_UNUSED: Final = (
    *("accelerometer", "camera", "display-capture", "geolocation", "gyroscope", "hid"),
    *("magnetometer", "microphone", "midi", "payment", "serial", "usb"),
)
SECURITY_HEADERS: Final = {
    "Content-Security-Policy": (
        "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:;"
        " connect-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
    ),
    "Cross-Origin-Opener-Policy": "same-origin",
    "Permissions-Policy": ", ".join(f"{name}=()" for name in _UNUSED),
    "Referrer-Policy": "no-referrer",
    # For browsers that do not know frame-ancestors.
    "X-Frame-Options": "DENY",
}
"""On each page and what it loads."""

TRUSTED_TYPES: Final = "require-trusted-types-for 'script'; trusted-types 'none'"
"""A second policy, beside the first: no script may make markup, or script, of a text."""

_MAKES_MARKUP: Final = frozenset({"pages.docs"})
"""Swagger UI does it, with what DOMPurify has let pass."""


def secure(response: Response) -> Response:
    """Add the headers to what is a page, or what one loads; to the rest, that it is what it says.

    Files keep what Flask has them say: ``no-cache`` and an ``ETag``. So a browser asks each time,
    for a few bytes, and a page never meets the script of another release.
    """
    response.headers["X-Content-Type-Options"] = "nosniff"
    is_file = request.endpoint == "static"
    if request.blueprint == "pages" or is_file:
        response.headers.update(SECURITY_HEADERS)
        # The script of the form is there for the pages of other sites.
        sites = "cross-origin" if is_file else "same-origin"
        response.headers["Cross-Origin-Resource-Policy"] = sites
        if request.endpoint not in _MAKES_MARKUP:
            response.headers.add("Content-Security-Policy", TRUSTED_TYPES)
    return response
