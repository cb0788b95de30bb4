"""Explain policies, or name all that is wrong: ``python -m service.policy check FILE``."""

import argparse
import textwrap
from collections.abc import Mapping
from pathlib import Path
from typing import Final

from model.artefact import load_validation
from model.scorer import TextScorer
from service.policy.files import PolicyError, load_policies, load_policy
from service.policy.judges import build_judge
from service.policy.oddities import Model, find_idle_thresholds, find_stale
from service.policy.overlaps import find_odd_terms
from service.policy.sentences import describe_policy
from service.policy.shape import Policy, Words
from service.programs import DONE, FAILED, put, say
from service.settings import ARTEFACTS

_WIDTH: Final = 100


def add_command(commands: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    """Add ``check`` to the program."""
    parser = commands.add_parser(
        "check",
        help="explain policies in sentences, or name all that is wrong",
        description="Explain policies in sentences. All that would stop the service is named with"
        " file and line, and the status is then 1; warnings are of what may not be meant so.",
    )
    parser.add_argument(
        "file", type=Path, nargs="+", metavar="FILE", help="policy file, or a folder as served"
    )
    parser.add_argument(
        "--artefacts", type=Path, default=ARTEFACTS, metavar="DIR", help="folder of models"
    )
    parser.set_defaults(run=run)


def run(options: argparse.Namespace) -> int:
    """Explain the policies named.

    Raises
    ------
    ArtefactError, OSError
        If there is no model to explain them by.
    """
    scorers = options.load(options.artefacts)
    models = {
        language: Model(scorer, load_validation(options.artefacts / language))
        for language, scorer in scorers.items()
    }
    explained, failed = [], False
    for path in options.file:
        try:
            policies = _load(path, scorers)
        except PolicyError as error:
            say(str(error))
            failed = True
        else:
            explained += [explain(path, policy, models) for policy in policies]
    if explained:
        put("\n\n".join(explained))
    return FAILED if failed else DONE


def explain(path: Path, policy: Policy, models: Mapping[str, Model]) -> str:
    """Return what a policy does, and what of it may not be meant so.

    Parameters
    ----------
    path : Path
        Where it is.
    policy : Policy
    models : mapping of language to Model
    """
    judges = [models[language] for language in sorted(policy.languages or models)]
    sentences = describe_policy(policy, sorted(models), judges[0].scorer.manifest["prevalence"])
    oddities = [
        *find_idle_thresholds(policy),
        *find_stale(policy, judges),
        *find_odd_terms(policy.words or Words(), judges[0].scorer.normaliser),
    ]
    lines = [f"- {sentence}" for sentence in sentences]
    lines += [f"- Warning: {oddity}" for oddity in oddities]
    return "\n".join([f"{policy.name} ({path})", *map(_wrap, lines)])


def _wrap(line: str) -> str:
    return textwrap.fill(
        line, _WIDTH, subsequent_indent="  ", break_long_words=False, break_on_hyphens=False
    )


def _load(path: Path, scorers: Mapping[str, TextScorer]) -> list[Policy]:
    """Load policies as the service would at its start, with these models."""
    policies = load_policies(path) if path.is_dir() else {path.name: load_policy(path)}
    for policy in policies.values():
        build_judge(policy, path, scorers)
    return list(policies.values())
