"""The slowest comments of 20,000 characters: ``python -m benchmarks.slowest``.

Looks for them among repeated pieces, chosen to trouble what reads comments (normalisation,
languages, words, disguises, links, marks), alone and in pairs. What takes a comment must take time
in proportion to its length, whatever it holds, by every shipped policy.
"""

import itertools
import sys
import time
from collections.abc import Iterable
from typing import Final

import msgspec

from service.language import primary_language
from service.loading import load_moderator
from service.moderation import Comment, Moderator
from service.settings import Settings

LENGTH: Final = 20_000
PART: Final = 8
BAR: Final = 3.0 * PART
"""Times as long that `PART` times the length may take. In proportion it is `PART`; what needs
more memory than the processor keeps near takes up to twice that; in square it is 64."""

ROUNDS: Final = 5
SHOWN: Final = 10
PIECES: Final = (
    *("a", "ab ", "A", "1", " ", ".", "!", "idiot ", "i.d.i.o.t ", "i d i o t ", "1d10t", "iii"),
    *("\u0301", "e\u0301", "\u200b", "\u200ba", "\ufb01", "\u00df", "\u0130", "\ufdfa"),
    *("\U0001d41a", "\U0001f600", "\U0001f468\u200d\U0001f469 ", "\u0436", "\u0430a", "\u4e2d"),
    *("\u0634", "\x00", "\ud800", "\n", "\r\n", "<a>", "&amp;", '"', "'", "(", "a@", "$s", "f*k"),
    *("http://a.b ", "a.b.", "www.", "a@b.", "://", "[a](", "xn--", "a-", "_", "*a*", "%41", "\\"),
)


def build_moderator() -> Moderator:
    """Return the shipped one, which scores comments that are as long as those here."""
    moderator = load_moderator(Settings())
    policies = {
        name: msgspec.structs.replace(policy, max_length=2 * LENGTH)
        for name, policy in moderator.policies.items()
    }
    return Moderator(moderator.scorers, policies)


def measure_ms(moderator: Moderator, piece: str, length: int) -> float:
    """Return how long a piece repeated up to a length takes at best, by all policies together."""
    [language] = [primary_language(each) for each in moderator.scorers][:1]
    text = (piece * (length // len(piece) + 1))[:length]
    comments = [Comment(text, language=language, policy=name) for name in moderator.policies]
    best = float("inf")
    for _ in range(ROUNDS):
        begun = time.perf_counter()
        moderator.moderate(comments)
        best = min(best, time.perf_counter() - begun)
    return best * 1e3


def find_slowest(
    moderator: Moderator, pieces: Iterable[str], count: int
) -> list[tuple[float, str]]:
    """Return the slowest of some pieces, the slowest first, with their times."""
    # At a quarter of the length, to try thousands.
    timed = [(measure_ms(moderator, piece, LENGTH // 4), piece) for piece in pieces]
    slowest = sorted(timed, reverse=True)[:count]
    return sorted(
        ((measure_ms(moderator, piece, LENGTH), piece) for _, piece in slowest), reverse=True
    )


def main() -> int:
    """Print the slowest; return 1 if one takes more than in proportion."""
    moderator = build_moderator()
    print(f"| repeated | {LENGTH} characters, ms | times {LENGTH // PART} |\n|---|---|---|")
    worst = 0.0
    tried = [*PIECES, *map("".join, itertools.permutations(PIECES, 2))]
    for took, piece in find_slowest(moderator, tried, SHOWN):
        times = took / measure_ms(moderator, piece, LENGTH // PART)
        worst = max(worst, times)
        print(f"| {piece!a} | {took:.2f} | {times:.2f} |")
    return int(worst > BAR)


if __name__ == "__main__":
    sys.exit(main())
