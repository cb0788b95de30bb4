"""The pages as the server sends them, to a browser without JavaScript."""

import logging
from html.parser import HTMLParser
from typing import get_args, get_type_hints

import pytest
from flask import Flask
from flask.testing import FlaskClient
from stubs import BrokenScorer
from werkzeug.test import TestResponse

from model import ATTRIBUTES
from service.app import create_app
from service.decision import Action, Decision, Reason
from service.moderation import Comment, Moderator, Outcome
from service.pages.answers import Answer, answer_outcome, answer_problem
from service.pages.headers import SECURITY_HEADERS
from service.pages.marks import Piece
from service.pages.words import WORDS
from service.policy import Policy
from service.settings import Settings
from service.wire import Problem

HOSTILE = "</textarea><script>alert(1)</script>\"'><img src=x onerror=alert(2)>{{ 7 * 7 }}"
CANARY = "canary-8c1f idiot"
INSIDE = {"p", "strong", "mark"}
"""What is no part of its own."""
MARKED = WORDS["marked"]


class Page(HTMLParser):
    """What stands in a page: its result, what that quotes, title, fields and scripts."""

    def __init__(self, response: TestResponse) -> None:
        super().__init__()
        self.result: list[str] = []
        self.quote = ""
        self.title = ""
        self.comment = ""
        self.counter = ""
        self.tags: list[tuple[str, dict[str, str | None]]] = []
        self._open = ""
        self.feed(response.text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Keep a tag and remember which part of the page it begins."""
        attributes = dict(attrs)
        self.tags.append((tag, attributes))
        self.quote += "[" if tag == "mark" else ""
        self._open = attributes.get("id") or (self._open if tag in INSIDE else tag)

    def handle_endtag(self, tag: str) -> None:
        """Forget the part."""
        self.quote += "]" if tag == "mark" else ""
        if tag not in INSIDE:
            self._open = ""

    def handle_data(self, data: str) -> None:
        """Keep the text of the parts that tests look at."""
        if self._open == "result":
            self.result.append(data)
        elif self._open == "blockquote":
            self.quote += data
        elif self._open in {"title", "comment", "counter"}:
            setattr(self, self._open, getattr(self, self._open) + data)

    def attributes(self, element: str) -> dict[str, str | None]:
        """Return the attributes of the element with this id."""
        return next(attributes for _, attributes in self.tags if attributes.get("id") == element)


def send(client: FlaskClient, comment: str, name: str = "Ann") -> TestResponse:
    """Send the form."""
    return client.post("/", data={"name": name, "comment": comment})


@pytest.fixture
def broken(policy: Policy) -> FlaskClient:
    """Return a client of a service whose model fails."""
    moderator = Moderator({"en": BrokenScorer()}, {policy.name: policy})
    return create_app(moderator, Settings()).test_client()


def test_the_form_is_empty_and_counts_from_the_limit(client: FlaskClient) -> None:
    response = client.get("/")
    page = Page(response)
    assert response.status_code == 200
    assert page.counter == "1500 / 1500"
    assert page.result == []
    assert page.comment.strip() == ""
    assert "Denotes Required Field" in response.text


def test_name_and_comment_are_required_labelled_and_show_their_own_direction(
    client: FlaskClient,
) -> None:
    page = Page(client.get("/"))
    labels = {attributes["for"] for tag, attributes in page.tags if tag == "label"}
    assert labels == {"name", "comment"}
    for field in labels:
        assert {"required", "dir"} <= page.attributes(field or "").keys()
        assert page.attributes(field or "")["dir"] == "auto"


def test_the_textarea_has_no_maxlength_that_would_cut_a_pasted_text(client: FlaskClient) -> None:
    assert "maxlength" not in client.get("/").text


def test_the_limit_is_that_of_the_default_policy(moderator: Moderator) -> None:
    policy = Policy("default", max_length=10)
    client = create_app(Moderator(moderator.scorers, {"default": policy}), Settings()).test_client()
    assert Page(client.get("/")).counter == "10 / 10"
    assert Page(send(client, "12345678901")).counter == "-1 / 10"


def test_the_result_is_announced_politely(client: FlaskClient) -> None:
    for response in (client.get("/"), send(client, "Thank you.")):
        result = Page(response).attributes("result")
        assert result["role"] == "status"
        assert result["aria-live"] == "polite"


@pytest.mark.parametrize(
    ("method", "path"), [("GET", "/"), ("POST", "/"), ("GET", "/docs"), ("GET", "/docs/assets/no")]
)
def test_pages_carry_a_policy_that_forbids_what_they_do_not_need(
    client: FlaskClient, method: str, path: str
) -> None:
    response = client.open(path, method=method, data={"comment": "Thank you."})
    assert {name: response.headers[name] for name in SECURITY_HEADERS} == SECURITY_HEADERS
    assert "unsafe" not in response.headers["Content-Security-Policy"]


@pytest.mark.parametrize("path", ["/", "/docs"])
def test_pages_have_no_inline_script_or_style(client: FlaskClient, path: str) -> None:
    response = client.get(path)
    page = Page(response)
    assert all(attributes.get("src") for tag, attributes in page.tags if tag == "script")
    assert not any(tag == "style" for tag, _ in page.tags)
    names = {name for _, attributes in page.tags for name in attributes}
    assert not {name for name in names if name == "style" or name.startswith("on")}


@pytest.mark.parametrize("path", ["/", "/docs"])
def test_what_a_page_loads_is_there_and_on_the_same_host(client: FlaskClient, path: str) -> None:
    paths = [
        attributes.get("src") or attributes.get("href") or ""
        for tag, attributes in Page(client.get(path)).tags
        if tag in {"script", "link"}
    ]
    assert paths
    for found in paths:
        assert found.startswith("/")
        assert not found.startswith("//")
        with client.get(found) as response:
            assert response.status_code == 200
            assert response.headers["X-Content-Type-Options"] == "nosniff"


def test_the_drop_in_script_and_its_words_are_as_small_as_the_guide_says(
    client: FlaskClient,
) -> None:
    for name, limit in [("moderate.js", 5_000), ("words.js", 1_500)]:
        with client.get(f"/static/{name}") as response:
            assert len(response.data) < limit


@pytest.mark.parametrize(
    ("comment", "result", "quote"),
    [
        ("Thank you for this report.", [WORDS["accept"]], ""),
        ("This is silly.", [WORDS["flag"], WORDS["insult"], MARKED], "This is [silly]."),
        ("You idiot.", [WORDS["reject"], WORDS["insult"], MARKED], "You [idiot]."),
        (
            "You rude\r\n<b>idiot</b>.",
            [WORDS["reject"], WORDS["insult"], WORDS["toxicity"], MARKED],
            "You [rude]\r\n<b>[idiot]</b>.",
        ),
        (
            "A grumpy \U0001f600 idiot.",
            [WORDS["reject"], WORDS["insult"], MARKED],
            "A grumpy \U0001f600 [idiot].",
        ),
        ("Это хороший отчёт.", [WORDS["flag"], WORDS["unsupported_language"]], ""),
        (" \n\u200b ", [WORDS["reject"], WORDS["empty"]], ""),
        ("", [WORDS["reject"], WORDS["empty"]], ""),
        (
            "idiot" * 300 + "!",
            [WORDS["reject"], WORDS["too_long"].format(value=1501, limit=1500)],
            "",
        ),
    ],
)
def test_the_page_says_what_happened_in_a_readers_words(
    client: FlaskClient, comment: str, result: list[str], quote: str
) -> None:
    response = send(client, comment)
    page = Page(response)
    assert response.status_code == 200
    assert sorted(page.result) == sorted(result)
    assert page.result[0] == result[0]
    assert page.quote == quote
    assert page.title == f"{result[0]} Leave a comment"


def test_every_reason_and_attribute_has_words() -> None:
    codes = set(get_args(get_type_hints(Reason)["code"])) - {"toxic"}
    assert codes | set(ATTRIBUTES) <= WORDS.keys()


def test_a_reason_without_words_of_its_own_still_gets_a_sentence(policy: Policy) -> None:
    reason = Reason("toxic", "flag", "a_later_attribute", 0.9, 0.5)
    outcome = Outcome(Comment("a"), Decision(Action.FLAG, [reason]), 1, policy)
    assert answer_outcome(outcome) == Answer("flag", [WORDS["rule"]])


@pytest.mark.parametrize(
    ("status", "kind"), [(400, "problem"), (422, "problem"), (429, "held"), (503, "held")]
)
def test_what_is_not_the_senders_fault_is_held(status: int, kind: str) -> None:
    assert answer_problem(Problem("a", status, "b", "c")).kind == kind


def test_a_comment_over_the_limit_is_refused_not_cut(client: FlaskClient) -> None:
    response = send(client, "b" * 1600)
    page = Page(response)
    assert page.comment == "\n" + "b" * 1600
    assert page.counter == "-100 / 1500"
    assert page.attributes("comment")["aria-invalid"] == "true"
    assert WORDS["over"] in response.text


def test_the_line_breaks_of_a_form_post_count_one_each(client: FlaskClient) -> None:
    page = Page(send(client, "a\r\n" * 750))
    assert page.counter == "0 / 1500"
    assert page.result == [WORDS["accept"]]


@pytest.mark.parametrize("comment", ["Thank you.", "You idiot.", "\r\n\r\nTwo lines before.\r\n"])
def test_what_was_typed_is_shown_again(client: FlaskClient, comment: str) -> None:
    page = Page(send(client, comment, name="Ann & co"))
    # The first line break is for HTML to drop.
    assert page.comment == "\n" + comment
    assert page.attributes("name")["value"] == "Ann & co"


def test_hostile_text_is_shown_and_not_run(client: FlaskClient) -> None:
    response = send(client, HOSTILE, name=HOSTILE)
    page = Page(response)
    assert page.comment == "\n" + HOSTILE
    assert page.attributes("name")["value"] == HOSTILE
    assert sum(tag == "script" for tag, _ in page.tags) == 1
    assert not any(tag == "img" for tag, _ in page.tags)


def test_the_answer_is_where_a_browser_without_javascript_goes(client: FlaskClient) -> None:
    page = Page(send(client, "You idiot."))
    assert page.attributes("form")["action"] == "/#result"
    # What has the focus after that is read aloud.
    assert page.attributes("result")["tabindex"] == "-1"
    assert "tabindex" not in Page(client.get("/")).attributes("result")


@pytest.mark.parametrize(("length", "notice"), [(1399, False), (1400, True), (1500, True)])
def test_near_the_limit_the_page_says_so(client: FlaskClient, length: int, *, notice: bool) -> None:
    response = send(client, "b" * length)
    assert (WORDS["near"] in response.text) == notice
    assert WORDS["over"] not in response.text


def test_what_two_terms_of_a_list_say_is_said_once(policy: Policy) -> None:
    reasons = [
        Reason("banned_term", "reject", term=term, begin=begin, end=begin + 3)
        for begin, term in enumerate(["abc", "bcd"])
    ]
    outcome = Outcome(Comment("abcde"), Decision(Action.REJECT, reasons), 5, policy)
    pieces = [Piece("abcd", is_marked=True), Piece("e")]
    assert answer_outcome(outcome) == Answer("reject", [WORDS["banned_term"]], pieces)


def test_bytes_that_are_not_utf8_are_no_failure(client: FlaskClient) -> None:
    body = b"name=%FF&comment=a%ED%A0%BDb%00"
    response = client.post("/", data=body, content_type="application/x-www-form-urlencoded")
    assert response.status_code == 200


def test_the_name_is_not_needed_without_javascript(client: FlaskClient) -> None:
    response = client.post("/", data={"comment": "Thank you."})
    assert Page(response).result == [WORDS["accept"]]


def test_a_multipart_form_is_read_too(client: FlaskClient) -> None:
    data = {"name": "Ann", "comment": "Thank you."}
    response = client.post("/", data=data, content_type="multipart/form-data")
    assert Page(response).result == [WORDS["accept"]]


@pytest.mark.parametrize(
    ("arguments", "status", "detail"),
    [
        ({"data": {"name": "Ann"}}, 422, "A field is missing, unknown or of the wrong kind."),
        ({"json": {"comment": "Thank you."}}, 415, "The form is sent as"),
        ({"data": {"comment": "a", "policy": "none"}}, 422, "No such policy is loaded."),
        ({"data": {"comment": "a" * 2_000_000}}, 413, "The body is larger"),
    ],
)
def test_a_request_that_was_wrong_is_answered_by_a_page_that_says_so(
    client: FlaskClient, arguments: dict[str, object], status: int, detail: str
) -> None:
    response = client.post("/", **arguments)
    page = Page(response)
    assert response.status_code == status
    assert response.mimetype == "text/html"
    assert page.result[0] == WORDS["problem"]
    assert page.result[1].startswith(detail)
    assert response.headers["Content-Security-Policy"]


def test_what_was_typed_is_shown_again_after_a_problem(client: FlaskClient) -> None:
    response = client.post("/", data={"name": "Ann", "comment": "Hello.", "colour": "red"})
    assert response.status_code == 422
    assert Page(response).comment == "\nHello."


def test_a_comment_is_held_and_shown_again_when_the_model_fails(broken: FlaskClient) -> None:
    response = send(broken, "Thank you.")
    page = Page(response)
    assert response.status_code == 500
    assert page.result == [WORDS["held"], WORDS["kept"]]
    assert page.comment == "\nThank you."


def test_the_api_still_answers_problems_in_json(client: FlaskClient, broken: FlaskClient) -> None:
    assert client.post("/v1/moderate", json={}).mimetype == "application/problem+json"
    failed = broken.post("/v1/moderate", json={"comment": "Thank you."})
    assert failed.mimetype == "application/problem+json"


def test_an_answer_that_repeats_the_comment_is_not_to_be_stored(client: FlaskClient) -> None:
    assert send(client, "Thank you.").headers["Cache-Control"] == "no-store"


def test_neither_name_nor_comment_is_logged(
    client: FlaskClient, broken: FlaskClient, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    for either in (client, broken):
        send(either, CANARY, name=CANARY)
        either.post("/", data={"name": CANARY, CANARY: CANARY})
    assert "canary" not in caplog.text


def test_the_reference_shows_the_openapi_document_of_this_service(client: FlaskClient) -> None:
    page = Page(client.get("/docs"))
    assert page.attributes("reference")["data-url"] == "/openapi.json"


@pytest.mark.parametrize("name", ["swagger-ui.js", "index.css", "..%2f__init__.py", "VERSION"])
def test_only_the_files_the_reference_needs_are_served(client: FlaskClient, name: str) -> None:
    response = client.get(f"/docs/assets/{name}")
    assert response.status_code == 404
    assert response.mimetype == "application/problem+json"


def test_the_pages_work_below_a_path(app: Flask) -> None:
    page = Page(app.test_client().get("/", environ_overrides={"SCRIPT_NAME": "/comments"}))
    assert page.attributes("form")["action"] == "/comments/#result"
    # Beside which it finds the API.
    assert ("script", "/comments/static/moderate.js") in [
        (tag, each.get("src")) for tag, each in page.tags
    ]
