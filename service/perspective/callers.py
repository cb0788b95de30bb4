"""Who may call, and how often. Both are off unless the operator switches them on."""

import hashlib
import hmac
from collections.abc import Sequence
from typing import Final

from limits import RateLimitItemPerMinute
from limits.storage import MemoryStorage
from limits.strategies import SlidingWindowCounterRateLimiter

from service.perspective.errors import SERVICE, PerspectiveError, caller_error

_NO_KEY: Final = (
    "Method doesn't allow unregistered callers (callers without established identity). Please use"
    " API Key or other form of API consumer identity to call this API."
)


class Callers:
    """Check keys and quota.

    Parameters
    ----------
    digests : sequence of str
        SHA-256, in lower-case hexadecimal, of each valid key; none lets everybody call.
    quota : int
        Calls of a method a minute in this process, for each key, or address where there are no
        keys; 0 for no limit.
    """

    def __init__(self, digests: Sequence[str] = (), quota: int = 0) -> None:
        self._digests = digests
        self._limit = RateLimitItemPerMinute(quota) if quota else None
        # Its storage keeps a timer, which nothing needs where there is no limit.
        self._limiter = SlidingWindowCounterRateLimiter(MemoryStorage()) if quota else None

    def admit(self, key: str | None, address: str, metric: str) -> None:
        """Count a call, or refuse it.

        Parameters
        ----------
        key : str, optional
            As sent.
        address : str
            Of the caller.
        metric : str
            What the call counts as.

        Raises
        ------
        PerspectiveError
            400 for a wrong key, 403 for none, 429 for a call over the quota.
        """
        caller = self._check(key) if self._digests else address
        if not (self._limit and self._limiter):
            return
        if not self._limiter.hit(self._limit, metric, caller):
            limit = f"{metric} per minute"
            raise caller_error(
                429,
                "RATE_LIMIT_EXCEEDED",
                f"Quota exceeded for quota metric '{metric}' and limit '{limit}'"
                f" of service '{SERVICE}'.",
                quota_metric=metric,
                quota_limit=limit,
                quota_limit_value=str(self._limit.amount),
            )

    def _check(self, key: str | None) -> str:
        """Return the digest of a valid key."""
        if not key:
            raise PerspectiveError(403, _NO_KEY)
        sent = hashlib.sha256(key.encode("utf-8", "surrogatepass")).hexdigest()
        # All are compared, so that the time tells nothing.
        if not sum(hmac.compare_digest(sent, digest) for digest in self._digests):
            message = "API key not valid. Please pass a valid API key."
            raise caller_error(400, "API_KEY_INVALID", message)
        return sent
