"""Write the tables of the model card from the manifest: ``python -m model.card``.

The prose of the card is written by hand; what stands between the marks is
made, and a test compares it with the manifest.
"""

import re
import sys
from pathlib import Path
from typing import Any, Final

from model.artefact import read_manifest
from model.markdown import render_table

CARD: Final = Path(__file__).parents[1] / "docs" / "model" / "README.md"
ARTEFACT: Final = Path(__file__).with_name("artefacts") / "en"
_MARKED: Final = re.compile(r"(<!-- begin (\w+) -->\n).*?(<!-- end \2 -->)", re.DOTALL)


def main() -> int:
    """Bring the card up to date with the shipped artefact."""
    card = render_card(CARD.read_text(encoding="utf-8"), read_manifest(ARTEFACT))
    CARD.write_text(card, encoding="utf-8")
    print(f"wrote {CARD}", file=sys.stderr)
    return 0


def render_card(card: str, manifest: dict[str, Any]) -> str:
    """Return the card with every marked part made from `manifest`."""
    return _MARKED.sub(lambda mark: f"{mark[1]}{_PARTS[mark[2]](manifest)}\n{mark[3]}", card)


def _identity(manifest: dict[str, Any]) -> str:
    features = manifest["features"]
    libraries = ", ".join(f"{name} {number}" for name, number in manifest["libraries"].items())
    rows = (
        ("model", f"`{manifest['language']}-{manifest['version']}`"),
        ("SHA-256 of the weights", f"`{manifest['sha256']}`"),
        ("rows of the weight table", f"2^{features['bits']}"),
        ("character n-grams", f"{features['orders'][0]} to {features['orders'][-1]}, in a word"),
        ("trained with", f"Python {manifest['python']}, {libraries}"),
        ("calibrated on", ", ".join(manifest["calibrated_on"]) + ", validation split"),
        ("share of comments that scores assume", manifest["calibration"]["prevalence"]),
        ("sentences from our templates (`templates`)", manifest["augmentation"]["templates"]),
        ("disguised copies of comments (`disguises`)", manifest["augmentation"]["disguises"]),
    )
    return render_table(("what", "value"), rows)


def _sources(manifest: dict[str, Any]) -> str:
    return render_table(
        ("set", "licence", "train", "validation", "test"),
        (
            (
                f"[{source['title']}]({source['url']})",
                source["licence"],
                # By name: a manifest is saved with its keys sorted.
                *(source["rows"][split] for split in ("train", "validation", "test")),
            )
            for source in manifest["sources"]
        ),
    )


def _heads(manifest: dict[str, Any]) -> str:
    return render_table(
        ("attribute", "prevalence", "sources and the weight of their comments"),
        (
            (
                attribute,
                manifest["prevalence"][attribute],
                ", ".join(f"{name} {weight:g}" for name, weight in head["sources"].items()),
            )
            for attribute, head in manifest["heads"].items()
        ),
    )


def _metrics(manifest: dict[str, Any]) -> str:
    return render_table(
        ("attribute", "source", "comments", "positive", "ROC-AUC", "average precision"),
        (
            (
                row["attribute"],
                row["source"],
                row["comments"],
                row["positives"],
                f"{row['roc_auc']:.4f}",
                f"{row['average_precision']:.4f}",
            )
            for row in manifest["metrics"]
        ),
    )


_PARTS: Final = {
    "identity": _identity,
    "sources": _sources,
    "heads": _heads,
    "metrics": _metrics,
}

if __name__ == "__main__":
    sys.exit(main())
