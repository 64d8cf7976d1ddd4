"""What happens by the clock: one tick a second lets repeated announcements fire, closes what is over, and reminds of cases.

The schedules themselves are rows; a tick only looks whether a time has come. It can be late, doubled, or run in two processes.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable
from datetime import UTC, datetime, timedelta

import structlog
from apscheduler.schedulers.asyncio import AsyncIOScheduler

from bot.desk import StaffChat
from bot.errors import StoreError
from bot.logs import place
from bot.ports import Store

TICK = timedelta(seconds=1)
OVERDUE = 5.0  # seconds without a tick, after which the scheduler's own idea of the time is put right

log = structlog.stdlib.get_logger(__name__)


class Scheduler:
    """Run `run()` as a task until it is cancelled. `now` is the wall clock, in UTC."""

    def __init__(self, store: Store, desk: StaffChat, *, now: Callable[[], datetime]) -> None:
        self._store = store
        self.desk = desk  # another one, when the content changes, is taken from the next tick on
        self._now = now
        self._ticked = time.monotonic()

    @property
    def ticked_at(self) -> float:
        """When the last tick began, on the monotonic clock; before the first one, when this was made."""
        return self._ticked

    async def run(self) -> None:
        scheduler = AsyncIOScheduler(timezone=UTC)
        job = scheduler.add_job(
            self.tick, "interval", seconds=TICK.total_seconds(), coalesce=True, misfire_grace_time=None, max_instances=1
        )
        scheduler.start()
        try:
            while True:
                await asyncio.sleep(OVERDUE)
                # APScheduler waits for a time of the wall clock. After a clock was turned back by a day it would wait a day.
                if time.monotonic() - self._ticked > OVERDUE:
                    job.modify(next_run_time=datetime.now(UTC))
        finally:
            scheduler.shutdown(wait=False)

    def tick(self) -> None:
        """Whatever goes wrong is tried again with the next tick."""
        self._ticked = time.monotonic()
        try:
            with self._store.writing() as transaction:
                desk = self.desk
                actions, cases = desk.actions, desk.cases
                fired = actions.fire(transaction, self._now())
                closed = actions.finish(transaction, self._now())
                cases.tick(transaction, self._now())
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
