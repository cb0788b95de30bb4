"""The program: ``python -m service.perspective map FILE``."""

import sys
from collections.abc import Callable, Mapping
from pathlib import Path

from model.scorer import TextScorer
from service.exports import BadRows, ExportError, cut_chunks, open_export
from service.loading import ArtefactError, load_scorers
from service.outputs import PLOT_FORMATS, OutputError, check_outputs
from service.perspective.exports import read_rows
from service.perspective.map_options import MapOptions, parse_arguments
from service.perspective.map_policy import MappingError, write_policy
from service.perspective.map_tables import render_mapper, render_summary
from service.perspective.mapping import Mapper
from service.perspective.pairs import Pairs, score_rows
from service.programs import DONE, fail, interrupt_on_sigterm, run_program, say
from service.rescore.storing import store

LoadScorers = Callable[[Path], Mapping[str, TextScorer]]


def main(arguments: list[str] | None = None, load: LoadScorers = load_scorers) -> int:
    """Map thresholds; return 0 if everything asked for is there, else 1."""
    options = parse_arguments(arguments)
    return run_program(
        lambda: run(options, load), ExportError, OutputError, MappingError, ArtefactError
    )


def run(options: MapOptions, load: LoadScorers) -> int:
    """Read, score, print, and write what was asked for.

    Raises
    ------
    ExportError, OutputError, MappingError, ArtefactError, OSError
        If it cannot be done.
    """
    check_outputs(options.outputs, force=options.force)
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
    with open_export(options.file) as (stream, is_csv):
        rows = read_rows(stream, options.columns, bad, is_csv=is_csv)
        pairs = score_rows(cut_chunks(rows, (lambda _: None) if options.quiet else say), scorers)
        for sentence in bad.describe():
            say(sentence)
        bad.check(len(pairs.old) + pairs.left_out.total())
    return pairs


def _check_pairs(pairs: Pairs, *, judged: bool) -> None:
    if not len(pairs.old):
        raise ExportError("no comment is in a language that a model reads")
    if judged and not {0, 1} <= set(pairs.decisions.tolist()):
        raise ExportError("the decisions do not both accept and reject: there is no recall to keep")


def _draw(path: Path, options: MapOptions, mappers: Mapping[str, Mapper]) -> int:
    try:
        # Only whoever wants a plot needs matplotlib.
        from service.perspective.plots import save_plot  # noqa: PLC0415 - see above
    except ModuleNotFoundError as error:
        return fail(f"{path}: {error.name} is not installed: pip install -r requirements-train.txt")
    with store(path.absolute()) as unfinished:
        save_plot(unfinished, PLOT_FORMATS[path.suffix], mappers, options.thresholds)
    return DONE


if __name__ == "__main__":
    interrupt_on_sigterm()
    sys.exit(main())
