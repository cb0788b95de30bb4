"""How gunicorn serves the application; every value with its reason."""

import logging
import os
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

from service.logs import read_level
from service.metrics.folder import open_folder

if TYPE_CHECKING:
    from service.metrics.recorder import Metrics

wsgi_app = "service.wsgi:app"

# Loopback unless told otherwise: whoever opens the port says so.
bind = os.environ.get("BIND", "127.0.0.1:8000")

# The model is read, verified and tried once, in the master; a fork is ready at
# once, and all workers share the pages of the weights.
preload_app = True

# Scoring keeps a core busy, so there is a worker a core. sched_getaffinity knows
# of CPU sets; a quota in cgroups it does not: set WEB_CONCURRENCY there.
_cores = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count()
workers = int(os.environ.get("WEB_CONCURRENCY", _cores or 1))

# The worker waits for clients, and gives threads to requests that are there whole: they bear
# what waits for a database or Redis (docs/decisions/0027-worker.md).
worker_class = "service.worker.Worker"
threads = 4

# Beyond so many in a worker the connection idle for longest is closed. A process may have 1,024
# files where nobody set more.
worker_connections = 900

# Threads write into memory, and the worker's loop sends.
sendfile = False

# Longer than a proxy's usual 60 s keeps the proxy the one that closes.
keepalive = 75

# A comment takes milliseconds. A worker silent for this long is broken.
timeout = 30
graceful_timeout = 30

# The heartbeat file in memory, where there is such a place: on a disk that hangs, a
# worker would be killed.
worker_tmp_dir = "/dev/shm" if Path("/dev/shm").is_dir() else None  # noqa: S108

# Comments come in bodies; a long address or header is not one of our clients.
limit_request_line = 4094
limit_request_fields = 50
limit_request_field_size = 8190

# No access log: an address may carry what a reader wrote.
accesslog = None
errorlog = "-"
loglevel = read_level(os.environ)
logger_class = "service.logs.ServiceLogger"

# Before anything imports prometheus_client, which looks for it. Comments are more than figures:
# without a place for these the service does without.
try:
    if os.environ.get("MODERATION_METRICS") != "false":
        open_folder()
except OSError as error:
    logging.getLogger(__name__).warning("no metrics: no place to share them: %s", error.strerror)
    os.environ["MODERATION_METRICS"] = "false"

# Nobody steers it at run time, and the file system may be read-only.
control_socket_disable = True


def on_reload(server: Any) -> None:  # noqa: ANN401 - gunicorn has no types
    """Fork the new workers from an application loaded anew, on SIGHUP."""
    # The tests serve applications of their own.
    if wsgi := sys.modules.get("service.wsgi"):
        wsgi.renew(server)


def post_fork(server: object, worker: object) -> None:  # noqa: ARG001 - gunicorn's
    """Begin to count, in a worker."""
    _get_metrics().start()


def worker_exit(server: object, worker: object) -> None:  # noqa: ARG001
    """Count what has not been yet, when a worker stops."""
    _get_metrics().stop()


def child_exit(server: Any, worker: Any) -> None:  # noqa: ANN401, ARG001
    """Keep what a worker has counted, in the master, when it has ended."""
    _get_metrics().bury(worker.pid)


def _get_metrics() -> "Metrics":
    # Not at the top, where there is no folder yet.
    from service.metrics.recorder import get_metrics  # noqa: PLC0415

    return get_metrics()


def pre_request(worker: object, request: object) -> None:
    """Do nothing: gunicorn's own hook logs the address of each request at level debug."""


def _keep_private(record: logging.LogRecord) -> bool:
    # What gunicorn could not read it would repeat: addresses, headers, pieces of bodies.
    if record.msg.startswith("Invalid request"):
        record.msg = "Invalid request"
    elif record.msg.startswith("Error handling request") and record.exc_info:
        name = getattr(record.exc_info[0], "__name__", "")
        record.msg, record.args, record.exc_info = "Error handling request: %s", (name,), None
    elif record.levelno == logging.DEBUG and isinstance(record.args, tuple):
        record.args = tuple(
            type(value).__name__ if isinstance(value, Exception) else value for value in record.args
        )
    return True


# Not added: gunicorn reads this file again on SIGHUP, and there would be one more each time.
logging.getLogger("gunicorn.error").filters[:] = [_keep_private]
