"""Speed of scoring beside alt-profanity-check: ``python -m benchmarks.speed [DATA]``.

Both are measured in turns in one run, on the same comments, with one thread, and the
best of several rounds counts: another program may have had the processor in the
others. With DATA, comments people wrote are scored too, a sample of a training set.

The second table shows whether the time a text takes grows with its length and no
faster: microseconds a character of texts made to be slow.
"""

import argparse
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Final

from profanity_check import predict_prob

from benchmarks.comments import build_comments
from benchmarks.timing import compare
from benchmarks.written import read_comments
from model.artefact import load_scorer
from service.settings import ARTEFACTS

LENGTH: Final = 246
BATCH: Final = 1000
ROUNDS: Final = 7
SINGLES: Final = 200
LENGTHS: Final = (1_250, 2_500, 5_000, 10_000, 20_000)
HOSTILE: Final[dict[str, Callable[[int], str]]] = {
    "one long word": lambda size: ("walrus" * size)[:size],
    "different words": lambda size: " ".join(map(str, range(size)))[:size],
    "emoji": lambda size: ("\U0001f600\U0001f4a9" * size)[:size],
    "combining marks": lambda size: ("e\u0301\u0323" * size)[:size],
    "one heap of marks": lambda size: "e" + "\u0301" * (size - 1),
    "`&amp;`": lambda size: ("&amp;" * size)[:size],
    "`&lt`": lambda size: ("&lt" * size)[:size],
    "spaced letters": lambda size: ("b o " * size)[:size],
    "spaced words of one letter": lambda size: ("u r a " * size)[:size],
    "masking": lambda size: ("a*#" * size)[:size],
    "leetspeak": lambda size: ("b1t3|" * size)[:size],
    "ligatures of eighteen": lambda size: "\ufdfa" * size,
    "nothing visible": lambda size: "\u200b" * size,
}


def main(arguments: list[str] | None = None) -> int:
    """Print two tables for people."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.speed", description=__doc__)
    parser.add_argument("data", type=Path, nargs="?", help="as for model.train")
    parser.add_argument("--model", type=Path, default=ARTEFACTS / "en")
    options = parser.parse_args(arguments)
    scorer = load_scorer(options.model)
    samples = {f"{LENGTH} characters, made up": build_comments(LENGTH, BATCH)}
    if options.data:
        samples["comments people wrote"] = read_comments(options.data, BATCH)
    print("| comments | how | ours µs | alt-profanity-check µs | times faster |")
    print("|---|---|---|---|---|")
    for name, texts in samples.items():
        for how, size, taken in (
            ("one at a time", 1, texts[:SINGLES]),
            (f"{len(texts)} at once", len(texts), texts),
        ):
            ours, theirs = compare((scorer.score, predict_prob), taken, size, ROUNDS)
            print(f"| {name} | {how} | {ours:.1f} | {theirs:.1f} | {theirs / ours:.1f} |")
    print(f"\n| µs a character of | {' | '.join(f'{length:,}' for length in LENGTHS)} |")
    print(f"|---|{'---|' * len(LENGTHS)}")
    for name, write in HOSTILE.items():
        costs = [
            compare((scorer.score,), [write(length)], 1, ROUNDS)[0] / length for length in LENGTHS
        ]
        print(f"| {name} | {' | '.join(f'{cost:.3f}' for cost in costs)} |")
    return 0


if __name__ == "__main__":
    sys.exit(main())
