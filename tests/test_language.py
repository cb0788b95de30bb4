"""Languages: what is judged by which model, what a text may be in, and that any text is told."""

import subprocess
import sys
import time
from collections.abc import Callable

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st
from serving import ROOT

from service.language import MOST, detect_language, primary_language, rank_languages
from service.wire import LanguageTag

LONG = 20_000
HOSTILE: dict[str, Callable[[int], str]] = {
    "one letter": lambda size: "a" * size,
    "lone surrogates": lambda size: "a\ud800" * (size // 2),
    "NUL": lambda size: "a\x00" * (size // 2),
    "marks of direction": lambda size: "a\u202e\u2066" * (size // 3),
    "one heap of marks": lambda size: "e" + "\u0301\u0323" * (size // 2),
    "no characters": lambda size: "a\uffff\U0010ffff" * (size // 3),
    "links": lambda size: "http://www." * (size // 11),
    "tags": lambda size: "<a &amp" * (size // 7),
    "many scripts": lambda size: "hello привет 你好 שלום สวัสดี ၦ 안녕 " * (size // 32),
}


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


@pytest.mark.parametrize(
    "text",
    [
        "yo hamburger",
        "lol",
        "ok bro",
        "u suck",
        "f u c k y0u",
        "gg wp",
        "Istanbul",
        "Schwarzenegger",
        "hahahahaha",
        "asdfghjkl",
        "Tnx bro ur da best",
        "ur a fkn idi0t lol, go aw4y",
        "y0u st00pid b1tch shut tha fuk up",
        "FUCK YOU!! " * 20,
        "caf\u00e9 na\u00efve clich\u00e9",
        "The word президент is Russian",
        "Yоu аrе аn idіоt",  # noqa: RUF001 - the disguise
        "\U0001d5f6\U0001d5f1\U0001d5f6\U0001d5fc\U0001d601",
        "ⓘⓓⓘⓞⓣ 🄸🄳🄸🄾🅃",
        "f\x00u\x00c\x00k \ud800 \u202eyou",
    ],
)
def test_a_supported_language_comes_first_in_doubt(text: str) -> None:
    assert rank_languages(text, {"en"})[0] == "en"


@pytest.mark.parametrize(
    ("text", "language"),
    [
        ("This is a terrible article and you know it", "en"),
        ("Du bist ein kompletter Idiot und solltest dich schämen", "de"),
        ("Tu es un idiot et tu devrais avoir honte de toi", "fr"),
        ("Eres un completo idiota y deberías avergonzarte", "es"),
        ("Sen tam bir aptalsın ve utanmalısın", "tr"),  # noqa: RUF001 - Turkish
        ("Kamu memang bodoh sekali dan tidak tahu malu", "id"),
        ("Jesteś kompletnym idiotą i powinieneś się wstydzić", "pl"),
        ("Namooti hundinuu birmaduu ta'anii mirgaa fi ulfinaanis", "om"),
        ("Спасибо за этот хороший отчёт", "ru"),
        ("Це дуже гарна стаття, дякую", "uk"),
        ("شكرا جزيلا على هذا التقرير الجيد", "ar"),
        ("از این گزارش خیلی خوب شما ممنونم", "fa"),
        ("תודה על הכתבה", "he"),
        ("这篇报道很好", "zh"),
        ("這篇報導很好", "zh"),
        ("この記事はとても良いです", "ja"),
        ("좋은 기사네요", "ko"),
        ("यह बहुत अच्छा है", "hi"),
        ("Ευχαριστώ πολύ", "el"),
        ("ข่าวดีมาก", "th"),
        ("ይህ ጥሩ ዘገባ ነው", "am"),
    ],
)
def test_a_clear_sentence_is_in_its_own_language(text: str, language: str) -> None:
    assert rank_languages(text, {"en"})[0] == language


@pytest.mark.parametrize(
    ("text", "supported", "languages"),
    [
        ("gracias amigo", [], ["es"]),
        ("gracias amigo", ["en"], ["en", "es"]),
        ("gracias amigo", ["en", "es"], ["es", "en"]),
        ("gracias amigo", ["ar"], ["es"]),
        ("خیلی خوب", ["en"], ["fa"]),
        ("خیلی خوب", ["en", "ar"], ["ar", "fa"]),
        ("Eres un completo idiota y deberías avergonzarte", ["en", "es"], ["es"]),
        ("ж", ["en"], ["ru"]),
    ],
)
def test_a_short_text_is_in_a_supported_language_that_has_its_script(
    text: str, supported: list[str], languages: list[str]
) -> None:
    assert rank_languages(text, supported) == languages


@pytest.mark.parametrize(
    "text",
    [
        "",
        " ",
        "12:30 -- 100%",
        "👍🏽👍🏽",
        "!!!",
        "https://example.com/great www.example.com",
        "\ud83d",
    ],
)
def test_a_text_without_letters_has_no_language(text: str) -> None:
    assert rank_languages(text, {"en"}) == []


@given(
    text=st.text(st.characters() | st.sampled_from("\x00\u202e\ud83d\uffff жaéの字")),
    supported=st.lists(st.sampled_from(["en", "de", "ar", "xx"]), unique=True),
)
def test_any_text_has_few_languages_each_once(text: str, supported: list[str]) -> None:
    languages = rank_languages(text, supported)
    assert len(languages) <= MOST
    assert len(set(languages)) == len(languages)
    assert msgspec.convert(languages, list[LanguageTag]) == languages


@pytest.mark.parametrize("name", HOSTILE)
def test_the_time_grows_with_the_length_and_no_faster(name: str) -> None:
    # A square would be sixteen times; the least of several, as others have the processor too.
    long = _measure_s(HOSTILE[name](4 * LONG))
    assert long < 10 * _measure_s(HOSTILE[name](LONG)) + 0.01


def _measure_s(text: str) -> float:
    times = []
    for _ in range(3):
        begin = time.perf_counter()
        rank_languages(text, {"en"})
        times.append(time.perf_counter() - begin)
    return min(times)


def test_without_cld2_scripts_alone_tell() -> None:
    # Python 3.14 and Linux on ARM have no wheel of it.
    program = (
        "import sys; sys.modules['pycld2'] = None;"
        "from service.language import rank_languages as rank;"
        "print(*(rank(text, ['en']) for text in ("
        "'Du bist ein kompletter Idiot und bleibst einer', 'شكرا', '12')))"
    )
    done = subprocess.run(
        [sys.executable, "-c", program], check=True, capture_output=True, text=True, cwd=ROOT
    )
    assert done.stdout == "['en'] ['ar'] []\n"
