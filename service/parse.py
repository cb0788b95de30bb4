"""From untrusted bytes and fields to typed comments, or a `ProblemError`."""

import re
from collections.abc import Sequence
from typing import Final, TypeVar

import msgspec
from werkzeug.datastructures import MultiDict

from service.decoding import NotJsonError, decode
from service.length import replace_lone_surrogates
from service.moderation import Comment
from service.policy import DEFAULT_POLICY
from service.problems import ProblemError
from service.wire import BatchRequest, FieldError, ModerateForm, ModerateRequest

T = TypeVar("T")

_COMMENT: Final = msgspec.json.Decoder(ModerateRequest)
_BATCH: Final = msgspec.json.Decoder(BatchRequest)
_FIELDS: Final = frozenset(ModerateRequest.__struct_fields__)
_CHECKED: Final = frozenset({"true", "True", "on", "1"})
_REPEATED: Final = re.compile(r"(unknown field|[Ii]nvalid enum value) .*", re.DOTALL)
_INDEX: Final = re.compile(r"\[(\d+)\]")
_PATH: Final = re.compile(
    # Only names of ours: the name of an unknown field may look like the end of the message.
    rf" - at `\$((?:\.(?:comments|body|{'|'.join(_FIELDS)})|\[\d{{1,7}}\])+)`\Z"
)


def parse_json_comment(body: bytes) -> Comment:
    """Parse the JSON body of ``POST /v1/moderate``.

    Raises
    ------
    ProblemError
        400 if it is not JSON in UTF-8, 422 if it has the wrong shape.
    """
    return _comment(decode_json(body, _COMMENT))


def parse_json_batch(body: bytes) -> list[Comment]:
    """Parse the JSON body of ``POST /v1/moderate/batch``.

    Raises
    ------
    ProblemError
        As for one comment; a wrong one is named by a JSON pointer.
    """
    return [_comment(request) for request in decode_json(body, _BATCH).comments]


def parse_form_comment(form: MultiDict[str, str], files: Sequence[str] = ()) -> Comment:
    """Parse a form post. An optional field left empty is as good as absent.

    Raises
    ------
    ProblemError
        422 if a field is unknown, comes twice, is a file, or has a wrong value.
    """
    fields = {}
    for name, values in form.lists():
        if name in _FIELDS and len(values) > 1:
            raise _invalid(f"/{name}", "The field comes more than once.")
        fields[name] = values[0]
    if files:
        raise _invalid("", "A file is not a field of this form.")
    sent = _convert(fields, ModerateForm)
    return Comment(
        text=sent.comment,
        id=sent.id or None,
        language=sent.language or None,
        policy=sent.policy or DEFAULT_POLICY,
        explain=sent.explain in _CHECKED,
    )


def decode_json(body: bytes, decoder: msgspec.json.Decoder[T]) -> T:
    """Decode a JSON body to the shape of `decoder`.

    Raises
    ------
    ProblemError
        400 if it is not JSON in UTF-8, 422 if it has the wrong shape.
    """
    try:
        return decode(body, decoder)
    except msgspec.ValidationError as error:
        raise _wrong_shape(error) from None
    except NotJsonError as error:
        raise ProblemError(400, error.code, error.detail) from None


def _comment(request: ModerateRequest) -> Comment:
    return Comment(
        text=request.comment,
        id=None if request.id is None else replace_lone_surrogates(request.id),
        language=request.language,
        policy=request.policy,
        explain=request.explain,
    )


def _convert(value: object, shape: type[T]) -> T:
    try:
        return msgspec.convert(value, shape)
    except msgspec.ValidationError as error:
        raise _wrong_shape(error) from None


def _wrong_shape(error: msgspec.ValidationError) -> ProblemError:
    """Turn msgspec's ``Expected `str`, got `int` - at `$.comments[3].id` `` into a problem."""
    message = str(error)
    path = _PATH.search(message)
    # The name of an unknown field is the client's text, and so is a value that is no choice.
    detail = _REPEATED.sub(r"\1", message[: path.start()] if path else message)
    pointer = _INDEX.sub(r"/\1", path[1]).replace(".", "/") if path else ""
    return _invalid(pointer, f"{detail}.")


def _invalid(pointer: str, detail: str) -> ProblemError:
    return ProblemError(
        422,
        "invalid_field",
        "A field is missing, unknown or of the wrong kind.",
        [FieldError(pointer, detail)],
    )
