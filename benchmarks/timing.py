"""Time several functions in turns: another program may have the processor for a while."""

import gc
import time
from collections.abc import Callable, Sequence
from typing import Final, TypeVar

Item = TypeVar("Item")

ROUNDS: Final = 40


def compare(
    functions: Sequence[Callable[[list[Item]], object]],
    items: list[Item],
    size: int,
    rounds: int = ROUNDS,
) -> list[float]:
    """Return the microseconds an item that each takes in its best round, `size` items a call."""
    best = [float("inf")] * len(functions)
    gc.collect()
    gc.disable()
    for _ in range(rounds):
        for index, function in enumerate(functions):
            begin = time.perf_counter()
            for first in range(0, len(items), size):
                function(items[first : first + size])
            best[index] = min(best[index], (time.perf_counter() - begin) / len(items) * 1e6)
    gc.enable()
    return best
