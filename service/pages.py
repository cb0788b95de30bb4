"""Pages for people: the comment form and the API reference.

Both run without inline scripts and styles, so that the policy sent with them
can forbid those. What is typed is shown again and kept nowhere.
"""

from importlib.resources import files
from pathlib import Path
from typing import Final, Literal

import msgspec
from flask import Blueprint, Response, abort, render_template, request, send_from_directory
from werkzeug.datastructures import MultiDict
from werkzeug.exceptions import HTTPException

from service.decision import Reason
from service.length import utf16_length
from service.moderation import Comment, Moderator, Outcome
from service.parse import parse_form_comment
from service.policy import DEFAULT_POLICY
from service.problems import MEDIA_TYPE, ProblemError
from service.routes import FORMS, moderate_all
from service.wire import Problem

SECURITY_HEADERS: Final = {
    "Content-Security-Policy": (
        "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:;"
        " connect-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
    ),
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "no-referrer",
}

WORDS: Final = {
    "checking": "Checking your comment …",
    "accept": "Thank you. Your comment is published.",
    "flag": "Thank you. Your comment is waiting for a moderator.",
    "reject": "Your comment is not published.",
    "held": "Your comment could not be checked, so it is being held for a moderator.",
    "problem": "Your comment could not be sent.",
    "kept": "What you typed is still in the form.",
    "too_long": (
        "It has {value} characters and the limit is {limit}. Nothing was cut:"
        " please shorten it and send it again."
    ),
    "empty": "There is nothing in it to read.",
    "banned_term": "It has a word that is not allowed here.",
    "suspect_term": "It has a word that a moderator looks at first.",
    "too_many_links": "It has too many links to other sites.",
    "unsupported_language": "It is in a language that only a person can judge here.",
    "toxicity": "It comes across as rude or disrespectful.",
    "severe_toxicity": "It comes across as very hateful or aggressive.",
    "identity_attack": "It comes across as an attack on people for who they are.",
    "insult": "It comes across as an insult.",
    "profanity": "It comes across as swearing or obscene.",
    "threat": "It comes across as a threat.",
    "rule": "It does not keep to the rules for comments.",
}
"""What readers are told, by the server or, sent along with the form, by its script."""

_SWAGGER_UI: Final = Path(str(files("flask_swagger_ui") / "dist"))
_SWAGGER_UI_FILES: Final = {"swagger-ui.css", "swagger-ui-bundle.js", "favicon-32x32.png"}


class Answer(msgspec.Struct, frozen=True):
    """What the page says became of a comment."""

    kind: Literal["accept", "flag", "reject", "held", "problem"]
    details: list[str]


def build_pages(moderator: Moderator) -> Blueprint:
    """Return the routes of the pages."""
    pages = Blueprint("pages", __name__)
    limit = moderator.policies[DEFAULT_POLICY].max_length

    @pages.get("/")
    def form() -> str:
        return _render_form(limit)

    @pages.post("/")
    def send() -> str:
        # The page for a browser without JavaScript; with it, the script calls the API.
        outcome = moderate_all(moderator, [_read_form()])[0]
        return _render_form(limit, answer_outcome(outcome))

    @pages.get("/docs")
    def docs() -> str:
        return render_template("docs.html")

    @pages.get("/docs/assets/<name>")
    def docs_asset(name: str) -> Response:
        if name not in _SWAGGER_UI_FILES:
            abort(404)
        return send_from_directory(_SWAGGER_UI, name)

    @pages.after_request
    def _answer_form(response: Response) -> Response:
        return _as_page(response, limit) if request.endpoint == "pages.send" else response

    pages.after_app_request(_secure)
    return pages


def answer_outcome(outcome: Outcome) -> Answer:
    """Say in a reader's words what was decided on a comment, and why."""
    decision = outcome.decision
    length = {"value": outcome.length, "limit": outcome.policy.max_length}
    return Answer(
        decision.action.label,
        [
            _word(reason).format_map(length)
            for reason in decision.reasons
            # A milder rule that fired too did not decide anything.
            if reason.action == decision.action.label
        ],
    )


def answer_problem(problem: Problem) -> Answer:
    """Say in a reader's words that a comment was not judged.

    Whatever was not the sender's fault is held: nothing is accepted by default.
    """
    if problem.status >= 500:  # noqa: PLR2004 - the class of server errors
        return Answer("held", [WORDS["kept"]])
    return Answer("problem", [problem.detail, *(error.detail for error in problem.errors)])


def _as_page(response: Response, limit: int) -> Response:
    # `problems` has answered, and logged what is to be logged: only the media
    # type is wrong for the person who sent the form.
    if response.mimetype == MEDIA_TYPE:
        problem = msgspec.json.decode(response.get_data(), type=Problem)
        response.set_data(_render_form(limit, answer_problem(problem)))
        response.content_type = "text/html; charset=utf-8"
    # The page repeats what was typed.
    response.cache_control.no_store = True
    return response


def _secure(response: Response) -> Response:
    if request.blueprint == "pages" or request.endpoint == "static":
        response.headers.update(SECURITY_HEADERS)
    return response


def _word(reason: Reason) -> str:
    # A rule newer than these words still gets a sentence.
    return WORDS.get(reason.attribute or reason.code, WORDS["rule"])


def _read_form() -> Comment:
    if request.mimetype not in FORMS:
        detail = f"The form is sent as {' or '.join(sorted(FORMS))}."
        raise ProblemError(415, "unsupported_media_type", detail)
    fields = MultiDict(request.form)
    # The API knows no name: whoever publishes the comment would keep it.
    fields.poplist("name")
    return parse_form_comment(fields, list(request.files))


def _render_form(limit: int, answer: Answer | None = None) -> str:
    try:
        name, comment = (request.form.get(field, "") for field in ("name", "comment"))
    except HTTPException:
        # The body was over the limit and nothing of it was read.
        name = comment = ""
    return render_template(
        "form.html",
        name=name,
        comment=comment,
        limit=limit,
        remaining=limit - utf16_length(comment),
        answer=answer,
        words=WORDS,
    )
