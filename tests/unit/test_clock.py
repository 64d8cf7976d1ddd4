"""The tick and the chores: once in every pause, whatever the clock on the wall does and whatever goes wrong."""

from __future__ import annotations

import asyncio
import threading
import time
from collections.abc import AsyncIterator, Callable, Coroutine, Iterator
from contextlib import asynccontextmanager, contextmanager
from datetime import UTC, datetime, timedelta
from itertools import pairwise
from typing import Any

import pytest

from bot.engine import Engine
from bot.errors import StoreError
from bot.service.clock import TICK, Scheduler
from bot.service.current import CurrentEngine, Serving
from bot.service.periodic import every
from bot.service.wiring import staff_chat
from bot.stores.records.transaction import RecordTransaction
from bot.stores.sqlite.store import SqliteStore
from tests.at_the_desk import usual
from tests.by_the_clock import every_morning

START = datetime(2026, 11, 23, 1, 0, tzinfo=UTC)  # Monday, 8:00 in Điện Biên
SHORT = timedelta(seconds=0.01)


class Wall:
    """A clock that goes on by itself and can be set wrong."""

    def __init__(self) -> None:
        self._begun = time.monotonic()
        self.shift = timedelta(0)

    def __call__(self) -> datetime:
        return START + timedelta(seconds=time.monotonic() - self._begun) + self.shift


@pytest.fixture
def store() -> Iterator[SqliteStore]:
    opened = SqliteStore(":memory:")
    yield opened
    opened.close()


@asynccontextmanager
async def at_work(work: Coroutine[Any, Any, None]) -> AsyncIterator[None]:
    task = asyncio.create_task(work)
    try:
        yield
    finally:
        task.cancel()
        await asyncio.wait({task})


async def until(met: Callable[[], bool]) -> None:
    async with asyncio.timeout(10):
        while not met():  # noqa: ASYNC110 - it happens in a thread
            await asyncio.sleep(0.005)


# --- chores -----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("shift", [timedelta(days=-1), timedelta(days=1), timedelta(days=365), timedelta(hours=-1)])
async def test_a_clock_that_is_set_wrong_neither_stops_a_chore_nor_hurries_it(shift: timedelta) -> None:
    wall, pause = Wall(), timedelta(seconds=0.05)
    done: list[float] = []

    def chore(now: datetime) -> None:
        assert abs(now - wall()) < timedelta(seconds=5), "it is told what the clock shows"
        done.append(time.monotonic())

    async with at_work(every(pause, chore, wall)):
        await until(lambda: len(done) >= 2)
        wall.shift = shift
        before = len(done)
        await until(lambda: len(done) >= before + 4)
    gaps = [later - earlier for earlier, later in pairwise(done)]
    assert min(gaps) >= pause.total_seconds() * 0.9


@pytest.mark.parametrize("error", [StoreError("locked"), ValueError("a bug")])
async def test_a_chore_that_fails_is_tried_again(error: Exception) -> None:
    tries: list[datetime] = []

    def chore(now: datetime) -> None:
        tries.append(now)
        if len(tries) < 3:
            raise error

    async with at_work(every(SHORT, chore, Wall())):
        await until(lambda: len(tries) >= 4)


async def test_a_chore_that_takes_long_holds_up_nobody_and_is_never_done_twice_at_once() -> None:
    threads: list[int] = []
    alone: list[bool] = []
    under_way = threading.Lock()

    def chore(_: datetime) -> None:
        alone.append(under_way.acquire(blocking=False))
        time.sleep(0.03)
        under_way.release()
        threads.append(threading.get_ident())

    async with at_work(every(timedelta(0), chore, Wall())):
        await until(lambda: len(threads) >= 4)
    assert threading.get_ident() not in threads, "the loop did it itself"
    assert all(alone), "it was begun while it was being done"


# --- the tick ---------------------------------------------------------------------------------------------------------


@pytest.fixture
def current(engine: Engine) -> CurrentEngine:
    return CurrentEngine(engine, staff_chat(usual(), engine))


@pytest.fixture
def repeated(store: SqliteStore, current: CurrentEngine) -> int:
    return every_morning(store, current.get().require_staff_chat().actions, START)


def occurrences(store: SqliteStore, parent: int) -> int:
    with store.writing() as transaction:
        return len(transaction.announcements(None, parent=parent, limit=100))


def test_a_tick_is_due_every_second() -> None:
    assert timedelta(seconds=1) == TICK


async def test_the_clock_goes_on_after_it_was_turned_back_by_a_day(
    store: SqliteStore, current: CurrentEngine, repeated: int
) -> None:
    """Whoever waits for a time of the wall clock would wait for a day."""
    wall = Wall()
    scheduler = Scheduler(store, current, now=wall, pause=SHORT)
    async with at_work(scheduler.run()):
        wall.shift = timedelta(days=1)
        await until(lambda: occurrences(store, repeated) == 1)
        wall.shift = timedelta(0)
        turned_back = time.monotonic()
        await until(lambda: scheduler.ticked_at > turned_back + 0.02)
        assert occurrences(store, repeated) == 1, "and nothing is sent twice"
        for days in (1, 2):
            wall.shift = timedelta(days=days)
            moved = time.monotonic()
            await until(lambda: scheduler.ticked_at > moved)  # noqa: B023 - it is waited for here
        assert occurrences(store, repeated) == 2


async def test_health_is_told_when_the_last_tick_that_was_done_began(
    store: SqliteStore, current: CurrentEngine, monkeypatch: pytest.MonkeyPatch
) -> None:
    writing, asked, allowed = store.writing, [], []

    @contextmanager
    def watched() -> Iterator[RecordTransaction]:
        asked.append(True)
        with writing() as transaction:
            allowed.append(True)
            yield transaction

    monkeypatch.setattr(store, "writing", watched)
    scheduler = Scheduler(store, current, now=Wall(), pause=SHORT)
    made = scheduler.ticked_at
    assert time.monotonic() - made < 1
    async with at_work(scheduler.run()):
        await until(lambda: scheduler.ticked_at > made)
        with writing():  # nobody else can write meanwhile
            await until(lambda: len(asked) > len(allowed))
            waiting = scheduler.ticked_at
            await asyncio.sleep(0.1)
            assert scheduler.ticked_at == waiting, "a tick that cannot be done is not taken for done"
        await until(lambda: scheduler.ticked_at > waiting)


async def test_a_tick_that_fails_is_tried_again(
    store: SqliteStore, current: CurrentEngine, repeated: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    wall = Wall()
    wall.shift = timedelta(hours=1)
    scheduler = Scheduler(store, current, now=wall, pause=SHORT)
    fail = [StoreError("full"), RuntimeError("a bug")]
    due = type(current.get().require_staff_chat().actions).due

    def failing(*given: object) -> object:
        if fail:
            raise fail.pop()
        return due(*given)  # type: ignore[arg-type]

    monkeypatch.setattr(type(current.get().require_staff_chat().actions), "due", failing)
    async with at_work(scheduler.run()):
        await until(lambda: occurrences(store, repeated) == 1)
    assert fail == []


def test_a_tick_takes_what_is_served_once_at_its_beginning(
    store: SqliteStore, engine: Engine, current: CurrentEngine, monkeypatch: pytest.MonkeyPatch
) -> None:
    taken: list[Serving] = []
    get = current.get

    def noting() -> Serving:
        taken.append(get())
        return taken[-1]

    monkeypatch.setattr(current, "get", noting)
    scheduler = Scheduler(store, current, now=Wall())
    scheduler.tick(START)
    current.swap(engine, staff_chat(usual(), engine))
    scheduler.tick(START)
    assert len(taken) == 2
    assert taken[0].staff_chat is not taken[1].staff_chat
