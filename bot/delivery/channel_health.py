"""Whether a channel lets anything through at all. Times are seconds on one monotonic clock, and always an argument."""

from __future__ import annotations

FAILING_AFTER = 300.0  # of nothing but failures
PROBE = 60.0  # how often one delivery tries whether a failing channel works again
MOST_LOST = 8  # answers in a row; each costs somebody an announcement that is sent once at most
FIRST_WAIT = 1.0  # after these, doubled with each further one
LONGEST_WAIT = 10.0


class ChannelHealth:
    """After FAILING_AFTER without an answer of the vendor a channel is failing, and is only probed until one comes.

    After MOST_LOST answers that were lost, it is probed as well, at growing distances.
    """

    def __init__(self) -> None:
        self.failing = False
        self._since: float | None = None  # the first failure after the last answer
        self._lost = 0
        self._probed = float("-inf")

    @property
    def probing(self) -> bool:
        """Whether one at a time is enough."""
        return self.failing or self._lost >= MOST_LOST

    def resume(self, failing: bool) -> None:
        """What an earlier process knew; the first probe may start at once."""
        self.failing = failing
        self._since = None
        self._lost = 0
        self._probed = float("-inf")

    def heard(self) -> bool:
        """The vendor answered, be it with a refusal. True when this ends a failure."""
        ended = self.failing
        self.failing = False
        self._since = None
        self._lost = 0
        return ended

    def lost(self) -> None:
        """An answer did not come, and whoever was written to is not written to again."""
        self._lost += 1

    def failed(self, now: float) -> bool:
        """One more failure. True when this is the one that makes the channel failing."""
        if self._since is None:
            self._since = now
        if self.failing or now - self._since < FAILING_AFTER:
            return False
        self.failing = True
        self._probed = now
        return True

    def wait(self, now: float) -> float:
        """Seconds until something may be sent: 0.0 while all is well, and when the next probe is due."""
        if not self.probing:
            return 0.0
        wait = PROBE if self.failing else min(LONGEST_WAIT, FIRST_WAIT * 2.0 ** min(self._lost - MOST_LOST, 20))
        return max(0.0, self._probed + wait - now)

    def sending(self, now: float) -> None:
        """Something is sent now; while the channel is probed, that is the probe."""
        self._probed = now
