"""Google's own client for Python, unmodified, with this service."""

from collections.abc import Iterator
from typing import Any

import pytest
from googleapiclient.discovery import Resource, build, build_from_document
from googleapiclient.errors import HttpError
from perspective_calls import (
    BOTH,
    DISCOVERY,
    ERRORS,
    SUGGESTED,
    SUGGESTION,
    THANKS,
    THREAT,
    check_scores,
    error_document,
    request_for,
    scored,
    values,
)


@pytest.fixture(params=["client_options", "discoveryServiceUrl"])
def google(
    request: pytest.FixtureRequest, base: str, document: dict[str, Any]
) -> Iterator[Resource]:
    """Return google-api-python-client, sent here in each of its two ways."""
    if request.param == "client_options":
        options = {"api_endpoint": base}
        service = build_from_document(document, developerKey="any", client_options=options)
    else:
        service = build_discovered(base)
    with service:
        yield service


def build_discovered(base: str) -> Resource:
    """Build google-api-python-client from the document that it asks the service for."""
    return build(
        "commentanalyzer",
        "v1alpha1",
        developerKey="any",
        discoveryServiceUrl=base + DISCOVERY,
        static_discovery=False,
    )


def test_the_client_has_scores(google: Resource) -> None:
    threat, thanks = (
        google.comments().analyze(body=request_for(text, *BOTH)).execute()
        for text in (THREAT, THANKS)
    )
    check_scores(threat, thanks)


def test_the_client_has_every_attribute_and_its_token_back(google: Resource) -> None:
    names: tuple[str, ...] = (
        "TOXICITY",
        "SEVERE_TOXICITY",
        "IDENTITY_ATTACK",
        "INSULT",
        "PROFANITY",
        "THREAT",
    )
    names += tuple(f"{name}_EXPERIMENTAL" for name in names)
    body = request_for(THREAT, *names, clientToken="c-1", sessionId="s", communityId="our-site")
    found = google.comments().analyze(body=body).execute()
    assert tuple(sorted(values(found))) == tuple(sorted(names))
    assert found == scored(THREAT, values(found), clientToken="c-1")


def test_the_client_has_the_language_detected_where_it_names_none(
    google: Resource,
) -> None:
    body = request_for(THANKS, languages=[], doNotStore=True, comment={"text": THANKS})
    assert google.comments().analyze(body=body).execute()["languages"] == ["en"]


def test_the_client_has_spans_that_count_an_emoji_as_javascript_does(
    google: Resource,
) -> None:
    sentences = ["👍🏽 Thank you for this.", "🙈 You are an idiot!", "Well said, I like it 👍🏽."]
    text = " ".join(sentences)
    body = request_for(text, "INSULT", spanAnnotations=True)
    found = google.comments().analyze(body=body).execute()
    units = text.encode("utf-16-le")
    spans = found["attributeScores"]["INSULT"]["spanScores"]
    pieces = [units[2 * span["begin"] : 2 * span["end"]].decode("utf-16-le") for span in spans]
    assert [piece.strip() for piece in pieces] == sentences
    kind, abuse, praise = (span["score"]["value"] for span in spans)
    assert max(kind, praise) < 0.5 < abuse


def test_the_client_may_use_the_parameters_of_any_google_api(google: Resource) -> None:
    call = google.comments().analyze(
        body=request_for(THANKS),
        fields="languages",
        prettyPrint=False,
        quotaUser="reader",
        x__xgafv="2",
    )
    assert call.execute() == {"languages": ["en"]}


def test_the_client_suggests_a_score(google: Resource) -> None:
    assert google.comments().suggestscore(body=SUGGESTION).execute() == SUGGESTED


@pytest.mark.parametrize("name", ERRORS)
def test_the_client_raises_our_error_with_its_details(google: Resource, name: str) -> None:
    changed, message, detail = ERRORS[name]
    with pytest.raises(HttpError, match="returned") as raised:
        google.comments().analyze(body=request_for(THREAT) | changed).execute()
    assert raised.value.status_code == 400
    assert raised.value.reason == message
    assert raised.value.error_details == error_document(name)["error"]["details"]
    assert raised.value.error_details[0]["errorType"] == detail["errorType"]


def test_the_client_sends_100_calls_in_a_batch_of_which_one_fails(
    base: str,
) -> None:
    answers: dict[str, tuple[Any, HttpError | None]] = {}

    def keep(name: str, answer: Any, error: HttpError | None) -> None:  # noqa: ANN401 - as it calls
        answers[name] = answer, error

    texts = {f"c-{index}": f"{THANKS} {index}" for index in range(100)} | {"c-42": ""}
    with build_discovered(base) as google:
        batch = google.new_batch_http_request(callback=keep)
        for name, text in texts.items():
            batch.add(google.comments().analyze(body=request_for(text)), request_id=name)
        batch.execute()
    _, error = answers.pop("c-42")
    assert error is not None
    assert (error.status_code, error.reason) == (400, "Comment must be non-empty.")
    assert error.error_details == error_document("empty")["error"]["details"]
    assert len(answers) == 99
    for name, (found, error) in answers.items():
        assert error is None
        assert found == scored(texts[name], values(found))


def test_the_client_may_mix_methods_in_a_batch(base: str) -> None:
    answers: list[Any] = []
    with build_discovered(base) as google:
        batch = google.new_batch_http_request(callback=lambda _, answer, __: answers.append(answer))
        batch.add(google.comments().suggestscore(body=SUGGESTION))
        batch.add(google.comments().analyze(body=request_for(THANKS), fields="languages"))
        batch.execute()
    assert answers == [SUGGESTED, {"languages": ["en"]}]


def test_the_client_has_a_batch_of_101_calls_refused(base: str) -> None:
    with build_discovered(base) as google:
        batch = google.new_batch_http_request()
        for _ in range(101):
            batch.add(google.comments().analyze(body=request_for(THANKS)))
        with pytest.raises(HttpError, match=r"exceeded limit \(100\)") as raised:
            batch.execute()
    assert raised.value.status_code == 400
