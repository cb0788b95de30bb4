"""Perspective's errors. Clients parse their messages and types, so both are exact."""

from collections.abc import Sequence
from http import HTTPStatus
from typing import Any, Final

from service.perspective.wire import ErrorResponse, Status

SERVICE: Final = "commentanalyzer.googleapis.com"
"""The service that errors name, since clients compare it."""

_STATUSES: Final = {
    403: "PERMISSION_DENIED",
    404: "NOT_FOUND",
    429: "RESOURCE_EXHAUSTED",
    500: "INTERNAL",
    503: "UNAVAILABLE",
}
_TYPES: Final = "type.googleapis.com"


class PerspectiveError(Exception):
    """A call that is answered by an error.

    Parameters
    ----------
    code : int
        HTTP status.
    message : str
    details : sequence of dict
        Each with its ``@type``.
    """

    def __init__(self, code: int, message: str, details: Sequence[dict[str, Any]] = ()) -> None:
        status = _STATUSES.get(code, "INVALID_ARGUMENT")
        super().__init__(status)
        self.code = code
        self.response = ErrorResponse(Status(code, message, status, list(details)))


def comment_error(error_type: str, message: str, **more: object) -> PerspectiveError:
    """Return an error with a detail of Perspective's own.

    Parameters
    ----------
    error_type : str
        Such as ``COMMENT_EMPTY``.
    message : str
    **more : object
        Other fields of the detail.
    """
    kind = f"{_TYPES}/google.commentanalyzer.v1alpha1.Error"
    return PerspectiveError(
        HTTPStatus.BAD_REQUEST, message, [{"@type": kind, "errorType": error_type, **more}]
    )


def request_error(message: str) -> PerspectiveError:
    """Return an error of a request that says something that has no meaning."""
    return comment_error("INVALID_REQUEST", message)


def field_error(field: str, message: str) -> PerspectiveError:
    """Return an error of a body or query that names the field."""
    violation = {"field": field, "description": message} if field else {"description": message}
    detail = {"@type": f"{_TYPES}/google.rpc.BadRequest", "fieldViolations": [violation]}
    return PerspectiveError(HTTPStatus.BAD_REQUEST, message, [detail])


def caller_error(code: int, reason: str, message: str, **metadata: str) -> PerspectiveError:
    """Return an error that is about who calls, and how often."""
    detail = {
        "@type": f"{_TYPES}/google.rpc.ErrorInfo",
        "reason": reason,
        "domain": "googleapis.com",
        "metadata": {"service": SERVICE, **metadata},
    }
    return PerspectiveError(code, message, [detail])
