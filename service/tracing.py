"""Traces for OpenTelemetry, where ``OTEL_EXPORTER_OTLP_ENDPOINT`` says where they go.

Needs requirements-tracing.txt. A span says what the line of the log says: no text, no address,
no query. OpenTelemetry's own variables name the service, sample, and set headers.
"""

import os
from collections.abc import Callable, Collection, Mapping
from importlib.util import find_spec
from threading import Lock
from typing import TYPE_CHECKING, Final

from service.observation import Observation
from service.request_log import describe_request
from service.settings import SettingsError

if TYPE_CHECKING:
    from opentelemetry.sdk.trace import TracerProvider

ENDPOINT: Final = "OTEL_EXPORTER_OTLP_ENDPOINT"

_FAILED: Final = 500
_AS_HTTP: Final = {
    "endpoint": "http.route",
    "status": "http.response.status_code",
    "code": "error.type",
}
"""What OpenTelemetry has names for; the rest has ours."""


class TraceObserver:
    """An observer that sends a span a request.

    Parameters
    ----------
    languages : collection of str
        Tags that are known; any other is named as one.
    build_provider : callable
        Called at the first request, and so in a worker: a thread that sends would not live
        through a fork.
    """

    def __init__(
        self, languages: Collection[str], build_provider: Callable[[], "TracerProvider"]
    ) -> None:
        self._languages = languages
        self._build_provider = build_provider
        self._provider: TracerProvider | None = None
        self._lock = Lock()

    def __call__(self, observation: Observation) -> None:
        """Send the span of a request."""
        # Loaded where they are wanted alone: few have them.
        from opentelemetry.trace import SpanKind, StatusCode  # noqa: PLC0415
        from opentelemetry.trace.propagation.tracecontext import (  # noqa: PLC0415
            TraceContextTextMapPropagator,
        )

        with self._lock:
            self._provider = self._provider or self._build_provider()
        sent = {"traceparent": observation.parent} if observation.parent else {}
        span = self._provider.get_tracer(__name__).start_span(
            observation.endpoint,
            context=TraceContextTextMapPropagator().extract(sent),
            kind=SpanKind.SERVER,
            attributes=_list_attributes(describe_request(observation, self._languages)),
            start_time=observation.begin_ns,
        )
        if observation.status >= _FAILED:
            span.set_status(StatusCode.ERROR)
        span.end(observation.begin_ns + round(1e9 * observation.duration_s))


def check_tracing() -> None:
    """Check that what sends traces is there.

    Raises
    ------
    SettingsError
        If a package is missing.
    """
    for package in ("opentelemetry.sdk", "opentelemetry.exporter.otlp.proto.http"):
        try:
            found = find_spec(package)
        except ModuleNotFoundError:
            found = None
        if not found:
            raise SettingsError(
                f"{ENDPOINT} is set, and {package} is missing: install requirements-tracing.txt"
            )


def build_provider() -> "TracerProvider":
    """Return what sends spans where the environment says, a batch at a time, by a thread."""
    from opentelemetry.exporter.otlp.proto.http.trace_exporter import (  # noqa: PLC0415
        OTLPSpanExporter,
    )
    from opentelemetry.sdk.resources import Resource  # noqa: PLC0415
    from opentelemetry.sdk.trace import TracerProvider  # noqa: PLC0415
    from opentelemetry.sdk.trace.export import BatchSpanProcessor  # noqa: PLC0415

    name = os.environ.get("OTEL_SERVICE_NAME", "moderation")
    provider = TracerProvider(resource=Resource.create({"service.name": name}))
    provider.add_span_processor(BatchSpanProcessor(OTLPSpanExporter()))
    return provider


def _list_attributes(told: Mapping[str, object]) -> dict[str, str | int | float | list[str]]:
    attributes: dict[str, str | int | float | list[str]] = {}
    for name, value in told.items():
        named = _AS_HTTP.get(name, f"moderation.{name}")
        if isinstance(value, Mapping):
            attributes |= {f"{named}.{key}": each for key, each in value.items()}
        elif isinstance(value, str | int | float | list):
            attributes[named] = value
    return attributes
