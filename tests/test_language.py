"""Language by script: what is judged by which model, and that any text has a language."""

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from service.language import detect_language, primary_language
from service.wire import LanguageTag


@pytest.mark.parametrize(
    ("text", "language"),
    [
        ("Thank you for this report.", "en"),
        ("", "en"),
        ("12:30 -- 100%", "en"),
        ("👍🏽👍🏽", "en"),
        ("Grüße aus Zürich, çok güzel", "en"),
        ("ĲſŒ", "en"),
        ("\uff49\uff44\uff49\uff4f\uff54", "en"),
        ("\U0001d5f6\U0001d5f1\U0001d5f6\U0001d5fc\U0001d601", "en"),
        ("ⓘⓓⓘⓞⓣ 🄸🄳🄸🄾🅃", "en"),
        ("Это хороший отчёт.", "und-Cyrl"),
        ("شكرا على هذا التقرير", "und-Arab"),
        ("از این گزارش ممنونم", "und-Arab"),
        ("תודה על הכתבה", "und-Hebr"),
        ("这篇报道很好", "und-Hani"),
        ("この記事はとても良いです", "und-Jpan"),
        ("좋은 기사네요", "und-Hang"),
        ("ข่าวดีมาก", "und-Thai"),
        ("Ευχαριστώ πολύ", "und-Grek"),
        ("ይህ ጥሩ ዘገባ ነው", "und"),
    ],
)
def test_a_text_is_in_the_language_of_its_script(text: str, language: str) -> None:
    assert detect_language(text) == language


@pytest.mark.parametrize(
    ("text", "language"),
    [
        ("The word президент is Russian", "en"),
        ("abcd мнре", "en"),
        ("abc мнре", "und-Cyrl"),
        ("Смотрите: https://example.com/a", "en"),
        ("Смотрите эту статью в журнале Time", "und-Cyrl"),
        ("Спасибо شكرا", "und-Cyrl"),
    ],
)
def test_the_script_of_most_letters_decides_and_a_tie_is_latin(text: str, language: str) -> None:
    assert detect_language(text) == language


def test_a_latin_word_with_letters_swapped_for_cyrillic_ones_is_still_judged() -> None:
    assert detect_language("You are an idіоt.") == "en"  # noqa: RUF001 - the disguise


@given(text=st.text(st.characters()))
def test_any_text_has_a_language_that_a_request_may_name(text: str) -> None:
    tag = detect_language(text)
    assert msgspec.convert(tag, LanguageTag) == tag
    assert primary_language(tag) in {"en", "und"}


@given(text=st.text(st.characters(max_codepoint=127)))
def test_ascii_is_always_judged(text: str) -> None:
    assert detect_language(text) == "en"


@pytest.mark.parametrize(
    ("tag", "language"), [("en", "en"), ("en-GB", "en"), ("EN-gb", "en"), ("und-Cyrl", "und")]
)
def test_the_first_part_of_a_tag_is_its_language(tag: str, language: str) -> None:
    assert primary_language(tag) == language
