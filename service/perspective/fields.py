"""The query parameter ``fields``: the parts of an answer that a client wants.

The grammar is that of Google's partial responses: names with commas between,
``a/b`` for a part of a part, ``a(b,c)`` for several, ``*`` for any name.
"""

import re
from typing import Any, Final

import msgspec
from msgspec import inspect

from service.perspective.errors import field_error

Path = tuple[str, ...]

_TOKEN: Final = re.compile(r"[\w$.@:-]+|.", re.DOTALL)
_NAME: Final = re.compile(r"[\w$.@:-]+|\*")
_MAX_LENGTH: Final = 1000
_MAX_DEPTH: Final = 10
_WRONG: Final = "Request contains an invalid argument: 'fields' is no field mask."


def select_fields(response: msgspec.Struct, fields: str) -> object:
    """Return the parts of a response that `fields` names, as plain objects.

    Raises
    ------
    PerspectiveError
        400 if `fields` is no mask, or names what the response never has.

    Examples
    --------
    >>> from service.perspective.wire import AnalyzeCommentResponse
    >>> select_fields(AnalyzeCommentResponse({}, ["en"]), "languages,clientToken")
    {'languages': ['en']}
    """
    paths = _parse(fields)
    shape = inspect.type_info(type(response))
    for path in paths:
        if not _exists(shape, path):
            message = f"Cannot find matching fields for path '{'.'.join(path)}'"
            raise field_error("fields", f"Error expanding 'fields' parameter. {message}.")
    return _select(msgspec.to_builtins(response), paths)


def _parse(fields: str) -> set[Path]:
    tokens = _TOKEN.findall(fields[:_MAX_LENGTH])[::-1]
    paths = _parse_list(tokens, ())
    if tokens or len(fields) > _MAX_LENGTH:
        raise field_error("fields", _WRONG)
    return paths


def _parse_list(tokens: list[str], above: Path) -> set[Path]:
    """Take names with commas between off the end of `tokens`, which is in reverse."""
    paths: set[Path] = set()
    while True:
        path = (*above, _take_name(tokens))
        while tokens[-1:] == ["/"]:
            tokens.pop()
            path = (*path, _take_name(tokens))
        if len(path) > _MAX_DEPTH:
            raise field_error("fields", _WRONG)
        if tokens[-1:] == ["("]:
            tokens.pop()
            paths |= _parse_list(tokens, path)
            if not tokens or tokens.pop() != ")":
                raise field_error("fields", _WRONG)
        else:
            paths.add(path)
        if tokens[-1:] != [","]:
            return paths
        tokens.pop()


def _take_name(tokens: list[str]) -> str:
    if not tokens or not _NAME.fullmatch(tokens[-1]):
        raise field_error("fields", _WRONG)
    return tokens.pop()


def _exists(shape: inspect.Type, path: Path) -> bool:
    """Return whether a document of the shape may have something at the path."""
    match shape:
        case _ if not path:
            return True
        case inspect.StructType():
            named = [each for each in shape.fields if path[0] in {each.encode_name, "*"}]
            return any(_exists(each.type, path[1:]) for each in named)
        case inspect.DictType():
            return _exists(shape.value_type, path[1:])
        case inspect.ListType():
            return _exists(shape.item_type, path)
        case inspect.UnionType():
            return any(_exists(each, path) for each in shape.types)
        case _:
            return False


def _select(value: Any, paths: set[Path]) -> Any:  # noqa: ANN401 - JSON
    if () in paths:
        return value
    if isinstance(value, list):
        return [_select(entry, paths) for entry in value]
    below = {name: {path[1:] for path in paths if path[0] in {name, "*"}} for name in value}
    return {
        name: _select(value[name], wanted)
        for name, wanted in below.items()
        if () in wanted or (wanted and _has_parts(value[name]))
    }


def _has_parts(value: object) -> bool:
    """Return whether it is an object, or a list of objects: a star may reach strings, too."""
    return isinstance(value, dict) or (
        isinstance(value, list) and all(isinstance(entry, dict) for entry in value)
    )
