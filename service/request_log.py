"""One line a request: what was decided and why, in figures and in words of ours.

A line has no text, no address, and no id that the caller gave a comment: such ids may be
people's. What joins it to the caller's log is the request id.
"""

import logging
import sys
from collections import Counter
from collections.abc import Collection, Mapping, Sequence
from datetime import UTC, datetime
from typing import Final, TextIO

import msgspec
import structlog
from structlog.typing import EventDict, FilteringBoundLogger, Processor, WrappedLogger

from service.decision import Reason
from service.logs import LEVELS, is_text, show_on, stamp_time
from service.moderation import Outcome
from service.observation import Observation, name_language
from service.settings import LogFormat, LogLevel

_QUIET: Final = frozenset({"/healthz", "/readyz", "/metrics"})
"""Machines ask them every few seconds: told at level debug, unless they fail."""

_FAILED: Final = 500
_DIGITS: Final = 3
_ENCODER: Final = msgspec.json.Encoder()


class RequestLog:
    """An observer that writes a line a request.

    Parameters
    ----------
    log_format : {"auto", "json", "text"}
        "auto" is text where `stream` is a terminal.
    level : {"debug", "info", "warning", "error"}
        The mildest that is written; an answer of 500 and over is a warning.
    languages : collection of str
        Tags that are known; any other is named as one.
    stream : file, optional
        Standard error, if not given.
    """

    def __init__(
        self,
        log_format: LogFormat,
        level: LogLevel,
        languages: Collection[str],
        stream: TextIO | None = None,
    ) -> None:
        self._level = LEVELS[level]
        self._languages = languages
        self._stream = stream or sys.stderr  # held: it would close what is below it
        log = _build_logger(log_format, self._level, self._stream)
        # Each a method of its own: `log.log` takes a third longer.
        self._write = {
            logging.DEBUG: log.debug,
            logging.INFO: log.info,
            logging.WARNING: log.warning,
        }

    def __call__(self, observation: Observation) -> None:
        """Write the line of a request."""
        level = logging.INFO
        if observation.status >= _FAILED:
            level = logging.WARNING
        elif observation.endpoint in _QUIET:
            level = logging.DEBUG
        if level >= self._level:
            self._write[level]("request", **describe_request(observation, self._languages))


def describe_request(observation: Observation, languages: Collection[str]) -> Mapping[str, object]:
    """Return what a line says of a request.

    Parameters
    ----------
    observation : Observation
    languages : collection of str
        Tags that are known.
    """
    told: dict[str, object] = {
        "request_id": observation.request_id,
        "endpoint": observation.endpoint,
        "status": observation.status,
        "duration_ms": round(1000 * observation.duration_s, _DIGITS),
    }
    if observation.code:
        told["code"] = observation.code
    if observation.key:
        told["key"] = observation.key
    outcomes = observation.outcomes
    if len(outcomes) == 1:
        told |= _describe_outcome(outcomes[0], languages)
    elif outcomes:
        told |= _describe_batch(outcomes)
    return told


def _describe_outcome(outcome: Outcome, languages: Collection[str]) -> dict[str, object]:
    told: dict[str, object] = {
        "decision": outcome.decision.action.label,
        "reasons": list(dict.fromkeys(map(_name_reason, outcome.decision.reasons))),
        "length": outcome.length,
        "policy": outcome.policy.name,
    }
    if outcome.language:
        told["language"] = name_language(outcome.language, languages)
    if outcome.scores is not None:
        told["model"] = outcome.model
        told["scores"] = {name: round(score, _DIGITS) for name, score in outcome.scores.items()}
    return told


def _describe_batch(outcomes: Sequence[Outcome]) -> dict[str, object]:
    return {
        "comments": len(outcomes),
        "decisions": Counter(outcome.decision.action.label for outcome in outcomes),
        "reasons": Counter(
            name for outcome in outcomes for name in {*map(_name_reason, outcome.decision.reasons)}
        ),
        "policies": sorted({outcome.policy.name for outcome in outcomes}),
        "models": sorted({outcome.model for outcome in outcomes if outcome.model}),
    }


def _name_reason(reason: Reason) -> str:
    # Never the term: the comment has it.
    return f"{reason.code}:{reason.attribute}" if reason.attribute else reason.code


def _build_logger(log_format: LogFormat, level: int, stream: TextIO) -> FilteringBoundLogger:
    # A line is one write, so that those of several workers do not mix.
    logger: WrappedLogger = structlog.BytesLogger(stream.buffer)
    processors: Sequence[Processor] = [_as_json]
    if is_text(log_format, stream):
        logger = structlog.PrintLogger(stream)
        processors = [structlog.processors.add_log_level, stamp_time(), show_on(stream)]
    bound: FilteringBoundLogger = structlog.wrap_logger(
        logger, processors, structlog.make_filtering_bound_logger(level)
    ).bind()
    return bound


def _as_json(_: object, level: str, event: EventDict) -> bytes:
    # As `logs` has it, in a third of the time.
    return _ENCODER.encode({**event, "level": level, "time": datetime.now(UTC)})
