"""What most tests start from: the application around a model that needs no artefact."""

import os
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import msgspec
import pytest
from browsing import Visit, open_browser, serve_app
from flask import Flask
from flask.testing import FlaskClient
from perspective_calls import DISCOVERY, GOOGLE
from playwright.sync_api import Browser, Page
from serving import Server, serve
from stubs import StubScorer

from model import ATTRIBUTES
from service.app import create_app
from service.moderation import Moderator
from service.policy import Policy
from service.settings import Settings


def pytest_itemcollected(item: pytest.Item) -> None:
    """Give the tests that schemathesis makes of one function an id each.

    They have names of their own, which pytest 9.2 leaves out of the id.
    """
    name, _, operation = item.name.partition("[")
    if operation and item.nodeid.endswith(f"::{name}"):
        item._id = item._id.with_params(operation.removesuffix("]"))  # noqa: SLF001 - read-only else


def pytest_collection_finish(session: pytest.Session) -> None:
    """Refuse two tests of one id: of those, pytest-xdist runs one."""
    counts = Counter(item.nodeid for item in session.items)
    if twice := [name for name, count in counts.items() if count > 1]:
        raise pytest.UsageError(f"several tests have the id {twice[0]}")


@pytest.fixture(scope="session")
def policy() -> Policy:
    """Flag every attribute at 0.5 and reject it at 0.9."""
    bands = {"flag": {"threshold": 0.5}, "reject": {"threshold": 0.9}}
    return msgspec.convert({"name": "default", **dict.fromkeys(ATTRIBUTES, bands)}, Policy)


@pytest.fixture(scope="session")
def real_data() -> Path:
    """Return where the real sets are; CI must have them."""
    if data := os.environ.get("DATA"):
        return Path(data)
    reason = "DATA does not say where the labelled comments are"
    if os.environ.get("CI") == "true":
        pytest.fail(reason)
    pytest.skip(reason)


@pytest.fixture(scope="session")
def moderator(policy: Policy) -> Moderator:
    """Moderate English with a stub."""
    return Moderator({"en": StubScorer()}, {policy.name: policy})


@pytest.fixture(scope="session")
def app(moderator: Moderator) -> Flask:
    """Return the application, wired as it is when served."""
    return create_app(moderator, Settings())


@pytest.fixture(scope="session")
def shipped(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """Serve as shipped, with default settings, to the clients of Perspective."""
    with serve(tmp_path_factory.mktemp("shipped") / "log") as server:
        yield server


@pytest.fixture(scope="session")
def base(shipped: Server) -> str:
    """Return the address that takes the place of Google's."""
    return f"http://127.0.0.1:{shipped.port}"


@pytest.fixture(scope="session")
def document(shipped: Server) -> dict[str, Any]:
    """Return our discovery document with Google's addresses, as a client may have it stored."""
    found: dict[str, Any] = shipped.send(DISCOVERY).json
    return found | {"rootUrl": GOOGLE, "baseUrl": GOOGLE}


@pytest.fixture
def client(app: Flask) -> FlaskClient:
    """Return a client without JavaScript and without a network."""
    return app.test_client()


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    """Start Chromium, for a module: its event loop is in the way of others."""
    with open_browser() as browser:
        yield browser


@pytest.fixture(scope="session")
def address(app: Flask) -> Iterator[str]:
    """Serve the application around a stub, and return its address."""
    with serve_app(app) as address:
        yield address


@pytest.fixture
def visit(browser: Browser) -> Visit:
    """Return a function that opens an address in a context of its own."""

    @contextmanager
    def open_page(url: str, **options: Any) -> Iterator[Page]:  # noqa: ANN401 - Playwright's own
        with browser.new_context(**options) as context:
            context.set_default_timeout(10_000)
            page = context.new_page()
            page.goto(url)
            yield page

    return open_page
