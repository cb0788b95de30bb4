"""What gunicorn imports: ``service.wsgi:app``, loaded once, before it forks."""

import sys

from service.app import create_app
from service.loading import ArtefactError, PolicyError, load_moderator
from service.settings import SettingsError, load_settings

try:
    settings = load_settings()
    app = create_app(load_moderator(settings), settings)
except (ArtefactError, PolicyError, SettingsError) as error:
    sys.exit(f"not started: {error}")
