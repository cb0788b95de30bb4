"""Put the application together: the only place where things are wired."""

from flask import Flask

from service.access import guard
from service.coral_routes import build_coral
from service.metrics.versions import Versions
from service.moderation import Moderator
from service.observers import register_observers
from service.openapi import build_openapi
from service.origins import share
from service.pages import build_pages
from service.perspective.calls import Perspective
from service.perspective.routes import build_perspective
from service.perspective.suggestion import Keep
from service.problems import register_problems
from service.reloads import Reloads
from service.routes import build_routes
from service.settings import Settings
from service.shadow import Shadow
from service.shadowing import log_sample, shadow_answers


def create_app(
    moderator: Moderator,
    settings: Settings,
    keep: Keep | None = None,
    *,
    shadow: Shadow | None = None,
    reloads: Reloads | None = None,
) -> Flask:
    """Return the WSGI application.

    Parameters
    ----------
    moderator : Moderator
        With models and policies loaded.
    settings : Settings
        Limits, keys, origins, and what is done with a language that no model reads.
    keep : callable, optional
        Stores a score that a client of Perspective suggests.
    shadow : Shadow, optional
        Judges every comment as well, and changes no answer.
    reloads : Reloads, optional
        What the reloads before came to.
    """
    app = Flask(__name__)
    app.config["MAX_CONTENT_LENGTH"] = settings.max_body_bytes
    app.config["MAX_FORM_MEMORY_SIZE"] = settings.max_body_bytes
    app.url_map.strict_slashes = False
    register_problems(app)
    watchers = register_observers(app, Versions(moderator, reloads or Reloads()), settings)
    if shadow:
        shadow_answers(app, shadow, [log_sample(settings.shadow_log_share), *watchers])
    share(app, settings.origins)
    admit = guard(app, settings)
    openapi = build_openapi(sorted(moderator.policies))
    app.register_blueprint(build_routes(moderator, settings, openapi, shadow, reloads))
    app.register_blueprint(build_pages(moderator, settings))
    app.register_blueprint(build_coral(moderator, settings.coral_secrets))
    perspective = Perspective(moderator.scorers, admit, keep)
    app.register_blueprint(build_perspective(perspective, settings.max_batch_bytes))
    return app
