"""Which rows of the weight table a word, a symbol and a pair of words have."""

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from model.ngrams import (
    GROWTH,
    NgramHasher,
    find_characters,
    find_words,
    hash_word,
    keep_distinct,
    make_room,
)
from model.normalise import Normaliser
from model.tables import (
    CLASSES,
    OTHER,
    SYMBOL,
    FoldTables,
    Kinds,
    Tables,
    build_fold_tables,
    decode,
    encode,
)

ORDERS = (2, 3, 5)
LETTERS = st.characters(exclude_categories=["Cs"])
TEXTS = st.text(LETTERS, max_size=20) | st.text("aab* \u00e9\u0439\u25b6", max_size=20)

# What the format of the artefact says of " hi " and of "hello big world".
KNOWN_CHARACTERS = [138814, 25144, 89414, 517320, 299589, 329076]
KNOWN_WORDS = [251766, 356322, 86124]
KNOWN_PAIRS = [66921, 117141, 144366]

any_time = settings(deadline=None)


@pytest.fixture(scope="module")
def tables() -> FoldTables:
    return build_fold_tables()


@pytest.fixture(scope="module")
def unpacked(tables: FoldTables) -> Tables:
    return tables.unpack()


@pytest.fixture(scope="module")
def hasher() -> NgramHasher:
    # The widest table: two n-grams that meet in one of its rows are not expected here.
    return NgramHasher(24, ORDERS)


def hash_characters(text: str, hasher: NgramHasher) -> list[tuple[int, str]]:
    """Return the row of each character n-gram of a text between two spaces, and the n-gram."""
    _, _, ngrams, _ = make_room(len(text), hasher.unpacked)
    found = find_characters(encode(text), len(text), hasher.unpacked, ngrams)
    return [
        (row, text[begin:end])
        for row, begin, end in zip(*(each[:found].tolist() for each in ngrams), strict=True)
    ]


def hash_words(
    text: str, hasher: NgramHasher, tables: Tables
) -> tuple[list[tuple[int, str]], list[tuple[int, str]]]:
    """Return the rows of the words of a text between two spaces, and of the pairs they make."""
    _, _, ngrams, _ = make_room(len(text), hasher.unpacked)
    words, found = find_words(encode(text), len(text), tables.kinds, hasher.unpacked, ngrams)
    rows = [
        (row, text[begin:end])
        for row, begin, end in zip(*(each[:found].tolist() for each in ngrams), strict=True)
    ]
    return rows[:words], rows[words:]


def read_words(text: str, hasher: NgramHasher, tables: Tables) -> list[str]:
    return [word for _, word in hash_words(f" {text} ", hasher, tables)[0]]


def add(state: int, items: list[int]) -> int:
    """Mix items into a hash, as the specification of the artefact's format says."""
    for item in items:
        state = ((state ^ item) * 0xF1357AEA2E62A9C5) % 2**64
    return state


def cut(state: int, bits: int) -> int:
    """Spread the bits of a hash and keep the first."""
    state ^= state >> 30
    state = state * 0xBF58476D1CE4E5B9 % 2**64
    state ^= state >> 27
    state = state * 0x94D049BB133111EB % 2**64
    return state >> (64 - bits)


def hash_slowly(word: str) -> int:
    return add(0xD1B54A32D192ED03, [ord(character) for character in word])


def test_the_rows_of_known_words_never_change(unpacked: Tables) -> None:
    # The shipped weights belong to these rows: another hash needs another artefact.
    hasher = NgramHasher(19, (2, 3, 4, 5), 2)
    characters = [row for row, _ in hash_characters(" hi ", hasher)]
    words, pairs = hash_words(" hello big world ", hasher, unpacked)
    assert characters == KNOWN_CHARACTERS
    assert [row for row, _ in words] == KNOWN_WORDS
    assert [row for row, _ in pairs] == KNOWN_PAIRS


@any_time
@given(
    words=st.lists(st.text(LETTERS, min_size=1).filter(lambda word: " " not in word)),
    bits=st.integers(1, 24),
)
def test_character_ngrams_are_those_of_a_slow_reference(words: list[str], bits: int) -> None:
    text = f" {' '.join(words)} " if words else " "
    expected = []
    for padded in (f" {word} " for word in words):
        for begin in range(len(padded)):
            for order in ORDERS:
                piece = padded[begin : begin + order]
                if len(piece) == order:
                    state = add(0x9E3779B97F4A7C15, [ord(character) for character in piece])
                    expected.append((cut(state, bits), piece))
    assert hash_characters(text, NgramHasher(bits, ORDERS)) == expected


@any_time
@given(
    words=st.lists(st.sampled_from(["a", "bc", "d_e", "2nd", "\u0439\u043e", "\u25b6", "f*k"])),
    bits=st.integers(1, 24),
    reach=st.integers(1, 8),
)
def test_words_and_pairs_are_those_of_a_slow_reference(
    words: list[str], bits: int, reach: int, unpacked: Tables
) -> None:
    text = f" {' '.join(words)} " if words else " "
    hashes = [hash_slowly(word) for word in words]
    pairs = [
        cut(add(0x8CB92BA72F3D8DD7 if distance == 1 else 0xABC98388FB8FAC03, [*pair]), bits)
        for distance in range(1, reach + 1)
        for pair in zip(hashes, hashes[distance:], strict=False)
    ]
    found = hash_words(text, NgramHasher(bits, ORDERS, reach), unpacked)
    assert found[0] == [(cut(state, bits), word) for state, word in zip(hashes, words, strict=True)]
    assert [row for row, _ in found[1]] == pairs


def test_ngrams_stay_within_a_word_and_the_blanks_around_it(hasher: NgramHasher) -> None:
    pieces = [piece for _, piece in hash_characters(" red ink ", hasher)]
    assert pieces == [
        *(" r", " re", " red ", "re", "red", "ed", "ed ", "d "),
        *(" i", " in", " ink ", "in", "ink", "nk", "nk ", "k "),
    ]


def test_words_are_runs_of_letters_and_each_symbol_alone(
    hasher: NgramHasher, unpacked: Tables
) -> None:
    text = "it's a_b, 2nd!\u25b6\u25b6\u0439\u043e x\u00a9y"
    assert read_words(text, hasher, unpacked) == [
        *("it", "s", "a_b", "2nd", "\u25b6", "\u25b6", "\u0439\u043e"),
        *("x", "\u00a9", "y"),
    ]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        pytest.param("\u0939\u093f\u0928\u094d\u0926\u0940", 1, id="Devanagari"),
        pytest.param("\u0643\u064e\u062a\u064e\u0628\u064e", 1, id="Arabic with vowels"),
        pytest.param("\u65e5\u672c\u8a9e", 1, id="Japanese"),
        pytest.param("\u0441\u0430\u043c", 1, id="letters that look like others"),
        pytest.param("\u00a9\U0001f3fd", 2, id="signs and colours of skin"),
        pytest.param("\ufffd", 1, id="what was a lone surrogate"),
        pytest.param("f*k", 1, id="a masked letter"),
        pytest.param("f* *k", 2, id="a star beside a word"),
        pytest.param("a^b", 3, id="a sign among letters"),
        pytest.param("a-b", 2, id="a dash"),
        pytest.param("...", 0, id="dots"),
        pytest.param("", 0, id="nothing"),
    ],
)
def test_a_mark_belongs_to_its_word_and_punctuation_to_none(
    text: str, expected: int, hasher: NgramHasher, unpacked: Tables
) -> None:
    assert len(read_words(text, hasher, unpacked)) == expected


def test_a_pair_depends_on_the_order_and_the_distance_of_its_words(unpacked: Tables) -> None:
    hasher = NgramHasher(24, ORDERS, 3)
    near, turned, far, farther = (
        hash_words(text, hasher, unpacked)[1]
        for text in (" a, b ", " b a ", " a x b ", " a x x b ")
    )
    (row, piece), ends = near[0], [pairs[-1] for pairs in (turned, far, farther)]
    assert piece == "a, b"
    assert row not in {end for end, _ in ends}
    # However far, beyond neighbours.
    assert ends[1][0] == ends[2][0]
    assert [piece for _, piece in ends] == ["b a", "a x b", "a x x b"]


@any_time
@given(rows=st.lists(st.integers(0, 2**12 - 1)))
def test_each_row_counts_once_and_nothing_is_left_behind(rows: list[int]) -> None:
    seen = np.zeros(2**12 // 64, np.uint64)
    array = np.array(rows, np.int32)
    distinct = keep_distinct(array, len(array), seen)
    assert array[:distinct].tolist() == list(dict.fromkeys(rows))
    assert not seen.any()


def with_lexicon(tables: FoldTables, readings: dict[str, str]) -> Normaliser:
    """Return a normaliser that reads the words of `readings` as they say."""
    texts = sorted(set(readings.values()))
    listed = sorted((hash_word(word), texts.index(text)) for word, text in readings.items())
    return Normaliser(
        replace(
            tables,
            lexicon_hashes=np.array([number for number, _ in listed], np.uint64),
            lexicon_items=np.array([item for _, item in listed], np.uint32),
            readings=np.cumsum([0, *map(len, texts)]).astype(np.uint32),
            reading_text=encode("".join(texts)),
        )
    )


def find_pieces(text: str, place: int, kinds: Kinds) -> list[tuple[int, int]]:
    """Return where up to six words stand, from `place` on, with one sign between two."""

    def in_word(place: int) -> bool:
        return kinds[ord(text[place])] not in {OTHER, SYMBOL}

    pieces: list[tuple[int, int]] = []
    while len(pieces) < 6 and place < len(text) and in_word(place):
        end = place
        # A star between two letters masks some.
        while in_word(end) or (text[end] == "*" and in_word(end + 1)):
            end += 1
        pieces.append((place, end))
        if text[end] == " " or kinds[ord(text[end])] != OTHER:
            break
        place = end + 1
    return pieces


def read_slowly(text: str, readings: dict[str, str], kinds: Kinds) -> list[tuple[str, int, int]]:
    """Return what is written for a text as read, and which part of it that comes from.

    Of what is in the lexicon the shortest is read; a class stands for one word alone.
    """
    written: list[tuple[str, int, int]] = []
    place = 0
    while place < len(text):
        pieces = find_pieces(text, place, kinds)
        end, reading = pieces[0][1] if pieces else place + 1, None
        for count, (_, last) in enumerate(pieces, 1):
            word = "".join(text[first:after] for first, after in pieces[:count])
            found = readings.get(word, " " * GROWTH * len(text))
            if len(found) <= GROWTH * (last - place) and (count == 1 or found < chr(CLASSES)):
                end, reading = last, found
                break
        if reading is None:
            written += [(text[kept], kept, kept + 1) for kept in range(place, end)]
        else:
            written += [(letter, place, end) for letter in reading]
        place = end
    return written


@any_time
@given(text=TEXTS | st.text("ab -.*\u0439", max_size=20))
@example(text="a-a-b")
@example(text="b-a-b b.a.a.a.a.a")
def test_words_of_the_lexicon_are_written_as_those_of_a_slow_reference(
    text: str, tables: FoldTables
) -> None:
    # A class, a longer word, a shorter one, one that is joined, and one that is too long.
    words = ("aab", "\u0439", "aba", "bb", "baaaaa", "a*b", "ba")
    texts = (chr(CLASSES), "ab", "b", "aabb", "ab", "a", "b" * (2 * GROWTH + 1))
    readings = dict(zip(words, texts, strict=True))
    without = Normaliser(tables)
    plain, begins, ends = without.align(text)
    expected = read_slowly(decode(plain), readings, without.unpacked.kinds)
    codes, new_begins, new_ends = with_lexicon(tables, readings).align(text)
    assert decode(codes) == "".join(written for written, _, _ in expected)
    assert new_begins.tolist() == [begins[first] for _, first, _ in expected]
    assert new_ends.tolist() == [ends[last - 1] for _, _, last in expected]


def test_what_is_read_as_nothing_leaves_nothing(tables: FoldTables) -> None:
    assert with_lexicon(tables, {"um": ""})("well, um, yes") == "well, , yes"


def test_a_class_is_a_word(tables: FoldTables, hasher: NgramHasher) -> None:
    lexicon = with_lexicon(tables, {"martians": chr(CLASSES)})
    codes, _, _ = lexicon.align("The Martians!")
    words, _ = hash_words(decode(codes), hasher, lexicon.unpacked)
    assert [word for _, word in words] == ["the", chr(CLASSES)]


@pytest.mark.parametrize("sign", ["-", ".", "/", "_", " ", "--", "\U0001f3fd", "*"])
def test_words_are_looked_up_as_one_over_one_sign_only(sign: str, tables: FoldTables) -> None:
    lexicon = with_lexicon(tables, {"nitwit": "fool"})
    text = f"nit{sign}wit"
    assert lexicon(text) == ("fool" if sign in {"-", ".", "/"} else text)


@pytest.mark.parametrize(
    ("values", "message"),
    [
        ((0, ORDERS, 1), r"^bits must be 1 to 24, not 0$"),
        ((25, ORDERS, 1), r"^bits must be 1 to 24, not 25$"),
        ((12, (2, 17), 1), r"^orders must be 1 to 16, not \(2, 17\)$"),
        ((12, (0,), 1), r"^orders must be 1 to 16, not \(0,\)$"),
        ((12, ORDERS, 0), r"^reach must be 1 to 8, not 0$"),
    ],
)
def test_settings_out_of_range_are_refused(
    values: tuple[int, tuple[int, ...], int], message: str
) -> None:
    with pytest.raises(ValueError, match=message):
        NgramHasher(*values)
