"""Take in what happened, in well under a microsecond, and count it a moment later.

Written one by one, some forty values a request would cost more than its score. So what happened
goes into a queue, and a thread counts what is there, all at once, ten times a second.
"""

import functools
import logging
import os
import struct
from collections import deque
from collections.abc import Callable
from pathlib import Path
from threading import Event, Lock, Thread
from typing import Final

from prometheus_client import CollectorRegistry, Gauge, generate_latest
from prometheus_client.multiprocess import MultiProcessCollector

from service.metrics.archive import bury
from service.metrics.families import Families
from service.metrics.folder import VARIABLE, allocate, locked
from service.metrics.tally import Tally
from service.metrics.versions import Versions
from service.observation import Observation
from service.problems import log_failure
from service.shadowing import Trial

INTERVAL_S: Final = 0.1
BROKEN: Final = (OSError, ValueError, RuntimeError, struct.error)
"""What is raised where the folder is gone, or a file in it cannot be read."""

_MAX_QUEUED: Final = 1000
"""Without a thread, as in a test, requests count for themselves from here on."""

_LOG: Final = logging.getLogger("gunicorn.error")


class Metrics:
    """All that this process counts.

    Parameters
    ----------
    folder : Path, optional
        Where processes share what they count; without one, this process is the only one.

    Attributes
    ----------
    busy : set of int
        The threads that are at a request.
    """

    def __init__(self, folder: Path | None = None) -> None:
        self.busy = set[int]()
        self._folder = folder
        self._registry = CollectorRegistry()
        self._families = Families(self._registry)
        self._versions: Versions | None = None
        self._queue = deque[Observation | Trial | str]()
        self._lock = Lock()
        self._stopped = Event()
        self._thread: Thread | None = None
        # Nothing is counted before somebody is to read it.
        self._works = False
        self._sources: dict[Gauge, Callable[[], float]] = {
            self._families.in_flight: lambda: len(self.busy)
        }
        self._seen = dict[Gauge, float]()

    def record(self, event: Observation | Trial | str) -> None:
        """Take in a request, a trial of a candidate, or the code of a refused request."""
        if self._works:
            self._queue.append(event)
            if len(self._queue) > _MAX_QUEUED:
                self.flush()

    def describe(self, versions: Versions) -> None:
        """Say what is loaded now, and count from now on."""
        self._versions = versions
        self._works = True

    def watch_waiting(self, count: Callable[[], float]) -> None:
        """Say what tells how many requests wait in this worker."""
        self._sources[self._families.waiting] = count

    def watch_limits(self, is_degraded: Callable[[], float]) -> None:
        """Say what tells whether this worker's limits are not exact."""
        self._sources[self._families.degraded] = is_degraded

    def start(self) -> None:
        """Count by a thread, in a fork that has begun."""
        if not self._works:
            return
        self._queue.clear()
        self._seen.clear()
        self._stopped.clear()
        if self._folder:
            try:
                allocate(self._folder, os.getpid())
            except OSError as error:
                self._works = False
                _LOG.warning("metrics: this worker is not counted: %s", error.strerror)
                return
        self._thread = Thread(target=self._count, name="metrics", daemon=True)
        self._thread.start()

    def stop(self) -> None:
        """Count what has happened up to now, and no more."""
        self._stopped.set()
        if self._thread:
            self._thread.join()
            self._thread = None
        self.flush()

    def bury(self, process: int) -> None:
        """Keep what a worker counted that has ended. In the master, so it never raises."""
        if self._folder:
            try:
                bury(self._folder, process)
            except BROKEN as error:
                _LOG.warning("metrics: a worker's are lost: %s", type(error).__name__)

    def flush(self) -> None:
        """Count what is in the queue."""
        if not self._works:
            return
        with self._lock:
            languages = self._versions.languages if self._versions else set[str]()
            tally = Tally(self._families, languages)
            while self._queue:
                _add(tally, self._queue.popleft())
            tally.write()
            for gauge, read in self._sources.items():
                if (value := read()) != self._seen.get(gauge):
                    gauge.set(value)
                    self._seen[gauge] = value

    def render(self) -> bytes:
        """Return the text that Prometheus reads.

        Raises
        ------
        OSError, ValueError, RuntimeError, struct.error
            `BROKEN`: the folder is gone, or a file in it cannot be read.
        """
        self.flush()
        registry = self._registry
        if self._folder:
            registry = CollectorRegistry()
            MultiProcessCollector(registry, str(self._folder))  # type: ignore[no-untyped-call]
            with locked(self._folder, exclusive=False):
                text = generate_latest(registry)
        else:
            text = generate_latest(registry)
        return text + (generate_latest(self._described()) if self._versions else b"")

    def _described(self) -> CollectorRegistry:
        registry = CollectorRegistry()
        if self._versions:
            registry.register(self._versions)
        return registry

    def _count(self) -> None:
        has_failed = False
        while not self._stopped.wait(INTERVAL_S):
            try:
                self.flush()
            except Exception as error:  # noqa: BLE001 - the next ones are to be counted
                if not has_failed:  # ten lines a second would help nobody
                    log_failure(error)
                has_failed = True


def _add(tally: Tally, event: Observation | Trial | str) -> None:
    if isinstance(event, Observation):
        tally.add_request(event)
    elif isinstance(event, Trial):
        tally.add_trial(event)
    else:
        tally.add_refusal(event)


@functools.cache
def get_metrics() -> Metrics:
    """Return those of this process: made once, in the master, and known to its forks."""
    folder = os.environ.get(VARIABLE)
    return Metrics(Path(folder) if folder else None)
