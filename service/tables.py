"""Tables for people: columns aligned with spaces."""

from collections.abc import Iterable, Sequence


def align(rows: Iterable[Sequence[str]], left: int = 0) -> list[str]:
    """Return a line for each row.

    Parameters
    ----------
    rows : iterable of sequence of str
        All of one length.
    left : int
        So many columns are flush left, the others right.
    """
    columns = list(zip(*rows, strict=True))
    widths = [max(map(len, column)) for column in columns]
    return [
        "  ".join(
            cell.ljust(width) if place < left else cell.rjust(width)
            for place, (cell, width) in enumerate(zip(row, widths, strict=True))
        ).rstrip()
        for row in zip(*columns, strict=True)
    ]
