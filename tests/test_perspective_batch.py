"""Google's multipart batches, as its clients send them."""

import json

import pytest
from perspective_batches import MEDIA_TYPE, NOT_FOUND, join, part, read_parts, send
from perspective_stubbed import INSULT, SCORERS, build_call, envelope
from stubs import BrokenScorer

from service.admission import RateExceededError
from service.app import create_app
from service.keys import Key, digest_key
from service.moderation import Moderator
from service.perspective.batch import answer_batch
from service.perspective.calls import ANALYZE, SUGGEST, Answer, Call, Perspective
from service.perspective.errors import PerspectiveError
from service.policy import Policy
from service.settings import Settings

EMPTY = "Comment must be non-empty."


@pytest.mark.parametrize("count", [1, 2, 100])
def test_each_call_is_answered_in_its_place_with_its_name(count: int) -> None:
    parts = [
        part(
            json.dumps(INSULT | {"clientToken": str(index)}).encode(),
            line=f"POST {ANALYZE}?fields=clientToken HTTP/1.1",
            head=f"Content-ID: <id + {index}>\r\n".encode(),
        )
        for index in range(count)
    ]
    assert send(join(*parts)) == [
        (f"<response-id + {index}>", 200, {"clientToken": str(index)}) for index in range(count)
    ]


def test_a_batch_of_101_calls_is_refused_and_none_is_answered() -> None:
    asked: list[Call] = []

    def remember(call: Call) -> Answer:
        asked.append(call)
        return Answer(200, b"{}")

    with pytest.raises(PerspectiveError, match=r"^INVALID_ARGUMENT$") as raised:
        answer_batch(join(*[part()] * 101), MEDIA_TYPE, build_call(), remember)
    message = "The batch has too many calls. It exceeded limit (100)."
    assert raised.value.response.error.message == message
    assert asked == []


def test_a_call_that_is_wrong_fails_alone() -> None:
    wrong = {"comment": {"text": ""}}
    statuses = send(
        join(
            part(),
            part(json.dumps(INSULT | wrong).encode()),
            part(b"{"),
            part(line="POST http://[ HTTP/1.1"),
            part(line=f"GET {ANALYZE} HTTP/1.1"),
            part(line="POST /v1alpha1/comments:delete HTTP/1.1"),
            part(line=f"POST {ANALYZE}?callback=f HTTP/1.1"),
            part(line=f"POST {SUGGEST} HTTP/1.1"),
            part(),
        )
    )
    assert [status for _, status, _ in statuses] == [200, 400, 400, 400, 404, 404, 400, 400, 200]
    assert statuses[1][2]["error"]["message"] == EMPTY
    assert statuses[0] == statuses[-1] == (None, 200, {"languages": ["en"]})
    assert statuses[5][2] == NOT_FOUND


def test_a_call_on_which_the_service_fails_fails_alone(policy: Policy) -> None:
    moderator = Moderator({"en": BrokenScorer()}, {policy.name: policy})
    client = create_app(moderator, Settings()).test_client()
    suggestion = {
        "comment": {"text": "a"},
        "attributeScores": {"INSULT": {"summaryScore": {"value": 1}}},
        "clientToken": "c",
    }
    kept = part(json.dumps(suggestion).encode(), line=f"POST {SUGGEST}?fields=clientToken HTTP/1.1")
    reply = client.post("/batch", data=join(kept, part(), kept), content_type=MEDIA_TYPE)
    internal = envelope(500, "INTERNAL", "Internal error encountered.")
    good = (None, 200, {"clientToken": "c"})
    assert reply.status_code == 200
    assert read_parts(reply.data, reply.headers["Content-Type"]) == [
        good,
        (None, 500, internal),
        good,
    ]


@pytest.mark.parametrize(
    "target",
    [
        ANALYZE,
        "/v1alpha1/comments%3Aanalyze",
        "https://commentanalyzer.googleapis.com/v1alpha1/comments:analyze",
        f"{ANALYZE}?key=k&alt=json&%66ields=languages",
        f"{ANALYZE}#x",
    ],
)
@pytest.mark.parametrize("end", [b"\r\n", b"\n"])
def test_a_call_is_read_however_its_address_and_lines_are_written(target: str, end: bytes) -> None:
    body = join(part(line=f"POST {target} HTTP/1.1")).replace(b"\r\n", end)
    [(_, status, document)] = send(body)
    assert (status, document["languages"]) == (200, ["en"])


def test_what_stands_around_the_parts_and_more_headers_are_no_matter() -> None:
    inner = b"MIME-Version: 1.0\r\naccept: */*\r\nContent-Length: 7\r\nHost: a\r\n"
    body = b"Hello\r\n" + join(part(inner=inner, head=b"MIME-Version: 1.0\r\n")) + b"Bye"
    assert send(body) == [(None, 200, {"languages": ["en"]})]


def test_text_that_is_not_ascii_is_read_as_utf8() -> None:
    asked = INSULT | {"clientToken": "Grüße 🙈 字"}
    call = part(
        json.dumps(asked, ensure_ascii=False).encode(),
        line=f"POST {ANALYZE}?fields=clientToken HTTP/1.1",
    )
    assert send(join(call)) == [(None, 200, {"clientToken": "Grüße 🙈 字"})]


def send_with_keys(moderator: Moderator, query: str, header: str | None, target: str) -> int:
    """Send a batch of one call to a service that asks for keys; return the call's status."""
    settings = Settings(keys=(Key(name="a", sha256=digest_key("key")),))
    client = create_app(moderator, settings).test_client()
    headers = {"X-Goog-Api-Key": header} if header else {}
    reply = client.post(
        f"/batch{query}",
        data=join(part(line=f"POST {target} HTTP/1.1")),
        content_type=MEDIA_TYPE,
        headers=headers,
    )
    [(_, status, _)] = read_parts(reply.data, reply.headers["Content-Type"])
    return status


@pytest.mark.parametrize(
    ("query", "header", "target", "status"),
    [
        ("", None, ANALYZE, 403),
        ("", None, f"{ANALYZE}?key=key", 200),
        ("", "key", ANALYZE, 200),
        ("?key=key", None, ANALYZE, 200),
        ("?key=key", "key", f"{ANALYZE}?key=no", 400),
        ("?key=no", None, f"{ANALYZE}?key=key", 200),
    ],
)
def test_a_call_without_a_key_has_that_of_the_batch(
    query: str, header: str | None, target: str, status: int, moderator: Moderator
) -> None:
    assert send_with_keys(moderator, query, header, target) == status


def test_each_call_of_a_batch_counts() -> None:
    shown = []

    def admit(key: str | None) -> None:
        shown.append(key)
        if len(shown) > 2:
            raise RateExceededError("2/minute")

    perspective = Perspective(SCORERS, admit)
    statuses = [status for _, status, _ in send(join(*[part()] * 3), perspective=perspective)]
    assert statuses == [200, 200, 429]
    assert shown == ["outer key"] * 3
