"""Have parts done by joblib: in processes of this machine, or on a Dask cluster."""

import contextlib
import warnings
from collections import deque
from collections.abc import Callable, Iterator
from typing import Any, Final

import joblib

from service.rescore.errors import RescoreError
from service.rescore.journal import Journal
from service.rescore.options import Options
from service.rescore.parts import Done, Part
from service.rescore.task import Job, rescore_part

_AHEAD: Final = "2*n_jobs"
"""How many parts are planned before one of them is done."""

Task = tuple[int, Part]


def compute_parts(options: Options, job: Job, journal: Journal) -> Iterator[tuple[int, Part, Done]]:
    """Yield what came of each part that is not done, in order, while others are computed."""
    waiting: deque[Task] = deque()
    failures: list[Exception] = []

    def plan() -> Iterator[Callable[[], Done]]:
        # joblib asks for tasks in threads in which an exception would be lost.
        try:
            for number, part in _plan(job, journal):
                waiting.append((number, part))
                yield joblib.delayed(rescore_part)(job, number, part)
        except Exception as error:  # noqa: BLE001 - raised below
            failures.append(error)

    with _open_backend(options) as settings:
        parallel = joblib.Parallel(
            return_as="generator", pre_dispatch=_AHEAD, batch_size=1, **settings
        )
        results = parallel(plan())
        try:
            for done in results:
                yield *waiting.popleft(), done
        finally:
            with warnings.catch_warnings(action="ignore"):
                # joblib warns of tasks that were computed in vain. They are done again.
                results.close()
    if failures:
        raise failures[0]


def _plan(job: Job, journal: Journal) -> Iterator[Task]:
    """Yield the parts that were planned and not done, then plan the others."""
    planned = dict(journal.planned)
    for number, part in planned.items():
        if number not in journal.done:
            yield number, part
    after = planned[len(planned) - 1] if planned else None
    for number, part in enumerate(job.source.plan(after), len(planned)):
        journal.plan(number, part)
        yield number, part


@contextlib.contextmanager
def _open_backend(options: Options) -> Iterator[dict[str, Any]]:
    """Give joblib's settings for where parts are done."""
    if options.backend == "loky":
        yield {"n_jobs": options.jobs or joblib.cpu_count()}
        return
    from distributed import Client  # noqa: PLC0415 - takes a second, and is for clusters only

    try:
        client = Client(  # type: ignore[no-untyped-call]
            options.scheduler, timeout="10s", set_as_default=False
        )
    except (OSError, ValueError) as error:
        raise RescoreError(f"{options.scheduler}: no Dask scheduler answers") from error
    with client, joblib.parallel_config(backend="dask", client=client):
        yield {"n_jobs": options.jobs or -1}
