"""The files a program is asked to write, looked at before it begins its work."""

from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Final, Literal

PlotFormat = Literal["svg", "png"]
PLOT_FORMATS: Final[Mapping[str, PlotFormat]] = {".svg": "svg", ".png": "png"}


class OutputError(Exception):
    """Why a file cannot be written; one sentence."""


def check_outputs(paths: Iterable[Path], *, force: bool) -> None:
    """Refuse paths that cannot be written, or without `force` replace a file.

    Raises
    ------
    OutputError
        Naming the first.
    """
    for path in paths:
        if path.is_dir():
            raise OutputError(f"{path}: is a folder")
        if path.exists() and not force:
            raise OutputError(f"{path}: is there already; --force replaces it")
        if not path.absolute().parent.is_dir():
            raise OutputError(f"{path}: its folder is not there")
