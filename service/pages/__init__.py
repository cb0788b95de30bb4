"""Pages for people: the comment form, the moderator's view, the model card, the API reference.

All run without inline scripts and styles, so that the policy sent with them can forbid those,
and load nothing from another host. What is typed is shown again and kept nowhere.

`form`
    ``/``, with `answers`, `marks` and `words`: what an author is told.
`inspect`
    ``/inspect``: what a moderator is told; `failures`: a problem as a page.
`card`
    ``/model``, with `markdown`: the models' own documents.
`reference`
    ``/docs``.
`headers`
    What every page tells the browser that it may not do.
"""

from flask import Blueprint

from service.moderation import Moderator
from service.pages.card import add_card
from service.pages.form import add_form
from service.pages.headers import secure
from service.pages.inspect import add_inspect
from service.pages.reference import add_reference
from service.settings import Settings


def build_pages(moderator: Moderator, settings: Settings) -> Blueprint:
    """Return the routes of the pages."""
    pages = Blueprint("pages", __name__)
    add_form(pages, moderator)
    add_inspect(pages, moderator, settings.artefacts)
    add_card(pages, moderator)
    add_reference(pages)
    pages.after_app_request(secure)
    return pages
