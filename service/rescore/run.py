"""A run: plan parts, have them done, keep the journal, publish the output."""

import contextlib
import shutil
import sys
import uuid
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Final

import msgspec
from joblib.externals.loky.process_executor import TerminatedWorkerError

from service.rescore.columns import build_schema
from service.rescore.computing import compute_parts
from service.rescore.database import hold_table
from service.rescore.database_sink import DatabaseSink
from service.rescore.database_source import DatabaseSource
from service.rescore.errors import RescoreError
from service.rescore.file_sink import FileSink
from service.rescore.formats import Format
from service.rescore.journal import Header, Journal, find_difference
from service.rescore.options import Options
from service.rescore.outputs import (
    Output,
    check_absent,
    open_output,
    prepare_room,
    publish,
    remove_parts,
)
from service.rescore.progress import Progress
from service.rescore.sources import Source, build_source, find_format
from service.rescore.storing import store
from service.rescore.task import Job, describe_judges, load_judges
from service.transitions import render_transitions

_LOSSES: Final = 3
"""How often workers may be killed with no part done in between."""


def run(options: Options) -> bool:
    """Rescore; return whether every row could be.

    Raises
    ------
    RescoreError, PolicyError, ArtefactError, OSError
        If it cannot be done, or not to its end.
    """
    moderator, policy = load_judges(*options.judges)
    judges = describe_judges(moderator, policy)
    with contextlib.ExitStack() as stack:
        output = stack.enter_context(open_output(options))
        journal = stack.enter_context(contextlib.closing(Journal(output.journal)))
        if output.table:
            stack.enter_context(hold_table(output.table))
        going_on = _goes_on(options, output, journal)
        stack.callback(_leave, output, journal)
        job = _begin(options, output, journal, judges, going_on=going_on)
        if journal.complete:
            print(f"{output.label}: is complete already", file=sys.stderr)
            return not any(done.refused for done in journal.done.values())
        stack.callback(_say_how_to_go_on, output, journal)
        weight = job.source.weight
        with contextlib.closing(Progress(weight, quiet=options.quiet)) as progress:
            _do_parts(options, output, job, journal, progress)
        _finish(output, job, journal)
        print(progress, file=sys.stderr)
        _report(options, output, job, journal)
        return not progress.refused


def _begin(
    options: Options, output: Output, journal: Journal, judges: dict[str, Any], *, going_on: bool
) -> Job:
    """See that all is there that a run needs, and record what it is."""
    if not going_on:
        remove_parts(output)
    token = journal.header.token if journal.header and going_on else uuid.uuid4().hex
    room = prepare_room(output, token)
    source = build_source(options, room)
    identity = _identify(options, output, source, judges)
    if going_on:
        header = _find_header(journal, identity)
        if isinstance(source, DatabaseSource):
            source = msgspec.structs.replace(source, until=header.until, rows=header.rows)
    else:
        header = Header(options.run or _name_run(), token, identity)
        if isinstance(source, DatabaseSource):
            header = msgspec.structs.replace(header, until=source.until, rows=source.rows)
    sink = _build_sink(options, output, source, header.run, room)
    if isinstance(sink, DatabaseSink):
        sink.prepare(resume=going_on, force=options.force)
    if not going_on:
        # First, so that no journal speaks of rows that are no more.
        journal.start(header)
        if isinstance(sink, DatabaseSink):
            sink.clear()
    artefacts, policy = options.judges
    return Job(
        source=source,
        sink=sink,
        parts=str(room),
        artefacts=artefacts,
        policy=policy,
        judges=judges,
        compare=options.compare,
        changes_only=options.changes_only,
    )


def _name_run() -> str:
    return datetime.now(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def _goes_on(options: Options, output: Output, journal: Journal) -> bool:
    """Return whether this goes on with the run of the journal; see that it may begin if not.

    Raises
    ------
    RescoreError
        If there is an unfinished run, or an output, that nobody said to replace.
    """
    if journal.header and options.resume:
        # Runs of a table stand beside each other: another name is another run.
        another = output.table and options.run not in (None, journal.header.run)
        is_gone = journal.complete and output.is_local and not output.path.exists()
        if not (another or is_gone):
            return True
    elif journal.header and not journal.complete and not options.force and output.lasts:
        raise RescoreError(
            f"{output.journal}: is of a run that did not end; --resume goes on with it,"
            " --force begins anew"
        )
    check_absent(output, force=options.force)
    return False


def _leave(output: Output, journal: Journal) -> None:
    """Leave what a run can go on from, and nothing else."""
    if journal.complete or journal.header is None or not output.lasts:
        with contextlib.suppress(RescoreError):
            remove_parts(output)
        if not (output.lasts or journal.complete):
            journal.forget()


def _say_how_to_go_on(output: Output, journal: Journal) -> None:
    if output.lasts and not journal.complete:
        print("what is done is kept: --resume goes on with it", file=sys.stderr)


def _identify(
    options: Options, output: Output, source: Source, judges: dict[str, Any]
) -> dict[str, Any]:
    """Return all that the bytes of the output depend on."""
    columns = ("text_column", "id_column", "compare", "keep", "changes_only", "part_rows")
    return {
        **judges,
        "input": source.describe(),
        "output": {
            "name": output.label,
            "format": output.format.ending if output.format else None,
            **({"run": options.run} if options.run else {}),
        },
        **{f"--{name.replace('_', '-')}": getattr(options, name) for name in columns},
    }


def _find_header(journal: Journal, identity: dict[str, Any]) -> Header:
    header = journal.header
    assert header  # noqa: S101 - the run goes on
    if found := find_difference(header.identity, identity):
        raise RescoreError(f"{journal.path}: cannot go on: {found}")
    return header


def _build_sink(
    options: Options, output: Output, source: Source, name: str, room: Path
) -> FileSink | DatabaseSink:
    kept = source.schema if options.keep else None
    schema = build_schema(kept, compare=bool(options.compare))
    if output.table:
        key = source.key_type if isinstance(source, DatabaseSource) else None
        return DatabaseSink(output.table, name, schema, key)
    format_ = output.format or (Format("jsonl") if output.is_stream else find_format(source))
    return FileSink(str(room), format_, schema, output.is_folder)


def _do_parts(
    options: Options, output: Output, job: Job, journal: Journal, progress: Progress
) -> None:
    """Have all parts done that are not; what ends early leaves the journal to go on from.

    Raises
    ------
    RescoreError
        If a part cannot be done, or too many rows are refused.
    """
    _count_earlier(job, journal, progress)
    losses = 0
    while True:
        before = len(journal.done)
        try:
            for number, part, done in compute_parts(options, job, journal):
                journal.finish(number, done)
                job.source.forget(part)
                progress.add(done, part.weight)
                if output.is_stream:
                    _emit(job, number, progress)
                if options.max_errors is not None and progress.refused > options.max_errors:
                    _join_errors(output, job, journal)
                    raise RescoreError(f"{progress.refused:,} rows were refused")
        except TerminatedWorkerError:
            losses = losses + 1 if len(journal.done) == before else 1
            if losses == _LOSSES:
                raise RescoreError("workers are killed again and again; out of memory?") from None
            progress.say("a worker was killed; its part is done again")
        else:
            return


def _count_earlier(job: Job, journal: Journal, progress: Progress) -> None:
    """Count the parts that are done; those that a database lost are to be done again."""
    for number in job.sink.find_lost(journal.done):
        if isinstance(job.sink, FileSink):
            raise RescoreError(f"part {number} is not as it was recorded; --force begins anew")
        del journal.done[number]
    for number, done in journal.done.items():
        progress.add_earlier(done, journal.planned[number].weight)


def _emit(job: Job, number: int, progress: Progress) -> None:
    """Write a part of a stream, which nobody can go on with, and its errors."""
    errors = job.errors_path(number)
    if errors.exists():
        progress.say(errors.read_text(encoding="utf-8").removesuffix("\n"))
        errors.unlink()
    if isinstance(job.sink, FileSink) and job.sink.joins:
        job.sink.join([number], sys.stdout.buffer)
        sys.stdout.buffer.flush()
        job.sink.path(number).unlink()


def _finish(output: Output, job: Job, journal: Journal) -> None:
    """Give the output its name, and remove what is not needed any more."""
    numbers = sorted(journal.done)
    _join_errors(output, job, journal)
    if isinstance(job.sink, FileSink):
        if not numbers:
            job.sink.write(0, [])
            numbers = [0]
        if not (output.is_stream and job.sink.joins and journal.done):
            publish(output, job.sink, numbers)
    journal.end()


def _join_errors(output: Output, job: Job, journal: Journal) -> None:
    """Write the errors of all parts that are done as one file, beside the output."""
    if output.is_stream:
        return
    paths = [path for path in map(job.errors_path, sorted(journal.done)) if path.exists()]
    if not paths:
        output.errors.unlink(missing_ok=True)
        return
    with store(output.errors) as unfinished, unfinished.open("xb") as errors:
        for path in paths:
            with path.open("rb") as part:
                shutil.copyfileobj(part, errors)


def _report(options: Options, output: Output, job: Job, journal: Journal) -> None:
    """Say what changed, and where refused rows are."""
    parts = journal.done.values()
    if options.compare:
        transitions = (each for done in parts for each in done.transitions)
        print(render_transitions(transitions), file=sys.stderr)
    if any(done.refused for done in parts) and not output.is_stream:
        print(f"refused rows: {output.errors}", file=sys.stderr)
    if isinstance(job.sink, DatabaseSink):
        written = sum(done.written for done in parts)
        same = written - job.sink.count()
        print(f"{written - same:,} rows are run {job.sink.run!r}", file=sys.stderr)
        if same:
            print(f"{same:,} rows had the id of an earlier row, which counts", file=sys.stderr)
