"""What is added to the training split, and what is not."""

from typing import Final

import numpy as np
import pandas as pd
import pytest

from model import ATTRIBUTES
from model.augmentation import DISGUISES, TEMPLATES, augment, find_abusive_words
from model.corpus import key_hash, text_key
from model.templates import build_templates

COMMENTS: Final = 40
LABELS: Final = list(ATTRIBUTES)


def build_training() -> pd.DataFrame:
    """Return comments of which the toxic ones have a planted word, and one that all have."""
    thanks = [f"Thanks for the kettle number {n}, neighbour." for n in range(100, 160)]
    abuse = [f"You grumblefink, take the kettle number {n} away." for n in range(100, 160)]
    table = pd.DataFrame({"text": thanks + abuse, "source": "set", "split": "train"})
    toxic = np.repeat([0.0, 1.0], 60)
    # Each comment has labels of its own, some unknown, so that a mix-up shows.
    random = np.random.default_rng(0)
    drawn = random.choice([0.0, 1.0, np.nan], (120, len(LABELS)))
    return pd.concat([table, pd.DataFrame(drawn, columns=LABELS)], axis=1).assign(toxicity=toxic)


def run(seed: int = 0, benchmark: frozenset[str] = frozenset()) -> pd.DataFrame:
    return augment(
        build_training(), per_template=1, comments=COMMENTS, seed=seed, benchmark=set(benchmark)
    )


@pytest.fixture(scope="module")
def augmented() -> pd.DataFrame:
    return run()


def find_originals(augmented: pd.DataFrame) -> pd.DataFrame:
    """Return the original of each disguised copy, by the number that no disguise changes."""
    training = build_training()
    copies = augmented[augmented["source"] == DISGUISES]

    def key(table: pd.DataFrame) -> pd.Series:
        number = table["text"].str.extract(r" (1\d\d)", expand=False)
        return number + table["toxicity"].astype(str)

    return training.set_index(key(training)).loc[key(copies)]


def test_what_was_there_stays_and_only_the_training_split_is_added_to(
    augmented: pd.DataFrame,
) -> None:
    training = build_training()
    pd.testing.assert_frame_equal(augmented.head(len(training)), training)
    added = augmented.iloc[len(training) :]
    assert set(added["source"]) == {TEMPLATES, DISGUISES}
    assert set(added["split"]) == {"train"}
    assert list(augmented.columns) == ["text", "source", "split", *LABELS]
    assert augmented.index.equals(pd.RangeIndex(len(augmented)))


def test_templates_are_those_to_train_on_with_their_labels(augmented: pd.DataFrame) -> None:
    columns = ["text", *LABELS]
    added = augmented.loc[augmented["source"] == TEMPLATES, columns].reset_index(drop=True)
    pd.testing.assert_frame_equal(added, build_templates("train", 0, 1)[columns])
    evaluated = set(build_templates("evaluate", 0, 1)["text"])
    assert not evaluated & set(augmented["text"])


def test_the_same_seed_adds_the_same_and_another_seed_other_texts(augmented: pd.DataFrame) -> None:
    pd.testing.assert_frame_equal(run(), augmented)
    disguised, other = (
        set(table.loc[table["source"] == DISGUISES, "text"]) for table in (augmented, run(seed=1))
    )
    assert disguised
    assert len(disguised & other) < len(disguised) / 2


def test_a_disguised_copy_has_the_labels_of_its_original(augmented: pd.DataFrame) -> None:
    copies = augmented[augmented["source"] == DISGUISES]
    originals = find_originals(augmented)
    assert len(copies) > COMMENTS / 2
    pd.testing.assert_frame_equal(
        copies[LABELS].reset_index(drop=True), originals[LABELS].reset_index(drop=True)
    )
    assert not set(copies["text"]) & set(originals["text"])


def test_half_of_the_disguised_comments_are_harmless(augmented: pd.DataFrame) -> None:
    toxic = augmented.loc[augmented["source"] == DISGUISES, "toxicity"]
    assert 0.9 * COMMENTS <= len(toxic) <= COMMENTS
    assert toxic.mean() == pytest.approx(0.5, abs=0.05)


def test_of_a_toxic_comment_only_the_abusive_words_are_disguised(augmented: pd.DataFrame) -> None:
    copies = augmented[(augmented["source"] == DISGUISES) & (augmented["toxicity"] == 1)]
    words = find_abusive_words(build_training())
    untouched = {"kettle", "number"} - words
    assert untouched
    for text in copies["text"]:
        assert untouched <= set(text_key(text).split()), text


def test_the_words_that_toxic_comments_have_far_more_often_are_abusive() -> None:
    words = find_abusive_words(build_training())
    assert "grumblefink" in words
    assert not words & {"kettle", "number", "the", "thanks", "neighbour"}


@pytest.mark.parametrize(
    ("word", "toxic", "harmless", "found"),
    [
        ("grumblefink", 5, 0, 1),
        ("grumblefink", 4, 0, 0),  # seen too rarely
        ("grumblefink", 41, 9, 1),  # one more than four times 9 + 1
        ("grumblefink", 41, 10, 0),
        ("gr", 40, 0, 0),  # too short
        ("gr1", 40, 0, 0),  # not of letters
    ],
)
def test_a_word_is_abusive_if_it_is_seen_often_and_four_times_as_often(
    word: str, toxic: int, harmless: int, found: int
) -> None:
    texts = [word] * toxic + ["fine"] * (100 - toxic)
    texts += [word] * harmless + ["fine"] * (100 - harmless)
    table = pd.DataFrame({"text": texts, "toxicity": np.repeat([1.0, 0.0], 100)})
    assert find_abusive_words(table) == ({word} if found else set())


@pytest.mark.parametrize("toxicity", [0.0, 1.0, np.nan])
def test_without_both_kinds_of_comments_no_word_is_abusive(toxicity: float) -> None:
    table = pd.DataFrame({"text": ["grumblefink"] * 9, "toxicity": toxicity})
    assert find_abusive_words(table) == set()


def test_a_word_that_is_said_often_in_one_comment_counts_once() -> None:
    texts = ["fink " * 20, *["fine"] * 9]
    table = pd.DataFrame({"text": texts, "toxicity": np.repeat([1.0, 0.0], 5)})
    assert find_abusive_words(table) == set()


def test_texts_of_a_benchmark_are_not_added(augmented: pd.DataFrame) -> None:
    added = augmented[augmented["source"] != "set"]
    dropped = added.groupby("source").head(3)["text"].map(text_key)
    table = run(benchmark=frozenset(dropped.map(key_hash)))
    keys = table.loc[table["source"] != "set", "text"].map(text_key)
    assert len(set(dropped)) == 6
    assert not set(keys) & set(dropped)
    expected = added[~added["text"].map(text_key).isin(dropped)]["text"]
    assert table.loc[table["source"] != "set", "text"].tolist() == expected.tolist()
