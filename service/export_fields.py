"""What exports of every kind have in a row: a comment, and what was decided on it."""

from collections.abc import Mapping, Sequence
from typing import Final

import msgspec

from service.exports import ExportError
from service.rescore.errors import BadRowError

TEXT_COLUMNS: Final = ("text", "comment", "comment_text", "body", "comment.text")
"""Where the text is looked for; the last is Perspective's request, if that was kept."""

DECISION_COLUMNS: Final = ("decision", "status", "moderation", "action")
"""Where the decision is looked for by whoever cannot do without."""

ACCEPTED: Final = frozenset(
    {"accept", "accepted", "approve", "approved", "published", "ok", "0", "0.0", "false", "none"}
)
REJECTED: Final = frozenset(
    {"reject", "rejected", "remove", "removed", "delete", "deleted", "spam", "1", "1.0", "true"}
)
UNDECIDED: Final = frozenset({"", "flag", "flagged", "pending", "premod", "system_withheld"})
"""Decisions that nobody has made yet, Coral's among them."""

NO_TEXT: Final = "no text"
NO_DECISION: Final = "a decision that is not known: --rejected says which values reject"


class Columns(msgspec.Struct, frozen=True):
    """Where to look in a row; names in any case.

    Attributes
    ----------
    text : str, optional
        Otherwise the first of `TEXT_COLUMNS` that holds text.
    decision : str, optional
    rejected : frozenset of str, optional
        The decisions that reject; any other but those of `UNDECIDED` then accepts.
    """

    text: str | None = None
    decision: str | None = None
    rejected: frozenset[str] | None = None

    @property
    def text_names(self) -> Sequence[str]:
        """Where the text may stand, in lower case."""
        return [self.text.casefold()] if self.text else TEXT_COLUMNS

    @property
    def decision_names(self) -> Sequence[str]:
        """Where the decision may stand, in lower case."""
        return [self.decision.casefold()] if self.decision else DECISION_COLUMNS

    def check_text(self, header: Sequence[str]) -> None:
        """Refuse a table without a column of texts.

        Raises
        ------
        ExportError
        """
        if not set(self.text_names) & set(header):
            names = " or ".join(self.text_names)
            raise ExportError(f"no column is called {names}; --text-column names it")

    def check_decision(self, header: Sequence[str]) -> None:
        """Refuse a table without a column of decisions.

        Raises
        ------
        ExportError
        """
        if not set(self.decision_names) & set(header):
            names = self.decision or " or ".join(self.decision_names)
            raise ExportError(f"no column is called {names}; --decision-column names it")


def parse_words(words: Sequence[str] | None) -> frozenset[str] | None:
    """Return the values of ``--rejected`` as they are compared."""
    return None if words is None else frozenset(word.strip().casefold() for word in words)


def parse_text(fields: Mapping[str, object], names: Sequence[str]) -> str:
    """Return the first of some columns that holds text, be it blank.

    Raises
    ------
    BadRowError
        If none does.
    """
    for name in names:
        text = fields.get(name)
        if isinstance(text, str):
            return text
    raise BadRowError(NO_TEXT)


def parse_decision(value: object, rejected: frozenset[str] | None) -> bool | None:
    """Return whether a decision rejects, None if there is none yet.

    Raises
    ------
    BadRowError
        If it is not known.
    """
    if value is not None and not isinstance(value, str | int | float):
        raise BadRowError(NO_DECISION)
    word = "" if value is None else str(value).strip().casefold()
    if rejected is not None:
        return word in rejected or (None if word in UNDECIDED else False)
    if word in UNDECIDED:
        return None
    if word not in ACCEPTED | REJECTED:
        raise BadRowError(NO_DECISION)
    return word in REJECTED
