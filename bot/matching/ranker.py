"""A way of ranking: how near a message comes to each label, and what tells a sure first place of it from a lucky one.

The matcher reads a message once, asks every ranker, adds up their scores, and leaves it to one calibration over the signals of
all of them how sure the first place is (see `calibration.py`). `lexical.py` ranks by words; a second one, say by meaning, is

1. a `Ranker`, built from the same phrasings as the lexical one, and handed to `Matcher.build` beside it;
2. the names of its signals in `SIGNALS` of `calibration.py`, with what each of them means;
3. one run of `make calibrate`, which fits the coefficients of all signals together.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Protocol

import numpy as np
import numpy.typing as npt

from bot.matching.normalise import Normalised

Scores = npt.NDArray[np.float32]


@dataclass(frozen=True, slots=True)
class Query:
    """A message as every ranker gets it.

    text        as it was typed
    normalised  as it was read: folded words without filler, and what was repaired on the way
    about       the question before, read alike, where the message may go on with it
    """

    text: str
    normalised: Normalised
    about: Normalised | None = None


class Ranking(Protocol):
    """What one ranker makes of one query."""

    @property
    def scores(self) -> Scores:
        """One a label, in the order of the labels; 0 for what it has nothing to say of, never below.

        They are compared within this ranking only, so their scale is the ranker's own.
        """
        ...

    def signals(self, first: int, rivals: Sequence[int]) -> Mapping[str, float]:
        """What tells whether the label `first` deserves its place, by the names in `SIGNALS`; each between 0 and about 1.

        `first` leads after all rankers were added up, so it may not be this one's own first; it scores above 0 with one of
        them. `rivals` are the labels of other intents that come after it, the best first.
        """
        ...


class Ranker(Protocol):
    """Built once from the phrasings; afterwards immutable and safe to use from several threads.

    It is pickled with the engine, for the cache and between processes, so it holds data and opens nothing.
    """

    @property
    def weight(self) -> float:
        """What its best score counts beside the best of the others. Of a ranker that is alone it plays no part."""
        ...

    def rank(self, query: Query) -> Ranking:
        """Never raises, whatever the text. It takes a share of a millisecond: every message waits for it."""
        ...


def added_up(rankings: Sequence[Ranking], weights: Sequence[float]) -> Scores:
    """The scores of all rankings as one: each as a share of its ranking's best, times the ranker's weight.

    A ranking that is alone keeps its scores as they are.
    """
    if len(rankings) == 1:
        return rankings[0].scores
    shares = [
        weight * ranking.scores / max(float(ranking.scores.max(initial=0.0)), 1e-9)
        for ranking, weight in zip(rankings, weights, strict=True)
    ]
    total: Scores = np.sum(shares, axis=0, dtype=np.float32)
    return total
