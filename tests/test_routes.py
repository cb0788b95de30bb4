"""The addresses of the API, asked in process: status, document and headers of every answer."""

import json
import logging
from typing import Any

import msgspec
import pytest
from flask import Flask
from flask.testing import FlaskClient
from hypothesis import given
from hypothesis import strategies as st
from stubs import CALM, BrokenScorer, StubScorer
from test_parse import VALUES
from werkzeug.test import TestResponse

from model import ATTRIBUTES
from service import __version__
from service.app import create_app
from service.moderation import Moderator
from service.policy import Policy
from service.settings import Settings
from service.wire import Problem

CANARY = "canary-91d3"
FORM = "application/x-www-form-urlencoded"
CALM_SCORES = dict.fromkeys(ATTRIBUTES, CALM)
OUTCOME: dict[str, Any] = {
    "id": None,
    "decision": "accept",
    "reasons": [],
    "scores": CALM_SCORES,
    "length": {"value": 6, "limit": 1500, "unit": "utf-16"},
    "language": "en",
    "policy": "default",
    "model": "en-stub",
}


def check_problem(response: TestResponse, status: int, code: str) -> Any:  # noqa: ANN401 - JSON
    """Check that an answer is a problem of this kind; return the document."""
    assert response.status_code == status
    assert response.content_type == "application/problem+json"
    problem = msgspec.json.decode(response.data, type=Problem, strict=True)
    assert (problem.status, problem.code) == (status, code)
    assert problem.title
    assert problem.detail
    return response.json


def test_an_accepted_comment_is_answered_with_everything_it_rests_on(client: FlaskClient) -> None:
    response = client.post("/v1/moderate", json={"comment": "Thanks"})
    assert response.status_code == 200
    assert response.content_type == "application/json"
    assert response.json == OUTCOME


def test_a_rejected_comment_is_a_200_with_reasons_and_spans_if_asked(client: FlaskClient) -> None:
    body = {"comment": "😀 You rude idiot.", "id": "c-1", "language": "en-GB", "explain": True}
    response = client.post("/v1/moderate", json=body)
    assert response.status_code == 200
    assert response.json == {
        "id": "c-1",
        "decision": "reject",
        "reasons": [
            {
                "code": "toxic",
                "action": "reject",
                "attribute": attribute,
                "score": 0.95,
                "threshold": 0.9,
            }
            for attribute in ("toxicity", "insult")
        ],
        "scores": CALM_SCORES | {"toxicity": 0.95, "insult": 0.95},
        "length": {"value": 18, "limit": 1500, "unit": "utf-16"},
        "language": "en-GB",
        "policy": "default",
        "model": "en-stub",
        "spans": [
            {"begin": 7, "end": 11, "attribute": "toxicity", "weight": 0.95},
            {"begin": 12, "end": 17, "attribute": "insult", "weight": 0.95},
        ],
    }


@pytest.mark.parametrize(
    ("comment", "decision", "code", "language"),
    [
        ("a" * 1501, "reject", "too_long", None),
        ("", "reject", "empty", None),
        ("Это хороший отчёт.", "flag", "unsupported_language", "und-Cyrl"),
    ],
)
def test_a_comment_that_is_not_scored_says_so(
    comment: str, decision: str, code: str, language: str | None, client: FlaskClient
) -> None:
    response = client.post("/v1/moderate", json={"comment": comment})
    assert response.status_code == 200
    assert response.json == OUTCOME | {
        "decision": decision,
        "reasons": [{"code": code, "action": decision}],
        "scores": None,
        "length": {"value": len(comment), "limit": 1500, "unit": "utf-16"},
        "language": language,
        "model": None,
    }


@pytest.mark.parametrize("comment", ["Thanks", "You\nidiot\n", "", "a" * 1501, "😀 + = & % \x00"])
@pytest.mark.parametrize("more", [{}, {"id": "ü-1", "language": "en", "policy": "default"}])
def test_a_form_and_json_are_answered_alike(
    comment: str, more: dict[str, str], client: FlaskClient
) -> None:
    fields = {"comment": comment, **more}
    expected = client.post("/v1/moderate", json=fields)
    crlf = fields | {"comment": comment.replace("\n", "\r\n")}
    for form in (fields, crlf):
        for media_type in (FORM, "multipart/form-data"):
            response = client.post("/v1/moderate", data=form, content_type=media_type)
            assert response.status_code == 200
            assert response.json == expected.json


def test_a_form_that_ticks_explain_gets_spans(client: FlaskClient) -> None:
    response = client.post("/v1/moderate", data={"comment": "idiot", "explain": "on"})
    assert response.json
    assert response.json["spans"] == [{"begin": 0, "end": 5, "attribute": "insult", "weight": 0.95}]


def test_bytes_of_a_form_that_are_not_utf8_stay_escaped(client: FlaskClient) -> None:
    body = b"comment=a%FF%ED%A0%BDb"
    response = client.post("/v1/moderate", data=body, content_type=FORM)
    assert response.json
    assert response.json["length"]["value"] == len("a%FF%ED%A0%BDb")


def test_a_batch_is_answered_in_its_order_and_as_one_by_one(client: FlaskClient) -> None:
    comments = [
        {"comment": "Thanks", "id": "1"},
        {"comment": "You idiot", "explain": True},
        {"comment": ""},
        {"comment": "Это хороший отчёт.", "id": "4"},
        {"comment": "\ud83d", "language": "en"},
    ]
    response = client.post("/v1/moderate/batch", json={"comments": comments})
    assert response.status_code == 200
    singles = [client.post("/v1/moderate", json=comment).json for comment in comments]
    assert response.json == {"results": singles}


@pytest.mark.parametrize("count", [0, 1, 1000])
def test_a_batch_holds_up_to_a_thousand(count: int, client: FlaskClient) -> None:
    comments = [{"comment": "Thanks", "id": str(number)} for number in range(count)]
    response = client.post("/v1/moderate/batch", json={"comments": comments})
    results = [OUTCOME | {"id": str(number)} for number in range(count)]
    assert response.json == {"results": results}


def test_a_batch_of_a_thousand_and_one_is_refused(client: FlaskClient) -> None:
    body = {"comments": [{"comment": "a"}] * 1001}
    problem = check_problem(client.post("/v1/moderate/batch", json=body), 422, "invalid_field")
    assert problem["errors"] == [
        {"pointer": "/comments", "detail": "Expected `array` of length <= 1000."}
    ]


def test_one_bad_comment_fails_the_batch_and_is_named(client: FlaskClient) -> None:
    body = {"comments": [{"comment": "a"}, {"comment": "b"}, {"comment": 7}]}
    problem = check_problem(client.post("/v1/moderate/batch", json=body), 422, "invalid_field")
    assert problem["errors"] == [
        {"pointer": "/comments/2/comment", "detail": "Expected `str`, got `int`."}
    ]


@pytest.mark.parametrize("path", ["/v1/moderate", "/v1/moderate/batch"])
@pytest.mark.parametrize("value", [CANARY, "", "\ud800", "Default"])
def test_a_policy_that_is_not_loaded_is_refused_with_those_that_are(
    path: str, value: str, client: FlaskClient
) -> None:
    comment = {"comment": "a", "policy": value}
    is_batch = path.endswith("batch")
    body = {"comments": [{"comment": "a"}, comment]} if is_batch else comment
    problem = check_problem(client.post(path, json=body), 422, "unknown_policy")
    assert problem["detail"] == "No such policy is loaded. Loaded: default."
    assert problem["errors"] == [
        {
            "pointer": "/comments/1/policy" if is_batch else "/policy",
            "detail": "No such policy is loaded.",
        }
    ]


@pytest.mark.parametrize(
    ("path", "media_type", "status", "code"),
    [
        ("/v1/moderate", "application/json", 400, "invalid_json"),
        ("/v1/moderate", "application/json; charset=utf-8", 400, "invalid_json"),
        ("/v1/moderate", "APPLICATION/JSON", 400, "invalid_json"),
        ("/v1/moderate", "text/plain", 415, "unsupported_media_type"),
        ("/v1/moderate", "application/problem+json", 415, "unsupported_media_type"),
        ("/v1/moderate", "", 415, "unsupported_media_type"),
        ("/v1/moderate", None, 415, "unsupported_media_type"),
        ("/v1/moderate", FORM, 422, "invalid_field"),
        ("/v1/moderate", "multipart/form-data", 422, "invalid_field"),
        ("/v1/moderate", "multipart/form-data; boundary=b", 422, "invalid_field"),
        ("/v1/moderate/batch", "application/json", 400, "invalid_json"),
        ("/v1/moderate/batch", FORM, 415, "unsupported_media_type"),
        ("/v1/moderate/batch", "text/plain", 415, "unsupported_media_type"),
    ],
)
def test_a_body_that_is_not_what_its_type_says_is_a_problem(
    path: str, media_type: str | None, status: int, code: str, client: FlaskClient
) -> None:
    response = client.post(path, data=CANARY.encode(), content_type=media_type)
    check_problem(response, status, code)
    assert CANARY not in response.text


def test_a_file_in_a_form_is_refused(client: FlaskClient) -> None:
    data = {"comment": "a", "upload": (__file__, "a.txt")}
    problem = check_problem(client.post("/v1/moderate", data=data), 422, "invalid_field")
    assert problem["errors"] == [{"pointer": "", "detail": "A file is not a field of this form."}]


@pytest.mark.parametrize("media_type", ["application/json", FORM])
def test_a_body_over_the_limit_is_refused_and_one_on_it_is_read(
    media_type: str, moderator: Moderator
) -> None:
    client = create_app(moderator, Settings(max_body_bytes=100)).test_client()
    on_limit = b"a" * 100
    assert client.post("/v1/moderate", data=on_limit, content_type=media_type).status_code != 413
    response = client.post("/v1/moderate", data=on_limit + b"a", content_type=media_type)
    check_problem(response, 413, "too_large")


def test_a_batch_has_a_limit_of_its_own(moderator: Moderator) -> None:
    settings = Settings(max_body_bytes=10, max_batch_bytes=100)
    client = create_app(moderator, settings).test_client()
    batch = b'{"comments": [{"comment": "Thanks"}]}'
    for padding, status in ((0, 200), (100 - len(batch), 200), (101 - len(batch), 413)):
        data = batch + b" " * padding
        response = client.post("/v1/moderate/batch", data=data, content_type="application/json")
        assert response.status_code == status
    check_problem(response, 413, "too_large")


@pytest.mark.parametrize(
    ("method", "path", "allowed"),
    [
        ("GET", "/v1/moderate", {"POST"}),
        ("PUT", "/v1/moderate/batch", {"POST"}),
        ("POST", "/v1/policy", {"GET", "HEAD"}),
        ("DELETE", "/healthz", {"GET", "HEAD"}),
        ("TRACE", "/version", {"GET", "HEAD"}),
        ("CANARY", "/openapi.json", {"GET", "HEAD"}),
    ],
)
def test_a_method_that_is_not_taken_is_answered_with_those_that_are(
    method: str, path: str, allowed: set[str], client: FlaskClient
) -> None:
    response = client.open(path, method=method)
    check_problem(response, 405, "method_not_allowed")
    assert set(response.headers["Allow"].split(", ")) == allowed | {"OPTIONS"}
    options = client.options(path)
    assert options.status_code == 200
    assert set(options.headers["Allow"].split(", ")) == allowed | {"OPTIONS"}


@pytest.mark.parametrize(
    "path", ["/v1", "/v1/moderate/one", "/v2/moderate", "/V1/moderate", f"/{CANARY}", "/%00%ff"]
)
def test_an_address_that_is_not_there_is_a_problem(path: str, client: FlaskClient) -> None:
    for response in (client.get(path), client.post(path, json={"comment": CANARY})):
        check_problem(response, 404, "not_found")
        assert CANARY not in response.text


@pytest.mark.parametrize("path", ["/v1/moderate/", "/v1/moderate?colour=red"])
def test_a_slash_at_the_end_or_a_query_changes_nothing(path: str, client: FlaskClient) -> None:
    assert client.post(path, json={"comment": "Thanks"}).json == OUTCOME


@given(body=VALUES, path=st.sampled_from(["/v1/moderate", "/v1/moderate/batch"]))
def test_no_json_value_makes_a_500(body: object, path: str, app: Flask) -> None:
    data = json.dumps(body)
    response = app.test_client().post(path, data=data, content_type="application/json")
    assert response.status_code in {200, 400, 422}


@given(
    body=st.binary() | st.text().map(str.encode),
    media_type=st.sampled_from(
        ["application/json", FORM, "multipart/form-data", "multipart/form-data; boundary=a"]
    ),
)
def test_no_body_makes_a_500(body: bytes, media_type: str, app: Flask) -> None:
    response = app.test_client().post("/v1/moderate", data=body, content_type=media_type)
    assert response.status_code in {200, 400, 413, 422}


def test_a_model_that_fails_is_a_500_and_a_log_line_without_the_text(
    policy: Policy, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    client = create_app(
        Moderator({"en": BrokenScorer()}, {policy.name: policy}), Settings()
    ).test_client()
    for path, body in (
        ("/v1/moderate", {"comment": CANARY}),
        ("/v1/moderate/batch", {"comments": [{"comment": CANARY}]}),
    ):
        caplog.clear()
        problem = check_problem(client.post(path, json=body), 500, "internal_error")
        assert problem["detail"] == "The service failed. Hold the comment for a person."
        (record,) = caplog.records
        assert record.getMessage().startswith("RuntimeError at ")
        assert "stubs.py:" in record.getMessage()
        assert CANARY not in caplog.text


def test_the_policy_is_told_with_all_a_form_needs(
    client: FlaskClient, moderator: Moderator
) -> None:
    thresholds = {"flag": {"threshold": 0.5}, "reject": {"threshold": 0.9}}
    for path in ("/v1/policy", "/v1/policy?policy=default"):
        response = client.get(path)
        assert response.status_code == 200
        assert response.json == {
            "policy": "default",
            "version": moderator.policies["default"].version,
            "policies": ["default"],
            "max_length": 1500,
            "unit": "utf-16",
            "attributes": list(ATTRIBUTES),
            "thresholds": dict.fromkeys(ATTRIBUTES, thresholds),
            "prevalence": {"en": moderator.scorers["en"].manifest["prevalence"]},
            "languages": ["en"],
            "links": None,
            "terms": {"banned": 0, "suspect": 0, "allowed": 0},
            "review": None,
            "recalibration": None,
            "toxic_prevalence": None,
        }


@pytest.mark.parametrize("name", [CANARY, "", "%ff", "%ed%a0%80"])
def test_the_policy_of_another_name_is_refused(name: str, client: FlaskClient) -> None:
    problem = check_problem(client.get(f"/v1/policy?policy={name}"), 422, "unknown_policy")
    assert problem["detail"] == "No such policy is loaded. Loaded: default."


def test_health_readiness_and_version_are_told(client: FlaskClient) -> None:
    assert client.get("/healthz").json == {"status": "ok"}
    assert client.get("/readyz").json == {"status": "ok"}
    assert client.get("/version").json == {
        "service": __version__,
        "models": {"en": {"version": "en-stub", "sha256": "0" * 64}},
        "policies": ["default"],
    }


def test_a_model_that_drifted_from_its_golden_scores_is_not_ready(policy: Policy) -> None:
    scorer = StubScorer()
    scorer.manifest["golden"][0]["scores"]["insult"] += 1e-5
    client = create_app(Moderator({"en": scorer}, {policy.name: policy}), Settings()).test_client()
    problem = check_problem(client.get("/readyz"), 503, "not_ready")
    assert problem["detail"] == "A golden text does not score as recorded."
    assert client.get("/healthz").status_code == 200


@pytest.mark.parametrize("path", ["/healthz", "/readyz", "/version", "/v1/policy", "/openapi.json"])
def test_a_head_is_a_get_without_its_body(path: str, client: FlaskClient) -> None:
    head, get = client.head(path), client.get(path)
    assert head.status_code == get.status_code == 200
    assert head.data == b""
    assert head.headers["Content-Length"] == str(len(get.data))
    assert head.content_type == get.content_type == "application/json"


def test_a_language_that_no_model_reads_is_an_error_where_the_operator_says_so(
    moderator: Moderator,
) -> None:
    client = create_app(moderator, Settings(unsupported_language="error")).test_client()
    problem = check_problem(
        client.post("/v1/moderate", json={"comment": "Это хороший отчёт."}),
        422,
        "unsupported_language",
    )
    assert [error["pointer"] for error in problem["errors"]] == ["/comment"]
    comments = [{"comment": "Thanks"}, {"comment": "Thanks", "language": "ar"}]
    problem = check_problem(
        client.post("/v1/moderate/batch", json={"comments": comments}), 422, "unsupported_language"
    )
    assert [error["pointer"] for error in problem["errors"]] == ["/comments/1/comment"]
    assert client.post("/v1/moderate", json={"comment": "Thanks"}).status_code == 200
