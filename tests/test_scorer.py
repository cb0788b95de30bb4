"""Scores do not depend on what else is scored, and contributions add up to them."""

import random
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from model import ATTRIBUTES
from model.artefact import load_scorer
from model.card import ARTEFACT
from model.features import count_matrices
from model.scorer import DIGITS, Scorer, calibrate

WORDS = (
    *("you", "are", "a", "nitwit,", "thanks;", "what!", "the", "walrus"),
    *("\u0439", "\U0001f600", "e\u0301", "\u200b", "\x00", "\ud83d"),
)
# Blanks of every kind, and characters that become or hide one.
BLANKS = "ab. \n\x1c\x85\u00a0\u00a8\u0301\u037a\u1680\u200b\u2028\u3000\ufdfa"
TEXTS = (
    st.text(max_size=60)
    | st.text(BLANKS, max_size=30)
    | st.lists(st.sampled_from(WORDS), max_size=30).map(" ".join)
)

DECISIONS = st.floats(-50, 50)
SLOPES = st.floats(0, 10)

any_time = settings(deadline=None)


@pytest.fixture(scope="module")
def scorer() -> Scorer:
    return load_scorer(ARTEFACT)


def write_texts(number: int, longest: int) -> list[str]:
    """Return texts of many lengths, the same at every call."""
    chance = random.Random(number)  # noqa: S311 - comments to score, not secrets
    return [" ".join(chance.choices(WORDS, k=chance.randrange(1, longest))) for _ in range(number)]


@any_time
@given(texts=st.lists(TEXTS, min_size=1, max_size=8), data=st.data())
def test_a_text_alone_and_in_a_batch_in_any_order_scores_the_same_to_the_last_bit(
    texts: list[str], data: st.DataObject, scorer: Scorer
) -> None:
    alone = np.concatenate([scorer.decision_function([text]) for text in texts])
    order = data.draw(st.permutations(range(len(texts))))
    batch = scorer.decision_function([texts[index] for index in order])
    assert batch.tobytes() == alone[order].tobytes()
    assert scorer.score(texts).tobytes() == calibrate(alone, *scorer.calibration.T).tobytes()


@pytest.mark.parametrize("size", [1, 7, 64, 500])
def test_scores_do_not_depend_on_the_size_of_a_batch(size: int, scorer: Scorer) -> None:
    texts = write_texts(500, 60)
    everything = scorer.decision_function(texts)
    parts = [
        scorer.decision_function(texts[begin : begin + size])
        for begin in range(0, len(texts), size)
    ]
    assert np.concatenate(parts).tobytes() == everything.tobytes()


def test_what_was_scored_before_does_not_change_a_score(scorer: Scorer) -> None:
    texts = [*write_texts(50, 60), "unmet words: quzzle, quozzle! \u00a8 a\u00a8b \ufdfa"]
    before = scorer.score(texts)
    scorer.score([f"w{number:x} v{number:x}" for number in range(5000)])
    assert scorer.score(texts).tobytes() == before.tobytes()


def test_threads_that_score_at_once_agree_with_one(scorer: Scorer) -> None:
    texts = [*write_texts(200, 400), "x" * 30_000, *write_texts(100, 4000)]
    random.Random(0).shuffle(texts)  # noqa: S311 - an order, not a secret
    expected = [scorer.score([text]).tobytes() for text in texts]
    with ThreadPoolExecutor(8) as pool:
        found = list(pool.map(lambda text: scorer.score([text]).tobytes(), texts))
    assert found == expected


@any_time
@given(text=TEXTS)
def test_contributions_and_intercepts_add_up_to_the_decision(text: str, scorer: Scorer) -> None:
    parts = scorer.contributions(text)
    total = parts.values.sum(axis=0) + parts.intercepts
    assert total == pytest.approx(scorer.decision_function([text])[0], abs=1e-9)


@any_time
@given(text=TEXTS)
def test_a_score_is_that_of_its_formula(text: str, scorer: Scorer) -> None:
    # As the docstring of the module has it, from the matrices that a model is trained on.
    decision = scorer.intercepts.copy()
    for block in count_matrices([text], scorer.normaliser, scorer.hasher):
        sums = scorer.table[block.indices].sum(axis=0, dtype=np.int64) * scorer.scales
        if sums[-1]:
            decision += sums[: len(ATTRIBUTES)] / np.sqrt(sums[-1])
    assert scorer.decision_function([text])[0] == pytest.approx(decision, abs=1e-12)


@pytest.mark.parametrize(
    "write",
    [
        pytest.param(lambda size: ("walrus" * size)[:size], id="one long word"),
        pytest.param(lambda size: " ".join(map(str, range(size)))[:size], id="different words"),
        pytest.param(lambda size: ("e\u0301" * size)[:size], id="combining marks"),
        pytest.param(lambda size: ("&amp;" * size)[:size], id="entities"),
        pytest.param(lambda size: ("u r a " * size)[:size], id="spaced letters"),
        pytest.param(lambda size: ("a#%" * size)[:size], id="masking symbols"),
        pytest.param(lambda size: "a" + "#%" * size, id="a long mask"),
    ],
)
def test_the_time_a_text_takes_grows_with_its_length_and_no_faster(
    write: Callable[[int], str], scorer: Scorer
) -> None:
    def measure(size: int) -> float:
        text = write(size)
        times = []
        for _ in range(5):
            begin = time.process_time()
            scorer.score([text])
            times.append(time.process_time() - begin)
        return min(times)

    # Sixteen times as long; time quadratic in the length would be 256 times as much.
    assert measure(320_000) < 64 * max(measure(20_000), 1e-4)


@any_time
@given(text=TEXTS)
def test_contributions_have_their_places_in_the_text(text: str, scorer: Scorer) -> None:
    parts = scorer.contributions(text)
    size = len(parts.begins)
    assert parts.values.shape == (size, len(ATTRIBUTES))
    assert len(parts.ends) == size
    assert ((parts.begins >= 0) & (parts.begins <= parts.ends)).all()
    assert (parts.ends <= len(text)).all()
    assert ((parts.words >= 0) & (parts.words <= size)).all()
    assert (parts.words[:, 0] < parts.words[:, 1]).all()


def test_the_word_that_insults_contributes_most(scorer: Scorer) -> None:
    text = "Your report on the harbour, idiot, is late."
    parts = scorer.contributions(text)
    insult = parts.values[:, ATTRIBUTES.index("insult")]
    by_word = {
        text[parts.begins[begin] : parts.ends[end - 1]]: insult[begin:end].sum()
        for begin, end in parts.words
    }
    assert max(by_word, key=by_word.__getitem__) == "idiot"


def test_what_is_said_twice_counts_once(scorer: Scorer) -> None:
    # No pair is new in the longer text but the one where it begins again.
    once, twice = scorer.decision_function(["so be so be so", "so be so be so be so be so"])
    assert once.tolist() == twice.tolist()


def test_a_single_string_is_refused_by_name(scorer: Scorer) -> None:
    with pytest.raises(TypeError, match=r"^texts must be a list of strings, not one string$"):
        scorer.score("You are kind.")  # type: ignore[arg-type]


def test_no_texts_have_no_scores(scorer: Scorer) -> None:
    assert scorer.score([]).shape == (0, len(ATTRIBUTES))


def test_texts_without_any_ngram_score_alike(scorer: Scorer) -> None:
    scores = scorer.score(["", " ", "\u200b", "\u202e\n"])
    assert len(np.unique(scores, axis=0)) == 1


@pytest.mark.parametrize(
    "text",
    [
        pytest.param("x" * 20_000, id="one letter"),
        pytest.param("walrus" * 4_000, id="one long word"),
        pytest.param(" ".join(f"w{number:x}" for number in range(20_000)), id="different words"),
        pytest.param("\U0001f600\U0001f4a9" * 10_000, id="emoji"),
        pytest.param("a\u0301" * 10_000, id="accents"),
        pytest.param("a" + "\u0301" * 20_000, id="one heap of accents"),
        pytest.param("\u200b" * 20_000, id="nothing visible"),
        pytest.param("\ufdfa" * 20_000, id="a ligature of eighteen"),
        pytest.param("\ud83d" * 20_000, id="lone surrogates"),
        pytest.param("\x00" * 20_000, id="NUL"),
        pytest.param("&amp;" * 4_000, id="entities"),
        pytest.param("&lt" * 7_000, id="entities without semicolons"),
        pytest.param("b o " * 5_000, id="spaced letters"),
        pytest.param("u r a " * 3_000, id="spaced words of one letter"),
        pytest.param("a*#" * 7_000, id="masking symbols"),
        pytest.param("b1t3|" * 4_000, id="digits for letters"),
        pytest.param("".join(map(chr, range(20_000))), id="everything"),
    ],
)
def test_a_long_hostile_text_gets_probabilities(text: str, scorer: Scorer) -> None:
    scores = scorer.score([text])
    assert scores.shape == (1, len(ATTRIBUTES))
    assert np.isfinite(scores).all()
    assert ((scores >= 0) & (scores <= 1)).all()
    parts = scorer.contributions(text)
    total = parts.values.sum(axis=0) + parts.intercepts
    assert total == pytest.approx(scorer.decision_function([text])[0], abs=1e-9)


@any_time
@given(decision=st.floats(allow_nan=False, allow_infinity=False), slope=SLOPES, intercept=DECISIONS)
def test_any_decision_becomes_a_probability_of_six_places(
    decision: float, slope: float, intercept: float
) -> None:
    with np.errstate(over="ignore"):
        scores = calibrate(np.array([decision]), slope, intercept)
    assert 0 <= scores[0] <= 1
    assert scores.tolist() == [round(scores[0], DIGITS)]


@any_time
@given(decisions=st.lists(DECISIONS, min_size=2).map(sorted), slope=SLOPES, intercept=DECISIONS)
def test_a_higher_decision_never_scores_lower(
    decisions: list[float], slope: float, intercept: float
) -> None:
    scores = calibrate(np.array(decisions), slope, intercept)
    assert (np.diff(scores) >= 0).all()


def test_each_attribute_is_calibrated_by_its_own_line() -> None:
    decisions = np.array([[0.0, 1.0], [2.0, -1.0]])
    scores = calibrate(decisions, np.array([1.0, 2.0]), np.array([0.0, -1.0]))
    assert scores.tolist() == [[0.5, 0.731059], [0.880797, 0.047426]]


def test_a_table_for_another_number_of_bits_is_refused(scorer: Scorer) -> None:
    with pytest.raises(ValueError, match=r"^the table has shape \(10, 8\) for 19 bits$"):
        Scorer(
            manifest={},
            normaliser=scorer.normaliser,
            hasher=scorer.hasher,
            table=scorer.table[:10],
            scales=scorer.scales,
            intercepts=scorer.intercepts,
            calibration=scorer.calibration,
        )


@pytest.mark.parametrize("change", [{"scales": np.ones(7)}, {"intercepts": np.ones(8)}])
def test_arrays_for_another_number_of_columns_are_refused(
    change: dict[str, np.ndarray[tuple[int], np.dtype[np.float64]]], scorer: Scorer
) -> None:
    # What is compiled would read beyond their ends.
    given = {"scales": scorer.scales, "intercepts": scorer.intercepts, **change}
    with pytest.raises(ValueError, match=r"^the arrays are not of a table of 8 columns$"):
        Scorer(
            manifest={},
            normaliser=scorer.normaliser,
            hasher=scorer.hasher,
            table=scorer.table,
            calibration=scorer.calibration,
            **given,
        )
