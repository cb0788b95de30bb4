"""Clients of Google's Perspective, unmodified, with this service: each changes one address."""

import contextlib
import http.client
import json
from pathlib import Path
from typing import Any

import pytest
from perspective_calls import (
    BOTH,
    DISCOVERY,
    ERRORS,
    SUGGESTED,
    SUGGESTION,
    THANKS,
    THREAT,
    check_scores,
    error_document,
    request_for,
    run_node,
    run_python,
    scored,
    values,
)
from serving import Reply, Server, ask

CORAL_TIMEOUT_S = 0.8


def test_perspective_from_pypi_has_scores_and_suggests_some(base: str) -> None:
    threat, thanks, only_scores, suggested = run_python(
        "perspective",
        base,
        *(
            ["analyze_comment", {"text": text, "requested_attributes": {each: {} for each in BOTH}}]
            for text in (THREAT, THANKS)
        ),
        ["score", {"text": THREAT, "tests": BOTH}],
        [
            "suggest_score",
            {
                "text": THANKS,
                "attribute_scores": SUGGESTION["attributeScores"],
                "languages": ["en"],
                "client_token": "c-1",
                "community_id": "our-site",
            },
        ],
    )
    check_scores(threat["returned"], thanks["returned"])
    assert only_scores == {"returned": values(threat["returned"])}
    assert suggested == {"returned": SUGGESTED}


def test_perspective_from_pypi_raises_an_error_with_our_body(base: str) -> None:
    asked = {"text": THREAT, "requested_attributes": {"THREAT": {}}}
    assert run_python(
        "perspective",
        base,
        ["analyze_comment", {**asked, "languages": ["om"]}],
        ["analyze_comment", {**asked, "text": ""}],
    ) == [
        {"raised": "HTTPError", "status": 400, "body": error_document(name)}
        for name in ("language", "empty")
    ]


def test_perspectiveapi_from_pypi_has_scores(base: str) -> None:
    threat, thanks = run_python("perspectiveapi", base, [THREAT, BOTH], [THANKS, BOTH])
    assert min(threat["returned"].values()) > 0.9
    assert max(thanks["returned"].values()) < 0.2
    assert set(threat["returned"]) == set(thanks["returned"]) == {"threat", "toxicity"}


def test_perspectiveapi_from_pypi_finds_no_score_of_an_attribute_without_a_model(
    base: str,
) -> None:
    [refused] = run_python("perspectiveapi", base, [THREAT, ["FLIRTATION"]])
    assert refused == {"raised": "KeyError", "message": "'attributeScores'"}


def test_perspective_api_client_from_npm_has_scores(base: str) -> None:
    threat, thanks = run_node(
        "perspective-api-client",
        base,
        *([text, {"attributes": ["threat", "toxicity"]}] for text in (THREAT, THANKS)),
    )
    check_scores(threat["returned"], thanks["returned"])


def test_perspective_api_client_from_npm_throws_our_message_and_body(base: str) -> None:
    calls = [
        [request_for(THREAT) | ERRORS["language"][0], {"attributes": ["THREAT"]}],
        ["", {"attributes": ["THREAT"], "validate": False}],
        [THREAT, {"attributes": ["FLIRTATION"]}],
    ]
    assert run_node("perspective-api-client", base, *calls) == [
        {
            "raised": "ResponseError",
            "message": ERRORS[name][1],
            "body": error_document(name),
        }
        for name in ("language", "empty", "unknown attribute")
    ]


def test_googleapis_from_npm_has_scores_and_suggests_some_from_our_discovery_document(
    base: str,
) -> None:
    calls = [
        [base + DISCOVERY, {}, "analyze", {"requestBody": request_for(text, *BOTH)}]
        for text in (THREAT, THANKS)
    ]
    suggestion = [base + DISCOVERY, {}, "suggestscore", {"requestBody": SUGGESTION}]
    threat, thanks, suggested = run_node("googleapis", base, *calls, suggestion)
    check_scores(threat["returned"], thanks["returned"])
    assert suggested == {"returned": SUGGESTED}


def test_googleapis_from_npm_comes_here_by_its_option_root_url(
    base: str, document: dict[str, Any], tmp_path: Path
) -> None:
    stored = tmp_path / "discovery.json"
    stored.write_text(json.dumps(document), encoding="utf-8")
    calls = [
        [str(stored), {"rootUrl": base}, "analyze", {"requestBody": request_for(text, *BOTH)}]
        for text in (THREAT, THANKS)
    ]
    threat, thanks = run_node("googleapis", base, *calls)
    check_scores(threat["returned"], thanks["returned"])


def test_googleapis_from_npm_throws_our_message_and_body(base: str) -> None:
    names = ("language", "empty")
    calls = [
        [base + DISCOVERY, {}, "analyze", {"requestBody": request_for(THREAT) | ERRORS[name][0]}]
        for name in names
    ]
    assert run_node("googleapis", base, *calls) == [
        {"raised": "Error", "message": ERRORS[name][1], "body": error_document(name)}
        for name in names
    ]


def send_as_coral(shipped: Server, method: str, body: str) -> Reply:
    """Send what Coral does, which gives up after 800 ms."""
    connection = http.client.HTTPConnection("127.0.0.1", shipped.port, timeout=CORAL_TIMEOUT_S)
    with contextlib.closing(connection):
        return ask(connection, f"/v1alpha1/comments:{method}?key=any", body)


@pytest.mark.parametrize(("text", "low", "high"), [(THREAT, 0.9, 1.0), (THANKS, 0.0, 0.2)])
def test_coral_has_a_score_within_its_time(
    shipped: Server, text: str, low: float, high: float
) -> None:
    reply = send_as_coral(
        shipped,
        "analyze",
        f'{{"comment":{{"text":"{text}"}},"languages":["en"],"doNotStore":true,'
        '"requestedAttributes":{"TOXICITY":{}},"communityId":"Coral:tenant"}',
    )
    assert reply.status == 200
    assert reply.json == scored(text, values(reply.json))
    assert low <= values(reply.json)["TOXICITY"] <= high


@pytest.mark.parametrize("value", [0, 1])
def test_coral_tells_what_its_moderators_decided(shipped: Server, value: int) -> None:
    reply = send_as_coral(
        shipped,
        "suggestscore",
        f'{{"comment":{{"text":"{THANKS}"}},"languages":["en"],'
        f'"attributeScores":{{"TOXICITY":{{"summaryScore":{{"value":{value}}}}}}},'
        '"communityId":"Coral:tenant","clientToken":"comment:1b2c"}',
    )
    assert reply.status == 200
    assert reply.json == SUGGESTED | {"clientToken": "comment:1b2c"}
