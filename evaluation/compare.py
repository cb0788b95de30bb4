"""How decisions move between two models: ``python -m evaluation.compare OLD [NEW] DATA``.

Each model decides with a policy of its own: the one given for it, or the
shipped one with its statements solved again on the model's own curves.
"""

import argparse
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Final

import numpy as np
from scipy.stats import spearmanr
from sklearn.metrics import confusion_matrix

from evaluation.subject import (
    LANGUAGE,
    Floats,
    RankingScorer,
    Scored,
    judge,
    read_held_out,
)
from model import ATTRIBUTES
from model.artefact import ArtefactError, load_scorer
from model.markdown import render_table
from model.operating_points import StatementError
from service.decision import Action
from service.policy import DEFAULT_POLICY, POLICY_FOLDER, Policy, PolicyError, load_policy
from service.policy.derive import solve_statements
from service.policy.sample import Actions
from service.settings import ARTEFACTS

SHIPPED_POLICY: Final = POLICY_FOLDER / f"{DEFAULT_POLICY}.toml"
MOVES: Final = tuple((old, new) for old in Action for new in Action if old != new)


def main(arguments: list[str] | None = None) -> int:
    """Print how decisions and scores on the test split move, or say why not."""
    parser = argparse.ArgumentParser(prog="python -m evaluation.compare", description=__doc__)
    parser.add_argument("old", type=Path, help="folder of an artefact")
    parser.add_argument("new", type=Path, nargs="?", default=ARTEFACTS / LANGUAGE)
    parser.add_argument("data", type=Path, help="folder with a subfolder for each set")
    parser.add_argument("--old-policy", type=Path, help="file, its thresholds as they are")
    parser.add_argument("--new-policy", type=Path)
    options = parser.parse_args(arguments)
    try:
        scorers = [load_scorer(folder) for folder in (options.old, options.new)]
        policies = [
            choose_policy(file, scorer)
            for file, scorer in zip((options.old_policy, options.new_policy), scorers, strict=True)
        ]
        held_out = read_held_out(options.data)
    except (ArtefactError, PolicyError, StatementError, ValueError) as error:
        print(f"not compared: {error}", file=sys.stderr)
        return 1
    test = held_out[held_out["split"] == "test"]
    old, new = (judge(*pair, test) for pair in zip(scorers, policies, strict=True))
    names = (f"`{scorer.version}` ({scorer.manifest['sha256'][:12]})" for scorer in scorers)
    print(f"From {' to '.join(names)}, {len(test)} comments of the test split.\n")
    print(render_comparison(old, new))
    return 0


def choose_policy(file: Path | None, scorer: RankingScorer) -> Policy:
    """Return the policy in a file, or the shipped one derived from the model's curves.

    Raises
    ------
    PolicyError
        If the file cannot be used.
    StatementError
        If the model keeps no statement of the shipped policy.
    """
    if file:
        return load_policy(file)
    return solve_statements(load_policy(SHIPPED_POLICY), scorer.manifest["curves"])


def render_comparison(old: Scored, new: Scored) -> str:
    """Return what moved, for the same comments judged twice."""
    header = ("comments", "number", "unchanged")
    moves = [f"{before.label} to {after.label}" for before, after in MOVES]
    scores = ("attribute", "mean absolute change", "mean change", "rank correlation")
    blocks = (
        "Decisions, by label and by source: how many, and which share of the row's comments.",
        render_table((*header, *moves), _decision_rows(old, new)),
        "Scores of all these comments:",
        render_table(scores, score_rows(old.scores, new.scores)),
    )
    return "\n\n".join(blocks)


def _decision_rows(old: Scored, new: Scored) -> Iterator[tuple[object, ...]]:
    table = old.table
    groups = {
        "all": np.full(len(table), fill_value=True),
        "toxic": (table["toxicity"] == 1).to_numpy(),
        "not toxic": (table["toxicity"] == 0).to_numpy(),
        **{
            str(source): (table["source"] == source).to_numpy()
            for source in sorted(table["source"].unique())
        },
    }
    for name, group in groups.items():
        if group.any():
            yield (name, group.sum(), *transitions(old.actions[group], new.actions[group]))


def transitions(old: Actions, new: Actions) -> list[str]:
    """Return how many of the same comments kept their decision, then one cell a move.

    Parameters
    ----------
    old, new : arrays of shape (n,), n over 0
    """
    counts = confusion_matrix(old, new, labels=list(Action))
    kept = int(np.trace(counts))
    moved = (int(counts[before, after]) for before, after in MOVES)
    return [f"{number} ({number / len(old):.3f})" for number in (kept, *moved)]


def score_rows(old: Floats, new: Floats) -> list[tuple[str, ...]]:
    """Return a row an attribute: how far its scores moved, and whether they rank alike.

    Parameters
    ----------
    old, new : arrays of shape (n, n_attributes)
        Rank correlation is Spearman's.
    """
    rows = []
    for column, attribute in enumerate(ATTRIBUTES):
        before, after = old[:, column], new[:, column]
        change = after - before
        correlation = spearmanr(before, after).statistic
        figures = (np.abs(change).mean(), change.mean(), correlation)
        rows.append((attribute, *(f"{figure:.4f}" for figure in figures)))
    return rows


if __name__ == "__main__":
    sys.exit(main())
