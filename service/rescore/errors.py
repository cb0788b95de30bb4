"""What can go wrong, for the whole run and for one row. No message repeats a comment."""

import msgspec


class RescoreError(Exception):
    """Why nothing more can be done; one sentence."""


class BadRowError(ValueError):
    """Why a row cannot be rescored; the message does not repeat what it holds."""


class RowError(msgspec.Struct, frozen=True):
    """A row that was passed over, or several that could not be told apart.

    Attributes
    ----------
    place : dict
        Where it is: file and line, file, row group and row, or table and id.
    reason : str
    rows : int
        How many rows were lost with it.
    """

    place: dict[str, object]
    reason: str
    rows: int = 1

    @property
    def order(self) -> int:
        """Where it stands among the errors of a part; those of a table have no order."""
        place = self.place.get("line", self.place.get("row", 0))
        return place if isinstance(place, int) else 0

    def document(self) -> dict[str, object]:
        """Return what a line of the errors' file holds."""
        several = {"rows": self.rows} if self.rows != 1 else {}
        return {**self.place, **several, "reason": self.reason}
