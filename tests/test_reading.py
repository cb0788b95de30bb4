"""What disguise becomes, and what is no disguise."""

import itertools

import numpy as np
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from model.normalise import Normaliser, fold_text
from model.reading import read
from model.tables import LOOK_ALIKES, Text, build_fold_tables, decode, encode, fold

# What the rules look at, close together.
BUSY = (
    "abcfkus  .-_*,/~+|#%&^~$@!?()<>:;\"'0123456789"
    "\u0430\u0441\u0431\u03b1\u00e9\u0438\u0649\u05d0\U0001f600\u20ac\u0939\u094d\ue000"
)
TEXTS = (
    st.text(max_size=40)
    | st.text(st.sampled_from(BUSY), max_size=40)
    | st.text(st.sampled_from("ab1$@ "), max_size=30)
    | st.text(st.sampled_from("ab*#!. "), max_size=30)
    | st.text(st.sampled_from("a\u0430\u0441s5| "), max_size=30)
)

any_time = settings(deadline=None)
thorough = settings(deadline=None, max_examples=2000)


@pytest.fixture(scope="module")
def normaliser() -> Normaliser:
    return Normaliser(build_fold_tables())


def fold_only(text: str, normaliser: Normaliser) -> str:
    """Return a text as it is before it is read."""
    codes, _, room = normaliser.encode([text])
    folded = Text(np.empty(room, np.uint32), *np.empty((2, room), np.int32))
    return decode(folded.codes[: fold_text(codes, 0, len(codes), normaliser.unpacked, folded)])


def read_folded(folded: str, normaliser: Normaliser) -> tuple[str, list[tuple[int, int]]]:
    """Return what a folded text reads as, and the origin of each code point."""
    size = len(folded)
    text = Text(
        encode(folded).copy(),
        np.arange(size, dtype=np.int32),
        np.arange(1, size + 1, dtype=np.int32),
    )
    size = read(text, size, normaliser.unpacked.kinds)
    origins = zip(text.first[:size].tolist(), text.last[:size].tolist(), strict=True)
    return decode(text.codes[:size]), list(origins)


@thorough
@given(text=TEXTS)
@example(text="b.a*a*a*a.b")
@example(text="$1a|\u0430")
@example(text="a\u0430a.a.a 5aa$$")
def test_what_was_read_is_not_changed_by_reading_it_again(
    text: str, normaliser: Normaliser
) -> None:
    once, _ = read_folded(fold_only(text, normaliser), normaliser)
    assert read_folded(once, normaliser)[0] == once


@thorough
@given(text=TEXTS)
def test_what_was_read_is_folded(text: str, normaliser: Normaliser) -> None:
    once, _ = read_folded(fold_only(text, normaliser), normaliser)
    assert not any(a == b == c for a, b, c in zip(once, once[1:], once[2:], strict=False))
    assert "  " not in once
    assert once[0] == once[-1] == " "


@any_time
@given(text=TEXTS)
def test_every_code_point_has_its_origin_and_they_stand_in_order(
    text: str, normaliser: Normaliser
) -> None:
    folded = fold_only(text, normaliser)
    once, origins = read_folded(folded, normaliser)
    assert len(origins) == len(once) <= len(folded)
    assert all(0 <= begin < end <= len(folded) for begin, end in origins)
    assert all(before[1] <= after[0] for before, after in itertools.pairwise(origins))


@any_time
@given(
    text=st.text(
        st.sampled_from(
            "\u0430\u0441\u0439\u0627\u0644\u05d0\u05e9\u65e5\u672c\u0939\u094d ,.!?-0123"
        )
    )
)
def test_text_without_latin_letters_comes_through_unharmed(
    text: str, normaliser: Normaliser
) -> None:
    folded = fold_only(text, normaliser)
    assert read_folded(folded, normaliser)[0] == folded


@any_time
@given(
    words=st.lists(
        st.from_regex(r"[b-hj-qs-tv-z][a-z]{1,8}([-'/][a-z]{2,5})?[.,!?]?", fullmatch=True)
    )
)
def test_plain_words_come_through_unharmed(words: list[str], normaliser: Normaliser) -> None:
    folded = fold_only(" ".join(words), normaliser)
    assert read_folded(folded, normaliser)[0] == folded


def test_a_look_alike_is_a_folded_letter_beyond_ascii_and_looks_like_one_letter() -> None:
    alike = "".join(LOOK_ALIKES.values())
    assert len(set(alike)) == len(alike)
    for character in alike:
        assert ord(character) > 127
        assert fold(character) == character
        assert character.isalpha()


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        # 1. Look-alikes
        pytest.param("fu\u0441k", "fuck", id="one Cyrillic letter"),
        pytest.param("\u0456di\u03bft", "idiot", id="Cyrillic and Greek"),
        pytest.param("\u13aass", "ass", id="Cherokee"),
        pytest.param("@tw\u0430t", "@twat", id="in a name"),
        pytest.param("\u0430$$hole", "asshole", id="beside a sign"),
        # 2. Addresses
        pytest.param("@ss", "ass", id="no name"),
        pytest.param("@sshole", "asshole", id="no name either"),
        # 3. Letters spread out
        pytest.param("f u c k", "fuck", id="spaces"),
        pytest.param("f.u.c.k", "fuck", id="dots"),
        pytest.param("i-d-i-o-t", "idiot", id="dashes"),
        pytest.param("f_u_c_k", "fuck", id="underscores"),
        pytest.param("f/u/c/k f+u+c+k f|u|c|k f,u,c,k", "fuck fuck fuck fuck", id="others"),
        pytest.param("f*u*c*k f~u~c~k f#u&c%k", "fuck fuck fuck", id="masking symbols"),
        pytest.param("U.S.A. U.S.A, x", "usa usa, x", id="an abbreviation"),
        pytest.param("(f u c k)!", "(fuck)!", id="in brackets"),
        pytest.param("you f u c k you", "you fuck you", id="between words"),
        pytest.param("you.f.u.c.k.you", "you.fuck.you", id="between words and dots"),
        pytest.param("a b c. d e f", "abc. def", id="two sentences"),
        pytest.param("s h 1 t, f.u.\u0441.k", "shit, fuck", id="with others for letters"),
        pytest.param("o.o.o.o", "oo", id="one letter"),
        # 4. Letters written as others
        pytest.param("p0rn sh1t l33t b4d4ss", "porn shit leet badass", id="digits"),
        pytest.param("pu55y re7ard 8itch fa99ot", "pussy retard bitch faggot", id="more digits"),
        pytest.param("$hit a$$hole b@st@rd", "shit asshole bastard", id="signs"),
        pytest.param("b!tch k|ll fu(k fu<k", "bitch kill fuck fuck", id="signs between letters"),
        pytest.param("a55 a$$ @$$", "ass ass ass", id="three characters"),
        pytest.param("wh0r3 b1tch3s", "whore bitches", id="at the end, with others"),
        pytest.param('"sh1t", (sh1t)', '"shit", (shit)', id="punctuation around"),
        pytest.param("1d10t", "idiot", id="at the beginning, with others"),
        # 5. Masked letters
        pytest.param("f**k f***k f#&k f%k", "f*k f*k f*k f*k", id="masked"),
        pytest.param("f*** sh** bit*h", "f* sh* bit*h", id="stars at the end"),
        pytest.param("f@#k sh?!t", "f*k sh*t", id="signs among masking symbols"),
        pytest.param("what?really stop!!now", "what*really stop*now", id="a space forgotten"),
    ],
)
def test_disguise_is_undone(text: str, expected: str, normaliser: Normaliser) -> None:
    assert normaliser(text) == expected


@pytest.mark.parametrize(
    "text",
    [
        pytest.param("\u043f\u0440\u0438\u0432\u0435\u0442 \u0441\u0430\u043c", id="Russian"),
        pytest.param("\u0444\u0430\u0439\u043bs", id="two scripts, not only look-alikes"),
        pytest.param("1st 2nd 3rd 4th 20th 21st 100th", id="ordinals"),
        pytest.param("10k 5pm 100km 1990s 3d 5kg 8am 4x", id="units"),
        pytest.param("covid19 windows10 mp3 ps4 b12 gta5", id="numbers after a name"),
        pytest.param("h2o b2b r2d2 a1750n x6y5z", id="codes"),
        pytest.param("5 + 5 = 10, 3.14 1,200 50%", id="numbers"),
        pytest.param("$5 $100k us$5 @5pm", id="prices"),
        pytest.param("j0e.b1oggs@ex4mple.com", id="an e-mail address"),
        pytest.param("http://ex4mple.com/b00b?x=f.u.c.k", id="an address"),
        pytest.param("(see https://ex4mple.com/a/b/c)", id="an address in brackets"),
        pytest.param("@n1ck @h4x0r: hi", id="a name"),
        pytest.param("#b00k #m3too", id="a tag"),
        pytest.param("i am a cat, u r a dog", id="words of one letter"),
        pytest.param("a b or c d", id="two letters"),
        pytest.param("e.g. i.e. 5 p.m. ph.d.", id="short abbreviations"),
        pytest.param("friend(s) and he(she)", id="brackets that close"),
        pytest.param("well-known mother-in-law and/or", id="hyphens"),
        pytest.param("what?! #$%&! wow!!", id="symbols that mask nothing"),
        pytest.param("*bold* a * b", id="stars around"),
        pytest.param("c++ c# f# :-) <3 ^^", id="signs"),
        pytest.param("\u6211 \u7231 \u4f60", id="single characters that are words"),
    ],
)
def test_what_is_no_disguise_is_left(text: str, normaliser: Normaliser) -> None:
    assert normaliser(text) == text


def test_www_before_an_address_shields_it(normaliser: Normaliser) -> None:
    assert normaliser("www.b00b.com") == "ww.b00b.com"


@pytest.mark.parametrize(
    ("text", "word", "origin"),
    [
        ("you f u c k!", "fuck", "f u c k"),
        ("you f.u.c.k!", "fuck", "f.u.c.k"),
        ("you f#&k!", "f*k", "f#&k"),
        ("you sh***!", "sh*", "sh***"),
        ("you $h\u200b!t!", "shit", "$h\u200b!t"),
        ("you &#102; u c k!", "fuck", "&#102; u c k"),
        ("you fuuuuuck!", "fuuck", "fuuuuuck"),
        ("you fu\u0441k!", "fuck", "fu\u0441k"),
    ],
)
def test_the_origin_of_a_disguised_word_is_all_of_it(
    text: str, word: str, origin: str, normaliser: Normaliser
) -> None:
    codes, begins, ends = normaliser.align(text)
    place = decode(codes).index(word)
    assert text[begins[place] : ends[place + len(word) - 1]] == origin
