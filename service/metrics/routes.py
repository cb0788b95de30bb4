"""The address that Prometheus reads."""

from flask import Blueprint, Response
from prometheus_client.exposition import CONTENT_TYPE_PLAIN_0_0_4

from service.metrics.recorder import BROKEN, Metrics
from service.problems import ProblemError


def build_metrics(metrics: Metrics) -> Blueprint:
    """Return the route."""
    routes = Blueprint("metrics", __name__)

    @routes.get("/metrics")
    def read() -> Response:
        try:
            text = metrics.render()
        except BROKEN:
            detail = "What was counted cannot be read: its folder is gone or broken."
            raise ProblemError(503, "metrics_unavailable", detail) from None
        response = Response(text, content_type=CONTENT_TYPE_PLAIN_0_0_4)
        response.headers["X-Content-Type-Options"] = "nosniff"
        return response

    return routes
