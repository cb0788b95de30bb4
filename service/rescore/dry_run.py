"""Estimate from a sample what a run would change, and how long it would take."""

import itertools
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from pathlib import Path

import joblib

from service.rescore.columns import build_schema, build_table
from service.rescore.file_sink import FileSink
from service.rescore.formats import Format
from service.rescore.options import Options
from service.rescore.parts import CHUNK_ROWS
from service.rescore.rows import Rows
from service.rescore.sources import build_source
from service.rescore.task import Job, Tally, describe_judges, load_judges, rescore_rows
from service.transitions import render_transitions


def estimate(options: Options) -> bool:
    """Print what a run would do, estimated from a sample; return whether it could use every row.

    Raises
    ------
    RescoreError, PolicyError, ArtefactError, OSError
        If the input cannot be read.
    """
    paths = options.judges
    moderator, policy = load_judges(*paths)
    schema = build_schema(None, compare=bool(options.compare))
    size = options.dry_run or 0
    with tempfile.TemporaryDirectory(prefix="rescore-") as folder:
        source = build_source(options, Path(folder))
        begin = time.monotonic()
        sample, total = source.sample(size)
        reading_s = time.monotonic() - begin
        sink = FileSink(folder, Format("parquet"), schema, apart=True)
        judges = describe_judges(moderator, policy)
        job = Job(source, sink, folder, *paths, judges, options.compare, options.changes_only)
        tally = Tally()
        begin = time.monotonic()
        for results in rescore_rows(job, moderator, policy, _regroup(sample), tally):
            build_table(results, schema)
        scoring_s = time.monotonic() - begin
    done = tally.sum_up(0)
    seen = done.rows + done.refused
    jobs = options.jobs or joblib.cpu_count()
    seconds = reading_s + scoring_s / max(seen, 1) * total / jobs
    counts = [f"{count:,} {decision}" for decision, count in done.decisions.items()]
    counts.append(f"{done.refused:,} refused")
    lines = [
        f"{seen:,} of {total:,} rows, drawn at random: {', '.join(counts)}",
        f"all would take about {_say_time(seconds)} with {jobs} jobs",
    ]
    if options.compare:
        lines.append(render_transitions(done.transitions, total if seen < total else None))
    print("\n".join(lines), file=sys.stderr)
    return not done.refused


def _regroup(sample: Sequence[Rows]) -> Iterator[Rows]:
    """Yield rows in chunks of the usual size, without what no estimate needs."""
    for rows in sample:
        yield Rows(place=rows.place, texts=[], ids=[], errors=rows.errors)
    texts = list(itertools.chain.from_iterable(rows.texts for rows in sample))
    ids = list(itertools.chain.from_iterable(rows.ids for rows in sample))
    before = list(itertools.chain.from_iterable(rows.before for rows in sample))
    for begin in range(0, len(texts), CHUNK_ROWS):
        chunk = slice(begin, begin + CHUNK_ROWS)
        yield Rows(place=lambda _: {}, texts=texts[chunk], ids=ids[chunk], before=before[chunk])


def _say_time(seconds: float) -> str:
    minutes, rest = divmod(max(round(seconds), 1), 60)
    hours, minutes = divmod(minutes, 60)
    if hours:
        return f"{hours} h {minutes} min"
    return f"{minutes} min {rest} s" if minutes else f"{rest} s"
