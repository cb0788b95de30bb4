"""A policy: what an operator wants done at which score.

A policy file is TOML. Each threshold may stand beside the statement it was
derived from, and what was measured there::

    name = "default"
    max_length = 1500

    [toxicity]
    flag = { statement = "recall >= 0.8", threshold = 0.31, precision = 0.52, recall = 0.8 }
    reject = { statement = "precision >= 0.95", threshold = 0.93, precision = 0.95, recall = 0.4 }

An attribute without a table, or a table without ``flag`` or ``reject``, never
flags or rejects.
"""

import functools
import hashlib
import math
import re
import tomllib
from collections.abc import Iterable
from pathlib import Path
from typing import Annotated, Final

import msgspec

from model import ATTRIBUTES
from service.length import DEFAULT_LIMIT

DEFAULT_POLICY: Final = "default"
POLICY_FOLDER: Final = Path(__file__).with_name("policies")

Probability = Annotated[float, msgspec.Meta(ge=0, le=1)]


class PolicyError(Exception):
    """A policy file that cannot be used; the message names file and line."""


class OperatingPoint(msgspec.Struct, frozen=True, forbid_unknown_fields=True, omit_defaults=True):
    """A threshold, with the statement it was derived from and what was measured.

    Attributes
    ----------
    threshold : float in [0, 1]
        A score on it is over it.
    statement : str, optional
        Such as ``precision >= 0.95``. Absent where the threshold was written by hand.
    precision, recall : float in [0, 1], optional
        On held-out data, weighted to the prevalence the model's manifest states.
    """

    threshold: Probability
    statement: str | None = None
    precision: Probability | None = None
    recall: Probability | None = None


class Bands(msgspec.Struct, frozen=True, forbid_unknown_fields=True, omit_defaults=True):
    """Where an attribute is flagged and rejected: ``[flag, reject)`` and ``[reject, 1]``."""

    flag: OperatingPoint | None = None
    reject: OperatingPoint | None = None


class Policy(
    msgspec.Struct, frozen=True, forbid_unknown_fields=True, omit_defaults=True, dict=True
):
    """What to do with a comment.

    Attributes
    ----------
    name : str
    max_length : int, at least 1
        In UTF-16 code units.
    toxicity, severe_toxicity, identity_attack, insult, profanity, threat : Bands, optional
    """

    name: Annotated[str, msgspec.Meta(pattern=r"^[a-z0-9][a-z0-9_.-]{0,63}\Z")]
    max_length: Annotated[int, msgspec.Meta(ge=1, le=1_000_000)] = DEFAULT_LIMIT
    toxicity: Bands | None = None
    severe_toxicity: Bands | None = None
    identity_attack: Bands | None = None
    insult: Bands | None = None
    profanity: Bands | None = None
    threat: Bands | None = None

    def bands(self) -> dict[str, Bands]:
        """Return the attributes the policy speaks of, in their usual order."""
        found = ((name, getattr(self, name)) for name in ATTRIBUTES)
        return {name: bands for name, bands in found if bands}

    @functools.cached_property
    def thresholds(self) -> tuple[tuple[str, float, float], ...]:
        """Each attribute with the scores from which it flags and rejects; infinity is never."""
        return tuple(
            (name, _find_threshold(bands.flag), _find_threshold(bands.reject))
            for name, bands in self.bands().items()
        )

    @property
    def version(self) -> str:
        """Twelve hex digits that change with anything the policy says."""
        return hashlib.sha256(msgspec.json.encode(self)).hexdigest()[:12]


def _find_threshold(point: OperatingPoint | None) -> float:
    return point.threshold if point else math.inf


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
