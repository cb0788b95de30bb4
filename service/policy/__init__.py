"""What an operator wants done with comments, and the tools that make it so.

A policy is a TOML file with word lists beside it. In the order of its life::

    shape       Policy: what a file may say
    files       load_policies(folder): every error at once, with file and line
    parsing     the text of a file: building (types), checks (contradictions), lists, lines, faults
    words       which terms of its lists a text has; terms, entries, matching
    links       how many links a text has; hosts, disguises
    writing     a policy as a file, or written into one that is there (editing)

Programs alone need the rest::

    __main__    the program: check, try (trial), diff, derive, fit
    sentences   a policy in words; phrases, oddities, overlaps: what of it may not be meant so
    comments    comments on standard input; reasons: a decision in words; judges
    sample      comments with scores and labels; budget: thresholds for what moderators can carry
    decisions   a site's own decisions, with scores; recalibrating: the line; quality: how good
    statements  solved with intervals, as reviews are; solving: all together; fit_tables, plots

``service.rules`` looks for words and links while a comment is scored, ``service.decision`` decides.
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
