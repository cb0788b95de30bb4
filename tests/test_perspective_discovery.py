"""The document from which Google's client libraries build themselves."""

from typing import Any

import msgspec
import pytest
from flask.testing import FlaskClient
from perspective_stubbed import envelope

from service import __version__
from service.perspective import wire

PATH = "/$discovery/rest"
STRUCTS: list[type[msgspec.Struct]] = [
    wire.TextEntry,
    wire.ArticleAndParentComment,
    wire.Context,
    wire.AttributeParameters,
    wire.AnalyzeCommentRequest,
    wire.AnalyzeCommentResponse,
    wire.Score,
    wire.SpanScore,
    wire.AttributeScores,
    wire.SuggestCommentScoreRequest,
    wire.SuggestCommentScoreResponse,
]
STRING, BOOLEAN = {"type": "string"}, {"type": "boolean"}
STRINGS = {"type": "array", "items": STRING}
FLOAT = {"type": "number", "format": "float"}
INT32 = {"type": "integer", "format": "int32"}
ENTRY, SCORE = {"$ref": "TextEntry"}, {"$ref": "Score"}
SCORES = {"type": "object", "additionalProperties": {"$ref": "AttributeScores"}}
ABOUT = {"clientToken": STRING, "sessionId": STRING, "communityId": STRING}
SCORE_TYPES = {"SCORE_TYPE_UNSPECIFIED", "PROBABILITY", "STD_DEV_SCORE", "PERCENTILE", "RAW"}
ASKED = {
    "comment": ENTRY,
    "languages": STRINGS,
    "doNotStore": BOOLEAN,
    "context": {"$ref": "Context"},
} | ABOUT

# What issue 5 and Google's clients have, in their names and types.
PROPERTIES: dict[str, dict[str, Any]] = {
    "TextEntry": {
        "text": STRING,
        "type": {"TEXT_TYPE_UNSPECIFIED", "PLAIN_TEXT", "HTML"},
    },
    "ArticleAndParentComment": {"article": ENTRY, "parentComment": ENTRY},
    "Context": {
        "entries": {"type": "array", "items": ENTRY},
        "articleAndParentComment": {"$ref": "ArticleAndParentComment"},
    },
    "AttributeParameters": {"scoreType": SCORE_TYPES, "scoreThreshold": FLOAT},
    "AnalyzeCommentRequest": ASKED
    | {
        "requestedAttributes": {
            "type": "object",
            "additionalProperties": {"$ref": "AttributeParameters"},
        },
        "spanAnnotations": BOOLEAN,
    },
    "AnalyzeCommentResponse": {
        "attributeScores": SCORES,
        "languages": STRINGS,
        "detectedLanguages": STRINGS,
        "clientToken": STRING,
    },
    "Score": {"value": FLOAT, "type": SCORE_TYPES},
    "SpanScore": {"begin": INT32, "end": INT32, "score": SCORE},
    "AttributeScores": {
        "spanScores": {"type": "array", "items": {"$ref": "SpanScore"}},
        "summaryScore": SCORE,
    },
    "SuggestCommentScoreRequest": ASKED | {"attributeScores": SCORES},
    "SuggestCommentScoreResponse": {
        "detectedLanguages": STRINGS,
        "requestedLanguages": STRINGS,
        "clientToken": STRING,
    },
}


@pytest.fixture
def document(client: FlaskClient) -> dict[str, Any]:
    """Return the document of ``http://localhost/``."""
    found: dict[str, Any] = client.get(PATH, query_string={"version": "v1alpha1"}).get_json()
    return found


def test_the_document_describes_this_service(document: dict[str, Any]) -> None:
    described = {
        name: value
        for name, value in document.items()
        if name not in {"schemas", "resources", "parameters", "description", "title"}
    }
    assert described == {
        "kind": "discovery#restDescription",
        "discoveryVersion": "v1",
        "id": "commentanalyzer:v1alpha1",
        "name": "commentanalyzer",
        "canonicalName": "Comment Analyzer",
        "version": "v1alpha1",
        "version_module": True,
        "revision": __version__,
        "protocol": "rest",
        "rootUrl": "http://localhost/",
        "baseUrl": "http://localhost/",
        "basePath": "",
        "servicePath": "",
        "batchPath": "batch",
    }


def test_each_method_is_where_it_is_served(document: dict[str, Any]) -> None:
    methods = document["resources"]["comments"]["methods"]
    assert {
        name: (method["httpMethod"], method["path"], method["request"], method["response"])
        for name, method in methods.items()
    } == {
        "analyze": (
            "POST",
            "v1alpha1/comments:analyze",
            {"$ref": "AnalyzeCommentRequest"},
            {"$ref": "AnalyzeCommentResponse"},
        ),
        "suggestscore": (
            "POST",
            "v1alpha1/comments:suggestscore",
            {"$ref": "SuggestCommentScoreRequest"},
            {"$ref": "SuggestCommentScoreResponse"},
        ),
    }
    for name, method in methods.items():
        assert (method["id"], method["flatPath"], method["parameters"]) == (
            f"commentanalyzer.comments.{name}",
            method["path"],
            {},
        )


def test_the_schemas_have_every_field_with_its_type_and_nothing_else(
    document: dict[str, Any],
) -> None:
    schemas = document["schemas"]
    found: dict[str, dict[str, Any]] = {}
    for name, schema in schemas.items():
        assert (schema["id"], schema["type"]) == (name, "object")
        found[name] = {}
        for field, kind in schema["properties"].items():
            if choices := kind.get("enum"):
                expected = [""] * len(choices)
                assert kind == {**STRING, "enum": choices, "enumDescriptions": expected}
            found[name][field] = set(choices) if choices else kind
    assert found == PROPERTIES


def test_every_field_that_is_read_or_sent_is_described(document: dict[str, Any]) -> None:
    described = {name: set(schema["properties"]) for name, schema in document["schemas"].items()}
    assert described == {
        struct.__name__: {field.encode_name for field in msgspec.structs.fields(struct)}
        for struct in STRUCTS
    }


def test_every_query_parameter_that_is_described_is_taken(
    document: dict[str, Any], client: FlaskClient
) -> None:
    parameters = document["parameters"]
    assert set(parameters) >= {
        *("key", "alt", "prettyPrint", "fields", "quotaUser", "$.xgafv"),
        *("uploadType", "upload_protocol"),
    }
    assert "callback" not in parameters
    assert {each["location"] for each in parameters.values()} == {"query"}
    values = {"alt": "json", "prettyPrint": "false", "fields": "languages", "$.xgafv": "2"}
    reply = client.post(
        "/v1alpha1/comments:analyze",
        query_string={name: values.get(name, "x") for name in parameters},
        json={"comment": {"text": "You idiot."}, "requestedAttributes": {"INSULT": {}}},
    )
    assert (reply.status_code, reply.get_json()) == (200, {"languages": ["en"]})


@pytest.mark.parametrize(
    "base", ["http://scores.example/", "https://scores.example:8443/", "http://[::1]:8000/"]
)
def test_the_addresses_are_those_of_the_host_that_was_asked(base: str, client: FlaskClient) -> None:
    found = client.get(PATH, base_url=base).get_json()
    assert (found["rootUrl"], found["baseUrl"]) == (base, base)


@pytest.mark.parametrize("version", ["v1", "v1beta1", "V1ALPHA1", "", "v1alpha1 "])
def test_another_version_is_not_found(version: str, client: FlaskClient) -> None:
    reply = client.get(PATH, query_string={"version": version})
    assert reply.content_type == "application/json; charset=UTF-8"
    message = "The API or version was not found."
    assert (reply.status_code, reply.get_json()) == (404, envelope(404, "NOT_FOUND", message))


@pytest.mark.parametrize("query", ["", "?key=k", "?version=v1alpha1&labels=public"])
def test_the_version_may_be_left_out_and_other_parameters_are_no_matter(
    query: str, document: dict[str, Any], client: FlaskClient
) -> None:
    assert client.get(PATH + query).get_json() == document


def test_jsonp_is_refused_here_too(client: FlaskClient) -> None:
    reply = client.get(PATH, query_string={"version": "v1alpha1", "callback": "f"})
    assert (reply.status_code, reply.get_json()["error"]["code"]) == (400, 400)
