"""What a manifest says of its model, as the tables of a model card, in Markdown."""

import re
from collections.abc import Callable
from typing import Any, Final

from model.markdown import render_table

Manifest = dict[str, Any]

NO_CARD: Final = "This model came without a written card. Here is what its manifest says of it."
_MARKS: Final = re.compile(r"[\\`*\[\]<>|&#~]|(?<![^\W_])_|_(?![^\W_])")
"""Marks of Markdown; an underscore within a word is none."""


def escape_marks(value: Any) -> Any:  # noqa: ANN401 - JSON
    """Return a manifest whose words are words in Markdown, too: no marks, no HTML, no lines."""
    if isinstance(value, dict):
        return {escape_marks(key): escape_marks(item) for key, item in value.items()}
    if isinstance(value, list):
        return [escape_marks(item) for item in value]
    if isinstance(value, str):
        # JSON may hold half a surrogate pair, a page cannot.
        text = " ".join(value.encode(errors="replace").decode().split())
        return _MARKS.sub(r"\\\g<0>", text)
    return value


def render_title(manifest: Manifest) -> str:
    """Return the title of a model's card."""
    return f"Model card: {manifest['language']}-{manifest['version']}"


def render_manifest(manifest: Manifest, level: int = 1) -> str:
    """Return a card in which no hand wrote.

    Parameters
    ----------
    manifest : dict
        A part that it says nothing of, or not as training writes it, is left out.
    level : int
        Of the title among the headings of a page.
    """
    manifest = escape_marks(manifest)
    blocks = [
        f"{'#' * level} {render_title(manifest)}",
        NO_CARD,
        f"SHA-256 of the weights: `{manifest['sha256']}`.",
    ]
    for title, table in _SECTIONS:
        try:
            rendered = table(manifest)
        except (LookupError, TypeError, ValueError, AttributeError):
            # Loading verifies what scoring needs of a manifest, and no more.
            continue
        if "\n| " in rendered:  # A row, below the header.
            blocks += [f"{'#' * (level + 1)} {title}", rendered]
    return "\n\n".join(blocks) + "\n"


def _identity(manifest: Manifest) -> str:
    features = manifest["features"]
    libraries = ", ".join(f"{name} {number}" for name, number in manifest["libraries"].items())
    rows = (
        ("model", f"{manifest['language']}-{manifest['version']}"),
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


def _sources(manifest: Manifest) -> str:
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


def _heads(manifest: Manifest) -> str:
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


def _metrics(manifest: Manifest) -> str:
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


TABLES: Final[dict[str, Callable[[Manifest], str]]] = {
    "identity": _identity,
    "sources": _sources,
    "heads": _heads,
    "metrics": _metrics,
}
"""By the name that stands in the marks of a card."""

_SECTIONS: Final = (
    ("What it is", _identity),
    ("What it was trained on", _sources),
    ("What each attribute learnt from", _heads),
    ("How well it does", _metrics),
)
