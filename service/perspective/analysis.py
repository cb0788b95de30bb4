"""A comment's scores as Perspective gives them: for the whole text, and for its sentences."""

from collections.abc import Mapping, Sequence
from typing import Final

import msgspec

from model.scorer import TextScorer
from service.language import primary_language, rank_languages
from service.perspective.errors import comment_error
from service.perspective.wire import (
    NAMES,
    PROBABILITY,
    AnalyzeCommentRequest,
    AnalyzeCommentResponse,
    AttributeScores,
    Score,
    SpanScore,
)
from service.sentences import split_sentences, utf16_spans

MAX_SPANS: Final = 500
"""The last span holds all that is left: 20 KB of line breaks would be answered by 20 MB."""

Scorers = Mapping[str, TextScorer]


def analyze(text: str, request: AnalyzeCommentRequest, scorers: Scorers) -> AnalyzeCommentResponse:
    """Score a comment.

    Parameters
    ----------
    text : str
        The comment, without lone surrogates.
    request : AnalyzeCommentRequest
        Checked by `parse`.
    scorers : mapping of language to TextScorer

    Raises
    ------
    PerspectiveError
        If its language cannot be told, or has no model for an attribute.
    """
    wanted = request.requested_attributes or {}
    detected = rank_languages(text, scorers)
    languages = request.languages or detected[:1]
    if not languages:
        raise comment_error("LANGUAGE_DETECTION_FAILED", "Unable to detect language")
    field = "requestedLanguages" if request.languages else "detectedLanguages"
    for name in wanted:
        _check_languages(name, languages, field, scorers)
    spans = split_sentences(text) if request.span_annotations else []
    if len(spans) > MAX_SPANS:
        spans = [*spans[: MAX_SPANS - 1], (spans[MAX_SPANS - 1][0], spans[-1][1])]
    texts = [text, *(text[begin:end] for begin, end in spans)]
    models = [scorers[name] for name in sorted(set(map(primary_language, languages)))]
    scores = _score(texts, {NAMES[name] for name in wanted}, models)
    # A client that asks for no spans still reads the first.
    units = utf16_spans(text, spans or [(0, len(text))])
    return AnalyzeCommentResponse(
        attribute_scores={
            name: AttributeScores(
                [
                    SpanScore(begin, end, Score(row[NAMES[name]], PROBABILITY))
                    for (begin, end), row in zip(units, scores[1:] or scores, strict=True)
                ],
                Score(scores[0][NAMES[name]], PROBABILITY),
            )
            for name, parameters in wanted.items()
            if not parameters or scores[0][NAMES[name]] >= (parameters.score_threshold or 0)
        },
        languages=languages,
        detected_languages=detected or msgspec.UNSET,
        client_token=msgspec.UNSET if request.client_token is None else request.client_token,
    )


def _check_languages(name: str, languages: Sequence[str], field: str, scorers: Scorers) -> None:
    """Refuse languages in which no model scores the attribute."""
    attribute = NAMES[name]
    missing = [
        language
        for language in languages
        if (scorer := scorers.get(primary_language(language))) is None
        or attribute not in scorer.attributes
    ]
    if missing:
        raise comment_error(
            "LANGUAGE_NOT_SUPPORTED_BY_ATTRIBUTE",
            f"Attribute {name} does not support request languages: {', '.join(missing)}",
            languageNotSupportedByAttributeError={"attribute": name, field: missing},
        )


def _score(
    texts: list[str], attributes: set[str], models: Sequence[TextScorer]
) -> list[dict[str, float]]:
    """Return the scores of each text by attribute; of several models the highest ones."""
    tables = [
        [dict(zip(model.attributes, row, strict=True)) for row in model.score(texts).tolist()]
        for model in models
    ]
    return [
        {name: max(row[name] for row in rows) for name in attributes}
        for rows in zip(*tables, strict=True)
    ]
