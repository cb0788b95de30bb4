"""The shapes of requests and responses; the OpenAPI document is made from them."""

from typing import Annotated, Literal

import msgspec

from service.decision import Reason
from service.explanation import Span
from service.length import DEFAULT_LIMIT, UNIT
from service.policy import DEFAULT_POLICY, Bands, Links, Probability, Recalibration, Review
from service.reloads import Refusal

MAX_BATCH = 1000

Text = Annotated[
    str,
    msgspec.Meta(
        description="The comment. Over the policy's limit it is rejected as `too_long`, unscored.",
        examples=["Thank you for this report."],
    ),
]
Id = Annotated[str, msgspec.Meta(max_length=200, description="Echoed in the response.")]
_TAG = r"[A-Za-z]{2,3}(-[A-Za-z0-9]{1,8}){0,8}"
# Python's $ also matches before a line break at the end; JSON Schema's does not.
_END = r"$(?!\n)"
_TAG_DESCRIPTION = "BCP-47 tag of the comment's language; skips detection."
LanguageTag = Annotated[
    str,
    msgspec.Meta(pattern=f"^{_TAG}{_END}", description=_TAG_DESCRIPTION, examples=["en"]),
]
PolicyName = Annotated[str, msgspec.Meta(description="Name of a loaded policy.")]
Explain = Annotated[bool, msgspec.Meta(description="Adds `spans` to the response.")]


class ModerateRequest(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """One comment to moderate."""

    comment: Text
    id: Id | None = None
    language: LanguageTag | None = None
    policy: PolicyName = DEFAULT_POLICY
    explain: Explain = False


class ModerateForm(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """One comment to moderate, as a form sends it: an optional field may be empty."""

    comment: Text
    id: Id = ""
    language: Annotated[
        str, msgspec.Meta(pattern=f"^({_TAG})?{_END}", description=_TAG_DESCRIPTION)
    ] = ""
    policy: PolicyName = ""
    explain: Literal["", "true", "True", "on", "1", "false", "False", "off", "0"] = ""


class BatchRequest(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Up to 1,000 comments to moderate."""

    comments: Annotated[list[ModerateRequest], msgspec.Meta(max_length=MAX_BATCH)]


class Length(msgspec.Struct, frozen=True):
    """Length of a comment as the browser counts it."""

    value: Annotated[int, msgspec.Meta(ge=0)]
    limit: Annotated[int, msgspec.Meta(ge=1)] = DEFAULT_LIMIT
    unit: Literal["utf-16"] = UNIT


class ModerateResponse(msgspec.Struct, frozen=True):
    """What was decided, and everything it rests on."""

    id: str | None
    decision: Literal["accept", "flag", "reject"]
    reasons: list[Reason]
    scores: dict[str, Probability] | None
    length: Length
    language: str | None
    policy: str
    model: str | None
    spans: list[Span] | msgspec.UnsetType = msgspec.UNSET


class BatchResponse(msgspec.Struct, frozen=True):
    """The responses to a batch, in its order."""

    results: list[ModerateResponse]


class PolicyResponse(msgspec.Struct, frozen=True):
    """What a policy does, for whoever builds a form or a moderator's view.

    Terms of its lists are counted, not told: the address is for everybody.
    """

    policy: str
    version: Annotated[
        str, msgspec.Meta(description="Changes with anything the policy says, lists included.")
    ]
    policies: list[str]
    max_length: int
    unit: Literal["utf-16"]
    attributes: list[str]
    thresholds: dict[str, Bands]
    prevalence: dict[str, dict[str, Probability]]
    languages: list[str]
    links: Links | None
    terms: dict[str, Annotated[int, msgspec.Meta(ge=0)]]
    review: Review | None
    recalibration: Recalibration | None
    toxic_prevalence: Annotated[
        Probability | None,
        msgspec.Meta(description="What statements were solved for, where it is not the model's."),
    ]


class HealthResponse(msgspec.Struct, frozen=True):
    """The process works."""

    status: Literal["ok"]


class ReadyResponse(msgspec.Struct, frozen=True):
    """The models work; `reload` and `refusal` are there if the last reload was refused."""

    status: Literal["ok"]
    reload: Literal["refused"] | msgspec.UnsetType = msgspec.UNSET
    refusal: Annotated[
        Refusal | msgspec.UnsetType,
        msgspec.Meta(description="What could not be used: what was served goes on."),
    ] = msgspec.UNSET


class ModelVersion(msgspec.Struct, frozen=True):
    """A loaded model: its name, and the SHA-256 of its weights."""

    version: str
    sha256: str


class PolicyVersion(msgspec.Struct, frozen=True):
    """A loaded policy: its name, and what changes with anything that it says."""

    name: str
    version: str


class ShadowVersion(msgspec.Struct, frozen=True):
    """The candidate that judges every comment as well, and changes no answer."""

    model: ModelVersion | None
    policy: PolicyVersion | None


class VersionResponse(msgspec.Struct, frozen=True):
    """What runs here."""

    service: str
    models: dict[str, ModelVersion]
    policies: list[str]
    shadow: ShadowVersion | msgspec.UnsetType = msgspec.UNSET


class FieldError(msgspec.Struct, frozen=True):
    """What is wrong with one field of a request."""

    pointer: Annotated[str, msgspec.Meta(description="RFC 6901 JSON pointer into the request.")]
    detail: str


class Problem(msgspec.Struct, frozen=True, omit_defaults=True):
    """An error, as RFC 9457 has it; `code` is stable."""

    title: str
    status: int
    code: str
    detail: str
    type: str = "about:blank"
    errors: list[FieldError] = []
