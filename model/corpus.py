"""Labelled comments from every source, as one table.

The table has a row a distinct text and the columns

``text``
    as a reader of comments would have seen it;
``source``
    name of the set, from ``sources.toml``;
``split``
    ``train`` (80 %), ``validation`` (10 %) or ``test`` (10 %);
one column an attribute
    1.0, 0.0, or NaN where the set does not know.

A text is in one split only: equal texts are merged before splitting, the split
follows from a hash of `text_key` and so not from the order of files, and texts
of the public benchmarks are dropped. Texts that differ in their emoji alone have
one key, and so one split, but each its own row: one may be hate and its twin not.

A site's own comments, in ``feedback/*.jsonl`` below the data folder, are one source more.
"""

import hashlib
import re
import sys
import unicodedata
from collections.abc import Iterable
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
import pandas as pd

from model import ATTRIBUTES
from model.readers import READERS, LabelledTexts, read_feedback
from model.sources import Source, file_sha256

BENCHMARK_HASHES = "benchmark_hashes.txt"
FEEDBACK = "feedback"
"""The source of scores suggested to a site's own service, and its folder (docs/feedback.md)."""

_NON_WORDS = re.compile(r"\W+")


def text_key(text: str) -> str:
    """Return what two texts have in common that count as the same."""
    return _NON_WORDS.sub(" ", text.lower()).strip()


def symbols(text: str) -> str:
    """Return the emoji and other symbols of `text`, which its key leaves out."""
    if text.isascii():
        return ""
    return "".join(character for character in text if unicodedata.category(character) == "So")


def key_hash(key: str) -> str:
    """Return the first 16 hex digits of the SHA-256 of `key`."""
    return hashlib.sha256(key.encode("utf-8", "replace")).hexdigest()[:16]


def split_of(key_hash_: str) -> str:
    """Return the split of a text: 80 % train, 10 % validation, 10 % test."""
    tenth = int(key_hash_, 16) % 10
    return {8: "validation", 9: "test"}.get(tenth, "train")


@dataclass(frozen=True)
class Corpus:
    """All labelled texts that were found.

    Attributes
    ----------
    table : DataFrame
        See the module.
    found : dict of str to dict
        For each source that was read, file names to SHA-256.
    missing : list of str
        What was not found, and what that means for the model, a sentence each.
    dropped : int
        Texts that were dropped because a public benchmark has them.
    benchmark : set of str
        Hashes (`key_hash`) of the texts of public benchmarks.
    sources : list of Source
        Those that were read.
    """

    table: pd.DataFrame
    found: dict[str, dict[str, str]]
    missing: list[str]
    dropped: int
    benchmark: set[str]
    sources: list[Source] = field(default_factory=list)


def read_corpus(data: Path, sources: Iterable[Source]) -> Corpus:
    """Read every source below `data` that is there, in the order given.

    Parameters
    ----------
    data : Path
        Folder with a subfolder for each source, as `Source.folder` says.
    sources : iterable of Source
        A text that several sets have is counted to the first.

    Raises
    ------
    ValueError
        If no source is there, or a file does not have the columns of its original.
    """
    frames, held_out, found, missing = [], set[str](), {}, []
    sources = list(sources)
    if sources:
        sources += find_feedback(data, sources[0].language)
    for source in sources:
        paths = [data / source.folder / name for name in source.files]
        absent = [path.name for path in paths if not path.is_file()]
        if absent:
            missing.append(
                f"{source.name}: no {', '.join(absent)} in {data / source.folder}; {source.without}"
            )
            continue
        print(f"reading {source.name}", file=sys.stderr)
        try:
            texts = _read(source, data / source.folder)
        except KeyError as error:
            raise ValueError(
                f"{source.name}: a file in {data / source.folder} lacks the column {error}"
            ) from error
        frames.append(texts.labels.assign(source=source.name))
        held_out |= {text_key(text) for text in texts.held_out}
        found[source.name] = {path.name: file_sha256(path) for path in paths}
    if not frames:
        raise ValueError(f"no training data in {data}:\n" + "\n".join(missing))
    table = merge_equal_texts(pd.concat(frames, ignore_index=True))
    benchmark, note = read_benchmark_hashes(data)
    missing += note
    hashes = table.index.map(key_hash)
    table["split"] = np.where(table.index.isin(held_out), "test", hashes.map(split_of))
    kept = ~hashes.isin(benchmark)
    columns = ["text", "source", "split", *ATTRIBUTES]
    table = table.loc[kept, columns].sort_values("text", kind="stable").sort_index(kind="stable")
    table = table.reset_index(drop=True)
    read = [source for source in sources if source.name in found]
    return Corpus(
        table, found, missing, dropped=int((~kept).sum()), benchmark=benchmark, sources=read
    )


def find_feedback(data: Path, language: str) -> list[Source]:
    """Return the source of a site's own comments, if it has any.

    No table names it: each site has its own, or none.
    """
    paths = sorted((data / FEEDBACK).glob("*.jsonl"))
    source = Source(
        name=FEEDBACK,
        language=language,
        use="train",
        title="Scores suggested to the site's own service",
        licence="the site's own",
        url="../feedback.md",
        folder=FEEDBACK,
        sha256={path.name: file_sha256(path) for path in paths},
        without="",
    )
    return [source] if paths else []


def _read(source: Source, folder: Path) -> LabelledTexts:
    if source.name == FEEDBACK:
        return read_feedback(folder, source.language)
    return READERS[source.name](folder)


def merge_equal_texts(frame: pd.DataFrame) -> pd.DataFrame:
    """Return `frame` with one row a key and its `symbols`, indexed by the key.

    Texts with an empty key are dropped. The text and source are those of the
    first row. A label that the others contradict becomes unknown.
    """
    frame = frame.assign(key=frame["text"].map(text_key), symbols=frame["text"].map(symbols))
    groups = frame[frame["key"] != ""].groupby(["key", "symbols"], sort=False)
    labels = list(ATTRIBUTES)
    lowest, highest = groups[labels].min(), groups[labels].max()
    merged = groups[["text", "source"]].first().join(lowest.where(lowest == highest))
    return merged.reset_index("symbols", drop=True)


def read_benchmark_hashes(data: Path) -> tuple[set[str], list[str]]:
    """Return the hashes of benchmark texts, and a note if there are none."""
    path = data / BENCHMARK_HASHES
    if path.is_file():
        return set(path.read_text(encoding="ascii").split()), []
    note = (
        f"{BENCHMARK_HASHES}: not in {data}; texts of public benchmarks are not dropped,"
        " so figures this model reaches on them mean nothing"
    )
    return set(), [note]
