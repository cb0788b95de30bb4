"""Spans: offsets that JavaScript's slice understands, into the text as it was sent."""

import itertools
from collections import Counter

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from stubs import StubScorer

from model import ATTRIBUTES
from model.scorer import Contributions, Scorer
from service.explanation import MAX_SPANS, SHARE, Span, explain
from service.length import replace_lone_surrogates
from service.loading import load_scorers
from service.settings import ARTEFACTS

TEXTS = st.lists(
    st.text(max_size=4)
    | st.sampled_from(["idiot", "You", "kill", "stupid", "fuck", "😀", "\r\n", "\u200b", " "]),
    max_size=30,
).map(lambda parts: replace_lone_surrogates(" ".join(parts)))


def js_slice(text: str, span: Span) -> str:
    """Return what ``text.slice(span.begin, span.end)`` is in JavaScript."""
    units = text.encode("utf-16-le")
    return units[2 * span.begin : 2 * span.end].decode("utf-16-le", "surrogatepass")


@pytest.fixture(scope="module")
def scorer() -> Scorer:
    """Return the shipped model."""
    return load_scorers(ARTEFACTS)["en"]


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("You idiot.", "idiot"),
        ("😀 idiot", "idiot"),
        ("👩‍👩‍👧‍👦 👍🏽 idiot!", "idiot"),
        ("one\r\ntwo\r\nidiot", "idiot"),
        ("e\u0301e\u0301 idiot", "idiot"),
        ("\ufffd idiot", "idiot"),
        ("\u200b\u200b idiot", "idiot"),
        ("IDIOT", "IDIOT"),
    ],
)
def test_a_span_is_the_word_that_raised_the_score(text: str, found: str, scorer: Scorer) -> None:
    spans = [span for span in explain(text, scorer) if span.attribute == "insult"]
    assert found in {js_slice(text, span) for span in spans}


@pytest.mark.parametrize(
    "word",
    [
        "i\u200bd\u200biot",
        "idi\u200d\u200d\u2060ot",
        "idi\u00adot",
        "\uff49\uff44\uff49\uff4f\uff54",
        "\U0001d5f6\U0001d5f1\U0001d5f6\U0001d5fc\U0001d601",
    ],
)
def test_a_span_covers_a_disguised_word_whole(word: str, scorer: Scorer) -> None:
    text = f"😀 You are an {word} 😀"
    spans = [span for span in explain(text, scorer) if span.attribute == "insult"]
    best = max(spans, key=lambda span: span.weight)
    assert word in js_slice(text, best)


def test_the_spans_of_the_stub_are_known_exactly() -> None:
    text = "😀 You rude\r\nidiot 😀"
    spans = explain(text, StubScorer())
    assert spans == [Span(7, 11, "toxicity", 0.95), Span(13, 18, "insult", 0.95)]
    assert [js_slice(text, span) for span in spans] == ["rude", "idiot"]


def test_neighbours_are_one_span_and_its_weight_their_sum() -> None:
    spans = explain("silly idiot, silly", StubScorer())
    assert spans == [Span(0, 18, "insult", 2.15)]


def test_a_character_that_is_read_as_several_words_has_one_span(scorer: Scorer) -> None:
    # "double curly loop": for toxicity, the first and the last of them are strong.
    spans = [span for span in explain("➿", scorer) if span.attribute == "toxicity"]
    assert [(span.begin, span.end) for span in spans] == [(0, 1)]


def test_at_most_five_spans_an_attribute_are_told_and_they_are_the_strongest() -> None:
    text = "idiot so " * 6 + "silly so " * 3
    spans = explain(text, StubScorer())
    assert [js_slice(text, span) for span in spans] == ["idiot"] * MAX_SPANS
    assert {span.weight for span in spans} == {0.95}


@pytest.mark.parametrize(
    ("weaker", "told"),
    [(SHARE, ["a", "b"]), (SHARE - 1e-9, ["a"]), (0.0, ["a"])],
)
def test_words_far_weaker_than_the_strongest_are_not_told(weaker: float, told: list[str]) -> None:
    class TwoWords(StubScorer):
        def contributions(self, _: str) -> Contributions:
            values = np.zeros((5, len(ATTRIBUTES)))
            values[:, 0] = (1.0, 0.0, 0.0, 0.0, weaker)
            steps = np.arange(5)
            words = np.array([[0, 1], [2, 3], [4, 5]])
            return Contributions(steps, steps + 1, values, words, np.zeros(len(ATTRIBUTES)))

    spans = explain("a c b", TwoWords())
    assert [js_slice("a c b", span) for span in spans] == told


@pytest.mark.parametrize("text", ["", " ", "...", "\u200b", "\n"])
def test_a_text_without_words_has_no_spans(text: str, scorer: Scorer) -> None:
    assert explain(text, scorer) == []


@given(text=TEXTS)
def test_spans_lie_in_the_text_in_order_apart_and_with_weight(text: str, scorer: Scorer) -> None:
    spans = explain(text, scorer)
    length = len(text.encode("utf-16-le")) // 2
    order = [(ATTRIBUTES.index(span.attribute), span.begin) for span in spans]
    assert order == sorted(order)
    assert max(Counter(span.attribute for span in spans).values(), default=0) <= MAX_SPANS
    for span in spans:
        assert 0 <= span.begin < span.end <= length
        assert span.weight > 0
        # Begin and end do not stand inside a pair of surrogates.
        assert js_slice(text, span).encode()
    for before, span in itertools.pairwise(spans):
        assert before.attribute != span.attribute or before.end <= span.begin
