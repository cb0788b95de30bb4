"""What a run says of itself on standard error."""

import contextlib
import io
import sys
import time
from collections import Counter
from collections.abc import Callable
from typing import Final

from tqdm import tqdm

from service.rescore.parts import Done

_REPORT_EVERY_S: Final = 10.0
_REDRAW_EVERY_S: Final = 0.2
_DECISIONS: Final = ("accept", "flag", "reject")
_FORMAT: Final = "{percentage:3.0f}% |{bar:10}| {elapsed}<{remaining}{postfix}"
_LINE: Final = "{percentage:3.0f}% {elapsed}<{remaining}{postfix}"


class Progress:
    """Count what was done; draw it on a terminal, write a line now and then elsewhere.

    Parameters
    ----------
    weight : int
        Of all parts.
    quiet : bool
        Say nothing before the end.
    clock : function
        Seconds since any moment.
    """

    def __init__(
        self, weight: int, *, quiet: bool, clock: Callable[[], float] = time.monotonic
    ) -> None:
        self.decisions: Counter[str] = Counter()
        self.refused = 0
        self._terminal = sys.stderr.isatty() and not quiet
        self._quiet = quiet
        self._clock = clock
        self._started = self._reported = clock()
        self._rows_now = 0
        self._bar = tqdm(
            total=weight,
            bar_format=_FORMAT if self._terminal else _LINE,
            file=sys.stderr if self._terminal else io.StringIO(),
            mininterval=_REDRAW_EVERY_S if self._terminal else float("inf"),
            smoothing=0,
            dynamic_ncols=True,
            leave=False,
        )

    def close(self) -> None:
        """Draw no more."""
        self._bar.close()

    def add_earlier(self, done: Done, weight: int) -> None:
        """Count a part that an earlier run did."""
        self._count(done)
        self._bar.initial += weight
        self._bar.n += weight

    def add(self, done: Done, weight: int) -> None:
        """Count a part, and say how far it is if it is time to."""
        self._count(done)
        self._rows_now += done.rows + done.refused
        self._bar.set_postfix_str(self._counts(), refresh=False)
        self._bar.update(weight)
        now = self._clock()
        if not self._terminal and not self._quiet and now - self._reported >= _REPORT_EVERY_S:
            self._reported = now
            print(self._bar, file=sys.stderr, flush=True)

    def say(self, message: str) -> None:
        """Say a line, without disturbing what is drawn."""
        with contextlib.nullcontext() if not self._terminal else tqdm.external_write_mode():
            print(message, file=sys.stderr, flush=True)

    def __str__(self) -> str:
        """Return what was done, as a line for people."""
        seconds = self._clock() - self._started
        return f"{self._counts()}; {seconds:.1f} s"

    def _count(self, done: Done) -> None:
        self.decisions.update(done.decisions)
        self.refused += done.refused

    def _counts(self) -> str:
        seconds = max(self._clock() - self._started, 1e-9)
        counts = ", ".join(f"{self.decisions[name]:,} {name}" for name in _DECISIONS)
        return (
            f"{self.decisions.total():,} rows, {self._rows_now / seconds:,.0f} a second: {counts};"
            f" {self.refused:,} refused"
        )
