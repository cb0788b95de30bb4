"""The tables of the model card are those of the manifest."""

import pytest

from model.artefact import read_manifest
from model.card import ARTEFACT, CARD, render_card

PARTS = ("identity", "sources", "heads", "metrics")
DRAFT = "# Card\n\nProse.\n\n" + "\n".join(
    f"<!-- begin {part} -->\nold\n<!-- end {part} -->\n" for part in PARTS
)


def read_table(card: str, part: str) -> list[list[str]]:
    """Return the cells of a part, header first, without the line under it."""
    marked = card.partition(f"<!-- begin {part} -->\n")[2].partition(f"<!-- end {part} -->")[0]
    rows = [line.strip("| ").split(" | ") for line in marked.strip().splitlines()]
    return [rows[0], *rows[2:]]


def test_the_card_is_what_the_manifest_says() -> None:
    card = CARD.read_text(encoding="utf-8")
    assert render_card(card, read_manifest(ARTEFACT)) == card
    for part in PARTS:
        assert f"<!-- begin {part} -->" in card


def test_prose_is_left_as_it_is_and_rendering_twice_changes_nothing() -> None:
    manifest = read_manifest(ARTEFACT)
    card = render_card(DRAFT, manifest)
    assert card.startswith("# Card\n\nProse.\n\n<!-- begin identity -->\n| what | value |\n")
    assert "old" not in card.splitlines()
    assert render_card(card, manifest) == card


@pytest.mark.parametrize("part", PARTS)
def test_every_row_has_as_many_cells_as_its_header(part: str) -> None:
    header, *rows = read_table(render_card(DRAFT, read_manifest(ARTEFACT)), part)
    assert rows
    assert {len(row) for row in rows} == {len(header)}


def test_the_rows_of_a_set_stand_under_the_split_they_belong_to() -> None:
    manifest = read_manifest(ARTEFACT)
    header, *rows = read_table(render_card(DRAFT, manifest), "sources")
    assert header == ["set", "licence", "train", "validation", "test"]
    for row, source in zip(rows, manifest["sources"], strict=True):
        assert source["title"] in row[0]
        assert row[1] == source["licence"]
        assert dict(zip(header[2:], map(int, row[2:]), strict=True)) == source["rows"]


def test_the_metrics_are_those_of_the_manifest() -> None:
    manifest = read_manifest(ARTEFACT)
    _, *rows = read_table(render_card(DRAFT, manifest), "metrics")
    expected = [
        [row["attribute"], row["source"], f"{row['comments']}", f"{row['positives']}"]
        for row in manifest["metrics"]
    ]
    assert [row[:4] for row in rows] == expected
    assert [float(row[4]) for row in rows] == [row["roc_auc"] for row in manifest["metrics"]]


def test_a_mark_that_stands_for_nothing_is_an_error() -> None:
    with pytest.raises(KeyError, match="moods"):
        render_card("<!-- begin moods -->\n<!-- end moods -->", read_manifest(ARTEFACT))
