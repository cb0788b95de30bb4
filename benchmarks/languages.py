"""How often languages are told: ``python -m benchmarks.languages FILE... [--data DATA]``.

A line of a FILE is a language (ISO 639-1), a tab, and a text. Texts are cut at a space to
several lengths, and the language that `service.language.rank_languages` puts first is
compared with the file's. With DATA, comments of the English test splits are judged too:
cut, and whole where they have as many letters as it takes for other languages to be told,
as they are and with their words disguised. The second table is what a call costs.
"""

import argparse
import random
import sys
import time
from collections import defaultdict
from collections.abc import Callable, Iterable, Sequence
from functools import partial
from pathlib import Path
from typing import Final

from model.corpus import read_corpus
from model.disguise import disguise_all
from model.sources import load_sources
from service.language import SHORT, rank_languages

LENGTHS: Final = (5, 20, 30, 50, 100, 300)
ROUNDS: Final = 7
ENGLISH: Final = "en"

_SAMPLE: Final = 1_000
_LEAST: Final = 20
"""No figure is given for fewer texts."""

_DISGUISED: Final = 4
"""Words of fewer letters are left as they are."""

Texts = dict[int, list[str]]


def main(arguments: list[str] | None = None) -> int:
    """Print two tables for people."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.languages", description=__doc__)
    parser.add_argument("files", type=Path, nargs="+", metavar="FILE")
    parser.add_argument("--data", type=Path, help="as for model.train")
    parser.add_argument("--supported", default=ENGLISH, help="codes, separated by commas")
    options = parser.parse_args(arguments)
    supported = options.supported.split(",")
    texts = {name: _cut_all(found) for name, found in sorted(_read(options.files).items())}
    comments = _read_comments(options.data) if options.data else []
    if comments:
        texts["en, comments"] = _cut_all(comments)

    _print_head(f"% first, {options.supported} supported")
    for name, found in texts.items():
        _print_row(name, found, partial(_share, name[:2], supported))
    _print_head("µs a text")
    for name, found in texts.items():
        _print_row(name, found, partial(_measure_us, supported))
    if comments:
        _print_whole(comments, supported)
    return 0


def _read(paths: Iterable[Path]) -> dict[str, list[str]]:
    texts = defaultdict(list)
    for path in paths:
        for line in path.read_text(encoding="utf-8").splitlines():
            language, _, text = line.partition("\t")
            texts[language].append(text)
    return texts


def _read_comments(data: Path) -> list[str]:
    table = read_corpus(data, load_sources(ENGLISH, "train")).table
    return list(table["text"][table["split"] == "test"])


def _cut_all(texts: Sequence[str]) -> Texts:
    """Return a sample of the texts that are long enough, cut, by length."""
    return {
        length: _sample([_cut(text, length) for text in texts if len(text) >= length])
        for length in LENGTHS
    }


def _cut(text: str, length: int) -> str:
    """Return the words that lie in the first characters, or those if there is no space."""
    cut = text[: length + 1]
    return cut.rpartition(" ")[0] or cut[:length] if len(cut) > length else cut


def _sample(texts: list[str]) -> list[str]:
    if len(texts) <= _SAMPLE:
        return texts
    return random.Random(0).sample(texts, _SAMPLE)  # noqa: S311 - no secret


def _share(language: str, supported: list[str], texts: Sequence[str]) -> float:
    """Return the share of texts in per cent with this language first."""
    first = sum(rank_languages(text, supported)[:1] == [language] for text in texts)
    return 100 * first / len(texts)


def _measure_us(supported: list[str], texts: Sequence[str]) -> float:
    """Return the microseconds of a call, the best of several rounds."""
    best = float("inf")
    for _ in range(ROUNDS):
        begin = time.perf_counter()
        for text in texts:
            rank_languages(text, supported)
        best = min(best, (time.perf_counter() - begin) / len(texts) * 1e6)
    return best


def _print_whole(comments: list[str], supported: list[str]) -> None:
    long = [text for text in comments if sum(map(str.isalpha, text)) >= SHORT]
    words = {word.lower() for text in long for word in text.split() if len(word) >= _DISGUISED}
    print(f"\nOf {len(long):,} English comments with {SHORT} letters or more:")
    print(f"{_share(ENGLISH, supported, long):.2f} %, disguised ", end="")
    print(f"{_share(ENGLISH, supported, disguise_all(long, words, seed=0)):.2f} %")


def _print_head(title: str) -> None:
    print(f"\n| {title} | {' | '.join(f'{length} characters' for length in LENGTHS)} |")
    print(f"|---|{'---|' * len(LENGTHS)}")


def _print_row(name: str, texts: Texts, measure: Callable[[list[str]], float]) -> None:
    cells = (f"{measure(cut):.1f}" if len(cut) >= _LEAST else "" for cut in texts.values())
    print(f"| {name} | {' | '.join(cells)} |")


if __name__ == "__main__":
    sys.exit(main())
