"""Sentences made from templates, and swapping one group for another."""

import re
from pathlib import Path
from typing import Final

import numpy as np
import pandas as pd
import pytest

from model import ATTRIBUTES
from model.corpus import BENCHMARK_HASHES, key_hash, text_key
from model.identities import article, folded_forms, load_identities
from model.templates import (
    IDENTITY_SLOTS,
    TEMPLATES_FILE,
    USES,
    build_templates,
    load_templates,
)

GROUPS: Final = {group.key: group for group in load_identities()}
TEMPLATES: Final = load_templates().templates
SLOTS: Final = load_templates().slots
LEXICON: Final = [
    "contempt",
    "abuse",
    "abuses",
    "harm",
    "harmed",
    "harming",
    "banish",
    "expelled",
    "menace",
    "fine",
    "plain",
    "role",
    "help",
    "helped",
    "helping",
    "weak",
    "matter",
    "lousy",
    "figured",
    "cooked",
    "food",
]
BUILT: Final = {use: build_templates(use, 0, 12) for use in USES}
LABELS: Final = list(ATTRIBUTES)

FINN: Final = "finn = { singular = 'Finn', plural = 'Finns' }"
VALID: Final = """
[slots.train]
city = ["Basra"]
[slots.evaluate]
city = ["Leeds"]
[[templates]]
kind = "question"
use = "train"
positive = []
texts = ["Is the library in {city} open?"]
"""


def ngrams(use: str, size: int) -> set[tuple[str, ...]]:
    """Return the runs of `size` words in the templates of a use, slots counting as words."""
    words = [re.findall(r"\w+", one.text.lower()) for one in TEMPLATES if one.use == use]
    return {
        tuple(found[begin : begin + size])
        for found in words
        for begin in range(len(found) - size + 1)
    }


def test_there_are_enough_groups_and_templates() -> None:
    uses = pd.Series([template.use for template in TEMPLATES]).value_counts()
    assert len(GROUPS) >= 160
    assert len(TEMPLATES) >= 220
    assert 0.65 < uses["train"] / len(TEMPLATES) < 0.8


def test_the_groups_of_the_middle_east_are_all_there() -> None:
    expected = (
        "iraqi syrian lebanese palestinian israeli saudi yemeni iranian turkish egyptian jordanian"
        " emirati qatari kuwaiti bahraini omani libyan tunisian algerian moroccan sudanese afghan"
        " muslim sunni shia alawite druze yazidi christian coptic maronite jewish arab kurdish"
        " berber persian armenian bedouin"
    )
    assert set(expected.split()) <= GROUPS.keys()


def test_words_that_hardly_ever_name_a_group_are_not_folded() -> None:
    others = "man polish pole poles senior orthodox"
    assert not set(others.split()) & folded_forms().keys()


def test_forms_are_folded_to_the_kind_of_their_group() -> None:
    folded = folded_forms()
    assert folded["iraqis"] == "nationality"
    assert folded["druze"] == "religion"
    assert folded["lesbian"] == "orientation"
    assert all(form.isalpha() and form == form.casefold() for form in folded)


@pytest.mark.parametrize("use", USES)
def test_every_slot_is_filled(use: str) -> None:
    assert not BUILT[use]["text"].str.contains(r"[{}]").any()


@pytest.mark.parametrize("use", USES)
def test_every_template_of_a_use_and_no_other_is_filled(use: str) -> None:
    expected = {template.index for template in TEMPLATES if template.use == use}
    assert set(BUILT[use]["template"]) == expected


@pytest.mark.parametrize("use", USES)
def test_no_sentence_comes_twice(use: str) -> None:
    table = BUILT[use]
    assert not table["text"].duplicated().any()
    assert not table.loc[table["group"] != "", ["template", "group"]].duplicated().any()


@pytest.mark.parametrize("use", USES)
def test_sentences_are_as_long_as_comments_are(use: str) -> None:
    lengths = BUILT[use]["text"].map(lambda text: len(text.split()))
    assert lengths.between(2, 50).all()
    assert 8 < lengths.median() < 22
    assert (lengths < 7).mean() > 0.1


@pytest.mark.parametrize("use", USES)
def test_sentences_begin_with_a_capital_where_a_slot_begins_them(use: str) -> None:
    table = BUILT[use]
    with_slot = {one.index for one in TEMPLATES if one.text.startswith("{")}
    first = table.loc[table["template"].isin(with_slot), "text"].str[0]
    assert len(first)
    assert (first == first.str.upper()).all()


@pytest.mark.parametrize("use", USES)
def test_no_article_is_wrong_before_a_vowel(use: str) -> None:
    wrong = BUILT[use]["text"].str.findall(r"\b[aA] ([aeioAEIO]\w+)").sum()
    assert {word for word in wrong if article(word) == "an"} == set()


@pytest.mark.parametrize("use", USES)
def test_labels_are_known_values_and_those_of_the_template(use: str) -> None:
    labels = BUILT[use][LABELS].to_numpy()
    expected = [TEMPLATES[index].labels for index in BUILT[use]["template"]]
    assert np.isin(labels[~np.isnan(labels)], [0, 1]).all()
    np.testing.assert_array_equal(labels, expected)


def test_what_is_not_toxic_has_no_other_label_but_profanity() -> None:
    for template in TEMPLATES:
        labels = dict(zip(ATTRIBUTES, template.labels, strict=True))
        if labels["toxicity"] == 0:
            assert 1 not in template.labels, template.text
        elif labels["toxicity"] != 1:
            assert [name for name in labels if labels[name] == 1] == ["profanity"], template.text


def test_an_attack_on_an_identity_names_one() -> None:
    attacks = [one for one in TEMPLATES if one.labels[ATTRIBUTES.index("identity_attack")] == 1]
    assert all(template.slots & IDENTITY_SLOTS.keys() for template in attacks)


@pytest.mark.parametrize("use", USES)
def test_every_group_is_as_often_in_acceptable_and_in_abusive_sentences_as_any(use: str) -> None:
    table = BUILT[use][BUILT[use]["group"] != ""]
    counts = pd.crosstab(table["group"], table["toxicity"])
    assert counts.shape == (len(GROUPS), 2)
    assert (counts.max() - counts.min()).max() <= 1
    assert counts.min().min() >= 1


def test_every_attribute_has_both_labels_in_every_use() -> None:
    for table in BUILT.values():
        assert (table[LABELS].max() == 1).all()
        assert (table[LABELS].min() == 0).all()


def test_the_same_seed_gives_the_same_table() -> None:
    pd.testing.assert_frame_equal(build_templates("evaluate", 0, 12), BUILT["evaluate"])


def test_another_seed_gives_other_sentences() -> None:
    assert set(build_templates("evaluate", 1, 12)["text"]) != set(BUILT["evaluate"]["text"])


def test_templates_to_train_and_to_evaluate_on_share_no_five_words() -> None:
    assert ngrams("train", 5) & ngrams("evaluate", 5) == set()


def test_no_sentence_is_in_both_uses() -> None:
    assert not set(BUILT["train"]["text"]) & set(BUILT["evaluate"]["text"])


def test_contrast_pairs_have_as_many_acceptable_as_abusive_twins() -> None:
    for use in USES:
        pairs = [one for one in TEMPLATES if (one.kind, one.use) == ("contrast_pair", use)]
        assert 2 * sum(template.is_toxic for template in pairs) == len(pairs) > 0


def test_no_sentence_is_one_of_a_golden_case() -> None:
    golden = Path(__file__).with_name("golden") / "cases.jsonl"
    cases = set(pd.read_json(golden, lines=True)["text"].map(text_key))
    assert not cases & {text_key(text) for table in BUILT.values() for text in table["text"]}


def test_no_sentence_is_one_of_a_public_benchmark(real_data: Path) -> None:
    listed = set((real_data / BENCHMARK_HASHES).read_text(encoding="ascii").split())
    assert listed
    texts = [text for table in BUILT.values() for text in table["text"]]
    assert not listed & {key_hash(text_key(text)) for text in texts}


@pytest.mark.parametrize("use", USES)
def test_of_no_template_are_made_more_sentences_than_it_may_be_repeated(use: str) -> None:
    made = BUILT[use]["template"].value_counts()
    assert all(made[index] <= 12 * TEMPLATES[index].repeat for index in made.index)
    assert use == "evaluate" or (made > 12).sum() >= 60


@pytest.mark.parametrize("slot", LEXICON)
def test_most_words_of_a_long_list_are_used(slot: str) -> None:
    text = " ".join(BUILT["train"]["text"]).casefold()
    words = SLOTS["train"][slot]
    assert sum(word.casefold() in text for word in words) > 0.75 * len(words)


@pytest.mark.parametrize("slot", LEXICON)
def test_the_long_lists_to_train_and_to_evaluate_on_share_no_word(slot: str) -> None:
    train, evaluate = SLOTS["train"][slot], SLOTS["evaluate"][slot]
    assert not set(train) & set(evaluate)
    assert len(train) > 2 * len(evaluate)


def test_an_unknown_use_is_refused() -> None:
    with pytest.raises(ValueError, match="use is 'test', not one of train, evaluate"):
        build_templates("test", 0, 1)


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        ("positive = []", "", "block 1: lacks positive"),
        ("positive = []", "positive = []\nlabel = 1", "block 1: unknown key label"),
        ('"train"', '"test"', "block 1: use is 'test', not one of train, evaluate"),
        ("= []", '= ["rude"]', "block 1: no attribute is called rude"),
        ("= []", '= ["threat"]\nunknown = ["threat"]', "threat is both positive and unknown"),
        ("= []", '= []\nidentities = ["height"]', "no kind of group is called height"),
        ("= []", "= []\nrepeat = 0", "block 1: repeat is 0, not a whole number above zero"),
        ("= []", "= []\nrepeat = 1.5", "block 1: repeat is 1.5, not a whole number"),
        ("= []", "= []\nrepeat = true", "block 1: repeat is True, not a whole number"),
        ('"Basra"', '"Basra", "Basra"', "train.city lists 'Basra' twice"),
        ("{city} open", "{town} open", "nothing fills {town} in 'Is the library in {town} open"),
        ("{city} open", "city} open", "a brace stands alone in"),
        ("open?", 'open?", "Is the library in {city} open?', "is there twice"),
    ],
)
def test_a_wrong_file_of_templates_is_refused(
    tmp_path: Path, old: str, new: str, message: str
) -> None:
    path = tmp_path / TEMPLATES_FILE.name
    path.write_text(VALID, encoding="utf-8")
    assert len(load_templates(path).templates) == 1
    path.write_text(VALID.replace(old, new), encoding="utf-8")
    with pytest.raises(ValueError, match=re.escape(message)):
        load_templates(path)


@pytest.mark.parametrize(
    ("entries", "message"),
    [
        ("finn = { singular = 'Finn', plurals = 'Finns' }", "a.finn: unknown key plurals"),
        ("finn = { singular = 'Finn' }", "a.finn: lacks a singular or a plural"),
        ("finn = { singular = 'Finn', plural = 1 }", "plural is neither a string nor a list"),
        ("finn = { singular = 'Finn', plural = 'Finns', place = 1 }", "place is not a string"),
        ("finn = { singular = 'Finn', plural = 'Finns', fold = ['Fin'] }", "fold lists what is no"),
        (
            f"{FINN}\nlapp = {{ singular = 'Lapp', plural = 'finns' }}",
            "finns belongs to finn and to lapp",
        ),
        (
            f"{FINN}\n[b]\nfinn = {{ singular = 'Dane', plural = 'Danes' }}",
            "finn is there twice",
        ),
    ],
)
def test_a_wrong_file_of_identities_is_refused(tmp_path: Path, entries: str, message: str) -> None:
    path = tmp_path / "identities.toml"
    path.write_text(f"[a]\n{entries}\n", encoding="utf-8")
    with pytest.raises(ValueError, match=re.escape(message)):
        load_identities(path)


@pytest.mark.parametrize(
    ("word", "expected"),
    [("Iraqi", "an"), ("Ukrainian", "a"), ("Kurd", "a"), ("LGBT", "an"), ("user", "a")],
)
def test_the_article_is_the_one_that_is_spoken(word: str, expected: str) -> None:
    assert article(word) == expected
