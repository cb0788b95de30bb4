"""The API reference: Swagger UI over our OpenAPI document, from files of ours."""

from importlib.resources import files
from pathlib import Path
from typing import Final

from flask import Blueprint, Response, abort, render_template, send_from_directory

_SWAGGER_UI: Final = Path(str(files("flask_swagger_ui") / "dist"))
_FILES: Final = {"swagger-ui.css", "swagger-ui-bundle.js"}


def add_reference(pages: Blueprint) -> None:
    """Add ``/docs`` and what it loads."""

    @pages.get("/docs")
    def docs() -> str:
        return render_template("docs.html")

    @pages.get("/docs/assets/<name>")
    def docs_asset(name: str) -> Response:
        if name not in _FILES:
            abort(404)
        return send_from_directory(_SWAGGER_UI, name)
