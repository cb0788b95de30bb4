"""Perspective's addresses over HTTP: the whole contract, as a client sees it."""

import logging
from typing import Any

import msgspec
import pytest
from flask import Flask
from flask.testing import FlaskClient
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st
from perspective_calls import ERRORS, THREAT, error_document, request_for
from perspective_stubbed import (
    ANY_JSON,
    ANY_TEXT,
    INSULT,
    SUGGESTION,
    check_answer,
    envelope,
    field_refusal,
    post,
    refusal,
)
from stubs import BrokenScorer

from service.app import create_app
from service.keys import Key
from service.moderation import Moderator
from service.perspective.calls import ANALYZE, SUGGEST
from service.perspective.wire import AnalyzeCommentResponse, SuggestCommentScoreResponse
from service.policy import Policy
from service.settings import Settings

JSON = "application/json; charset=UTF-8"
METHODS: dict[str, tuple[dict[str, Any], type[msgspec.Struct]]] = {
    ANALYZE: (INSULT, AnalyzeCommentResponse),
    SUGGEST: (SUGGESTION, SuggestCommentScoreResponse),
}
SHARED = settings(suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)


@pytest.fixture
def broken(policy: Policy) -> FlaskClient:
    """Return a client of a service with a model that fails."""
    moderator = Moderator({"en": BrokenScorer()}, {policy.name: policy})
    return create_app(moderator, Settings()).test_client()


@pytest.mark.parametrize("name", ERRORS)
def test_each_error_of_analyze_is_exact(name: str, client: FlaskClient) -> None:
    request = request_for(THREAT) | ERRORS[name][0]
    assert post(client, ANALYZE, request) == (400, error_document(name))


def test_a_language_that_was_detected_is_named_as_detected(client: FlaskClient) -> None:
    message = "Attribute TOXICITY does not support request languages: ru"
    unsupported = {"attribute": "TOXICITY", "detectedLanguages": ["ru"]}
    asked = {
        "comment": {"text": "Спасибо за эту статью"},
        "requestedAttributes": {"TOXICITY": {}},
    }
    assert post(client, ANALYZE, asked) == (
        400,
        refusal(
            "LANGUAGE_NOT_SUPPORTED_BY_ATTRIBUTE",
            message,
            languageNotSupportedByAttributeError=unsupported,
        ),
    )


@pytest.mark.parametrize("name", ["empty", "too long", "HTML", "both contexts"])
def test_suggestscore_has_the_errors_of_a_comment_too(name: str, client: FlaskClient) -> None:
    request = SUGGESTION | ERRORS[name][0]
    assert post(client, SUGGEST, request) == (400, error_document(name))


@pytest.mark.parametrize(
    ("query", "field", "message"),
    [
        ("callback=f", "callback", "JSONP is not supported: call without 'callback'."),
        ("callback=", "callback", "JSONP is not supported: call without 'callback'."),
        ("alt=media", "alt", "Invalid value at 'alt': only 'json' is supported."),
        ("alt=", "alt", "Invalid value at 'alt': only 'json' is supported."),
        (
            "prettyPrint=2",
            "prettyPrint",
            "Invalid value at 'prettyPrint' (TYPE_BOOL).",
        ),
        (
            "colour=red",
            "colour",
            (
                'Invalid JSON payload received. Unknown name "colour": Cannot bind query'
                " parameter. Field 'colour' could not be found in request message."
            ),
        ),
        (
            "fields=scores",
            "fields",
            "Error expanding 'fields' parameter. Cannot find matching fields for path 'scores'.",
        ),
    ],
)
def test_a_query_parameter_without_a_meaning_is_refused_with_its_name(
    query: str, field: str, message: str, client: FlaskClient
) -> None:
    found = post(client, f"{ANALYZE}?{query}", INSULT)
    assert found == (400, field_refusal(message, field))


def test_the_answer_is_indented_unless_that_is_not_wanted(client: FlaskClient) -> None:
    pretty, plain = (
        client.post(ANALYZE, query_string=query, json=INSULT)
        for query in ({"alt": "json"}, {"prettyPrint": "false"})
    )
    assert pretty.get_json() == plain.get_json()
    assert pretty.data.startswith(b'{\n  "attributeScores": {\n    "INSULT"')
    assert plain.data.startswith(b'{"attributeScores":{"INSULT"')
    refused = client.post(ANALYZE, query_string={"prettyPrint": "false"}, json={})
    assert b"\n" not in refused.data


def test_checks_are_made_in_an_order_that_is_fixed(app: Flask, moderator: Moderator) -> None:
    locked = create_app(moderator, Settings(keys=(Key(name="a", sha256="0" * 64),))).test_client()
    client = app.test_client()
    for caller, address, document, message in (
        (locked, "/v1alpha1/comments:x?callback=f&key=no", b"{", "There is nothing at this"),
        (locked, f"{ANALYZE}?callback=f&key=no", b"{", "JSONP is not supported"),
        (locked, f"{ANALYZE}?key=no", b"{", "API key not valid."),
        (client, f"{ANALYZE}?key=no&fields=x", b"{", "Invalid JSON payload received."),
        (client, f"{ANALYZE}?fields=x", INSULT | {"languages": ["om"]}, "Attribute INSULT does"),
        (client, f"{ANALYZE}?fields=x", INSULT, "Error expanding 'fields' parameter."),
    ):
        assert post(caller, address, document)[1]["error"]["message"].startswith(message)


@pytest.mark.parametrize("media_type", [None, "text/plain", "application/x-www-form-urlencoded"])
@pytest.mark.parametrize("path", [ANALYZE, SUGGEST])
def test_the_body_is_json_whatever_it_is_called(
    path: str, media_type: str | None, client: FlaskClient
) -> None:
    document, _ = METHODS[path]
    assert post(client, path, document, content_type=media_type)[0] == 200


@pytest.mark.parametrize("method", ["GET", "PUT", "PATCH", "DELETE", "TRACE", "PROPFIND"])
@pytest.mark.parametrize("path", [ANALYZE, SUGGEST, "/batch"])
def test_another_method_is_refused_in_the_envelope(
    path: str, method: str, client: FlaskClient
) -> None:
    reply = client.open(path, method=method)
    error = reply.get_json()["error"]
    assert (reply.status_code, reply.content_type, error["code"]) == (405, JSON, 405)
    assert set(reply.headers["Allow"].split(", ")) == {"OPTIONS", "POST"}


@pytest.mark.parametrize("method", ["GET", "POST", "DELETE"])
@pytest.mark.parametrize(
    "path", ["/v1alpha1/", "/v1alpha1/comments", "/v1alpha1/comments:delete", "/$discovery/x"]
)
def test_another_address_is_not_found_in_the_envelope(
    path: str, method: str, client: FlaskClient
) -> None:
    reply = client.open(path, method=method)
    message = reply.get_json()["error"]["message"]
    assert (reply.status_code, reply.content_type) == (404, JSON)
    assert reply.get_json() == envelope(404, "NOT_FOUND", message)


def test_our_own_addresses_keep_their_own_errors(client: FlaskClient) -> None:
    for path in ("/v1/nothing", "/batches", "/v1alpha", "/nothing?version=v1alpha1"):
        reply = client.get(path)
        assert (reply.status_code, reply.content_type) == (404, "application/problem+json")


@pytest.mark.parametrize("path", [ANALYZE, SUGGEST, "/batch", "/$discovery/rest"])
def test_head_has_no_body_and_options_says_what_is_allowed(path: str, client: FlaskClient) -> None:
    head, options = client.head(path), client.options(path)
    reads = path == "/$discovery/rest"
    assert (head.status_code, head.data) == (200 if reads else 405, b"")
    assert (options.status_code, options.data) == (200, b"")
    allowed = set(options.headers["Allow"].split(", "))
    assert allowed == ({"GET", "HEAD", "OPTIONS"} if reads else {"OPTIONS", "POST"})


@pytest.mark.parametrize("path", [ANALYZE, SUGGEST, "/batch"])
def test_a_body_over_the_limit_is_refused_in_the_envelope_and_one_on_it_is_read(
    path: str, moderator: Moderator
) -> None:
    client = create_app(moderator, Settings(max_batch_bytes=1000)).test_client()
    status, document = post(client, path, b" " * 1001)
    assert (status, document["error"]["code"]) == (413, 413)
    assert post(client, path, b" " * 1000)[0] == 400


def test_a_failure_of_the_service_is_500_and_its_text_is_nowhere(
    broken: FlaskClient, caplog: pytest.LogCaptureFixture
) -> None:
    with caplog.at_level(logging.DEBUG):
        found = post(broken, ANALYZE, INSULT | {"comment": {"text": "canary of a comment"}})
    assert found == (500, envelope(500, "INTERNAL", "Internal error encountered."))
    assert caplog.messages
    assert "canary" not in caplog.text


@pytest.mark.parametrize("path", [ANALYZE, SUGGEST])
@SHARED
@given(body=st.binary(max_size=60))
@example(b"")
def test_any_bytes_are_answered_in_the_envelope(
    path: str, client: FlaskClient, body: bytes
) -> None:
    check_answer(*post(client, path, body), METHODS[path][1])


@pytest.mark.parametrize("path", [ANALYZE, SUGGEST])
@SHARED
@given(
    changed=st.dictionaries(
        st.sampled_from(
            ["comment", "requestedAttributes", "attributeScores", "languages", "clientToken"]
        )
        | ANY_TEXT,
        ANY_JSON,
        max_size=4,
    )
)
@example({"clientToken": "\ud83d"})
@example({"languages": ["\ud83d"]})
@example({"comment": {"text": "a", "type": "\ud83d"}})
@example({"comment": {"text": "a", "\ud83d": 1}})
def test_any_json_is_answered_in_the_envelope_or_the_shape(
    path: str, client: FlaskClient, changed: dict[str, Any]
) -> None:
    document, shape = METHODS[path]
    check_answer(*post(client, path, document | changed), shape)


@SHARED
@given(
    name=st.sampled_from(["alt", "fields", "prettyPrint", "key", "$.xgafv"]) | st.text(),
    value=st.text(),
)
def test_any_query_is_answered_in_the_envelope_or_in_part(
    client: FlaskClient, name: str, value: str
) -> None:
    reply = client.post(ANALYZE, query_string={name: value}, json=INSULT)
    if reply.status_code == 200:
        assert set(reply.get_json()) <= {"attributeScores", "languages", "detectedLanguages"}
    else:
        check_answer(reply.status_code, reply.get_json(), AnalyzeCommentResponse)


@pytest.mark.parametrize("query", ["%ff=1", "key=%ff", "key=\xff", "a=1;b=2", "&&=&", "key", "%"])
def test_a_query_that_is_not_utf8_is_answered(query: str, client: FlaskClient) -> None:
    reply = client.post(ANALYZE, query_string=query, json=INSULT)
    check_answer(reply.status_code, reply.get_json(), AnalyzeCommentResponse)
