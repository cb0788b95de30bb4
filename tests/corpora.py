"""Tiny sets of comments, ours to the word, in the layouts of the public originals."""

import csv
import gzip
import io
import itertools
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Final

from model.sources import load_sources

Row = Sequence[object]

LAYOUTS: Final[dict[str, dict[str, str]]] = {
    "jigsaw-2018": {
        "train.csv.gz": "id,comment_text,toxic,severe_toxic,obscene,threat,insult,identity_hate"
    },
    "jigsaw-2018-toxic": {"train_toxic_only.csv.gz": "comment_text,toxic"},
    "civil-toxic-spans": {
        "comments.csv": "comment_id,comment_text",
        "annotations.csv": "annotation,comment_id,worker,country,all toxic,not toxic",
        "spans.csv": "annotation,type,start,end",
        "tsd_test.csv": "spans,text",
    },
    "contextual-abuse": {
        f"cad_v1_1_{part}.tsv": "id,text,labels" for part in ("train", "dev", "test")
    },
    "reddit-incivility": {"incivility_coded.csv": "comment,correction"},
    "measuring-hate-speech": {f"{part}.csv": "text,label" for part in ("train", "dev", "test")},
    "dynamically-generated-hate": {"dynamically_generated_hate.csv": "text,label,split"},
    "hatemoji-build": {
        f"{part}.csv": (
            "entry_id,text,type,target,round.base,round.set,set,split,"
            "label_gold,matched_text,matched_id"
        )
        for part in ("train", "validation")
    },
    "paradetox": {"paradetox.tsv": "toxic,neutral1,neutral2,neutral3"},
    "edos": {
        "edos_labelled_aggregated.csv": (
            "rewire_id,text,label_sexist,label_category,label_vector,split"
        )
    },
    "davidson-2017": {
        "labeled_data.csv": ",count,hate_speech,offensive_language,neither,class,tweet"
    },
}
"""The columns of each file, in their order."""

FOLDERS: Final = {source.name: source.folder for source in load_sources("en", "train")}

_ADJECTIVES: Final = ("soggy", "lumpy", "crusty", "rusty", "dusty", "leaky", "squeaky", "wonky")
_NOUNS: Final = (
    "kettle",
    "ladder",
    "turnip",
    "lantern",
    "barrow",
    "pillow",
    "teapot",
    "anchor",
    "bucket",
    "trumpet",
    "whistle",
    "hammock",
)
_THINGS: Final = [
    f"{first} {second} {noun}"
    for first, second, noun in itertools.product(_ADJECTIVES, _ADJECTIVES, _NOUNS)
    if first < second
]
_SENTENCES: Final = {
    "toxic": "Your {} is as dull as you are, nobody wants you here.",
    "insult": "You {}, you are a nitwit and a blockhead.",
    "obscene": "Blast that damned {}, what crap.",
    "threat": "I will smash your {} and then I will hurt you.",
    "identity_hate": "All Martians are thieves with a {}.",
    "severe_toxic": "You vile {}, everything about you is filth.",
}


def write_set(
    data: Path, source: str, files: Mapping[str, Iterable[Row]], *, rename: str = ""
) -> Path:
    """Write every file of a set, and return their folder; a file not given has no rows.

    Parameters
    ----------
    rename : str
        A column that gets another name, as in a file of another layout.
    """
    folder = data / FOLDERS[source]
    folder.mkdir(parents=True, exist_ok=True)
    for name, header in LAYOUTS[source].items():
        columns = ["renamed" if column == rename else column for column in header.split(",")]
        rows = [columns, *files.get(name, ())]
        if name.endswith(".tsv"):  # these are written without quoting
            content = "".join("\t".join(map(str, row)) + "\n" for row in rows)
        else:
            buffer = io.StringIO(newline="")
            csv.writer(buffer).writerows(rows)
            content = buffer.getvalue()
        encoded = content.encode()
        (folder / name).write_bytes(gzip.compress(encoded) if name.endswith(".gz") else encoded)
    return folder


def write_every_set(data: Path) -> None:
    """Write every English training set, with enough comments to train and calibrate on."""
    kinds = LAYOUTS["jigsaw-2018"]["train.csv.gz"].split(",")[2:]
    rows: list[Row] = [
        (number, f"The {thing} came in the post this morning, many thanks.", *[0] * len(kinds))
        for number, thing in enumerate(_THINGS)
    ]
    for kind in kinds:
        labels = [int(other in {kind, "toxic"}) for other in kinds]
        # As in real sets, a reader sometimes misses it: every thirteenth comment.
        rows += [
            (
                f"{kind}-{number}",
                _SENTENCES[kind].format(thing),
                *(labels if number % 13 else [0] * len(kinds)),
            )
            for number, thing in enumerate(_THINGS[:250])
        ]
    write_set(data, "jigsaw-2018", {"train.csv.gz": rows})
    write_set(
        data,
        "jigsaw-2018-toxic",
        {"train_toxic_only.csv.gz": [("What a lovely hat.", 0), ("Oh do shut your trap.", 1)]},
    )
    write_set(
        data,
        "civil-toxic-spans",
        {
            "comments.csv": [(1, "This mayor is a bungling clown."), (2, "The bus was late.")],
            "annotations.csv": [
                (10, 1, 7, "NZL", False, False),
                (11, 2, 7, "NZL", False, True),
            ],
            "spans.csv": [(10, "Insult", 16, 30)],
            "tsd_test.csv": [("[]", "The bus was late.")],
        },
    )
    write_set(
        data,
        "contextual-abuse",
        {
            "cad_v1_1_train.tsv": [
                ("a1", "Good point about the hinges.", "Neutral"),
                ("a2", "Martians ruin every street they move to.", "IdentityDirectedAbuse"),
            ],
            "cad_v1_1_dev.tsv": [("b1", "Nobody asked you, pudding brain.", "PersonDirectedAbuse")],
            "cad_v1_1_test.tsv": [("c1", "Please do not call people that.", "CounterSpeech")],
        },
    )
    write_set(
        data,
        "reddit-incivility",
        {"incivility_coded.csv": [("Fair enough, I was wrong.", 0), ("Get lost, pest.", 1)]},
    )
    write_set(
        data,
        "measuring-hate-speech",
        {
            "train.csv": [("Send the Martians back to their rock.", 1), ("Rain again.", 0)],
            "dev.csv": [("My shoes are wet.", 0)],
            "test.csv": [("Martians should not be let in.", 1)],
        },
    )
    write_set(
        data,
        "dynamically-generated-hate",
        {
            "dynamically_generated_hate.csv": [
                ("No Martian ever did an honest day of work.", 1, "train"),
                ("It is wrong to say that of Martians.", 0, "dev"),
            ]
        },
    )
    write_set(
        data,
        "hatemoji-build",
        {
            "train.csv": [
                _emoji(1, "I will chase every \U0001f47d away", "threateninglanguage", 1),
                _emoji(2, "I will wave at every \U0001f47d", "none", 0),
            ],
            "validation.csv": [_emoji(3, "\U0001f47d are \U0001f4a9", "derogation", 1)],
        },
    )
    write_set(
        data,
        "paradetox",
        {"paradetox.tsv": [("what a crap film", "what a bad film", "that film was poor", "")]},
    )
    write_set(
        data,
        "edos",
        {
            "edos_labelled_aggregated.csv": [
                ("s1", "Women cannot park.", "sexist", "2. derogation", "2.1", "train"),
                ("s2", "The car park is full.", "not sexist", "none", "none", "train"),
            ]
        },
    )
    write_set(
        data,
        "davidson-2017",
        {
            "labeled_data.csv": [
                (0, 3, 3, 0, 0, 0, "Martians are vermin"),
                (1, 3, 0, 0, 3, 2, "Off to the beach"),
            ]
        },
    )


def _emoji(number: int, text: str, kind: str, hateful: int) -> Row:
    return (number, text, kind, "none", 1, "a", "a", "train", hateful, "", "")
