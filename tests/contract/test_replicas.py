"""Where a store of one process, taken to PostgreSQL word for word, would go wrong: nine traps, each with what it would cost.

`one` and `other` are two replicas on one database.
"""

from __future__ import annotations

import asyncio
import threading
import time
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import ExitStack, asynccontextmanager, closing, contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from types import SimpleNamespace

import psycopg
import pytest

from bot.delivery import claims
from bot.delivery.announcements import LEAD, AnnouncementSender
from bot.delivery.limiter import RateLimiter
from bot.delivery.pause import Pause
from bot.delivery.responses import answer_here
from bot.errors import StoreError
from bot.model import Address, Incoming, Outcome, Reply, Session
from bot.ports import Capabilities, Outgoing, Store, TouchesMore, Transaction, stored
from bot.service import running
from bot.settings import load_settings
from bot.stores.postgres import connecting, database_clock
from bot.stores.postgres.speech import spoken
from bot.stores.postgres.store import PostgresStore
from bot.stores.postgres.transaction import PostgresTransaction
from tests import postgres
from tests.announcing import announce, claim, subscribe
from tests.waiting import until

NOW = datetime(2026, 11, 23, 1, 0, tzinfo=UTC)
SECOND = timedelta(seconds=1)
ANNA, BINH = Address("telegram", "1"), Address("telegram", "2")
ON_PAGE, ALSO_ON_PAGE = Address("web", "anna"), Address("web", "binh")
SEATED = "SELECT count(*) FROM pg_stat_activity WHERE wait_event_type = 'Lock' AND datname = current_database()"


@pytest.fixture
def url() -> str:
    return postgres.emptied()


@pytest.fixture
def replicas(url: str) -> Iterator[tuple[PostgresStore, PostgresStore]]:
    with ExitStack() as opened:
        both = PostgresStore(url, name="one"), PostgresStore(url, name="other")
        for store in both:
            opened.callback(store.close)
        yield both


@pytest.fixture
def one(replicas: tuple[PostgresStore, PostgresStore]) -> PostgresStore:
    return replicas[0]


@pytest.fixture
def other(replicas: tuple[PostgresStore, PostgresStore]) -> PostgresStore:
    return replicas[1]


class Beside:
    """Something that goes on in a thread of its own, and what came of it."""

    def __init__(self, url: str, work: Callable[[], object]) -> None:
        self._url = url
        self._error: Exception | None = None
        self._thread = threading.Thread(target=self._run, args=(work,))
        self._thread.start()

    def _run(self, work: Callable[[], object]) -> None:
        try:
            work()
        except Exception as error:  # noqa: BLE001 - it is raised where it is waited for
            self._error = error

    def until_it_waits(self) -> bool:
        """Return when it waits for a lock of somebody, or is done; whether it waits."""
        with psycopg.connect(self._url, autocommit=True) as connection:
            while self._thread.is_alive():
                row = connection.execute(SEATED).fetchone()
                if row and row[0]:
                    return True
        return False

    def join(self) -> None:
        self._thread.join(30)
        assert not self._thread.is_alive()
        if self._error is not None:
            raise self._error


@contextmanager
def held_open(store: Store, touching: list[Address], *works: Callable[[Transaction], object]) -> Iterator[None]:
    """A transaction that has done its work and is committed when the block ends."""
    with store.writing(touching) as transaction:
        for work in works:
            work(transaction)
        yield


def said(store: Store, who: Address, text: str) -> Callable[[Transaction], None]:
    return lambda transaction: transaction.heard(Incoming(text, who, text, NOW))


# --- 1: numbers are seen in another order than they are given ------------------------------------------------------------


def test_a_page_hears_of_every_message_however_late_its_transaction_ends(
    one: PostgresStore, other: PostgresStore, url: str
) -> None:
    def write() -> None:
        with other.writing([ALSO_ON_PAGE]) as transaction:
            said(other, ALSO_ON_PAGE, "đến sau")(transaction)

    heard: list[str] = []
    last = one.last_shown()
    with held_open(one, [ON_PAGE], said(one, ON_PAGE, "đến trước")):
        beside = Beside(url, write)
        beside.until_it_waits()
        for number, who in other.shown_after(last, 9):
            heard.append(who.user)
            last = number
    beside.join()
    heard += [who.user for _, who in other.shown_after(last, 9)]
    assert heard == ["anna", "binh"], "whoever got number 1 is not passed over because number 2 was seen first"


def test_a_page_that_opens_in_the_middle_hears_of_what_is_being_written(
    one: PostgresStore, other: PostgresStore, url: str
) -> None:
    seen: list[int] = []
    with held_open(one, [ON_PAGE], said(one, ON_PAGE, "đang ghi")):
        beside = Beside(url, lambda: seen.append(other.last_shown()))
        beside.until_it_waits()
    beside.join()
    assert seen == [1], "and not a number that nobody could see yet"


# --- 2: rows in which everybody meets -----------------------------------------------------------------------------------


def test_two_who_count_the_same_in_another_order_wait_for_nobody(one: PostgresStore, other: PostgresStore, url: str) -> None:
    loans, jobs = (Outcome("answer", intent, 0.9, "vi") for intent in ("vbsp-loans", "jobs"))
    both = threading.Barrier(2)

    def count(store: Store, who: Address, *outcomes: Outcome) -> None:
        with store.writing([who]) as transaction:
            for outcome in outcomes:
                transaction.count(outcome, "telegram", NOW.date())
                both.wait(10)

    beside = Beside(url, lambda: count(other, BINH, jobs, loans))
    count(one, ANNA, loans, jobs)
    beside.join()
    assert dict(one.figures(NOW).outcomes) == {("telegram", "answer"): 4}


# --- 3: rows that are done lie in the way --------------------------------------------------------------------------------

LOOKED = "SELECT SUM(pg_stat_get_xact_blocks_fetched(oid)) FROM pg_class WHERE relname LIKE 'deliveries%'"
MANY = 400


def blocks(store: Store) -> tuple[int, int]:
    """How many blocks are looked at for one claim, and for its result."""
    with store.writing(()) as transaction:
        looks = [_looked(transaction)]
        found = claim(transaction, NOW)
        looks.append(_looked(transaction))
        assert found is not None
        transaction.settle(found, "sent", NOW)
        looks.append(_looked(transaction))
    return looks[1] - looks[0], looks[2] - looks[1]


def _looked(transaction: Transaction) -> int:
    assert isinstance(transaction, PostgresTransaction)
    return int(transaction.execute(LOOKED).fetchone()[0])


def test_a_claim_and_its_result_cost_the_same_while_somebody_looks_at_an_old_state(one: PostgresStore, url: str) -> None:
    subscribe(one, MANY + 2)
    announce(one, now=NOW)
    with psycopg.connect(url) as looking:
        looking.execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ")
        looking.execute("SELECT count(*) FROM deliveries")
        claimed, settled = blocks(one)
        for _ in range(MANY):
            blocks(one)
        later = blocks(one)
    assert later[0] < 2 * claimed, "a claim walks past everybody who was sent to"
    assert later[1] < 2 * settled, "a result walks past everybody who was ever claimed"


def test_who_was_put_back_is_found_behind_those_who_are_done(one: PostgresStore) -> None:
    subscribe(one, 3)
    announce(one, now=NOW)
    with one.writing(()) as transaction:
        first, second = claim(transaction, NOW), claim(transaction, NOW)
        assert first is not None
        assert second is not None
        transaction.give_back(first)
        transaction.settle(second, "sent", NOW)
    with one.writing(()) as transaction:
        again = claim(transaction, NOW)
    assert again == first, "somebody who was not begun does not wait until all the others had it"


def test_who_was_put_back_by_another_replica_is_found_in_the_end(one: PostgresStore, other: PostgresStore) -> None:
    subscribe(one, 2)
    announce(one, now=NOW)
    with one.writing(()) as transaction:
        first, second = claim(transaction, NOW), claim(transaction, NOW)
    assert first is not None
    assert second is not None
    with other.writing(()) as transaction:
        transaction.give_back(first)
    with one.writing(()) as transaction:
        assert claim(transaction, NOW) == first


# --- 4: a column that is a word of PostgreSQL ----------------------------------------------------------------------------


def test_whoever_is_called_like_the_role_of_the_database_is_one_person(one: PostgresStore) -> None:
    """`user` without quotes is the role, so that a condition holds for all rows or for none, without an error."""
    role = Address("telegram", "loaban")
    with one.writing() as transaction:
        for who in (role, ANNA):
            transaction.save_session(Session(who, at=NOW))
        assert transaction.forget(role) == 1
    assert one.session(ANNA) is not None
    assert one.session(role) is None


def test_the_column_is_quoted_wherever_it_stands() -> None:
    found = spoken("SELECT d.user, users FROM deliveries AS d INDEXED BY some_index WHERE user = ? AND x LIKE '%'")
    assert found == b'SELECT d."user", users FROM deliveries AS d WHERE "user" = %s AND x LIKE \'%%\''


# --- 5: two who lead -----------------------------------------------------------------------------------------------------


def test_of_two_who_ask_for_the_lead_at_once_one_gets_it(one: PostgresStore, other: PostgresStore, url: str) -> None:
    answers: list[str] = []

    def ask(store: Store, name: str) -> Callable[[Transaction], None]:
        return lambda transaction: answers.append(transaction.lead("telegram", name, NOW, lapse=2 * SECOND))

    def ask_too() -> None:
        with other.writing(()) as transaction:
            ask(other, "other")(transaction)

    with held_open(one, [], ask(one, "one")):
        beside = Beside(url, ask_too)
        beside.until_it_waits()
    beside.join()
    assert answers == ["new", "theirs"]


def test_who_looked_at_the_clock_a_moment_earlier_takes_no_lead_for_one_of_tomorrow(
    one: PostgresStore, other: PostgresStore
) -> None:
    """It has waited for its turn since: to it, the lead of the other ends later than any that is taken now."""
    for moment in (1, 2):
        with one.writing(()) as transaction:
            assert transaction.lead("telegram", "one", NOW + moment * SECOND, lapse=2 * SECOND) != "theirs"
        with other.writing(()) as transaction:
            assert transaction.lead("telegram", "other", NOW + (moment - 0.1) * SECOND, lapse=2 * SECOND) == "theirs"


def test_who_resigns_leaves_the_lead_to_whoever_asks_next(one: PostgresStore, other: PostgresStore) -> None:
    with one.writing(()) as transaction:
        assert transaction.lead("telegram", "one", NOW, lapse=2 * SECOND) == "new"
        transaction.resign("telegram", "nobody")
    with other.writing(()) as transaction:
        assert transaction.lead("telegram", "other", NOW, lapse=2 * SECOND) == "theirs"
    with one.writing(()) as transaction:
        transaction.resign("telegram", "one")
    with other.writing(()) as transaction:
        assert transaction.lead("telegram", "other", NOW, lapse=2 * SECOND) == "new"


# --- 6 and 9: what a replica remembers -----------------------------------------------------------------------------------


class Post:
    """A channel that takes everything."""

    name = "telegram"
    capabilities = Capabilities(4096, 1024, True, False, False, "any", 25.0, False)

    def __init__(self) -> None:
        self.sent: list[str] = []

    async def send(self, outgoing: Outgoing) -> str:
        self.sent.append(outgoing.to.user)
        return "1"


def sender(store: Store, post: Post, pause: Pause | None = None) -> AnnouncementSender:
    return AnnouncementSender(
        post,
        store,
        pause or Pause(store, "telegram", lambda: NOW),
        RateLimiter(1000.0),
        now=lambda: NOW,
        render=lambda announcement, lang, channel: Reply("Mai họp."),
        quiet=lambda at: False,
        floor=0,
        notifier=lambda: pytest.fail("nobody is to be told"),
    )


@asynccontextmanager
async def at_work(sender: AnnouncementSender) -> AsyncIterator[None]:
    task = asyncio.create_task(sender.run())
    try:
        yield
    finally:
        await sender.stop()
        await task


@pytest.mark.usefixtures("hasty")
async def test_who_slept_while_it_claimed_does_not_send(one: PostgresStore, monkeypatch: pytest.MonkeyPatch) -> None:
    subscribe(one, 1)
    announce(one, now=NOW)
    post, slept = Post(), 0.0
    working = sender(one, post)
    claimed = working._queue.claim

    def sleeps_after(lapse: timedelta) -> object:
        nonlocal slept
        found = claimed(lapse)
        if found is not None and not slept:
            slept = LEAD.total_seconds() + 1
        return found

    monkeypatch.setattr(working._queue, "claim", sleeps_after)
    clock = SimpleNamespace(monotonic=lambda: time.monotonic() + slept)
    monkeypatch.setattr("bot.delivery.announcements.time", clock)
    given_back: list[object] = []
    not_begun = working._outcomes.not_begun

    async def noting(delivery: object) -> None:
        given_back.append(delivery)
        await not_begun(delivery)  # type: ignore[arg-type]

    monkeypatch.setattr(working._outcomes, "not_begun", noting)
    async with at_work(working):
        await until(lambda: bool(post.sent))
    assert len(given_back) == 1, "the one that was claimed before the sleep may be another replica's by now"
    assert post.sent == ["1"], "it was claimed anew, and sent then"


@pytest.mark.usefixtures("hasty")
async def test_a_silence_that_one_replica_was_asked_for_is_heeded_by_the_other_that_leads(
    one: PostgresStore, other: PostgresStore
) -> None:
    pauses = [Pause(store, "telegram", lambda: NOW) for store in (one, other)]
    first, second = (sender(store, Post(), pause) for store, pause in zip((one, other), pauses, strict=True))
    async with at_work(first):
        await until(first.leads)
        async with at_work(second):
            await pauses[1].ask(30)
            await until(lambda: pauses[0].left() > 20)
            await pauses[0].ask(90)
            await until(lambda: pauses[1].left() > 80)


def test_an_answer_in_a_response_keeps_a_silence_that_another_replica_was_asked_for(
    one: PostgresStore, other: PostgresStore
) -> None:
    asyncio.run(Pause(one, "telegram", lambda: NOW).ask(30))
    incoming = Incoming("7", ANNA, "chào", NOW)
    with other.writing([ANNA]) as transaction:
        transaction.queue(ANNA, [Reply("Chào bà con.")], NOW)
        assert answer_here(transaction, incoming, NOW, lambda outgoing: True) is None
        later = NOW + 31 * SECOND
        assert answer_here(transaction, incoming, later, lambda outgoing: True) is not None


def test_who_falls_asleep_within_a_transaction_holds_up_the_others_for_a_while_and_stores_nothing(
    url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(connecting, "IDLE_SECONDS", 1)
    with closing(PostgresStore(url)) as sleeper, closing(PostgresStore(url)) as other:

        def fall_asleep() -> None:
            with sleeper.writing() as transaction:
                transaction.queue(ANNA, [Reply("chưa gửi")], NOW)
                with other.writing([ANNA]) as meanwhile:  # waits until the server has ended the sleeper's
                    meanwhile.queue(ANNA, [Reply("đã gửi")], NOW)

        with pytest.raises(StoreError):
            fall_asleep()
        assert [outgoing.reply.text for outgoing in other.due_replies("telegram")] == ["đã gửi"]
        with sleeper.writing([ANNA]) as transaction:
            assert len(transaction.waiting(ANNA)) == 1, "and it works on"


# --- 7: who writes while it is decided that they have to write first -----------------------------------------------------


def test_who_writes_meanwhile_is_not_held_until_they_write_again(one: PostgresStore, other: PostgresStore, url: str) -> None:
    subscribe(one, 1)
    announce(one, now=NOW)
    with one.writing(()) as transaction:
        delivery = claim(transaction, NOW)
    assert delivery is not None
    later = NOW + SECOND

    def hold() -> None:
        def work(transaction: Transaction) -> None:
            claims.hold(transaction, delivery, NOW, sent=NOW, after=timedelta())

        stored(other, [delivery.to], work)

    with held_open(
        one,
        [ANNA],
        lambda transaction: transaction.save_session(Session(ANNA, at=later)),
        lambda transaction: transaction.release(ANNA, later, later + SECOND),
    ):
        beside = Beside(url, hold)
        beside.until_it_waits()
    beside.join()
    with one.writing(()) as transaction:
        assert claim(transaction, later) is not None, "they have written, so nothing holds them any more"


def test_nobody_is_held_by_a_transaction_that_others_of_this_person_run_beside(one: PostgresStore) -> None:
    subscribe(one, 1)
    announce(one, now=NOW)
    with one.writing(()) as transaction:
        delivery = claim(transaction, NOW)
    assert delivery is not None
    with pytest.raises(TouchesMore), one.writing(()) as transaction:
        transaction.hold(delivery)


# --- 8: the clocks of several machines -----------------------------------------------------------------------------------


def test_all_replicas_go_by_the_clock_of_the_database(one: PostgresStore, url: str, monkeypatch: pytest.MonkeyPatch) -> None:
    class Wrong(datetime):
        @classmethod
        def now(cls, tz: object = None) -> Wrong:
            return cls(2031, 1, 1, tzinfo=UTC)

    monkeypatch.setattr(database_clock, "datetime", Wrong)
    with one.writing(()):
        pass
    with psycopg.connect(url) as connection:
        row = connection.execute("SELECT clock_timestamp()").fetchone()
    assert row is not None
    assert abs(one.clock() - row[0]) < 5 * SECOND


async def test_the_service_asks_its_store_for_the_time(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, one: PostgresStore
) -> None:
    given: list[object] = []

    def service(settings: object, store: object, now: object) -> None:
        given.append(now)
        raise StoreError("enough")

    monkeypatch.setattr(running, "service", service)
    monkeypatch.setattr(running, "open_store", lambda settings: one)
    with pytest.raises(StoreError, match="enough"):
        await running.serve_all(load_settings(db=tmp_path / "none.db"))
    assert given == [one.clock]
