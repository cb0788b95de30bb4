"""Problems: one shape for every error, and a log line without what was sent."""

import logging

import pytest
from flask import Flask, abort
from gunicorn.http.errors import InvalidChunkSize
from werkzeug.exceptions import HTTPException

from service.problems import ProblemError, register_problems, render_problem
from service.wire import FieldError

CANARY = "canary-5f7e"


class TeapotError(HTTPException):
    """An HTTP error without a code of its own here."""

    code = 418
    description = CANARY


@pytest.fixture
def app() -> Flask:
    """Return an application whose addresses fail."""
    app = Flask(__name__)
    register_problems(app)

    @app.get("/fail/<text>")
    def fail(text: str) -> str:
        raise RuntimeError(text) from ValueError(text)

    @app.get("/abort/<int:status>")
    def give_up(status: int) -> str:
        abort(status, CANARY)

    @app.get("/chunk/<text>")
    def read_chunk(text: str) -> str:
        raise InvalidChunkSize(text)

    @app.get("/teapot")
    def teapot() -> str:
        raise TeapotError

    return app


def test_a_problem_is_rendered_with_its_errors() -> None:
    error = ProblemError(422, "invalid_field", "One is wrong.", [FieldError("/id", "Too long.")])
    response = render_problem(error.problem)
    assert response.status_code == 422
    assert response.content_type == "application/problem+json"
    assert response.json == {
        "title": "Unprocessable Entity",
        "status": 422,
        "code": "invalid_field",
        "detail": "One is wrong.",
        "errors": [{"pointer": "/id", "detail": "Too long."}],
    }


@pytest.mark.parametrize(
    ("path", "status", "title", "code"),
    [
        ("/nothing", 404, "Not Found", "not_found"),
        ("/abort/400", 400, "Bad Request", "bad_request"),
        ("/abort/413", 413, "Request Entity Too Large", "too_large"),
        ("/abort/415", 415, "Unsupported Media Type", "unsupported_media_type"),
        ("/abort/500", 500, "Internal Server Error", "internal_error"),
        ("/teapot", 418, "I'm a Teapot", "bad_request"),
        (f"/chunk/{CANARY}", 400, "Bad Request", "bad_request"),
        (f"/fail/{CANARY}", 500, "Internal Server Error", "internal_error"),
    ],
)
def test_an_error_is_a_problem_whose_text_is_ours(
    app: Flask, path: str, status: int, title: str, code: str
) -> None:
    response = app.test_client().get(path)
    assert response.status_code == status
    assert response.content_type == "application/problem+json"
    assert response.json
    assert response.json | {"detail": ""} == {
        "title": title,
        "status": status,
        "code": code,
        "detail": "",
    }
    assert response.json["detail"].endswith((".", "form-data."))
    assert CANARY not in response.text


def test_a_method_that_is_not_taken_is_answered_with_those_that_are(app: Flask) -> None:
    response = app.test_client().delete("/teapot")
    assert response.status_code == 405
    assert set(response.headers["Allow"].split(", ")) == {"GET", "HEAD", "OPTIONS"}
    assert response.json == {
        "title": "Method Not Allowed",
        "status": 405,
        "code": "method_not_allowed",
        "detail": "The address does not take this method.",
    }


def test_a_failure_is_logged_by_type_and_place_without_its_message(
    app: Flask, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    app.test_client().get(f"/fail/{CANARY}")
    (record,) = caplog.records
    message = record.getMessage()
    assert record.levelno == logging.ERROR
    assert record.exc_info is None
    assert message.startswith("RuntimeError at ")
    # Innermost first.
    assert message.split(" at ")[1].startswith(f"{__file__}:")
    assert CANARY not in caplog.text
