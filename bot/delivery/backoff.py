"""How long to wait before the next try."""

from __future__ import annotations

import random


class Backoff:
    """Doubling waits with jitter, so that what failed together is not tried again together; none is above `cap` seconds."""

    def __init__(self, cap: float, first: float = 0.5) -> None:
        self._cap = cap
        self._first = first
        self.failures = 0

    def next(self) -> float:
        """Seconds to wait after one more failure."""
        full = min(self._cap, self._first * 2.0 ** min(self.failures, 30))
        self.failures += 1
        return full * random.uniform(0.5, 1.0)  # noqa: S311 - jitter, no secret

    def reset(self) -> None:
        self.failures = 0
