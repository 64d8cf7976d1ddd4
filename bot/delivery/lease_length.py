"""For how long a lease is asked for: so long that the store can renew it in time, also where every commit takes seconds."""

from __future__ import annotations

from datetime import timedelta

LONGEST = timedelta(seconds=20)  # the stores believe in leases that are a few seconds longer, see SKEW


class LeaseLength:
    """One for each lease. On a store that answers at once it is `shortest`: so soon others take over when a process dies."""

    def __init__(self, shortest: timedelta) -> None:
        self._shortest = shortest
        self._took = 0.0

    def now(self) -> timedelta:
        """One renewal may be all but done, and count from its beginning, while the next one takes as long again."""
        return min(self._shortest + 2 * timedelta(seconds=self._took), LONGEST)

    def took(self, seconds: float) -> None:
        """A renewal was stored after so long. What was slow a moment ago may be so again: that is forgotten bit by bit."""
        self._took = min(max(seconds, self._took / 2), LONGEST.total_seconds())
