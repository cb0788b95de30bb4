"""Readers of the training sets, each for the layout of the public original.

A reader says only what its set knows. That a comment is not hateful does not
say that it is not an insult: such labels stay unknown (NaN).
"""

import csv
import html
import itertools
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Annotated, Any

import msgspec
import numpy as np
import pandas as pd

from model import ATTRIBUTES

Reader = Callable[[Path], "LabelledTexts"]
_Share = Annotated[float, msgspec.Meta(ge=0, le=1)] | None
_MASKS = re.compile(r"\[(?:user|url)\]|@user\b|@url\b|\bURL\b|<user>|<url>", re.IGNORECASE)
_SPAN_TYPES = {
    "identity_attack": "Identity based",
    "insult": "Insu",
    "profanity": "Profane",
    "threat": "Threat",
}


@dataclass(frozen=True)
class LabelledTexts:
    """What a reader found.

    Attributes
    ----------
    labels : DataFrame
        Columns ``text`` and the attributes.
    held_out : list of str
        Texts of an official test that no model may be trained on.
    """

    labels: pd.DataFrame
    held_out: list[str] = field(default_factory=list)


def _table(text: pd.Series, **labels: pd.Series | float) -> pd.DataFrame:
    """Return a table with a column for every attribute, NaN where not given."""
    known = {name: labels.get(name, np.nan) for name in ATTRIBUTES}
    return pd.DataFrame({"text": text.astype(str), **known}).astype(
        dict.fromkeys(ATTRIBUTES, float)
    )


def _read(path: Path, **options: Any) -> pd.DataFrame:  # noqa: ANN401 - those of pandas
    frame: pd.DataFrame = pd.read_csv(
        path, encoding="utf-8", encoding_errors="replace", keep_default_na=False, **options
    )
    return frame


def _known_if(condition: pd.Series, value: float) -> pd.Series:
    """Return `value` where `condition` holds, NaN elsewhere."""
    return condition.map({True: value, False: np.nan})


def _seen_by_half_or_none(share: pd.Series) -> pd.Series:
    """Return 1 from a share of half on and 0 for none; what fewer see stays unknown."""
    return _known_if(share >= 1 / 2, 1.0).fillna(_known_if(share == 0, 0.0))


def read_jigsaw(folder: Path) -> LabelledTexts:
    """Jigsaw toxic comment classification, 2018: six labels on each comment."""
    names = {
        "toxicity": "toxic",
        "severe_toxicity": "severe_toxic",
        "identity_attack": "identity_hate",
        "insult": "insult",
        "profanity": "obscene",
        "threat": "threat",
    }
    frame = _read(folder / "train.csv.gz")
    return LabelledTexts(
        _table(frame["comment_text"], **{ours: frame[theirs] for ours, theirs in names.items()})
    )


def read_jigsaw_toxic(folder: Path) -> LabelledTexts:
    """More of the same comments, with the label ``toxic`` alone."""
    frame = _read(folder / "train_toxic_only.csv.gz")
    return LabelledTexts(_table(frame["comment_text"], toxicity=frame["toxic"]))


def read_civil_toxic_spans(folder: Path) -> LabelledTexts:
    """News comments with spans: an attribute holds if half of the annotators marked it.

    A type that some but fewer marked stays unknown; a comment is toxic if at
    most half of its annotators called it not toxic.
    """
    comments = _read(folder / "comments.csv").set_index("comment_id")["comment_text"]
    judgements = _read(folder / "annotations.csv")
    spans = _read(folder / "spans.csv")
    not_toxic = judgements["not toxic"].astype(str) == "True"
    by_comment = judgements["comment_id"]
    share = not_toxic.groupby(by_comment).mean().reindex(comments.index)
    labels = {"toxicity": (share <= 1 / 2).astype(float).where(share.notna())}
    for attribute, prefix in _SPAN_TYPES.items():
        typed = spans.loc[spans["type"].str.startswith(prefix), "annotation"]
        marked = judgements["annotation"].isin(typed).groupby(by_comment).mean()
        marked = marked.reindex(comments.index)
        labels[attribute] = _seen_by_half_or_none(marked)
    return LabelledTexts(
        _table(comments, **labels).reset_index(drop=True),
        held_out=list(_read(folder / "tsd_test.csv")["text"]),
    )


def read_measuring_hate_speech(folder: Path) -> LabelledTexts:
    """Hate speech or not; hate is toxic, the rest may be anything else."""
    names = ("train.csv", "dev.csv", "test.csv")
    frame = pd.concat([_read(folder / name) for name in names], ignore_index=True)
    return LabelledTexts(_hate_table(_without_masks(frame["text"]), frame["label"] == 1))


def read_dynamically_generated_hate(folder: Path) -> LabelledTexts:
    """Hate speech or not, written to fool a model."""
    frame = _read(folder / "dynamically_generated_hate.csv")
    label = frame["label"].astype(str)
    return LabelledTexts(_hate_table(frame["text"], label.isin(["1", "hate"])))


def read_hatemoji_build(folder: Path) -> LabelledTexts:
    """Hate speech with emoji, and harmless twins."""
    frame = pd.concat([_read(folder / f"{name}.csv") for name in ("train", "validation")])
    frame = frame.reset_index(drop=True)
    labels = _hate_table(frame["text"], frame["label_gold"] == 1)
    labels["threat"] = _known_if(frame["type"] == "threateninglanguage", 1.0).fillna(
        _known_if(frame["type"] == "none", 0.0)
    )
    return LabelledTexts(labels)


def read_contextual_abuse(folder: Path) -> LabelledTexts:
    """Reddit comments, abuse by whom it is directed at; neutral ones are not toxic."""
    names = ("train", "dev", "test")
    frame = pd.concat(
        [
            _read(folder / f"cad_v1_1_{name}.tsv", sep="\t", quoting=csv.QUOTE_NONE)
            for name in names
        ],
        ignore_index=True,
    )
    kinds = frame["labels"]
    identity, person = kinds.str.contains("IdentityDir"), kinds.str.contains("PersonDir")
    neutral = kinds == "Neutral"
    text = frame["text"].str.replace("[linebreak]", "\n", regex=False)
    return LabelledTexts(
        _table(
            text.str.replace('\\"', '"', regex=False),
            toxicity=_known_if(kinds.str.contains("Abuse"), 1.0).fillna(_known_if(neutral, 0.0)),
            identity_attack=identity.astype(float),
            insult=_known_if(person, 1.0).fillna(_known_if(neutral, 0.0)),
        )
    )


def read_paradetox(folder: Path) -> LabelledTexts:
    """Toxic sentences and polite rewrites, which are neither toxic nor profane."""
    frame = _read(folder / "paradetox.tsv", sep="\t", quoting=csv.QUOTE_NONE)
    polite = pd.concat([frame[f"neutral{i}"] for i in (1, 2, 3)])
    return LabelledTexts(
        pd.concat(
            [
                _table(polite, toxicity=0.0, profanity=0.0),
                _table(frame["toxic"], toxicity=1.0),
            ],
            ignore_index=True,
        )
    )


def read_edos(folder: Path) -> LabelledTexts:
    """Sexism by kind, threats among them, and nothing said of what is not sexist."""
    frame = _read(folder / "edos_labelled_aggregated.csv")
    sexist = frame["label_sexist"] == "sexist"
    labels = _hate_table(_without_masks(frame["text"]), sexist)
    labels["threat"] = frame["label_category"].str.startswith("1.").astype(float)
    return LabelledTexts(labels[sexist].reset_index(drop=True))


def read_davidson(folder: Path) -> LabelledTexts:
    """Tweets: hate, and what is neither hate nor offensive.

    What is merely offensive stays unknown: the set calls dialect offensive
    (Davidson et al., 2019).
    """
    frame = _read(folder / "labeled_data.csv")
    text = frame["tweet"].map(html.unescape)
    return LabelledTexts(
        _table(
            text,
            identity_attack=(frame["class"] == 0).astype(float),
            toxicity=_known_if(frame["class"] == 0, 1.0).fillna(
                _known_if(frame["class"] == 2, 0.0)  # noqa: PLR2004 - "neither"
            ),
        )
    )


def read_reddit_incivility(folder: Path) -> LabelledTexts:
    """Reddit comments at their natural rate; incivility counts as toxicity."""
    frame = _read(folder / "incivility_coded.csv")
    return LabelledTexts(
        _table(frame["comment"].map(_undo_mac_roman), toxicity=frame["correction"])
    )


class _Suggested(msgspec.Struct):
    """A line of what ``python -m service.feedback export`` writes, as far as it is learnt."""

    text: str
    toxicity: _Share = None
    severe_toxicity: _Share = None
    identity_attack: _Share = None
    insult: _Share = None
    profanity: _Share = None
    threat: _Share = None
    languages: list[str] = []


def read_feedback(folder: Path, language: str) -> LabelledTexts:
    """Scores that callers suggested: each a share of people who see the attribute.

    As with the spans, toxicity holds from half of them on and else does not; another
    attribute that some but fewer see stays unknown. A comment in another language is
    left out.

    Raises
    ------
    ValueError
        If a line is not what the export writes; names its file and number.
    """
    found = itertools.chain.from_iterable(map(_read_lines, sorted(folder.glob("*.jsonl"))))
    ours = [row for row in found if _is_in(language, row.languages)]
    shares = pd.DataFrame(
        {name: [getattr(row, name) for row in ours] for name in ATTRIBUTES}, dtype=float
    )
    labels = {name: _seen_by_half_or_none(shares[name]) for name in ATTRIBUTES}
    toxicity = shares["toxicity"]
    labels["toxicity"] = (toxicity >= 1 / 2).astype(float).where(toxicity.notna())
    return LabelledTexts(_table(pd.Series([row.text for row in ours], dtype=str), **labels))


def _read_lines(path: Path) -> Iterator[_Suggested]:
    with path.open("rb") as lines:
        for number, line in enumerate(lines, 1):
            try:
                yield msgspec.json.decode(line, type=_Suggested)
            except (msgspec.DecodeError, UnicodeDecodeError) as error:
                raise ValueError(f"{path}, line {number}: {error}") from error


def _is_in(language: str, tags: list[str]) -> bool:
    return not tags or tags[0].partition("-")[0].lower() == language


def _hate_table(text: pd.Series, hate: pd.Series) -> pd.DataFrame:
    return _table(text, identity_attack=hate.astype(float), toxicity=_known_if(hate, 1.0))


def _without_masks(text: pd.Series) -> pd.Series:
    """Take out what stands for names and links: its presence tells the set, not the tone."""
    return text.str.replace(_MASKS, " ", regex=True).str.strip()


def _undo_mac_roman(text: str) -> str:
    """Undo UTF-8 that was once read as Mac Roman, as in the published file."""
    try:
        return text.encode("mac_roman").decode("utf-8")
    except UnicodeError:
        return text


READERS: dict[str, Reader] = {
    "jigsaw-2018": read_jigsaw,
    "jigsaw-2018-toxic": read_jigsaw_toxic,
    "civil-toxic-spans": read_civil_toxic_spans,
    "contextual-abuse": read_contextual_abuse,
    "reddit-incivility": read_reddit_incivility,
    "measuring-hate-speech": read_measuring_hate_speech,
    "dynamically-generated-hate": read_dynamically_generated_hate,
    "hatemoji-build": read_hatemoji_build,
    "paradetox": read_paradetox,
    "edos": read_edos,
    "davidson-2017": read_davidson,
}
"""The reader of each source named in ``sources.toml``."""
