"""From a TOML document to a policy, whatever is wrong with its types noted.

msgspec stops at the first error. So each value is converted by itself, and one
that cannot be is replaced: what is left is a policy whose meaning can be checked.
"""

import typing
from collections.abc import Callable, Mapping
from typing import Any, Final, TypeVar

import msgspec

from service.policy.faults import Fault, Key, shorten

_STAND_INS: Final = ("aa", "uncertain", 1)
"""Of all that must be there, and of all elements of arrays, one of these is a value."""

Table = TypeVar("Table", bound=msgspec.Struct)


class Builder:
    """Build a policy.

    Parameters
    ----------
    find_line : callable
        From a key to its line.

    Attributes
    ----------
    faults : list of Fault
    replaced : set of Key
        What the policy has another value for than the document.
    """

    def __init__(self, find_line: Callable[[Key], int]) -> None:
        self.faults: list[Fault] = []
        self.replaced: set[Key] = set()
        self._find_line = find_line

    def build(self, kind: type[Table], table: Mapping[str, object], key: Key = ()) -> Table:
        """Return what a table says, as a policy or a part of one; `key` is that of the table."""
        fields = {field.name: field for field in msgspec.structs.fields(kind)}
        for name in table:
            if name not in fields:
                self._note((*key, name), f"Object contains unknown field `{name}`", key)
        values: dict[str, Any] = {}
        for name, field in fields.items():
            if name in table:
                values[name] = self._convert(table[name], field, (*key, name))
            elif field.required:
                self._note(key, f"Object missing required field `{name}`", key)
                values[name] = self._replace(field, (*key, name))
        return kind(**values)

    def _convert(self, value: object, field: msgspec.structs.FieldInfo, key: Key) -> object:
        inner = _find_struct(field.type)
        if inner and isinstance(value, dict):
            return self.build(inner, value, key)
        try:
            return msgspec.convert(value, field.type)
        except msgspec.ValidationError as error:
            message = _translate(str(error), field.type)
        if isinstance(value, list) and message.endswith("]`"):
            return self._convert_elements(value, field.type, key)
        self._note(key, message, key)
        return self._replace(field, key)

    def _convert_elements(self, array: list[object], kind: object, key: Key) -> tuple[Any, ...]:
        elements, faults = [], []
        for index, element in enumerate(array):
            try:
                elements.append(_convert_element(element, kind))
            except msgspec.ValidationError as error:
                message, _, _ = str(error).rpartition(" - at ")
                element_key = (*key, index)
                faults.append(Fault("", self._find_line(element_key), _place(message, element_key)))
                elements.append(_find_stand_in(_convert_element, kind))
                self.replaced.add(element_key)
        self.faults += shorten(faults)
        return tuple(elements)

    def _replace(self, field: msgspec.structs.FieldInfo, key: Key) -> object:
        self.replaced.add(key)
        return _find_stand_in(msgspec.convert, field.type) if field.required else field.default

    def _note(self, key: Key, message: str, place: Key) -> None:
        self.faults.append(Fault("", self._find_line(key), _place(message, place)))


def _place(message: str, key: Key) -> str:
    """Return what is wrong and where, since much can stand on one line."""
    return f"{message} ({'.'.join(map(str, key))})" if key else message


def _translate(message: str, kind: object) -> str:
    """Return a message of msgspec in the words of TOML, which has tables and no null."""
    if message.startswith("Invalid enum value"):
        return f"{message}, only {' or '.join(map(repr, typing.get_args(kind)))}"
    return message.replace(" | null", "").replace("`object`", "`table`")


def _find_struct(kind: object) -> type[msgspec.Struct] | None:
    """Return the class of a field that is a table, if it is one."""
    return next(
        (
            each
            for each in typing.get_args(kind)
            if isinstance(each, type) and issubclass(each, msgspec.Struct)
        ),
        None,
    )


def _convert_element(element: object, kind: Any) -> object:  # noqa: ANN401 - as msgspec has it
    """Convert an element of an array; two are as many as a pair must have, and any other may."""
    pair: tuple[object, object] = msgspec.convert([element, element], kind)
    return pair[0]


def _find_stand_in(convert: Callable[[object, Any], object], kind: object) -> object:
    for value in _STAND_INS:
        try:
            return convert(value, kind)
        except msgspec.ValidationError:
            continue
    raise TypeError(f"nothing can stand in for {kind}")
