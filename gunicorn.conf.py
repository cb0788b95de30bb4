"""How gunicorn serves the application; every value with its reason."""

import logging
import os
from pathlib import Path

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

# Threads keep connections alive, and bear slow clients and the idle connections that
# browsers open in advance. They do not speed up scoring (docs/decisions/0009-workers.md).
worker_class = "gthread"
threads = 4

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
loglevel = os.environ.get("LOG_LEVEL", "info")

# Nobody steers it at run time, and the file system may be read-only.
control_socket_disable = True


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


logging.getLogger("gunicorn.error").addFilter(_keep_private)
