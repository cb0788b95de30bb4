"""The image has what the service runs and shows, and no more."""

import shutil
import subprocess
import sys
from fnmatch import fnmatch
from pathlib import Path

from service.pages.card import CARD, EXPERIMENTS, FOLDER, REPORT

ROOT = Path(__file__).parents[1]


def is_in_image(path: str) -> bool:
    """Tell whether the image's engine is sent a file: the last line that fits it decides."""
    kept = True
    for line in (ROOT / ".dockerignore").read_text(encoding="utf-8").splitlines():
        pattern = line.removeprefix("!").removeprefix("**/")
        parts = path.split("/")
        heads = ["/".join(parts[: number + 1]) for number in range(len(parts))]
        names = parts if "**/" in line else heads
        if line and not line.startswith("#") and any(fnmatch(name, pattern) for name in names):
            kept = line.startswith("!")
    return kept


def test_what_the_pages_read_is_in_the_image() -> None:
    read = [f"docs/model/{name}" for name in (CARD, REPORT, EXPERIMENTS)]
    read += [f"docs/model/plots/{path.name}" for path in (FOLDER / "plots").iterdir()]
    assert [path for path in read if not is_in_image(path)] == []
    assert not is_in_image("docs/api.md")
    assert not is_in_image("model/train.py")
    assert not is_in_image("service/pages/__pycache__/card.pyc")
    dockerfile = (ROOT / "Dockerfile").read_text(encoding="utf-8")
    for folder in ("service", "model", "docs/model"):
        assert f"\nCOPY {folder} {folder}\n" in dockerfile


def test_what_is_in_the_image_can_be_loaded_without_the_rest(tmp_path: Path) -> None:
    for folder in ("model", "service"):
        for path in (ROOT / folder).rglob("*.*"):
            name = path.relative_to(ROOT).as_posix()
            if is_in_image(name) and path.suffix != ".joblib":
                (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
                shutil.copyfile(path, tmp_path / name)
    program = "import service.app, service.loading, model.card_tables as last; print(last.__file__)"
    done = subprocess.run(
        [sys.executable, "-c", program], cwd=tmp_path, check=True, capture_output=True, text=True
    )
    assert done.stdout.strip() == str(tmp_path / "model" / "card_tables.py")
