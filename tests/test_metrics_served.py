"""Metrics over all workers, in the folder they share: kept when a worker ends, and no danger."""

import json
import os
import signal
import subprocess
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from scraping import Samples, find, parse_metrics, total
from serving import JSON, PATIENCE_S, Server, serve, wait_until_workers

from service.metrics.folder import VARIABLE

BODY = json.dumps({"comment": "You idiot, thank you."})


@pytest.fixture
def base(tmp_path: Path) -> Path:
    """Return where folders are made."""
    return tmp_path / "metrics"


@pytest.fixture
def server(tmp_path: Path, base: Path) -> Iterator[Server]:
    """Serve with two workers."""
    with serve(tmp_path / "log", **{VARIABLE: str(base)}) as server:
        yield server


@pytest.fixture
def small_disk(tmp_path: Path) -> Iterator[Path]:
    """Return a folder on a disk of two megabytes."""
    folder = tmp_path / "disk"
    folder.mkdir()
    mount = ["mount", "-t", "tmpfs", "-o", "size=2m", "tmpfs", str(folder)]
    if os.geteuid() != 0 or subprocess.run(mount, capture_output=True, check=False).returncode:
        pytest.skip("only root may mount a disk, and not everywhere")
    yield folder
    unmount = ["umount", "--lazy", str(folder)]
    subprocess.run(unmount, check=True)


def scrape(server: Server) -> Samples:
    """Return what Prometheus would read."""
    reply = server.send("/metrics")
    assert reply.status == 200, reply
    return parse_metrics(reply.body.decode())


def send(server: Server, count: int) -> None:
    """Send comments, each on a connection of its own."""
    for _ in range(count):
        assert server.send("/v1/moderate", BODY, JSON).status == 200


def wait_for(server: Server, condition: Callable[[], bool]) -> None:
    """Wait until something holds."""
    deadline = time.monotonic() + PATIENCE_S
    while time.monotonic() < deadline:
        if condition():
            return
        server.wait()
    raise AssertionError(server.log.read_text(encoding="utf-8"))


def count_moderated(server: Server) -> float:
    """Return how many requests for `/v1/moderate` were counted."""
    return total(scrape(server), "moderation_requests_total", endpoint="/v1/moderate")


def replace_workers(server: Server, sent: signal.Signals) -> None:
    """End all workers, and wait until there are others."""
    before = server.workers()
    for worker in before:
        os.kill(worker, sent)
    wait_for(server, lambda: not before & server.workers())
    wait_until_workers(server, 2)


def list_files(base: Path) -> list[str]:
    """Return the names of the files with figures."""
    return sorted(path.name for path in base.glob("*/*.db"))


def test_all_workers_are_counted_and_what_they_counted_outlives_them(
    server: Server, base: Path
) -> None:
    send(server, 20)
    wait_for(server, lambda: count_moderated(server) == 20)
    first = list_files(base)
    replace_workers(server, signal.SIGKILL)
    found = scrape(server)
    assert total(found, "moderation_requests_total", endpoint="/v1/moderate") == 20
    assert find(found, "moderation_comment_length_count") == 20
    assert find(found, "moderation_scores_count", attribute="insult") == 20
    assert find(found, "moderation_in_flight_requests") <= 2
    # The dead leave no files.
    after = list_files(base)
    assert len(after) == len(first)
    assert len(set(after) - set(first)) == 8


def test_a_worker_that_stops_counts_to_the_last_request(server: Server) -> None:
    for round_ in range(1, 4):
        send(server, 10)
        replace_workers(server, signal.SIGTERM)
        assert count_moderated(server) == 10 * round_


def test_a_folder_that_is_gone_costs_the_metrics_and_nothing_else(
    server: Server, base: Path
) -> None:
    send(server, 2)
    wait_for(server, lambda: count_moderated(server) == 2)
    base.rename(base.with_name("gone"))
    reply = server.send("/metrics")
    assert (reply.status, reply.json["code"]) == (503, "metrics_unavailable")
    replace_workers(server, signal.SIGKILL)
    send(server, 5)
    assert "this worker is not counted" in server.log.read_text(encoding="utf-8")


def test_a_full_disk_costs_the_metrics_of_new_workers_and_nothing_else(
    small_disk: Path, tmp_path: Path
) -> None:
    with serve(tmp_path / "log", **{VARIABLE: str(small_disk)}) as server:
        send(server, 2)
        wait_for(server, lambda: count_moderated(server) == 2)
        fill(small_disk / "filled")
        # Buckets that were not used yet are pages that were not: there must be a place for them.
        for length in (1, 50, 400, 1200):
            body = json.dumps({"comment": "a" * length, "policy": "lenient"})
            assert server.send("/v1/moderate", body, JSON).status == 200
        wait_for(server, lambda: count_moderated(server) == 6)
        # One that takes the place of another takes its room; one more has none.
        replace_workers(server, signal.SIGKILL)
        assert count_moderated(server) == 6
        server.process.send_signal(signal.SIGTTIN)
        wait_until_workers(server, 3)
        send(server, 20)
        assert len(server.workers()) == 3
        log = server.log.read_text(encoding="utf-8")
        assert "this worker is not counted: No space left on device" in log
        assert 6 <= count_moderated(server) <= 26


def test_without_a_place_for_metrics_the_service_starts_and_answers(
    small_disk: Path, tmp_path: Path
) -> None:
    fill(small_disk / "filled")
    with serve(tmp_path / "log", **{VARIABLE: str(small_disk)}) as server:
        send(server, 4)
        assert server.send("/metrics").status == 404
        log = server.log.read_text(encoding="utf-8")
        assert "no metrics: no place to share them: No space left on device" in log


def fill(path: Path) -> None:
    """Fill a disk to the last byte."""
    with path.open("wb", buffering=0) as file:
        for size in (4096, 1):
            try:
                while True:
                    file.write(bytes(size))
            except OSError:
                continue


def test_a_service_removes_its_folder_and_those_of_killed_ones_but_not_of_others(
    tmp_path: Path, base: Path
) -> None:
    settings = {VARIABLE: str(base)}
    with serve(tmp_path / "one", **settings) as one:
        with serve(tmp_path / "two", **settings) as two:
            folders = set(base.iterdir())
            assert len(folders) == 2
            send(two, 3)
            assert count_moderated(one) == 0
            workers = two.workers()
            two.process.kill()
            two.process.wait(PATIENCE_S)
            wait_for(one, lambda: not any(Path(f"/proc/{each}").exists() for each in workers))
        assert set(base.iterdir()) == folders
        with serve(tmp_path / "three", **settings):
            assert len(set(base.iterdir()) & folders) == 1
        assert len(list(base.iterdir())) == 1
        assert count_moderated(one) == 0
    assert not list(base.iterdir())
