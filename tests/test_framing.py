"""Where a request ends, found from its bytes as they come, and compared with gunicorn's reading."""

from collections.abc import Iterable

import pytest
from gunicorn.config import Config
from gunicorn.http import get_parser
from hypothesis import given
from hypothesis import strategies as st

from service.worker.framing import (
    Extent,
    Framing,
    Limits,
    asks_for_health,
    is_plain,
    is_short,
)

LIMITS = Limits(head=1000, body=10_000)
HEAD = b"POST /v1/moderate HTTP/1.1\r\nHost: localhost\r\n"

bodies = st.binary(max_size=300)
spellings = st.sampled_from([b"Content-Length: %d", b"content-length:%d", b"CONTENT-LENGTH:\t %d "])


def send_sized(body: bytes, spelling: bytes) -> bytes:
    """Return a request that says how long its body is."""
    return HEAD + spelling % len(body) + b"\r\n\r\n" + body


def send_chunked(chunks: Iterable[bytes], ending: bytes) -> bytes:
    """Return a request in chunks."""
    sent = b"".join(b"%x;a=b\r\n%s\r\n" % (len(chunk), chunk) for chunk in chunks if chunk)
    return HEAD + b"Transfer-Encoding: chunked\r\n\r\n" + sent + b"0\r\n" + ending + b"\r\n"


requests = st.one_of(
    st.builds(send_sized, bodies, spellings),
    st.builds(send_chunked, st.lists(bodies, max_size=5), st.sampled_from([b"", b"X: y\r\n"])),
    st.just(b"GET /healthz HTTP/1.1\r\nHost: localhost\r\n\r\n"),
    st.just(b"\r\nGET / HTTP/1.0\r\n\r\n"),
)


def look_at(pieces: Iterable[bytes], limits: Limits = LIMITS) -> list[Extent]:
    """Return what is found after each piece, up to the end of a request."""
    framing, buffer, found = Framing(limits), bytearray(), list[Extent]()
    for piece in pieces:
        buffer += piece
        found.append(framing.look(buffer))
        if found[-1] is not Extent.PARTIAL:
            break
    return found


@given(requests, bodies)
def test_a_request_is_whole_with_its_last_byte_and_not_before(request: bytes, after: bytes) -> None:
    bytewise = look_at(bytes([byte]) for byte in request)
    assert bytewise == [Extent.PARTIAL] * (len(request) - 1) + [Extent.WHOLE]
    assert look_at([request + after]) == [Extent.WHOLE]


@given(requests)
def test_gunicorn_finds_the_same_end(request: bytes) -> None:
    parser = get_parser(Config(), iter([request + b"the next"]), ("127.0.0.1", 1))
    next(parser).body.read()
    assert parser.unreader.take_buffered() == b"the next"


@given(pieces=st.lists(st.binary(max_size=40), max_size=20), chunked=st.booleans())
def test_no_bytes_make_it_fail_or_wait_beyond_the_limits(
    pieces: list[bytes], *, chunked: bool
) -> None:
    head = HEAD + b"Transfer-Encoding: chunked\r\n\r\n" if chunked else b""
    assert look_at([head, *pieces])
    if not any(b"\n" in piece for piece in pieces):
        assert look_at([head, *pieces, b"a" * 20_000])[-1] is not Extent.PARTIAL


@pytest.mark.parametrize(
    ("request_", "extent"),
    [
        (b"GET /" + b"a" * 1000, Extent.HEAD_TOO_LARGE),
        (HEAD + b"X: " + b"a" * 1000 + b"\r\n\r\n", Extent.HEAD_TOO_LARGE),
        (HEAD + b"Content-Length: 10001\r\n\r\n", Extent.BODY_TOO_LARGE),
        (HEAD + b"Content-Length: 10000\r\n\r\n", Extent.PARTIAL),
        (HEAD + b"Content-Length: " + b"9" * 500 + b"\r\n\r\n", Extent.BODY_TOO_LARGE),
        (HEAD + b"Transfer-Encoding: chunked\r\n\r\n2711\r\n", Extent.BODY_TOO_LARGE),
        # What follows is for gunicorn to refuse, so it is not waited for.
        (HEAD + b"Transfer-Encoding: chunked\r\n\r\n-5\r\n", Extent.WHOLE),
        (HEAD + b"Transfer-Encoding: chunked\r\n\r\n" + b"a" * 9000, Extent.WHOLE),
        (HEAD + b"Content-Length: +5\r\n\r\n", Extent.WHOLE),
        (b"GET / HTTP/1.1\n\n", Extent.WHOLE),
    ],
)
def test_what_is_too_large_or_malformed_is_not_waited_for(request_: bytes, extent: Extent) -> None:
    assert look_at([request_]) == [extent]


@pytest.mark.parametrize(
    ("line", "expects"),
    [
        (b"Expect: 100-continue\r\n", True),
        (b"expect: 100-Continue\r\n", True),
        (b"X-Expect: 100-continue\r\n", False),
        (b"", False),
    ],
)
def test_a_client_that_waits_to_be_told_to_go_on_is_known(line: bytes, *, expects: bool) -> None:
    framing = Framing(LIMITS)
    assert framing.look(bytearray(HEAD + line + b"Content-Length: 5\r\n\r\n")) is Extent.PARTIAL
    assert framing.expects is expects
    old = HEAD.replace(b"1.1", b"1.0") + line + b"Content-Length: 5\r\n\r\n"
    framing = Framing(LIMITS)
    framing.look(bytearray(old))
    assert not framing.expects


@pytest.mark.parametrize(
    ("request_", "expected"),
    [
        (send_sized(b"abc", b"Content-Length: %d"), True),
        (send_sized(b"abc", b"Content-Length: %d") + b"P", False),
        (send_sized(b"abc", b"Content-Length: %d\r\nConnection: close"), False),
        (send_sized(b"abc", b"Content-Length: %d\r\nContent-Length: 3"), False),
        (send_sized(b"abc", b"Content-Length: %d\r\nTransfer-Encoding : chunked"), False),
        (send_sized(b"abc", b"X: a\nContent-Length: %d"), False),
        (send_sized(b"abc", b"Content-Length: 0%d"), False),
        (send_sized(b"abc", b"Content-Length: %d").replace(b"1.1", b"1.0"), False),
        (send_chunked([b"abc"], b""), False),
    ],
)
def test_a_connection_is_kept_after_a_refusal_only_where_all_find_the_same_end(
    request_: bytes, *, expected: bool
) -> None:
    assert is_plain(bytearray(request_)) is expected


@pytest.mark.parametrize(
    ("line", "short", "health"),
    [
        (b"POST /v1/moderate HTTP/1.1", True, False),
        (b"POST /v1/moderate?a=b HTTP/1.1", True, False),
        (b"POST /v1alpha1/comments:analyze?key=a HTTP/1.1", True, False),
        (b"POST /v1alpha1/comments:suggestscore HTTP/1.1", False, False),
        (b"POST /integrations/coral HTTP/1.1", True, False),
        (b"POST /v1/moderate/batch HTTP/1.1", False, False),
        (b"GET / HTTP/1.1", False, False),
        (b"GET /healthz HTTP/1.1", False, True),
        (b"HEAD /readyz HTTP/1.1", False, True),
        (b"GET /metrics?name[]=a HTTP/1.1", False, True),
        (b"POST /healthz HTTP/1.1", False, False),
        (b"GET /healthzz HTTP/1.1", False, False),
    ],
)
def test_what_a_request_is_for_is_told_from_its_first_line(
    line: bytes, *, short: bool, health: bool
) -> None:
    request = bytearray(line + b"\r\n\r\n")
    assert (is_short(request), asks_for_health(request)) == (short, health)
    assert not is_short(request + b"a" * 65_536)
