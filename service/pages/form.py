"""The comment form. With JavaScript, its script asks the API and no page is loaded."""

import msgspec
from flask import Blueprint, Response, render_template, request
from werkzeug.datastructures import MultiDict
from werkzeug.exceptions import HTTPException

from service.length import utf16_length
from service.moderation import Comment, Moderator
from service.pages.answers import Answer, answer_outcome, answer_problem
from service.pages.words import WORDS
from service.parse import parse_form_comment
from service.policy import DEFAULT_POLICY
from service.problems import MEDIA_TYPE, ProblemError
from service.routes import FORMS, moderate_all
from service.wire import Problem


def add_form(pages: Blueprint, moderator: Moderator) -> None:
    """Add ``/``, and the answer to the form for a browser without JavaScript."""
    limit = moderator.policies[DEFAULT_POLICY].max_length

    @pages.get("/")
    def form() -> str:
        return _render_form(limit)

    @pages.post("/")
    def send() -> str:
        outcome = moderate_all(moderator, [_read_form()])[0]
        return _render_form(limit, answer_outcome(outcome))

    @pages.after_request
    def _answer_form(response: Response) -> Response:
        return _as_page(response, limit) if request.endpoint == "pages.send" else response


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
