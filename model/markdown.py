"""Tables as they stand on the model card and in the report."""

from collections.abc import Iterable, Sequence


def render_table(header: Sequence[str], rows: Iterable[Iterable[object]]) -> str:
    """Return a table; every row has as many cells as the header.

    Raises
    ------
    ValueError
        If a row has another number of cells.
    """
    lines = [_render_row(header), "|" + "---|" * len(header)]
    for row in rows:
        cells = [str(cell) for cell in row]
        if len(cells) != len(header):
            raise ValueError(f"{cells} are not {len(header)} cells")
        lines.append(_render_row(cells))
    return "\n".join(lines)


def _render_row(cells: Iterable[str]) -> str:
    return "| " + " | ".join(cells) + " |"
