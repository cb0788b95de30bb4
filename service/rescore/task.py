"""The work on one part: read, moderate, write. It may run in another process, or machine."""

import functools
import json
from collections import Counter
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

import msgspec
import pyarrow as pa

from service import __version__
from service.decision import Decision
from service.loading import ArtefactError, PolicyError, load_scorers
from service.moderation import Comment, Moderator
from service.policy import Policy, load_policy
from service.rescore.columns import Results
from service.rescore.comparison import add_rules, compares_scores, parse_before
from service.rescore.database_sink import DatabaseSink
from service.rescore.errors import BadRowError, RescoreError, RowError
from service.rescore.file_sink import FileSink
from service.rescore.journal import find_difference
from service.rescore.lines import NOT_UTF8
from service.rescore.parts import Done, Part
from service.rescore.rows import Rows, parse_id, parse_text
from service.rescore.sources import Source
from service.rescore.storing import store
from service.transitions import Transition, find_behind, has_moved


class Job(msgspec.Struct, frozen=True):
    """What is the same for all parts.

    Attributes
    ----------
    source : Source
    sink : FileSink or DatabaseSink
    parts : str
        Folder for the errors of each part.
    artefacts, policy : str
        Paths.
    judges : dict
        What `describe_judges` must say where a part is done.
    compare : list of str
    changes_only : bool
    """

    source: Source
    sink: FileSink | DatabaseSink
    parts: str
    artefacts: str
    policy: str
    judges: dict[str, Any]
    compare: list[str]
    changes_only: bool

    def errors_path(self, number: int) -> Path:
        """Return where the errors of a part are."""
        return Path(self.parts) / f"errors-{number:05d}.jsonl"


@functools.lru_cache(maxsize=1)
def load_judges(artefacts: str, policy: str) -> tuple[Moderator, Policy]:
    """Load models and policy, once a process."""
    loaded = load_policy(Path(policy))
    return Moderator(load_scorers(Path(artefacts)), {loaded.name: loaded}), loaded


def _load_same_judges(job: Job) -> tuple[Moderator, Policy]:
    """Load what the run was begun with; a process that lived on may know an earlier one."""
    for _ in range(2):
        judges = load_judges(job.artefacts, job.policy)
        found = find_difference(job.judges, describe_judges(*judges))
        if not found:
            return judges
        load_judges.cache_clear()
    raise RescoreError(f"where a part is done, {found}")


def describe_judges(moderator: Moderator, policy: Policy) -> dict[str, Any]:
    """Return what decisions depend on, to be compared."""
    models = {
        language: f"{scorer.version} {scorer.manifest['sha256']}"
        for language, scorer in moderator.scorers.items()
    }
    return {
        "service": __version__,
        "model": models,
        "policy": f"{policy.name} {policy.version}",
    }


def rescore_part(job: Job, number: int, part: Part) -> Done:
    """Rescore a part; what is written is there as a whole, or not at all.

    Raises
    ------
    RescoreError
        If something other than a row is wrong. The message repeats no comment.
    """
    try:
        moderator, policy = _load_same_judges(job)
        tally = Tally()
        size = job.sink.write(
            number, rescore_rows(job, moderator, policy, job.source.read(part), tally)
        )
        _write_errors(job.errors_path(number), tally.errors)
    except (RescoreError, ArtefactError, PolicyError, OSError, MemoryError):
        raise
    except Exception as error:  # noqa: BLE001
        # The message of another error may repeat a comment.
        raise RescoreError(f"part {number}: {type(error).__name__}") from None
    return tally.sum_up(size)


class Tally:
    """What is counted while a part is done."""

    def __init__(self) -> None:
        self.errors: list[RowError] = []
        self.written = 0
        self._decisions: Counter[str] = Counter()
        self._transitions: Counter[tuple[str | None, str, str | None]] = Counter()

    def count(self, before: Decision | None, decision: Decision) -> None:
        """Count a row that was decided on."""
        label = decision.action.label
        self._decisions[label] += 1
        behind = find_behind(before, decision) if before else None
        self._transitions[_label(before), label, behind] += 1

    def sum_up(self, size: int) -> Done:
        """Return what came of the part."""
        return Done(
            rows=self._decisions.total(),
            refused=sum(error.rows for error in self.errors),
            written=self.written,
            size=size,
            decisions=dict(sorted(self._decisions.items())),
            transitions=[
                Transition(*key, rows)
                for key, rows in sorted(self._transitions.items(), key=lambda item: str(item[0]))
            ],
        )


def rescore_rows(
    job: Job, moderator: Moderator, policy: Policy, source: Iterator[Rows], tally: Tally
) -> Iterator[Results]:
    """Moderate rows as they come; errors and counts go to `tally`."""
    for rows in source:
        tally.errors += rows.errors
        comments: list[Comment] = []
        befores: list[Decision | None] = []
        used: list[int] = []
        for index in _pick_stored(rows, tally):
            try:
                text, identifier = parse_text(rows.texts[index]), parse_id(rows.ids[index])
                before = (
                    parse_before(job.compare, rows.before[index], policy) if job.compare else None
                )
                job.sink.check(rows.ids[index])
            except BadRowError as error:
                tally.errors.append(RowError(rows.place(index), str(error)))
            else:
                comments.append(Comment(text, identifier, policy=policy.name))
                befores.append(before)
                used.append(index)
        outcomes = moderator.moderate(comments)
        if job.compare and compares_scores(job.compare):
            befores = list(map(add_rules, befores, outcomes))
        chosen = []
        for place, (before, outcome) in enumerate(zip(befores, outcomes, strict=True)):
            tally.count(before, outcome.decision)
            if not job.changes_only or has_moved(before, outcome.decision):
                chosen.append(place)
        tally.written += len(chosen)
        yield Results(
            outcomes=[outcomes[place] for place in chosen],
            before=[_label(befores[place]) for place in chosen],
            kept=_take(rows.kept, [used[place] for place in chosen]),
            ids=[rows.ids[used[place]] for place in chosen],
            policy_version=policy.version,
        )


def _pick_stored(rows: Rows, tally: Tally) -> Iterable[int]:
    """Return the indices of rows whose kept columns are UTF-8; the others are errors."""
    every = range(len(rows.texts))
    if not isinstance(rows.kept, pa.RecordBatch) or _is_utf8(rows.kept):
        return every
    sound = []
    for index in every:
        if _is_utf8(rows.kept.take(pa.array([index]))):
            sound.append(index)
        else:
            tally.errors.append(RowError(rows.place(index), NOT_UTF8))
    return sound


def _is_utf8(batch: pa.RecordBatch) -> bool:
    try:
        batch.validate(full=True)
    except pa.ArrowInvalid:
        return False
    return True


def _label(before: Decision | None) -> str | None:
    return before.action.label if before else None


def _take(
    kept: pa.RecordBatch | list[bytes] | None, indices: list[int]
) -> pa.RecordBatch | list[bytes] | None:
    if isinstance(kept, pa.RecordBatch):
        return kept.take(pa.array(indices, pa.int64()))
    return kept and [kept[index] for index in indices]


def _write_errors(path: Path, errors: list[RowError]) -> None:
    if errors:
        with store(path) as unfinished, unfinished.open("x", encoding="utf-8") as file:
            errors = sorted(errors, key=lambda error: error.order)
            file.writelines(json.dumps(error.document()) + "\n" for error in errors)
