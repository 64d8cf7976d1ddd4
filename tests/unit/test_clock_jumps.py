"""A clock that jumps, by days or by years, deletes nothing, closes nothing, and lists no endless past; and it may jump back."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import closing
from datetime import UTC, datetime, timedelta

import pytest
from structlog.testing import capture_logs

from bot.announcements.actions import MOST_MISSED
from bot.engine import Engine
from bot.model import Announcement, Session
from bot.service.clock import CONFIRM as TICKS_CONFIRM
from bot.service.clock import Scheduler
from bot.service.current import CurrentEngine
from bot.service.housekeeping import CONFIRM, LOOK_EVERY, PURGE_EVERY, Purging
from bot.service.steady import SteadyClock
from bot.service.wiring import staff_chat
from bot.stores.sqlite.store import SqliteStore
from tests.at_the_desk import usual
from tests.by_the_clock import AUTHOR, RESIDENT, every_morning

START = datetime(2026, 11, 23, 1, 0, tzinfo=UTC)  # Monday, 8:00 in Điện Biên
DAY = timedelta(days=1)
JUMPS = [timedelta(days=30), timedelta(days=365), timedelta(days=11 * 365), timedelta(days=-30)]


class Clocks:
    """One on the wall and a monotonic one, that go on together; the first can be set wrong."""

    def __init__(self) -> None:
        self.passed = timedelta(0)
        self.shift = timedelta(0)

    def wall(self) -> datetime:
        return START + self.passed + self.shift

    def monotonic(self) -> float:
        return 1000.0 + self.passed.total_seconds()


@pytest.fixture
def clocks() -> Clocks:
    return Clocks()


# --- whether it is believed -------------------------------------------------------------------------------------------


@pytest.mark.parametrize("jump", JUMPS)
def test_a_clock_that_jumped_is_believed_when_it_goes_on_evenly_and_at_once_when_it_comes_back(
    clocks: Clocks, jump: timedelta
) -> None:
    clock = SteadyClock(timedelta(minutes=10), monotonic=clocks.monotonic)

    def believed(minutes: int) -> bool:
        clocks.passed += timedelta(minutes=minutes)
        return clock.believes(clocks.wall())

    assert believed(0)
    assert believed(600)
    clocks.shift = jump
    assert [believed(minutes) for minutes in (1, 5, 4)] == [False, False, False]
    clocks.shift = timedelta(0)
    assert believed(1)
    clocks.shift = jump
    assert not believed(1)
    clocks.shift = 2 * jump
    assert [believed(minutes) for minutes in (1, 9, 1, 600)] == [False, False, True, True]


def test_a_clock_that_is_put_right_by_less_than_a_day_is_believed(clocks: Clocks) -> None:
    clock = SteadyClock(timedelta(minutes=10), monotonic=clocks.monotonic)
    for hours in (0, 23, 40, 20, -3):
        clocks.shift = timedelta(hours=hours)
        assert clock.believes(clocks.wall())


# --- what is deleted --------------------------------------------------------------------------------------------------


class House:
    """A store with a session of today, and the chore that purges it."""

    def __init__(self, clocks: Clocks, store: SqliteStore, last: datetime | None = START) -> None:
        self.clocks, self.store = clocks, store
        self.noted: list[datetime] = []
        self.purging = Purging(store.purge, self.noted.append, last, monotonic=clocks.monotonic)
        with store.writing() as transaction:
            transaction.save_session(Session(RESIDENT, at=START))

    def look(self, after: timedelta = LOOK_EVERY) -> bool:
        """Whether the session is still there."""
        self.clocks.passed += after
        self.purging(self.clocks.wall())
        with self.store.writing() as transaction:
            return transaction.session(RESIDENT) is not None


@pytest.fixture
def store() -> Iterator[SqliteStore]:
    with closing(SqliteStore(":memory:")) as opened:
        yield opened


def test_of_a_clock_that_moved_nobody_is_warned_where_the_database_is_new(clocks: Clocks, store: SqliteStore) -> None:
    with capture_logs() as logs:
        House(clocks, store, last=None).look()
        clocks.shift = timedelta(days=30)
        House(clocks, store).look()
    assert [line["log_level"] for line in logs] == ["info", "warning"]


@pytest.mark.parametrize("last", [START, None])
@pytest.mark.parametrize("jump", [timedelta(days=400), timedelta(days=11 * 365)])
def test_nothing_is_deleted_by_a_clock_that_jumped_until_it_is_confirmed(
    clocks: Clocks, store: SqliteStore, jump: timedelta, last: datetime | None
) -> None:
    house = House(clocks, store, last)
    clocks.shift = jump
    with capture_logs() as logs:
        assert house.look(timedelta(0)), "the first look after a start"
    assert "clock" in logs[0]["event"]
    assert not house.look(LOOK_EVERY), "a second look says the same: so much time went by"
    assert CONFIRM < LOOK_EVERY


def test_a_jump_that_is_taken_back_deletes_nothing(clocks: Clocks, store: SqliteStore) -> None:
    house = House(clocks, store)
    assert house.look(timedelta(0))
    for _ in range(20):
        clocks.shift = timedelta(days=4000)
        assert house.look(LOOK_EVERY / 2)
        clocks.shift = timedelta(0)
        assert house.look(LOOK_EVERY / 2)


def test_the_promised_is_deleted_every_six_hours_and_noted(clocks: Clocks, store: SqliteStore) -> None:
    house = House(clocks, store)
    for _ in range(13):
        house.look()
    assert [(at - START) / LOOK_EVERY for at in house.noted] == [1, 7, 13]
    assert PURGE_EVERY == 6 * LOOK_EVERY


# --- what is sent -----------------------------------------------------------------------------------------------------


class Timetable:
    """An announcement for every morning at 8:30, and the clock that makes it go out."""

    def __init__(self, clocks: Clocks, store: SqliteStore, engine: Engine) -> None:
        self.clocks, self.store = clocks, store
        self.actions = staff_chat(usual(), engine).actions
        self.scheduler = Scheduler(
            store, CurrentEngine(engine, staff_chat(usual(), engine)), now=clocks.wall, monotonic=clocks.monotonic
        )
        self.number = every_morning(store, self.actions, START)

    def tick(self, after: timedelta = timedelta(seconds=1)) -> None:
        self.clocks.passed += after
        self.scheduler.tick(self.clocks.wall())

    def times(self) -> list[Announcement]:
        with self.store.writing() as transaction:
            return transaction.announcements(None, parent=self.number, limit=10_000)

    def states(self) -> list[str]:
        return [one.state for one in self.times()]


@pytest.fixture
def timetable(clocks: Clocks, store: SqliteStore, engine: Engine) -> Timetable:
    return Timetable(clocks, store, engine)


@pytest.mark.parametrize("jump", JUMPS)
def test_a_jump_that_is_taken_back_sends_and_expires_nothing_and_the_next_time_comes(
    timetable: Timetable, clocks: Clocks, jump: timedelta
) -> None:
    timetable.tick()
    clocks.shift = jump
    for _ in range(5):
        timetable.tick(timedelta(minutes=1))
    assert timetable.times() == []
    clocks.shift = timedelta(0)
    timetable.tick(timedelta(hours=1))
    assert timetable.states() == ["sending"]


@pytest.mark.parametrize("jump", [jump for jump in JUMPS if jump > DAY])
def test_a_clock_that_stays_where_it_jumped_sends_the_time_of_that_day_and_tells_of_the_others(
    timetable: Timetable, clocks: Clocks, store: SqliteStore, jump: timedelta
) -> None:
    timetable.tick()
    clocks.shift = jump
    timetable.tick()
    timetable.tick(TICKS_CONFIRM + timedelta(minutes=25))
    timetable.tick()
    assert timetable.states().count("sending") == 1, "8:30 of the day that it is now"
    missed = timetable.states().count("expired")
    assert missed == min(jump.days, MOST_MISSED)
    told = [outgoing.reply.text for outgoing in store.due_replies("telegram") if outgoing.to == AUTHOR]
    assert len([text for text in told if str(missed) in text]) == 1
    before = len(timetable.times())
    timetable.tick()
    assert len(timetable.times()) == before


def test_a_clock_that_stays_where_it_was_turned_back_sends_the_next_time(timetable: Timetable, clocks: Clocks) -> None:
    timetable.tick()
    clocks.shift = timedelta(days=-30)
    timetable.tick()
    timetable.tick(TICKS_CONFIRM)
    timetable.tick(timedelta(hours=1))
    assert timetable.states() == ["sending"]


def test_a_repetition_that_fired_in_a_wrong_year_goes_on_in_the_right_one(timetable: Timetable, clocks: Clocks) -> None:
    timetable.tick()
    clocks.shift = timedelta(days=4000)
    timetable.tick()
    timetable.tick(TICKS_CONFIRM)
    clocks.shift = timedelta(0)
    timetable.tick()
    timetable.tick(TICKS_CONFIRM)
    before = timetable.states().count("sending")
    timetable.tick(timedelta(days=1))
    timetable.tick(TICKS_CONFIRM)
    assert timetable.states().count("sending") == before + 1


def test_a_repetition_of_a_wrong_year_goes_on_after_a_restart(
    timetable: Timetable, clocks: Clocks, store: SqliteStore, engine: Engine
) -> None:
    with store.writing() as transaction:
        transaction.change(timetable.number, "repeating", due=START + timedelta(days=4000))
    timetable.tick()
    timetable.tick(timedelta(hours=1))
    assert timetable.states() == ["sending"]
