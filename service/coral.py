"""What Coral sends to an external moderation phase, and what it is answered.

Coral publishes a comment if a phase fails, and ends its own checks at the
first phase that names a status.
"""

import hmac
import re
from collections.abc import Sequence
from html import unescape
from typing import Annotated, Final, Literal

import msgspec

from service.decision import Action
from service.moderation import Outcome


class CoralComment(msgspec.Struct, frozen=True):
    """The comment, of which nothing but its text is read."""

    body: Annotated[
        str | None,
        msgspec.Meta(
            description="HTML. Without text, as for a rating or a picture, there is no opinion.",
            examples=["<div>Thank you for this report.</div>"],
        ),
    ] = None


class CoralRequest(msgspec.Struct, frozen=True):
    """A comment as Coral sends it. All other fields are ignored."""

    comment: CoralComment


class CoralAction(msgspec.Struct, frozen=True, rename="camel"):
    """What moderators see beside the comment."""

    action_type: Literal["FLAG"] = "FLAG"
    reason: Literal["COMMENT_DETECTED_TOXIC"] = "COMMENT_DETECTED_TOXIC"


class CoralResponse(msgspec.Struct, frozen=True):
    """What Coral is to do with the comment: let a moderator look, or reject it."""

    status: Literal["SYSTEM_WITHHELD", "REJECTED"]
    actions: list[CoralAction]


WITHHELD: Final = CoralResponse("SYSTEM_WITHHELD", [])
"""The answer if the service failed: a person has to look."""

_BLOCKS: Final = re.compile(
    "address|article|aside|blockquote|d[dlt]|details|div|fig(ure|caption)|footer|form|h[1-6r]|header"
    "|li|main|nav|ol|p|pre|section|summary|t(able|[dhr])|ul"
)
_REST: Final = r"""(?: = \s*+ (?: "[^"]*+ (?:"|\Z) | '[^']*+ (?:'|\Z) ) | [^>] )*+ (?:>|\Z)"""
# Not html.parser: it takes hours for 1 MiB of "<a " and raises errors of its own
# on "<![" (Python 3.11). Here no alternative that has begun fails at the end of the
# body, so nothing is read twice: as in HTML, what is never closed goes on to the end.
_MARKUP: Final = re.compile(
    rf"""
    <!--  (?: -?> | .*? (?: --!?> | \Z ) )
    | <(script|style) (?=[\s/>]) {_REST} .*? (?: </\1 (?=[\s/>]) {_REST} | \Z )
    | </?(?P<tag>[a-z][^\s/>]*+) {_REST}
    | <[!?/] [^>]*+ (?:>|\Z)
    """,
    re.VERBOSE | re.DOTALL | re.IGNORECASE | re.ASCII,
)
# int() refuses thousands of digits; eight without a zero before them are no character.
_DIGITS: Final = re.compile("&#0*([0-9]{1,8})[0-9]*")


def is_signed(body: bytes, header: str, secrets: Sequence[str]) -> bool:
    """Return whether one of the signatures in `header` is by one of `secrets`.

    Parameters
    ----------
    body : bytes
        As received: another spelling of the same JSON has another signature.
    header : str
        ``sha256=<hex>``, or several with commas between them, as Coral sends
        while it changes from one secret to the next.
    secrets : sequence of str
    """
    sent = [signature.strip().encode(errors="replace") for signature in header.split(",")]
    # Signed once a secret, however many signatures were sent.
    own = [hmac.new(secret.encode(), body, "sha256").hexdigest() for secret in secrets]
    # Each is compared, so that the time it takes does not tell which one matched.
    matches = [
        hmac.compare_digest(signature, f"sha256={digest}".encode())
        for digest in own
        for signature in sent
    ]
    return any(matches)


def read_html(html: str) -> str:
    """Return the text that a reader sees, in time linear in the length of `html`.

    Blocks and ``<br>`` become lines; comments, scripts, styles and the tags
    themselves go.
    """
    blocks: list[list[str]] = [[]]
    end = 0
    for markup in _MARKUP.finditer(html):
        blocks[-1].append(_resolve(html[end : markup.start()]))
        end = markup.end()
        tag = (markup["tag"] or "").lower()
        if _BLOCKS.fullmatch(tag):
            blocks.append([])
        elif tag == "br":
            blocks[-1].append("\n")
    blocks[-1].append(_resolve(html[end:]))
    # A break at the end of a block adds no line, but makes one of an empty block.
    return "\n".join(text.removesuffix("\n") for text in map("".join, blocks) if text)


def answer_outcome(outcome: Outcome) -> CoralResponse | None:
    """Return the answer to an outcome, or nothing for a comment to which there is no objection.

    Nothing rather than ``NONE``: that is a status too, and Coral would skip what
    it checks after this phase, pre-moderation among it.
    """
    action = outcome.decision.action
    if action is Action.ACCEPT or not outcome.comment.text.strip():
        return None
    toxic = any(reason.code == "toxic" for reason in outcome.decision.reasons)
    return CoralResponse(
        status="REJECTED" if action is Action.REJECT else "SYSTEM_WITHHELD",
        actions=[CoralAction()] if toxic else [],
    )


def _resolve(text: str) -> str:
    return unescape(_DIGITS.sub(r"&#\1", text))
