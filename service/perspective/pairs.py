"""Old scores and ours side by side: score the comments of an export, keep no text."""

import itertools
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from typing import Final, NamedTuple

import numpy as np
import numpy.typing as npt

from model import ATTRIBUTES
from model.scorer import TextScorer
from service.language import UNDETERMINED, primary_language, rank_languages
from service.perspective.export_rows import Row
from service.perspective.mapping import Floats, Mapper

Codes = npt.NDArray[np.int8]

_UNKNOWN: Final = -1
_DECISIONS: Final = {None: _UNKNOWN, False: 0, True: 1}


class Pairs(NamedTuple):
    """Comments with the scores of both.

    Attributes
    ----------
    old, new : arrays of shape (n, n_attributes)
        In the order of `ATTRIBUTES`; NaN where there is none.
    decisions : int array of shape (n,)
        1 where the site rejected, 0 where it accepted, -1 where that is not known.
    names : dict of str to sorted list of str
        What each attribute was called in the export.
    left_out : Counter
        Comments in languages without a model, by language.
    """

    old: Floats
    new: Floats
    decisions: Codes
    names: Mapping[str, Sequence[str]]
    left_out: Counter[str]

    def build_mappers(self, *, judged: bool) -> dict[str, Mapper]:
        """Return a mapper for each attribute that the export has scores of.

        Parameters
        ----------
        judged : bool
            Go by the decisions of the site, and leave out comments that have none.
        """
        mappers = {}
        for place, attribute in enumerate(ATTRIBUTES):
            chosen = ~np.isnan(self.old[:, place]) & ~np.isnan(self.new[:, place])
            if judged:
                chosen &= self.decisions != _UNKNOWN
            if chosen.any():
                old, new = self.old[chosen, place], self.new[chosen, place]
                rejected = self.decisions[chosen] == 1 if judged else None
                mappers[attribute] = Mapper(old, new, rejected)
        return mappers


def score_rows(chunks: Iterable[Sequence[Row]], scorers: Mapping[str, TextScorer]) -> Pairs:
    """Score comments, each by the model of its language; `scorers` are by language."""
    names: dict[str, set[str]] = {}
    left_out: Counter[str] = Counter()
    empty = np.empty((0, len(ATTRIBUTES)))
    old, new, decisions = [empty], [empty], [np.empty(0, np.int8)]
    for chunk in chunks:
        by_model: dict[str, list[Row]] = {}
        for row in chunk:
            tag = next(iter(rank_languages(row.text, scorers)), UNDETERMINED)
            if (language := primary_language(tag)) in scorers:
                by_model.setdefault(language, []).append(row)
            else:
                left_out[tag] += 1
        for language, found in by_model.items():
            for attribute, name in itertools.chain.from_iterable(row.names for row in found):
                names.setdefault(attribute, set()).add(name)
            old.append(_gather(found))
            new.append(_score(found, scorers[language]))
            decisions.append(np.array([_DECISIONS[row.rejected] for row in found], np.int8))
    ordered = {attribute: sorted(each) for attribute, each in names.items()}
    return Pairs(
        np.concatenate(old), np.concatenate(new), np.concatenate(decisions), ordered, left_out
    )


def _gather(rows: Sequence[Row]) -> Floats:
    return np.array([[row.scores.get(name, np.nan) for name in ATTRIBUTES] for row in rows])


def _score(rows: Sequence[Row], scorer: TextScorer) -> Floats:
    scores = scorer.score([row.text for row in rows])
    found = np.full((len(rows), len(ATTRIBUTES)), np.nan)
    for place, name in enumerate(ATTRIBUTES):
        if name in scorer.attributes:
            found[:, place] = scores[:, scorer.attributes.index(name)]
    return found
