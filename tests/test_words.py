"""What is remembered of words saves time, and never changes a row."""

import contextlib
import itertools
import random
import sys
from collections import Counter
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from model.artefact import load_scorer
from model.card import ARTEFACT
from model.ngrams import NgramHasher
from model.normalise import FoldTables, Normaliser
from model.words import MAX_LENGTH, MAX_WORDS, WordMemory, unique

BITS = 22
ORDERS = (2, 3, 4, 5)

BLANKS = "".join(chr(code) for code in range(0x3001) if chr(code).isspace())
# What is folded to a blank, deleted, put together or written out, as `str.split` cannot know.
HOSTILE = (
    "\x00\x1b\x7f\x80\u00a8\u00ad\u00b4\u0301\u0306\u0323\u0344\u0345\u180e\u200b\u200d\u202e"
    "\u2060\ufe0f\ufeff\ud83d\ude00\udfff\ufdfa\u037a\u0384\u1fbd\u2017\ufe49\u00df\ufb01\u1100"
    "\u1161\u0438\u0439\U0001f600"
)
CHARACTERS = st.sampled_from("aaab.'") | st.sampled_from(BLANKS) | st.sampled_from(HOSTILE)
WORDS = ("you", "are", "a", "nitwit,", "it's", "\u0439\u043e", "\u200b", "a\u00a8b", "\u0301a")
TEXTS = (
    st.text(max_size=30)
    | st.text(CHARACTERS, max_size=30)
    | st.lists(st.sampled_from(WORDS), max_size=12).map(" ".join)
)
BATCHES = st.lists(st.lists(TEXTS, max_size=4), max_size=5)

any_time = settings(deadline=None)

Blocks = tuple[set[int], list[int]]


class Recorder(NgramHasher):
    """A hasher that notes which words it was asked to hash."""

    def __init__(self, bits: int, orders: tuple[int, ...], tables: FoldTables) -> None:
        super().__init__(bits, orders, tables)
        self.hashed: Counter[str] = Counter()

    def character_rows(self, text: str) -> list[int]:
        """Return the rows, and note the word."""
        self.hashed[text.strip()] += 1
        return super().character_rows(text)


@pytest.fixture(scope="module")
def normaliser() -> Normaliser:
    return load_scorer(ARTEFACT).normaliser


@pytest.fixture(scope="module")
def hasher(normaliser: Normaliser) -> NgramHasher:
    return NgramHasher(BITS, ORDERS, normaliser.tables)


@pytest.fixture(scope="module")
def memory(normaliser: Normaliser, hasher: NgramHasher) -> WordMemory:
    """Return a memory that all tests use, whatever it remembers by then."""
    return WordMemory(normaliser, hasher)


@pytest.fixture
def recorder(normaliser: Normaliser) -> Recorder:
    return Recorder(BITS, ORDERS, normaliser.tables)


@pytest.fixture
def _hurried_threads() -> Iterator[None]:
    """Let threads take turns as often as they can."""
    before = sys.getswitchinterval()
    sys.setswitchinterval(1e-6)
    yield
    sys.setswitchinterval(before)


def hash_whole(text: str, normaliser: Normaliser, hasher: NgramHasher) -> Blocks:
    """Return the rows of a text that is normalised in one piece and remembered by nobody."""
    normalised = normaliser(text)
    words = [word for word in normalised.split(" ") if word]
    characters = {row for word in words for row in hasher.character_rows(f" {word} ")}
    rows, pairs = hasher.word_rows(hasher.word_hashes(normalised))
    return characters, [*rows.tolist(), *pairs.tolist()]


def read_blocks(texts: list[str], memory: WordMemory) -> list[Blocks]:
    """Return the rows of texts; those of character n-grams are in no order."""
    return [(set(rows.tolist()), words.tolist()) for rows, words in memory.blocks(texts)]


def write_texts(number: int) -> list[str]:
    """Return texts of words that come often and words that come once, the same at every call."""
    chance = random.Random(number)  # noqa: S311 - comments to hash, not secrets
    words = [*WORDS * 40, *(f"w{code:x}" for code in range(300))]
    return [" ".join(chance.choices(words, k=chance.randrange(60))) for _ in range(number)]


@any_time
@given(texts=st.lists(TEXTS, max_size=6))
def test_words_hashed_one_by_one_have_the_rows_of_the_whole_text(
    texts: list[str], memory: WordMemory, normaliser: Normaliser, hasher: NgramHasher
) -> None:
    expected = [hash_whole(text, normaliser, hasher) for text in texts]
    assert read_blocks(texts, memory) == expected


@pytest.mark.parametrize(
    "text",
    [
        pytest.param("a\x00b \x00", id="NUL"),
        pytest.param("a \u200b\u2060 b", id="a word that cannot be seen"),
        pytest.param("\u200b", id="nothing that can be seen"),
        pytest.param(f"a{'b'.join(BLANKS)}c", id="every blank"),
        pytest.param("a\x85b\x1cc\u2028d\u3000e\u1680f", id="blanks beyond ASCII"),
        pytest.param("\u0438 \u0306\u0438\u2003\u0306 \u0301", id="marks after blanks"),
        pytest.param("\u0301\u0438\u0306", id="a mark before all"),
        pytest.param("a" + "\u0301" * 40 + "\u0438" + "\u0323" * 20 + "\u0306", id="many marks"),
        pytest.param("\u037a\u0301 \u0384\u0308\u0438\u0306", id="marks after what is written out"),
        pytest.param("a\u00a8b \u00b4\u00b4 \ufdfa\ufdfa", id="a word that becomes several"),
        pytest.param("\ud83d \ude00\ud83d\ude00 \udfff", id="lone surrogates"),
        pytest.param("aa a aaa a\u200baa aaaa", id="runs"),
        pytest.param(". .. ... ,\u00a8,", id="no words"),
        pytest.param("x" * 5000 + " " + "ab" * 5000, id="long words"),
    ],
)
def test_what_hides_a_blank_or_becomes_one_is_hashed_as_in_the_whole_text(
    text: str, memory: WordMemory, normaliser: Normaliser, hasher: NgramHasher
) -> None:
    expected = hash_whole(text, normaliser, hasher)
    # Once as it is met, and once as it is remembered.
    assert read_blocks([text], memory) == [expected]
    assert read_blocks([text], memory) == [expected]


def test_every_character_that_is_folded_is_hashed_as_in_the_whole_text(
    memory: WordMemory, normaliser: Normaliser, hasher: NgramHasher
) -> None:
    tables = normaliser.tables
    for code in [*range(0x300, 0x370), *tables.changed.tolist(), *tables.expanded.tolist()]:
        text = f"a{chr(code)} b{chr(code)}c {chr(code)} {chr(code)}\u0301"
        assert read_blocks([text], memory) == [hash_whole(text, normaliser, hasher)], ascii(text)


@any_time
@given(batches=BATCHES, max_words=st.integers(0, 6), data=st.data())
def test_neither_order_nor_capacity_changes_a_row(
    batches: list[list[str]],
    max_words: int,
    data: st.DataObject,
    normaliser: Normaliser,
    hasher: NgramHasher,
) -> None:
    memory = WordMemory(normaliser, hasher, max_words)
    for batch in data.draw(st.permutations(batches * 2)):
        expected = [hash_whole(text, normaliser, hasher) for text in batch]
        assert read_blocks(batch, memory) == expected


@pytest.mark.parametrize("max_words", [0, 1, 50, MAX_WORDS])
@pytest.mark.parametrize("size", [1, 7, 200])
def test_batches_of_any_size_have_the_same_rows(
    max_words: int, size: int, normaliser: Normaliser, hasher: NgramHasher
) -> None:
    texts = write_texts(200)
    memory = WordMemory(normaliser, hasher, max_words)
    found = [
        blocks
        for begin in range(0, len(texts), size)
        for blocks in read_blocks(texts[begin : begin + size], memory)
    ]
    assert found == [hash_whole(text, normaliser, hasher) for text in texts]


def test_no_texts_have_no_rows_and_disturb_nothing(memory: WordMemory) -> None:
    before = read_blocks(["you are"], memory)
    assert memory.blocks([]) == []
    assert read_blocks(["", " \n", "\u200b"], memory) == [(set(), [])] * 3
    assert read_blocks(["you are"], memory) == before


def test_sixty_thousand_other_texts_change_no_row(
    normaliser: Normaliser, hasher: NgramHasher
) -> None:
    memory = WordMemory(normaliser, hasher, 500)
    texts = write_texts(50)
    expected = [hash_whole(text, normaliser, hasher) for text in texts]
    for begin in range(0, 60_000, 600):
        memory.blocks([f"v{number:x} you" for number in range(begin, begin + 600)])
        assert read_blocks(texts[:2], memory) == expected[:2]
    assert read_blocks(texts, memory) == expected


def test_what_is_done_with_rows_does_not_reach_the_memory(
    normaliser: Normaliser, hasher: NgramHasher
) -> None:
    memory = WordMemory(normaliser, hasher)
    for _ in range(2):
        [blocks] = memory.blocks(["nitwit"])
        assert read_blocks(["nitwit"], memory) == [hash_whole("nitwit", normaliser, hasher)]
        for rows in blocks:
            with contextlib.suppress(ValueError):  # what is read-only is as safe
                rows[:] = 0


@pytest.mark.usefixtures("_hurried_threads")
@pytest.mark.parametrize("max_words", [0, 1, 50, MAX_WORDS])
def test_threads_that_share_a_memory_agree_with_one(
    max_words: int, normaliser: Normaliser, hasher: NgramHasher
) -> None:
    texts = write_texts(400)
    expected = [hash_whole(text, normaliser, hasher) for text in texts]
    memory = WordMemory(normaliser, hasher, max_words)
    with ThreadPoolExecutor(8) as pool:
        found = list(pool.map(lambda text: read_blocks([text], memory)[0], texts))
    assert found == expected


def test_a_word_is_hashed_once_wherever_it_comes_again(
    normaliser: Normaliser, recorder: Recorder
) -> None:
    memory = WordMemory(normaliser, recorder)
    for texts in (["you are", "are you you"], ["you"], ["are\nyou", "are"]):
        memory.blocks(texts)
    assert recorder.hashed == {"you": 1, "are": 1}


@pytest.mark.parametrize(
    ("word", "times"),
    [
        pytest.param("ab" * (MAX_LENGTH // 2), 1, id="as long as may be"),
        pytest.param("ab" * (MAX_LENGTH // 2) + "c", 2, id="one character longer"),
        pytest.param("a" + "\u200b" * MAX_LENGTH, 2, id="long for what cannot be seen"),
    ],
)
def test_a_long_word_is_not_remembered(
    word: str, times: int, normaliser: Normaliser, recorder: Recorder
) -> None:
    memory = WordMemory(normaliser, recorder)
    before = read_blocks([word], memory)
    assert read_blocks([word], memory) == before
    assert recorder.hashed == {normaliser(word): times}


def test_a_short_word_that_becomes_a_long_one_is_not_remembered(
    normaliser: Normaliser, recorder: Recorder
) -> None:
    # Eighteen characters for each of its thirty-two: a memory of these would be twenty times
    # as large.
    memory = WordMemory(normaliser, recorder)
    word = "\ufdfa" * MAX_LENGTH
    before = read_blocks([word], memory)
    met = recorder.hashed.total()
    assert read_blocks([word], memory) == before
    assert recorder.hashed.total() == 2 * met


@pytest.mark.parametrize("size", [1, 3, 10, 11, 1000])
def test_no_more_than_two_generations_of_words_are_remembered(
    size: int, normaliser: Normaliser, recorder: Recorder
) -> None:
    memory = WordMemory(normaliser, recorder, 10)
    words = ["-".join(f"{number:03}") for number in range(1000)]  # 666 would become 66
    for begin in range(0, len(words), size):
        memory.blocks([" ".join(words[begin : begin + size])])
    assert set(recorder.hashed) == set(words)
    recorder.hashed.clear()
    # One look-up of all of them: those that are not hashed now were remembered.
    memory.blocks([" ".join(words)])
    assert 1 <= len(words) - recorder.hashed.total() <= 20


def test_a_word_that_keeps_coming_is_never_forgotten(
    normaliser: Normaliser, recorder: Recorder
) -> None:
    memory = WordMemory(normaliser, recorder, 10)
    for number in range(1000):
        memory.blocks([f"you w{number}"])
    assert recorder.hashed["you"] == 1


def test_a_word_that_has_not_come_for_long_is_forgotten(
    normaliser: Normaliser, recorder: Recorder
) -> None:
    memory = WordMemory(normaliser, recorder, 10)
    for text in itertools.chain(["you"], (f"w{number}" for number in range(20)), ["you"]):
        memory.blocks([text])
    assert recorder.hashed["you"] == 2


@any_time
@given(values=st.lists(st.integers(-3, 3) | st.integers(0, 2**31 - 1)))
def test_different_rows_are_sorted_and_what_was_given_is_left_as_it_is(values: list[int]) -> None:
    rows = np.array(values, np.int64)
    assert unique(rows).tolist() == sorted(set(values))
    assert rows.tolist() == values
