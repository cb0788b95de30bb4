"""The card of the models that are loaded: the documents of ``docs/model`` as pages."""

import functools
import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Final

import msgspec
from flask import Blueprint, Response, abort, render_template, request, send_from_directory

from model.card_tables import render_manifest
from model.scorer import TextScorer
from service.moderation import Moderator
from service.pages.markdown import Document, Locate, Target, render_markdown

FOLDER: Final = Path(__file__).parents[2] / "docs" / "model"
CARD: Final = "README.md"
REPORT: Final = "report.md"
EXPERIMENTS: Final = "experiments.md"
ADDRESSES: Final = {
    CARD: "/model",
    REPORT: "/model/report",
    EXPERIMENTS: "/model/experiments",
}
_NAMES: Final = {CARD: "Card", REPORT: "Report", EXPERIMENTS: "Experiments"}
_SIZE: Final = re.compile(r'<svg [^>]*\bwidth="(\d+)" height="(\d+)"')


class Documents(msgspec.Struct, frozen=True):
    """What is shown of the models.

    Attributes
    ----------
    texts : dict of str to str
        Markdown by name of the file; at least the card.
    plots : dict of str to dict
        By name of the file, the attributes of an image: ``width`` and ``height`` in pixels.
    """

    texts: dict[str, str]
    plots: dict[str, dict[str, str]]


def add_card(pages: Blueprint, moderator: Moderator, folder: Path = FOLDER) -> None:
    """Add ``/model`` and what it leads to."""
    documents = load_documents(moderator.scorers, folder)

    @functools.lru_cache(maxsize=2 * len(ADDRESSES))
    def render(name: str, root: str) -> Document:
        return render_markdown(documents.texts[name], locate_in(documents, root))

    def show(name: str) -> str:
        shown = [(_NAMES[other], ADDRESSES[other]) for other in documents.texts]
        document = render(name, request.root_path)
        return render_template("model.html", document=document, bar=shown, here=ADDRESSES[name])

    @pages.get("/model")
    def model() -> str:
        return show(CARD)

    @pages.get("/model/<name>")
    def model_document(name: str) -> str:
        if name == Path(CARD).stem or f"{name}.md" not in documents.texts:
            abort(404)
        return show(f"{name}.md")

    @pages.get("/model/plots/<name>")
    def model_plot(name: str) -> Response:
        if name not in documents.plots:
            abort(404)
        return send_from_directory(folder / "plots", name)


def load_documents(scorers: Mapping[str, TextScorer], folder: Path = FOLDER) -> Documents:
    """Read what was written about the models that are loaded, and make up for the rest.

    A document is about the weights whose SHA-256 it names. A model that the card is not about gets
    a part made from its manifest; without the folder, all do. The report and its plots are shown
    if they are about a model of the card, and the account of the experiments beside any card.
    """
    manifests = [scorer.manifest for scorer in scorers.values()]
    found = {name: _read(folder / name) for name in ADDRESSES}
    written = [manifest for manifest in manifests if manifest["sha256"] in found[CARD]]
    others = [manifest for manifest in manifests if manifest["sha256"] not in found[CARD]]
    if not written:
        return Documents({CARD: _render_manifests(others)}, {})
    texts = {CARD: "\n\n".join([found[CARD], *(render_manifest(other, 2) for other in others)])}
    plots = {}
    if any(manifest["sha256"] in found[REPORT] for manifest in written):
        texts[REPORT] = found[REPORT]
        plots = {path.name: _measure(path) for path in sorted((folder / "plots").glob("*.svg"))}
    if found[EXPERIMENTS]:
        texts[EXPERIMENTS] = found[EXPERIMENTS]
    return Documents(texts, plots)


def locate_in(documents: Documents, root: str) -> Locate:
    """Return what leads from a document to others, below the path `root` of the service."""
    places = {name: Target(root + ADDRESSES[name]) for name in documents.texts}
    for name, size in documents.plots.items():
        places[f"plots/{name}"] = Target(f"{root}/model/plots/{name}", size)

    def locate(address: str) -> Target | None:
        name, mark, part = address.partition("#")
        target = places.get(name)
        return target and target._replace(address=target.address + mark + part)

    return locate


def _render_manifests(manifests: list[dict[str, Any]]) -> str:
    if len(manifests) == 1:
        return render_manifest(manifests[0])
    return "\n\n".join(["# Model cards", *(render_manifest(one, 2) for one in manifests)])


def _read(path: Path) -> str:
    try:
        return path.read_text(encoding="utf-8", errors="replace")
    except OSError:
        # The service may be shipped without its documents; no comment waits for them.
        return ""


def _measure(plot: Path) -> dict[str, str]:
    """Return the width and height of an SVG, so that nothing moves when it arrives."""
    found = _SIZE.search(_read(plot))
    return {"width": found[1], "height": found[2]} if found else {}
