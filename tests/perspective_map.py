"""The program that maps thresholds, with a stub for a model, and exports written for it."""

import csv
import gzip
import io
import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from stubs import StubScorer

from model.scorer import TextScorer
from service.perspective.__main__ import main

CALM = {"text": "Thank you.", "TOXICITY": 0.1}
RUDE = {"text": "How rude.", "TOXICITY": 0.8}

Row = Mapping[str, Any]


def load_stub(_: Path) -> dict[str, TextScorer]:
    return {"en": StubScorer()}


def run(*arguments: object) -> int:
    """Run the program here, with a stub for a model."""
    return main(["map", *map(str, arguments)], load_stub)


def write(path: Path, rows: Sequence[Row]) -> Path:
    """Write rows in the format of the path's ending."""
    if ".csv" in path.name:
        text = io.StringIO(newline="")
        writer = csv.DictWriter(text, list(rows[0]))
        writer.writeheader()
        writer.writerows(rows)
        data = text.getvalue().encode()
    else:
        data = b"".join(json.dumps(row).encode() + b"\n" for row in rows)
    path.write_bytes(gzip.compress(data) if path.suffix == ".gz" else data)
    return path
