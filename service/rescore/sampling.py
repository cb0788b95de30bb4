"""A sample of a stream, every item as likely as any other."""

import random
from collections.abc import Iterable
from typing import Final, TypeVar

T = TypeVar("T")

SEED: Final = 0


def sample_stream(items: Iterable[T], count: int) -> tuple[list[T], int]:
    """Return `count` items drawn without replacement, and how many there were.

    Source
    ------
    Vitter, "Random Sampling with a Reservoir", 1985: algorithm R.
    """
    chooser = random.Random(SEED)  # noqa: S311 - a sample, not a secret
    chosen: list[T] = []
    total = 0
    for item in items:
        total += 1
        if len(chosen) < count:
            chosen.append(item)
        elif (place := chooser.randrange(total)) < count:
            chosen[place] = item
    return chosen, total
