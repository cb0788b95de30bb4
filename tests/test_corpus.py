"""The rules for training data hold: made-up sets first, then the real ones where they are."""

import hashlib
import json
import re
from pathlib import Path

import pandas as pd
import pytest
from corpora import Row, write_every_set, write_set
from hypothesis import given
from hypothesis import strategies as st

from model import ATTRIBUTES
from model.artefact import read_manifest
from model.card import ARTEFACT
from model.corpus import (
    BENCHMARK_HASHES,
    Corpus,
    key_hash,
    read_corpus,
    split_of,
    symbols,
    text_key,
)
from model.sources import load_sources

SOURCES = load_sources("en", "train")
SPLITS = ("train", "validation", "test")


def hash_by_the_rule(text: str) -> str:
    """Hash a text as the README of the data says, written anew."""
    key = re.sub(r"\W+", " ", text.lower()).strip()
    return hashlib.sha256(key.encode()).hexdigest()[:16]


def read(data: Path, *hashes: str) -> Corpus:
    """Read what was written to `data`, with these hashes of benchmark texts."""
    (data / BENCHMARK_HASHES).write_text("".join(f"{line}\n" for line in hashes), encoding="ascii")
    return read_corpus(data, SOURCES)


def labels_of(corpus: Corpus, text: str) -> dict[str, float]:
    """Return what is known of a text."""
    rows = corpus.table.loc[corpus.table["text"] == text, list(ATTRIBUTES)]
    assert len(rows) == 1
    return dict(rows.iloc[0].dropna())


def write_civil(data: Path, comments: list[str], held_out: list[str]) -> None:
    """Write comments that nobody calls toxic, and the texts of the official test."""
    numbers = range(len(comments))
    files: dict[str, list[Row]] = {
        "comments.csv": list(zip(numbers, comments, strict=True)),
        "annotations.csv": [(n, n, 1, "IRL", False, True) for n in numbers],
        "spans.csv": [(999, "Insult", 0, 1)],
        "tsd_test.csv": [("[]", text) for text in held_out],
    }
    write_set(data, "civil-toxic-spans", files)


@pytest.mark.parametrize(
    ("text", "key"),
    [
        ("  Hello,  WORLD!! ", "hello world"),
        ("don't\r\nstop", "don t stop"),
        ("snake_case 42", "snake_case 42"),
        ("\u0419\u043e\u0433\u0443\u0440\u0442", "\u0439\u043e\u0433\u0443\u0440\u0442"),
        ("!!! \U0001f600", ""),
    ],
)
def test_the_key_of_a_text_is_its_words_in_lower_case(text: str, key: str) -> None:
    assert text_key(text) == key


@given(text=st.text())
def test_a_text_is_hashed_by_the_rule_of_the_benchmarks(text: str) -> None:
    assert key_hash(text_key(text)) == hash_by_the_rule(text)


def test_a_lone_surrogate_has_a_hash() -> None:
    assert re.fullmatch("[0-9a-f]{16}", key_hash("\ud83d"))


@given(number=st.integers(0, 2**64 - 1))
def test_the_split_follows_from_the_hash(number: int) -> None:
    expected = {8: "validation", 9: "test"}.get(number % 10, "train")
    assert split_of(f"{number:016x}") == expected


def test_eight_tenths_of_the_texts_are_for_training() -> None:
    found = pd.Series([split_of(key_hash(f"text {number}")) for number in range(20_000)])
    shares = found.value_counts(normalize=True)
    assert shares["train"] == pytest.approx(0.8, abs=0.01)
    assert shares["validation"] == pytest.approx(0.1, abs=0.01)
    assert shares["test"] == pytest.approx(0.1, abs=0.01)


def test_texts_of_a_benchmark_are_dropped_by_their_hash(tmp_path: Path) -> None:
    rows = [("Shall we, DANCE?", 0), ("shall we dance", 1), ("Shall we sit?", 0)]
    write_set(tmp_path, "jigsaw-2018-toxic", {"train_toxic_only.csv.gz": rows})
    corpus = read(tmp_path, hash_by_the_rule("Shall we dance!"), "0" * 16)
    assert corpus.table["text"].tolist() == ["Shall we sit?"]
    assert corpus.dropped == 1
    assert corpus.benchmark == {hash_by_the_rule("shall we dance"), "0" * 16}


def test_that_no_benchmark_is_known_is_said(tmp_path: Path) -> None:
    write_set(tmp_path, "jigsaw-2018-toxic", {"train_toxic_only.csv.gz": [("Hello", 0)]})
    corpus = read_corpus(tmp_path, SOURCES)
    assert corpus.missing[-1] == (
        f"{BENCHMARK_HASHES}: not in {tmp_path}; texts of public benchmarks are not dropped,"
        " so figures this model reaches on them mean nothing"
    )
    assert corpus.dropped == 0
    assert corpus.benchmark == set()


def test_equal_texts_of_several_sets_are_one_with_what_each_knows(tmp_path: Path) -> None:
    write_set(tmp_path, "jigsaw-2018-toxic", {"train_toxic_only.csv.gz": [("Go home!", 1)]})
    write_set(tmp_path, "reddit-incivility", {"incivility_coded.csv": [("go HOME", 1)]})
    write_set(tmp_path, "measuring-hate-speech", {"dev.csv": [("Go   home?", 0)]})
    table = read(tmp_path).table
    assert len(table) == 1
    row = table.iloc[0]
    # The set that stands first in sources.toml gives text and name.
    assert (row["text"], row["source"]) == ("Go home!", "jigsaw-2018-toxic")
    assert row["split"] in SPLITS
    known = row[list(ATTRIBUTES)].dropna().to_dict()
    assert known == {"toxicity": 1.0, "identity_attack": 0.0}


def test_labels_that_contradict_each_other_become_unknown(tmp_path: Path) -> None:
    rows = [("a", "Well done", 1, 0, 0, 0, 1, 0), ("b", "Well done!", 1, 0, 1, 0, 0, 0)]
    write_set(tmp_path, "jigsaw-2018", {"train.csv.gz": rows})
    write_set(tmp_path, "reddit-incivility", {"incivility_coded.csv": [("Well, done", 0)]})
    assert labels_of(read(tmp_path), "Well done") == {
        "severe_toxicity": 0.0,
        "identity_attack": 0.0,
        "threat": 0.0,
    }


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("Hello, world! :-)", ""),
        ("caf\u00e9 \u2014 \u20ac5", ""),
        ("a \U0001f47d b \u2764\ufe0f", "\U0001f47d\u2764"),
        ("\U0001f600\U0001f600", "\U0001f600\U0001f600"),
    ],
)
def test_the_symbols_of_a_text_are_what_its_key_leaves_out_of_emoji(text: str, found: str) -> None:
    assert symbols(text) == found


def test_twins_that_differ_in_emoji_alone_keep_their_labels_and_share_a_split(
    tmp_path: Path,
) -> None:
    kind, unkind, plain = "Look at the \U0001f600!", "look at the \U0001f4a9", "Look at the"
    numbered = [
        (f"{text} {n}", label) for n in range(30) for text, label in ((kind, 0), (unkind, 1))
    ]
    rows = [*numbered, *((f"{plain} {n}", 0) for n in range(30))]
    write_set(tmp_path, "jigsaw-2018-toxic", {"train_toxic_only.csv.gz": rows})
    table = read(tmp_path).table.set_index("text")
    assert len(table) == 90
    assert table.loc[[text for text, _ in rows], "toxicity"].tolist() == [y for _, y in rows]
    splits = table.groupby(table.index.map(text_key))["split"]
    assert splits.nunique().max() == 1
    assert (splits.size() == 3).all()
    assert set(table["split"]) == set(SPLITS)


def test_equal_texts_with_the_same_emoji_are_one(tmp_path: Path) -> None:
    rows = [("Nice \U0001f600 hat", 1), ("nice, \U0001f600 HAT!", 1), ("Nice \U0001f4a9 hat", 0)]
    write_set(tmp_path, "jigsaw-2018-toxic", {"train_toxic_only.csv.gz": rows})
    write_set(tmp_path, "measuring-hate-speech", {"dev.csv": [("nice hat \U0001f600", 0)]})
    corpus = read(tmp_path)
    assert len(corpus.table) == 2
    assert labels_of(corpus, rows[0][0]) == {"toxicity": 1.0, "identity_attack": 0.0}
    assert labels_of(corpus, rows[2][0]) == {"toxicity": 0.0}


def test_a_benchmark_drops_every_twin_that_differs_in_emoji_alone(tmp_path: Path) -> None:
    rows = [("Shall we \U0001f600", 0), ("Shall we \U0001f4a9", 1), ("Shall we sit", 0)]
    write_set(tmp_path, "jigsaw-2018-toxic", {"train_toxic_only.csv.gz": rows})
    corpus = read(tmp_path, hash_by_the_rule("shall we"))
    assert corpus.table["text"].tolist() == ["Shall we sit"]
    assert corpus.dropped == 2


def test_a_text_without_words_is_dropped(tmp_path: Path) -> None:
    rows = [("", 0), ("?!", 1), ("\U0001f600", 0), ("words", 0)]
    write_set(tmp_path, "jigsaw-2018-toxic", {"train_toxic_only.csv.gz": rows})
    assert read(tmp_path).table["text"].tolist() == ["words"]


def test_rows_and_sources_in_another_order_give_the_same_split(tmp_path: Path) -> None:
    rows: list[Row] = [(f"Comment number {number}.", number % 2) for number in range(200)]
    more: list[Row] = [(f"comment number {number}", number % 2) for number in range(150, 250)]
    tables = []
    for name, step in (("forwards", 1), ("backwards", -1)):
        data = tmp_path / name
        write_set(data, "jigsaw-2018-toxic", {"train_toxic_only.csv.gz": rows[::step]})
        write_set(data, "reddit-incivility", {"incivility_coded.csv": more[::step]})
        corpus = read_corpus(data, SOURCES[::step])
        keys = corpus.table["text"].map(text_key)
        tables.append(corpus.table.set_index(keys)[["split", *ATTRIBUTES]])
    pd.testing.assert_frame_equal(tables[0], tables[1])
    assert set(tables[0]["split"]) == set(SPLITS)


def test_rows_in_another_order_give_the_same_corpus(tmp_path: Path) -> None:
    rows: list[Row] = [(f"Comment number {number}.", number % 2) for number in range(200)]
    tables = []
    for name, step in (("forwards", 1), ("backwards", -1)):
        data = tmp_path / name
        write_set(data, "jigsaw-2018-toxic", {"train_toxic_only.csv.gz": rows[::step]})
        tables.append(read_corpus(data, SOURCES).table)
    pd.testing.assert_frame_equal(tables[0], tables[1])


def test_texts_of_the_official_test_are_never_trained_on(tmp_path: Path) -> None:
    texts = [f"The tram at {hour} is late" for hour in range(40)]
    by_hash = {text for text in texts if split_of(hash_by_the_rule(text)) != "test"}
    write_civil(tmp_path, texts, [f"{text.upper()}!" for text in texts[:20]])
    # A set that comes first has one of them, too.
    write_set(tmp_path, "jigsaw-2018-toxic", {"train_toxic_only.csv.gz": [(texts[0], 0)]})
    table = read(tmp_path).table.set_index("text")
    assert by_hash & set(texts[:20])
    assert set(table.loc[texts[:20], "split"]) == {"test"}
    assert table.loc[texts[0], "source"] == "jigsaw-2018-toxic"
    expected = [split_of(hash_by_the_rule(text)) for text in texts[20:]]
    assert table.loc[texts[20:], "split"].tolist() == expected


def test_a_set_to_evaluate_on_is_not_read_though_it_is_there(tmp_path: Path) -> None:
    write_every_set(tmp_path)
    for source in load_sources("en", "evaluate"):
        (tmp_path / source.folder).mkdir(parents=True)
        for name in source.files:
            (tmp_path / source.folder / name).write_text("not a table\0", encoding="utf-8")
    corpus = read(tmp_path)
    assert list(corpus.found) == [source.name for source in SOURCES]
    assert set(corpus.table["source"]) <= set(corpus.found)


def test_every_file_that_was_read_is_named_with_its_hash(tmp_path: Path) -> None:
    write_every_set(tmp_path)
    corpus = read(tmp_path)
    assert corpus.missing == []
    assert corpus.found == {
        source.name: {
            name: hashlib.sha256((tmp_path / source.folder / name).read_bytes()).hexdigest()
            for name in source.files
        }
        for source in SOURCES
    }


def test_a_table_has_the_columns_it_promises(tmp_path: Path) -> None:
    write_every_set(tmp_path)
    table = read(tmp_path).table
    assert list(table.columns) == ["text", "source", "split", *ATTRIBUTES]
    assert table["text"].map(text_key).is_unique
    assert set(table["split"]) == set(SPLITS)
    for attribute in ATTRIBUTES:
        assert set(table[attribute].dropna()) == {0.0, 1.0}


def test_a_missing_set_is_named_with_what_the_model_lacks_and_the_rest_is_read(
    tmp_path: Path,
) -> None:
    write_every_set(tmp_path)
    (tmp_path / "en/edos/edos_labelled_aggregated.csv").unlink()
    (tmp_path / "en/contextual-abuse/cad_v1_1_dev.tsv").unlink()
    corpus = read(tmp_path)
    assert corpus.missing == [
        (
            f"contextual-abuse: no cad_v1_1_dev.tsv in {tmp_path}/en/contextual-abuse;"
            " toxicity and identity attack have fewer harmless comments from forums"
        ),
        (
            f"edos: no edos_labelled_aggregated.csv in {tmp_path}/en/edos;"
            " identity attack misses sexism"
        ),
    ]
    assert not {"edos", "contextual-abuse"} & set(corpus.table["source"])
    assert len(corpus.found) == len(SOURCES) - 2


def test_no_set_at_all_is_an_error_that_names_each(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="no training data in") as caught:
        read_corpus(tmp_path, SOURCES)
    assert all(f"{source.name}: no " in str(caught.value) for source in SOURCES)


def test_a_file_without_a_column_of_its_original_is_an_error_that_names_both(
    tmp_path: Path,
) -> None:
    write_set(tmp_path, "edos", {}, rename="label_sexist")
    with pytest.raises(ValueError, match=r"^edos: .*/en/edos lacks the column 'label_sexist'$"):
        read_corpus(tmp_path, SOURCES)


def write_feedback(data: Path, name: str, *lines: dict[str, object]) -> None:
    """Write a file of suggested scores, as the service exports them."""
    (data / "feedback").mkdir(exist_ok=True)
    content = "".join(json.dumps(line) + "\n" for line in lines)
    (data / "feedback" / name).write_text(content, encoding="utf-8")


@pytest.mark.parametrize("empty_folder", [False, True])
def test_without_feedback_the_corpus_is_what_it_was(
    tmp_path: Path,
    empty_folder: bool,  # noqa: FBT001
) -> None:
    write_every_set(tmp_path)
    if empty_folder:
        (tmp_path / "feedback").mkdir()
    corpus = read(tmp_path)
    assert corpus.sources == SOURCES
    assert list(corpus.found) == [source.name for source in SOURCES]
    assert corpus.missing == []


def test_feedback_is_one_more_source_under_the_same_rules(tmp_path: Path) -> None:
    write_set(tmp_path, "jigsaw-2018-toxic", {"train_toxic_only.csv.gz": [("Go home!", 1)]})
    new = [{"text": f"Comment number {n}.", "toxicity": n % 2} for n in range(40)]
    write_feedback(tmp_path, "2.jsonl", *new, {"text": "Shall we dance", "toxicity": 1})
    write_feedback(
        tmp_path,
        "1.jsonl",
        {"text": "go HOME", "toxicity": 1, "insult": 1},
        {"text": "comment number 7", "toxicity": 0},
        {"text": "?!", "toxicity": 1},
    )
    corpus = read(tmp_path, hash_by_the_rule("shall we dance"))
    assert corpus.dropped == 1
    assert labels_of(corpus, "Go home!") == {"toxicity": 1.0, "insult": 1.0}
    assert labels_of(corpus, "comment number 7") == {}
    table = corpus.table.set_index("text")
    assert table.loc["Go home!", "source"] == "jigsaw-2018-toxic"
    assert len(table) == 41
    feedback = table[table["source"] == "feedback"]
    assert feedback["split"].to_dict() == {
        text: split_of(hash_by_the_rule(text)) for text in feedback.index
    }
    assert set(feedback["split"]) == set(SPLITS)
    assert [source.name for source in corpus.sources] == ["jigsaw-2018-toxic", "feedback"]
    assert corpus.sources[-1].sha256 == corpus.found["feedback"]
    assert list(corpus.found["feedback"]) == ["1.jsonl", "2.jsonl"]


def test_feedback_in_other_languages_alone_changes_no_row(tmp_path: Path) -> None:
    write_set(tmp_path, "jigsaw-2018-toxic", {"train_toxic_only.csv.gz": [("Go home!", 1)]})
    before = read(tmp_path).table
    write_feedback(tmp_path, "1.jsonl", {"text": "Geh heim", "toxicity": 1, "languages": ["de"]})
    pd.testing.assert_frame_equal(read(tmp_path).table, before)


def test_a_line_of_feedback_that_is_not_one_is_named(tmp_path: Path) -> None:
    write_set(tmp_path, "jigsaw-2018-toxic", {"train_toxic_only.csv.gz": [("Go home!", 1)]})
    write_feedback(tmp_path, "1.jsonl", {"text": "Fine", "toxicity": 1}, {"text": "a", "insult": 2})
    place = rf"^{tmp_path}/feedback/1\.jsonl, line 2: "
    with pytest.raises(ValueError, match=place + r"Expected `float` <= 1\.0 - at `\$\.insult`$"):
        read_corpus(tmp_path, SOURCES)


@pytest.fixture(scope="module")
def real(real_data: Path) -> Corpus:
    return read_corpus(real_data, SOURCES)


@pytest.fixture(scope="module")
def real_hashes(real: Corpus) -> pd.Series:
    """Return the hash of each text: what is compared, so that a failure prints no comment."""
    return real.table["text"].map(hash_by_the_rule)


def test_no_text_of_a_benchmark_is_in_the_real_corpus(
    real: Corpus, real_hashes: pd.Series, real_data: Path
) -> None:
    listed = set((real_data / BENCHMARK_HASHES).read_text(encoding="ascii").split())
    assert listed
    assert not listed & set(real_hashes)
    assert real.dropped > 0


def test_no_text_is_twice_in_the_real_corpus(real: Corpus, real_hashes: pd.Series) -> None:
    twins = pd.DataFrame({"key": real_hashes, "symbols": real.table["text"].map(symbols)})
    assert int(twins.duplicated().sum()) == 0


def test_twins_that_differ_in_emoji_alone_share_a_split_in_the_real_corpus(
    real: Corpus, real_hashes: pd.Series
) -> None:
    splits = real.table.groupby(real_hashes)["split"].nunique()
    assert len(splits) < len(real.table)
    assert splits.max() == 1


def test_no_text_of_the_official_test_of_toxic_spans_is_trained_on(
    real: Corpus, real_hashes: pd.Series, real_data: Path
) -> None:
    path = real_data / "en" / "civil-toxic-spans" / "tsd_test.csv"
    official = {hash_by_the_rule(text) for text in pd.read_csv(path)["text"]}
    assert len(official) > 1900
    assert not official & set(real_hashes[real.table["split"] != "test"])


def test_the_real_files_are_those_of_the_shipped_artefact(real: Corpus) -> None:
    assert real.missing == []
    assert real.found == {source.name: source.sha256 for source in SOURCES}


def test_the_shipped_manifest_counts_the_rows_of_the_real_corpus(real: Corpus) -> None:
    counted = real.table.groupby(["source", "split"]).size()
    expected = {
        (source["name"], split): rows
        for source in read_manifest(ARTEFACT)["sources"]
        for split, rows in source["rows"].items()
        if rows
    }
    assert counted.to_dict() == expected
