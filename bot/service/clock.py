"""What happens by the clock: one tick a second lets repeated announcements fire, closes what is over, and reminds of cases.

The schedules themselves are rows; a tick only looks whether a time has come. It can be late, doubled, or run in two processes.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from datetime import datetime, timedelta

import structlog

from bot.errors import StoreError
from bot.logs import place
from bot.ports import Store
from bot.service.current import CurrentEngine
from bot.service.periodic import every

TICK = timedelta(seconds=1)

log = structlog.stdlib.get_logger(__name__)


class Scheduler:
    """Run `run()` as a task until it is cancelled. `now` is the wall clock, in UTC."""

    def __init__(self, store: Store, current: CurrentEngine, *, now: Callable[[], datetime], pause: timedelta = TICK) -> None:
        self._store = store
        self._current = current
        self._now = now
        self._pause = pause
        self._ticked = time.monotonic()

    @property
    def ticked_at(self) -> float:
        """When the last tick began, on the monotonic clock; before the first one, when this was made."""
        return self._ticked

    async def run(self) -> None:
        await every(self._pause, self.tick, self._now)

    def tick(self, now: datetime) -> None:
        """Whatever goes wrong is tried again with the next tick."""
        self._ticked = time.monotonic()
        desk = self._current.get().require_staff_chat()
        try:
            with self._store.writing() as transaction:
                fired = desk.actions.fire(transaction, now)
                closed = desk.actions.finish(transaction, now)
                desk.cases.tick(transaction, now)
        except StoreError as error:
            log.error("a tick could not be done", error=str(error))
        except Exception as error:  # noqa: BLE001 - a tick that ended in silence would be the last one
            log.error("a tick failed", error=place(error))
        else:
            if fired:
                log.info("repeated announcements fired", announcements=fired)
            for announcement in closed:
                log.info(
                    "announcement closed", announcement=announcement.id, state=announcement.state, reason=announcement.reason
                )
