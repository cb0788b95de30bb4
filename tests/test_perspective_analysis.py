"""The scores of a comment in Perspective's shape."""

import json
from typing import Any

import msgspec
import pytest
from flask.testing import FlaskClient
from hypothesis import given
from hypothesis import strategies as st
from perspective_stubbed import INSULT, SCORERS, FrenchScorer, post, refusal
from stubs import CALM, StubScorer

from model import ATTRIBUTES
from model.scorer import TextScorer
from service.perspective.analysis import MAX_SPANS, analyze
from service.perspective.calls import ANALYZE
from service.perspective.errors import PerspectiveError
from service.perspective.parse import parse_analyze

BILINGUAL: dict[str, TextScorer] = {"en": StubScorer(), "fr": FrenchScorer()}
GERMAN = "Das ist doch alles völliger Unsinn, und das weißt du auch ganz genau."


def score(
    text: str, scorers: dict[str, TextScorer] | None = None, **more: object
) -> dict[str, Any]:
    """Return the document of the answer, or of the error."""
    body = json.dumps(INSULT | {"comment": {"text": text}} | more).encode()
    try:
        found: dict[str, Any] = msgspec.to_builtins(
            analyze(*parse_analyze(body), scorers or SCORERS)
        )
    except PerspectiveError as error:
        found = msgspec.to_builtins(error.response)
    return found


def spans_of(document: dict[str, Any], name: str = "INSULT") -> list[tuple[int, int, float]]:
    """Return the begin, end and score of each span."""
    spans = document["attributeScores"][name]["spanScores"]
    assert {span["score"]["type"] for span in spans} == {"PROBABILITY"}
    return [(span["begin"], span["end"], span["score"]["value"]) for span in spans]


def test_an_answer_has_a_score_and_one_span_over_the_whole_text() -> None:
    value = {"value": 0.95, "type": "PROBABILITY"}
    assert score(" You idiot!  Yes, you. ", clientToken="c-1") == {
        "attributeScores": {
            "INSULT": {
                "spanScores": [{"begin": 0, "end": 23, "score": value}],
                "summaryScore": value,
            }
        },
        "languages": ["en"],
        "detectedLanguages": ["en"],
        "clientToken": "c-1",
    }


@pytest.mark.parametrize("token", ["", "comment:1b2c", "🙈", "a" * 5000])
def test_the_token_comes_back_as_it_was_sent(token: str) -> None:
    assert score("You idiot.", clientToken=token)["clientToken"] == token


@pytest.mark.parametrize(
    "text",
    ["👍🏽 you", "a\r\nb", "e\u0301", "\U0001d550ou idiot", "One. Two.", "  x  ", "\ufeffhm"],
)
def test_without_annotations_the_span_ends_where_javascript_says(text: str) -> None:
    end = len(text.encode("utf-16-le")) // 2
    for annotated in (None, False):
        found = score(text, languages=["en"], spanAnnotations=annotated)
        [span] = spans_of(found)
        assert span[:2] == (0, end)


def test_with_annotations_there_is_a_span_a_sentence_with_its_own_score() -> None:
    text = "👍🏽 Well said.\r\nYou idiot! 🙈 A silly one?"
    found = score(text, spanAnnotations=True)
    units = text.encode("utf-16-le")
    pieces = [
        (units[2 * begin : 2 * end].decode("utf-16-le"), value)
        for begin, end, value in spans_of(found)
    ]
    assert pieces == [("👍🏽 Well said.", CALM), ("You idiot!", 0.95), ("🙈 A silly one?", 0.6)]
    assert found["attributeScores"]["INSULT"]["summaryScore"]["value"] == 0.95


@given(st.text(min_size=1, max_size=40))
def test_spans_are_in_order_and_inside_the_text(text: str) -> None:
    found = score(text, languages=["en"], spanAnnotations=True)
    if "error" in found:
        assert found == refusal("COMMENT_EMPTY", "Comment must be non-empty.")
        return
    end = 0
    for begin, last, _ in spans_of(found):
        assert end <= begin < last
        end = last
    assert end <= len(text.encode("utf-16-le")) // 2


@pytest.mark.parametrize(
    ("threshold", "kept"), [(None, True), (0, True), (0.95, True), (0.951, False), (1.5, False)]
)
def test_a_score_below_the_threshold_is_left_out(threshold: float | None, kept: bool) -> None:  # noqa: FBT001 - a parameter of the test
    wanted = {"INSULT": {"scoreThreshold": threshold}, "THREAT": {}}
    found = score("You idiot.", requestedAttributes=wanted)
    assert list(found["attributeScores"]) == ["INSULT", "THREAT"][not kept :]


def test_a_threshold_looks_at_the_whole_text_and_keeps_all_its_spans() -> None:
    wanted = {"INSULT": {"scoreThreshold": 0.9}}
    found = score("Thanks. You idiot.", requestedAttributes=wanted, spanAnnotations=True)
    assert [value for _, _, value in spans_of(found)] == [CALM, 0.95]


def test_every_attribute_has_its_score_under_both_its_names() -> None:
    names = [name.upper() for name in ATTRIBUTES]
    wanted = dict.fromkeys([*names, *(f"{name}_EXPERIMENTAL" for name in names)])
    found = score("You silly one, I will hurt you.", requestedAttributes=wanted)
    scores = {
        name: each["summaryScore"]["value"] for name, each in found["attributeScores"].items()
    }
    expected = dict.fromkeys(names, CALM) | {"INSULT": 0.6, "THREAT": 0.95}
    assert list(scores) == list(wanted)
    assert scores == expected | {f"{name}_EXPERIMENTAL": expected[name] for name in names}


@pytest.mark.parametrize(
    ("languages", "value"),
    [
        (["en"], 0.95),
        (["fr"], 0.475),
        (["EN-gb"], 0.95),
        (["fr", "en"], 0.95),
        (["fr", "fr-CA"], 0.475),
    ],
)
def test_the_highest_score_of_the_languages_given_counts(
    languages: list[str], value: float
) -> None:
    found = score("You idiot.", BILINGUAL, languages=languages)
    assert found["languages"] == languages
    assert found["attributeScores"]["INSULT"]["summaryScore"]["value"] == pytest.approx(value)


def test_a_language_that_is_given_is_not_the_one_detected() -> None:
    found = score("Merci beaucoup, c'est une réponse très utile.", BILINGUAL, languages=["en"])
    assert (found["languages"], found["detectedLanguages"][0]) == (["en"], "fr")


def test_a_text_in_no_language_is_scored_in_the_one_given() -> None:
    found = score("12345", languages=["en"])
    assert "detectedLanguages" not in found
    assert found["languages"] == ["en"]


@pytest.mark.parametrize("languages", [None, []])
def test_without_a_language_the_likeliest_is_taken(languages: list[str] | None) -> None:
    found = score("yo hamburger", BILINGUAL, languages=languages)
    assert (found["languages"], found["detectedLanguages"][0]) == (["en"], "en")
    assert score("12345", languages=languages) == refusal(
        "LANGUAGE_DETECTION_FAILED", "Unable to detect language"
    )


def unsupported(name: str, field: str, *languages: str) -> dict[str, Any]:
    """Return the error of an attribute without a model for languages."""
    return refusal(
        "LANGUAGE_NOT_SUPPORTED_BY_ATTRIBUTE",
        f"Attribute {name} does not support request languages: {', '.join(languages)}",
        languageNotSupportedByAttributeError={"attribute": name, field: list(languages)},
    )


def test_a_language_without_a_model_is_refused_as_detected_or_as_requested() -> None:
    assert score(GERMAN) == unsupported("INSULT", "detectedLanguages", "de")
    assert score(GERMAN, languages=["de"]) == unsupported("INSULT", "requestedLanguages", "de")
    assert score("Спасибо за эту статью", languages=[]) == unsupported(
        "INSULT", "detectedLanguages", "ru"
    )
    assert score("You idiot.", languages=["om", "en", "de-AT"]) == unsupported(
        "INSULT", "requestedLanguages", "om", "de-AT"
    )


def test_an_attribute_that_one_of_the_languages_lacks_is_refused_by_name() -> None:
    wanted = dict.fromkeys(["INSULT", "THREAT_EXPERIMENTAL"])
    for languages in (["fr"], ["en", "fr"]):
        found = score("You idiot.", BILINGUAL, languages=languages, requestedAttributes=wanted)
        assert found == unsupported("THREAT_EXPERIMENTAL", "requestedLanguages", "fr")
    found = score("You idiot.", BILINGUAL, languages=["en"], requestedAttributes=wanted)
    assert list(found["attributeScores"]) == list(wanted)


@pytest.mark.parametrize(
    "text", ["You idiot.", "rude\r\nand silly 👍", "\ud83d grumpy", " hurt\0 "]
)
def test_the_scores_are_those_of_our_own_api(text: str, client: FlaskClient) -> None:
    wanted = dict.fromkeys(name.upper() for name in ATTRIBUTES)
    asked = INSULT | {"comment": {"text": text}, "requestedAttributes": wanted}
    _, found = post(client, ANALYZE, asked)
    ours = client.post("/v1/moderate", json={"comment": text}).get_json()["scores"]
    assert {
        name.lower(): each["summaryScore"]["value"]
        for name, each in found["attributeScores"].items()
    } == ours


def test_sentences_past_the_limit_are_in_the_last_span() -> None:
    text = "a.\n" * (MAX_SPANS + 20)
    asked = {"comment": {"text": text}, "requestedAttributes": {"INSULT": {}}}
    parsed = parse_analyze(json.dumps(asked | {"spanAnnotations": True}).encode())
    spans = analyze(*parsed, SCORERS).attribute_scores["INSULT"].span_scores
    assert spans
    assert len(spans) == MAX_SPANS
    assert (spans[-1].begin, spans[-1].end) == (3 * (MAX_SPANS - 1), len(text) - 1)
