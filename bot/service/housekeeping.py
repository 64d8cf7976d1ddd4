"""Deleting what is older than promised, but not by a clock that nobody can believe: what is deleted does not come back."""

from __future__ import annotations

import time
from collections.abc import Callable
from datetime import UTC, datetime, timedelta

import structlog

from bot.service.steady import SteadyClock

LOOK_EVERY = timedelta(hours=1)
PURGE_EVERY = timedelta(hours=6)
CONFIRM = timedelta(minutes=50)  # a second look says the same
LONG_AGO = datetime(1, 1, 2, tzinfo=UTC)
PURGED = "purge"  # under this name the time of the last one is kept

log = structlog.stdlib.get_logger(__name__)


class Purging:
    """To be called every LOOK_EVERY. `purge` and `note` write to the store; `last` is what was noted last, None for never."""

    def __init__(
        self,
        purge: Callable[[datetime], None],
        note: Callable[[datetime], None],
        last: datetime | None,
        *,
        monotonic: Callable[[], float] = time.monotonic,
    ) -> None:
        self._purge = purge
        self._note = note
        self._monotonic = monotonic
        self._clock = SteadyClock(CONFIRM, last=last or LONG_AGO, monotonic=monotonic)
        self._begins = last is None  # a new database: nobody need worry that its clock is not known yet
        self._done: float | None = None

    def __call__(self, now: datetime) -> None:
        """Raises StoreError, StoreFault; then it is tried again with the next look."""
        if not self._clock.believes(now):
            if self._begins:
                log.info("nothing is deleted before the clock was looked at twice", clock=now.isoformat())
            else:
                log.warning(
                    "nothing is deleted yet: the clock has moved more than a day since the last time", clock=now.isoformat()
                )
            return
        if self._done is not None and self._monotonic() - self._done < PURGE_EVERY.total_seconds():
            return
        self._purge(now)
        self._note(now)
        self._done = self._monotonic()
