"""How much is measured."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Scale:
    """`rounds` of `seconds` for every contestant; `idle` in seconds; `streams` are open at once, and
    `half_open` connections; `visits` over each line. The console has so many `subscribers`, each page `asked` so often.
    """

    rounds: int
    seconds: float
    idle: float
    streams: int
    visits: int
    half_open: int
    subscribers: int
    asked: int


FULL = Scale(rounds=3, seconds=5.0, idle=60.0, streams=1_000, visits=3, half_open=5_000, subscribers=100_000, asked=60)
QUICK = Scale(rounds=1, seconds=1.0, idle=5.0, streams=100, visits=1, half_open=500, subscribers=5_000, asked=20)
