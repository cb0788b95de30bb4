"""A problem as a page: for whoever sent a form, only the media type of its document is wrong."""

from collections.abc import Callable

import msgspec
from flask import Response, request
from werkzeug.datastructures import MultiDict
from werkzeug.exceptions import HTTPException

from service.pages.answers import Answer, answer_problem
from service.problems import MEDIA_TYPE, ProblemError
from service.routes import FORMS
from service.wire import Problem


def as_page(response: Response, render: Callable[[Answer], str]) -> Response:
    """Return a response, a page in the place of a problem, that is not to be stored.

    `problems` has answered, and logged what is to be logged.

    Parameters
    ----------
    response : Response
    render : callable
        Returns the page that says what went wrong.
    """
    if response.mimetype == MEDIA_TYPE:
        problem = msgspec.json.decode(response.get_data(), type=Problem)
        response.set_data(render(answer_problem(problem)))
        response.content_type = "text/html; charset=utf-8"
    # The page repeats what was typed.
    response.cache_control.no_store = True
    return response


def read_fields() -> MultiDict[str, str]:
    """Return the fields of the form that was sent, to be changed at will.

    Raises
    ------
    ProblemError
        415 if it was not sent as a form.
    """
    if request.mimetype not in FORMS:
        detail = f"The form is sent as {' or '.join(sorted(FORMS))}."
        raise ProblemError(415, "unsupported_media_type", detail)
    return MultiDict(request.form)


def repeat_fields(*names: str) -> list[str]:
    """Return what was typed into some fields, to be shown again; of what was not read, nothing."""
    try:
        return [request.form.get(name, "") for name in names]
    except HTTPException:
        # The body was over the limit.
        return [""] * len(names)
