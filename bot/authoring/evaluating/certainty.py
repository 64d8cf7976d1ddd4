"""Whether the bot is as sure as it may be: the reliability of its probabilities, and what any bar for an answer would bring.

Both look at the first candidate of a question and at its probability, whatever was said in the end. Where that candidate is
none that can be answered with (out of scope, unclear), no bar brings an answer.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import groupby

from bot.authoring.evaluating.measuring import GradedQuestion
from bot.model.well_known import OUT_OF_SCOPE, UNCLEAR

BINS = 10
WRONG_SHARES = (0.005, 0.01, 0.02, 0.03, 0.05)  # wrong answers that one may be ready to bear, of the questions in scope


@dataclass(frozen=True, slots=True)
class ReliabilityBin:
    """The questions whose first candidate has a probability from `low` to below `high`; `said` is the mean, 0 to 1."""

    low: float
    high: float
    count: int
    right: int
    said: float

    @property
    def share(self) -> float:
        """Right ones, 0 to 1; 0 where there is no question."""
        return self.right / self.count if self.count else 0.0


@dataclass(frozen=True, slots=True)
class CurvePoint:
    """What answering from a probability of `bar` on brings.

    `right` and `wrong` are shares of the questions in scope, `foreign` of those where nothing may be answered, 0 to 1.
    """

    bar: float
    right: float
    wrong: float
    foreign: float


@dataclass(frozen=True, slots=True)
class _Guess:
    probability: float
    right: bool
    in_scope: bool


def reliability(graded: Iterable[GradedQuestion]) -> tuple[ReliabilityBin, ...]:
    """Ten bins of a tenth each, those without questions, too."""
    bins: list[list[_Guess]] = [[] for _ in range(BINS)]
    for guess in _guesses(graded):
        bins[min(int(guess.probability * BINS), BINS - 1)].append(guess)
    return tuple(
        ReliabilityBin(
            number / BINS,
            (number + 1) / BINS,
            len(found),
            sum(guess.right for guess in found),
            sum(guess.probability for guess in found) / max(len(found), 1),
        )
        for number, found in enumerate(bins)
    )


def curve(graded: Sequence[GradedQuestion]) -> tuple[CurvePoint, ...]:
    """A point for every probability that a first candidate has, the highest bar first; before it, nothing is answered."""
    in_scope = max(sum(one.question.in_scope for one in graded), 1)
    out_of_scope = max(len(graded) - sum(one.question.in_scope for one in graded), 1)
    points = [CurvePoint(1.0, 0.0, 0.0, 0.0)]
    right = wrong = foreign = 0
    falling = sorted(_guesses(graded), key=lambda guess: -guess.probability)
    for bar, group in groupby(falling, key=lambda guess: guess.probability):
        for guess in group:
            right += guess.in_scope and guess.right
            wrong += guess.in_scope and not guess.right
            foreign += not (guess.in_scope or guess.right)
        points.append(CurvePoint(bar, right / in_scope, wrong / in_scope, foreign / out_of_scope))
    return tuple(points)


def at_wrong(points: Sequence[CurvePoint], share: float) -> CurvePoint:
    """The lowest bar with no more than this share answered wrongly."""
    return [point for point in points if point.wrong <= share][-1]


def _guesses(graded: Iterable[GradedQuestion]) -> Iterable[_Guess]:
    for one in graded:
        first = next(iter(one.prediction.candidates), None)
        if first is not None and first not in (OUT_OF_SCOPE, UNCLEAR):
            yield _Guess(one.prediction.probability, first in one.question.right, one.question.in_scope)
