"""A policy file from the thresholds a site had at Perspective."""

from collections.abc import Mapping
from pathlib import Path

import msgspec

from service.perspective.mapping import Mapper
from service.policy import Bands, OperatingPoint, Policy, parse_policy
from service.policy.writing import render_policy
from service.rescore.storing import store


class MappingError(Exception):
    """Why a threshold cannot be mapped; one sentence."""


def write_policy(
    path: Path,
    mappers: Mapping[str, Mapper],
    flag: Mapping[str, float],
    reject: Mapping[str, float],
    models: str,
) -> None:
    """Write the policy that does with new scores what was done with old ones.

    Parameters
    ----------
    path : Path
        Its name without ending becomes the policy's.
    mappers : dict of str to Mapper
        By attribute.
    flag, reject : dict of str to float
        Old thresholds, by attribute.
    models : str
        Whose scores the new ones are for.

    Raises
    ------
    MappingError
        If one cannot be mapped; nothing is written.
    """
    notes = [f"# Mapped from thresholds on Perspective's scores, for {models}:"]
    bands: dict[str, dict[str, OperatingPoint]] = {}
    for action, thresholds in (("flag", flag), ("reject", reject)):
        for attribute, old in thresholds.items():
            found, note = _map(mappers, attribute, old)
            bands.setdefault(attribute, {})[action] = OperatingPoint(found)
            notes.append(f"# {attribute} {action} {old} -> {found} {note}".rstrip())
    policy = msgspec.structs.replace(
        Policy(path.stem), **{name: Bands(**points) for name, points in bands.items()}
    )
    # Its first line says how statements are solved, and there are none.
    _, _, rules = render_policy(policy).partition("\n")
    text = "\n".join([*notes, rules])
    parse_policy(text)
    with store(path.absolute()) as unfinished, unfinished.open("x", encoding="utf-8") as file:
        file.write(text)


def _map(mappers: Mapping[str, Mapper], attribute: str, old: float) -> tuple[float, str]:
    """Return the new threshold, and what is to be said of it."""
    mapper = mappers.get(attribute)
    if mapper is None:
        raise MappingError(f"the export has no scores of {attribute.upper()}")
    mapped = mapper.map(old)
    if mapped.new is None:
        raise MappingError(f"the site rejected nothing with {attribute.upper()} from {old}")
    return mapped.new, "(from too few comments to rely on)" if mapped.is_small else ""
