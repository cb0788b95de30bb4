"""What was decided on a comment, and why, in words. The comment is not repeated."""

from service.decision import Reason
from service.moderation import Outcome
from service.policy.comments import Given
from service.policy.phrases import count, name_attribute, quote


def name_comment(given: Given) -> str:
    """Return the number of a comment's line and its id, if it has one."""
    return f"{given.line} {quote(given.comment.id)}" if given.comment.id else str(given.line)


def describe_outcome(outcome: Outcome) -> str:
    """Return the decision, then every rule that fired, such as ``reject: no text``."""
    label = outcome.decision.action.label
    why = describe_reasons(outcome)
    return f"{label}: {why}" if why else label


def describe_reasons(outcome: Outcome) -> str:
    """Return every rule that fired; what asks for less than the decision has that beside it."""
    label = outcome.decision.action.label
    return "; ".join(
        _describe(reason, outcome) + ("" if reason.action == label else f" ({reason.action})")
        for reason in outcome.decision.reasons
    )


def _describe(reason: Reason, outcome: Outcome) -> str:
    match reason.code:
        case "toxic":
            name = name_attribute(reason.attribute or "")
            return f"{name} {reason.score} reaches {reason.threshold}"
        case "banned_term" | "suspect_term":
            listed = reason.code.removesuffix("_term")
            return f"{listed} term {quote(reason.term or '')} at {reason.begin}–{reason.end}"  # noqa: RUF001 - a range
        case "too_many_links":
            return f"{count(reason.count or 0, 'link')}, {reason.limit:,} at most"
        case "too_long":
            return f"{count(outcome.length, 'character')}, {outcome.policy.max_length:,} at most"
        case "empty":
            return "no text"
        case "unsupported_language":
            return f"language {outcome.language} is not judged"
