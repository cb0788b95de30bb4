"""The address that Coral calls as an external moderation phase."""

import logging
from collections.abc import Sequence
from http import HTTPStatus
from typing import Final

import msgspec
from flask import Blueprint, Response, request

from service.coral import (
    WITHHELD,
    CoralRequest,
    CoralResponse,
    answer_outcome,
    is_signed,
    read_html,
)
from service.moderation import Comment, Moderator
from service.parse import decode_json
from service.policy import DEFAULT_POLICY
from service.problems import ProblemError
from service.render import render_json
from service.routes import JSON, moderate_all

_LOG: Final = logging.getLogger(__name__)
_FAILED: Final = HTTPStatus.INTERNAL_SERVER_ERROR
_HELD: Final = frozenset({HTTPStatus.FORBIDDEN, HTTPStatus.TOO_MANY_REQUESTS})
_REQUEST: Final = msgspec.json.Decoder(CoralRequest)


def build_coral(moderator: Moderator, secrets: Sequence[str]) -> Blueprint:
    """Return the route.

    Parameters
    ----------
    moderator : Moderator
    secrets : sequence of str
        Signing secrets, any of which will do; without one, signatures are not checked.
    """
    coral = Blueprint("coral", __name__)

    @coral.post("/integrations/coral")
    def moderate() -> Response:
        comment = _read_comment(secrets)
        if comment.policy not in moderator.policies:
            # Coral publishes a comment on any error: it is held, and the operator told.
            _LOG.error("the address that Coral calls names a policy that is not loaded")
            return _json(WITHHELD)
        answer = answer_outcome(moderate_all(moderator, [comment])[0])
        return Response(status=HTTPStatus.NO_CONTENT) if answer is None else _json(answer)

    @coral.after_request
    def _hold(response: Response) -> Response:
        # Coral publishes a comment on any error. `problems` has logged a 5xx.
        is_held = response.status_code in _HELD or response.status_code >= _FAILED
        return _json(WITHHELD) if is_held else response

    return coral


def _read_comment(secrets: Sequence[str]) -> Comment:
    body = request.get_data()
    if secrets and not is_signed(body, request.headers.get("X-Coral-Signature", ""), secrets):
        detail = "X-Coral-Signature is missing, or was made with another secret or body."
        raise ProblemError(401, "wrong_signature", detail)
    if request.mimetype != JSON:
        raise ProblemError(415, "unsupported_media_type", "Coral sends application/json.")
    html = decode_json(body, _REQUEST).comment.body or ""
    return Comment(read_html(html), policy=request.args.get("policy", DEFAULT_POLICY))


def _json(answer: CoralResponse) -> Response:
    return Response(render_json(answer), content_type=JSON)
