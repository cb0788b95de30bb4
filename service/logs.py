"""The form of every line that is logged: JSON, one object a line, or text on a terminal.

gunicorn's lines and those of `logging` have it through `ServiceLogger`; the line of a request
(`request_log`) is made with the same processors.
"""

import logging
import os
import sys
from collections.abc import Mapping, Sequence
from typing import Final, TextIO, get_args

import msgspec
import structlog
from gunicorn.config import Config
from gunicorn.glogging import Logger
from structlog.typing import Processor

from service.settings import PREFIX, LogFormat, LogLevel

LEVELS: Final[Mapping[LogLevel, int]] = {
    "debug": logging.DEBUG,
    "info": logging.INFO,
    "warning": logging.WARNING,
    "error": logging.ERROR,
}


class ServiceLogger(Logger):  # type: ignore[misc]  # gunicorn has no types
    """gunicorn's logger, and the root of `logging`, in our form.

    Not gunicorn's ``logconfig_dict``: with one, it would describe every request for its access
    log, address and headers.
    """

    def setup(self, cfg: Config) -> None:
        """Set the form, at the start and when gunicorn reads its configuration again."""
        super().setup(cfg)
        log_format = read_format(os.environ)
        for handler in self.error_log.handlers:
            handler.setFormatter(build_formatter(log_format, handler.stream))
        root = logging.StreamHandler(sys.stderr)
        root.setFormatter(build_formatter(log_format, sys.stderr))
        # Of libraries warnings alone: what they tell at debug may be an address, or worse.
        logging.basicConfig(level=logging.WARNING, handlers=[root], force=True)
        logging.getLogger("service").setLevel(self.loglevel)


def read_level(environment: Mapping[str, str]) -> LogLevel:
    """Return the level that is set, or the usual one.

    gunicorn logs before `service.settings` has said what is wrong with a value.
    """
    value = environment.get(f"{PREFIX}LOG_LEVEL", "")
    return next((level for level in get_args(LogLevel) if level == value), "info")


def read_format(environment: Mapping[str, str]) -> LogFormat:
    """Return the form that is set, or the usual one; see `read_level`."""
    value = environment.get(f"{PREFIX}LOG_FORMAT", "")
    return next((each for each in get_args(LogFormat) if each == value), "auto")


def is_text(log_format: LogFormat, stream: TextIO) -> bool:
    """Tell whether lines to `stream` are for eyes: with "auto", those to a terminal."""
    return log_format == "text" or (log_format == "auto" and stream.isatty())


def build_formatter(log_format: LogFormat, stream: TextIO) -> logging.Formatter:
    """Return what gives the records of `logging` that go to `stream` our form."""
    before: Sequence[Processor] = (
        structlog.stdlib.add_log_level,
        structlog.stdlib.add_logger_name,
        structlog.stdlib.ExtraAdder(["request_id", "shadow"]),
        stamp_time(),
    )
    after: Sequence[Processor] = (show_on(stream),)
    if not is_text(log_format, stream):
        after = (structlog.processors.format_exc_info, _as_json)
    return structlog.stdlib.ProcessorFormatter(
        foreign_pre_chain=before,
        processors=(structlog.stdlib.ProcessorFormatter.remove_processors_meta, *after),
    )


def stamp_time() -> Processor:
    """Return what adds the time, UTC, as ISO 8601 has it."""
    return structlog.processors.TimeStamper(fmt="iso", utc=True, key="time")


def show_on(stream: TextIO) -> Processor:
    """Return what writes a line for eyes, in colours on a terminal."""
    return structlog.dev.ConsoleRenderer(
        colors=stream.isatty(),
        timestamp_key="time",
        # The usual one shows variables, a comment among them.
        exception_formatter=structlog.dev.plain_traceback,
    )


def _as_json(_: object, __: str, event: structlog.typing.EventDict) -> str:
    return msgspec.json.encode(event, enc_hook=str).decode()
