"""Keys and quotas: off unless switched on, and exact where they are."""

import hashlib
import time
from typing import Any

import pytest
from perspective_stubbed import INSULT, SCORERS, SUGGESTION, answer, build_call, envelope

from service.perspective.callers import Callers
from service.perspective.calls import ANALYZE, SUGGEST, Perspective

KEYS = ("first key", "schlüssel-2")
DIGESTS = tuple(hashlib.sha256(key.encode()).hexdigest() for key in KEYS)
ANALYSIS = "Analysis requests (AnalyzeComment)"
SUGGESTIONS = "Score suggestions (SuggestCommentScore)"

SERVICE = "commentanalyzer.googleapis.com"
NO_KEY = envelope(
    403,
    "PERMISSION_DENIED",
    "Method doesn't allow unregistered callers (callers without established identity). Please use"
    " API Key or other form of API consumer identity to call this API.",
)


def caller_document(code: int, status: str, message: str, reason: str, **more: str) -> Any:  # noqa: ANN401 - JSON
    """Return an error with Google's detail about a caller."""
    detail = {
        "@type": "type.googleapis.com/google.rpc.ErrorInfo",
        "reason": reason,
        "domain": "googleapis.com",
        "metadata": {"service": SERVICE, **more},
    }
    return envelope(code, status, message, detail)


WRONG_KEY = caller_document(
    400,
    "INVALID_ARGUMENT",
    "API key not valid. Please pass a valid API key.",
    "API_KEY_INVALID",
)


def quota_document(metric: str, limit: int) -> Any:  # noqa: ANN401 - JSON
    """Return the error of a call over the quota."""
    return caller_document(
        429,
        "RESOURCE_EXHAUSTED",
        f"Quota exceeded for quota metric '{metric}' and limit '{metric} per minute'"
        f" of service '{SERVICE}'.",
        "RATE_LIMIT_EXCEEDED",
        quota_metric=metric,
        quota_limit=f"{metric} per minute",
        quota_limit_value=str(limit),
    )


def ask(
    perspective: Perspective,
    *,
    key: str | None = None,
    header: str | None = None,
    path: str = ANALYZE,
    **more: Any,  # noqa: ANN401 - other parts of the call
) -> tuple[int, Any]:
    """Make a call with a key in the query, or in the header."""
    query = [] if key is None else [("key", key)]
    call = build_call(INSULT if path == ANALYZE else SUGGESTION, path, query, header)
    return answer(call._replace(**more), perspective)


def statuses_within_a_minute(quota: int, *calls: dict[str, Any]) -> list[int]:
    """Return the statuses of calls with a fresh count, made in one minute of the clock."""
    while True:
        perspective = Perspective(SCORERS, Callers(DIGESTS, quota))
        begin = time.time() // 60
        statuses = [ask(perspective, **call)[0] for call in calls]
        if time.time() // 60 == begin:
            return statuses


@pytest.mark.parametrize("key", [None, "", "any"])
def test_without_keys_everybody_may_call_with_any(key: str | None) -> None:
    assert ask(Perspective(SCORERS, Callers()), key=key)[0] == 200


@pytest.mark.parametrize(
    ("key", "header"),
    [(KEYS[0], None), (KEYS[1], None), (None, KEYS[0]), ("", KEYS[0]), (KEYS[0], "wrong")],
)
@pytest.mark.parametrize("path", [ANALYZE, SUGGEST])
def test_a_right_key_is_taken_from_the_query_or_else_the_header(
    key: str | None, header: str | None, path: str
) -> None:
    perspective = Perspective(SCORERS, Callers(DIGESTS))
    assert ask(perspective, key=key, header=header, path=path)[0] == 200


@pytest.mark.parametrize(
    "key", ["wrong", "First key", "first key ", DIGESTS[0], "\ud83d", "first key\0", "k" * 4000]
)
def test_a_wrong_key_is_refused_before_anything_of_the_body(key: str) -> None:
    perspective = Perspective(SCORERS, Callers(DIGESTS))
    assert ask(perspective, key=key, body=b"{") == (400, WRONG_KEY)
    assert ask(perspective, header=key) == (400, WRONG_KEY)
    assert ask(perspective, key=key, header=KEYS[0]) == (400, WRONG_KEY)


@pytest.mark.parametrize("key", [None, ""])
def test_a_call_without_a_key_is_refused(key: str | None) -> None:
    perspective = Perspective(SCORERS, Callers(DIGESTS))
    assert ask(perspective, key=key, header=key) == (403, NO_KEY)


def test_as_many_calls_as_the_quota_pass_and_the_next_is_refused() -> None:
    calls = [{"key": KEYS[0]}] * 4
    assert statuses_within_a_minute(3, *calls) == [200, 200, 200, 429]


def test_a_call_over_the_quota_names_the_metric_and_the_limit() -> None:
    for path, metric in ((ANALYZE, ANALYSIS), (SUGGEST, SUGGESTIONS)):
        perspective = Perspective(SCORERS, Callers(quota=1))
        answers = [ask(perspective, path=path) for _ in range(4)]
        assert answers[-1] == (429, quota_document(metric, 1))


def test_each_method_and_each_key_has_a_quota_of_its_own() -> None:
    calls = [{"key": key, "path": path} for path in (ANALYZE, SUGGEST) for key in KEYS]
    assert statuses_within_a_minute(1, *calls, *calls) == [200] * 4 + [429] * 4


def test_a_key_has_one_quota_wherever_it_is_sent_and_from_wherever() -> None:
    calls = [{"key": KEYS[0], "address": "192.0.2.2"}, {"header": KEYS[0], "address": "::1"}]
    assert statuses_within_a_minute(1, *calls) == [200, 429]


def test_without_keys_each_address_has_a_quota_whatever_it_sends() -> None:
    perspective = Perspective(SCORERS, Callers(quota=1))
    assert ask(perspective, address="192.0.2.2")[0] == 200
    assert ask(perspective, address="192.0.2.3")[0] == 200
    again = [ask(perspective, address="192.0.2.2", key=str(index))[0] for index in range(3)]
    assert again[-1] == 429


def test_a_call_that_is_refused_counts_and_a_wrong_key_does_not() -> None:
    bad, wrong, right = {"body": b"{", "key": KEYS[0]}, {"key": "no"}, {"key": KEYS[0]}
    assert statuses_within_a_minute(2, bad, wrong, wrong, right, right) == [
        *(400, 400, 400, 200, 429)
    ]


def test_a_quota_of_zero_is_none() -> None:
    perspective = Perspective(SCORERS, Callers(DIGESTS, 0))
    assert {ask(perspective, key=KEYS[0])[0] for _ in range(100)} == {200}
