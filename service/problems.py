"""Errors as RFC 9457 problem details.

A problem's text is written here or names a field and a type; it never repeats
what the client sent.
"""

import logging
import traceback
from collections.abc import Mapping
from http import HTTPStatus
from typing import Final

import msgspec
from flask import Flask, Response, g, has_request_context
from gunicorn.http.errors import ParseException
from werkzeug.exceptions import HTTPException

from service.wire import FieldError, Problem

MEDIA_TYPE: Final = "application/problem+json"

_LOG: Final = logging.getLogger(__name__)
_FRAMES: Final = 30
_CODES: Final = {
    400: ("bad_request", "The request could not be read."),
    404: ("not_found", "There is nothing at this address."),
    405: ("method_not_allowed", "The address does not take this method."),
    413: ("too_large", "The body is larger than this address takes."),
    415: (
        "unsupported_media_type",
        "Send application/json, application/x-www-form-urlencoded or multipart/form-data.",
    ),
    500: ("internal_error", "The service failed. Hold the comment for a person."),
}


class ProblemError(Exception):
    """A request that cannot be answered.

    Parameters
    ----------
    status : int
        HTTP status, 4xx or 503.
    code : str
        Stable name of the problem.
    detail : str
        One sentence for the developer who called.
    errors : list of FieldError, optional
        What is wrong, field by field.
    headers : mapping of str to str, optional
        That the answer has as well.
    """

    def __init__(
        self,
        status: int,
        code: str,
        detail: str,
        errors: list[FieldError] | None = None,
        *,
        headers: Mapping[str, str] | None = None,
    ) -> None:
        super().__init__(code)
        self.headers = headers or {}
        self.problem = Problem(
            title=HTTPStatus(status).phrase,
            status=status,
            code=code,
            detail=detail,
            errors=errors or [],
        )


def render_problem(problem: Problem) -> Response:
    """Return the response that tells of a problem."""
    return Response(msgspec.json.encode(problem), status=problem.status, content_type=MEDIA_TYPE)


def log_failure(error: Exception) -> None:
    """Log the type of an exception and where it was raised; its message may repeat a comment."""
    frames = traceback.extract_tb(error.__traceback__)[-_FRAMES:]
    where = " < ".join(f"{frame.filename}:{frame.lineno}" for frame in reversed(frames))
    found = {"request_id": g.request_id} if has_request_context() and "request_id" in g else {}
    _LOG.error("%s at %s", type(error).__name__, where, extra=found)


def _answer(problem: Problem) -> Response:
    g.problem_code = problem.code  # for `observation`, which tells it
    return render_problem(problem)


def register_problems(app: Flask) -> None:
    """Answer every error of `app` with problem details."""

    @app.errorhandler(ProblemError)
    def _expected(error: ProblemError) -> Response:
        response = _answer(error.problem)
        response.headers.update(error.headers)
        return response

    @app.errorhandler(HTTPException)
    def _http(error: HTTPException) -> Response:
        status = error.code or HTTPStatus.INTERNAL_SERVER_ERROR
        code, detail = _CODES.get(status, _CODES[400])
        response = _answer(ProblemError(status, code, detail).problem)
        if allow := dict(error.get_headers()).get("Allow"):
            response.headers["Allow"] = allow
        return response

    @app.errorhandler(ParseException)
    def _malformed(_: Exception) -> Response:
        # gunicorn decodes a chunked body only when it is read, below us.
        return _answer(ProblemError(400, *_CODES[400]).problem)

    @app.errorhandler(Exception)
    def _unexpected(error: Exception) -> Response:
        log_failure(error)
        return _answer(ProblemError(500, *_CODES[500]).problem)
