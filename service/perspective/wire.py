"""The shapes of Perspective's messages; the discovery document is made from them.

Nothing is required here: what is missing has an error of its own (`parse`).
"""

from typing import Annotated, Any, Final, Literal

import msgspec

from model import ATTRIBUTES

Int32 = Annotated[int, msgspec.Meta(ge=-(2**31), le=2**31 - 1)]
TextType = Literal["TEXT_TYPE_UNSPECIFIED", "PLAIN_TEXT", "HTML"]
ScoreType = Literal["SCORE_TYPE_UNSPECIFIED", "PROBABILITY", "STD_DEV_SCORE", "PERCENTILE", "RAW"]

PROBABILITY: Final = "PROBABILITY"
SUPPORTED_SCORE_TYPES: Final = (None, "SCORE_TYPE_UNSPECIFIED", PROBABILITY)

NAMES: Final = {
    name: attribute
    for attribute in ATTRIBUTES
    for name in (attribute.upper(), f"{attribute.upper()}_EXPERIMENTAL")
}
"""The names of attributes there, each with ours."""


class Message(msgspec.Struct, frozen=True, rename="camel", omit_defaults=True):
    """A message of the protocol: names in camel case, what is unset left out."""


class TextEntry(Message, frozen=True, forbid_unknown_fields=True):
    """A body of text."""

    text: str | None = None
    type: TextType | None = None


class ArticleAndParentComment(Message, frozen=True, forbid_unknown_fields=True):
    """What a comment on an article refers to."""

    article: TextEntry | None = None
    parent_comment: TextEntry | None = None


class Context(Message, frozen=True, forbid_unknown_fields=True):
    """What a comment refers to, in one of two ways. It is checked and has no influence."""

    entries: list[TextEntry] | None = None
    article_and_parent_comment: ArticleAndParentComment | None = None


class AttributeParameters(Message, frozen=True, forbid_unknown_fields=True):
    """How an attribute is to be scored; a score below `score_threshold` is left out."""

    score_type: ScoreType | None = None
    score_threshold: float | None = None


class AnalyzeCommentRequest(Message, frozen=True, forbid_unknown_fields=True):
    """A comment, and the attributes wanted of it."""

    comment: TextEntry | None = None
    requested_attributes: dict[str, AttributeParameters | None] | None = None
    languages: list[str] | None = None
    span_annotations: bool | None = None
    do_not_store: bool | None = None
    context: Context | None = None
    client_token: str | None = None
    session_id: str | None = None
    community_id: str | None = None


class Score(Message, frozen=True, forbid_unknown_fields=True):
    """A score and its kind."""

    value: float | None = None
    type: ScoreType | None = None


class SpanScore(Message, frozen=True, forbid_unknown_fields=True):
    """The score of a piece of the text, in UTF-16 code units, `end` exclusive."""

    begin: Int32 | None = None
    end: Int32 | None = None
    score: Score | None = None


class AttributeScores(Message, frozen=True, forbid_unknown_fields=True):
    """The scores of an attribute, for pieces of the text and as a whole."""

    span_scores: list[SpanScore] | None = None
    summary_score: Score | None = None


class AnalyzeCommentResponse(Message, frozen=True):
    """The scores of a comment, the languages they rest on and those detected."""

    attribute_scores: dict[str, AttributeScores]
    languages: list[str]
    detected_languages: list[str] | msgspec.UnsetType = msgspec.UNSET
    client_token: str | msgspec.UnsetType = msgspec.UNSET


class SuggestCommentScoreRequest(Message, frozen=True, forbid_unknown_fields=True):
    """A comment, and the scores it should have had."""

    comment: TextEntry | None = None
    attribute_scores: dict[str, AttributeScores | None] | None = None
    languages: list[str] | None = None
    do_not_store: bool | None = None
    context: Context | None = None
    client_token: str | None = None
    session_id: str | None = None
    community_id: str | None = None


class SuggestCommentScoreResponse(Message, frozen=True):
    """That a suggestion was taken."""

    detected_languages: list[str] | None = None
    requested_languages: list[str] | None = None
    client_token: str | None = None


class Status(msgspec.Struct, frozen=True, omit_defaults=True):
    """An error, as Google's services have it."""

    code: int
    message: str
    status: str
    details: list[dict[str, Any]] = []


class ErrorResponse(msgspec.Struct, frozen=True):
    """The envelope of an error."""

    error: Status
