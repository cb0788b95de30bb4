"""From typed outcomes to what goes over the wire."""

from typing import Final

import msgspec

from service.length import UNIT
from service.moderation import Outcome
from service.wire import BatchResponse, Length, ModerateResponse

_ENCODER: Final = msgspec.json.Encoder()


def render_outcome(outcome: Outcome) -> ModerateResponse:
    """Return the response to one comment."""
    return ModerateResponse(
        id=outcome.comment.id,
        decision=outcome.decision.action.label,
        reasons=outcome.decision.reasons,
        scores=outcome.scores,
        length=Length(outcome.length, outcome.policy.max_length, UNIT),
        language=outcome.language,
        policy=outcome.policy.name,
        model=outcome.model,
        spans=msgspec.UNSET if outcome.spans is None else outcome.spans,
    )


def render_batch(outcomes: list[Outcome]) -> BatchResponse:
    """Return the response to a batch."""
    return BatchResponse([render_outcome(outcome) for outcome in outcomes])


def render_json(response: msgspec.Struct) -> bytes:
    """Return any of the shapes of `wire` as JSON in UTF-8."""
    return _ENCODER.encode(response)
