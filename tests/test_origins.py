"""Which pages of other sites may ask: what a browser is told, for each origin."""

import json

import pytest
from flask import Flask
from flask.testing import FlaskClient
from stubs import BrokenScorer
from werkzeug.test import TestResponse

from service.app import create_app
from service.moderation import Moderator
from service.policy import Policy
from service.settings import Settings

SITE = "https://www.example.org"
OTHER = "https://other.example"
ALLOWED = "Access-Control-Allow-Origin"
ANALYZE = "/v1alpha1/comments:analyze"
PREFLIGHT = {
    "Access-Control-Request-Method": "POST",
    "Access-Control-Request-Headers": "content-type,x-goog-api-key",
}


def serve(moderator: Moderator, *origins: str) -> FlaskClient:
    """Return a client of a service that pages of some origins may ask."""
    settings = Settings(origins=origins, max_body_bytes=10_000)
    return create_app(moderator, settings).test_client()


def ask(client: FlaskClient, path: str = "/v1/moderate", origin: str = SITE) -> TestResponse:
    """Ask as the script in a page of another site does."""
    return client.post(path, data={"comment": "Thank you."}, headers={"Origin": origin})


@pytest.fixture(scope="module")
def named(moderator: Moderator) -> FlaskClient:
    """Allow two origins."""
    return serve(moderator, "https://first.example", SITE)


def test_a_page_of_an_origin_that_is_named_may_read_the_answer(named: FlaskClient) -> None:
    response = ask(named)
    assert response.json["decision"] == "accept"  # type: ignore[index] # it has a body
    assert response.headers[ALLOWED] == SITE
    assert response.headers["Vary"] == "Origin"


@pytest.mark.parametrize(
    "origin", [OTHER, "null", "", "http://www.example.org", SITE.upper(), f"{SITE}:8443", "*"]
)
def test_a_page_of_any_other_origin_may_not(named: FlaskClient, origin: str) -> None:
    response = ask(named, origin=origin)
    assert response.status_code == 200
    assert ALLOWED not in response.headers
    # What a cache holds for one origin is not for another.
    assert response.headers["Vary"] == "Origin"


@pytest.mark.parametrize("origin", [SITE, "null"])
def test_any_origin_may_be_allowed(moderator: Moderator, origin: str) -> None:
    response = ask(serve(moderator, "*"), origin=origin)
    assert response.headers[ALLOWED] == "*"
    assert "Vary" not in response.headers


def test_without_the_setting_no_page_of_another_site_may_ask(client: FlaskClient) -> None:
    preflight = client.options("/v1/moderate", headers={"Origin": SITE, **PREFLIGHT})
    for response in (ask(client), preflight):
        assert not [name for name, _ in response.headers if name.startswith("Access-Control")]
        assert "Vary" not in response.headers


@pytest.mark.parametrize(
    "path", ["/v1/moderate", "/v1/moderate/batch", "/v1/policy", ANALYZE, "/batch", "/healthz"]
)
def test_a_preflight_allows_json_and_a_key(named: FlaskClient, path: str) -> None:
    response = named.options(path, headers={"Origin": SITE, **PREFLIGHT})
    assert response.status_code == 200
    assert response.headers[ALLOWED] == SITE
    assert set(response.headers["Access-Control-Allow-Methods"].split(", ")) == {"GET", "POST"}
    assert response.headers["Access-Control-Allow-Headers"] == "*"
    assert response.headers["Access-Control-Max-Age"] == "7200"


def test_a_preflight_of_another_origin_allows_nothing(named: FlaskClient) -> None:
    response = named.options("/v1/moderate", headers={"Origin": OTHER, **PREFLIGHT})
    assert ALLOWED not in response.headers


@pytest.mark.parametrize(
    ("method", "path", "body", "status"),
    [
        ("POST", "/v1/moderate", "{", 400),
        ("GET", "/v1/nothing", "", 404),
        ("GET", "/v1", "", 404),
        ("DELETE", "/v1/moderate", "", 405),
        ("POST", "/v1/moderate", " " * 20_000, 413),
        ("POST", "/v1/moderate", json.dumps({"comment": 3}), 422),
        ("POST", ANALYZE, "{", 400),
        ("GET", "/v1alpha1/comments:nothing", "", 404),
        ("GET", "/$discovery/rest?version=v9", "", 404),
    ],
)
def test_an_error_can_be_read_like_an_answer(
    named: FlaskClient, method: str, path: str, body: str, status: int
) -> None:
    response = named.open(
        path, method=method, data=body, content_type="application/json", headers={"Origin": SITE}
    )
    assert response.status_code == status
    assert response.headers[ALLOWED] == SITE


def test_a_failure_can_be_read_too(policy: Policy) -> None:
    client = serve(Moderator({"en": BrokenScorer()}, {policy.name: policy}), SITE)
    response = ask(client)
    assert response.status_code == 500
    assert response.headers[ALLOWED] == SITE


@pytest.mark.parametrize("path", ["/", "/docs", "/integrations/coral", "/v10/x", "/batches"])
def test_what_is_no_api_for_other_sites_is_not_shared(moderator: Moderator, path: str) -> None:
    response = ask(serve(moderator, "*"), path)
    assert ALLOWED not in response.headers


@pytest.mark.parametrize("origins", [(), (OTHER,), ("*",)])
def test_the_script_is_for_every_site(moderator: Moderator, origins: tuple[str, ...]) -> None:
    for name in ("moderate.js", "words.js"):
        with serve(moderator, *origins).get(
            f"/static/{name}", headers={"Origin": SITE}
        ) as response:
            assert response.headers[ALLOWED] == "*"
            assert response.headers["Cross-Origin-Resource-Policy"] == "cross-origin"
            assert response.mimetype == "text/javascript"


def test_cookies_are_never_allowed(app: Flask, named: FlaskClient) -> None:
    assert "Access-Control-Allow-Credentials" not in ask(named).headers
    assert "Access-Control-Allow-Credentials" not in ask(app.test_client()).headers
