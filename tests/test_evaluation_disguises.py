"""Which words are hidden, and how recall is counted afterwards."""

from pathlib import Path

import pytest
from evaluated import build_subject
from stubs import StubScorer

from evaluation.disguises import disguised_copies, section, strongest_words
from model.disguise import KINDS


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("You RUDE, silly man.", {"rude"}),
        ("rude and grumpy", {"rude", "grumpy"}),
        ("rude grumpy rude!", {"rude", "grumpy"}),
        ("a fine day", set()),
        ("", set()),
    ],
)
def test_the_words_that_raise_toxicity_most_are_hidden(text: str, words: set[str]) -> None:
    assert strongest_words(text, StubScorer()) == words


def test_a_copy_that_is_as_it_was_is_left_out(tmp_path: Path) -> None:
    clean = build_subject(tmp_path).wikipedia("test")
    words = [strongest_words(text, StubScorer()) for text in clean.table["text"]]
    for copies in disguised_copies(clean, words):
        assert len(copies) == sum(map(bool, words)) == 19
        assert copies["caught"].all()


def test_recall_is_told_for_the_clean_and_for_every_kind(tmp_path: Path) -> None:
    text = section(build_subject(tmp_path))
    # A third is rejected, a third flagged, and the stub knows no disguised word.
    assert "| toxic, clean | 24 | 0.333 | 0.667 | 0.333 | 0.667 |  |" in text
    assert "| not toxic, clean | 36 | 0.000 | 0.083 | 0.000 | 0.083 |  |" in text
    assert "| toxic, spaced | 16 | 0.000 | 0.000 | 0.000 | 0.000 | 1.000 |" in text
    for kind in KINDS:
        assert f"\n| toxic, {kind} |" in text
