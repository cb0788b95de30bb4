"""How far a share that was counted may be from the true one."""

import math
from typing import Final

_Z: Final = 1.959964
"""95 % of a normal distribution lie within so many standard deviations of its mean."""


def find_interval(count: int, total: int) -> tuple[float, float]:
    """Return the 95 % confidence interval of a share, both ends in [0, 1].

    Source
    ------
    Wilson, "Probable Inference, the Law of Succession, and Statistical Inference", 1927.
    """
    share = count / total
    spread = _Z**2 / total
    middle = (share + spread / 2) / (1 + spread)
    half = _Z / (1 + spread) * math.sqrt(share * (1 - share) / total + spread / (4 * total))
    return max(middle - half, 0.0), min(middle + half, 1.0)
