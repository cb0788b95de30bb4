"""The moderator's view: a comment, its decision, and everything that it rests on.

One renderer, the server; the script of the page puts its answer into the page that is there.
"""

from pathlib import Path
from typing import Final, NamedTuple

import msgspec
import numpy as np
from flask import Blueprint, Response, render_template, request

from model import ATTRIBUTES
from service.inspection import Curve, Inspection, Measured, Row, inspect_outcome
from service.inspection.colours import LEVELS, SHOWN
from service.inspection.figures import list_rows, thin
from service.language import primary_language
from service.moderation import Comment, Moderator
from service.pages.answers import Answer
from service.pages.failures import as_page, read_fields, repeat_fields
from service.parse import parse_form_comment
from service.policy import DEFAULT_POLICY
from service.policy.phrases import count, join, name_attribute, name_origin, show_per_cent
from service.problems import ProblemError
from service.render import render_json
from service.routes import JSON, moderate_all

UNDER: Final = "under"
"""The field of the buttons that inspect under another policy: it goes before that of the form."""


class Points(msgspec.Struct, frozen=True):
    """The points of a slider: thresholds, rising, and what each does, as it is shown.

    Attributes
    ----------
    basis : str
        What they rest on.
    """

    basis: str
    threshold: list[float]
    precision: list[str]
    recall: list[str]
    share: list[str]


class Operating(NamedTuple):
    """What thresholds do that bear on a comment.

    Attributes
    ----------
    language : str
        Of the model.
    curves : dict of str to Curve
        Empty where the model has no figures.
    rows : list of Row
    moved : list of str
        Attributes whose scores are moved to a site's decisions: of these there are no figures.
    """

    language: str
    curves: dict[str, Curve]
    rows: list[Row]
    moved: list[str]


def add_inspect(pages: Blueprint, moderator: Moderator, artefacts: Path) -> None:
    """Add ``/inspect``, and the figures for its slider.

    Parameters
    ----------
    pages : Blueprint
    moderator : Moderator
    artefacts : Path
        Where its models were loaded from.
    """
    measured = Measured(moderator.scorers, artefacts)

    @pages.route("/inspect", methods=["GET", "POST"])
    def inspect() -> str:
        if request.method != "POST":
            return _render(moderator)
        [outcome] = moderate_all(moderator, [_read_form()])
        inspection = inspect_outcome(moderator, outcome)
        return _render(moderator, inspection, _find_operating(measured, inspection))

    @pages.get("/inspect/operating-points")
    def operating_points() -> Response:
        points = _show_points(_find_curve(moderator, measured))
        return Response(render_json(points), content_type=JSON)

    @pages.after_request
    def _answer_inspect(response: Response) -> Response:
        if request.endpoint != "pages.inspect":
            return response
        return as_page(response, lambda answer: _render(moderator, answer=answer))


def _read_form() -> Comment:
    fields = read_fields()
    if under := [each for each in fields.poplist(UNDER) if each]:
        fields.setlist("policy", under)
    try:
        return parse_form_comment(fields, list(request.files))
    except ProblemError as error:
        if [each.pointer for each in error.problem.errors] != ["/language"]:
            raise
        # A person typed it, and is not told of regular expressions.
        detail = "The language is a tag such as en or pt-BR."
        raise ProblemError(422, error.problem.code, detail) from None


def _find_operating(measured: Measured, inspection: Inspection) -> Operating | None:
    outcome = inspection.outcome
    if outcome.scores is None:
        return None
    language, policy = primary_language(outcome.language or ""), outcome.policy
    curves = measured.curves(language, policy)
    moved = measured.moved(language, policy)
    return Operating(language, curves, list_rows(policy, curves), moved)


def _find_curve(moderator: Moderator, measured: Measured) -> Curve:
    """Return the curve that was asked for, as short as a page needs it."""
    policy = moderator.policies.get(request.args.get("policy", DEFAULT_POLICY))
    language = request.args.get("language", next(iter(moderator.scorers)))
    attribute = request.args.get("attribute")
    if policy is None:
        raise ProblemError(422, "unknown_policy", "No such policy is loaded.")
    if language not in moderator.scorers:
        raise ProblemError(422, "unsupported_language", "No model of that language is loaded.")
    if attribute not in ATTRIBUTES:
        raise ProblemError(422, "invalid_field", f"An attribute is one of {', '.join(ATTRIBUTES)}.")
    curve = measured.curves(language, policy).get(attribute)
    if curve is None:
        raise ProblemError(404, "no_figures", "Nothing was measured that holds for this policy.")
    return thin(curve, policy)


def _show_points(curve: Curve) -> Points:
    positives = f"{curve.positives:,} of them with {name_attribute(curve.attribute)}"
    return Points(
        f"Measured on {count(curve.comments, 'comment')}, {positives},"
        f" weighted to {show_per_cent(curve.prevalence)}.",
        curve.threshold,
        *(list(map(show_per_cent, each)) for each in (curve.precision, curve.recall, curve.share)),
    )


def _render(
    moderator: Moderator,
    inspection: Inspection | None = None,
    operating: Operating | None = None,
    answer: Answer | None = None,
) -> str:
    comment, language, policy, under = repeat_fields("comment", "language", "policy", UNDER)
    return render_template(
        "inspect.html",
        comment=comment,
        language=language,
        policy=under or policy or DEFAULT_POLICY,
        policies=list(moderator.policies),
        inspection=inspection,
        operating=operating,
        answer=answer,
        levels=LEVELS,
        shown=SHOWN,
        count=count,
        join=join,
        name=name_attribute,
        origin=name_origin,
        per_cent=show_per_cent,
        exact=_show_exact,
        signed=_show_signed,
    )


def _show_exact(score: float) -> str:
    """Return a score or threshold with all its digits: the one shown is the one that decides."""
    return np.format_float_positional(score, trim="-")


def _show_signed(weight: float) -> str:
    return f"{weight:+.2f}".replace("-", "\N{MINUS SIGN}")
