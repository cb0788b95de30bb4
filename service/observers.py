"""Who is told what happened to a request: the metrics, the log and, where they are on, traces."""

import os
from collections.abc import Sequence
from functools import partial

from flask import Flask

from service.metrics.recorder import get_metrics
from service.metrics.routes import build_metrics
from service.metrics.versions import Versions
from service.observation import Observer, observe
from service.rates import limits_degraded
from service.request_log import RequestLog
from service.settings import Settings
from service.shadowing import Watcher
from service.tracing import ENDPOINT, TraceObserver, build_provider, check_tracing


def register_observers(app: Flask, versions: Versions, settings: Settings) -> Sequence[Watcher]:
    """Have all that `app` answers observed, and add ``/metrics``.

    Must come before all else that hooks into `app`.

    Parameters
    ----------
    app : Flask
    versions : Versions
        What is loaded.
    settings : Settings
        Which metrics and lines there are.

    Returns
    -------
    sequence of callable
        Those that are to be told of each trial of a candidate.

    Raises
    ------
    SettingsError
        If traces are to be sent, and what sends them is missing.
    """
    log = RequestLog(settings.log_format, settings.log_level, versions.languages)
    observers: list[Observer] = [log]
    if os.environ.get(ENDPOINT):
        check_tracing()
        observers.append(TraceObserver(versions.languages, build_provider))
    if not settings.metrics:
        observe(app, observers)
        return ()
    metrics = get_metrics()
    metrics.describe(versions)
    metrics.watch_limits(partial(limits_degraded, app))
    observe(app, [metrics.record, *observers], metrics.busy)
    app.register_blueprint(build_metrics(metrics))
    return (metrics.record,)
