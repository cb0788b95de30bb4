"""Why a request is not admitted, whatever protocol it came by."""

from collections.abc import Callable


class RefusedError(Exception):
    """A request that is not admitted."""


class NoKeyError(RefusedError):
    """It shows no key, and needs one."""


class WrongKeyError(RefusedError):
    """It shows a key that is not configured."""


class RateExceededError(RefusedError):
    """It is over a rate.

    Parameters
    ----------
    rate : str
        Such as ``600/minute``.
    """

    def __init__(self, rate: str) -> None:
        super().__init__(rate)
        self.rate = rate


Admit = Callable[[str | None], object]
"""Takes the key that was shown, if any; counts one comment, or raises `RefusedError`."""
