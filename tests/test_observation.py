"""What happened to a request is told once, to all observers, and changes no answer."""

import logging

import pytest
from flask import Flask, g

from service.moderation import Comment, Moderator, Outcome
from service.observation import (
    UNMATCHED,
    Observation,
    name_language,
    note_key,
    note_outcomes,
    observe,
)
from service.problems import ProblemError, register_problems
from service.routes import moderate_all


class Kept(list[Observation]):
    """An observer that keeps what it is told."""

    def __call__(self, observation: Observation) -> None:
        self.append(observation)


def fail(_: Observation) -> None:
    """Fail, as an observer may."""
    raise RuntimeError("an observer with a defect")


@pytest.fixture
def kept() -> Kept:
    """Keep what is observed."""
    return Kept()


@pytest.fixture
def observed(kept: Kept, moderator: Moderator) -> Flask:
    """Return a small application around the hooks."""
    app = Flask(__name__, static_folder=None)
    register_problems(app)
    observe(app, [fail, kept])

    @app.get("/one/<name>")
    def one(name: str) -> str:
        note_key("a site")
        moderate_all(moderator, [Comment(name)])
        return "answered"

    @app.get("/problem")
    def problem() -> str:
        raise ProblemError(429, "rate_limited", "Later.")

    @app.get("/failure")
    def failure() -> str:
        raise RuntimeError("text")

    return app


def test_a_request_is_told_by_its_route_and_with_what_was_decided(
    observed: Flask, kept: Kept
) -> None:
    observed.test_client().get("/one/idiot?key=secret", headers={"traceparent": "00-a-b-01"})
    [told] = kept
    assert (told.endpoint, told.status, told.code, told.key) == ("/one/<name>", 200, None, "a site")
    assert [outcome.decision.action.label for outcome in told.outcomes] == ["reject"]
    assert 0 < told.duration_s < 10
    assert told.begin_ns > 10**18
    assert told.parent == "00-a-b-01"


@pytest.mark.parametrize(
    ("path", "expected"),
    [
        ("/problem", ("/problem", 429, "rate_limited")),
        ("/failure", ("/failure", 500, "internal_error")),
        ("/what/a/reader/wrote", (UNMATCHED, 404, "not_found")),
    ],
)
def test_a_problem_is_told_by_its_code(
    path: str, expected: tuple[str, int, str], observed: Flask, kept: Kept
) -> None:
    observed.test_client().get(path)
    [told] = kept
    assert (told.endpoint, told.status, told.code) == expected
    assert not told.outcomes


def test_an_observer_that_fails_is_logged_and_changes_no_answer(
    observed: Flask, kept: Kept, caplog: pytest.LogCaptureFixture
) -> None:
    response = observed.test_client().get("/one/hello")
    assert (response.status_code, response.text) == (200, "answered")
    assert len(kept) == 1
    [record] = caplog.records
    assert record.levelno == logging.ERROR
    assert record.getMessage().startswith("RuntimeError at ")
    assert record.__dict__["request_id"] == kept[0].request_id


@pytest.mark.parametrize("sent", ["a", "0-9.A_z", "x" * 128])
def test_a_sane_request_id_is_taken_and_echoed(sent: str, observed: Flask, kept: Kept) -> None:
    response = observed.test_client().get("/one/hello", headers={"X-Request-ID": sent})
    assert response.headers["X-Request-ID"] == sent == kept[0].request_id


@pytest.mark.parametrize("sent", [None, "", "x" * 129, "two words", "a\u00e9", "{}", "a/b"])
def test_any_other_request_id_is_replaced_by_a_new_one(
    sent: str | None, observed: Flask, kept: Kept
) -> None:
    client = observed.test_client()
    headers = {} if sent is None else {"X-Request-ID": sent}
    for _ in range(2):
        client.get("/one/hello", headers=headers)
    ids = {told.request_id for told in kept}
    assert len(ids) == 2
    assert sent not in ids
    assert all(len(each) == 32 and int(each, 16) >= 0 for each in ids)


def test_a_thread_is_busy_while_it_answers_and_not_after() -> None:
    app, busy, seen = Flask(__name__), set[int](), []
    observe(app, [], busy)

    @app.get("/")
    def look() -> str:
        seen.append(len(busy))
        return ""

    app.test_client().get("/")
    app.test_client().get("/not-there")
    assert (seen, busy) == ([1], set())


def test_what_was_noted_is_forgotten_with_the_request(
    observed: Flask, moderator: Moderator
) -> None:
    outcomes: list[Outcome] = moderator.moderate([Comment("hello")])
    with observed.app_context():
        note_outcomes(outcomes)
        assert g.outcomes is outcomes
    with observed.app_context():
        assert "outcomes" not in g


@pytest.mark.parametrize(
    ("tag", "named"),
    [
        ("en", "en"),
        ("EN-gb", "en"),
        ("und-Cyrl", "und-Cyrl"),
        ("und-Xxxx", "other"),
        ("de", "other"),
    ],
)
def test_a_language_is_named_by_what_is_known(tag: str, named: str) -> None:
    assert name_language(tag, {"en", "und-Cyrl"}) == named
