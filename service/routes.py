"""The addresses of the API. Each says what it takes and calls what does the work."""

import msgspec
from flask import Blueprint, Response, request

from model import ATTRIBUTES
from model.artefact import ArtefactError, verify_golden_texts
from model.scorer import TextScorer
from service import __version__
from service.access import charge, check_policies
from service.decision import UNSUPPORTED_LANGUAGE
from service.length import UNIT
from service.moderation import Comment, Moderator, Outcome, UnknownPolicyError
from service.observation import note_outcomes
from service.parse import parse_form_comment, parse_json_batch, parse_json_comment
from service.policy import DEFAULT_POLICY, Words
from service.problems import ProblemError
from service.reloads import Reloads
from service.render import render_batch, render_json, render_outcome
from service.settings import Settings
from service.shadow import Shadow
from service.wire import (
    FieldError,
    HealthResponse,
    ModelVersion,
    PolicyResponse,
    PolicyVersion,
    ReadyResponse,
    ShadowVersion,
    VersionResponse,
)

JSON = "application/json"
FORMS = frozenset({"application/x-www-form-urlencoded", "multipart/form-data"})


def build_routes(  # noqa: C901 - one small function an address
    moderator: Moderator,
    settings: Settings,
    openapi: bytes,
    shadow: Shadow | None = None,
    reloads: Reloads | None = None,
) -> Blueprint:
    """Return the routes of the API, a small function each."""
    routes = Blueprint("api", __name__)

    @routes.post("/v1/moderate")
    def moderate() -> Response:
        [outcome] = _judge([read_comment()], "")
        return _json(render_outcome(outcome))

    @routes.post("/v1/moderate/batch")
    def moderate_batch() -> Response:
        request.max_content_length = settings.max_batch_bytes
        if request.mimetype != JSON:
            raise ProblemError(
                415, "unsupported_media_type", "A batch is sent as application/json."
            )
        comments = parse_json_batch(request.get_data())
        return _json(render_batch(_judge(comments, "/comments/{}")))

    @routes.get("/v1/policy")
    def policy() -> Response:
        name = request.args.get("policy", DEFAULT_POLICY)
        check_policies({name})
        return _json(_policy_response(moderator, name))

    @routes.get("/healthz")
    def healthz() -> Response:
        return _json(HealthResponse("ok"))

    @routes.get("/readyz")
    def readyz() -> Response:
        try:
            for scorer in moderator.scorers.values():
                verify_golden_texts(scorer)
        except ArtefactError:
            detail = "A golden text does not score as recorded."
            raise ProblemError(503, "not_ready", detail) from None
        if reloads and reloads.refusal:
            # Still 200: what was served goes on, and all replicas refuse the same file at once.
            return _json(ReadyResponse("ok", "refused", reloads.refusal))
        return _json(ReadyResponse("ok"))

    @routes.get("/version")
    def version() -> Response:
        models = {
            language: _model_version(scorer) for language, scorer in moderator.scorers.items()
        }
        response = VersionResponse(__version__, models, sorted(moderator.policies))
        if shadow:
            response = msgspec.structs.replace(response, shadow=_shadow_version(shadow))
        return _json(response)

    @routes.get("/openapi.json")
    def openapi_json() -> Response:
        return Response(openapi, content_type=JSON)

    def _judge(comments: list[Comment], place: str) -> list[Outcome]:
        outcomes = moderate_all(moderator, comments, place)
        if settings.unsupported_language == "error":
            _refuse_unsupported(outcomes, place)
        return outcomes

    return routes


def read_comment() -> Comment:
    """Read the comment of the current request, sent as JSON or by a form.

    Raises
    ------
    ProblemError
        If it is neither, or not as it should be.
    """
    if request.mimetype == JSON:
        return parse_json_comment(request.get_data())
    if request.mimetype in FORMS:
        return parse_form_comment(request.form, list(request.files))
    raise ProblemError(
        415,
        "unsupported_media_type",
        "Send application/json, application/x-www-form-urlencoded or multipart/form-data.",
    )


def moderate_all(
    moderator: Moderator, comments: list[Comment], place: str | None = None
) -> list[Outcome]:
    """Moderate comments.

    Parameters
    ----------
    moderator : Moderator
    comments : list of Comment
    place : str, optional
        JSON pointer to a comment in the request, with ``{}`` for its number. Without it, their
        policies are not named there.

    Raises
    ------
    ProblemError
        If a policy is not loaded, or whoever asks may not have it or asks too often.
    """
    charge(comments)
    try:
        outcomes = moderator.moderate(comments)
    except UnknownPolicyError:
        errors = [
            FieldError(f"{place.format(index)}/policy", "No such policy is loaded.")
            for index, comment in enumerate(comments)
            if place is not None and comment.policy not in moderator.policies
        ]
        raise _unknown_policy(moderator, errors) from None
    note_outcomes(outcomes)
    return outcomes


def _refuse_unsupported(outcomes: list[Outcome], place: str) -> None:
    errors = [
        FieldError(f"{place.format(index)}/comment", "No model reads its language.")
        for index, outcome in enumerate(outcomes)
        if UNSUPPORTED_LANGUAGE in outcome.decision.reasons
    ]
    if errors:
        detail = "A comment is in a language that no model reads."
        raise ProblemError(422, "unsupported_language", detail, errors)


def _unknown_policy(moderator: Moderator, errors: list[FieldError] | None = None) -> ProblemError:
    loaded = ", ".join(sorted(moderator.policies))
    detail = f"No such policy is loaded. Loaded: {loaded}."
    return ProblemError(422, "unknown_policy", detail, errors)


def _policy_response(moderator: Moderator, name: str) -> PolicyResponse:
    policy = moderator.policies.get(name)
    if policy is None:
        raise _unknown_policy(moderator)
    return PolicyResponse(
        policy=policy.name,
        version=policy.version,
        policies=sorted(moderator.policies),
        max_length=policy.max_length,
        unit=UNIT,
        attributes=list(ATTRIBUTES),
        thresholds=policy.bands(),
        prevalence={
            language: scorer.manifest["prevalence"]
            for language, scorer in moderator.scorers.items()
        },
        languages=sorted(policy.languages or moderator.scorers),
        links=policy.links,
        terms={name: len(getattr(policy.words, name, ())) for name in Words.__struct_fields__},
        review=policy.review,
        recalibration=policy.recalibration,
        toxic_prevalence=policy.prevalence,
    )


def _model_version(scorer: TextScorer) -> ModelVersion:
    return ModelVersion(scorer.version, scorer.manifest["sha256"])


def _shadow_version(shadow: Shadow) -> ShadowVersion:
    model, policy = shadow.model, shadow.policy
    return ShadowVersion(
        _model_version(model) if model else None,
        PolicyVersion(policy.name, policy.version) if policy else None,
    )


def _json(response: msgspec.Struct) -> Response:
    return Response(render_json(response), content_type=JSON)
