"""Scores that somebody suggests: what is taken, what is kept, and what is refused."""

import json
import logging
from datetime import UTC, datetime
from typing import Any

import msgspec
import pytest
from perspective_stubbed import SCORERS, answer, build_call, envelope, refusal

from service.feedback.suggestion import FeedbackError, Suggestion
from service.perspective.calls import SUGGEST, Perspective
from service.perspective.suggestion import MAX_STORED_BYTES, Keep

ONE: dict[str, Any] = {"INSULT": {"summaryScore": {"value": 1}}}
COMMENT_ID = "comment:1b2c"
TEXT = "You 🙈 idiot!"


def suggest(keep: Keep | None = None, **changed: object) -> tuple[int, Any]:
    """Suggest a score; return the status and the document of the answer."""
    document = {"comment": {"text": TEXT}, "attributeScores": ONE} | changed
    return answer(build_call(document, SUGGEST), Perspective(SCORERS, keep=keep))


def keep_of(**changed: object) -> list[Suggestion]:
    """Suggest a score where storing is on; return what is kept."""
    kept: list[Suggestion] = []
    status, document = suggest(kept.append, **changed)
    assert status == 200, document
    return kept


def spanned(*spans: tuple[object, object, object]) -> dict[str, Any]:
    """Return suggested scores of pieces of the text."""
    entries = [
        {"begin": begin, "end": end, "score": {"value": value}} for begin, end, value in spans
    ]
    return {"INSULT": {"spanScores": entries}}


def test_a_suggestion_is_kept_with_all_that_was_said() -> None:
    before = datetime.now(UTC)
    [kept] = keep_of(
        attributeScores={
            "INSULT": {"summaryScore": {"value": 1, "type": "PROBABILITY"}},
            "THREAT_EXPERIMENTAL": {
                "summaryScore": {"value": 0},
                "spanScores": [{"begin": 0, "end": 13, "score": {"value": 0.25}}],
            },
        },
        languages=["en", "fr"],
        communityId="our-site",
        clientToken=COMMENT_ID,
        sessionId="s-1",
        context={"entries": [{"text": "Above."}]},
    )
    assert before <= kept.created <= datetime.now(UTC)
    assert kept == Suggestion(
        text=TEXT,
        scores={"INSULT": 1.0, "THREAT_EXPERIMENTAL": 0.0},
        spans={"THREAT_EXPERIMENTAL": [(0, 13, 0.25)]},
        languages=["en", "fr"],
        community_id="our-site",
        client_token=COMMENT_ID,
        model="en-stub",
        created=kept.created,
    )


def test_what_was_not_said_is_kept_as_detected_or_as_nothing() -> None:
    [kept] = keep_of()
    assert kept == Suggestion(
        text=TEXT,
        scores={"INSULT": 1.0},
        spans={},
        languages=["en"],
        model="en-stub",
        created=kept.created,
    )


@pytest.mark.parametrize(
    ("changed", "languages"),
    [
        ({"languages": ["om"]}, ["om"]),
        ({"comment": {"text": "Спасибо за эту статью"}}, ["ru"]),
        ({"comment": {"text": "12345"}}, []),
    ],
)
def test_a_text_that_no_model_reads_is_kept_without_a_model(
    changed: dict[str, Any], languages: list[str]
) -> None:
    [kept] = keep_of(**changed)
    assert (kept.languages, kept.model) == (languages, None)


@pytest.mark.parametrize("refused", [True, "true", 1])
def test_what_says_do_not_store_is_not_kept(refused: object) -> None:
    assert keep_of(doNotStore=refused) == []
    assert keep_of(do_not_store=refused) == []


@pytest.mark.parametrize("allowed", [False, None])
def test_what_may_be_stored_is_kept(allowed: object) -> None:
    assert len(keep_of(doNotStore=allowed)) == 1


@pytest.mark.parametrize("storing", [False, True])
@pytest.mark.parametrize("value", [0, 1, 0.5, "0.5", 1.0])
def test_the_answer_is_the_same_whether_it_is_kept_or_not(storing: bool, value: object) -> None:  # noqa: FBT001 - a parameter of the test
    kept: list[Suggestion] = []
    scores = {"TOXICITY": {"summaryScore": {"value": value}}}
    found = suggest(
        kept.append if storing else None,
        comment={"text": "yo hamburger, you silly idiot and grumpy one"},
        attributeScores=scores,
        languages=["en"],
        clientToken="comment:1b2c",
    )
    assert found == (
        200,
        {
            "detectedLanguages": ["en"],
            "requestedLanguages": ["en"],
            "clientToken": "comment:1b2c",
        },
    )
    assert len(kept) == storing


def test_nothing_is_said_of_languages_where_there_are_none() -> None:
    found = suggest(comment={"text": "12345"}, languages=[])
    assert found == (200, {})


@pytest.mark.parametrize(
    ("scores", "message"),
    [
        (None, "Missing attribute_scores"),
        ({}, "Missing attribute_scores"),
        ({"INSULT": None}, "Missing scores of attribute INSULT"),
        ({"INSULT": {}}, "Missing scores of attribute INSULT"),
        ({"INSULT": {"spanScores": []}}, "Missing scores of attribute INSULT"),
        ({"INSULT": {"summaryScore": {}}}, "Missing score value of attribute INSULT"),
        (spanned((0, 1, None)), "Missing score value of attribute INSULT"),
        ({"INSULT": {"spanScores": [{"begin": 0, "end": 1}]}}, "Missing score value of attribute"),
        (spanned((None, 1, 1)), "Missing begin or end in a span of attribute INSULT"),
        (spanned((0, 4, 1), (0, None, 1)), "Missing begin or end in a span of attribute INSULT"),
        *(
            (spanned((begin, end, 1)), "A span of attribute INSULT is outside the text")
            for begin, end in ((-1, 3), (3, 3), (4, 3), (0, 14), (14, 15), (2**31 - 2, 2**31 - 1))
        ),
        *(
            (
                {"INSULT": {"summaryScore": {"value": value}}},
                "Score value of attribute INSULT must be between 0 and 1",
            )
            for value in (-0.001, 1.001, -1, 100, "NaN", "Infinity", 1e308)
        ),
        (ONE | {"FLIRTATION": {"summaryScore": {"value": 1}}}, "Unknown requested attribute: FLIR"),
        (
            {"INSULT": {"summaryScore": {"value": 1, "type": "RAW"}}},
            "Requested score type RAW is not supported by attribute INSULT",
        ),
    ],
)
def test_a_score_without_a_meaning_is_refused_and_nothing_is_kept(
    scores: object, message: str
) -> None:
    kept: list[Suggestion] = []
    status, document = suggest(kept.append, attributeScores=scores)
    found = document["error"]["message"]
    assert (status, document) == (400, refusal("INVALID_REQUEST", found))
    assert found.startswith(message)
    assert kept == []


def test_a_span_may_end_where_the_text_does_in_utf16() -> None:
    [kept] = keep_of(attributeScores=spanned((0, 13, 1), (4, 6, "0")))
    assert len(TEXT) == 12
    assert kept.spans == {"INSULT": [(0, 13, 1.0), (4, 6, 0.0)]}
    assert kept.scores == {}


@pytest.mark.parametrize("sent", [r"a\ud83d", r"a\u0000"])
def test_a_text_that_is_no_unicode_can_be_kept(sent: str) -> None:
    kept: list[Suggestion] = []
    body = f'{{"comment":{{"text":"{sent}"}},"attributeScores":{json.dumps(ONE)}}}'.encode()
    perspective = Perspective(SCORERS, keep=kept.append)
    assert answer(build_call(body, SUGGEST), perspective)[0] == 200
    msgspec.json.encode(kept)


def test_a_store_that_fails_is_answered_by_503_and_logged_without_the_text(
    caplog: pytest.LogCaptureFixture,
) -> None:
    def fail(_: Suggestion) -> None:
        raise FeedbackError("feedback.sqlite3: database is locked")

    with caplog.at_level(logging.DEBUG):
        found = suggest(fail, clientToken="canary")
    message = "The suggestion could not be stored. Try again."
    assert found == (503, envelope(503, "UNAVAILABLE", message))
    assert caplog.messages == ["a suggestion was not stored: feedback.sqlite3: database is locked"]
    assert suggest(fail, doNotStore=True)[0] == 200


def test_a_suggestion_that_is_too_large_to_be_stored_is_refused() -> None:
    kept: list[Suggestion] = []
    token = "a" * MAX_STORED_BYTES
    status, document = suggest(kept.append, clientToken=token)
    assert status == 400
    assert "larger than is stored" in document["error"]["message"]
    assert suggest(clientToken=token)[0] == 200
    assert not kept
