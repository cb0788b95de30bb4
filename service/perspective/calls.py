"""A call of the protocol and its answer, whether it came by itself or in a batch."""

from collections.abc import Sequence
from typing import Final, NamedTuple

import msgspec

from service.admission import Admit
from service.perspective.analysis import Scorers, analyze
from service.perspective.callers import admit_call
from service.perspective.errors import PerspectiveError
from service.perspective.fields import select_fields
from service.perspective.options import Options, parse_options
from service.perspective.parse import parse_analyze, parse_suggest
from service.perspective.suggestion import Keep, suggest

ANALYZE: Final = "/v1alpha1/comments:analyze"
SUGGEST: Final = "/v1alpha1/comments:suggestscore"

_METRICS: Final = {
    ANALYZE: "Analysis requests (AnalyzeComment)",
    SUGGEST: "Score suggestions (SuggestCommentScore)",
}
_ENCODER: Final = msgspec.json.Encoder()


class Call(NamedTuple):
    """What was asked.

    Attributes
    ----------
    method, path : str
    query : sequence of (str, str)
        Query parameters as sent.
    body : bytes
    key : str, optional
        API key of a call that has none in its query.
    """

    method: str
    path: str
    query: Sequence[tuple[str, str]]
    body: bytes
    key: str | None


class Answer(NamedTuple):
    """What is answered: an HTTP status, and JSON in UTF-8."""

    status: int
    body: bytes


class Perspective:
    """Answer calls of Perspective's protocol.

    Parameters
    ----------
    scorers : mapping of language to TextScorer
    admit : callable, optional
        Admits each call by its key; without it, all are answered.
    keep : callable, optional
        Takes each suggested score; without it they are answered and forgotten.
    """

    def __init__(
        self, scorers: Scorers, admit: Admit | None = None, keep: Keep | None = None
    ) -> None:
        self._scorers = scorers
        self._admit = admit
        self._keep = keep

    def answer(self, call: Call) -> Answer:
        """Return the answer to a call, an error included."""
        options = Options()
        try:
            options = parse_options(call.query)
            response = self._respond(call, options)
            found = select_fields(response, options.fields) if options.fields else response
            return _render(200, found, options)
        except PerspectiveError as error:
            return _render(error.code, error.response, options)

    def _respond(self, call: Call, options: Options) -> msgspec.Struct:
        if call.method != "POST" or call.path not in _METRICS:
            raise PerspectiveError(404, "Method not found.")
        if self._admit:
            admit_call(self._admit, options.key or call.key, _METRICS[call.path])
        if call.path == ANALYZE:
            return analyze(*parse_analyze(call.body), self._scorers)
        return suggest(*parse_suggest(call.body), self._scorers, self._keep)


def render_error(error: PerspectiveError) -> Answer:
    """Return the answer to a call that could not be read."""
    return _render(error.code, error.response, Options())


def _render(status: int, document: object, options: Options) -> Answer:
    body = _ENCODER.encode(document)
    return Answer(status, msgspec.json.format(body, indent=2) if options.pretty else body)
