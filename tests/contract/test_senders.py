"""The contract of replies that several processes send: each once, in order for each person, and none lost.

First what a store promises by `claim_replies`, then real processes on one database: both at work, one killed, one asleep.
"""

from __future__ import annotations

import asyncio
import fcntl
import os
import signal
import sqlite3
import sys
import threading
from asyncio.subprocess import PIPE, Process
from collections import Counter, defaultdict
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager, closing, suppress
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from bot.delivery.replies import IN_FLIGHT
from bot.delivery.reply_lease import LEASE
from bot.model import Address, Reply
from bot.ports import Store
from bot.stores.sqlite.store import SqliteStore
from tests.processes import ROOT
from tests.stores import Ask

NOW = datetime(2026, 11, 23, 1, 0, tzinfo=UTC)
SECOND = timedelta(seconds=1)


def queue(store: Store, user: str, *texts: str, channel: str = "paper") -> None:
    with store.writing() as transaction:
        transaction.queue(Address(channel, user), [Reply(text) for text in texts], NOW)


@dataclass
class Holder:
    """One sender: what it is given, at which second."""

    store: Store
    name: str

    def claim(self, second: float = 0.0, *, limit: int = 100) -> list[str]:
        return self.ask(second, limit)[0]

    def lapsed(self, second: float) -> bool:
        return self.ask(second, 0)[1]

    def ask(self, second: float, limit: int) -> tuple[list[str], bool]:
        at = NOW + second * SECOND
        claimed = self.store.claim_replies("paper", self.name, lambda: at, lease=2 * SECOND, limit=limit)
        return [outgoing.reply.text for outgoing in claimed.replies], claimed.lapsed


@pytest.fixture
def one(store: Store) -> Holder:
    return Holder(store, "one")


@pytest.fixture
def other(store: Store) -> Holder:
    return Holder(store, "other")


# --- what a store promises --------------------------------------------------------------------------------------------


def test_each_reply_is_claimed_once_the_oldest_first(store: Store, one: Holder) -> None:
    queue(store, "mai", "1", "2")
    queue(store, "lo", "3")
    queue(store, "mai", "4", channel="telegram")
    assert one.claim(limit=2) == ["1", "2"]
    assert one.claim(limit=2) == ["3"]
    assert one.claim() == []


def test_nobody_gets_replies_of_a_person_somebody_else_writes_to(store: Store, one: Holder, other: Holder) -> None:
    queue(store, "mai", "1", "2")
    assert one.claim(limit=1) == ["1"]
    queue(store, "mai", "3")
    queue(store, "lo", "4")
    assert other.claim() == ["4"], "2 and 3 must not overtake 1"
    assert one.claim() == ["2", "3"]


def test_who_is_done_with_somebody_leaves_them_to_whoever_asks(store: Store, one: Holder, other: Holder) -> None:
    queue(store, "mai", "1")
    one.claim()
    store.delivered([outgoing.id for outgoing in store.due_replies("paper")])
    queue(store, "mai", "2")
    assert other.claim() == ["2"]


def test_what_a_silent_process_held_is_free_when_its_lease_is_over(store: Store, one: Holder, other: Holder) -> None:
    queue(store, "mai", "1", "2")
    queue(store, "lo", "3")
    one.claim()
    assert other.claim(1.9) == []
    assert other.claim(2.1) == ["1", "2", "3"]
    assert one.ask(2.2, 100) == ([], True), "it has to forget what it held"


def test_a_lease_is_renewed_by_asking_for_nothing(store: Store, one: Holder, other: Holder) -> None:
    queue(store, "mai", "1")
    assert one.ask(0, 100) == (["1"], True)
    for second in (1.5, 3.0, 4.5):
        assert one.ask(second, 0) == ([], False)
    assert other.claim(6) == []
    assert other.claim(6.6) == ["1"]


def test_whose_lease_was_over_gets_again_what_nobody_took(store: Store, one: Holder) -> None:
    queue(store, "mai", "1")
    one.claim()
    assert one.ask(60, 100) == (["1"], True)
    assert one.ask(61, 100) == ([], False)


def test_what_is_given_back_is_free_at_once(store: Store, one: Holder, other: Holder) -> None:
    queue(store, "mai", "1", "2")
    one.claim()
    store.give_back_replies("paper", "one")
    assert other.claim() == ["1", "2"]
    store.give_back_replies("paper", "one")
    assert other.lapsed(1) is False, "nobody gives back what another holds"


def test_the_time_is_looked_at_when_it_is_somebodys_turn(store: Store) -> None:
    """Who slept in the meantime would take the lease of whoever is at work for one of tomorrow, and void it."""
    began, seen, taken = threading.Event(), [], threading.Event()

    def now() -> datetime:
        seen.append(taken.is_set())
        return NOW

    def claim() -> None:
        began.set()
        store.claim_replies("paper", "one", now, lease=2 * SECOND, limit=1)

    with store.writing():
        waiting = threading.Thread(target=claim)
        waiting.start()
        began.wait()
        waiting.join(0.2)
        taken.set()
    waiting.join()
    assert seen == [True]


def test_after_the_clock_was_turned_back_nobody_waits_for_a_lease_of_tomorrow(store: Store, one: Holder, other: Holder) -> None:
    queue(store, "mai", "1")
    one.claim(86400)
    assert other.claim() == ["1"]


def test_who_looked_at_the_clock_a_moment_earlier_frees_nothing(store: Store, one: Holder, other: Holder) -> None:
    """The clocks of two machines are never quite the same."""
    queue(store, "mai", "1")
    assert one.claim(1) == ["1"]
    assert other.claim(0.9) == []
    assert one.ask(1.5, 100) == ([], False)


def test_a_reply_that_a_response_carries_is_claimed_by_nobody(store: Store, one: Holder) -> None:
    queue(store, "mai", "1")
    with store.writing() as transaction:
        (waiting,) = transaction.waiting(Address("paper", "mai"))
        transaction.answer_in_response(waiting, "7", NOW)
        assert transaction.waiting(Address("paper", "mai")) == []
    assert one.claim() == []


def test_a_claim_survives_the_end_of_its_process_and_a_delivery_ends_it(tmp_path: Path) -> None:
    with closing(SqliteStore(tmp_path / "loaban.db")) as store:
        queue(store, "mai", "1")
        Holder(store, "one").claim()
    with closing(SqliteStore(tmp_path / "loaban.db")) as store:
        assert Holder(store, "other").claim(1) == []
        assert [outgoing.reply.text for outgoing in store.due_replies("paper")] == ["1"]
        store.delivered([outgoing.id for outgoing in store.due_replies("paper")])
        assert store.due_replies("paper") == []


# --- what has to be looked at beside the store ------------------------------------------------------------------------


def test_a_reply_whose_transaction_ended_late_is_not_passed_over(store: Store, one: Holder, ask: Ask) -> None:
    """It began before others, so its number is smaller than those that were claimed already."""
    queue(store, "mai", "1", "2")
    ask("DELETE FROM replies WHERE id = 1")
    assert one.claim() == ["2"]
    sql = "INSERT INTO replies (id, channel, user, text, buttons, at) VALUES (1, 'paper', 'lo', 'late', '[]', ?)"
    ask(sql, NOW.isoformat())
    assert one.claim() == ["late"]


def test_asking_in_vain_writes_nothing(store: Store, one: Holder, ask: Ask, tmp_path: Path) -> None:
    queue(store, "mai", "1")
    one.claim()
    store.delivered([outgoing.id for outgoing in store.due_replies("paper")])
    one.claim(1)
    assert ask("SELECT * FROM holders") == []
    if not isinstance(store, SqliteStore):
        return
    with closing(sqlite3.connect(tmp_path / "loaban.db")) as connection:
        before = connection.execute("PRAGMA data_version").fetchone()
        one.claim(2)
        assert connection.execute("PRAGMA data_version").fetchone() == before


@pytest.mark.parametrize("buttons", ["{", '[["Vay vốn"]]', '[["a", "b", true, "of tomorrow"]]', "null", "7"])
def test_a_reply_that_cannot_be_read_is_set_aside_and_those_behind_it_go(
    store: Store, one: Holder, ask: Ask, buttons: str
) -> None:
    queue(store, "mai", "1", "2")
    ask("UPDATE replies SET buttons = ? WHERE text = '1'", buttons)
    assert one.claim() == ["2"]
    ((kind, channel, key, place),) = ask("SELECT kind, channel, key, place FROM set_aside")
    assert (kind, channel, key) == ("reply", "paper", "1")
    assert ".py:" in str(place)
    assert "Vay" not in str(place)
    assert store.figures(NOW).set_aside == {"reply": 1}
    assert [outgoing.reply.text for outgoing in store.due_replies("paper")] == ["2"]


def test_free_replies_are_found_without_walking_past_those_that_are_being_sent(tmp_path: Path) -> None:
    from bot.stores.records.replies import FREE, REPLY

    SqliteStore(tmp_path / "loaban.db").close()
    with closing(sqlite3.connect(tmp_path / "loaban.db")) as connection:
        steps = connection.execute(f"EXPLAIN QUERY PLAN {REPLY} {FREE} ORDER BY id LIMIT ?", ("paper", "one", 100)).fetchall()
    assert "USING INDEX replies_free (channel=?)" in str(steps[0][-1])
    assert not any("TEMP B-TREE" in str(step[-1]) for step in steps)


# --- two processes on one database ------------------------------------------------------------------------------------

PEOPLE = 24
ROUNDS = 20  # messages to each
OFTEN = 5  # times that all of them are written, at most


class Office:
    """A database, what was queued in it, and the file that processes send to."""

    def __init__(self, folder: Path) -> None:
        self.db = folder / "loaban.db"
        self.paper = folder / "paper.txt"
        self.store = SqliteStore(self.db)
        self.queued: list[tuple[str, str]] = []

    @asynccontextmanager
    async def process(self, name: str) -> AsyncIterator[Process]:
        line = [sys.executable, "-m", "tests.contract.sending_process", str(self.db), str(self.paper), name]
        running = await asyncio.create_subprocess_exec(*line, cwd=ROOT, stdout=PIPE, stderr=PIPE)
        assert running.stdout is not None
        try:
            assert await running.stdout.readline() == b"ready\n"
            yield running
        finally:
            if running.returncode is None:
                running.kill()
            await running.communicate()

    async def write(self, rounds: int = ROUNDS) -> None:
        """A message to everybody, again and again, while others are on their way."""
        for number in range(rounds):
            for person in range(PEOPLE):
                text = str(len(self.queued))
                await asyncio.to_thread(queue, self.store, f"p{person}", text)
                self.queued.append((f"p{person}", text))
            await asyncio.sleep(0.02 if number < rounds - 1 else 0)

    def lines(self) -> list[tuple[str, ...]]:
        return [tuple(line.split()) for line in self.paper.read_text().splitlines()] if self.paper.exists() else []

    def sent(self, what: str = "sent") -> list[tuple[str, str, str]]:
        """(process, person, text), in the order they were written."""
        return [(process, user, text) for process, event, user, text in self.lines() if event == what]

    async def until(self, condition: Callable[[], bool], seconds: float = 60.0) -> None:
        async with asyncio.timeout(seconds):
            while not condition():  # noqa: ASYNC110
                await asyncio.sleep(0.02)

    async def until_all_is_sent(self) -> None:
        await self.until(lambda: not self.store.due_replies("paper"))

    def check_order(self) -> None:
        """Of every person: each text first came after all that were queued before it."""
        came: dict[str, list[int]] = defaultdict(list)
        for _, user, text in self.sent():
            if int(text) not in came[user]:
                came[user].append(int(text))
        assert all(numbers == sorted(numbers) for numbers in came.values())
        assert {(user, str(number)) for user, numbers in came.items() for number in numbers} == set(self.queued)

    async def busier(self, first: Process, second: Process) -> tuple[Process, Process, str]:
        """In the middle of the work: the one that sent more by then, the other, and the name of the first."""
        await self.until(lambda: len(self.sent()) > 4 * PEOPLE)
        shares = Counter(process for process, _, _ in self.sent())
        return (first, second, "a") if shares["a"] >= shares["b"] else (second, first, "b")

    def in_flight(self, process: str) -> set[str]:
        """What this process had begun, and nobody has noted as delivered."""
        left = {outgoing.reply.text for outgoing in self.store.due_replies("paper")}
        return {text for name, _, text in self.sent("begun") if name == process} & left

    async def put_to_sleep(self, process: Process) -> None:
        """Anywhere but in its turn at the database: there it would hold up everybody."""
        with Path(f"{self.db}.lock").open("ab") as turn:  # noqa: ASYNC230
            while True:
                process.send_signal(signal.SIGSTOP)
                # Until then one of its threads may still be on its way to the turn.
                await asyncio.to_thread(os.waitid, os.P_PID, process.pid, os.WSTOPPED)
                for _ in range(20):
                    with suppress(BlockingIOError):
                        fcntl.flock(turn, fcntl.LOCK_EX | fcntl.LOCK_NB)
                        return
                    await asyncio.sleep(0.01)
                process.send_signal(signal.SIGCONT)
                await asyncio.sleep(0.01)

    def twice(self) -> set[str]:
        counted = Counter(text for _, _, text in self.sent())
        return {text for text, times in counted.items() if times > 1}


@pytest.fixture
async def office(tmp_path: Path) -> AsyncIterator[Office]:
    opened = Office(tmp_path)
    yield opened
    opened.store.close()


async def ended(running: Process) -> None:
    running.send_signal(signal.SIGTERM)
    _, told = await running.communicate()
    assert (running.returncode, told) == (0, b"")


async def test_of_two_processes_at_work_each_reply_is_sent_once_and_in_order(office: Office) -> None:
    async with office.process("a") as first, office.process("b") as second:
        for _ in range(OFTEN):  # on a busy machine one may be done before the other has begun
            await office.write()
            await office.until_all_is_sent()
            if len({process for process, _, _ in office.sent()}) == 2:
                break
        else:  # or be ahead every time: it sleeps for once
            busy, _, _ = await office.busier(first, second)
            await office.put_to_sleep(busy)
            await office.write()
            await office.until_all_is_sent()
            busy.send_signal(signal.SIGCONT)
        await ended(first)
        await ended(second)
    office.check_order()
    assert office.twice() == set()
    shares = Counter(process for process, _, _ in office.sent())
    assert min(shares["a"], shares["b"]) > 0, "one did all of it: the test proves nothing"


async def test_a_process_that_stops_leaves_the_rest_to_the_other_at_once(office: Office) -> None:
    async with office.process("a") as first:
        await office.write(5)
        await office.until(lambda: len(office.sent()) > PEOPLE)
        async with office.process("b") as second:
            await ended(first)
            begun = asyncio.get_running_loop().time()
            await office.until_all_is_sent()
            assert asyncio.get_running_loop().time() - begun < 30
            await ended(second)
    office.check_order()
    assert office.twice() == set()


async def test_when_a_process_is_killed_the_other_sends_what_it_held(office: Office) -> None:
    async with office.process("a") as first, office.process("b") as second:
        writing = asyncio.create_task(office.write())
        doomed, other, name = await office.busier(first, second)
        doomed.kill()
        await doomed.wait()
        in_flight = office.in_flight(name)
        await writing
        await office.until_all_is_sent()
        await ended(other)
    office.check_order()
    assert office.twice() <= in_flight, "nobody gets twice what the killed process had not begun"
    assert len(in_flight) <= IN_FLIGHT


async def test_a_process_that_slept_longer_than_its_lease_does_not_send_what_the_other_took(office: Office) -> None:
    async with office.process("a") as first, office.process("b") as second:
        writing = asyncio.create_task(office.write())
        sleeper, other, name = await office.busier(first, second)
        await office.put_to_sleep(sleeper)
        in_flight = office.in_flight(name)
        await writing
        await asyncio.sleep(LEASE.total_seconds() + 1)
        await office.until_all_is_sent()
        writing = asyncio.create_task(office.write(5))
        sleeper.send_signal(signal.SIGCONT)
        await writing
        await office.until_all_is_sent()
        await ended(sleeper)
        await ended(other)
    office.check_order()
    assert office.twice() <= in_flight, "nobody gets twice what the sleeper had not begun"
