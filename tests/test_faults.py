"""What breaks under load: the short form of `python -m benchmarks.faults`, with the same bars."""

import contextlib
import inspect
import os
import re
import socket
import time
from pathlib import Path

import pytest
from gunicorn.arbiter import Arbiter
from gunicorn.workers.workertmp import WorkerTmp
from serving import ROOT

from benchmarks.deeds import serve, wait_for
from benchmarks.faults import DISK, FAULTS, Fault, run, run_with_full_disk
from benchmarks.slowest import BAR, LENGTH, PART, PIECES, build_moderator, find_slowest, measure_ms
from benchmarks.tally import Tally

SECONDS = 1.5


def connect(port: int) -> socket.socket:
    """Open a connection."""
    return socket.create_connection(("127.0.0.1", port), 60)


def check(fault: Fault, tally: Tally) -> None:
    """Check that no bar is missed."""
    assert fault.find_missed(tally) == [], tally
    assert tally.sent == sum(tally.answered.values()) + sum(tally.failed.values())


# The others are in a test of their own, or in `test_worker`.
@pytest.mark.parametrize(
    "name",
    [
        "a worker is killed, again and again",
        "SIGHUP, again and again",
        "10,000 idle connections",
    ],
)
def test_nothing_that_breaks_leaves_a_request_unanswered_or_decides_it_otherwise(
    name: str, tmp_path: Path
) -> None:
    tally, notes = run(FAULTS[name], SECONDS, tmp_path)
    check(FAULTS[name], tally)
    assert not [note for note in notes if "expected" in note or "does not" in note]


def test_workers_whose_master_is_killed_end_soon_though_clients_go_on_asking(
    tmp_path: Path,
) -> None:
    with serve(tmp_path) as service, contextlib.closing(connect(service.port)) as client:
        workers = service.workers()
        service.process.kill()
        begun, alive = time.monotonic(), True
        while alive:
            client.sendall(b"GET /healthz HTTP/1.1\r\nHost: a\r\n\r\n")
            alive = b"\r\nConnection: keep-alive\r\n" in client.recv(65_536)
        wait_for(lambda: not any(Path(f"/proc/{worker}").exists() for worker in workers))
        assert time.monotonic() - begun < 10


def test_a_full_disk_costs_figures_and_no_answer(tmp_path: Path) -> None:
    try:
        tally, notes = run_with_full_disk(SECONDS, tmp_path)
    except PermissionError as error:
        if os.environ.get("CI") == "true" and os.geteuid() == 0:
            raise
        pytest.skip(str(error))
    check(DISK, tally)
    assert not [note for note in notes if "does not" in note]


def test_an_answer_that_is_not_the_known_one_and_one_that_is_missing_are_bars() -> None:
    fault = FAULTS["a worker is killed, again and again"]
    tally = Tally(sent=4, wrong=1)
    tally.answered.update({200: 1, 500: 1})
    tally.failed.update({"no answer in time": 1, "ConnectionResetError": 1})
    assert fault.find_missed(tally) == [
        "1 requests: no answer in time",
        "1 answers are not the known ones",
        "answered {200: 1, 500: 1}",
    ]


def test_no_time_out_depends_on_a_clock_that_can_be_set() -> None:
    # The clock of a machine cannot be set for one test: what waits must look at another.
    sources = [path.read_text(encoding="utf-8") for path in (ROOT / "service/worker").glob("*.py")]
    sources += [inspect.getsource(part) for part in (Arbiter.murder_workers, Arbiter.reload)]
    sources += [inspect.getsource(WorkerTmp)]
    assert sum("time.monotonic()" in source for source in sources) >= 5
    assert not [source for source in sources if re.search(r"\btime\.time\(|datetime", source)]


def test_no_comment_takes_more_than_in_proportion_to_its_length() -> None:
    moderator = build_moderator()
    # The pairs are those that once took time in square.
    tried = [*PIECES, "\u00df\ud800", "\\\u0430a"]
    for took, piece in find_slowest(moderator, tried, 5):
        assert took < BAR * measure_ms(moderator, piece, LENGTH // PART), ascii(piece)
