"""The query parameters that every Google API takes."""

from collections.abc import Sequence
from typing import Final, NamedTuple

from service.perspective.errors import field_error

PARAMETERS: Final = {
    "$.xgafv": "Accepted, without influence.",
    "access_token": "Accepted, without influence: keys are all that is asked for here.",
    "alt": "Format of the answer: json.",
    "fields": "The parts of the answer that are wanted.",
    "key": "API key, where the operator asks for one.",
    "oauth_token": "Accepted, without influence: keys are all that is asked for here.",
    "prettyPrint": "Whether the answer is indented.",
    "quotaUser": "Accepted, without influence: a quota is a key's.",
    "uploadType": "Accepted, without influence.",
    "upload_protocol": "Accepted, without influence.",
}

_TRUE: Final = frozenset({"true", "1"})
_FALSE: Final = frozenset({"false", "0"})


class Options(NamedTuple):
    """What the query parameters say."""

    key: str | None = None
    fields: str | None = None
    pretty: bool = True


def parse_options(query: Sequence[tuple[str, str]]) -> Options:
    """Return what query parameters say.

    Raises
    ------
    PerspectiveError
        400 if one is unknown or not supported.
    """
    sent = dict(query)
    if "callback" in sent:
        raise field_error("callback", "JSONP is not supported: call without 'callback'.")
    for name in sent:
        if name not in PARAMETERS:
            raise field_error(
                name,
                f'Invalid JSON payload received. Unknown name "{name}": Cannot bind query'
                f" parameter. Field '{name}' could not be found in request message.",
            )
    if sent.get("alt", "json") != "json":
        raise field_error("alt", "Invalid value at 'alt': only 'json' is supported.")
    pretty = sent.get("prettyPrint", "true").lower()
    if pretty not in _TRUE | _FALSE:
        raise field_error("prettyPrint", "Invalid value at 'prettyPrint' (TYPE_BOOL).")
    return Options(sent.get("key"), sent.get("fields"), pretty in _TRUE)
