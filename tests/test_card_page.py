"""The pages about the models that are loaded, as the server sends them."""

import html
import re
from pathlib import Path
from typing import Any

import pytest
from flask import render_template
from flask.testing import FlaskClient
from stubs import StubScorer

from model.artefact import read_manifest
from model.card import render_card
from model.card_tables import NO_CARD
from service.app import create_app
from service.moderation import Moderator
from service.pages.card import CARD, EXPERIMENTS, FOLDER, REPORT, load_documents
from service.pages.markdown import render_markdown
from service.policy import Policy
from service.settings import ARTEFACTS, Settings

MANIFEST = read_manifest(ARTEFACTS / "en")


class Named(StubScorer):
    """A stub that says it is another model."""

    def __init__(self, **manifest: Any) -> None:  # noqa: ANN401 - a manifest is JSON
        super().__init__()
        self.manifest |= manifest


@pytest.fixture(scope="module")
def written(policy: Policy) -> FlaskClient:
    """Return a client of a service whose model has a written card."""
    moderator = Moderator({"en": Named(**MANIFEST)}, {policy.name: policy})
    return create_app(moderator, Settings()).test_client()


def write_card(folder: Path, *shas: str) -> None:
    folder.mkdir(exist_ok=True)
    (folder / CARD).write_text(f"# Card\n\n{' '.join(shas)} [all](report.md)\n", encoding="utf-8")
    (folder / REPORT).write_text(f"# Report\n\n{' '.join(shas)}\n", encoding="utf-8")


def test_the_card_is_that_of_the_shipped_model(written: FlaskClient) -> None:
    text = written.get("/model").text
    assert f"<h1>Model card: en-{MANIFEST['version']}</h1>" in text
    assert text.count("<h1") == 1
    assert MANIFEST["sha256"] in text
    assert NO_CARD not in text
    assert "&lt;!--" not in text
    assert text.count('loading="lazy"') == 3
    for name in ("report", "experiments"):
        assert f'<a href="/model/{name}"' in text


@pytest.mark.parametrize("name", ["report", "experiments"])
def test_the_documents_beside_the_card_are_pages_too(written: FlaskClient, name: str) -> None:
    text = written.get(f"/model/{name}").text
    assert text.count("<h1") == 1
    assert f'<a href="/model/{name}" aria-current="page">' in text
    assert '<a href="/model">' in text
    assert written.get(f"/model/{name}").text == text


def test_every_link_and_image_leads_to_a_page_or_to_another_site(written: FlaskClient) -> None:
    for path in ("/model", "/model/report", "/model/experiments"):
        text = written.get(path).text
        for target in re.findall(r'(?:href|src)="([^"]+)"', text):
            if target.startswith("#"):
                assert f'id="{target[1:]}"' in text
            elif not target.startswith("https://"):
                with written.get(target) as response:
                    assert response.status_code == 200


def test_the_pages_lead_below_the_path_of_the_service(written: FlaskClient) -> None:
    text = written.get("/model", environ_overrides={"SCRIPT_NAME": "/comments"}).text
    assert 'src="/comments/model/plots/curves.svg"' in text
    assert 'href="/comments/model/report"' in text
    assert "/comments" not in written.get("/model").text


@pytest.mark.parametrize(
    "path",
    ["README", "no", "plots", "plots/no.svg", "plots/..%2freport.md", "plots/%2e%2e%2fREADME.md"],
)
def test_nothing_else_is_served(written: FlaskClient, path: str) -> None:
    response = written.get(f"/model/{path}")
    assert response.status_code == 404
    assert response.mimetype == "application/problem+json"


def test_figures_are_served_as_images_under_the_policy_of_the_pages(written: FlaskClient) -> None:
    for path in sorted((FOLDER / "plots").iterdir()):
        with written.get(f"/model/plots/{path.name}") as response:
            assert response.mimetype == "image/svg+xml"
            assert response.data == path.read_bytes()
            assert "unsafe" not in response.headers["Content-Security-Policy"]


def test_a_model_without_a_written_card_is_shown_from_its_manifest(client: FlaskClient) -> None:
    text = client.get("/model").text
    assert "<h1>Model card: en-stub</h1>" in text
    assert NO_CARD in text
    assert MANIFEST["sha256"] not in text
    assert client.get("/model/report").status_code == 404
    assert client.get("/model/plots/curves.svg").status_code == 404


def test_without_the_folder_the_manifest_is_shown_in_full(tmp_path: Path) -> None:
    documents = load_documents({"en": Named(**MANIFEST)}, tmp_path / "missing")
    assert documents.texts.keys() == {CARD}
    assert documents.plots == {}
    text = documents.texts[CARD]
    for part in ("## What it is", "2^19", "jigsaw-2018", "ROC-AUC"):
        assert part in text


@pytest.mark.parametrize("broken", [None, [], {}, "", 7, [{"attribute": 1}]])
def test_what_a_manifest_says_in_another_way_is_left_out(tmp_path: Path, broken: object) -> None:
    manifest = MANIFEST | {"metrics": broken, "sources": broken}
    text = load_documents({"en": Named(**manifest)}, tmp_path).texts[CARD]
    headings = [line for line in text.splitlines() if line.startswith("## ")]
    assert headings == ["## What it is", "## What each attribute learnt from"]
    assert f"`{MANIFEST['sha256']}`" in text


@pytest.mark.parametrize(
    "hostile",
    [
        "1\n\n# Other\n\n![x](plots/curves.svg)",
        "[a](https://evil.example) ![b](plots/curves.svg)",
        "a | b \\| c",
        "<b>1</b> <!-- x -->",
        "`1` *2* __3__ &amp; https://evil.example",
        "1 \ud800 \0",
    ],
)
def test_words_of_a_manifest_are_text_and_no_markup(policy: Policy, hostile: str) -> None:
    plain = build_own("words", policy).get("/model")
    response = build_own(hostile, policy).get("/model")
    assert response.status_code == 200
    assert re.findall("<[^>]*>", response.text) == re.findall("<[^>]*>", plain.text)
    words = " ".join(hostile.replace("\ud800", "?").replace("\0", "\ufffd").split())
    assert f"<h1>Model card: en-{html.escape(words)}</h1>" in response.text
    assert response.text.count(f"<td>{html.escape(words)}") == 2


def build_own(words: str, policy: Policy) -> FlaskClient:
    """Return a client of a service with an operator's own model, of which `words` are told."""
    source = MANIFEST["sources"][0] | {"licence": words}
    metric = MANIFEST["metrics"][0] | {"source": words}
    manifest = {"version": words, "sha256": "c" * 64, "sources": [source], "metrics": [metric]}
    moderator = Moderator({"en": Named(**(MANIFEST | manifest))}, {policy.name: policy})
    return create_app(moderator, Settings()).test_client()


def test_a_model_that_the_card_is_not_about_gets_a_part_of_its_own(tmp_path: Path) -> None:
    write_card(tmp_path, "a" * 64)
    scorers = {
        "de": Named(language="de", version="1", sha256="b" * 64),
        "en": Named(sha256="a" * 64),
    }
    documents = load_documents(scorers, tmp_path)
    assert documents.texts[CARD].startswith("# Card\n")
    assert f"## Model card: de-1\n\n{NO_CARD}" in documents.texts[CARD]
    assert "en-stub" not in documents.texts[CARD]
    assert REPORT in documents.texts
    assert EXPERIMENTS not in documents.texts


def test_several_models_without_a_card_share_a_page(tmp_path: Path) -> None:
    scorers = {name: Named(language=name, sha256=name * 32) for name in ("de", "en")}
    text = load_documents(scorers, tmp_path).texts[CARD]
    assert text.startswith("# Model cards\n\n## Model card: de-stub\n")
    assert "\n\n## Model card: en-stub\n" in text


def test_a_report_on_an_older_model_is_not_shown(tmp_path: Path) -> None:
    write_card(tmp_path, "a" * 64)
    (tmp_path / REPORT).write_text("# Report on older weights\n", encoding="utf-8")
    documents = load_documents({"en": Named(sha256="a" * 64)}, tmp_path)
    assert documents.texts.keys() == {CARD}
    assert documents.plots == {}


def test_a_card_in_another_encoding_stops_nothing(tmp_path: Path) -> None:
    (tmp_path / CARD).write_bytes(b"# Caf\xe9 " + b"a" * 64)
    documents = load_documents({"en": Named(sha256="a" * 64)}, tmp_path)
    assert documents.texts[CARD].startswith("# Caf\ufffd")


def test_a_card_that_cannot_be_read_stops_nothing(tmp_path: Path) -> None:
    (tmp_path / CARD).mkdir()
    assert NO_CARD in load_documents({"en": StubScorer()}, tmp_path).texts[CARD]


def test_the_page_of_a_card_without_a_title_has_one(written: FlaskClient) -> None:
    document = render_markdown("Prose alone.\n", lambda _: None)
    with written.application.test_request_context("/model"):
        page = render_template("model.html", document=document, bar=[], here="/model")
    assert "<h1>Model card</h1>" in page
    assert "<title>Comment moderation: Model card</title>" in page


def test_the_title_of_the_card_is_made_from_the_manifest() -> None:
    card = render_card("# Model card: en-0.0.0\n\nProse.\n", MANIFEST)
    assert card == f"# Model card: en-{MANIFEST['version']}\n\nProse.\n"
    assert (FOLDER / CARD).read_text(encoding="utf-8").startswith(card.partition("\n")[0] + "\n")
