"""Put the application together: the only place where things are wired."""

from flask import Flask

from service.moderation import Moderator
from service.openapi import build_openapi
from service.pages import build_pages
from service.problems import register_problems
from service.routes import build_routes
from service.settings import Settings


def create_app(moderator: Moderator, settings: Settings) -> Flask:
    """Return the WSGI application.

    Parameters
    ----------
    moderator : Moderator
        With models and policies loaded.
    settings : Settings
        Body limits.
    """
    app = Flask(__name__)
    app.config["MAX_CONTENT_LENGTH"] = settings.max_body_bytes
    app.config["MAX_FORM_MEMORY_SIZE"] = settings.max_body_bytes
    app.url_map.strict_slashes = False
    register_problems(app)
    app.register_blueprint(
        build_routes(moderator, settings, build_openapi(sorted(moderator.policies)))
    )
    app.register_blueprint(build_pages(moderator))
    return app
