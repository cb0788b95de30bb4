"""Write the title and tables of the model card from the manifest: ``python -m model.card``.

The prose of the card is written by hand; its title, and what stands between
the marks, is made, and a test compares it with the manifest.
"""

import re
import sys
from pathlib import Path
from typing import Any, Final

from model.artefact import read_manifest
from model.card_tables import TABLES, escape_marks, render_title

CARD: Final = Path(__file__).parents[1] / "docs" / "model" / "README.md"
ARTEFACT: Final = Path(__file__).with_name("artefacts") / "en"
_MARKED: Final = re.compile(r"(<!-- begin (\w+) -->\n).*?(<!-- end \2 -->)", re.DOTALL)
_TITLE: Final = re.compile(r"\A# Model card: .*")


def main() -> int:
    """Bring the card up to date with the shipped artefact."""
    card = render_card(CARD.read_text(encoding="utf-8"), read_manifest(ARTEFACT))
    CARD.write_text(card, encoding="utf-8")
    print(f"wrote {CARD}", file=sys.stderr)
    return 0


def render_card(card: str, manifest: dict[str, Any]) -> str:
    """Return the card with its title and every marked part made from `manifest`."""
    manifest = escape_marks(manifest)
    card = _TITLE.sub(lambda _: f"# {render_title(manifest)}", card)
    return _MARKED.sub(lambda mark: f"{mark[1]}{TABLES[mark[2]](manifest)}\n{mark[3]}", card)


if __name__ == "__main__":
    sys.exit(main())
