"""What answers tell the browser that it may not do."""

import pytest
from flask import Flask
from flask.testing import FlaskClient

from service.pages.headers import SECURITY_HEADERS, TRUSTED_TYPES

POLICY = "Content-Security-Policy"
SITES = "Cross-Origin-Resource-Policy"
FILES = ["/static/page.css", "/static/moderate.js", "/docs/assets/swagger-ui.css"]


def pages_of(app: Flask) -> list[str]:
    """Return the addresses of pages and what belongs to them, those with a name left out."""
    return [
        rule.rule
        for rule in app.url_map.iter_rules()
        if rule.endpoint.startswith("pages.") and "GET" in (rule.methods or ())
        if not rule.arguments
    ]


def test_every_page_carries_every_header(app: Flask, client: FlaskClient) -> None:
    addresses = pages_of(app)
    assert {"/", "/inspect", "/docs"} <= set(addresses)
    for address in addresses:
        headers = client.get(address).headers
        assert {name: headers[name] for name in SECURITY_HEADERS} == SECURITY_HEADERS
        assert headers[SITES] == "same-origin"
        assert headers["X-Content-Type-Options"] == "nosniff"


def test_a_page_runs_and_shows_nothing_but_files_of_its_own_host(client: FlaskClient) -> None:
    policies = client.get("/").headers.getlist(POLICY)
    assert not any("unsafe" in policy or "*" in policy for policy in policies)
    directives = dict(each.strip().split(" ", 1) for each in policies[0].split(";"))
    assert directives == {
        "default-src": "'none'",
        "script-src": "'self'",
        "style-src": "'self'",
        "img-src": "'self' data:",
        "connect-src": "'self'",
        "form-action": "'self'",
        "base-uri": "'none'",
        "frame-ancestors": "'none'",
    }


def test_no_script_but_swagger_ui_may_make_markup_of_a_text(
    app: Flask, client: FlaskClient
) -> None:
    free = {
        address
        for address in pages_of(app)
        if TRUSTED_TYPES not in client.get(address).headers.getlist(POLICY)
    }
    assert free == {"/docs"}


@pytest.mark.parametrize("path", FILES)
def test_files_are_asked_for_again_each_time_and_sent_once(client: FlaskClient, path: str) -> None:
    with client.get(path) as response:
        assert response.headers["Cache-Control"] == "no-cache"
        tag = response.headers["ETag"]
    with client.get(path, headers={"If-None-Match": tag}) as response:
        assert response.status_code == 304
        assert response.data == b""


def test_files_alone_may_be_loaded_by_the_pages_of_other_sites(client: FlaskClient) -> None:
    for path, sites in zip(FILES, ("cross-origin", "cross-origin", "same-origin"), strict=True):
        with client.get(path) as response:
            assert response.headers[SITES] == sites


@pytest.mark.parametrize("path", ["/v1/policy", "/openapi.json", "/healthz", "/nowhere"])
def test_the_answers_of_the_api_are_taken_for_what_they_say_they_are(
    client: FlaskClient, path: str
) -> None:
    headers = client.get(path).headers
    assert headers["X-Content-Type-Options"] == "nosniff"
    assert POLICY not in headers
