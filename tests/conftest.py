"""What most tests start from: the application around a model that needs no artefact."""

import os
from pathlib import Path

import msgspec
import pytest
from flask import Flask
from flask.testing import FlaskClient
from stubs import StubScorer

from model import ATTRIBUTES
from service.app import create_app
from service.moderation import Moderator
from service.policy import Policy
from service.settings import Settings


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


@pytest.fixture
def client(app: Flask) -> FlaskClient:
    """Return a client without JavaScript and without a network."""
    return app.test_client()
