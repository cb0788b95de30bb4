"""Keys: who may ask, for which policies, and how often. Only their digests are known here."""

import hashlib
import hmac
import re
import secrets
from collections.abc import Sequence
from typing import Annotated, Final

from pydantic import AfterValidator, BaseModel

from service.values import Rate

_BYTES: Final = 32

_NAME: Final = re.compile("[A-Za-z0-9._-]{1,64}")
_DIGEST: Final = re.compile("[0-9a-f]{64}")


def _check_name(value: str) -> str:
    if not _NAME.fullmatch(value):
        raise ValueError("must be 1 to 64 of A-Z a-z 0-9 . _ -")
    return value


def _check_digest(value: str) -> str:
    if not _DIGEST.fullmatch(value.lower()):
        raise ValueError("must be 64 hexadecimal digits, the SHA-256 digest of a key")
    return value.lower()


class Key(BaseModel, frozen=True, extra="forbid"):
    """What is known of a key.

    Attributes
    ----------
    name : str
        Of whoever has it: in the log, and what its rate is counted for. Two keys may share one
        while the second replaces the first.
    sha256 : str
        Digest of the key. Keys are long and random, so that a plain digest tells nothing.
    policies : tuple of str, optional
        Those that may be asked for; all where there is none.
    rate : str, optional
        Comments in a time; without it there is no limit.
    """

    name: Annotated[str, AfterValidator(_check_name)]
    sha256: Annotated[str, AfterValidator(_check_digest)]
    policies: tuple[str, ...] | None = None
    rate: Rate | None = None


class Keyring:
    """Find a key among those configured.

    Parameters
    ----------
    keys : sequence of Key
    """

    def __init__(self, keys: Sequence[Key] = ()) -> None:
        self._keys = keys

    def __len__(self) -> int:
        """Return how many there are."""
        return len(self._keys)

    def find(self, sent: str) -> Key | None:
        """Return what is known of a key, in a time that tells nothing about it."""
        digest, found = digest_key(sent), None
        for key in self._keys:  # all of them, also behind the right one
            if hmac.compare_digest(digest, key.sha256):
                found = key
        return found


def digest_key(key: str) -> str:
    """Return the digest of a key as it is configured."""
    return hashlib.sha256(key.encode("utf-8", "surrogatepass")).hexdigest()


def make_key() -> str:
    """Return a new random key."""
    return secrets.token_urlsafe(_BYTES)
