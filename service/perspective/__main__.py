"""The program: ``python -m service.perspective map FILE``."""

import contextlib
import gzip
import os
import signal
import sys
import zlib
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import BinaryIO, Final, cast

from model.scorer import TextScorer
from service.loading import ArtefactError, load_scorers
from service.perspective.exports import BadRows, ExportError, read_rows
from service.perspective.map_options import PLOT_FORMATS, STREAM, MapOptions, parse_arguments
from service.perspective.map_policy import MappingError, write_policy
from service.perspective.map_tables import render_mapper, render_summary
from service.perspective.mapping import Mapper
from service.perspective.pairs import Pairs, cut_chunks, score_rows
from service.rescore.storing import store

DONE: Final = 0
FAILED: Final = 1
MAX_BAD: Final = 0.1
"""Share of rows that may be bad."""

_KINDS: Final = {".csv": True, ".jsonl": False, ".ndjson": False}
"""Whether a file of an ending is CSV."""

LoadScorers = Callable[[Path], Mapping[str, TextScorer]]


def main(arguments: list[str] | None = None, load: LoadScorers = load_scorers) -> int:
    """Map thresholds; return 0 if everything asked for is there, else 1."""
    options = parse_arguments(arguments)
    try:
        return run(options, load)
    except BrokenPipeError:
        # Whoever read our output has gone; Python must not write to it again at exit.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return FAILED
    except (gzip.BadGzipFile, EOFError, zlib.error):
        return _fail(f"{options.file}: its compression is broken")
    except (ExportError, MappingError, ArtefactError, OSError) as error:
        return _fail(str(error))
    except KeyboardInterrupt:
        return _fail("interrupted")
    except Exception as error:  # noqa: BLE001 - the message of another error may repeat a comment
        return _fail(type(error).__name__)


def run(options: MapOptions, load: LoadScorers) -> int:
    """Read, score, print, and write what was asked for.

    Raises
    ------
    ExportError, MappingError, ArtefactError, OSError
        If it cannot be done.
    """
    _check_outputs(options)
    scorers = load(options.artefacts)
    models = ", ".join(scorer.version for scorer in scorers.values())
    pairs = _score(options, scorers)
    judged = options.columns.decision is not None
    _check_pairs(pairs, judged=judged)
    mappers = pairs.build_mappers(judged=judged)
    print(render_summary(pairs, options.file, models, judged=judged))
    for attribute, mapper in mappers.items():
        names, thresholds = pairs.names[attribute], options.thresholds[attribute]
        print("\n" + render_mapper(attribute, names, mapper, thresholds))
    # A reader that has gone, or a full disk, is noticed before anything is written.
    sys.stdout.flush()
    if options.policy:
        write_policy(options.policy, mappers, options.flag, options.reject, models)
    return _draw(options.plot, options, mappers) if options.plot else DONE


def _score(options: MapOptions, scorers: Mapping[str, TextScorer]) -> Pairs:
    bad = BadRows()
    with _open(options.file) as (stream, is_csv):
        rows = read_rows(stream, options.columns, bad, is_csv=is_csv)
        try:
            pairs = score_rows(
                cut_chunks(rows, (lambda _: None) if options.quiet else _say), scorers
            )
        except ExportError as error:
            raise ExportError(f"{options.file}: {error}") from None
    for sentence in bad.describe():
        _say(sentence)
    good = len(pairs.old) + pairs.left_out.total()
    refused = bad.counts.total()
    if refused > MAX_BAD * (good + refused):
        raise ExportError(f"{options.file}: {refused:,} of {good + refused:,} rows are bad")
    if not good:
        raise ExportError(f"{options.file}: has no rows")
    return pairs


def _check_outputs(options: MapOptions) -> None:
    for path in options.outputs:
        if path.exists() and not options.force:
            raise ExportError(f"{path}: is there already; --force replaces it")
        if not path.absolute().parent.is_dir():
            raise ExportError(f"{path}: its folder is not there")


def _check_pairs(pairs: Pairs, *, judged: bool) -> None:
    if not len(pairs.old):
        raise ExportError("no comment is in a language that a model reads")
    if judged and not {0, 1} <= set(pairs.decisions.tolist()):
        raise ExportError("the decisions do not both accept and reject: there is no recall to keep")


@contextlib.contextmanager
def _open(name: str) -> Iterator[tuple[BinaryIO, bool]]:
    """Give the bytes of a file or of standard input, and whether they are CSV."""
    if name == STREAM:
        yield sys.stdin.buffer, False
        return
    path = Path(name)
    packed = path.suffix == ".gz"
    is_csv = _KINDS.get((path.with_suffix("") if packed else path).suffix)
    if is_csv is None:
        raise ExportError(f"{name}: its ending tells no format; .csv and .jsonl are known")
    with path.open("rb") as raw:
        if packed:
            with gzip.open(raw) as stream:
                yield cast(BinaryIO, stream), is_csv
        else:
            yield raw, is_csv


def _draw(path: Path, options: MapOptions, mappers: Mapping[str, Mapper]) -> int:
    try:
        # Only whoever wants a plot needs matplotlib.
        from service.perspective.plots import save_plot  # noqa: PLC0415 - see above
    except ModuleNotFoundError as error:
        return _fail(
            f"{path}: {error.name} is not installed: pip install -r requirements-train.txt"
        )
    with store(path.absolute()) as unfinished:
        save_plot(unfinished, PLOT_FORMATS[path.suffix], mappers, options.thresholds)
    return DONE


def _say(message: str) -> None:
    print(message, file=sys.stderr, flush=True)


def _fail(reason: str) -> int:
    _say(f"not done: {reason}")
    return FAILED


if __name__ == "__main__":
    # Ended by a scheduler is interrupted, too, and leaves nothing half written.
    signal.signal(signal.SIGTERM, signal.default_int_handler)
    sys.exit(main())
