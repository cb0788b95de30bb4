"""The comment form. With JavaScript, its script asks the API and no page is loaded."""

import msgspec
from flask import Blueprint, Response, render_template, request

from service.length import utf16_length
from service.moderation import Comment, Moderator
from service.pages.answers import Answer, answer_outcome
from service.pages.failures import as_page, read_fields, repeat_fields
from service.pages.words import WORDS
from service.parse import parse_form_comment
from service.policy import DEFAULT_POLICY
from service.routes import moderate_all


def add_form(pages: Blueprint, moderator: Moderator) -> None:
    """Add ``/``, and the answer to the form for a browser without JavaScript."""
    limit = moderator.policies[DEFAULT_POLICY].max_length

    @pages.get("/")
    def form() -> str:
        return render()

    @pages.post("/")
    def send() -> str:
        outcome = moderate_all(moderator, [_read_form()])[0]
        return render(answer_outcome(outcome))

    @pages.after_request
    def _answer_form(response: Response) -> Response:
        return as_page(response, render) if request.endpoint == "pages.send" else response

    def render(answer: Answer | None = None) -> str:
        name, comment = repeat_fields("name", "comment")
        remaining = limit - utf16_length(comment)
        return render_template(
            "form.html",
            name=name,
            comment=comment,
            limit=limit,
            remaining=remaining,
            notice=_notice(remaining, limit),
            answer=answer,
            words=WORDS,
        )


def _read_form() -> Comment:
    fields = read_fields()
    # The API knows no name: whoever publishes the comment would keep it.
    fields.poplist("name")
    comment = parse_form_comment(fields, list(request.files))
    return msgspec.structs.replace(comment, explain=True)


def _notice(remaining: int, limit: int) -> str:
    # The same as in static/moderate.js.
    if remaining < 0:
        return WORDS["over"]
    return WORDS["near"] if remaining <= limit / 15 else ""
