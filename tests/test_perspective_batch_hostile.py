"""Batches as nobody should send them: each is refused, or its bad call fails alone."""

import re

import pytest
from flask.testing import FlaskClient
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st
from perspective_batches import EDGE, MEDIA_TYPE, NOT_FOUND, join, part, read_parts, send
from perspective_stubbed import SCORERS, build_call, field_refusal

from service.perspective.batch import answer_batch
from service.perspective.calls import ANALYZE, Perspective
from service.perspective.errors import PerspectiveError

NO_REQUEST = field_refusal("A part of a batch is a request over HTTP, as application/http.")
NO_BATCH = "A batch is sent as multipart/mixed, with its boundary."
RFC822 = b"Content-Type: message/rfc822\r\n"


def refuse(body: bytes, media_type: str = MEDIA_TYPE) -> str:
    """Send a batch that is refused as a whole; return the message."""
    with pytest.raises(PerspectiveError, match=r"^INVALID_ARGUMENT$") as raised:
        send(body, media_type)
    return raised.value.response.error.message


@pytest.mark.parametrize(
    ("body", "media_type"),
    [
        (b"", MEDIA_TYPE),
        (b"hello", MEDIA_TYPE),
        (f"--{EDGE}--\r\n".encode(), MEDIA_TYPE),
        (join(part()), ""),
        (join(part()), "multipart/mixed"),
        (join(part()), "multipart/mixed; boundary="),
        (join(part()), "multipart/mixed; boundary=other"),
        (join(part()), f"multipart/form-data; boundary={EDGE}"),
        (join(part()), f"application/json; boundary={EDGE}"),
        (join(part()), f"multipart/mixed; boundary=字{EDGE}"),
        (join(part()), "multipart/mixed; boundary*=a%00b''edge"),
    ],
)
def test_what_is_no_batch_is_refused(body: bytes, media_type: str) -> None:
    assert refuse(body, media_type) in {NO_BATCH, "The batch has no calls."}


@pytest.mark.parametrize(
    "hostile",
    [
        part(kind=b"text/plain"),
        part(kind=MEDIA_TYPE.encode()),
        part(kind=b"multipart/mixed; boundary=inner", body=b"--inner\r\n\r\na\r\n--inner--"),
        part(inner=b"Content-Type: multipart/mixed; boundary=a\r\n", body=b"--a\r\n\r\nb\r\n--a--"),
        part(inner=b"Content-Type: a\r\n" * 1000),
        part(head=b"Content-Transfer-Encoding: base64\r\n" * 1000),
        b"Content-Type: application/http\r\nContent-Transfer-Encoding: base64\r\n\r\nUE9TVA==",
        part(inner=RFC822, body=(RFC822 + b"\r\n") * 3000),
        part(kind=b"message/rfc822", body=(RFC822 + b"\r\n") * 3000),
        part(line=f"POST {ANALYZE}"),
        part(line=f"POST  {ANALYZE} HTTP/1.1"),
        part(line=f"post {ANALYZE} HTTP/1.1"),
        part(line="POST /\x00 HTTP/2"),
        b"Content-Type: application/http\r\n\r\n",
        b"\r\n",
        b"",
    ],
    ids=range(16),
)
def test_a_part_that_is_no_call_fails_alone(hostile: bytes) -> None:
    found = send(join(part(), hostile, part()))
    assert [status for _, status, _ in found] == [200, 400, 200]
    assert found[1][2]["error"]["status"] == "INVALID_ARGUMENT"


def test_a_batch_in_a_batch_is_not_answered() -> None:
    inner = f"Content-Type: {MEDIA_TYPE}\r\n".encode().replace(EDGE.encode(), b"inner")
    nested = join(part()).replace(EDGE.encode(), b"inner")
    call = part(nested, line="POST /batch HTTP/1.1", inner=inner)
    assert send(join(call)) == [(None, 404, NOT_FOUND)]


@pytest.mark.parametrize(
    "name",
    [
        *(b"<a\r\n X-Evil: 1>", b"<a\n\tX-Evil: 1>", b"<a\rX-Evil: 1>", b"<a\x0b\x0c\x85b>"),
        *(b"<\xff\xfe>", b"<=?utf-8?q?=0d=0aX-Evil:_1?=>", b"<a>b>", b"<>", b"a", b"", b"<a\0b>"),
        b"<" + b"a" * 501 + b">",
    ],
)
def test_the_name_of_a_part_puts_no_header_into_the_answer(name: bytes) -> None:
    parts, _ = answer_batch(
        join(part(head=b"Content-ID: " + name + b"\r\n")),
        MEDIA_TYPE,
        build_call(),
        Perspective(SCORERS).answer,
    )
    head = b"".join(parts).partition(b"\r\n\r\n")[0].decode("ascii").split("\r\n")
    assert head[1] == "Content-Type: application/http"
    assert len(head) <= 3
    for line in head[2:]:
        assert re.fullmatch(r"Content-ID: <response-[ -~]{1,500}>", line)


def test_a_body_of_16_mib_with_few_calls_is_read_and_one_more_byte_is_not(
    client: FlaskClient,
) -> None:
    calls = join(part())
    full = b"a" * (16_777_216 - len(calls) - 2) + b"\r\n" + calls
    assert client.post("/batch", data=full, content_type=MEDIA_TYPE).status_code == 200
    reply = client.post("/batch", data=b"a" + full, content_type=MEDIA_TYPE)
    assert (reply.status_code, reply.get_json()["error"]["code"]) == (413, 413)


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
@given(
    st.lists(
        st.binary(max_size=40)
        | st.builds(part, st.binary(max_size=40), head=st.binary(max_size=20))
        | st.builds(part, inner=st.binary(max_size=30), kind=st.binary(max_size=20)),
        max_size=4,
    ).map(lambda parts: join(*parts)),
    st.just(MEDIA_TYPE) | st.text(st.characters(max_codepoint=255, min_codepoint=32)),
)
@example(b"--edge\r\n\r\n", "multipart/mixed; boundary*=a%00b''edge")
def test_any_bytes_are_refused_or_give_answers_that_can_be_read(
    client: FlaskClient, body: bytes, media_type: str
) -> None:
    reply = client.post("/batch", data=body, content_type=media_type)
    if reply.status_code == 200:
        for _, status, document in read_parts(reply.data, reply.headers["Content-Type"]):
            assert status in {200, 400, 404}
            assert status == 200 or document["error"]["code"] == status
    else:
        assert (reply.status_code, reply.get_json()["error"]["code"]) == (400, 400)


def test_a_million_calls_are_refused_as_two_hundred_are() -> None:
    message = "The batch has too many calls. It exceeded limit (100)."
    for calls in (200, 1_000_000):
        assert refuse(b"--edge\r\n\r\n" * calls, MEDIA_TYPE) == message
