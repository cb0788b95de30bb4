"""The line of a request says what was decided and why, and nothing that a reader wrote."""

import json
from datetime import UTC, datetime
from io import BytesIO, TextIOWrapper
from typing import Any

import msgspec
import pytest

from service.decision import Action, Decision, Reason
from service.moderation import Comment, Moderator
from service.observation import Observation
from service.request_log import RequestLog
from service.settings import LogFormat, LogLevel

CANARY = "canary-7d1f2a94"


class Terminal(TextIOWrapper):
    """A stream that says it is a terminal."""

    def isatty(self) -> bool:
        return True


def write(
    *observations: Observation,
    log_format: LogFormat = "auto",
    level: LogLevel = "info",
    stream: TextIOWrapper | None = None,
) -> list[str]:
    """Return the lines of requests."""
    stream = stream or TextIOWrapper(BytesIO(), encoding="utf-8")
    log = RequestLog(log_format, level, {"en", "und-Cyrl"}, stream)
    for observation in observations:
        log(observation)
    stream.flush()
    written: bytes = stream.buffer.getvalue()  # type: ignore[attr-defined]
    return written.decode().splitlines()


def read(*observations: Observation) -> Any:  # noqa: ANN401 - JSON
    """Return the one line, without the time."""
    [line] = write(*observations)
    told = json.loads(line)
    assert abs((datetime.now(UTC) - datetime.fromisoformat(told.pop("time"))).total_seconds()) < 60
    return told


def moderate(moderator: Moderator, *comments: Comment, **fields: Any) -> Observation:  # noqa: ANN401
    """Return the observation of a request with comments."""
    outcomes = moderator.moderate(list(comments))
    observation = Observation("/v1/moderate", 200, 0.0012345, "id-1", outcomes)
    return msgspec.structs.replace(observation, **fields)


def test_a_line_says_what_was_decided_and_why(moderator: Moderator) -> None:
    assert read(moderate(moderator, Comment("You grumpy idiot", id=CANARY), key="a site")) == {
        "event": "request",
        "level": "info",
        "request_id": "id-1",
        "endpoint": "/v1/moderate",
        "status": 200,
        "duration_ms": 1.234,
        "key": "a site",
        "decision": "reject",
        "reasons": ["toxic:insult", "toxic:toxicity"],
        "length": 16,
        "policy": "default",
        "language": "en",
        "model": "en-stub",
        "scores": {
            "toxicity": 0.6,
            "severe_toxicity": 0.01,
            "identity_attack": 0.01,
            "insult": 0.95,
            "profanity": 0.01,
            "threat": 0.01,
        },
    }


def test_scores_have_three_digits(moderator: Moderator) -> None:
    observation = moderate(moderator, Comment("hello"))
    scored = msgspec.structs.replace(observation.outcomes[0], scores={"toxicity": 0.12345678})
    assert read(msgspec.structs.replace(observation, outcomes=[scored]))["scores"] == {
        "toxicity": 0.123
    }


def test_a_comment_without_a_score_has_no_model(moderator: Moderator) -> None:
    told = read(moderate(moderator, Comment("")))
    assert told["reasons"] == ["empty"]
    assert not {"scores", "model", "language"} & told.keys()


def test_a_batch_is_a_line_of_counts(moderator: Moderator) -> None:
    told = read(moderate(moderator, Comment("hello"), Comment("idiot"), Comment("rude idiot")))
    assert told["comments"] == 3
    assert told["decisions"] == {"accept": 1, "reject": 2}
    assert told["reasons"] == {"toxic:insult": 2, "toxic:toxicity": 1}
    assert (told["policies"], told["models"]) == (["default"], ["en-stub"])
    assert "scores" not in told


def test_a_problem_is_named_by_its_code() -> None:
    told = read(Observation("/v1/moderate", 422, 0.001, "id", code="invalid"))
    assert (told["status"], told["code"], told["level"]) == (422, "invalid", "info")


def test_neither_text_nor_id_nor_term_nor_language_of_the_callers_is_in_a_line(
    moderator: Moderator,
) -> None:
    observation = moderate(moderator, Comment(CANARY, id=CANARY, language=f"de-x-{CANARY}"))
    term = Reason("banned_term", "reject", term=CANARY, begin=0, end=3)
    told = msgspec.structs.replace(
        observation.outcomes[0], decision=Decision(Action.REJECT, [term, term])
    )
    for outcomes in ([told], [told] * 2):
        for log_format in ("json", "text"):
            [line] = write(
                msgspec.structs.replace(observation, outcomes=outcomes),
                log_format=log_format,
            )
            assert "canary" not in line
            assert "banned_term" in line
    assert read(msgspec.structs.replace(observation, outcomes=[told]))["language"] == "other"


@pytest.mark.parametrize(
    ("level", "written"),
    [("debug", 3), ("info", 2), ("warning", 1), ("error", 0)],
)
def test_a_level_leaves_out_what_is_milder(level: LogLevel, written: int) -> None:
    probe, asked, failed = (
        Observation(endpoint, status, 0.001, "id")
        for endpoint, status in (("/healthz", 200), ("/v1/moderate", 200), ("/readyz", 503))
    )
    assert len(write(probe, asked, failed, level=level)) == written


def test_on_a_terminal_a_line_is_for_eyes(moderator: Moderator) -> None:
    observation = moderate(moderator, Comment("You idiot"))
    [line] = write(observation, stream=Terminal(BytesIO(), encoding="utf-8"))
    assert "\x1b[" in line
    assert "reject" in line
    [forced] = write(observation, log_format="json", stream=Terminal(BytesIO(), encoding="utf-8"))
    assert json.loads(forced)["decision"] == "reject"
    [plain] = write(observation, log_format="text")
    assert "\x1b[" not in plain
    assert "decision=reject" in plain
