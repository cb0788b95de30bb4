"""The addresses of the protocol."""

import re
from http import HTTPStatus
from typing import Final
from urllib.parse import parse_qsl

import msgspec
from flask import Blueprint, Response, request, stream_with_context

from service.perspective.batch import JSON, answer_batch
from service.perspective.calls import ANALYZE, SUGGEST, Answer, Call, Perspective, render_error
from service.perspective.discovery import VERSION, build_discovery
from service.perspective.errors import PerspectiveError
from service.perspective.options import PARAMETERS, parse_options
from service.problems import MEDIA_TYPE, log_failure
from service.wire import Problem

_CHECKED: Final = frozenset({*PARAMETERS, "callback"})
_OURS: Final = re.compile(r"/(?:v1alpha1|\$discovery)(?:/.*)?|/batch/?", re.DOTALL)


def build_perspective(  # noqa: C901 - one small function an address
    perspective: Perspective, max_bytes: int
) -> Blueprint:
    """Return the routes of Perspective's protocol.

    Parameters
    ----------
    perspective : Perspective
        Answers the calls.
    max_bytes : int
        Largest body.
    """
    routes = Blueprint("perspective", __name__)

    @routes.post(ANALYZE)
    @routes.post(SUGGEST)
    def call() -> Response:
        return _json(_answer(_read_call()))

    @routes.post("/batch")
    def batch() -> Response:
        outer = _read_call()
        parts, media_type = answer_batch(outer.body, request.content_type or "", outer, _answer)
        # Its calls are answered while it is sent, and each asks who sent it.
        return Response(stream_with_context(parts), content_type=media_type)

    @routes.get("/$discovery/rest")
    def discovery() -> Response:
        if not request.host:
            raise PerspectiveError(HTTPStatus.BAD_REQUEST, "The header Host cannot be read.")
        parse_options([each for each in request.args.items() if each[0] in _CHECKED])
        if request.args.get("version", VERSION) != VERSION:
            raise PerspectiveError(HTTPStatus.NOT_FOUND, "The API or version was not found.")
        return Response(build_discovery(request.host_url), content_type=JSON)

    @routes.errorhandler(PerspectiveError)
    def _refused(error: PerspectiveError) -> Response:
        return _json(render_error(error))

    @routes.after_app_request
    def _as_google(response: Response) -> Response:
        # `problems` has answered what was not ours to answer: no such address or method, a
        # body that could not be read. Only the shape is wrong for a client of Google's.
        if response.content_type == MEDIA_TYPE and _OURS.fullmatch(request.path):
            problem = msgspec.json.decode(response.get_data(), type=Problem)
            answer = render_error(PerspectiveError(problem.status, problem.detail))
            response.set_data(answer.body)
            response.content_type = JSON
        return response

    def _read_call() -> Call:
        request.max_content_length = max_bytes
        return Call(
            method=request.method,
            path=request.path,
            query=parse_qsl(request.query_string.decode("latin-1"), keep_blank_values=True),
            body=request.get_data(),
            key=request.headers.get("X-Goog-Api-Key"),
        )

    def _answer(call: Call) -> Answer:
        try:
            return perspective.answer(call)
        except Exception as error:  # noqa: BLE001 - one call of a batch fails alone
            log_failure(error)
            message = "Internal error encountered."
            return render_error(PerspectiveError(HTTPStatus.INTERNAL_SERVER_ERROR, message))

    return routes


def _json(answer: Answer) -> Response:
    # Some clients show the phrase, and werkzeug would shout it.
    status = f"{answer.status} {HTTPStatus(answer.status).phrase}"
    return Response(answer.body, status=status, content_type=JSON)
