"""What a measurement gives: rows of figures with their goals, as a Markdown table and as JSON; and how much is measured."""

from __future__ import annotations

import statistics
from collections.abc import Sequence
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Scale:
    """How much is measured; `questions` are asked within `seconds`, twice."""

    subscribers: int
    claims: int
    recipients: int
    questions: int
    seconds: float
    audience: int
    kills: int
    silences: int


FULL = Scale(650_000, 5_000, 2_000, 300, 30.0, 10_000, 10, 5)
QUICK = Scale(20_000, 500, 150, 40, 5.0, 500, 2, 2)


@dataclass(frozen=True, slots=True)
class Row:
    what: str
    value: float
    unit: str = ""
    goal: str = ""

    @property
    def said(self) -> str:
        digits = 0 if isinstance(self.value, int) or abs(self.value) >= 1000 else 1 if abs(self.value) >= 10 else 3
        return f"{self.value:,.{digits}f} {self.unit}".rstrip()


@dataclass(frozen=True, slots=True)
class Table:
    title: str
    rows: Sequence[Row]

    def markdown(self) -> str:
        lines = [f"| {row.what} | {row.said} | {row.goal} |" for row in self.rows]
        return "\n".join([f"### {self.title}", "", "| what | measured | goal |", "|---|---|---|", *lines])


def percentile(values: Sequence[float], percent: int) -> float:
    """With linear interpolation between neighbours."""
    return statistics.quantiles(values, n=100, method="inclusive")[percent - 1]


def most_in_a_second(times: Sequence[float]) -> int:
    """`times` in ascending order, in seconds."""
    most = first = 0
    for last, at in enumerate(times):
        while at - times[first] >= 1.0:
            first += 1
        most = max(most, last - first + 1)
    return most
