"""One clock for all replicas: that of the database."""

from __future__ import annotations

import time
from collections.abc import Callable
from datetime import UTC, datetime, timedelta

ANCHORED = 20.0  # seconds for which the clock of this machine is trusted to go on as evenly as that of the database


class DatabaseClock:
    """What every transaction is told anyway, and in between the clock of this machine that nobody turns back."""

    def __init__(self, monotonic: Callable[[], float] = time.monotonic) -> None:
        self._monotonic = monotonic
        self._anchor: tuple[float, datetime] | None = None

    def told(self, at: datetime) -> None:
        """The database has just said that it is `at`."""
        heard = self._monotonic()
        if self._anchor is None or heard - self._anchor[0] >= ANCHORED:
            self._anchor = heard, at.astimezone(UTC)

    def now(self) -> datetime:
        """In UTC."""
        if self._anchor is None:
            return datetime.now(UTC)
        heard, at = self._anchor
        return at + timedelta(seconds=self._monotonic() - heard)

    def apart(self) -> float:
        """Seconds by which the clock on the wall of this machine is ahead of that of the database."""
        return (datetime.now(UTC) - self.now()).total_seconds()
