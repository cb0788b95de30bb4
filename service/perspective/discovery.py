"""The discovery document, from which Google's client libraries build themselves."""

from typing import Any, Final

import msgspec

from service import __version__
from service.perspective.options import PARAMETERS
from service.perspective.wire import (
    AnalyzeCommentRequest,
    AnalyzeCommentResponse,
    SuggestCommentScoreRequest,
    SuggestCommentScoreResponse,
)

VERSION: Final = "v1alpha1"

_METHODS: Final = {
    "analyze": (AnalyzeCommentRequest, AnalyzeCommentResponse),
    "suggestscore": (SuggestCommentScoreRequest, SuggestCommentScoreResponse),
}
_KINDS: Final[dict[str, dict[str, Any]]] = {
    "string": {"type": "string"},
    "boolean": {"type": "boolean"},
    "number": {"type": "number", "format": "float"},
    "integer": {"type": "integer", "format": "int32"},
}
_PARAMETER_KINDS: Final[dict[str, dict[str, Any]]] = {
    "$.xgafv": {"type": "string", "enum": ["1", "2"], "enumDescriptions": ["", ""]},
    "alt": {"type": "string", "enum": ["json"], "enumDescriptions": [""], "default": "json"},
    "prettyPrint": {"type": "boolean", "default": "true"},
}


def build_discovery(root_url: str) -> bytes:
    """Return the document as JSON.

    Parameters
    ----------
    root_url : str
        Where the service is, as the client that asks sees it, with a slash at the end.

    Notes
    -----
    It names no scopes of OAuth: with some, Google's clients ask for a login before a call.
    """
    document = {"rootUrl": root_url, "baseUrl": root_url, **_DOCUMENT}
    return msgspec.json.format(msgspec.json.encode(document), indent=2)


def _build_document() -> dict[str, Any]:
    shapes = [shape for pair in _METHODS.values() for shape in pair]
    _, schemas = msgspec.json.schema_components(shapes, ref_template="{name}")
    return {
        "kind": "discovery#restDescription",
        "discoveryVersion": "v1",
        "id": f"commentanalyzer:{VERSION}",
        "name": "commentanalyzer",
        "canonicalName": "Comment Analyzer",
        "version": VERSION,
        "version_module": True,
        "revision": __version__,
        "title": "Comment Analyzer API",
        "description": "Scores of comments, by the protocol of the Perspective API.",
        "protocol": "rest",
        "basePath": "",
        "servicePath": "",
        "batchPath": "batch",
        "parameters": {
            name: {
                "location": "query",
                "description": description,
                **_PARAMETER_KINDS.get(name, _KINDS["string"]),
            }
            for name, description in PARAMETERS.items()
        },
        "schemas": {name: _build_schema(name, schema) for name, schema in schemas.items()},
        "resources": {"comments": {"methods": dict(map(_build_method, _METHODS))}},
    }


def _build_method(name: str) -> tuple[str, dict[str, Any]]:
    path = f"{VERSION}/comments:{name}"
    request, response = _METHODS[name]
    return name, {
        "id": f"commentanalyzer.comments.{name}",
        "description": request.__doc__,
        "httpMethod": "POST",
        "path": path,
        "flatPath": path,
        "parameters": {},
        "parameterOrder": [],
        "request": {"$ref": request.__name__},
        "response": {"$ref": response.__name__},
    }


def _build_schema(name: str, schema: dict[str, Any]) -> dict[str, Any]:
    """Return a JSON Schema of msgspec's as discovery documents have it."""
    return {
        "id": name,
        "type": "object",
        "description": schema["description"],
        "properties": {field: _convert(kind) for field, kind in schema["properties"].items()},
    }


def _convert(schema: dict[str, Any]) -> dict[str, Any]:
    # There, everything may be absent, so nothing is said to be null.
    [schema] = [each for each in schema.get("anyOf", [schema]) if each != {"type": "null"}]
    match schema:
        case {"$ref": name}:
            return {"$ref": name}
        case {"enum": values}:
            return {"type": "string", "enum": values, "enumDescriptions": [""] * len(values)}
        case {"type": "array", "items": items}:
            return {"type": "array", "items": _convert(items)}
        case {"type": "object", "additionalProperties": entries}:
            return {"type": "object", "additionalProperties": _convert(entries)}
        case _:
            return dict(_KINDS[schema["type"]])


_DOCUMENT: Final = _build_document()
