"""What every page tells the browser that it may not do."""

from typing import Final

from flask import Response, request

SECURITY_HEADERS: Final = {
    "Content-Security-Policy": (
        "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:;"
        " connect-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
    ),
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "no-referrer",
}


def secure(response: Response) -> Response:
    """Add the headers to what is a page, or what one loads."""
    if request.blueprint == "pages" or request.endpoint == "static":
        response.headers.update(SECURITY_HEADERS)
    return response
