"""The yardstick: a Flask route that parses the same JSON and returns a constant."""

from flask import Flask, Response, request

app = Flask(__name__)


@app.post("/v1/moderate")
def moderate() -> Response:
    """Parse the body as Flask does, and answer."""
    request.get_json()
    return Response(b'{"decision":"accept"}', content_type="application/json")
