"""Whether a channel moves: when each of its parts last did its round without an error."""

from __future__ import annotations

import time
from collections.abc import Callable


class Motion:
    """`clock` is a monotonic one, in seconds. Safe from any thread."""

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._rounds: dict[str, float] = {}

    def part(self, name: str) -> Callable[[], None]:
        """One that begins now; what is returned is to be called after each round that went well."""

        def moved() -> None:
            self._rounds[name] = self._clock()

        moved()
        return moved

    def done(self, name: str) -> None:
        """It has nothing more to do."""
        self._rounds.pop(name, None)

    def slowest(self) -> tuple[str, float]:
        """The part whose last round is longest ago, and how many seconds; ("", 0.0) where there is none."""
        now = self._clock()
        return max(((name, now - at) for name, at in self._rounds.copy().items()), key=lambda one: one[1], default=("", 0.0))
