"""Sentences: where they end, that no text is lost, and offsets as JavaScript counts them."""

import itertools
import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from service.sentences import split_sentences, utf16_spans

# Marks, white space and what is not one UTF-16 unit are rare among all characters.
TEXTS = st.lists(
    st.text(st.characters(), max_size=3)
    | st.sampled_from(
        [*".!?…。」)(\"'\n\r\x00\ud83d\ude00 \u3000", "Mr", "U.S.", "idiot", "😀", "é"]
    ),
    max_size=30,
).map("".join)
LONG = 20_000


def sentences_of(text: str) -> list[str]:
    """Return the texts of the sentences."""
    return [text[begin:end] for begin, end in split_sentences(text)]


def js_slice(text: str, span: tuple[int, int]) -> str:
    """Return what ``text.slice(begin, end)`` is in JavaScript."""
    units = text.encode("utf-16-le", "surrogatepass")
    return units[2 * span[0] : 2 * span[1]].decode("utf-16-le", "surrogatepass")


@pytest.mark.parametrize(
    ("text", "sentences"),
    [
        ("No. I won't!", ["No.", "I won't!"]),
        ("What?! You fool... go away", ["What?!", "You fool...", "go away"]),
        (
            'He said "Stop it!" (Really.) Then left.',
            ['He said "Stop it!"', "(Really.)", "Then left."],
        ),
        ("idiot!😀 Bye 😀. 👍🏽", ["idiot!😀", "Bye 😀.", "👍🏽"]),
        ("one\ntwo\r\n\r\n three\u2028four", ["one", "two", "three", "four"]),
        ("这很好。真的吗？「是的！」好", ["这很好。", "真的吗？", "「是的！」", "好"]),  # noqa: RUF001
        ("هل هذا جيد؟ نعم. شكرا", ["هل هذا جيد؟", "نعم.", "شكرا"]),
        ("यह अच्छा है। हाँ।", ["यह अच्छा है।", "हाँ।"]),
        ("e\u0301. e\u0301.", ["e\u0301.", "e\u0301."]),
        (" \u3000 Hi.\t", ["Hi."]),
    ],
)
def test_a_sentence_ends_at_its_marks_and_at_a_line_break(text: str, sentences: list[str]) -> None:
    assert sentences_of(text) == sentences


@pytest.mark.parametrize(
    "text",
    [
        "It cost $3.50 at www.example.com, e.g. today.",
        "Dr. Smith met J. Doe and Mrs. Lee of the U.S. Senate.",
        "You fool!You know it",
        "...",
        "\u200b",
        "?",
    ],
)
def test_other_marks_do_not_end_a_sentence(text: str) -> None:
    assert sentences_of(text) == [text]


@pytest.mark.parametrize("text", ["Adr. Two.", "So do I. Two.", "number 5. Two.", "xMr. Two."])
def test_only_whole_abbreviations_and_initials_continue(text: str) -> None:
    assert len(sentences_of(text)) == 2


@given(text=TEXTS)
def test_sentences_are_in_order_and_leave_out_white_space_alone(text: str) -> None:
    spans = split_sentences(text)
    assert all(begin < end for begin, end in spans)
    assert all(text[begin:end].strip() == text[begin:end] for begin, end in spans)
    bounds = [0, *itertools.chain.from_iterable(spans), len(text)]
    assert bounds == sorted(bounds)
    gaps = zip(bounds[::2], bounds[1::2], strict=True)
    assert not "".join(text[begin:end] for begin, end in gaps).strip()


@given(text=st.text(" \t\r\n\u3000\u2028\x85"))
def test_white_space_has_no_sentence(text: str) -> None:
    assert split_sentences(text) == []


@given(text=TEXTS)
def test_utf16_spans_cut_out_the_same_text_in_javascript(text: str) -> None:
    spans = split_sentences(text)
    for (begin, end), span in zip(spans, utf16_spans(text, spans), strict=True):
        assert js_slice(text, span) == js_slice(text[begin:end], (0, 2 * len(text)))


def test_an_emoji_is_two_units_and_a_family_eight() -> None:
    text = "😀 Hi. 👩‍👩‍👧 You idiot."
    assert split_sentences(text) == [(0, 5), (6, 22)]
    assert utf16_spans(text, [(0, 5), (6, 22)]) == [(0, 6), (7, 26)]
    assert utf16_spans("Hi there", [(0, 2)]) == [(0, 2)]
    assert utf16_spans("", []) == []


@pytest.mark.parametrize(
    "piece",
    [".", '"', "!x", "“”「", ". ", "\n", "。", "Mr. ", "a.b", "\u0301", "(", ".\ud83d", "😀 "],
)
def test_the_time_grows_with_the_length_and_no_faster(piece: str) -> None:
    short, long = ((piece * size)[:size] + "x" for size in (LONG, 4 * LONG))
    # A square would be sixteen times; the least of several, as others have the processor too.
    assert _measure_s(long) < 10 * _measure_s(short) + 0.01


def _measure_s(text: str) -> float:
    times = []
    for _ in range(3):
        begin = time.perf_counter()
        split_sentences(text)
        times.append(time.perf_counter() - begin)
    return min(times)
