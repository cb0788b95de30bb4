"""What a site's moderators decided, each comment with the scores that the service gives it."""

import hashlib
from collections import Counter
from collections.abc import Mapping, Sequence
from typing import BinaryIO, Final, NamedTuple

import msgspec
import numpy as np
import numpy.typing as npt

from model import ATTRIBUTES
from model.scorer import TextScorer
from service.export_fields import Columns, parse_decision, parse_text
from service.exports import BadRows, ExportError, cut_chunks, open_export, read_rows
from service.moderation import Comment, Moderator, Outcome
from service.policy.sample import Floats
from service.policy.shape import Policy
from service.programs import say

Bools = npt.NDArray[np.bool_]

COPY: Final = "copies of a text with the same decision"
PENDING: Final = "without a decision"
BY_CODE: Final[Mapping[str, str]] = {
    "too_long": "too long",
    "empty": "empty",
    "banned_term": "decided by word lists",
    "suspect_term": "decided by word lists",
    "too_many_links": "with too many links",
    "unsupported_language": "in a language that is not judged",
}
"""Why the score of a comment has no say, by the rule that has."""


class Export(NamedTuple):
    """Where decisions are.

    Attributes
    ----------
    source : str
        A file, or ``-`` for JSON lines on standard input.
    columns : Columns
    stdin : binary file, optional
        Instead of standard input.
    quiet : bool
        Whether progress is not told.
    """

    source: str
    columns: Columns = Columns()
    stdin: BinaryIO | None = None
    quiet: bool = True


class Row(NamedTuple):
    """A comment of an export, and whether the site rejected it, if that is decided."""

    text: str
    rejected: bool | None


class Decisions(NamedTuple):
    """Comments of which the score has to decide, and what people decided.

    Attributes
    ----------
    scores : array of shape (n, n_attributes)
        Those of the model, in the order of `ATTRIBUTES`.
    rejected : array of shape (n,)
    left_out : Counter
        The others, by why.
    flagged : int
        How many of these the policy flags, whatever their score is.
    """

    scores: Floats
    rejected: Bools
    left_out: Counter[str]
    flagged: int

    def describe_left_out(self) -> str:
        """Return how many are left out, and why, the most frequent first; empty if none is."""
        return ", ".join(f"{count:,} {why}" for why, count in self.left_out.most_common())


def read_decisions(export: Export, policy: Policy, scorer: TextScorer) -> Decisions:
    """Read an export, and score what the score decides on.

    Rows that cannot be used are named by line on standard error.

    Parameters
    ----------
    export : Export
    policy : Policy
        Says which comments are scored, and how words that it allows are read. Its
        recalibration has no influence.
    scorer : TextScorer

    Raises
    ------
    ExportError
        If the export cannot be used.
    """
    bad, collector = BadRows(), _Collector(policy, scorer)
    with open_export(export.source, export.stdin) as (stream, is_csv):
        rows = read_rows(
            stream,
            lambda header: _check_header(header, export.columns),
            lambda fields: _parse_row(fields, export.columns),
            bad,
            is_csv=is_csv,
        )
        for chunk in cut_chunks(rows, (lambda _: None) if export.quiet else say):
            collector.add(chunk)
        for sentence in bad.describe():
            say(sentence)
        bad.check(collector.rows)
    return collector.collect()


def _check_header(header: Sequence[str], columns: Columns) -> None:
    columns.check_text(header)
    columns.check_decision(header)


def _parse_row(fields: Mapping[str, object], columns: Columns) -> Row:
    text = parse_text(fields, columns.text_names)
    decision = next((fields[name] for name in columns.decision_names if name in fields), None)
    return Row(text, parse_decision(decision, columns.rejected))


class _Collector:
    """Take rows, keep the scores of those that count, and no text."""

    def __init__(self, policy: Policy, scorer: TextScorer) -> None:
        language = scorer.manifest["language"]
        if policy.languages is not None and language not in policy.languages:
            raise ExportError(
                f"policy {policy.name!r} judges {', '.join(policy.languages)}, and"
                f" {scorer.version} reads {language}"
            )
        # It is fitted to the model's own scores, and to those of this model alone; its review is
        # what is to be solved.
        plain = msgspec.structs.replace(
            policy,
            recalibration=None,
            review=None,
            languages=policy.languages and (language,),
        )
        self._moderator = Moderator({language: scorer}, {policy.name: plain})
        self._policy = policy.name
        self._seen: set[bytes] = set()
        self._scores = [np.empty((0, len(ATTRIBUTES)))]
        self._rejected = [np.empty(0, np.bool_)]
        self._left_out: Counter[str] = Counter()
        self._flagged = 0
        self.rows = 0

    def add(self, rows: Sequence[Row]) -> None:
        """Score the rows that count."""
        self.rows += len(rows)
        chosen = [row for row in rows if self._is_new(row)]
        outcomes = self._moderator.moderate(
            [Comment(row.text, policy=self._policy) for row in chosen]
        )
        scores, rejected = [], []
        for row, outcome in zip(chosen, outcomes, strict=True):
            if found := _score(outcome):
                scores.append(found)
                rejected.append(row.rejected)
            else:
                self._leave_out(outcome)
        if scores:
            self._scores.append(np.array(scores))
            self._rejected.append(np.array(rejected, np.bool_))

    def collect(self) -> Decisions:
        """Return what counts."""
        scores, rejected = np.concatenate(self._scores), np.concatenate(self._rejected)
        return Decisions(scores, rejected, self._left_out, self._flagged)

    def _is_new(self, row: Row) -> bool:
        """Return whether a row is decided, and not a copy of one before."""
        if row.rejected is None:
            self._left_out[PENDING] += 1
            return False
        words = " ".join(row.text.casefold().split())
        key = hashlib.blake2b(words.encode("utf-8", "surrogatepass"), digest_size=16).digest()
        key += bytes([row.rejected])
        if key in self._seen:
            self._left_out[COPY] += 1
            return False
        self._seen.add(key)
        return True

    def _leave_out(self, outcome: Outcome) -> None:
        reasons = [reason for reason in outcome.decision.reasons if reason.code in BY_CODE]
        self._left_out[BY_CODE[reasons[0].code]] += 1
        self._flagged += reasons[0].action == "flag"


def _score(outcome: Outcome) -> list[float] | None:
    """Return the scores of a comment that no rule but theirs decides on."""
    if outcome.scores is None or any(reason.code != "toxic" for reason in outcome.decision.reasons):
        return None
    return [outcome.scores[name] for name in ATTRIBUTES]
