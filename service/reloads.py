"""What reloads came to: told by ``/readyz`` and the metrics."""

from dataclasses import dataclass
from typing import Literal

Refusal = Literal["settings", "model", "policy", "shadow", "feedback", "other"]


@dataclass
class Reloads:
    """The reloads of the master. A worker knows of those before it was forked.

    Attributes
    ----------
    loaded : int
        How many put what they loaded in the place of what was served.
    refused : int
        How many left it as it was.
    refusal : str, optional
        What the last one was refused for. The log has the sentence, which may name a path or a
        term of a list: the address is for everybody.
    """

    loaded: int = 0
    refused: int = 0
    refusal: Refusal | None = None

    def accept(self) -> None:
        """Count one that was loaded."""
        self.loaded += 1
        self.refusal = None

    def refuse(self, refusal: Refusal) -> None:
        """Count one that was refused."""
        self.refused += 1
        self.refusal = refusal
