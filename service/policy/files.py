"""Read policy files; whatever is wrong is named with its file and line."""

import re
import tomllib
from collections.abc import Iterable
from pathlib import Path
from typing import Final

import msgspec

from service.policy.shape import Bands, Policy

DEFAULT_POLICY: Final = "default"
POLICY_FOLDER: Final = Path(__file__).parents[1] / "policies"


class PolicyError(Exception):
    """A policy file that cannot be used; the message names file and line."""


def load_policies(folder: Path) -> dict[str, Policy]:
    """Load every ``*.toml`` of a folder, by name.

    Raises
    ------
    PolicyError
        If one cannot be used, two have one name, or none is called `DEFAULT_POLICY`.
    """
    policies: dict[str, Policy] = {}
    for path in sorted(folder.glob("*.toml")):
        policy = load_policy(path)
        if policy.name in policies:
            raise PolicyError(f"{path}: another file has a policy of the name {policy.name!r}")
        policies[policy.name] = policy
    if DEFAULT_POLICY not in policies:
        raise PolicyError(f"{folder}: no policy file has the name {DEFAULT_POLICY!r}")
    return policies


def load_policy(path: Path) -> Policy:
    """Load one policy file.

    Raises
    ------
    PolicyError
        If it cannot be read, is not TOML, or says something that has no meaning.
    """
    try:
        source = path.read_text(encoding="utf-8")
    except OSError as error:
        raise PolicyError(f"{path}: cannot be read ({error.strerror})") from error
    except UnicodeDecodeError as error:
        line = error.object.count(b"\n", 0, error.start) + 1
        raise PolicyError(f"{path}: line {line}: not UTF-8") from error
    try:
        return parse_policy(source)
    except PolicyError as error:
        raise PolicyError(f"{path}: {error}") from error


def parse_policy(source: str) -> Policy:
    """Parse the text of a policy file.

    Raises
    ------
    PolicyError
        Naming the line.
    """
    try:
        policy = msgspec.convert(tomllib.loads(source), Policy)
    except msgspec.ValidationError as error:
        message, _, path = str(error).partition(" - at `$.")
        unknown = re.findall(r"unknown field `(.+)`", message)
        keys = [key for key in path.strip("`").split(".") if key] + unknown
        raise PolicyError(f"{_line(source, keys)}: {message}") from error
    except (ValueError, RecursionError) as error:
        # Not only TOMLDecodeError: a number may have too many digits, an array be too deep.
        raise PolicyError(f"not TOML: {error}") from error
    for name, bands in policy.bands().items():
        _check_bands(source, name, bands)
    return policy


def _check_bands(source: str, name: str, bands: Bands) -> None:
    if bands.flag and bands.reject and bands.flag.threshold > bands.reject.threshold:
        raise PolicyError(
            f"{_line(source, [name, 'flag'])}: {name}: the flag threshold"
            f" {bands.flag.threshold} is above the reject threshold {bands.reject.threshold}"
        )


def _line(source: str, keys: Iterable[str]) -> str:
    """Return ``line N``: where the last of `keys` to be found stands."""
    lines = source.splitlines()
    found = 0
    for key in keys:
        pattern = re.compile(
            rf"^\s*\[*\s*(?:[\w.-]+\.)?[\"']?{re.escape(key)}\b|[{{,]\s*{re.escape(key)}\s*="
        )
        found = next((i for i in range(found, len(lines)) if pattern.search(lines[i])), found)
    return f"line {found + 1}"
