"""What gunicorn imports: ``service.wsgi:app``, loaded once, before it forks."""

import logging
import sys

from service.app import create_app
from service.loading import (
    ArtefactError,
    FeedbackError,
    PolicyError,
    load_moderator,
    open_feedback,
)
from service.recognition import RECOGNISES
from service.settings import SettingsError, load_settings

if not RECOGNISES:
    message = "pycld2 is not installed: /v1alpha1 tells languages by their script"
    logging.getLogger("gunicorn.error").warning(message)
try:
    settings = load_settings()
    app = create_app(load_moderator(settings), settings, open_feedback(settings))
except (ArtefactError, FeedbackError, PolicyError, SettingsError) as error:
    sys.exit(f"not started: {error}")
