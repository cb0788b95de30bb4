"""From bytes to what a call asks for, or the error Perspective has for it.

The order is fixed: the shape of the body, the comment, the attributes, the context.
Languages are looked at when scores are made (`analysis`).
"""

import re
from typing import Any, Final, TypeVar

import msgspec

from service.decoding import NotJsonError, decode_any
from service.length import is_blank, replace_lone_surrogates
from service.perspective.errors import PerspectiveError, comment_error, field_error, request_error
from service.perspective.wire import (
    NAMES,
    SUPPORTED_SCORE_TYPES,
    AnalyzeCommentRequest,
    Context,
    SuggestCommentScoreRequest,
    TextEntry,
)

MAX_TEXT_BYTES: Final = 20_480

_MAX_LENIENT_BYTES: Final = 2_097_152
"""A larger body is not read a second time, more slowly and in many times its memory."""

T = TypeVar("T", AnalyzeCommentRequest, SuggestCommentScoreRequest)

# Numbers and booleans may be sent as strings, as protocol buffers in JSON have it.
_ANALYZE: Final = msgspec.json.Decoder(AnalyzeCommentRequest, strict=False)
_SUGGEST: Final = msgspec.json.Decoder(SuggestCommentScoreRequest, strict=False)
_UNKNOWN: Final = re.compile(
    r"Object contains unknown field `(.*?)`(?: - at `\$\.?(.*)`)?", re.DOTALL
)
_SNAKE: Final = re.compile(r"_([a-z])")
_MAPS: Final = frozenset({"requestedAttributes", "attributeScores"})
_EXPECTED: Final = re.compile(r"Expected `(\w+)")
_KINDS: Final = {
    "str": "TYPE_STRING",
    "bool": "TYPE_BOOL",
    "float": "TYPE_FLOAT",
    "int": "TYPE_INT32",
}


def parse_analyze(body: bytes) -> tuple[str, AnalyzeCommentRequest]:
    """Return the text, without lone surrogates, and the request of ``comments:analyze``.

    Raises
    ------
    PerspectiveError
    """
    request = _decode(body, _ANALYZE)
    text = _check_comment(request.comment)
    if not request.requested_attributes:
        raise comment_error("NO_REQUESTED_ATTRIBUTES", "Missing requested_attributes")
    for name, parameters in request.requested_attributes.items():
        check_attribute(name, parameters.score_type if parameters else None)
    _check_context(request.context)
    return text, request


def parse_suggest(body: bytes) -> tuple[str, SuggestCommentScoreRequest]:
    """Return the text, without lone surrogates, and the request of ``comments:suggestscore``.

    Raises
    ------
    PerspectiveError
    """
    request = _decode(body, _SUGGEST)
    text = _check_comment(request.comment)
    _check_context(request.context)
    return text, request


def check_attribute(name: str, score_type: str | None) -> None:
    """Refuse an attribute without a model, and a score that is no probability.

    Raises
    ------
    PerspectiveError
    """
    if name not in NAMES:
        raise request_error(f"Unknown requested attribute: {name}")
    if score_type not in SUPPORTED_SCORE_TYPES:
        raise request_error(
            f"Requested score type {score_type} is not supported by attribute {name}"
        )


def _check_comment(comment: TextEntry | None) -> str:
    text = comment.text if comment else None
    # Invisible characters are as empty to a reader as none.
    if not comment or not text or is_blank(text):
        raise comment_error("COMMENT_EMPTY", "Comment must be non-empty.")
    if comment.type == "HTML":
        raise request_error("Currently, only 'PLAIN_TEXT' comments are supported")
    size = len(text.encode())
    if size > MAX_TEXT_BYTES:
        raise comment_error(
            "COMMENT_TOO_LONG",
            f"Comment text was too many bytes. Value ({size}) exceeded limit ({MAX_TEXT_BYTES}).",
        )
    return text


def _check_context(context: Context | None) -> None:
    if context and context.entries and context.article_and_parent_comment:
        raise request_error(
            "Context can have either entries or article_and_parent_comment,"
            " but both fields were populated."
        )


def _decode(body: bytes, decoder: msgspec.json.Decoder[T]) -> T:
    try:
        try:
            return decoder.decode(body or b"{}")
        except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
            if len(body) > _MAX_LENIENT_BYTES:
                raise
            # Protocol buffers take their own names, too: requested_attributes. And msgspec
            # refuses lone surrogates, which JSON allows.
            return msgspec.convert(_rename(decode_any(body)), decoder.type, strict=False)
    except msgspec.ValidationError as error:
        raise _wrong_shape(str(error)) from None
    except NotJsonError as error:
        raise field_error("", f"Invalid JSON payload received. {error.detail}") from None
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        raise field_error("", "Invalid JSON payload received.") from None


def _rename(value: Any) -> Any:  # noqa: ANN401 - JSON
    """Return JSON with all names in camel case, except the names of attributes."""
    if isinstance(value, str):
        return replace_lone_surrogates(value)
    if isinstance(value, list):
        return list(map(_rename, value))
    if not isinstance(value, dict):
        return value
    renamed = {}
    for name, member in value.items():
        camel = _SNAKE.sub(lambda match: match[1].upper(), name)
        if camel in _MAPS and isinstance(member, dict):
            renamed[camel] = {key: _rename(entry) for key, entry in member.items()}
        else:
            renamed[camel] = _rename(member)
    return renamed


def _wrong_shape(message: str) -> PerspectiveError:
    """Turn msgspec's ``Expected `str`, got `int` - at `$.comment.text` `` into Google's words."""
    if unknown := _UNKNOWN.fullmatch(message):
        field = unknown[2] or ""
        where = f" at '{field}'" if field else ""
        name = f'Unknown name "{unknown[1]}"{where}'
        return field_error(field, f"Invalid JSON payload received. {name}: Cannot find field.")
    found, _, path = message.rpartition(" - at `$")
    what = found or message
    field = path.removesuffix("`").lstrip(".") if found else ""
    where = f" at '{field}'" if field else ""
    expected = _EXPECTED.match(what)
    other = "TYPE_ENUM" if "enum" in what else "TYPE_FLOAT"
    kind = _KINDS.get(expected[1], "TYPE_MESSAGE") if expected else other
    return field_error(field, f"Invalid value{where} ({kind}): {what}.")
