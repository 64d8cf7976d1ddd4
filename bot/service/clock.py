"""What happens by the clock: one tick a second lets repeated announcements fire, closes what is over, and reminds of cases.

The schedules themselves are rows; a tick only looks whether a time has come. It can be late, doubled, or run in two processes.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable, Iterator, Sequence
from datetime import UTC, datetime, timedelta
from functools import partial

import structlog
from apscheduler.schedulers.asyncio import AsyncIOScheduler

from bot.announcements import ending
from bot.desk import StaffChat
from bot.errors import StoreError
from bot.logs import place
from bot.model import Announcement, SetAside, SetAsideKind
from bot.ports import Store, Transaction

TICK = timedelta(seconds=1)
OVERDUE = 5.0  # seconds without a tick, after which the scheduler's own idea of the time is put right

log = structlog.stdlib.get_logger(__name__)

Work = tuple[SetAsideKind, int, Callable[[Transaction], object]]  # what is to be done, and of which number
Subject = Callable[[StaffChat, Transaction, datetime], Iterator[Work]]


class Scheduler:
    """Run `run()` as a task until it is cancelled. `now` is the wall clock, in UTC."""

    def __init__(self, store: Store, desk: StaffChat, *, now: Callable[[], datetime]) -> None:
        self._store = store
        self.desk = desk  # another one, when the content changes, is taken from the next tick on
        self._now = now
        self._ticked = time.monotonic()
        self._aside: set[tuple[SetAsideKind, int]] = set()  # what failed in the life of this process

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
        """All that is to be done, by subject. What the store cannot write is tried again with the next tick.

        One announcement or case at which it fails otherwise is set aside, until the process ends, and the others are done.
        """
        self._ticked = time.monotonic()
        for which in (_repeated, _over, _cases):
            try:
                while not self._all_done(which):
                    pass
            except StoreError as error:
                log.error("a tick could not be done", error=str(error))
            except Exception as error:  # noqa: BLE001 - a tick that ended in silence would be the last one
                log.error("a tick failed", error=place(error))

    def _all_done(self, which: Subject) -> bool:
        """False where something had to be set aside, and nothing was done."""
        doing: tuple[SetAsideKind, int] | None = None
        done = []
        try:
            with self._store.writing() as transaction:
                for kind, number, work in which(self.desk, transaction, self._now()):
                    if (kind, number) not in self._aside:
                        doing = kind, number
                        done.append(work(transaction))
                doing = None
        except StoreError:
            raise
        except Exception as error:
            if doing is None:
                raise
            self._set_aside(*doing, error)
            return False
        _tell(done)
        return True

    def _set_aside(self, kind: SetAsideKind, number: int, error: Exception) -> None:
        self._aside.add((kind, number))
        where = place(error)
        log.error("what the clock asks for is set aside", kind=kind, number=number, error=where)
        with self._store.writing() as transaction:
            transaction.set_aside(SetAside(kind, "", str(number), self._now(), where))


def _repeated(desk: StaffChat, transaction: Transaction, now: datetime) -> Iterator[Work]:
    for one in desk.actions.due(transaction, now):
        yield "announcement", one.id, partial(desk.actions.occur, repeated=one, now=now)


def _over(desk: StaffChat, transaction: Transaction, now: datetime) -> Iterator[Work]:
    for one in ending.over(transaction, now):
        yield "announcement", one.id, partial(desk.actions.close, announcement=one, now=now)


def _cases(desk: StaffChat, transaction: Transaction, now: datetime) -> Iterator[Work]:
    for number, step in desk.cases.due(transaction, now).items():
        yield "case", number, step


def _tell(done: Sequence[object]) -> None:
    """How many announcements fired, and which are closed: the cases tell their people."""
    fired = sum(one for one in done if isinstance(one, int))
    if fired:
        log.info("repeated announcements fired", announcements=fired)
    for one in done:
        if isinstance(one, Announcement):
            log.info("announcement closed", announcement=one.id, state=one.state, reason=one.reason)
