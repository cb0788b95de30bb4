"""What gunicorn imports: ``service.wsgi:app``, loaded before it forks, and again on SIGHUP."""

import logging
import sys
from typing import Any

from service.recognition import RECOGNISES
from service.reloading import REFUSED, load_app, reload_app, settle

if not RECOGNISES:
    message = "pycld2 is not installed: /v1alpha1 tells languages by their script"
    logging.getLogger("gunicorn.error").warning(message)
try:
    app = load_app()
except REFUSED as error:
    sys.exit(f"not started: {error}")
settle()


def renew(server: Any) -> None:  # noqa: ANN401 - gunicorn has no types
    """Give gunicorn an application loaded anew, or the one before if something cannot be used."""
    # This name would hold the first one, with its models, for ever.
    global app  # noqa: PLW0603
    server.app.callable = app = reload_app(app)
    settle()
