"""What became of the requests of a load."""

import json
import math
from collections import Counter
from dataclasses import dataclass, field


@dataclass
class Tally:
    """What became of the requests of a load.

    Attributes
    ----------
    answered : Counter
        By status.
    failed : Counter
        Requests without an answer, by the reason.
    wrong : int
        Answers that are not the known one.
    seconds : list of list of float
        For each answer its status, when it came (from the start), and how long it took.
    """

    sent: int = 0
    answered: Counter[int] = field(default_factory=Counter)
    failed: Counter[str] = field(default_factory=Counter)
    wrong: int = 0
    seconds: list[tuple[int, float, float]] = field(default_factory=list)

    def percentile(
        self, share: float, status: int = 200, begin: float = 0.0, end: float = math.inf
    ) -> float:
        """Return the seconds within which a share of the answers with a status came.

        Of those that came between two times.
        """
        took = sorted(
            took for each, at, took in self.seconds if each == status and begin <= at < end
        )
        return took[min(int(len(took) * share), len(took) - 1)] if took else float("nan")


def load_tally(text: str) -> Tally:
    """Read the tally that another process printed."""
    fields = json.loads(text)
    return Tally(
        fields["sent"],
        Counter({int(status): count for status, count in fields["answered"].items()}),
        Counter(fields["failed"]),
        fields["wrong"],
        [(int(status), at, took) for status, at, took in fields["seconds"]],
    )
