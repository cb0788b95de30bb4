"""What a policy may say.

A policy file is TOML. Each threshold may stand beside the statement it was
derived from, and what was measured there::

    name = "default"
    max_length = 1500

    [toxicity]
    flag = { statement = "recall >= 0.8", threshold = 0.31, precision = 0.52, recall = 0.8 }
    reject = { statement = "precision >= 0.95", threshold = 0.93, precision = 0.95, recall = 0.4 }

    [words]
    banned = "banned.txt"
    allowed = ["Scunthorpe", "Shital"]

    [links]
    limit = 2

An attribute without a table, or a table without ``flag`` or ``reject``, never
flags or rejects.
"""

import functools
import hashlib
import math
from typing import Annotated, Final, Literal

import msgspec

from model import ATTRIBUTES
from service.length import DEFAULT_LIMIT

Probability = Annotated[float, msgspec.Meta(ge=0, le=1)]
Interval = tuple[Probability, Probability]
Finite = Annotated[float, msgspec.Meta(ge=-1e6, le=1e6)]
Count = Annotated[int, msgspec.Meta(ge=1, le=1_000_000_000)]

LANGUAGE: Final = r"^[a-z]{2,3}$(?!\n)"


class OperatingPoint(msgspec.Struct, frozen=True, forbid_unknown_fields=True, omit_defaults=True):
    """A threshold, with the statement it was derived from and what was measured.

    Attributes
    ----------
    threshold : float in [0, 1]
        A score on it is over it.
    statement : str, optional
        Such as ``precision >= 0.95``. Absent where the threshold was written by hand.
    precision, recall : float in [0, 1], optional
        On held-out data at the policy's prevalence, or on a site's own decisions.
    precision_interval, recall_interval : pair of float in [0, 1], optional
        The 95 % confidence interval of each, where it was measured on a site's own decisions.
    """

    threshold: Probability
    statement: str | None = None
    precision: Probability | None = None
    recall: Probability | None = None
    precision_interval: Interval | None = None
    recall_interval: Interval | None = None


class Bands(msgspec.Struct, frozen=True, forbid_unknown_fields=True, omit_defaults=True):
    """Where an attribute is flagged and rejected: ``[flag, reject)`` and ``[reject, 1]``."""

    flag: OperatingPoint | None = None
    reject: OperatingPoint | None = None


class Review(msgspec.Struct, frozen=True, forbid_unknown_fields=True, omit_defaults=True):
    """What the moderators of a site can carry, and which comments they are to see.

    The thresholds of toxicity are solved for it, beside those of the other attributes.

    Attributes
    ----------
    statement : str
        Such as ``flag_share <= 0.05``: of all comments, so many are flagged at most.
    show : {"uncertain", "most_toxic"}
        Those closest to where accepting and rejecting are as likely to be right; `toxicity`
        gets both thresholds. Or the most toxic of those that are not rejected; it gets its
        flag threshold, and keeps the reject threshold it has, if any.
    flag_share : float in [0, 1], optional
        As measured with the thresholds solved.
    flag_share_interval : pair of float in [0, 1], optional
        Where it was measured on a site's own decisions.
    accuracy : float in [0, 1], optional
        Share of all comments that are decided on rightly if the moderators are always right.
    """

    statement: str
    show: Literal["uncertain", "most_toxic"]
    flag_share: Probability | None = None
    flag_share_interval: Interval | None = None
    accuracy: Probability | None = None


class Links(msgspec.Struct, frozen=True, forbid_unknown_fields=True, omit_defaults=True):
    """How many links a comment may have.

    Attributes
    ----------
    limit : int, at least 0
        With more, `action` is taken.
    action : {"flag", "reject"}
    own : tuple of str
        Hosts of the site: links to them, and to hosts below them, do not count.
    """

    limit: Annotated[int, msgspec.Meta(ge=0, le=1_000_000)]
    action: Literal["flag", "reject"] = "flag"
    own: tuple[str, ...] = ()


class Words(msgspec.Struct, frozen=True, forbid_unknown_fields=True, omit_defaults=True):
    """Terms, as they were written: words, phrases, and with ``*`` at the end stems.

    In a file each is an array of terms, or the name of a file beside it with a term a line.

    Attributes
    ----------
    banned, suspect : tuple of str
        A comment with one of them is rejected, or flagged.
    allowed : tuple of str
        Shields from the other two lists, and from the model: it is read as a name like any other.
    """

    banned: tuple[str, ...] = ()
    suspect: tuple[str, ...] = ()
    allowed: tuple[str, ...] = ()


class Line(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Moves a score: the log-odds become ``slope * log-odds + intercept`` (Platt, 1999)."""

    slope: Annotated[float, msgspec.Meta(ge=0, le=1e6)]
    intercept: Finite


class Recalibration(msgspec.Struct, frozen=True, forbid_unknown_fields=True, omit_defaults=True):
    """What makes the scores of a model those of a site's own decisions.

    Attributes
    ----------
    model : str
        The version whose scores are moved, such as ``en-1.1.0``; others are left.
    decisions, rejected : int
        How many decisions of the site it rests on, and how many of them rejected.
    prevalence : float in [0, 1]
        Share of comments that the site rejects.
    toxicity, severe_toxicity, identity_attack, insult, profanity, threat : Line, optional
    """

    model: str
    decisions: Count
    rejected: Count
    prevalence: Probability
    toxicity: Line | None = None
    severe_toxicity: Line | None = None
    identity_attack: Line | None = None
    insult: Line | None = None
    profanity: Line | None = None
    threat: Line | None = None

    def lines(self) -> dict[str, Line]:
        """Return the line of each attribute that has one."""
        found = ((name, getattr(self, name)) for name in ATTRIBUTES)
        return {name: line for name, line in found if line}


class Policy(
    msgspec.Struct, frozen=True, forbid_unknown_fields=True, omit_defaults=True, dict=True
):
    """What to do with a comment.

    Attributes
    ----------
    name : str
    max_length : int, at least 1
        In UTF-16 code units.
    languages : tuple of str, optional
        Codes of the languages that are judged; without it, all that a model reads.
    prevalence : float in (0, 1), optional
        Share of toxic comments that statements are solved for; without it, the model's.
    links : Links, optional
    words : Words, optional
    review : Review, optional
    recalibration : Recalibration, optional
    toxicity, severe_toxicity, identity_attack, insult, profanity, threat : Bands, optional
    """

    name: Annotated[str, msgspec.Meta(pattern=r"^[a-z0-9][a-z0-9_.-]{0,63}\Z")]
    max_length: Annotated[int, msgspec.Meta(ge=1, le=1_000_000)] = DEFAULT_LIMIT
    languages: tuple[Annotated[str, msgspec.Meta(pattern=LANGUAGE)], ...] | None = None
    prevalence: Annotated[float, msgspec.Meta(gt=0, lt=1)] | None = None
    links: Links | None = None
    words: Words | None = None
    review: Review | None = None
    recalibration: Recalibration | None = None
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

    @functools.cached_property
    def version(self) -> str:
        """Twelve hex digits that change with anything the policy says, its word lists included."""
        return hashlib.sha256(msgspec.json.encode(self)).hexdigest()[:12]


def _find_threshold(point: OperatingPoint | None) -> float:
    return point.threshold if point else math.inf
