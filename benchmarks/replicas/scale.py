"""How much is measured."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Scale:
    """`rounds` of `seconds` for every contestant; `claims` at every place of a queue of `people`; the others count."""

    rounds: int
    seconds: float
    recipients: int
    ends: int
    answers: int
    people: int
    claims: int


FULL = Scale(rounds=3, seconds=5.0, recipients=2_000, ends=10, answers=200, people=650_000, claims=2_000)
QUICK = Scale(rounds=1, seconds=1.0, recipients=150, ends=2, answers=20, people=5_000, claims=200)
