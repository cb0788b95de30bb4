"""Lines of gunicorn and of `logging` have the form of ours, and never a variable's value."""

import json
import logging
import re
import sys
from io import StringIO
from pathlib import Path

import pytest
from serving import JSON, serve

from service.logs import build_formatter, read_format, read_level

CANARY = "canary-7d1f2a94"


@pytest.fixture
def record() -> logging.LogRecord:
    """Return the record of an exception, with a comment among its variables."""

    def fail(comment: str) -> None:
        raise RuntimeError(f"it is broken, of length {len(comment)}")

    try:
        fail(CANARY)
    except RuntimeError:
        found = sys.exc_info()
    return logging.LogRecord(
        "gunicorn.error", logging.ERROR, "f.py", 1, "Failed: %s", ("x",), found
    )


def test_a_record_is_an_object_with_the_request_it_belongs_to(record: logging.LogRecord) -> None:
    record.request_id = "id-1"
    told = json.loads(build_formatter("json", StringIO()).format(record))
    assert re.fullmatch(r"\d{4}-\d\d-\d\dT[\d:.]+Z", told.pop("time"))
    assert "RuntimeError: it is broken, of length 15" in told.pop("exception")
    assert told == {
        "event": "Failed: x",
        "level": "error",
        "logger": "gunicorn.error",
        "request_id": "id-1",
    }


@pytest.mark.parametrize("log_format", ["json", "text"])
def test_an_exception_is_shown_without_the_values_of_variables(
    log_format: str, record: logging.LogRecord
) -> None:
    line = build_formatter(log_format, StringIO()).format(record)  # type: ignore[arg-type]
    assert "RuntimeError" in line
    assert "canary" not in line


def test_what_is_no_json_is_told_all_the_same() -> None:
    record = logging.LogRecord("a", logging.INFO, "f.py", 1, "%s", (Path("/x"),), None)
    record.request_id = Path("/y")
    told = json.loads(build_formatter("json", StringIO()).format(record))
    assert (told["event"], told["request_id"]) == ("/x", "/y")


def test_before_the_settings_are_read_a_wrong_value_is_the_usual_one() -> None:
    assert read_level({"MODERATION_LOG_LEVEL": "debug"}) == "debug"
    assert read_level({"MODERATION_LOG_LEVEL": "loud"}) == read_level({}) == "info"
    assert read_format({"MODERATION_LOG_FORMAT": "text"}) == "text"
    assert read_format({"MODERATION_LOG_FORMAT": "xml"}) == read_format({}) == "auto"


def test_every_line_of_a_service_is_an_object(tmp_path: Path) -> None:
    log = tmp_path / "log"
    with serve(log, MODERATION_LOG_FORMAT="json", MODERATION_LOG_LEVEL="debug") as server:
        sent = {"X-Request-ID": "from-the-caller"}
        body = json.dumps({"comment": "Thank you."})
        reply = server.send("/v1/moderate", body, JSON, headers=sent)
        assert reply.headers["X-Request-ID"] == "from-the-caller"
        server.send_raw(b"GET / nonsense\r\n\r\n")
    told = [json.loads(line) for line in log.read_text(encoding="utf-8").splitlines()]
    assert all({"event", "level", "time"} <= line.keys() for line in told)
    [line] = [line for line in told if line.get("request_id") == "from-the-caller"]
    assert (line["endpoint"], line["decision"]) == ("/v1/moderate", "accept")
    assert any(line["event"].startswith("Booting worker") for line in told)
