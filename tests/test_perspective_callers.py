"""Keys and rates by Google's protocol: its errors, word for word."""

from typing import Any

import pytest
from perspective_stubbed import INSULT, SCORERS, SUGGESTION, answer, build_call, envelope

from service.admission import NoKeyError, RateExceededError, WrongKeyError
from service.perspective.calls import ANALYZE, SUGGEST, Perspective

KEYS = ("first key", "schlüssel-2")
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


def quota_document(metric: str) -> Any:  # noqa: ANN401 - JSON
    """Return the error of a call over a rate of 3 an hour."""
    return caller_document(
        429,
        "RESOURCE_EXHAUSTED",
        f"Quota exceeded for quota metric '{metric}' and limit '{metric} per hour'"
        f" of service '{SERVICE}'.",
        "RATE_LIMIT_EXCEEDED",
        quota_metric=metric,
        quota_limit=f"{metric} per hour",
        quota_limit_value="3",
    )


def admit(key: str | None) -> None:
    """Take two keys."""
    if not key:
        raise NoKeyError
    if key not in KEYS:
        raise WrongKeyError


PERSPECTIVE = Perspective(SCORERS, admit)


def ask(
    perspective: Perspective = PERSPECTIVE,
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


@pytest.mark.parametrize("key", [None, "", "any"])
def test_without_keys_everybody_may_call_with_any(key: str | None) -> None:
    assert ask(Perspective(SCORERS), key=key)[0] == 200


@pytest.mark.parametrize(
    ("key", "header"),
    [(KEYS[0], None), (KEYS[1], None), (None, KEYS[0]), ("", KEYS[0]), (KEYS[0], "wrong")],
)
@pytest.mark.parametrize("path", [ANALYZE, SUGGEST])
def test_a_right_key_is_taken_from_the_query_or_else_the_header(
    key: str | None, header: str | None, path: str
) -> None:
    assert ask(key=key, header=header, path=path)[0] == 200


def test_a_wrong_key_is_refused_before_anything_of_the_body() -> None:
    assert ask(key="wrong", body=b"{") == (400, WRONG_KEY)
    assert ask(header="wrong") == (400, WRONG_KEY)
    assert ask(key="wrong", header=KEYS[0]) == (400, WRONG_KEY)


@pytest.mark.parametrize("key", [None, ""])
def test_a_call_without_a_key_is_refused(key: str | None) -> None:
    assert ask(key=key, header=key, body=b"{") == (403, NO_KEY)


@pytest.mark.parametrize(("path", "metric"), [(ANALYZE, ANALYSIS), (SUGGEST, SUGGESTIONS)])
def test_a_call_over_the_rate_names_the_metric_and_the_limit(path: str, metric: str) -> None:
    def refuse(_: str | None) -> None:
        raise RateExceededError("3/hour")

    assert ask(Perspective(SCORERS, refuse), path=path) == (429, quota_document(metric))


def test_what_is_no_method_is_not_counted() -> None:
    shown: list[str | None] = []
    assert ask(Perspective(SCORERS, shown.append), path="/v1alpha1/nothing")[0] == 404
    assert not shown
