"""Comments that people wrote, from data whose place the user names."""

from pathlib import Path

from model.corpus import read_corpus
from model.sources import load_sources


def read_comments(data: Path, count: int) -> list[str]:
    """Return `count` comments of Wikipedia's talk pages, as long as they come, always the same."""
    corpus = read_corpus(data, load_sources("en", "train"))
    table = corpus.table[corpus.table["source"] == "jigsaw-2018"]
    return list(table["text"].sample(count, random_state=0))
