"""From the text of a policy file to the policy, or to all that is wrong with it."""

import tomllib
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, Final, NamedTuple

from service.policy.building import Builder
from service.policy.checks import check_policy
from service.policy.faults import Fault, Key, PolicyError
from service.policy.lines import Lines
from service.policy.lists import ListError, Listing, ReadList, check_lists, parse_list, refuse_list
from service.policy.shape import Policy, Words

_BOM: Final = "\ufeff"
_WORDS: Final = "words"


class Parsed(NamedTuple):
    """What a text says.

    Attributes
    ----------
    policy : Policy, optional
        Absent where anything is wrong.
    name : str, optional
        Of the policy, absent where it is not known.
    problems : list of str
        All that is wrong, in the order of the lines.
    """

    policy: Policy | None
    name: str | None
    problems: list[str]


def parse_policy(source: str, read_list: ReadList = refuse_list) -> Policy:
    """Parse the text of a policy file.

    Parameters
    ----------
    source : str
    read_list : callable, optional
        From the name of a word list's file to what is in it. By default no list is in a file.

    Raises
    ------
    PolicyError
        Naming every line on which something is wrong.
    """
    parsed = parse(source, read_list)
    if parsed.policy is None:
        raise PolicyError("\n".join(parsed.problems))
    return parsed.policy


def parse(source: str, read_list: ReadList, path: Path | None = None) -> Parsed:
    """Parse the text of the policy file at `path`, if it is in one."""
    source = source.removeprefix(_BOM)
    try:
        source.encode()
        document = tomllib.loads(source)
    except UnicodeEncodeError as error:
        fault = Fault("", source.count("\n", 0, error.start) + 1, "not UTF-8")
        return Parsed(None, None, [fault.render(path)])
    except (ValueError, RecursionError) as error:
        # Not only TOMLDecodeError: a number may have too many digits, an array be too deep.
        return Parsed(None, None, [Fault("", 0, f"not TOML: {error}").render(path)])
    find_line = Lines(source).find
    listings, faults = _read_lists(document, find_line, read_list)
    builder = Builder(find_line)
    policy = builder.build(Policy, document)
    faults += [*builder.faults, *check_lists(listings)]
    faults += (
        Fault("", find_line(keys[0]), message)
        for keys, message in check_policy(policy)
        if builder.replaced.isdisjoint(keys)
    )
    faults.sort(key=lambda fault: (fault.file, fault.line))
    return Parsed(
        None if faults else policy,
        None if ("name",) in builder.replaced else policy.name,
        [fault.render(path) for fault in faults],
    )


def _read_lists(
    document: dict[str, Any], find_line: Callable[[Key], int], read_list: ReadList
) -> tuple[dict[str, Listing], list[Fault]]:
    """Return the lists by their keys; those in files are put into `document`, too."""
    listings: dict[str, Listing] = {}
    faults = []
    for listed, value in _find_lists(document):
        if isinstance(value, list):
            listings[listed] = _list_terms(listed, value, find_line)
            continue
        try:
            listings[listed] = parse_list(value, read_list(value))
            document[_WORDS][listed] = listings[listed].terms
        except ListError as error:
            message = f"{listed}: {value[:100]!r} {error}"
            faults.append(Fault("", find_line((_WORDS, listed)), message))
            document[_WORDS][listed] = []
    return listings, faults


def _find_lists(document: dict[str, Any]) -> Iterator[tuple[str, str | list[Any]]]:
    words = document.get(_WORDS)
    for listed in Words.__struct_fields__:
        value = words.get(listed) if isinstance(words, dict) else None
        if isinstance(value, str | list):
            yield listed, value


def _list_terms(listed: str, array: list[Any], find_line: Callable[[Key], int]) -> Listing:
    """Return the terms of an array; what else is in it is refused for its type."""
    indices = [index for index, term in enumerate(array) if isinstance(term, str)]
    return Listing(
        [array[index] for index in indices],
        "",
        lambda index: find_line((_WORDS, listed, indices[index])),
    )
