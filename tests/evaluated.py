"""A small subject to be evaluated: a stub, and comments whose labels are known by reading them."""

import itertools
from pathlib import Path
from typing import Final

import msgspec
import numpy as np
import numpy.typing as npt
import pandas as pd
from stubs import StubScorer

from evaluation.subject import Subject, judge
from model import ATTRIBUTES
from service.policy import Policy

PREVALENCE: Final = 0.2

_BANDS: Final = {"flag": {"threshold": 0.5}, "reject": {"threshold": 0.9}}
POLICY: Final = msgspec.convert({"name": "default", **dict.fromkeys(ATTRIBUTES, _BANDS)}, Policy)


class RankingStub(StubScorer):
    """Rank texts by their scores."""

    def __init__(self) -> None:
        super().__init__()
        self.manifest["calibrated_on"] = ["talk"]
        self.manifest["calibration"] = {"prevalence": 0.25}
        self.manifest["prevalence"] = dict.fromkeys(ATTRIBUTES, PREVALENCE)

    def decision_function(self, texts: list[str]) -> npt.NDArray[np.float64]:
        """Return the scores."""
        return self.score(texts)


def build_subject(data: Path) -> Subject:
    """Return a subject with comments of two sources in both splits."""
    scorer = RankingStub()
    return Subject(scorer, POLICY, data, judge(scorer, POLICY, build_held_out()))


def build_held_out() -> pd.DataFrame:
    """Return 24 toxic and 36 harmless comments a source and split.

    Of the toxic, a third has ``rude``, a third ``grumpy`` and a third neither;
    of the harmless, every twelfth has ``grumpy``. Every attribute has the label
    of toxicity, but ``news`` knows of no threats.
    """
    words = ["rude", "grumpy", "sullen"] * 8 + ["grumpy", *["sunny"] * 11] * 3
    rows = [
        (f"A {word} {source} remark, {split} {number}.", source, split, float(number < 24))
        for source, split in itertools.product(("news", "talk"), ("test", "validation"))
        for number, word in enumerate(words)
    ]
    table = pd.DataFrame(rows, columns=["text", "source", "split", "toxicity"])
    labels = dict.fromkeys(ATTRIBUTES, table["toxicity"])
    labels["threat"] = labels["threat"].where(table["source"] != "news")
    return table.assign(**labels)
