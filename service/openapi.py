"""The OpenAPI document, made from the shapes of `wire`."""

from collections.abc import Sequence
from http import HTTPStatus
from typing import Any, Final

import msgspec

from service import __version__, coral, wire
from service.perspective import wire as perspective
from service.perspective.options import PARAMETERS
from service.policy import DEFAULT_POLICY

_JSON: Final = "application/json"
_PROBLEM: Final = "application/problem+json"
_FORMS: Final = ("application/x-www-form-urlencoded", "multipart/form-data")
_REF: Final = "#/components/schemas/{name}"
_SHAPES: Final = (
    wire.ModerateRequest,
    wire.ModerateForm,
    wire.BatchRequest,
    wire.ModerateResponse,
    wire.BatchResponse,
    wire.PolicyResponse,
    wire.HealthResponse,
    wire.ReadyResponse,
    wire.VersionResponse,
    wire.Problem,
    coral.CoralRequest,
    coral.CoralResponse,
    perspective.AnalyzeCommentRequest,
    perspective.AnalyzeCommentResponse,
    perspective.SuggestCommentScoreRequest,
    perspective.SuggestCommentScoreResponse,
    perspective.ErrorResponse,
)
_PROBLEMS: Final = {
    400: "The body could not be read as JSON in UTF-8.",
    401: "No valid key is shown, or (Coral) no signature was made with a secret of the service.",
    403: "The key is for other policies.",
    413: "The body is larger than this address takes.",
    415: "The body is of a type this address does not take.",
    422: "A field is missing, unknown or of the wrong kind, or the policy is not loaded.",
    429: "More comments than the rate of the key, the origin or the address.",
    500: "The service failed. Hold the comment for a person.",
    503: "A model does not score as recorded.",
}

_KEYED: Final = (401, 403, 429)
"""Problems of every operation that takes a key."""
_KEYS: Final = {
    "bearer": {"type": "http", "scheme": "bearer"},
    "header": {"type": "apiKey", "in": "header", "name": "X-API-Key"},
    "query": {"type": "apiKey", "in": "query", "name": "key"},
}
_SECURITY: Final[Sequence[dict[str, list[str]]]] = [
    {},
    {"bearer": []},
    {"header": []},
    {"query": []},
]
"""Any of the keys, or none: a service may have no keys, and a browser shows none."""
_HEADERS: Final = {
    name: {"description": description, "schema": {"type": kind}}
    for name, kind, description in (
        ("Retry-After", "integer", "Seconds until a comment may be within the rate."),
        ("RateLimit-Policy", "string", "The rate: whom it is for, `q` comments in `w` seconds."),
        ("RateLimit", "string", "What is left of it, `r`, and for how many seconds, `t`."),
    )
}

_CORAL_POLICY: Final = {
    "name": "policy",
    "in": "query",
    "description": "Name of a loaded policy. Under another, every comment is withheld.",
    "schema": {"type": "string", "default": DEFAULT_POLICY},
}
_SIGNATURE: Final = {
    "name": "X-Coral-Signature",
    "in": "header",
    "description": (
        "`sha256=` and the HMAC of the body in hexadecimal; several with commas between."
        " Looked at where the service has secrets for Coral."
    ),
    "schema": {"type": "string"},
}


def build_openapi(policies: Sequence[str]) -> bytes:
    """Return the OpenAPI 3.1 document of the service as JSON.

    Parameters
    ----------
    policies : sequence of str
        Names of the loaded policies: a request can name no other.
    """
    _, components = msgspec.json.schema_components(_SHAPES, ref_template=_REF)
    for shape, none in (("ModerateRequest", []), ("ModerateForm", [""])):
        components[shape]["properties"]["policy"]["enum"] = [*none, *policies]
    analyze = components["AnalyzeCommentRequest"]
    # There a missing field has an error of its own, so the shape requires none.
    analyze["required"] = ["comment", "requestedAttributes"]
    analyze["properties"]["requestedAttributes"] |= {
        "minProperties": 1,
        "propertyNames": {"enum": list(perspective.NAMES)},
    }
    document = {
        "openapi": "3.1.0",
        "info": {
            "title": "Comment moderation",
            "version": __version__,
            "description": (
                "Decides whether a comment is accepted, flagged for a moderator or rejected,"
                " and says why. A decision is always a 200. Hold the comment for a person on a"
                " 5xx or a time-out: nothing is ever accepted by default."
            ),
            "license": {"name": "Apache-2.0", "identifier": "Apache-2.0"},
        },
        "paths": _paths(policies),
        "components": {"schemas": components, "securitySchemes": _KEYS},
    }
    return msgspec.json.encode(document)


def _paths(policies: Sequence[str]) -> dict[str, Any]:
    policy = {
        "name": "policy",
        "in": "query",
        "description": "Name of a loaded policy.",
        "schema": {"type": "string", "default": DEFAULT_POLICY, "enum": list(policies)},
    }
    return {
        "/v1/moderate": {
            "post": _operation(
                "moderate",
                "Moderate one comment",
                wire.ModerateResponse,
                (400, *_KEYED, 413, 415, 422, 500),
                security=_SECURITY,
                requestBody=_body(
                    {_JSON: wire.ModerateRequest} | dict.fromkeys(_FORMS, wire.ModerateForm)
                ),
            )
        },
        "/v1/moderate/batch": {
            "post": _operation(
                "moderateBatch",
                "Moderate up to 1,000 comments",
                wire.BatchResponse,
                (400, *_KEYED, 413, 415, 422, 500),
                security=_SECURITY,
                requestBody=_body({_JSON: wire.BatchRequest}),
            )
        },
        "/v1/policy": {
            "get": _operation(
                "policy",
                "Limit and thresholds of a policy",
                wire.PolicyResponse,
                (*_KEYED, 422),
                security=_SECURITY,
                parameters=[policy],
            )
        },
        "/integrations/coral": {
            "post": _operation(
                "coral",
                "Moderate one comment for Coral, as an external moderation phase",
                coral.CoralResponse,
                (400, 401, 413, 415, 422),
                nothing="No objection, or a comment without text.",
                security=_SECURITY,
                parameters=[_CORAL_POLICY, _SIGNATURE],
                requestBody=_body({_JSON: coral.CoralRequest}),
            )
        },
        "/v1alpha1/comments:analyze": _perspective_path(
            "analyze",
            "Score one comment by the protocol of Perspective",
            perspective.AnalyzeCommentRequest,
            perspective.AnalyzeCommentResponse,
        ),
        "/v1alpha1/comments:suggestscore": _perspective_path(
            "suggestscore",
            "Say what a comment should have scored",
            perspective.SuggestCommentScoreRequest,
            perspective.SuggestCommentScoreResponse,
        ),
        "/healthz": {"get": _operation("healthz", "The process works", wire.HealthResponse)},
        "/readyz": {"get": _operation("readyz", "The models work", wire.ReadyResponse, (503,))},
        "/version": {"get": _operation("version", "What runs here", wire.VersionResponse)},
    }


def _perspective_path(
    name: str, summary: str, request: type[msgspec.Struct], response: type[msgspec.Struct]
) -> dict[str, Any]:
    operation = _operation(
        name,
        summary,
        response,
        parameters=[
            {"name": name, "in": "query", "description": description, "schema": {"type": "string"}}
            for name, description in PARAMETERS.items()
        ],
        requestBody=_body({_JSON: request}),
    )
    operation["responses"]["default"] = {
        "description": perspective.ErrorResponse.__doc__,
        "content": {_JSON: _schema(perspective.ErrorResponse)},
    }
    return {"post": operation}


def _operation(
    name: str,
    summary: str,
    response: type[msgspec.Struct],
    problems: tuple[int, ...] = (),
    nothing: str | None = None,
    **more: object,
) -> dict[str, Any]:
    return {
        "operationId": name,
        "summary": summary,
        **more,
        "responses": {
            "200": {"description": response.__doc__, "content": {_JSON: _schema(response)}},
            **({"204": {"description": nothing}} if nothing else {}),
            **{
                str(status): {
                    "description": _PROBLEMS[status],
                    **({"headers": _HEADERS} if status == HTTPStatus.TOO_MANY_REQUESTS else {}),
                    "content": {_PROBLEM: _schema(wire.Problem)},
                }
                for status in problems
            },
        },
    }


def _body(shapes: dict[str, type[msgspec.Struct]]) -> dict[str, Any]:
    return {
        "required": True,
        "content": {media_type: _schema(shape) for media_type, shape in shapes.items()},
    }


def _schema(shape: type[msgspec.Struct]) -> dict[str, Any]:
    return {"schema": {"$ref": _REF.format(name=shape.__name__)}}
