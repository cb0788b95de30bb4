"""Coral's external moderation phase: what it sends, signed, and what it is answered."""

import hashlib
import hmac
import html
import json
import logging
import re
import time
from pathlib import Path
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient
from hypothesis import given
from hypothesis import strategies as st
from stubs import BrokenScorer
from test_parse import TEXTS, VALUES
from werkzeug.test import TestResponse

from service.app import create_app
from service.coral import is_signed, read_html
from service.moderation import Moderator
from service.policy import Policy
from service.settings import Settings

PATH = "/integrations/coral"
JSON = "application/json"
OLD, NEW = "ssec_old", "ssec_new"
TOXIC = [{"actionType": "FLAG", "reason": "COMMENT_DETECTED_TOXIC"}]
SENT: dict[str, Any] = {
    "action": "NEW",
    "comment": {"body": "<div>You <b>idiot</b></div>", "parentID": None},
    "author": {"id": "a-1", "role": "COMMENTER"},
    "story": {"id": "s-1", "url": "https://news.example/story"},
    "site": {"id": "site-1"},
    "tenantID": "t-1",
    "tenantDomain": "coral.example",
}
PAGE = Path(__file__).parents[1] / "docs/coral.md"


@pytest.fixture
def signed_only(moderator: Moderator) -> FlaskClient:
    """Return a client of a service that two secrets may sign for."""
    return create_app(moderator, Settings(coral_secrets=(OLD, NEW))).test_client()


def sign(body: bytes, secret: str) -> str:
    """Sign as Coral does."""
    return "sha256=" + hmac.new(secret.encode(), body, hashlib.sha256).hexdigest()


def send(client: FlaskClient, markup: object, query: str = "") -> TestResponse:
    """Send a comment as Coral does, without a signature."""
    comment = SENT["comment"] | {"body": markup}
    return client.post(PATH + query, json=SENT | {"comment": comment})


def send_signed(client: FlaskClient, body: bytes, *signatures: str) -> TestResponse:
    """Send a body with these signatures."""
    headers = {"X-Coral-Signature": ",".join(signatures)}
    return client.post(PATH, data=body, headers=headers, content_type=JSON)


def check_problem(response: TestResponse, status: int, code: str) -> Any:  # noqa: ANN401 - JSON
    """Check that an answer is a problem of this kind; return the document."""
    assert response.status_code == status
    assert response.content_type == "application/problem+json"
    assert response.json
    assert response.json["code"] == code
    return response.json


@pytest.mark.parametrize(
    ("markup", "answer"),
    [
        ("<div>You <b>idiot</b></div>", {"status": "REJECTED", "actions": TOXIC}),
        ("<div>That is sil<i>ly</i></div>", {"status": "SYSTEM_WITHHELD", "actions": TOXIC}),
        ("<div>You &#105;diot</div>", {"status": "REJECTED", "actions": TOXIC}),
        ("<div>Это хороший отчёт.</div>", {"status": "SYSTEM_WITHHELD", "actions": []}),
        (f"<div>{'a' * 1501}</div>", {"status": "REJECTED", "actions": []}),
        ("<div>\u200b</div>", {"status": "REJECTED", "actions": []}),
    ],
)
def test_a_decision_is_told_in_corals_words(
    markup: str, answer: dict[str, object], client: FlaskClient
) -> None:
    response = send(client, markup)
    assert response.status_code == 200
    assert response.content_type == JSON
    assert response.json == answer


@pytest.mark.parametrize("markup", ["<div>Thank you.</div>", "Thanks", f"<div>{'a' * 1500}</div>"])
def test_no_objection_leaves_the_comment_to_what_else_coral_checks(
    markup: str, client: FlaskClient
) -> None:
    response = send(client, markup)
    assert (response.status_code, response.data) == (204, b"")


@pytest.mark.parametrize("markup", [None, "", "<div><br></div>", "<div>&nbsp;</div>", "<p> \n"])
def test_there_is_no_opinion_on_a_comment_without_text(markup: object, client: FlaskClient) -> None:
    assert send(client, markup).status_code == 204


def test_an_absent_body_is_no_text_and_an_unknown_field_is_ignored(client: FlaskClient) -> None:
    for comment in ({}, {"rating": 5}, {"media": {"url": "https://gif.example/1"}}):
        assert client.post(PATH, json={"comment": comment, "new": [1]}).status_code == 204
    body = {"comment": {"body": "idiot", "new": 1}}
    assert client.post(PATH, json=body).json == {"status": "REJECTED", "actions": TOXIC}


def test_only_the_comment_is_judged(client: FlaskClient) -> None:
    body = SENT | {"comment": {"body": "Thanks"}, "author": {"username": "idiot"}}
    assert client.post(PATH, json=body).status_code == 204


def test_an_edited_comment_is_judged_as_a_new_one(client: FlaskClient) -> None:
    assert (
        client.post(PATH, json=SENT | {"action": "EDIT"}).json == client.post(PATH, json=SENT).json
    )


def test_the_address_chooses_the_policy(policy: Policy, moderator: Moderator) -> None:
    short = Policy(name="short", max_length=5)
    policies = {policy.name: policy, short.name: short}
    client = create_app(Moderator(moderator.scorers, policies), Settings()).test_client()
    assert send(client, "Thank you.", "?policy=default").status_code == 204
    assert send(client, "Thank you.", "?policy=short").json == {"status": "REJECTED", "actions": []}


def test_under_a_policy_that_is_not_loaded_a_comment_is_held_and_the_operator_told(
    client: FlaskClient, caplog: pytest.LogCaptureFixture
) -> None:
    for markup in ("Thank you.", None):
        assert send(client, markup, "?policy=no").json == {
            "status": "SYSTEM_WITHHELD",
            "actions": [],
        }
    assert caplog.messages == ["the address that Coral calls names a policy that is not loaded"] * 2


@pytest.mark.parametrize(
    ("body", "pointer", "detail"),
    [
        ({}, "", "Object missing required field `comment`."),
        ([], "", "Expected `object`, got `array`."),
        ({"comment": None}, "/comment", "Expected `object`, got `null`."),
        ({"comment": {"body": 7}}, "/comment/body", "Expected `str | null`, got `int`."),
    ],
)
def test_a_wrong_shape_is_named(
    body: object, pointer: str, detail: str, client: FlaskClient
) -> None:
    problem = check_problem(client.post(PATH, json=body), 422, "invalid_field")
    assert problem["errors"] == [{"pointer": pointer, "detail": detail}]


@pytest.mark.parametrize(
    ("body", "media_type", "status", "code"),
    [
        (b"{", JSON, 400, "invalid_json"),
        (b'{"comment": {"body": "\xff"}}', JSON, 400, "invalid_encoding"),
        (b"{}", "text/plain", 415, "unsupported_media_type"),
        (b"{}", "application/x-www-form-urlencoded", 415, "unsupported_media_type"),
        (b"{}", None, 415, "unsupported_media_type"),
    ],
)
def test_a_body_that_is_not_json_is_a_problem(
    body: bytes, media_type: str | None, status: int, code: str, client: FlaskClient
) -> None:
    check_problem(client.post(PATH, data=body, content_type=media_type), status, code)


def test_a_comment_is_held_if_the_service_fails_and_the_log_tells_without_the_text(
    policy: Policy, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    broken = Moderator({"en": BrokenScorer()}, {policy.name: policy})
    response = send(create_app(broken, Settings()).test_client(), "<div>canary-5e1b</div>")
    assert response.status_code == 200
    assert response.json == {"status": "SYSTEM_WITHHELD", "actions": []}
    (record,) = caplog.records
    assert record.getMessage().startswith("RuntimeError at ")
    assert "canary" not in caplog.text


def test_a_signature_is_what_coral_would_send() -> None:
    # From RFC 4231, test case 2.
    body, secret = b"what do ya want for nothing?", "Jefe"
    digest = "5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843"
    assert is_signed(body, f"sha256={digest}", [secret])


@pytest.mark.parametrize("secret", [OLD, NEW])
def test_either_secret_may_sign(secret: str, signed_only: FlaskClient) -> None:
    body = json.dumps(SENT).encode()
    assert send_signed(signed_only, body, sign(body, secret)).json == {
        "status": "REJECTED",
        "actions": TOXIC,
    }


def test_one_good_signature_among_several_is_enough(signed_only: FlaskClient) -> None:
    body = json.dumps(SENT).encode()
    good, bad = sign(body, NEW), sign(body, "ssec_other")
    for signatures in ((bad, good), (good, bad), (bad, f" {good} ", ""), ("", good)):
        assert send_signed(signed_only, body, *signatures).status_code == 200


@pytest.mark.parametrize(
    "header",
    [
        "",
        ",",
        "sha256=",
        "sha256=" + "0" * 64,
        sign(b"{}", "ssec_other"),
        sign(b"{}", ""),
        sign(b"{} ", NEW),
        sign(b"{}", NEW).removeprefix("sha256="),
        sign(b"{}", NEW).replace("sha256", "sha1"),
        sign(b"{}", NEW)[:-1],
        sign(b"{}", NEW) + "0",
        sign(b"{}", NEW) + ";",
        "sha256=é\xff" + "0" * 62,
    ],
)
def test_a_wrong_signature_is_refused(header: str, signed_only: FlaskClient) -> None:
    problem = check_problem(send_signed(signed_only, b"{}", header), 401, "wrong_signature")
    assert problem["detail"] == (
        "X-Coral-Signature is missing, or was made with another secret or body."
    )


def test_a_missing_signature_is_refused_before_anything_is_read(signed_only: FlaskClient) -> None:
    for body, media_type in ((json.dumps(SENT), JSON), ("{", JSON), ("a", "text/plain")):
        response = signed_only.post(PATH, data=body, content_type=media_type)
        check_problem(response, 401, "wrong_signature")


def test_a_body_changed_after_it_was_signed_is_refused(signed_only: FlaskClient) -> None:
    body = json.dumps(SENT).encode()
    signature = sign(body, NEW)
    # The same JSON, but not the same bytes.
    for changed in (body.replace(b"idiot", b"saint"), body + b" ", body.replace(b": ", b":")):
        check_problem(send_signed(signed_only, changed, signature), 401, "wrong_signature")


def test_without_secrets_a_signature_is_not_looked_at(client: FlaskClient) -> None:
    body = json.dumps(SENT).encode()
    assert send_signed(client, body, "sha256=é").status_code == 200


def test_a_header_full_of_commas_costs_no_more_than_one_signature() -> None:
    begin = time.process_time()
    assert not is_signed(bytes(1_048_576), "," * 8000, [OLD, NEW])
    assert time.process_time() - begin < 2


@given(body=st.binary(), header=st.text(), secret=st.text(min_size=1, alphabet="aé😀"))
def test_no_header_makes_checking_fail(body: bytes, header: str, secret: str) -> None:
    assert not is_signed(body, header, [secret])
    assert is_signed(body, f"{header},{sign(body, secret)}", ["other", secret])


@pytest.mark.parametrize(
    ("markup", "text"),
    [
        ("plain", "plain"),
        ("<div>one</div><div>two</div>", "one\ntwo"),
        ("<div>one<br></div><div>two</div>", "one\ntwo"),
        ("<div>one</div><div><br></div><div>two</div>", "one\n\ntwo"),
        ("one<br>two<BR/>three", "one\ntwo\nthree"),
        ("<div>one<p>two</p>three</div>", "one\ntwo\nthree"),
        ("<p>one<p>two", "one\ntwo"),
        ("<ul><li>one</li><li>two</li></ul>", "one\ntwo"),
        ("<blockquote>one</blockquote>two", "one\ntwo"),
        ("id<b>i<i>o</i></b>t", "idiot"),
        ('<a href="https://a.example/?x=1>2&amp;y" title=">">a link</a>!', "a link!"),
        ("<a href='\">' class=x>a</a>", "a"),
        ("<span data=a'b>it</span>'s", "it's"),
        ("&lt;b&gt; &amp;lt; &quot;&#39;&eacute;&#x1F600;", "<b> &lt; \"'é😀"),
        ("&nbsp;&bogus; & &am<b>p;</b>", "\xa0&bogus; & &amp;"),
        ("&#" + "0" * 5000 + "65;", "A"),
        ("&#" + "9" * 5000 + ";", "\ufffd"),
        ("1 < 2 <3 a<", "1 < 2 <3 a<"),
        ("a<!-- <div>x</div> -->b<!-->c<!--->d<!--e--!>f", "abcdf"),
        ("a<!-- never closed <b>", "a"),
        ("a<!DOCTYPE x><?php y ?></ z><![CDATA[q]]>b", "ab"),
        ("a<script>x < '</b>' </scripty></script >b", "ab"),
        ("a<STYLE type='>'>x</style>b<script>never closed", "ab"),
        ("a<script/src=x>y</script>b", "ab"),
        ("<scripture>a</scripture>", "a"),
        ("<\u017fcript>a", "<\u017fcript>a"),
        ("a<div never closed", "a"),
        ('a<b c="never closed>d', "a"),
        ("<" * 20_000, "<" * 20_000),
    ],
)
def test_html_becomes_what_a_reader_sees(markup: str, text: str) -> None:
    assert read_html(markup) == text


@given(text=TEXTS)
def test_a_text_survives_being_put_into_html(text: str) -> None:
    # Nobody sees a line break at the very end of a block.
    seen = text.removesuffix("\n")
    for escaped in (html.escape(text), html.escape(text, quote=False)):
        assert read_html(escaped) == seen
        assert read_html(f"<div>{escaped}</div>") == seen
        assert read_html(f'<div class="a > b"><p><b><i>{escaped}</i></b></p></div>') == seen
        assert read_html(f"<script>{escaped}</script><!--x-->{escaped}<!--{escaped}") == seen


@given(lines=st.lists(TEXTS.filter(lambda line: line and "\n" not in line), min_size=1))
def test_lines_are_the_same_as_blocks_and_as_breaks(lines: list[str]) -> None:
    escaped = [html.escape(line) for line in lines]
    text = "\n".join(lines)
    assert read_html("<br>".join(escaped)) == text
    assert read_html("".join(f"<div>{line}</div>" for line in escaped)) == text


@given(
    pieces=st.lists(
        st.sampled_from(
            ["<", "</", "<!--", "-->", "<div", "<br", ">", "script", "=", '"', "'", "&#"]
        )
        | st.text(max_size=3)
    )
)
def test_no_html_makes_reading_fail_or_longer(pieces: list[str]) -> None:
    markup = "".join(pieces)
    assert len(read_html(markup)) <= len(markup)


@pytest.mark.parametrize("start", ["", "<a ", "<a b='", "<!--", "<script>"])
@pytest.mark.parametrize(
    "piece",
    [
        "<", "</", "<a", "<a ", "<a b=", "<a b='", '<a b="', "<a =  ", "= ", "<!", "<!--", "--",
        "<?", "<![", "<script>", "<script ", "</script", "</script ", "<style></", "&", "&#", "&#0",
        "&a", "<div>", "<b><div>", "</p>", "<br>", " ",
    ],
)  # fmt: skip
def test_hostile_html_of_the_largest_body_is_read_at_once(start: str, piece: str) -> None:
    markup = start + piece * (1_048_576 // len(piece))
    begin = time.process_time()
    read_html(markup)
    # Some 0.1 s to 1 s; what is not linear takes minutes.
    assert time.process_time() - begin < 20


@given(body=VALUES | st.builds(lambda value: {"comment": {"body": value}}, VALUES))
def test_no_json_value_makes_a_failure(body: object, app: Flask) -> None:
    response = app.test_client().post(PATH, data=json.dumps(body), content_type=JSON)
    assert response.status_code in {200, 204, 400, 422}


def test_the_example_of_the_page_is_answered_as_it_says(client: FlaskClient) -> None:
    blocks = re.findall(r"```json\n(.*?)```", PAGE.read_text(encoding="utf-8"), re.DOTALL)
    sent, answer = map(json.loads, blocks)
    assert client.post(PATH, json=sent).json == answer
