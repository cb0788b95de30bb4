"""Spans, where traces are asked for: in the caller's trace, and without what a reader wrote."""

import json
import threading
import time
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from queue import Queue

import pytest
from serving import JSON, PATIENCE_S, serve

pytest.importorskip("opentelemetry.sdk", reason="requirements-tracing.txt is not installed")

from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceRequest
from opentelemetry.sdk.trace import ReadableSpan, TracerProvider
from opentelemetry.sdk.trace.export import SimpleSpanProcessor
from opentelemetry.sdk.trace.export.in_memory_span_exporter import InMemorySpanExporter
from opentelemetry.trace import SpanKind, StatusCode

from service.moderation import Comment, Moderator
from service.observation import Observation
from service.tracing import TraceObserver

CANARY = "canary-7d1f2a94"
TRACE = "4bf92f3577b34da6a3ce929d0e0e4736"
PARENT = "00f067aa0ba902b7"


class Collector(BaseHTTPRequestHandler):
    """Takes spans as OpenTelemetry's collector does."""

    sent: Queue[bytes]

    def do_POST(self) -> None:
        self.sent.put(self.rfile.read(int(self.headers["Content-Length"])))
        self.send_response(200)
        self.end_headers()

    def log_message(self, *_: object) -> None:
        """Say nothing."""


@pytest.fixture
def collector() -> Iterator[tuple[str, Queue[bytes]]]:
    """Collect spans; return the address, and what was sent there."""
    sent = Queue[bytes]()
    handler = type("Taking", (Collector,), {"sent": sent})
    with ThreadingHTTPServer(("127.0.0.1", 0), handler) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield f"http://127.0.0.1:{server.server_port}", sent
        server.shutdown()


def trace(*observations: Observation) -> tuple[ReadableSpan, ...]:
    """Return the spans of requests."""
    exporter = InMemorySpanExporter()
    provider = TracerProvider()
    provider.add_span_processor(SimpleSpanProcessor(exporter))
    observer = TraceObserver({"en"}, lambda: provider)
    for observation in observations:
        observer(observation)
    return exporter.get_finished_spans()


def test_a_span_is_a_request_with_what_was_decided(moderator: Moderator) -> None:
    outcomes = moderator.moderate([Comment(f"You idiot {CANARY}", id=CANARY)])
    begin_ns = time.time_ns()
    [span] = trace(Observation("/v1/moderate", 200, 0.25, "id-1", outcomes, begin_ns=begin_ns))
    assert (span.name, span.kind, span.parent) == ("/v1/moderate", SpanKind.SERVER, None)
    assert (span.start_time, span.end_time) == (begin_ns, begin_ns + 250_000_000)
    told = dict(span.attributes or {})
    assert told["http.route"] == "/v1/moderate"
    assert told["http.response.status_code"] == 200
    assert told["moderation.decision"] == "reject"
    assert told["moderation.reasons"] == ("toxic:insult",)
    assert told["moderation.scores.insult"] == 0.95
    assert "canary" not in span.to_json()


def test_a_span_belongs_to_the_trace_of_the_caller() -> None:
    [span] = trace(Observation("/", 200, 0.1, "id", parent=f"00-{TRACE}-{PARENT}-01"))
    assert span.parent
    assert f"{span.parent.span_id:x}".zfill(16) == PARENT
    assert f"{span.context.trace_id:x}" == TRACE


def test_a_header_that_is_none_begins_a_trace() -> None:
    [span] = trace(Observation("/", 200, 0.1, "id", parent=CANARY))
    assert span.parent is None
    assert "canary" not in span.to_json()


def test_a_failure_is_an_error_and_a_wrong_request_is_none() -> None:
    failed, wrong = trace(
        Observation("/v1/moderate", 500, 0.1, "id", code="internal_error"),
        Observation("/v1/moderate", 422, 0.1, "id", code="invalid"),
    )
    assert failed.status.status_code is StatusCode.ERROR
    assert wrong.status.status_code is StatusCode.UNSET
    assert dict(failed.attributes or {})["error.type"] == "internal_error"


def test_a_service_sends_its_spans_to_the_last_one(
    tmp_path: Path, collector: tuple[str, Queue[bytes]]
) -> None:
    address, sent = collector
    with serve(tmp_path / "log", OTEL_EXPORTER_OTLP_ENDPOINT=address) as server:
        body = json.dumps({"comment": f"Thank you, {CANARY}."})
        for _ in range(6):
            server.send(f"/v1/moderate?key={CANARY}", body, JSON)
        server.process.terminate()
        assert server.process.wait(PATIENCE_S) == 0
    batches = [sent.get_nowait() for _ in range(sent.qsize())]
    assert not any(b"canary" in each for each in batches)
    spans = [
        span
        for each in batches
        for resource in ExportTraceServiceRequest.FromString(each).resource_spans
        for scope in resource.scope_spans
        for span in scope.spans
    ]
    assert [span.name for span in spans].count("/v1/moderate") == 6


def test_traces_without_their_packages_stop_the_start_with_a_sentence(tmp_path: Path) -> None:
    # A folder that has a module of the name, and no package below it.
    (tmp_path / "opentelemetry.py").write_text("", encoding="utf-8")
    with (
        pytest.raises(AssertionError, match=r"not started: OTEL_EXPORTER_OTLP_ENDPOINT is set"),
        serve(tmp_path / "log", PYTHONPATH=str(tmp_path), OTEL_EXPORTER_OTLP_ENDPOINT="http://a"),
    ):
        pass
