"""What processes that share one store know of each other."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime


@dataclass(frozen=True, slots=True)
class Replica:
    """One process of several: its name, when it was last well, and the version of the content from which it answers."""

    name: str
    at: datetime
    content: str


@dataclass(frozen=True, slots=True)
class SharedState:
    """Of a store that replicas share, as one of them sees it.

    ahead        seconds by which the clock on the wall of this machine is ahead of that of the store
    oldest_view  seconds for which somebody has looked at one state of it: for so long nothing that is done is cleared away
    waiting      threads of this process that wait for a connection
    transactions how many this process has done, and how many seconds they took, the waiting for their turn included
    """

    ahead: float
    oldest_view: float
    waiting: int
    transactions: tuple[int, float] = (0, 0.0)
