"""A suggestion; whoever makes one needs no database."""

from datetime import datetime

import msgspec

from service.length import REPLACEMENT, replace_lone_surrogates


class FeedbackError(Exception):
    """Why suggestions cannot be stored or read: one sentence, without text or password."""


class Suggestion(msgspec.Struct, frozen=True, kw_only=True):
    """What a caller says a text should have scored.

    Attributes
    ----------
    text : str
    scores : dict of str to float
        Summary scores in [0, 1] by the attribute's name as sent, such as ``TOXICITY``.
    spans : dict of str to list of (begin, end, value), optional
        Scores of pieces of the text, in UTF-16 code units, `end` exclusive.
    languages : list of str
        As sent, else as detected.
    community_id, client_token : str, optional
    model : str, optional
        Version of the model that served.
    created : datetime
        When it came, with a time zone.
    """

    text: str
    scores: dict[str, float]
    spans: dict[str, list[tuple[int, int, float]]] | None = None
    languages: list[str]
    community_id: str | None = None
    client_token: str | None = None
    model: str | None = None
    created: datetime

    def __repr__(self) -> str:
        """Return no part of the text: what is printed may be logged."""
        return f"<{type(self).__name__} of {self.created}>"


def clean(text: str) -> str:
    """Return `text` as every database takes it, of the same length in UTF-16 code units.

    UTF-8 has no lone surrogates and PostgreSQL no NUL: each becomes U+FFFD.
    """
    return replace_lone_surrogates(text).replace("\0", REPLACEMENT)
