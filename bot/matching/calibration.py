"""How sure a first place is: P(first is right) = sigmoid(bias + weights x signals), one calibration over all rankers.

The coefficients stand in `calibration.json`. `make calibrate` fits them on phrasings of our own that were held out of the
index (a second writer's) and on foreign questions and junk that are never in it; test questions play no part.
"""

from __future__ import annotations

import json
import math
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from importlib import resources
from typing import TypeAlias

# What tells a sure first place from a lucky one; all between 0 and about 1.
#
# of the order    margin   (first score - second score) / first score
#                 foreign  likeness of the question to the topics that are refused: best foreign score / first score
# of the words    lead     first score against what a perfect match of the question's features could reach
#                 asked    share of the question's word weight that the first intent's phrasings contain
#                 known    share of the question's words that any phrasing contains
#                 example  likeness (weighted overlap) of the question and the first intent's closest phrasing
#                 rival    the same for the best phrasing of any other intent
# of the message  length   words in the question, 12 or more being 1
#                 typos    share of the question's words that were read by mending their spelling: junk can be mended into sense
SIGNALS = ("margin", "lead", "asked", "known", "example", "rival", "length", "foreign", "typos")

Signals: TypeAlias = Mapping[str, float]  # each of SIGNALS, in any order

TIE = 0.5  # two that score alike are a coin toss, however well both fit
FAR = 0.2  # so a margin of half of this, 0.1, holds nothing back


@dataclass(frozen=True)
class Calibration:
    """`weights`: signal → coefficient."""

    bias: float
    weights: Signals

    def probability(self, signals: Signals) -> float:
        """P(first is right), 0 to 1; a close second holds it down to a coin toss. Each signal with a weight must be there."""
        score = self.bias + sum(weight * signals[name] for name, weight in self.weights.items())
        return min(1 / (1 + math.exp(-max(-30.0, min(30.0, score)))), TIE + signals["margin"] / FAR)


@cache
def committed_calibration() -> Calibration:
    """The coefficients that were fitted last."""
    data = json.loads(resources.files("bot.matching").joinpath("calibration.json").read_text("utf-8"))
    return Calibration(data["bias"], data["weights"])
