"""Whether the clock on the wall can be believed: after a jump of more than a day it has to go on evenly for some time."""

from __future__ import annotations

import time
from collections.abc import Callable
from datetime import datetime, timedelta

JUMP = timedelta(days=1, minutes=1)  # a clock is set wrong by whole days
EVEN = timedelta(hours=1)


class SteadyClock:
    """Measures the clock on the wall by the monotonic one. A jump that is taken back before it was confirmed was none."""

    def __init__(self, confirm: timedelta, *, last: datetime | None = None, monotonic: Callable[[], float] = time.monotonic):
        """`confirm` is how long a clock that jumped must go on evenly. `last` is a time at which it was believed before."""
        self._confirm = confirm
        self._monotonic = monotonic
        self._believed = self._offset(last) if last else None
        self._doubtful: timedelta | None = None
        self._since = 0.0

    def believes(self, now: datetime) -> bool:
        """To be asked again and again. What is shown the first time is believed where there is no `last`."""
        offset = self._offset(now)
        if self._believed is None or abs(offset - self._believed) <= JUMP:
            self._believed, self._doubtful = offset, None
            return True
        if self._doubtful is None or abs(offset - self._doubtful) > EVEN:
            self._doubtful, self._since = offset, self._monotonic()
            return False
        if self._monotonic() - self._since < self._confirm.total_seconds():
            return False
        self._believed, self._doubtful = offset, None
        return True

    def _offset(self, now: datetime) -> timedelta:
        """Of the clock on the wall from the monotonic one."""
        return now - datetime.min.replace(tzinfo=now.tzinfo) - timedelta(seconds=self._monotonic())
