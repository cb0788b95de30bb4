"""What is measured: the model, the policy, and comments the model has not seen."""

from dataclasses import dataclass
from pathlib import Path
from typing import Final, Protocol

import numpy as np
import numpy.typing as npt
import pandas as pd

from model import ATTRIBUTES
from model.corpus import read_corpus
from model.prevalence import weights_for_prevalence
from model.scorer import TextScorer
from model.sources import Source, load_sources
from service.loading import load_scorers
from service.policy import DEFAULT_POLICY, POLICY_FOLDER, Policy, load_policies
from service.policy.sample import Actions, decide_all
from service.settings import ARTEFACTS

LANGUAGE: Final = "en"

Floats = npt.NDArray[np.float64]
Bools = npt.NDArray[np.bool_]


class RankingScorer(TextScorer, Protocol):
    """What evaluation needs of a model: a `Scorer`, or a stub in a test."""

    def decision_function(self, texts: list[str]) -> Floats:
        """Return the sums of weights, shape (n_texts, n_attributes)."""


@dataclass(frozen=True)
class Scored:
    """Comments, and what the model and the policy say of them.

    Attributes
    ----------
    table : DataFrame
        At least ``text``.
    decisions, scores : arrays of shape (n, n_attributes)
        Sums of weights, which rank, and probabilities, which decide.
    actions : array of shape (n,)
        Values of `service.decision.Action`. Texts are scored whole, the length rule does not apply.
    """

    table: pd.DataFrame
    decisions: Floats
    scores: Floats
    actions: Actions

    def __len__(self) -> int:
        """Return the number of comments."""
        return len(self.table)

    def where(self, chosen: pd.Series | Bools) -> "Scored":
        """Return the comments where `chosen` is true."""
        mask = np.asarray(chosen, bool)
        return Scored(
            self.table[mask].reset_index(drop=True),
            self.decisions[mask],
            self.scores[mask],
            self.actions[mask],
        )

    def known(self, attribute: str) -> "Scored":
        """Return the comments whose label is known."""
        return self.where(self.table[attribute].notna())

    def labels(self, attribute: str) -> Floats:
        """Return the labels, 0, 1 or NaN."""
        return self.table[attribute].to_numpy(np.float64)

    def attribute_scores(self, attribute: str) -> Floats:
        """Return the scores of one attribute."""
        column: Floats = self.scores[:, ATTRIBUTES.index(attribute)]
        return column

    def attribute_decisions(self, attribute: str) -> Floats:
        """Return the sums of weights of one attribute."""
        column: Floats = self.decisions[:, ATTRIBUTES.index(attribute)]
        return column


@dataclass(frozen=True)
class Weighted:
    """Labels and scores of one attribute, weighted to a prevalence.

    Attributes
    ----------
    y_true, scores, weights : arrays of shape (n,)
        Weights sum to 1.
    prevalence : float in (0, 1)
    """

    y_true: Floats
    scores: Floats
    weights: Floats
    prevalence: float


@dataclass(frozen=True)
class Subject:
    """What a section of the report measures.

    Attributes
    ----------
    scorer : RankingScorer
    policy : Policy
    data : Path
        Folder with a subfolder for each set.
    held_out : Scored
        The validation and test splits, with the columns of `model.corpus`.
    """

    scorer: RankingScorer
    policy: Policy
    data: Path
    held_out: Scored

    def split(self, name: str) -> Scored:
        """Return one split of every source."""
        return self.held_out.where(self.held_out.table["split"] == name)

    def wikipedia(self, split: str) -> Scored:
        """Return one split of the sources whose natural prevalence is known."""
        part = self.split(split)
        return part.where(part.table["source"].isin(self.scorer.manifest["calibrated_on"]))

    def weighted(self, attribute: str, split: str = "test") -> Weighted:
        """Return one attribute on a split of Wikipedia, as common as it is there."""
        part = self.wikipedia(split).known(attribute).known("toxicity")
        prevalence = self.scorer.manifest["prevalence"]
        y_true = part.labels(attribute)
        weights = weights_for_prevalence(
            y_true, part.labels("toxicity"), prevalence[attribute], prevalence["toxicity"]
        )
        return Weighted(y_true, part.attribute_scores(attribute), weights, prevalence[attribute])

    def balanced(self, attribute: str) -> Weighted:
        """Return one attribute on the test split, as common as its scores assume."""
        part, share = self.weighted(attribute), self.scorer.manifest["calibration"]["prevalence"]
        factors = np.where(
            part.y_true == 1, share / part.prevalence, (1 - share) / (1 - part.prevalence)
        )
        return Weighted(part.y_true, part.scores, part.weights * factors, share)

    def judge(self, table: pd.DataFrame) -> Scored:
        """Score and decide on the column ``text``."""
        return judge(self.scorer, self.policy, table)

    def evaluation_files(self, name: str) -> tuple[Source, list[Path]]:
        """Return a set that is only evaluated on, and its files: none if one is missing."""
        (source,) = (found for found in load_sources(LANGUAGE, "evaluate") if found.name == name)
        files = [self.data / source.folder / file for file in source.files]
        return source, files if all(file.is_file() for file in files) else []


def load_subject(data: Path) -> Subject:
    """Load the shipped model and policy, and score the held-out comments.

    Raises
    ------
    ArtefactError, PolicyError
        If the shipped model or policy cannot be used.
    ValueError
        If no set is below `data`.
    """
    scorer = load_scorers(ARTEFACTS)[LANGUAGE]
    policy = load_policies(POLICY_FOLDER)[DEFAULT_POLICY]
    return Subject(scorer, policy, data, judge(scorer, policy, read_held_out(data)))


def read_held_out(data: Path) -> pd.DataFrame:
    """Return the validation and test splits of every training set."""
    table = read_corpus(data, load_sources(LANGUAGE, "train")).table
    return table[table["split"] != "train"].reset_index(drop=True)


def judge(scorer: RankingScorer, policy: Policy, table: pd.DataFrame) -> Scored:
    """Score and decide on the column ``text`` of a table."""
    texts = table["text"].tolist()
    decisions, scores = scorer.decision_function(texts), scorer.score(texts)
    return Scored(table.reset_index(drop=True), decisions, scores, decide_all(scores, policy))
