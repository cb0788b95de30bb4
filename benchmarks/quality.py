"""What the shipped policy decides on held-out comments: ``python -m benchmarks.quality DATA``.

Everything is measured on the test split, which neither weights nor calibration
nor thresholds have seen, and on a set that is only ever evaluated on.
"""

import argparse
import sys
from pathlib import Path

import numpy as np
import numpy.typing as npt
import pandas as pd

from model.corpus import read_corpus
from model.sources import load_sources
from service.loading import load_moderator
from service.moderation import Comment, Moderator
from service.settings import Settings

Floats = npt.NDArray[np.float64]
Labels = npt.NDArray[np.str_]

CHUNK = 1000


def main(arguments: list[str] | None = None) -> int:
    """Print the tables of docs/model/quality.md."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.quality", description=__doc__)
    parser.add_argument("data", type=Path)
    data = parser.parse_args(arguments).data
    moderator = load_moderator(Settings())
    table = read_corpus(data, load_sources("en", "train")).table
    test = table[(table["split"] == "test") & table["toxicity"].notna()]
    manifest = moderator.scorers["en"].manifest
    natural = test[test["source"].isin(manifest["calibrated_on"])]
    prevalence = manifest["prevalence"]["toxicity"]
    print(f"Wikipedia talk, {len(natural)} comments of the test split, weighted to a prevalence")
    print(f"of toxicity of {prevalence}:\n")
    _print_outcome(_decide(moderator, natural), natural["toxicity"].to_numpy(), prevalence)
    print("\nEvery source as it is, test split:\n")
    print("| source | comments | toxic | toxic: rejected | flagged | others: rejected | flagged |")
    print("|---|---|---|---|---|---|---|")
    for source, group in test.groupby("source"):
        decisions, toxic = _decide(moderator, group), group["toxicity"].to_numpy() == 1
        shares = [
            f"{np.mean(decisions[part] == decision):.3f}" if part.any() else "none"
            for part in (toxic, ~toxic)
            for decision in ("reject", "flag")
        ]
        print(f"| {source} | {len(group)} | {toxic.sum()} | " + " | ".join(shares) + " |")
    _print_unhealthy(moderator, data)
    return 0


def _decide(moderator: Moderator, table: pd.DataFrame) -> Labels:
    """Return the decision on each text, over-long ones cut: only the scores matter here."""
    texts = table["text"].str.slice(0, 1400).tolist()
    outcomes = (
        outcome
        for begin in range(0, len(texts), CHUNK)
        for outcome in moderator.moderate(
            [Comment(text, language="en") for text in texts[begin : begin + CHUNK]]
        )
    )
    return np.array([outcome.decision.action.label for outcome in outcomes])


def _print_outcome(decisions: Labels, toxic: Floats, prevalence: float) -> None:
    positive = toxic == 1
    weights = np.where(positive, prevalence / positive.sum(), (1 - prevalence) / (~positive).sum())
    print(
        "| decision | share of all | toxic among them | share of the toxic | share of the others |"
    )
    print("|---|---|---|---|---|")
    for decision in ("accept", "flag", "reject"):
        chosen = decisions == decision
        share = weights[chosen].sum()
        hits = weights[chosen & positive].sum()
        print(
            f"| {decision} | {share:.3f} | {hits / share:.3f} | {hits / prevalence:.3f}"
            f" | {(share - hits) / (1 - prevalence):.3f} |"
        )


def _print_unhealthy(moderator: Moderator, data: Path) -> None:
    """Print what happens to comments of a newspaper at their natural rate."""
    (source,) = (found for found in load_sources("en", "evaluate") if found.name.startswith("unh"))
    files = [data / source.folder / name for name in source.files]
    if not all(file.is_file() for file in files):
        print(f"\n{source.name}: not in {data}; {source.without}")
        return
    table = pd.concat(map(pd.read_csv, files)).dropna(subset=["comment"])
    table["text"] = table["comment"].astype(str)
    decisions = _decide(moderator, table)
    hostile = table["hostile"].to_numpy() == 1
    healthy = table["healthy"].to_numpy() == 1
    print(f"\n{source.title}, {len(table)} comments of a newspaper's readers:\n")
    print("| annotated as | comments | rejected | flagged | accepted |")
    print("|---|---|---|---|---|")
    for name, part in (("healthy", healthy), ("hostile", hostile), ("all", healthy | True)):
        shares = (f"{np.mean(decisions[part] == d):.3f}" for d in ("reject", "flag", "accept"))
        print(f"| {name} | {part.sum()} | " + " | ".join(shares) + " |")


if __name__ == "__main__":
    sys.exit(main())
