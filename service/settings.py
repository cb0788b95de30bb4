"""Settings, from environment variables with the prefix ``MODERATION_`` and nowhere else.

``python -m service.settings`` shows those that hold here, makes keys, and writes the table of
``docs/configuration.md``.
"""

import os
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Annotated, Any, Final, Literal

from pydantic import AliasChoices, Field, ValidationError
from pydantic_settings import (
    BaseSettings,
    EnvSettingsSource,
    PydanticBaseSettingsSource,
    SettingsConfigDict,
)

from service.keys import Key
from service.policy import POLICY_FOLDER
from service.values import JSON, Listed, Origins, Proxies, Rate, Redis

PREFIX: Final = "MODERATION_"
ARTEFACTS: Final = Path(__file__).parents[1] / "model" / "artefacts"

UnsupportedLanguage = Literal["flag", "error"]
LogFormat = Literal["auto", "json", "text"]
LogLevel = Literal["debug", "info", "warning", "error"]


class SettingsError(Exception):
    """Variables without a meaning; the message has a line for each, and names it."""


class Settings(BaseSettings):
    """What an operator may set; each field says what it does.

    Made from keywords alone, it reads no environment. A field with ``repr=False`` is a secret, or
    may hold one: it is never shown.
    """

    model_config = SettingsConfigDict(
        env_prefix=PREFIX,
        enable_decoding=False,
        extra="forbid",
        frozen=True,
        hide_input_in_errors=True,
    )

    artefacts: Path = Field(default=ARTEFACTS, description="folder with a model for each language")
    policies: Path = Field(
        default=POLICY_FOLDER, description="folder of policy files: [policies.md](policies.md)"
    )
    max_body_bytes: int = Field(
        default=1_048_576, gt=0, description="largest body of one comment; over it 413"
    )
    max_batch_bytes: int = Field(
        default=16_777_216, gt=0, description="the same for a batch, and for `/v1alpha1`"
    )
    unsupported_language: UnsupportedLanguage = Field(
        default="flag",
        description="what `/v1` does with a language that no model reads: `flag`, or `error` (422),"
        " as `/v1alpha1` always does",
    )
    keys: Annotated[tuple[Key, ...], JSON] = Field(
        default=(),
        repr=False,
        description="keys that may ask, as a JSON list of objects with `name`, `sha256`, and if you"
        ' like `policies` (a list; otherwise all) and `rate` (such as `"600/minute"`; otherwise'
        " without limit); `python -m service.settings key NAME` makes one: [below](#keys)",
    )
    origins: Origins = Field(
        default=(),
        description="origins of the sites whose pages may ask from a browser, without a key"
        " ([embed.md](embed.md)), such as `https://www.example.org`, with commas between; `*` for"
        " any",
    )
    origin_rate: Rate | None = Field(
        default=None, description="comments from the pages of each origin, such as `600/minute`"
    )
    address_rate: Rate | None = Field(
        default=None,
        description="comments from each address (of IPv6, each /64) that shows no key; where there"
        " are keys, the default is `60/minute`",
    )
    redis: Redis | None = Field(
        default=None,
        repr=False,
        description="Redis that counts for all workers (`redis://`, `rediss://`, `redis+unix://`);"
        " without it each worker process counts for itself",
    )
    proxies: Proxies = Field(
        default=(),
        description="addresses and ranges of your proxies, with commas between, and `unix` for one"
        " that comes over a Unix socket: `X-Forwarded-For` is believed from these alone",
    )
    feedback: str | None = Field(
        default=None,
        min_length=1,
        repr=False,
        description="SQLite file or database URL that takes suggested scores; without it none is"
        " stored: [feedback.md](feedback.md)",
    )
    coral_secrets: Listed = Field(
        default=(),
        repr=False,
        description="signing secrets of [Coral](coral.md), with commas between; without one,"
        " signatures are not checked",
    )
    metrics: bool = Field(default=True, description="whether `/metrics` is there")
    log_format: LogFormat = Field(
        default="auto", description="`json`, `text`, or `auto`: text on a terminal, JSON elsewhere"
    )
    log_level: LogLevel = Field(
        default="info",
        description="least level of the lines in the log: `debug`, `info`, `warning` or `error`;"
        " none shows a comment",
    )
    max_waiting: int = Field(
        default=8, gt=0, description="requests that may wait in a worker; one more is answered 503"
    )
    shadow_model: Path | None = Field(
        default=None,
        validation_alias=AliasChoices("moderation_shadow_model", "shadow_model"),
        description="artefact of a model that is tried beside the one that answers; also"
        " `SHADOW_MODEL`",
    )
    shadow_policy: Path | None = Field(
        default=None,
        validation_alias=AliasChoices("moderation_shadow_policy", "shadow_policy"),
        description="policy file that is tried beside the one that decides; also `SHADOW_POLICY`",
    )
    shadow_log_share: float = Field(
        default=0.0,
        ge=0,
        le=1,
        description="share of comments (0 to 1) whose two decisions are logged, without text",
    )

    @classmethod
    def settings_customise_sources(
        cls,
        settings_cls: type[BaseSettings],  # noqa: ARG003 - theirs
        init_settings: PydanticBaseSettingsSource,
        env_settings: PydanticBaseSettingsSource,  # noqa: ARG003 - theirs
        dotenv_settings: PydanticBaseSettingsSource,  # noqa: ARG003 - theirs
        file_secret_settings: PydanticBaseSettingsSource,  # noqa: ARG003 - theirs
    ) -> tuple[PydanticBaseSettingsSource, ...]:
        """Take keywords alone: `load_settings` reads the environment, and nothing else does."""
        return (init_settings,)


def load_settings(environment: Mapping[str, str] = os.environ) -> Settings:
    """Read the settings from environment variables.

    Raises
    ------
    SettingsError
        If any is unknown, or its value is of the wrong kind. All are named, no value is.
    """
    source = EnvSettingsSource(Settings)
    source.env_vars = {name.lower(): value for name, value in environment.items() if value}
    known = {variable.lower() for variable in map(name_variable, Settings.model_fields)}
    faults = [
        f"{name}: there is no such setting (python -m service.settings shows all)"
        for name in sorted(environment)
        if name.upper().startswith(PREFIX) and name.lower() not in known
    ]
    faults += [
        f"{name}: is empty; leave it out for the default"
        for name in sorted(environment)
        if name.lower() in known and not environment[name]
    ]
    try:
        settings = Settings(**source())
    except ValidationError as error:
        faults += [_describe(dict(fault)) for fault in error.errors(include_input=False)]
    if faults:
        raise SettingsError("\n".join(faults))
    return settings


def name_variable(field: str) -> str:
    """Return the name of the variable of a setting."""
    return f"{PREFIX}{field}".upper()


def _describe(fault: Mapping[str, Any]) -> str:
    """Return the line for a fault: the variable, the place in it, and what is wrong."""
    field, *places = fault["loc"]
    if fault["type"] == "extra_forbidden":
        places = places[:-1]  # it may be anything, a key as well
    place = "".join(f"[{each}]" for each in places)
    message = fault.get("ctx", {}).get("error") or fault["msg"]
    return f"{name_variable(str(field).removeprefix(PREFIX.lower()))}{place}: {message}"


if __name__ == "__main__":
    from service.configuring import main

    sys.exit(main())
