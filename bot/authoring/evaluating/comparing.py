"""Two measurements with the same material, side by side: what a change of the content won and lost."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Literal

from bot.authoring.evaluating.grading import POINTS
from bot.authoring.evaluating.measuring import Confusion, GradedQuestion, Measurement

BROKEN = 3.0  # points lost with a conversation that no longer goes as written


@dataclass(frozen=True, slots=True)
class Change:
    """A question whose outcome changed; `points` won (above 0) or lost (below), see `grading.POINTS`."""

    before: GradedQuestion
    after: GradedQuestion

    @property
    def points(self) -> float:
        return POINTS[self.before.grade] - POINTS[self.after.grade]


@dataclass(frozen=True)
class Comparison:
    """`changes` worst first; `ceased` and `began` are conversations (file, name), with what differs now or differed before."""

    before: Measurement
    after: Measurement
    changes: Sequence[Change]
    ceased: Mapping[tuple[str, str], tuple[str, ...]]
    began: Mapping[tuple[str, str], tuple[str, ...]]

    @property
    def better(self) -> int:
        return sum(change.points > 0 for change in self.changes)

    @property
    def worse(self) -> int:
        return sum(change.points < 0 for change in self.changes)

    @property
    def won(self) -> float:
        return sum(change.points for change in self.changes if change.points > 0)

    @property
    def lost(self) -> float:
        """Points, 0 or more."""
        return BROKEN * len(self.ceased) - sum(change.points for change in self.changes if change.points < 0)

    @property
    def verdict(self) -> Literal["gain", "loss", "even"]:
        if self.won == self.lost:
            return "even"
        return "gain" if self.won > self.lost else "loss"

    def confusions(self) -> list[tuple[Confusion, Confusion]]:
        """(before, after) of every pair that is or was confused; the most confused now first, those that are gone last."""
        old = {(one.expected, one.taken): one for one in self.before.confusions()}
        pairs = [(old.pop((new.expected, new.taken), replace(new, wrong=0, near=0)), new) for new in self.after.confusions()]
        return [*pairs, *((gone, replace(gone, wrong=0, near=0)) for gone in old.values())]


def compare(before: Measurement, after: Measurement) -> Comparison:
    """What changed. Both must come of the same material; raises ValueError where the questions are not the same many."""
    changes = [
        Change(old, new)
        for old, new in zip(before.graded, after.graded, strict=True)
        if (old.grade, old.given.answered) != (new.grade, new.given.answered)
    ]
    both = before.conversations.keys() & after.conversations.keys()  # files may be edited while this runs
    ceased = {
        key: after.conversations[key] for key in sorted(both) if after.conversations[key] and not before.conversations[key]
    }
    began = {
        key: before.conversations[key] for key in sorted(both) if before.conversations[key] and not after.conversations[key]
    }
    return Comparison(before, after, sorted(changes, key=lambda change: change.points), ceased, began)
