"""Who is admitted, and how often: by key, from a browser, or by address."""

import io
import time
from collections.abc import Callable
from typing import Any

import pytest
from flask.testing import FlaskClient
from perspective_stubbed import INSULT
from werkzeug.test import TestResponse

from service.app import create_app
from service.keys import Key, digest_key
from service.moderation import Moderator
from service.policy import Policy
from service.settings import Settings

SITE = "https://www.example.org"
ANALYZE = "/v1alpha1/comments:analyze"
CORAL = "/integrations/coral"
KEY = {"X-API-Key": "full"}
STRICT = {"X-API-Key": "strict only"}
KEYS = (
    Key(name="full", sha256=digest_key("full")),
    Key(name="full", sha256=digest_key("next of full")),
    Key(name="strict", sha256=digest_key("strict only"), policies=("strict",)),
    Key(name="slow", sha256=digest_key("slow"), rate="3/day"),
)
Build = Callable[..., FlaskClient]


@pytest.fixture(scope="module")
def build(policy: Policy, moderator: Moderator) -> Build:
    """Return a function from settings to a client of the service."""
    strict = type(policy)(name="strict", max_length=5)
    served = Moderator(moderator.scorers, {"default": policy, "strict": strict})
    return lambda **settings: create_app(served, Settings(**settings)).test_client()


@pytest.fixture(scope="module")
def locked(build: Build) -> FlaskClient:
    """Ask a service that has keys."""
    return build(keys=KEYS, origins=(SITE,), address_rate="100000/day")


def ask(
    client: FlaskClient, path: str = "/v1/moderate", /, peer: str = "192.0.2.1", **headers: str
) -> TestResponse:
    """Ask about a comment as a program does, from an address."""
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    body = INSULT if path.startswith(ANALYZE) else {"comment": "Thank you."}
    return client.post(path, json=body, headers=named, environ_base={"REMOTE_ADDR": peer})


def within_a_day(work: Callable[[], Any]) -> Any:  # noqa: ANN401 - whatever it is
    """Return what `work` returns, done within one day of the clock: rates are counted by it."""
    while True:
        day = time.time() // 86_400
        found = work()
        if time.time() // 86_400 == day:
            return found


@pytest.mark.parametrize("headers", [{}, {"X-API-Key": "any"}, {"Authorization": "Bearer any"}])
def test_without_keys_everybody_may_ask(client: FlaskClient, headers: dict[str, str]) -> None:
    response = ask(client, **headers)
    assert response.status_code == 200
    assert "RateLimit" not in response.headers


@pytest.mark.parametrize(
    ("query", "headers"),
    [
        ("", {"Authorization": "Bearer full"}),
        ("", {"Authorization": "bearer  full "}),
        ("", {"X-API-Key": "full"}),
        ("", {"X-API-Key": "next of full"}),
        ("?key=full", {}),
        ("?key=no", {"X-API-Key": "full"}),
        # What a proxy asks for is not for us.
        ("", {"Authorization": "Basic YTpi", "X-API-Key": "full"}),
    ],
)
def test_a_key_is_shown_in_any_of_three_places(
    locked: FlaskClient, query: str, headers: dict[str, str]
) -> None:
    assert ask(locked, f"/v1/moderate{query}", **headers).status_code == 200


@pytest.mark.parametrize(
    ("query", "headers", "detail"),
    [
        ("", {}, "A key is needed: Authorization: Bearer KEY."),
        ("?key=", {"Authorization": "Bearer "}, "A key is needed: Authorization: Bearer KEY."),
        ("", {"Authorization": "full"}, "A key is needed: Authorization: Bearer KEY."),
        ("", {"Authorization": "Bearer no"}, "The key is not valid."),
        ("?key=no", {}, "The key is not valid."),
        ("", {"X-API-Key": digest_key("full")}, "The key is not valid."),
        ("", {"X-API-Key": "no", "Origin": SITE}, "The key is not valid."),
        ("", {"Origin": "https://other.example"}, "A key is needed: Authorization: Bearer KEY."),
        ("", {"Origin": "null"}, "A key is needed: Authorization: Bearer KEY."),
        ("", {"Sec-Fetch-Site": "cross-site"}, "A key is needed: Authorization: Bearer KEY."),
    ],
)
def test_without_a_right_key_nobody_is_answered(
    locked: FlaskClient, query: str, headers: dict[str, str], detail: str
) -> None:
    response = ask(locked, f"/v1/moderate{query}", **headers)
    assert response.json == {
        "title": "Unauthorized",
        "status": 401,
        "code": "unauthorized",
        "detail": detail,
    }
    assert response.headers["WWW-Authenticate"] == "Bearer"


def test_a_refused_body_is_not_read(locked: FlaskClient) -> None:
    body = io.BytesIO(b'{"comment": "Thank you."}')
    locked.post("/v1/moderate", input_stream=body, content_length=25)
    assert body.tell() == 0


@pytest.mark.parametrize(
    ("method", "path", "is_open"),
    [
        *(("GET", path, True) for path in ("/", "/inspect", "/docs", "/openapi.json", "/version")),
        *(("GET", path, True) for path in ("/healthz", "/readyz", "/static/page.css")),
        ("GET", "/v1/nothing", True),
        ("OPTIONS", "/v1/moderate", True),
        ("POST", "/", True),
        ("POST", "/inspect", True),
        ("GET", "/v1/policy", False),
        ("HEAD", "/v1/policy", False),
        ("POST", "/v1/moderate", False),
        ("POST", "/v1/moderate/batch", False),
        ("POST", CORAL, False),
    ],
)
def test_what_is_asked_without_a_key_is_what_tells_of_no_comment(
    locked: FlaskClient, method: str, path: str, *, is_open: bool
) -> None:
    with locked.open(path, method=method) as response:
        assert (response.status_code != 401) is is_open


@pytest.mark.parametrize(
    "headers",
    [
        {"Origin": SITE},
        {"Sec-Fetch-Site": "same-origin"},
        {"Origin": "http://localhost"},
        {"Origin": "https://service.example", "Host": "SERVICE.example"},
        {"Origin": "http://localhost:8000", "Host": "localhost:8000"},
    ],
)
@pytest.mark.parametrize("path", ["/v1/moderate", ANALYZE])
def test_a_page_of_ours_or_of_a_site_that_is_named_needs_no_key(
    locked: FlaskClient, path: str, headers: dict[str, str]
) -> None:
    assert ask(locked, path, **headers).status_code == 200


def test_a_key_is_for_its_policies_alone(locked: FlaskClient) -> None:
    def send(policy: str, headers: dict[str, str]) -> TestResponse:
        return locked.post(
            "/v1/moderate", json={"comment": "Thanks", "policy": policy}, headers=headers
        )

    assert send("strict", STRICT).json["reasons"][0]["code"] == "too_long"  # type: ignore[index] # it has a body
    refused = send("default", STRICT)
    assert (refused.status_code, refused.json["code"]) == (403, "policy_not_allowed")  # type: ignore[index] # it has a body
    assert send("default", KEY).status_code == 200
    assert locked.get("/v1/policy?policy=strict", headers=STRICT).status_code == 200
    assert locked.get("/v1/policy", headers=STRICT).status_code == 403
    batch = {"comments": [{"comment": "a", "policy": "strict"}, {"comment": "a"}]}
    assert locked.post("/v1/moderate/batch", json=batch, headers=STRICT).status_code == 403


def test_a_key_is_counted_whatever_of_its_name_is_shown_and_from_wherever(build: Build) -> None:
    keys = [Key(name="a", sha256=digest_key(sent), rate="3/day") for sent in ("old", "new")]

    def statuses() -> list[int]:
        client = build(keys=keys)
        shown = [("old", "192.0.2.1"), ("new", "192.0.2.2"), ("old", "::1"), ("new", "192.0.2.1")]
        return [ask(client, "/v1/moderate", peer, X_API_Key=key).status_code for key, peer in shown]

    assert within_a_day(statuses) == [200, 200, 200, 429]


def test_an_answer_says_how_a_rate_stands_and_a_refusal_when_to_come_again(build: Build) -> None:
    client = build(keys=KEYS)
    answers = within_a_day(
        lambda: [ask(client, "/v1/moderate", X_API_Key="slow") for _ in range(4)]
    )
    assert [answer.status_code for answer in answers] == [200, 200, 200, 429]
    for answer, left in zip(answers, (2, 1, 0, 0), strict=True):
        assert answer.headers["RateLimit-Policy"] == '"key";q=3;w=86400'
        named, remaining, wait = answer.headers["RateLimit"].split(";")
        assert (named, remaining) == ('"key"', f"r={left}")
        assert 1 <= int(wait.removeprefix("t=")) <= 86_400
        assert ("Retry-After" in answer.headers) is (answer.status_code == 429)
    assert 1 <= int(answers[-1].headers["Retry-After"]) <= 86_400
    assert answers[-1].json == {
        "title": "Too Many Requests",
        "status": 429,
        "code": "rate_limited",
        "detail": "More comments than 3/day. Hold them, and try again after Retry-After.",
    }


def test_a_key_without_a_rate_is_never_refused(locked: FlaskClient) -> None:
    answers = [ask(locked, **KEY) for _ in range(50)]
    assert {answer.status_code for answer in answers} == {200}
    assert "RateLimit" not in answers[-1].headers


def test_a_batch_counts_its_comments_or_is_refused_whole(build: Build) -> None:
    key = Key(name="a", sha256=digest_key("a"), rate="10/day")

    def send(client: FlaskClient, count: int) -> int:
        body = {"comments": [{"comment": "Thank you."}] * count}
        return client.post("/v1/moderate/batch", json=body, headers={"X-API-Key": "a"}).status_code

    def statuses() -> list[int]:
        client = build(keys=[key])
        # 6 are counted, then 1 of the batch that is refused, then 3.
        return [send(client, count) for count in (6, 5, 3, 1)]

    assert within_a_day(statuses) == [200, 429, 200, 429]


def test_what_cannot_be_read_counts_too_and_a_wrong_key_does_not(build: Build) -> None:
    def statuses() -> list[int]:
        client = build(keys=KEYS)
        found = [ask(client, X_API_Key="no").status_code for _ in range(5)]
        slow = {"X-API-Key": "slow"}
        found += [client.post("/v1/moderate", data="{", headers=slow).status_code for _ in range(3)]
        return [*found, ask(client, **slow).status_code]

    assert within_a_day(statuses) == [401] * 5 + [415] * 3 + [429]


def test_each_address_has_a_rate_of_its_own_behind_a_proxy_too(build: Build) -> None:
    def statuses() -> list[int]:
        client = build(address_rate="1/day", proxies=("10.0.0.0/8",))
        return [
            ask(client, "/v1/moderate", peer, X_Forwarded_For=forwarded).status_code
            for peer, forwarded in (
                ("192.0.2.1", ""),
                ("192.0.2.2", ""),
                ("192.0.2.1", "203.0.113.9"),
                ("10.0.0.1", "203.0.113.9"),
                ("10.0.0.2", "1.2.3.4, 203.0.113.9"),
                ("10.0.0.1", "1.2.3.4"),
                ("2001:db8::1", ""),
                ("2001:db8::2", ""),
            )
        ]

    assert within_a_day(statuses) == [200, 200, 429, 200, 429, 200, 200, 429]


def test_pages_are_counted_by_origin_and_by_address(build: Build) -> None:
    def statuses() -> list[int]:
        client = build(
            keys=KEYS,
            origins=(SITE, "https://b.example"),
            origin_rate="2/day",
            address_rate="3/day",
        )
        return [
            ask(client, "/v1/moderate", f"192.0.2.{peer}", Origin=origin).status_code
            for peer, origin in (
                (1, SITE),
                (2, SITE),
                (3, SITE),  # the origin has had its two
                (1, "https://b.example"),
                (1, "https://b.example"),
                (1, "https://b.example"),  # the address its three, and takes none of the origin's
                (4, "http://localhost"),
            )
        ]

    assert within_a_day(statuses) == [200, 200, 429, 200, 200, 429, 200]


def test_where_any_origin_may_ask_each_is_counted_by_its_name_and_strange_ones_as_one(
    build: Build,
) -> None:
    def statuses() -> list[int]:
        client = build(keys=KEYS, origins=("*",), origin_rate="1/day")
        origins = (SITE, "https://b.example", SITE, "null", "x" * 5000, "y")
        return [ask(client, Origin=origin).status_code for origin in origins]

    assert within_a_day(statuses) == [200, 200, 429, 200, 429, 429]


@pytest.mark.parametrize("path", ["/", "/inspect"])
def test_a_form_of_ours_counts_as_a_browser(build: Build, path: str) -> None:
    def statuses() -> list[int]:
        client = build(keys=KEYS, address_rate="2/day")
        return [client.post(path, data={"comment": "Thank you."}).status_code for _ in range(3)]

    assert within_a_day(statuses) == [200, 200, 429]


def test_a_form_that_is_refused_is_a_page_that_says_the_comment_is_held(build: Build) -> None:
    client = build(address_rate="1/day")
    answers = [client.post("/", data={"comment": "Thank you."}) for _ in range(3)]
    assert answers[-1].status_code == 429
    assert answers[-1].mimetype == "text/html"
    assert "Thank you." in answers[-1].text
    assert int(answers[-1].headers["Retry-After"]) >= 1


def test_where_there_are_keys_an_address_without_one_is_limited_even_if_nobody_said_so(
    build: Build,
) -> None:
    response = ask(build(keys=KEYS, origins=(SITE,)), Origin=SITE)
    assert response.headers["RateLimit-Policy"] == '"address";q=60;w=60'


def test_an_error_can_be_read_by_the_page_that_asked(locked: FlaskClient) -> None:
    response = ask(locked, X_API_Key="no", Origin=SITE)
    assert response.status_code == 401
    assert response.headers["Access-Control-Allow-Origin"] == SITE
    assert "Retry-After" in response.headers["Access-Control-Expose-Headers"]


def test_perspective_is_asked_with_the_same_keys_and_counted_together(build: Build) -> None:
    def statuses() -> list[int]:
        client = build(keys=KEYS)
        return [
            ask(client, ANALYZE).status_code,
            ask(client, f"{ANALYZE}?key=no").status_code,
            ask(client, f"{ANALYZE}?key=slow").status_code,
            ask(client, ANALYZE, X_Goog_Api_Key="slow").status_code,
            ask(client, X_API_Key="slow").status_code,
            ask(client, ANALYZE, X_Goog_Api_Key="slow").status_code,
        ]

    assert within_a_day(statuses) == [403, 400, 200, 200, 200, 429]


def test_a_call_over_the_rate_is_told_by_googles_error_and_our_headers(build: Build) -> None:
    client = build(address_rate="1/day")
    ask(client, ANALYZE)
    ask(client, ANALYZE)
    refused = ask(client, ANALYZE)
    assert refused.json["error"]["status"] == "RESOURCE_EXHAUSTED"  # type: ignore[index] # it has a body
    assert refused.headers["RateLimit-Policy"] == '"address";q=1;w=86400'
    assert int(refused.headers["Retry-After"]) >= 1


def test_the_calls_of_a_batch_are_counted_while_it_is_answered(build: Build) -> None:
    part = f"--b\r\nContent-Type: application/http\r\n\r\nPOST {ANALYZE} HTTP/1.1\r\n\r\n{{}}\r\n"

    def text() -> str:
        client = build(address_rate="2/day")
        return client.post(
            "/batch", data=part * 4 + "--b--", content_type="multipart/mixed; boundary=b"
        ).text

    answer = within_a_day(text)
    assert answer.count("HTTP/1.1 400 Bad Request") == 2
    assert answer.count("HTTP/1.1 429 Too Many Requests") == 2


def test_coral_that_signs_needs_no_key_and_is_never_counted(build: Build) -> None:
    client = build(keys=KEYS, coral_secrets=("ssec_a",), address_rate="1/day")
    answers = [client.post(CORAL, json={"comment": {"body": "a"}}) for _ in range(3)]
    assert [answer.json["code"] for answer in answers] == ["wrong_signature"] * 3  # type: ignore[index] # they have bodies


def test_coral_that_does_not_sign_shows_a_key_in_its_address(build: Build) -> None:
    client = build(keys=KEYS)
    body = {"comment": {"body": "Thank you."}}
    assert client.post(f"{CORAL}?key=full", json=body).status_code == 204
    assert client.post(CORAL, json=body).status_code == 401


@pytest.mark.parametrize("query", ["?key=strict only", "?key=slow"])
def test_coral_is_told_to_hold_what_is_not_admitted(build: Build, query: str) -> None:
    # On an error it would publish.
    client = build(keys=KEYS)
    body = {"comment": {"body": "Thank you."}}
    answers = [client.post(f"{CORAL}{query}", json=body) for _ in range(5)]
    assert answers[-1].status_code == 200
    assert answers[-1].json == {"status": "SYSTEM_WITHHELD", "actions": []}
