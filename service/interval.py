"""How far a share that was counted may be from the true one."""

import math
from typing import Final

import numpy as np
import numpy.typing as npt

Floats = npt.NDArray[np.float64]
Numbers = npt.NDArray[np.float64] | npt.NDArray[np.int64]

_Z: Final = 1.959964
"""95 % of a normal distribution lie within so many standard deviations of its mean."""
_FOUR_IN_FIVE: Final = 0.841621
"""So many above its mean are the lower four fifths of a normal distribution."""


def find_interval(count: int, total: int) -> tuple[float, float]:
    """Return the 95 % confidence interval of a share, both ends in [0, 1].

    Source
    ------
    Wilson, "Probable Inference, the Law of Succession, and Statistical Inference", 1927.
    """
    low, high = find_intervals(np.array([count]), np.array([total]))
    return float(low[0]), float(high[0])


def find_intervals(counts: Numbers, totals: Numbers) -> tuple[Floats, Floats]:
    """Return the interval of each of several shares: `find_interval` for arrays.

    Parameters
    ----------
    counts, totals : arrays of shape (n,)
        Totals are over 0.
    """
    share = counts / totals
    spread = _Z**2 / totals
    middle = (share + spread / 2) / (1 + spread)
    half = _Z / (1 + spread) * np.sqrt(share * (1 - share) / totals + spread / (4 * totals))
    return np.maximum(middle - half, 0.0), np.minimum(middle + half, 1.0)


def find_total(share: float, bound: float) -> float:
    """Return of how many a share is to be counted for its interval not to reach over a bound.

    With so many, four samples in five will do, if the true share is `share`. Of one that is on
    the bound no number is enough.

    Parameters
    ----------
    share, bound : float in [0, 1]

    Examples
    --------
    >>> round(find_total(1.0, 0.95)), round(find_total(0.9, 0.8))
    (73, 108)
    """
    if share == bound:
        return math.inf
    width = _Z * math.sqrt(bound * (1 - bound)) + _FOUR_IN_FIVE * math.sqrt(share * (1 - share))
    return (width / (share - bound)) ** 2
