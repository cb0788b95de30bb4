"""From untrusted bytes to JSON of a shape."""

import json
from typing import TypeVar

import msgspec

from service.length import replace_lone_surrogates

T = TypeVar("T")


class NotJsonError(Exception):
    """Bytes that are not JSON in UTF-8.

    Parameters
    ----------
    code : {"invalid_encoding", "invalid_json"}
    detail : str
        One sentence that says where, and repeats nothing.
    """

    def __init__(self, code: str, detail: str) -> None:
        super().__init__(code)
        self.code = code
        self.detail = detail


def decode(body: bytes, decoder: msgspec.json.Decoder[T]) -> T:
    """Return `body` as the type of `decoder`; lone surrogates are kept, except in names.

    Raises
    ------
    NotJsonError
    msgspec.ValidationError
        If it is JSON of another shape.
    """
    try:
        return decoder.decode(body)
    except msgspec.ValidationError:
        raise
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        # msgspec refuses lone surrogates, which JSON allows.
        return msgspec.convert(decode_any(body), decoder.type, strict=decoder.strict)


def decode_any(body: bytes) -> object:
    """Return `body` as plain objects; lone surrogates are kept, except in names.

    Raises
    ------
    NotJsonError
    """
    try:
        return json.loads(
            body.decode("utf-8"),
            object_pairs_hook=_build_object,
            parse_constant=_refuse_constant,
        )
    except UnicodeDecodeError as error:
        detail = f"The body is not UTF-8: see byte {error.start}."
        raise NotJsonError("invalid_encoding", detail) from None
    except json.JSONDecodeError as error:
        detail = f"The body is not JSON: see line {error.lineno}, column {error.colno}."
        raise NotJsonError("invalid_json", detail) from None
    except (ValueError, RecursionError):
        # A number of thousands of digits, NaN, or thousands of brackets.
        detail = "The body is not JSON that this service reads."
        raise NotJsonError("invalid_json", detail) from None


def _build_object(pairs: list[tuple[str, object]]) -> dict[str, object]:
    # msgspec reads names as UTF-8, which has no lone surrogates.
    return {replace_lone_surrogates(name): value for name, value in pairs}


def _refuse_constant(_: str) -> None:
    raise ValueError
