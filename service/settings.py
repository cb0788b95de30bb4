"""Settings, from environment variables with the prefix ``MODERATION_``."""

import os
import re
from collections.abc import Mapping
from pathlib import Path
from typing import Final

import msgspec

from service.policy import POLICY_FOLDER

PREFIX = "MODERATION_"
ARTEFACTS = Path(__file__).parents[1] / "model" / "artefacts"

_WHOLE_NUMBER: Final = re.compile("[1-9][0-9]{0,17}")


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
    """

    artefacts: Path = ARTEFACTS
    policies: Path = POLICY_FOLDER
    max_body_bytes: int = 1_048_576
    max_batch_bytes: int = 16_777_216


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
    names = Settings.__struct_fields__
    if unknown := sorted(set(values) - set(names)):
        known = ", ".join(PREFIX + name.upper() for name in names)
        raise SettingsError(f"{PREFIX}{unknown[0].upper()} is not a setting; these are: {known}")
    for name, value in values.items():
        if name.startswith("max_") and not _WHOLE_NUMBER.fullmatch(value):
            raise SettingsError(f"{PREFIX}{name.upper()} must be a whole number over 0")
    return msgspec.convert(values, Settings, strict=False, dec_hook=lambda kind, value: kind(value))
