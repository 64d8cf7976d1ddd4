"""Whether a channel lets anything through at all. Times are seconds on one monotonic clock, and always an argument."""

from __future__ import annotations

FAILING_AFTER = 300.0  # of nothing but failures
PROBE = 60.0  # how often one delivery tries whether a failing channel works again


class ChannelHealth:
    """After FAILING_AFTER without an answer of the vendor a channel is failing, and is only probed until one comes."""

    def __init__(self) -> None:
        self.failing = False
        self._since: float | None = None  # the first failure after the last answer
        self._probed = float("-inf")

    def resume(self, failing: bool) -> None:
        """What an earlier process knew; the first probe may start at once."""
        self.failing = failing
        self._since = None
        self._probed = float("-inf")

    def heard(self) -> bool:
        """The vendor answered, be it with a refusal. True when this ends a failure."""
        ended = self.failing
        self.failing = False
        self._since = None
        return ended

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
        return max(0.0, self._probed + PROBE - now) if self.failing else 0.0

    def sending(self, now: float) -> None:
        """Something is sent now; while the channel is failing, that is the probe."""
        self._probed = now
