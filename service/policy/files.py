"""Read policy files; whatever is wrong is named, all of it, with its file and line."""

from pathlib import Path
from typing import Final

from service.policy.faults import Fault, PolicyError
from service.policy.lists import ListError, read_beside, read_file
from service.policy.parsing import Parsed, parse, parse_policy
from service.policy.shape import Policy

__all__ = [
    "DEFAULT_POLICY",
    "POLICY_FOLDER",
    "PolicyError",
    "load_policies",
    "load_policy",
    "parse_policy",
    "read_source",
]

DEFAULT_POLICY: Final = "default"
POLICY_FOLDER: Final = Path(__file__).parents[1] / "policies"


def load_policies(folder: Path) -> dict[str, Policy]:
    """Load every ``*.toml`` of a folder that is not hidden, by the name inside.

    Raises
    ------
    PolicyError
        If one cannot be used, two have one name, or none is called `DEFAULT_POLICY`.
    """
    try:
        paths = sorted(path for path in folder.iterdir() if _is_policy(path.name))
    except OSError as error:
        message = f"cannot be read ({error.strerror})"
        raise PolicyError(Fault("", 0, message).render(folder)) from error
    results = [(path, _load(path)) for path in paths]
    firsts: dict[str | None, Path] = {}
    problems = []
    for path, parsed in results:
        problems += parsed.problems
        first = firsts.setdefault(parsed.name, path)
        if parsed.name is not None and first != path:
            message = f"another file has a policy of the name {parsed.name!r}: {first.name}"
            problems.append(Fault("", 0, message).render(path))
    # A file whose name could not be read may be the one.
    if DEFAULT_POLICY not in firsts and None not in firsts:
        message = f"no policy file has the name {DEFAULT_POLICY!r}"
        problems.append(Fault("", 0, message).render(folder))
    if problems:
        raise PolicyError("\n".join(problems))
    return {parsed.policy.name: parsed.policy for _, parsed in results if parsed.policy}


def load_policy(path: Path) -> Policy:
    """Load one policy file, and the word lists that it names.

    Raises
    ------
    PolicyError
        If it cannot be read, is not TOML, or says something that has no meaning.
    """
    parsed = _load(path)
    if parsed.policy is None:
        raise PolicyError("\n".join(parsed.problems))
    return parsed.policy


def read_source(path: Path) -> str:
    """Return the text of a policy file, with the line breaks that it has.

    Raises
    ------
    PolicyError
        If it cannot be read, or is not UTF-8.
    """
    try:
        return read_file(path).decode()
    except ListError as error:
        raise PolicyError(Fault("", 0, str(error)).render(path)) from error
    except UnicodeDecodeError as error:
        line = error.object.count(b"\n", 0, error.start) + 1
        raise PolicyError(Fault("", line, "not UTF-8").render(path)) from error


def _load(path: Path) -> Parsed:
    try:
        source = read_source(path)
    except PolicyError as error:
        return Parsed(None, None, [str(error)])
    return parse(source, read_beside(path.parent), path)


def _is_policy(name: str) -> bool:
    """Tell what is to be loaded; hidden files are what editors and copying leave behind."""
    return name.lower().endswith(".toml") and not name.startswith(".")
