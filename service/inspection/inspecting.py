"""From what was decided on a comment to everything that a moderator may look at."""

import math
from collections.abc import Sequence
from typing import Final, NamedTuple

import msgspec
import numpy as np

from model.scorer import TextScorer
from service.decision import ActionLabel, Reason
from service.explanation import weigh_words
from service.inspection.colours import SHOWN, Coloured, Piece, colour, cut_pieces, join_words
from service.inspection.reading import Token, read_tokens
from service.inspection.visible import Part, VisibleText
from service.length import replace_lone_surrogates, utf16_offsets
from service.moderation import Moderator, Outcome
from service.policy import DEFAULT_POLICY, Bands, OperatingPoint

_HEALED: Final = "surrogatepass"


class AttributeView(NamedTuple):
    """The score of an attribute, and what it rests on.

    Attributes
    ----------
    name : str
    score : float in [0, 1]
    flag, reject : OperatingPoint, optional
        Of the policy.
    action : {"accept", "flag", "reject"}
        What the score asks for.
    coloured : Coloured
    """

    name: str
    score: float
    flag: OperatingPoint | None
    reject: OperatingPoint | None
    action: ActionLabel
    coloured: Coloured


class Inspection(NamedTuple):
    """Everything that is shown of a comment.

    Attributes
    ----------
    outcome : Outcome
    excerpts : list of list of Part
        What each reason found in the text, if it is a term.
    text : list of Piece
        As sent; what each reason found has level 1.
    is_cut : bool
        Whether the text is longer than what is shown of it.
    attributes : list of AttributeView
        Empty where it was not scored.
    leading : str, optional
        The attribute that decided, or that came nearest to.
    tokens : list of Token
        The text as the model reads it; empty where it does not.
    others : list of Outcome
        Under each policy that is loaded, by name, the default first.
    """

    outcome: Outcome
    excerpts: list[list[Part]]
    text: list[Piece]
    is_cut: bool
    attributes: list[AttributeView]
    leading: str | None
    tokens: list[Token]
    others: list[Outcome]


def inspect_outcome(moderator: Moderator, outcome: Outcome) -> Inspection:
    """Return everything that is shown of a comment on which `moderator` decided."""
    # Two lone surrogates may make a pair; what then is alone is shown as what it is.
    text = outcome.comment.text.encode("utf-16", _HEALED).decode("utf-16", _HEALED)
    sent = VisibleText(text)
    scorer = next((one for one in moderator.scorers.values() if one.version == outcome.model), None)
    attributes, tokens = _look_inside(moderator, outcome, sent, scorer) if scorer else ([], [])
    terms = _find_terms(text, outcome.decision.reasons)
    names = sorted(moderator.policies, key=lambda name: (name != DEFAULT_POLICY, name))
    return Inspection(
        outcome,
        [sent.excerpt(begin, end) for begin, end in terms],
        cut_pieces(sent, [(begin, end, 1) for begin, end in sorted(terms)]),
        len(text) > SHOWN,
        attributes,
        _find_leading(outcome, attributes),
        tokens,
        moderator.moderate([msgspec.structs.replace(outcome.comment, policy=n) for n in names]),
    )


def _look_inside(
    moderator: Moderator, outcome: Outcome, sent: VisibleText, scorer: TextScorer
) -> tuple[list[AttributeView], list[Token]]:
    """Return the attributes of a comment that was scored, and the text as it was read."""
    text = replace_lone_surrogates(outcome.comment.text)
    if rules := moderator.rules.get(outcome.policy.name):
        text = rules.find([text])[0].text
    words = join_words(weigh_words(text, scorer))
    attributes = [
        _view(outcome, name, colour(sent, words, column))
        for column, name in enumerate(scorer.attributes)
    ]
    return attributes, read_tokens(text[:SHOWN], sent, scorer.normaliser)


def _view(outcome: Outcome, name: str, coloured: Coloured) -> AttributeView:
    bands = outcome.policy.bands().get(name, Bands())
    fired = {reason.attribute: reason.action for reason in outcome.decision.reasons}
    score = (outcome.scores or {})[name]
    return AttributeView(name, score, bands.flag, bands.reject, fired.get(name, "accept"), coloured)


def _find_leading(outcome: Outcome, attributes: list[AttributeView]) -> str | None:
    """Return the attribute that decided, or whose score is highest beside its threshold."""
    for reason in outcome.decision.reasons:
        if reason.attribute:
            return reason.attribute
    return max(attributes, key=_compare).name if attributes else None


def _compare(view: AttributeView) -> tuple[float, float]:
    point = view.flag or view.reject
    threshold = point.threshold if point else math.inf
    # A threshold of 0 has fired.
    return view.score / threshold, view.score


def _find_terms(text: str, reasons: Sequence[Reason]) -> list[list[int]]:
    """Return where each reason has its term, as begin and end; without one, both are 0."""
    units = utf16_offsets(text)
    return [
        np.searchsorted(units, [reason.begin or 0, reason.end or 0]).tolist() for reason in reasons
    ]
