"""What is wrong with a policy though each of its values is possible."""

from collections.abc import Callable, Iterator
from typing import NamedTuple

from model.operating_points import StatementError, parse_flag_share, parse_statement
from service.policy.faults import Key
from service.policy.links import find_host_fault
from service.policy.shape import Bands, Interval, OperatingPoint, Policy, Recalibration, Review


class Contradiction(NamedTuple):
    """What is wrong.

    Attributes
    ----------
    keys : sequence of Key
        What it is about; the first is where it is to be told.
    message : str
    """

    keys: tuple[Key, ...]
    message: str


def check_policy(policy: Policy) -> Iterator[Contradiction]:
    """Yield what is wrong, but with the terms of lists, which have files and lines of their own."""
    yield from _check_languages(policy.languages)
    for index, host in enumerate(policy.links.own if policy.links else ()):
        if fault := find_host_fault(host):
            yield Contradiction((("links", "own", index),), f"own: {host[:100]!r} {fault}")
    for name, bands in policy.bands().items():
        yield from _check_bands(name, bands)
    if policy.review:
        yield from _check_review(policy.review, policy.toxicity or Bands())
    if policy.recalibration:
        yield from _check_recalibration(policy.recalibration)


def _check_languages(languages: tuple[str, ...] | None) -> Iterator[Contradiction]:
    if languages == ():
        yield Contradiction((("languages",),), "languages: none is named, so none would be judged")
    firsts: dict[str, int] = {}
    for index, language in enumerate(languages or ()):
        first = firsts.setdefault(language, index)
        if first != index:
            keys = ("languages", index), ("languages", first)
            yield Contradiction(keys, f"languages: {language!r} is there twice")


def _check_bands(name: str, bands: Bands) -> Iterator[Contradiction]:
    for action, point in (("flag", bands.flag), ("reject", bands.reject)):
        if point:
            yield from _check_point(name, action, point)
    if bands.flag and bands.reject and bands.flag.threshold > bands.reject.threshold:
        yield Contradiction(
            ((name, "flag"), (name, "flag", "threshold"), (name, "reject", "threshold")),
            f"{name}: the flag threshold {bands.flag.threshold}"
            f" is above the reject threshold {bands.reject.threshold}",
        )


def _check_point(name: str, action: str, point: OperatingPoint) -> Iterator[Contradiction]:
    key = (name, action)
    if point.statement is not None:
        yield from _check_statement(parse_statement, point.statement, key)
    yield from _check_interval(point.precision_interval, (*key, "precision_interval"))
    yield from _check_interval(point.recall_interval, (*key, "recall_interval"))


def _check_review(review: Review, toxicity: Bands) -> Iterator[Contradiction]:
    yield from _check_statement(parse_flag_share, review.statement, ("review",))
    yield from _check_interval(review.flag_share_interval, ("review", "flag_share_interval"))
    yield from _check_unstated("flag", toxicity.flag)
    if review.show == "uncertain":
        yield from _check_unstated("reject", toxicity.reject, ("review", "show"))


def _check_unstated(
    action: str, point: OperatingPoint | None, *why: Key
) -> Iterator[Contradiction]:
    if point and point.statement is not None:
        yield Contradiction(
            (("toxicity", action, "statement"), *why),
            f"toxicity: the {action} threshold is solved for the review:"
            " it cannot have a statement of its own",
        )


def _check_recalibration(recalibration: Recalibration) -> Iterator[Contradiction]:
    if recalibration.rejected > recalibration.decisions:
        keys = ("recalibration", "rejected"), ("recalibration", "decisions")
        yield Contradiction(
            keys,
            f"recalibration: {recalibration.rejected} rejected"
            f" of {recalibration.decisions} decisions",
        )


def _check_statement(
    parse: Callable[[str], object], statement: str, key: Key
) -> Iterator[Contradiction]:
    try:
        parse(statement)
    except StatementError as error:
        yield Contradiction(((*key, "statement"),), f"{key[0]}: {error}")


def _check_interval(interval: Interval | None, key: Key) -> Iterator[Contradiction]:
    if interval and interval[0] > interval[1]:
        yield Contradiction(
            (key, (*key, 0), (*key, 1)),
            f"{'.'.join(map(str, key))}: the low end {interval[0]}"
            f" is above the high end {interval[1]}",
        )
