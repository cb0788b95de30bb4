"""A score that somebody suggests for a comment; without a store it is answered and forgotten."""

import logging
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Final

import msgspec

from service.feedback.suggestion import FeedbackError, Suggestion
from service.language import primary_language, rank_languages
from service.length import utf16_offsets
from service.perspective.analysis import Scorers
from service.perspective.errors import PerspectiveError, request_error
from service.perspective.parse import check_attribute
from service.perspective.wire import (
    Score,
    SpanScore,
    SuggestCommentScoreRequest,
    SuggestCommentScoreResponse,
)

Keep = Callable[[Suggestion], None]

MAX_STORED_BYTES: Final = 262_144
"""Beside the text a caller chooses tokens, languages and spans."""

_LOG: Final = logging.getLogger(__name__)


def suggest(
    text: str, request: SuggestCommentScoreRequest, scorers: Scorers, keep: Keep | None
) -> SuggestCommentScoreResponse:
    """Take the scores that a request suggests.

    Parameters
    ----------
    text : str
        The comment, without lone surrogates.
    request : SuggestCommentScoreRequest
        Its comment is checked by `parse`.
    scorers : mapping of language to TextScorer
    keep : callable, optional
        Stores a suggestion; without it none is kept, nor one that says `doNotStore`.

    Raises
    ------
    PerspectiveError
        If a score is missing or has no meaning.
    """
    if not request.attribute_scores:
        raise request_error("Missing attribute_scores")
    length = int(utf16_offsets(text)[-1])
    scores: dict[str, float] = {}
    spans: dict[str, list[tuple[int, int, float]]] = {}
    for name, suggested in request.attribute_scores.items():
        check_attribute(name, None)
        if not suggested or not (suggested.summary_score or suggested.span_scores):
            raise request_error(f"Missing scores of attribute {name}")
        if suggested.summary_score:
            scores[name] = _read_score(name, suggested.summary_score)
        if suggested.span_scores:
            spans[name] = [_read_span(name, span, length) for span in suggested.span_scores]
    detected = rank_languages(text, scorers)
    languages = request.languages or detected[:1]
    if keep and not request.do_not_store:
        models = [scorers.get(primary_language(language)) for language in languages[:1]]
        _store(
            keep,
            Suggestion(
                text=text,
                scores=scores,
                spans=spans,
                languages=languages,
                community_id=request.community_id,
                client_token=request.client_token,
                model=next((model.version for model in models if model), None),
                created=datetime.now(UTC),
            ),
        )
    return SuggestCommentScoreResponse(
        detected or None, request.languages or None, request.client_token
    )


def _store(keep: Keep, suggestion: Suggestion) -> None:
    if len(msgspec.json.encode(suggestion)) > MAX_STORED_BYTES:
        raise request_error(f"The suggestion is larger than is stored ({MAX_STORED_BYTES} bytes)")
    try:
        keep(suggestion)
    except FeedbackError as error:
        _LOG.error("a suggestion was not stored: %s", error)
        raise PerspectiveError(503, "The suggestion could not be stored. Try again.") from None


def _read_score(name: str, score: Score | None) -> float:
    if score is None or score.value is None:
        raise request_error(f"Missing score value of attribute {name}")
    check_attribute(name, score.type)
    if not 0 <= score.value <= 1:
        raise request_error(f"Score value of attribute {name} must be between 0 and 1")
    return score.value


def _read_span(name: str, span: SpanScore, length: int) -> tuple[int, int, float]:
    if span.begin is None or span.end is None:
        raise request_error(f"Missing begin or end in a span of attribute {name}")
    if not 0 <= span.begin < span.end <= length:
        raise request_error(f"A span of attribute {name} is outside the text")
    return span.begin, span.end, _read_score(name, span.score)
