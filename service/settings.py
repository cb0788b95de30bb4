"""Settings, from environment variables with the prefix ``MODERATION_``."""

import os
import re
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Final, Literal, get_args

import msgspec

from service.policy import POLICY_FOLDER

PREFIX = "MODERATION_"
ARTEFACTS = Path(__file__).parents[1] / "model" / "artefacts"

UnsupportedLanguage = Literal["flag", "error"]

_WHOLE_NUMBER: Final = re.compile("[1-9][0-9]{0,17}")
_DIGEST: Final = re.compile("[0-9a-f]{64}")
_ORIGIN: Final = re.compile(
    r"([a-z][a-z0-9+.-]*)://(?:[a-z0-9_-]+(?:\.[a-z0-9_-]+)*|\[[0-9a-f:.]+\])(?::([1-9][0-9]{0,4}))?"
)
_UNNAMED: Final = {("http", "80"), ("https", "443")}
_MAX_PORT: Final = 65_535


class SettingsError(Exception):
    """A variable with a value that has no meaning; the message names it."""


class Settings(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What an operator may set.

    Attributes
    ----------
    artefacts : Path
        Folder with one model a subfolder, named by its language.
    policies : Path
        Folder of policy files.
    max_body_bytes : int
        Largest body of a single comment; over it the answer is 413.
    max_batch_bytes : int
        The same for a batch.
    unsupported_language : {"flag", "error"}
        What ``/v1`` does with a language that no model reads.
    perspective_keys : tuple of str
        SHA-256 digests, in lower-case hexadecimal, of the keys that ``/v1alpha1`` takes;
        with none it takes every call.
    perspective_quota : int
        Calls of ``/v1alpha1`` a minute, a worker, for each key, or each address where there are
        no keys; 0 for no limit.
    feedback : str, optional
        SQLite file or database URL that takes the suggested scores; without it none is stored.
    coral_secrets : tuple of str
        What Coral may sign with; with none, signatures are not looked at.
    origins : tuple of str
        Of the sites whose pages may ask from a browser; ``*`` for any.
    """

    artefacts: Path = ARTEFACTS
    policies: Path = POLICY_FOLDER
    max_body_bytes: int = 1_048_576
    max_batch_bytes: int = 16_777_216
    unsupported_language: UnsupportedLanguage = "flag"
    perspective_keys: tuple[str, ...] = ()
    perspective_quota: int = 0
    feedback: str | None = None
    coral_secrets: tuple[str, ...] = ()
    origins: tuple[str, ...] = ()


def load_settings(environment: Mapping[str, str] = os.environ) -> Settings:
    """Read the settings from environment variables.

    Raises
    ------
    SettingsError
        If one is unknown or its value is of the wrong kind.
    """
    values = {
        name.removeprefix(PREFIX).lower(): value
        for name, value in environment.items()
        if name.startswith(PREFIX)
    }
    if unknown := sorted(set(values) - set(_READERS)):
        known = ", ".join(PREFIX + name.upper() for name in _READERS)
        raise SettingsError(f"{PREFIX}{unknown[0].upper()} is not a setting; these are: {known}")
    read = {}
    for name, value in values.items():
        try:
            read[name] = _READERS[name](value)
        except ValueError as error:
            raise SettingsError(f"{PREFIX}{name.upper()} must be {error}") from None
    return msgspec.convert(read, Settings)


def _read_number(value: str) -> int:
    if not _WHOLE_NUMBER.fullmatch(value):
        raise ValueError("a whole number over 0")
    return int(value)


def _read_choice(value: str) -> str:
    choices = get_args(UnsupportedLanguage)
    if value not in choices:
        raise ValueError(f"one of {', '.join(choices)}")
    return value


def _read_list(value: str) -> tuple[str, ...]:
    found = tuple(part.strip() for part in value.split(","))
    if not all(found):
        raise ValueError("one or several, with commas between")
    return found


def _read_digests(value: str) -> tuple[str, ...]:
    digests = _read_list(value.lower())
    if not all(map(_DIGEST.fullmatch, digests)):
        raise ValueError("SHA-256 digests of keys, of 64 hexadecimal digits, with commas between")
    return digests


def _read_origins(value: str) -> tuple[str, ...]:
    origins = _read_list(value)
    if origins != ("*",) and not all(map(_is_origin, origins)):
        raise ValueError(
            "origins as browsers name them (https://www.example.org: in lower case, without a path,"
            " slash or usual port), with commas between, or * alone"
        )
    return origins


def _is_origin(value: str) -> bool:
    if not (match := _ORIGIN.fullmatch(value)):
        return False
    scheme, port = match.groups(default="")
    # A browser leaves a scheme's own port out: with it, an origin would never be met.
    return (scheme, port) not in _UNNAMED and int(port or 0) <= _MAX_PORT


def _read_text(value: str) -> str:
    if not value:
        raise ValueError("the path of a file or a database URL")
    return value


_READERS: Final[Mapping[str, Callable[[str], object]]] = {
    "artefacts": Path,
    "policies": Path,
    "max_body_bytes": _read_number,
    "max_batch_bytes": _read_number,
    "unsupported_language": _read_choice,
    "perspective_keys": _read_digests,
    "perspective_quota": _read_number,
    "feedback": _read_text,
    "coral_secrets": _read_list,
    "origins": _read_origins,
}
