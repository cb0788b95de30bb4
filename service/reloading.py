"""Load what is served, at the start and again on SIGHUP (docs/decisions/0028-reload.md).

gunicorn's master holds the application, and forks workers from it. On SIGHUP it forks new ones
and lets the old finish what they have; what this module adds is that they are forked from an
application loaded anew. Code is not: a new release is a restart.
"""

import gc
import logging
from typing import Final

from flask import Flask

from service.app import create_app
from service.loading import (
    ArtefactError,
    FeedbackError,
    PolicyError,
    ShadowError,
    load_moderator,
    load_shadow,
    open_feedback,
)
from service.problems import log_failure
from service.reloads import Refusal, Reloads
from service.settings import SettingsError, load_settings

_LOG: Final = logging.getLogger("gunicorn.error")
_REFUSALS: Final[dict[type[Exception], Refusal]] = {
    SettingsError: "settings",
    ArtefactError: "model",
    PolicyError: "policy",
    ShadowError: "shadow",
    FeedbackError: "feedback",
}
REFUSED: Final = tuple(_REFUSALS)
"""What is raised where something cannot be used; the message is for the operator."""

_KEY: Final = "reloads"


def load_app(reloads: Reloads | None = None) -> Flask:
    """Return the application with what the settings name, loaded, verified and tried.

    Parameters
    ----------
    reloads : Reloads, optional
        What those before came to.

    Raises
    ------
    ArtefactError, FeedbackError, PolicyError, SettingsError, ShadowError
        If something cannot be used.
    """
    settings = load_settings()
    moderator = load_moderator(settings)
    reloads = reloads or Reloads()
    app = create_app(
        moderator,
        settings,
        open_feedback(settings),
        shadow=load_shadow(settings, moderator),
        reloads=reloads,
    )
    app.extensions[_KEY] = reloads
    return app


def reload_app(app: Flask) -> Flask:
    """Return what is to be served from now on: an application loaded anew, or `app` as it is.

    Whatever goes wrong is logged, and counted in its `Reloads`: a reload never ends the service.

    Parameters
    ----------
    app : Flask
        From `load_app` or from here.
    """
    reloads: Reloads = app.extensions[_KEY]
    try:
        app = load_app(reloads)
    except REFUSED as error:
        reloads.refuse(_REFUSALS[type(error)])
        _LOG.error("reload refused, what was served goes on: %s", error)
    except Exception as error:  # noqa: BLE001 - it would end the master, and all workers
        reloads.refuse("other")
        log_failure(error)
        _LOG.error("reload refused, what was served goes on: %s", type(error).__name__)
    else:
        reloads.accept()
        _LOG.info("reloaded: new workers have the models and policies that are on disk now")
    return app


def settle() -> None:
    """Free what is no longer served, and let no worker's collector look at what is.

    An application is a ring of references with its models: until it is collected the master would
    hold several. A collector that looks at an object writes to it, and a worker would get copies
    of pages that it shares; when it ends it would take half a second for them.
    """
    gc.unfreeze()
    gc.collect()
    gc.freeze()
