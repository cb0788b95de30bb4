"""What a policy's lists and links cost: ``python -m benchmarks.policy``.

The first table is of the whole core, `Moderator.moderate`: with a policy that has no rule but
the limit of length, and what thresholds, and with them a limit of links, word lists and both
add to each comment. The second says how long lists take to load, the third whether a hostile
text takes longer than its length, and the last compares libraries that could search for terms.

What is compared is measured in turns in one run, with one thread, and the best of several
rounds counts.
"""

import argparse
import sys
from collections.abc import Callable, Iterable, Iterator, Mapping
from functools import partial
from typing import Final

import msgspec

from benchmarks.automata import SIZES, print_libraries
from benchmarks.comments import build_comments
from benchmarks.lists import ALLOWED, build_words
from benchmarks.timing import compare
from model.artefact import load_scorer
from model.normalise import Normaliser
from model.scorer import Scorer
from service.moderation import Comment, Moderator
from service.policy import DEFAULT_POLICY, POLICY_FOLDER, Links, Policy, Words, load_policies
from service.policy.words import WordLists
from service.settings import ARTEFACTS

LENGTHS: Final = (100, 300, 1500)
LENGTH: Final = 300
SINGLES: Final = 200
BATCH: Final = 1000
LOADS: Final = 5
LINKS: Final = Links(2, own=("example.org",))
NESTED: Final = 10
HOSTILE_LENGTHS: Final = (1_250, 2_500, 5_000, 10_000, 20_000)
HOSTILE: Final[dict[str, Callable[[int], str]]] = {
    "a listed word": lambda size: ("idiot " * size)[:size],
    "misspellings of it": lambda size: ("idoit " * size)[:size],
    "an allowed name": lambda size: ("Shital " * size)[:size],
    "disguises of it": lambda size: ("Sh1tal " * size)[:size],
    "one word of nested stems": lambda size: ("ab" * size)[:size],
    "words of nested stems": lambda size: ("abababab " * size)[:size],
    "nested phrases": lambda size: ("ab " * size)[:size],
    "nested phrases with signs": lambda size: ("ab-" * size)[:size],
    "combining marks": lambda size: ("a\u0301b\u0323 " * size)[:size],
    "`&lt`": lambda size: ("ab &lt" * size)[:size],
}


def main(arguments: list[str] | None = None) -> int:
    """Print four tables for people."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.policy", description=__doc__)
    parser.parse_args(arguments)
    scorer = load_scorer(ARTEFACTS / "en")
    _print_step(scorer)
    _print_loading(scorer.normaliser)
    _print_hostile(scorer.normaliser)
    print_libraries(scorer.normaliser)
    return 0


def _print_step(scorer: Scorer) -> None:
    policies = _build_policies()
    moderators = {
        name: Moderator({"en": scorer}, {DEFAULT_POLICY: policy})
        for name, policy in policies.items()
    }
    samples = list(_build_samples(moderators))
    judges = [moderator.moderate for moderator in moderators.values()]
    _print_heading(moderators)
    for name, texts in samples:
        bare, *others = compare(judges, list(map(Comment, texts)), _choose_size(texts))
        _print_row(name, texts, [f"{bare:.1f}", *(f"{other - bare:+.1f}" for other in others)])


def _choose_size(texts: list[str]) -> int:
    return BATCH if len(texts) == BATCH else 1


def _print_heading(columns: Iterable[str]) -> None:
    names = [f"{column}, µs" for column in columns]
    print(f"| comments | how | {' | '.join(names)} |")
    print(f"|---|---|{'---|' * len(names)}")


def _print_row(name: str, texts: list[str], figures: list[str]) -> None:
    size = _choose_size(texts)
    how = f"{size:,} at once" if size > 1 else "one at a time"
    print(f"| {name} | {how} | {' | '.join(figures)} |")


def _build_policies() -> dict[str, Policy]:
    default = load_policies(POLICY_FOLDER)[DEFAULT_POLICY]
    bare = msgspec.structs.replace(default, words=None, links=None)
    policies = {
        "no rule": Policy(DEFAULT_POLICY),
        "thresholds": bare,
        "links": msgspec.structs.replace(bare, links=LINKS),
    }
    for size in SIZES:
        words = build_words(size)
        policies[f"{size:,} terms"] = msgspec.structs.replace(bare, words=words)
        policies[f"links, {size:,} terms"] = msgspec.structs.replace(bare, words=words, links=LINKS)
    return policies


def _build_samples(moderators: Mapping[str, Moderator]) -> Iterator[tuple[str, list[str]]]:
    for length in LENGTHS:
        texts = build_comments(length, BATCH)
        clean = [text for text in texts if not _is_found_in(text, moderators)]
        yield f"{length} characters", clean[:SINGLES]
        if length == LENGTH:
            yield f"{length} characters, {1 - len(clean) / len(texts):.0%} with a term", texts
            for what, word in (("a listed term", "idiot"), ("an allowed name", ALLOWED[0])):
                begin = f"{clean[0][: length // 2]} {word} "
                changed = [(begin + text)[:length] for text in clean[:SINGLES]]
                yield f"{length} characters with {what}", changed


def _is_found_in(text: str, moderators: Mapping[str, Moderator]) -> bool:
    """Say whether any policy gives a reason beside the scores."""
    outcomes = (moderator.moderate([Comment(text)])[0] for moderator in moderators.values())
    return any(reason.code != "toxic" for each in outcomes for reason in each.decision.reasons)


def _print_loading(normaliser: Normaliser) -> None:
    print("\n| terms | loaded in s |")
    print("|---|---|")
    for size in SIZES:
        load = partial(_load, normaliser=normaliser)
        (cost,) = compare([load], [build_words(size)], 1, LOADS)
        print(f"| {size:,} | {cost / 1e6:.2f} |")


def _load(lists: list[Words], normaliser: Normaliser) -> WordLists:
    return WordLists(lists[0], normaliser)


def _print_hostile(normaliser: Normaliser) -> None:
    listed = build_words(SIZES[0])
    stems = (f"{'ab' * count}*" for count in range(2, NESTED))
    phrases = (" ".join(["ab"] * count) for count in range(1, NESTED))
    suspect = (*listed.suspect, *stems, *phrases, "shit*")
    lists = WordLists(Words(listed.banned, suspect, (*ALLOWED, "abab*")), normaliser)
    print(f"\n| µs a character of | {' | '.join(f'{size:,}' for size in HOSTILE_LENGTHS)} |")
    print(f"|---|{'---|' * len(HOSTILE_LENGTHS)}")
    for name, write in HOSTILE.items():
        costs = [compare([lists.find], [write(size)], 1)[0] / size for size in HOSTILE_LENGTHS]
        print(f"| {name} | {' | '.join(f'{cost:.3f}' for cost in costs)} |")


if __name__ == "__main__":
    sys.exit(main())
