"""A reader says of each comment what its set knows, and nothing else."""

import json
from pathlib import Path

import pytest
from corpora import write_set

from model import ATTRIBUTES
from model.readers import READERS, LabelledTexts, read_feedback

Known = dict[str, float]


def read(source: str, folder: Path) -> LabelledTexts:
    return READERS[source](folder)


def read_known(source: str, folder: Path) -> list[tuple[str, Known]]:
    """Return each text with the labels that are known."""
    return known_of(read(source, folder))


def known_of(texts: LabelledTexts) -> list[tuple[str, Known]]:
    labels = texts.labels
    assert list(labels.columns) == ["text", *ATTRIBUTES]
    return [
        (row["text"], {name: row[name] for name in ATTRIBUTES if row[name] == row[name]})
        for row in labels.to_dict("records")
    ]


def test_jigsaw_knows_all_six_attributes(tmp_path: Path) -> None:
    folder = write_set(
        tmp_path,
        "jigsaw-2018",
        {"train.csv.gz": [("a", "Two\nlines", 0, 0, 0, 0, 0, 0), ("b", "x", 1, 0, 1, 0, 1, 0)]},
    )
    assert read_known("jigsaw-2018", folder) == [
        ("Two\nlines", dict.fromkeys(ATTRIBUTES, 0.0)),
        (
            "x",
            {
                "toxicity": 1.0,
                "severe_toxicity": 0.0,
                "identity_attack": 0.0,
                "insult": 1.0,
                "profanity": 1.0,
                "threat": 0.0,
            },
        ),
    ]


@pytest.mark.parametrize(
    ("column", "attribute"),
    [
        ("toxic", "toxicity"),
        ("severe_toxic", "severe_toxicity"),
        ("obscene", "profanity"),
        ("threat", "threat"),
        ("insult", "insult"),
        ("identity_hate", "identity_attack"),
    ],
)
def test_a_label_of_jigsaw_is_the_attribute_of_the_same_meaning(
    column: str, attribute: str, tmp_path: Path
) -> None:
    columns = ["toxic", "severe_toxic", "obscene", "threat", "insult", "identity_hate"]
    row = ("a", "text", *(int(column == name) for name in columns))
    folder = write_set(tmp_path, "jigsaw-2018", {"train.csv.gz": [row]})
    expected = {name: float(name == attribute) for name in ATTRIBUTES}
    assert read_known("jigsaw-2018", folder) == [("text", expected)]


def test_the_further_comments_of_jigsaw_know_toxicity_alone(tmp_path: Path) -> None:
    rows = [("kind", 0), ("unkind", 1)]
    folder = write_set(tmp_path, "jigsaw-2018-toxic", {"train_toxic_only.csv.gz": rows})
    assert read_known("jigsaw-2018-toxic", folder) == [
        ("kind", {"toxicity": 0.0}),
        ("unkind", {"toxicity": 1.0}),
    ]


def test_spans_count_if_half_of_the_annotators_marked_them(tmp_path: Path) -> None:
    folder = write_set(
        tmp_path,
        "civil-toxic-spans",
        {
            "comments.csv": [(1, "split"), (2, "fine"), (3, "agreed"), (4, "cut off")],
            "annotations.csv": [
                (10, 1, 1, "IRL", False, False),
                (11, 1, 2, "IRL", False, True),
                (20, 2, 1, "IRL", False, False),
                (21, 2, 2, "IRL", False, True),
                (22, 2, 3, "IRL", False, True),
                (30, 3, 1, "IRL", True, False),
                (40, 4, 1, "IRL", False, False),
            ],
            "spans.csv": [
                (10, "Insult", 0, 2),
                (10, "Insult", 3, 5),  # twice by one annotator is one annotator
                (20, "Threat", 0, 2),
                (30, "Profane/Obscene", 0, 2),
                (30, "Identity based Attack", 0, 2),
                (30, "Other Toxicity", 0, 2),
                (40, "Insu", 0, 2),
                (40, "", 0, 2),
            ],
            "tsd_test.csv": [("[0, 1]", "agreed"), ("[]", "elsewhere")],
        },
    )
    nothing = dict.fromkeys(["identity_attack", "insult", "profanity", "threat"], 0.0)
    one_of_three = {name: 0.0 for name in nothing if name != "threat"}
    assert read_known("civil-toxic-spans", folder) == [
        ("split", {**nothing, "toxicity": 1.0, "insult": 1.0}),
        ("fine", {**one_of_three, "toxicity": 0.0}),  # whether it is a threat is unknown
        ("agreed", {**nothing, "toxicity": 1.0, "profanity": 1.0, "identity_attack": 1.0}),
        ("cut off", {**nothing, "toxicity": 1.0, "insult": 1.0}),
    ]
    assert read("civil-toxic-spans", folder).held_out == ["agreed", "elsewhere"]


def test_nothing_is_known_of_a_comment_that_nobody_judged(tmp_path: Path) -> None:
    folder = write_set(
        tmp_path,
        "civil-toxic-spans",
        {
            "comments.csv": [(1, "judged"), (2, "not judged")],
            "annotations.csv": [(10, 1, 1, "IRL", False, False)],
            "spans.csv": [(10, "Insult", 0, 2)],
            "tsd_test.csv": [("[]", "elsewhere")],
        },
    )
    assert read_known("civil-toxic-spans", folder)[1] == ("not judged", {})


def test_a_comment_that_is_abuse_of_nobodys_identity_may_still_be_an_insult(
    tmp_path: Path,
) -> None:
    folder = write_set(
        tmp_path,
        "contextual-abuse",
        {
            "cad_v1_1_train.tsv": [
                ("a1", "one[linebreak]two", "Neutral"),
                ("a2", '\\"so\\" he said, "quote', "IdentityDirectedAbuse"),
            ],
            "cad_v1_1_dev.tsv": [
                ("b1", "b1", "PersonDirectedAbuse"),
                ("b2", "b2", "AffiliationDirectedAbuse"),
            ],
            "cad_v1_1_test.tsv": [
                ("c1", "c1", "CounterSpeech"),
                ("c2", "c2", "IdentityDirectedAbuse,PersonDirectedAbuse"),
            ],
        },
    )
    assert read_known("contextual-abuse", folder) == [
        ("one\ntwo", {"toxicity": 0.0, "identity_attack": 0.0, "insult": 0.0}),
        ('"so" he said, "quote', {"toxicity": 1.0, "identity_attack": 1.0}),
        ("b1", {"toxicity": 1.0, "identity_attack": 0.0, "insult": 1.0}),
        ("b2", {"toxicity": 1.0, "identity_attack": 0.0}),
        ("c1", {"identity_attack": 0.0}),
        ("c2", {"toxicity": 1.0, "identity_attack": 1.0, "insult": 1.0}),
    ]


def test_incivility_is_toxicity_and_its_broken_characters_are_mended(tmp_path: Path) -> None:
    broken = "it\u2019s caf\u00e9".encode().decode("mac_roman")
    assert broken == "it\u201a\u00c4\u00f4s caf\u221a\u00a9"
    folder = write_set(
        tmp_path,
        "reddit-incivility",
        {"incivility_coded.csv": [(broken, 1), ("sound \u65e5 \u00e9", 0), ("plain", 0)]},
    )
    assert read_known("reddit-incivility", folder) == [
        ("it\u2019s caf\u00e9", {"toxicity": 1.0}),
        ("sound \u65e5 \u00e9", {"toxicity": 0.0}),
        ("plain", {"toxicity": 0.0}),
    ]


def test_what_is_not_hate_may_be_toxic_in_measuring_hate_speech(tmp_path: Path) -> None:
    folder = write_set(
        tmp_path,
        "measuring-hate-speech",
        {
            "train.csv": [("@user [USER] hateful URL", 1)],
            "dev.csv": [("see [url] and <url>, @users", 0)],
            "test.csv": [("curly", 0)],
        },
    )
    assert read_known("measuring-hate-speech", folder) == [
        ("hateful", {"toxicity": 1.0, "identity_attack": 1.0}),
        ("see   and  , @users", {"identity_attack": 0.0}),
        ("curly", {"identity_attack": 0.0}),
    ]


@pytest.mark.parametrize(("hate", "other"), [(1, 0), ("hate", "nothate")])
def test_hate_is_written_as_number_or_word_in_dynamically_generated_hate(
    hate: object, other: object, tmp_path: Path
) -> None:
    rows = [("hateful", hate, "train"), ("harmless", other, "")]
    folder = write_set(
        tmp_path, "dynamically-generated-hate", {"dynamically_generated_hate.csv": rows}
    )
    assert read_known("dynamically-generated-hate", folder) == [
        ("hateful", {"toxicity": 1.0, "identity_attack": 1.0}),
        ("harmless", {"identity_attack": 0.0}),
    ]


def test_hate_with_emoji_is_a_threat_or_may_be_one(tmp_path: Path) -> None:
    def row(text: str, kind: str, hateful: int) -> tuple[object, ...]:
        return (1, text, kind, "", 1, "a", "a", "train", hateful, "", "")

    folder = write_set(
        tmp_path,
        "hatemoji-build",
        {
            "train.csv": [
                row("run \U0001f47d", "threateninglanguage", 1),
                row("ugly \U0001f47d", "derogation", 1),
            ],
            "validation.csv": [row("nice \U0001f47d", "none", 0)],
        },
    )
    assert read_known("hatemoji-build", folder) == [
        ("run \U0001f47d", {"toxicity": 1.0, "identity_attack": 1.0, "threat": 1.0}),
        ("ugly \U0001f47d", {"toxicity": 1.0, "identity_attack": 1.0}),
        ("nice \U0001f47d", {"identity_attack": 0.0, "threat": 0.0}),
    ]


def test_polite_rewrites_are_neither_toxic_nor_profane(tmp_path: Path) -> None:
    folder = write_set(
        tmp_path,
        "paradetox",
        {"paradetox.tsv": [('rude "a', "kind a", "kinder a", ""), ("rude b", "kind b", "", "")]},
    )
    polite = {"toxicity": 0.0, "profanity": 0.0}
    found = [(text, known) for text, known in read_known("paradetox", folder) if text]
    assert found == [
        ("kind a", polite),
        ("kind b", polite),
        ("kinder a", polite),
        ('rude "a', {"toxicity": 1.0}),
        ("rude b", {"toxicity": 1.0}),
    ]


def test_only_what_is_sexist_is_taken_from_edos(tmp_path: Path) -> None:
    threat = "1. threats, plans to harm and incitement"
    rows = [
        ("s1", "[USER] harm", "sexist", threat, "1.1", "train"),
        ("s2", "maybe rude", "not sexist", "none", "none", "test"),
        ("s3", "scorn [URL]", "sexist", "2. derogation", "2.1", "dev"),
    ]
    folder = write_set(tmp_path, "edos", {"edos_labelled_aggregated.csv": rows})
    assert read_known("edos", folder) == [
        ("harm", {"toxicity": 1.0, "identity_attack": 1.0, "threat": 1.0}),
        ("scorn", {"toxicity": 1.0, "identity_attack": 1.0, "threat": 0.0}),
    ]


def test_a_tweet_that_is_merely_offensive_may_be_dialect(tmp_path: Path) -> None:
    rows = [
        (0, 3, 3, 0, 0, 0, "hate &amp; &#128125;"),
        (1, 3, 0, 3, 0, 1, "offensive"),
        (2, 3, 0, 0, 3, 2, "neither &lt;3"),
    ]
    folder = write_set(tmp_path, "davidson-2017", {"labeled_data.csv": rows})
    assert read_known("davidson-2017", folder) == [
        ("hate & \U0001f47d", {"toxicity": 1.0, "identity_attack": 1.0}),
        ("offensive", {"identity_attack": 0.0}),
        ("neither <3", {"toxicity": 0.0, "identity_attack": 0.0}),
    ]


def test_a_suggested_score_is_the_share_of_people_who_see_the_attribute(tmp_path: Path) -> None:
    suggested: list[tuple[dict[str, object], Known]] = [
        ({"toxicity": 1, "insult": 0, "threat": 1.0}, {"toxicity": 1, "insult": 0, "threat": 1}),
        ({"toxicity": 0.5, "profanity": 0.5}, {"toxicity": 1, "profanity": 1}),
        ({"toxicity": 0.49, "identity_attack": 0.49}, {"toxicity": 0}),
        ({"severe_toxicity": 0.0, "stars": 5}, {"severe_toxicity": 0}),
        ({"languages": []}, {}),
        ({"toxicity": 1, "languages": ["en-GB", "de"]}, {"toxicity": 1}),
    ]
    lines: list[dict[str, object]] = [
        {"text": str(number), **given} for number, (given, _) in enumerate(suggested)
    ]
    lines += [
        {"text": "x", "toxicity": 1, "languages": [other]} for other in ("de", "enm", "ar-en")
    ]
    content = "".join(json.dumps(line) + "\n" for line in lines)
    (tmp_path / "1.jsonl").write_text(content, encoding="utf-8")
    found = known_of(read_feedback(tmp_path, "en"))
    assert found == [(str(number), known) for number, (_, known) in enumerate(suggested)]


@pytest.mark.parametrize(
    ("line", "sentence"),
    [
        (b"{}", "Object missing required field `text`"),
        (b'{"text": "a", "toxicity": -0.1}', "Expected `float` >= 0.0"),
        (b'{"text": "a", "toxicity": "1"}', r"Expected `float \| null`, got `str`"),
        (b'{"text": "a"', "Input data was truncated"),
        (b'{"text": "\xff"}', "codec can't decode"),
        (b"", "Input data was truncated"),
    ],
)
def test_a_line_of_feedback_without_meaning_is_named_and_not_repeated(
    line: bytes, sentence: str, tmp_path: Path
) -> None:
    (tmp_path / "1.jsonl").write_bytes(b'{"text": "fine"}\n' + line + b"\n")
    with pytest.raises(ValueError, match=f"^{tmp_path}/1.jsonl, line 2: .*{sentence}"):
        read_feedback(tmp_path, "en")


@pytest.mark.parametrize("text", ["NA", "null", "nan", "None", ""])
def test_a_comment_that_looks_like_no_value_is_a_comment(text: str, tmp_path: Path) -> None:
    rows = [(text, 0), ("other", 1)]
    folder = write_set(tmp_path, "jigsaw-2018-toxic", {"train_toxic_only.csv.gz": rows})
    assert read_known("jigsaw-2018-toxic", folder)[0] == (text, {"toxicity": 0.0})


def test_bytes_that_are_not_utf8_are_replaced(tmp_path: Path) -> None:
    folder = write_set(tmp_path, "reddit-incivility", {})
    (folder / "incivility_coded.csv").write_bytes(b"comment,correction\ncaf\xe9 \xff,1\n")
    assert read_known("reddit-incivility", folder) == [
        ("caf\ufffd \ufffd", {"toxicity": 1.0}),
    ]


@pytest.mark.parametrize(
    ("source", "column"),
    [
        ("jigsaw-2018", "comment_text"),
        ("jigsaw-2018", "identity_hate"),
        ("jigsaw-2018-toxic", "toxic"),
        ("civil-toxic-spans", "comment_id"),
        ("civil-toxic-spans", "not toxic"),
        ("civil-toxic-spans", "type"),
        ("civil-toxic-spans", "text"),
        ("contextual-abuse", "labels"),
        ("reddit-incivility", "correction"),
        ("measuring-hate-speech", "label"),
        ("dynamically-generated-hate", "text"),
        ("hatemoji-build", "label_gold"),
        ("hatemoji-build", "type"),
        ("paradetox", "neutral3"),
        ("edos", "label_category"),
        ("davidson-2017", "class"),
    ],
)
def test_a_column_that_is_missing_is_named(source: str, column: str, tmp_path: Path) -> None:
    folder = write_set(tmp_path, source, {}, rename=column)
    with pytest.raises(KeyError, match=column):
        read(source, folder)
