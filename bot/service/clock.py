"""What happens by the clock: one tick a second lets repeated announcements fire, closes what is over, and reminds of cases.

The schedules themselves are rows; a tick only looks whether a time has come. It can be late, doubled, or run in two processes.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Sequence
from datetime import datetime, timedelta
from functools import partial

import structlog

from bot.announcements import ending
from bot.desk import StaffChat
from bot.errors import StoreError
from bot.logs import place
from bot.model import Announcement, SetAside, SetAsideKind
from bot.ports import Store, Transaction
from bot.service.current import CurrentEngine
from bot.service.periodic import every
from bot.service.steady import SteadyClock

TICK = timedelta(seconds=1)
CONFIRM = timedelta(minutes=10)  # a clock that jumped by more than a day goes on evenly for so long before it is believed

log = structlog.stdlib.get_logger(__name__)

Work = tuple[SetAsideKind, int, Callable[[Transaction], object]]  # what is to be done, and of which number
Subject = Callable[[StaffChat, Transaction, datetime], Iterator[Work]]


class Scheduler:
    """Run `run()` as a task until it is cancelled. `now` is the wall clock, in UTC."""

    def __init__(
        self,
        store: Store,
        current: CurrentEngine,
        *,
        now: Callable[[], datetime],
        pause: timedelta = TICK,
        monotonic: Callable[[], float] = time.monotonic,
    ) -> None:
        self._store = store
        self._current = current
        self._now = now
        self._pause = pause
        self._monotonic = monotonic
        self._ticked = monotonic()
        self._steady = SteadyClock(CONFIRM, monotonic=monotonic)
        self._doubted = False
        self._latest: datetime | None = None  # that the clock has shown since what repeats was looked at as a whole
        self._aside: set[tuple[SetAsideKind, int]] = set()  # what failed in the life of this process

    @property
    def ticked_at(self) -> float:
        """When the last tick that was done whole began, on the monotonic clock; before the first one, when this was made."""
        return self._ticked

    async def run(self) -> None:
        await every(self._pause, self.tick, self._now)

    def tick(self, now: datetime) -> None:
        """All that is to be done, by subject. What the store cannot write is tried again with the next tick.

        One announcement or case at which it fails otherwise is set aside, until the process ends, and the others are done.
        """
        begun, done = self._monotonic(), True
        if self._doubts(now):
            return
        desk = self._current.get().require_staff_chat()
        for which in self._subjects(now):
            try:
                while not self._all_done(which, desk, now):
                    pass
            except StoreError as error:
                done = False
                log.error("a tick could not be done", error=str(error))
            except Exception as error:  # noqa: BLE001 - a tick that ended in silence would be the last one
                done = False
                log.error("a tick failed", error=place(error))
        if done:
            self._ticked = begun

    def _doubts(self, now: datetime) -> bool:
        """Whether the clock jumped by more than a day: what it would close and expire does not come back."""
        doubts = not self._steady.believes(now)
        if doubts != self._doubted:
            self._doubted = doubts
            log.error(
                "the clock jumped, and nothing is done by it" if doubts else "the clock is believed", clock=now.isoformat()
            )
        return doubts

    def _subjects(self, now: datetime) -> Iterator[Subject]:
        """Whether the clock was turned back is asked at the start, too."""
        if self._latest is None or now < self._latest:
            yield _set_back
        yield from (_repeated, _over, _cases)
        self._latest = now

    def _all_done(self, which: Subject, desk: StaffChat, now: datetime) -> bool:
        """False where something had to be set aside, and nothing was done."""
        doing: tuple[SetAsideKind, int] | None = None
        done = []
        try:
            with self._store.writing() as transaction:
                for kind, number, work in which(desk, transaction, now):
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
        with self._store.writing() as transaction:  # of its own: what is set aside is so, whether anybody can be told or not
            notifier = self._current.get().require_staff_chat().actions.notifier
            notifier.set_aside(transaction, kind, number, self._now())


def _set_back(desk: StaffChat, transaction: Transaction, now: datetime) -> Iterator[Work]:
    for one in transaction.announcements(None, states=("repeating",), limit=None):
        yield "announcement", one.id, partial(desk.actions.set_back, repeated=one, now=now)


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
