"""Counts in the memory of a worker: right, forgotten in time, and bounded."""

import threading
from concurrent.futures import ThreadPoolExecutor

import pytest

from service.counting import MAX_COUNTS, WorkerStorage

LONG_S = 1000.0


@pytest.fixture
def counts() -> WorkerStorage:
    """Count from nothing."""
    return WorkerStorage()


def test_what_is_added_is_counted_and_what_is_taken_back_is_not(counts: WorkerStorage) -> None:
    assert [counts.incr("a", LONG_S), counts.incr("a", LONG_S, 4), counts.incr("b", LONG_S)] == [
        *(1, 5, 1)
    ]
    assert counts.decr("a", 2) == counts.get("a") == 3
    assert counts.decr("a", 9) == counts.get("a") == 0


def test_a_count_that_is_over_begins_anew(counts: WorkerStorage) -> None:
    assert [counts.incr("a", 0) for _ in range(3)] == [1, 1, 1]


def test_counts_that_are_over_are_forgotten_though_nobody_asks_for_them(
    counts: WorkerStorage,
) -> None:
    for number in range(10_000):
        counts.incr(f"over {number}", 0)
    counts.incr("a", LONG_S)
    assert len(counts.storage) <= 1_000
    assert counts.get("a") == 1


def test_there_are_never_more_than_fit_and_the_newest_stay(counts: WorkerStorage) -> None:
    for number in range(MAX_COUNTS + 5_000):
        counts.incr(str(number), LONG_S)
    assert len(counts.storage) == len(counts.expirations) <= MAX_COUNTS + 1_000
    assert counts.get("0") == 0
    assert counts.get(str(MAX_COUNTS + 4_999)) == 1


def test_no_count_is_lost_between_threads(counts: WorkerStorage) -> None:
    with ThreadPoolExecutor(8) as pool:
        found = list(pool.map(lambda _: counts.incr("a", LONG_S), range(8_000)))
    assert sorted(found) == list(range(1, 8_001))


def test_counting_starts_no_thread(counts: WorkerStorage) -> None:
    counts.timer.join()
    before = set(threading.enumerate())
    counts.incr("a", LONG_S)
    assert set(threading.enumerate()) == before
