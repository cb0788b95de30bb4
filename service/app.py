"""Put the application together: the only place where things are wired."""

from flask import Flask

from service.coral_routes import build_coral
from service.moderation import Moderator
from service.openapi import build_openapi
from service.origins import share
from service.pages import build_pages
from service.perspective.callers import Callers
from service.perspective.calls import Perspective
from service.perspective.routes import build_perspective
from service.perspective.suggestion import Keep
from service.problems import register_problems
from service.routes import build_routes
from service.settings import Settings


def create_app(moderator: Moderator, settings: Settings, keep: Keep | None = None) -> Flask:
    """Return the WSGI application.

    Parameters
    ----------
    moderator : Moderator
        With models and policies loaded.
    settings : Settings
        Limits, keys, origins, and what is done with a language that no model reads.
    keep : callable, optional
        Stores a score that a client of Perspective suggests.
    """
    app = Flask(__name__)
    app.config["MAX_CONTENT_LENGTH"] = settings.max_body_bytes
    app.config["MAX_FORM_MEMORY_SIZE"] = settings.max_body_bytes
    app.url_map.strict_slashes = False
    register_problems(app)
    share(app, settings.origins)
    app.register_blueprint(
        build_routes(moderator, settings, build_openapi(sorted(moderator.policies)))
    )
    app.register_blueprint(build_pages(moderator, settings))
    app.register_blueprint(build_coral(moderator, settings.coral_secrets))
    callers = Callers(settings.perspective_keys, settings.perspective_quota)
    perspective = Perspective(moderator.scorers, callers, keep)
    app.register_blueprint(build_perspective(perspective, settings.max_batch_bytes))
    return app
