"""How much is measured, and a table with a row for each contestant."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Scale:
    """`rounds` of `seconds` for every contestant; `profiled` and `longest` in seconds; the others count updates."""

    rounds: int
    seconds: float
    profiled: float
    polled: int
    crowd: int
    warm: int
    kept: int
    longest: float


FULL = Scale(rounds=3, seconds=3.0, profiled=5.0, polled=1_000, crowd=5_000, warm=5_000, kept=200_000, longest=300.0)
QUICK = Scale(rounds=1, seconds=1.0, profiled=2.0, polled=200, crowd=500, warm=1_000, kept=10_000, longest=30.0)


@dataclass(frozen=True, slots=True)
class Grid:
    """`note` stands below it."""

    title: str
    head: Sequence[str]
    rows: Sequence[Sequence[str | float]]
    note: str = ""

    def markdown(self) -> str:
        lines = [f"| {' | '.join(map(_said, row))} |" for row in self.rows]
        table = [f"### {self.title}", "", f"| {' | '.join(self.head)} |", "|---" * len(self.head) + "|", *lines]
        return "\n".join([*table, *(["", self.note] if self.note else [])])


def _said(value: str | float) -> str:
    if isinstance(value, str):
        return value
    return f"{value:,.0f}" if isinstance(value, int) or abs(value) >= 100 else f"{value:.1f}" if value >= 10 else f"{value:.2f}"
