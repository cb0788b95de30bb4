"""Requests made up from our own OpenAPI document: what it promises is what is served."""

import json
from collections.abc import Callable, Iterator
from typing import Any

import pytest
import schemathesis
from hypothesis import settings
from schemathesis.specs.openapi.checks import positive_data_acceptance
from serving import Server, serve

from service.openapi import build_openapi
from service.policy import POLICY_FOLDER, load_policies

# schemathesis makes a test of each operation while tests are collected: no fixture is there yet.
DOCUMENT = json.loads(build_openapi(sorted(load_policies(POLICY_FOLDER))))
parametrize: Callable[[Callable[..., None]], Callable[..., None]] = schemathesis.openapi.from_dict(
    DOCUMENT
).parametrize()


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """Serve what is shipped."""
    # An absurdly long query is gunicorn's to refuse; test_http tries that.
    folder = tmp_path_factory.mktemp("fuzz")
    stored = str(folder / "feedback.sqlite3")
    line = ("--limit-request-line", "0")
    with serve(folder / "log", *line, MODERATION_FEEDBACK=stored) as server:
        yield server


@parametrize
@settings(max_examples=200, deadline=None)
def test_every_operation_keeps_what_the_document_promises(
    case: Any,  # noqa: ANN401 - theirs
    server: Server,
) -> None:
    # What Perspective asks of a request, such as an attribute with a model, is beyond a schema.
    google = case.path.startswith("/v1alpha1/")
    case.call_and_validate(
        base_url=f"http://127.0.0.1:{server.port}",
        excluded_checks=[positive_data_acceptance] if google else [],
    )


def test_the_document_that_is_tried_is_the_one_that_is_served(server: Server) -> None:
    assert server.send("/openapi.json").json == DOCUMENT


def test_nothing_failed_on_the_way(server: Server) -> None:
    assert "Error" not in server.log.read_text(encoding="utf-8")
