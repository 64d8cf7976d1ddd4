"""Repeated announcements under a clock that jumps, processes that die, and two that run at once.

Every occurrence goes out exactly once, or is recorded as missed and its author is told.
"""

from __future__ import annotations

import random
import threading
from collections import Counter
from collections.abc import Iterator
from contextlib import ExitStack, suppress
from dataclasses import dataclass, field
from datetime import UTC, datetime, time, timedelta
from pathlib import Path

import pytest

from bot.announcements.actions import AnnouncementActions
from bot.announcements.notifier import Notifier
from bot.announcements.policy import AnnouncementPolicy
from bot.announcements.staffing import revoke
from bot.channels.telegram import TELEGRAM
from bot.i18n import Words
from bot.model import COMMAND_LINE, Address, Announcement, Audience, Plan, Subscription
from bot.ports import Transaction
from bot.service.cron import next_time
from bot.stores.sqlite.store import SqliteStore
from tests.by_the_clock import finish, fire

START = datetime(2026, 11, 23, 1, 0, tzinfo=UTC)
GRACE = timedelta(hours=6)
PLACE = "03283"
AUTHOR, SECOND, RESIDENT = (Address("telegram", str(number)) for number in (1, 2, 3))
RULES = ("30 7 * * *", "0 18 * * *", "30 7 * * mon", "0 18 * * mon,thu", "0 8 15 * *", "0 17 last * *")
RUNS = 1000


def actions(limit: int = 500) -> AnnouncementActions:
    rules = AnnouncementPolicy(limit, ("gov.vn",), GRACE, (time(21), time(6, 30)), {"telegram": TELEGRAM.capabilities})
    return AnnouncementActions(rules, Notifier({"en": Words("en", {})}, "en"), next_time)


def plan(rule: str, **more: object) -> Plan:
    given: dict[str, object] = {
        "code": "AB23CD",
        "office": {"vi": "UBND xã Búng Lao"},
        "texts": {"vi": "Sáng nay ngân hàng giao dịch tại xã."},
        "audience": Audience((PLACE,)),
        "lasts": timedelta(hours=10),
        "rule": rule,
    }
    return Plan(**{**given, **more})  # type: ignore[arg-type]


def prepare(transaction: Transaction) -> int:
    """A resident, and an officer whose number is returned."""
    transaction.subscribe(Subscription(RESIDENT, PLACE, (), "vi", START))
    return transaction.add_staff("officer", (PLACE,), "", AUTHOR, START).number


def children(transaction: Transaction, parent: int) -> list[Announcement]:
    return sorted(transaction.announcements(None, parent=parent, limit=1000), key=lambda a: a.due)


def times(rule: str, after: datetime, until: datetime) -> Iterator[datetime]:
    at = next_time(rule, after)
    while at <= until:
        yield at
        at = next_time(rule, at)


@dataclass
class World:
    """Two processes on one file under a clock that does what it likes. `latest` is the latest it ever showed."""

    path: Path
    chance: random.Random
    now: datetime = START
    latest: datetime = START
    stores: list[SqliteStore] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.stores = [SqliteStore(self.path), SqliteStore(self.path)]

    def step(self) -> None:
        chance = self.chance
        match chance.choice(["pass", "pass", "pass", "sleep", "hour", "day", "back", "crash", "restart"]):
            case "pass":
                self.move(timedelta(minutes=chance.uniform(1, 300)))
            case "sleep":
                self.move(timedelta(hours=chance.uniform(1, 40)))
            case "hour":
                self.move(timedelta(hours=1))
            case "day":
                self.move(timedelta(days=1))
            case "back":
                self.move(-chance.choice([timedelta(hours=1), timedelta(days=1)]))
            case "crash":
                self.crash()
            case "restart":
                number = chance.randrange(2)
                self.stores[number].close()
                self.stores[number] = SqliteStore(self.path)
        self.tick()

    def move(self, by: timedelta) -> None:
        self.now += by
        self.latest = max(self.latest, self.now)

    def tick(self) -> None:
        with self.chance.choice(self.stores).writing() as transaction:
            fire(actions(), transaction, self.now)

    def crash(self) -> None:
        """A tick that dies before its transaction ends."""
        with suppress(KeyboardInterrupt), self.chance.choice(self.stores).writing() as transaction:
            fire(actions(), transaction, self.now)
            raise KeyboardInterrupt

    def close(self) -> None:
        for store in self.stores:
            store.close()


def test_in_a_thousand_random_lives_every_occurrence_is_sent_once_or_recorded_as_missed(tmp_path: Path) -> None:
    chance = random.Random(20261122)
    outcomes: Counter[str] = Counter()
    world = World(tmp_path / "loaban.db", chance)
    with world.stores[0].writing() as transaction:
        author = prepare(transaction)
    for _ in range(RUNS):
        rule = chance.choice(RULES)
        begin = world.latest = world.now
        with world.stores[0].writing() as transaction:
            repeated = actions().confirm(transaction, author, plan(rule), begin).announcement
        for _ in range(chance.randrange(4, 14)):
            world.step()
        world.now = world.latest
        world.tick()
        with world.stores[0].writing() as transaction:
            occurred = children(transaction, repeated.id)
            actions().cancel(transaction, author, repeated.id, world.now)
        assert [a.due for a in occurred] == list(times(rule, begin, world.latest))
        assert {a.state for a in occurred} <= {"sending", "expired"}
        outcomes.update("missed" if a.state == "expired" else "sent" for a in occurred)
    with world.stores[0].writing() as transaction:
        told = [o for o in world.stores[0].due_replies("telegram") if "missed" in o.reply.text and o.to == AUTHOR]
        assert transaction.recipients(Audience((PLACE,))) == {"telegram": 1}
    world.close()
    assert outcomes["sent"] > 200, "nothing was sent: the test proves nothing"
    assert outcomes["missed"] > 200, "nothing was missed: the test proves nothing"
    assert told


def test_two_processes_that_tick_at_the_same_moment_fire_once(tmp_path: Path) -> None:
    path = tmp_path / "loaban.db"
    with ExitStack() as stack:
        stores = [SqliteStore(path) for _ in range(4)]
        for store in stores:
            stack.callback(store.close)
        with stores[0].writing() as transaction:
            author = prepare(transaction)
            repeated = actions().confirm(transaction, author, plan("30 7 * * *"), START).announcement
        for day in range(1, 21):
            now = START + timedelta(days=day)
            together = threading.Barrier(len(stores))

            def tick(store: SqliteStore, now: datetime = now, together: threading.Barrier = together) -> None:
                together.wait()
                with store.writing() as transaction:
                    fire(actions(), transaction, now)

            threads = [threading.Thread(target=tick, args=(store,)) for store in stores]
            for thread in threads:
                thread.start()
            for thread in threads:
                thread.join()
        with stores[0].writing() as transaction:
            occurred = children(transaction, repeated.id)
            rows = sum(transaction.report(a.id).recipients for a in occurred)
    assert [a.due for a in occurred] == list(times("30 7 * * *", START, now))
    assert rows == 20


# --- one thing at a time ----------------------------------------------------------------------------------------------


@pytest.fixture
def transaction(store: SqliteStore) -> Iterator[Transaction]:
    with store.writing() as opened:
        yield opened


MORNING = datetime(2026, 11, 24, 0, 30, tzinfo=UTC)  # 7:30 in Điện Biên, the day after START


@pytest.mark.parametrize(
    ("late", "state"),
    [
        (timedelta(0), "sending"),
        (GRACE, "sending"),
        (GRACE + timedelta(seconds=1), "expired"),
        (timedelta(hours=20), "expired"),
    ],
)
def test_what_is_late_by_more_than_the_grace_is_recorded_and_not_sent(
    transaction: Transaction, late: timedelta, state: str
) -> None:
    author = prepare(transaction)
    repeated = actions().confirm(transaction, author, plan("30 7 * * *"), START).announcement
    fire(actions(), transaction, MORNING + late)
    (child,) = children(transaction, repeated.id)
    assert (child.state, child.due) == (state, MORNING)
    assert transaction.report(child.id).recipients == (1 if state == "sending" else 0)


def test_what_would_not_be_true_any_more_is_not_sent_within_the_grace_either(transaction: Transaction) -> None:
    author = prepare(transaction)
    repeated = actions().confirm(transaction, author, plan("30 7 * * *", lasts=timedelta(hours=1)), START).announcement
    fire(actions(), transaction, MORNING + timedelta(hours=2))
    assert [a.state for a in children(transaction, repeated.id)] == ["expired"]


def test_the_author_is_told_once_of_all_that_was_missed(store: SqliteStore) -> None:
    with store.writing() as transaction:
        author = prepare(transaction)
        actions().confirm(transaction, author, plan("30 7 * * *"), START)
    with store.writing() as transaction:
        fire(actions(), transaction, START + timedelta(days=30))
    (told,) = [o.reply.text for o in store.due_replies("telegram") if o.to == AUTHOR]
    assert "missed 29 of its times" in told


def test_a_repeated_announcement_without_a_subscriber_waits_for_the_first_one(transaction: Transaction) -> None:
    author = transaction.add_staff("officer", (PLACE,), "", AUTHOR, START).number
    repeated = actions().confirm(transaction, author, plan("30 7 * * *"), START).announcement
    fire(actions(), transaction, MORNING)
    transaction.subscribe(Subscription(RESIDENT, PLACE, (), "vi", START))
    fire(actions(), transaction, MORNING + timedelta(days=1))
    assert [transaction.report(a.id).recipients for a in children(transaction, repeated.id)] == [0, 1]


def test_an_audience_that_grew_above_the_limit_needs_a_second_person_at_the_next_time(store: SqliteStore) -> None:
    with store.writing() as transaction:
        author = prepare(transaction)
        second = transaction.add_staff("admin", (), "", SECOND, START).number
        repeated = actions(limit=1).confirm(transaction, author, plan("30 7 * * *"), START).announcement
        assert repeated.state == "repeating"
        transaction.subscribe(Subscription(Address("telegram", "4"), PLACE, (), "vi", START))
        fire(actions(limit=1), transaction, MORNING)
        (child,) = children(transaction, repeated.id)
        assert child.state == "waiting"
        assert transaction.report(child.id).recipients == 0
        actions(limit=1).approve(transaction, second, child.id, child.plan.fingerprint(), MORNING)
        assert transaction.report(child.id).recipients == 2
    asked = [o for o in store.due_replies("telegram") if o.to == SECOND]
    assert [len(o.reply.buttons) for o in asked] == [0, 2]


def test_a_repetition_whose_author_left_is_paused(transaction: Transaction) -> None:
    author = prepare(transaction)
    repeated = actions().confirm(transaction, author, plan("30 7 * * *"), START).announcement
    assert revoke(transaction, COMMAND_LINE, author, START) == [repeated.id]
    assert fire(actions(), transaction, MORNING) == 0
    assert children(transaction, repeated.id) == []


def test_times_that_pass_while_it_is_paused_stay_left_out(transaction: Transaction) -> None:
    author = prepare(transaction)
    repeated = actions().confirm(transaction, author, plan("30 7 * * *"), START).announcement
    actions().pause(transaction, author, repeated.id, START)
    assert fire(actions(), transaction, MORNING + timedelta(days=3)) == 0
    assert finish(actions(), transaction, MORNING + timedelta(days=300)) == []
    resumed = actions().resume(transaction, author, repeated.id, MORNING + timedelta(days=3))
    assert resumed.due == MORNING + timedelta(days=4)


def test_a_cancelled_repetition_takes_its_running_occurrence_along(transaction: Transaction) -> None:
    author = prepare(transaction)
    repeated = actions().confirm(transaction, author, plan("30 7 * * *"), START).announcement
    fire(actions(), transaction, MORNING)
    actions().cancel(transaction, author, repeated.id, MORNING)
    (child,) = children(transaction, repeated.id)
    assert child.state == "cancelled"
    assert dict(transaction.report(child.id).states) == {"cancelled": 1}
