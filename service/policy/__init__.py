"""What an operator wants done with comments, and the tools that make it so.

A policy is a TOML file with word lists beside it. In the order of its life::

    shape       Policy: what a file may say
    files       load_policies(folder): read, every error at once, with file and line
    words       which terms of its lists a text has
    links       which links a text has
    writing     a policy as a file, or written into one that is there
    derive      thresholds solved from statements
    __main__    the program: check, try, diff, derive, fit

``service.rules`` puts words and links before the score, ``service.decision`` decides.
"""

from service.policy.files import (
    DEFAULT_POLICY,
    POLICY_FOLDER,
    PolicyError,
    load_policies,
    load_policy,
    parse_policy,
)
from service.policy.shape import (
    Bands,
    Line,
    Links,
    OperatingPoint,
    Policy,
    Probability,
    Recalibration,
    Review,
    Words,
)

__all__ = [
    "DEFAULT_POLICY",
    "POLICY_FOLDER",
    "Bands",
    "Line",
    "Links",
    "OperatingPoint",
    "Policy",
    "PolicyError",
    "Probability",
    "Recalibration",
    "Review",
    "Words",
    "load_policies",
    "load_policy",
    "parse_policy",
]
