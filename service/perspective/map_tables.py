"""What a mapping prints: a table an attribute."""

from collections.abc import Sequence
from typing import Final

from service.interval import find_interval
from service.perspective.mapping import MIN_COMMENTS, MIN_OVER, Mapped, Mapper, Over
from service.perspective.pairs import Pairs
from service.tables import align

NOTHING: Final = "-"
MARK: Final = "*"
_SHARES: Final = ("old", "at or over", "new", "at or over", "change sides", "")
_DECISIONS: Final = ("old", "precision", "recall", "new", "precision", "recall", "change sides", "")


def render_summary(pairs: Pairs, source: str, models: str, *, judged: bool) -> str:
    """Return what was scored, and what was left out.

    Parameters
    ----------
    pairs : Pairs
    source, models : str
        Names of the export and of the models.
    judged : bool
        Whether the mapping goes by decisions.
    """
    lines = [f"{len(pairs.old):,} comments of {source}, scored by {models}"]
    if pairs.left_out:
        counts = ", ".join(f"{tag} {count:,}" for tag, count in pairs.left_out.most_common())
        lines.append(f"left out, in languages without a model: {counts}")
    if judged and (unknown := int((pairs.decisions < 0).sum())):
        lines.append(f"left out, without a decision: {unknown:,}")
    return "\n".join(lines)


def render_mapper(
    attribute: str, names: Sequence[str], mapper: Mapper, old: Sequence[float]
) -> str:
    """Return the table of an attribute: a row for each old threshold."""
    found = [mapper.map(threshold) for threshold in old]
    heading = f"{attribute} (old scores: {', '.join(names)}): {mapper.comments:,} comments"
    if mapper.judged:
        heading += f", {mapper.rejected:,} of them rejected"
    render = _render_judged if mapper.judged else _render_share
    header = _DECISIONS if mapper.judged else _SHARES
    lines = [heading, *align([header, *(render(each, mapper) for each in found)])]
    if any(each.new is None for each in found):
        lines.append(f"{NOTHING} The site rejected nothing at or over this threshold.")
    if any(each.is_small for each in found):
        rejected = f", or fewer than {MIN_OVER} rejected" if mapper.judged else ""
        lines.append(
            f"{MARK} Too few comments to rely on: fewer than {MIN_COMMENTS} in all, or fewer than"
            f" {MIN_OVER} at or over the threshold{rejected}."
        )
    return "\n".join(lines)


def _render_share(mapped: Mapped, mapper: Mapper) -> tuple[str, ...]:
    def measure(over: Over | None) -> str:
        if over is None:
            return NOTHING
        return f"{over.comments:,} ({over.comments / mapper.comments:.1%})"

    return (
        _render_threshold(mapped.old),
        measure(mapped.before),
        _render_threshold(mapped.new),
        measure(mapped.after),
        f"{mapped.moved:,}",
        MARK if mapped.is_small else "",
    )


def _render_judged(mapped: Mapped, mapper: Mapper) -> tuple[str, ...]:
    def measure(over: Over | None) -> tuple[str, str]:
        if over is None:
            return NOTHING, NOTHING
        return (
            _render_measure(over.rejected, over.comments),
            _render_measure(over.rejected, mapper.rejected),
        )

    return (
        _render_threshold(mapped.old),
        *measure(mapped.before),
        _render_threshold(mapped.new),
        *measure(mapped.after),
        NOTHING if mapped.new is None else f"{mapped.moved:,}",
        MARK if mapped.is_small else "",
    )


def _render_threshold(threshold: float | None) -> str:
    return NOTHING if threshold is None else f"{threshold:.6f}".rstrip("0").ljust(4, "0")


def _render_measure(count: int, total: int) -> str:
    """Return a share with its 95 % interval; of nothing there is none."""
    if not total:
        return NOTHING
    low, high = find_interval(count, total)
    return f"{count / total:.2f} ({low:.2f} to {high:.2f})"
