"""Machine code is kept where it can be, and everything works where it cannot."""

import ast
from pathlib import Path

import pytest
from numba import config

from model.compiled import SOURCES, compile_into, make_folder

MODEL = Path(__file__).parents[1] / "model"


def double(number: int) -> int:
    return 2 * number


@pytest.fixture
def blocked(tmp_path: Path) -> Path:
    """Return what cannot become a folder, not even for root."""
    path = tmp_path / "file"
    path.touch()
    return path


def test_machine_code_is_kept_in_its_folder(tmp_path: Path) -> None:
    assert compile_into(tmp_path, double)(21) == 42
    assert len(list(tmp_path.rglob("*.nbc"))) == 1
    again = compile_into(tmp_path, double)
    assert again(21) == 42
    assert len(list(tmp_path.rglob("*.nbc"))) == 1


def test_without_a_folder_functions_are_compiled_in_memory() -> None:
    assert compile_into(None, double)(21) == 42


def test_the_folder_of_other_users_of_numba_stays_theirs(tmp_path: Path) -> None:
    before = config.CACHE_DIR  # type: ignore[attr-defined]
    compile_into(tmp_path, double)
    assert before == config.CACHE_DIR  # type: ignore[attr-defined]


def test_the_first_folder_that_can_be_written_is_taken(tmp_path: Path, blocked: Path) -> None:
    assert make_folder("a", [blocked, tmp_path / "new", tmp_path]) == tmp_path / "new" / "a"


def test_where_no_folder_can_be_written_there_is_none(blocked: Path) -> None:
    assert make_folder("a", [blocked, blocked / "below"]) is None


def test_every_module_that_is_compiled_names_the_folder() -> None:
    users = {
        path.stem
        for path in MODEL.glob("*.py")
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8")))
        if isinstance(node, ast.Name) and node.id == "compiled"
    }
    assert users <= set(SOURCES)
