"""Every recipient is written to once, whatever happens to the others, the channel, the disk, the clock or the process."""

from __future__ import annotations

import asyncio
import shutil
import sqlite3
import tempfile
import threading
import time
from collections import Counter, defaultdict
from collections.abc import AsyncIterator, Callable, Collection, Iterator
from contextlib import asynccontextmanager, closing, contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from types import SimpleNamespace

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from structlog.testing import capture_logs

from bot.announcements import ending
from bot.delivery import announcements, channel_health, outcomes
from bot.delivery.announcements import IN_FLIGHT, LEAD, AnnouncementSender
from bot.delivery.limiter import RateLimiter
from bot.delivery.outcomes import MOST_GONE
from bot.delivery.pause import Pause
from bot.errors import SendError
from bot.model import CANCELLED, Address, Announcement, Audience, ChannelState, Delivery, Reply
from bot.ports import Capabilities, Outgoing, Transaction
from bot.stores.records.deliveries import NEXT_PENDING, NEXT_STRANDED
from bot.stores.records.transaction import RecordTransaction
from bot.stores.sqlite.store import SqliteStore
from tests.announcing import announce, claim, report, subscribe
from tests.waiting import until

pytestmark = pytest.mark.usefixtures("hasty")

NOW = datetime(2026, 11, 23, 1, 0, tzinfo=UTC)
DAY, HOUR = timedelta(days=1), timedelta(hours=1)
SECRET = "bí mật của bà con"


class Clock:
    """The wall clock; it goes on by itself, and can be set wrong."""

    def __init__(self) -> None:
        self.start = time.monotonic()
        self.shift = timedelta(0)

    def __call__(self) -> datetime:
        return NOW + self.shift + timedelta(seconds=time.monotonic() - self.start)


class Post:
    """A channel that does what a test says and remembers what arrived."""

    name = "telegram"
    capabilities = Capabilities(4096, 1024, True, False, False, "any", 25.0, False)

    def __init__(self) -> None:
        self.tries: list[tuple[str, str]] = []
        self.attempts: dict[str, list[int]] = defaultdict(list)
        self.arrived: list[tuple[str, str]] = []
        self.errors: dict[str, list[Exception]] = defaultdict(list)
        self.down: SendError | None = None
        self.slow = 0.001
        self.hang: set[str] = set()
        self.open = asyncio.Event()
        self.open.set()
        self.in_flight = 0
        self.most_in_flight = 0
        self.called: Callable[[Outgoing], None] = lambda outgoing: None
        self.refusing: Callable[[Exception], None] = lambda error: None

    async def send(self, outgoing: Outgoing) -> str:
        user, text = outgoing.to.user, outgoing.reply.text
        self.tries.append((user, text))
        self.attempts[user].append(outgoing.attempts)
        self.in_flight += 1
        self.most_in_flight = max(self.most_in_flight, self.in_flight)
        try:
            self.called(outgoing)
            await asyncio.sleep(self.slow)
            await self.open.wait()
            if user in self.hang:
                self.hang.discard(user)
                await asyncio.sleep(3600)
            if self.errors[user]:
                error = self.errors[user].pop(0)
                self.refusing(error)
                raise error
            if self.down is not None:
                raise self.down
            self.arrived.append((user, text))
            return f"id of {user}"
        finally:
            self.in_flight -= 1

    def users(self) -> list[str]:
        return [user for user, _ in self.arrived]

    def tried(self, user: str) -> int:
        return sum(user == tried for tried, _ in self.tries)


class Recorder:
    """`Tell`, as a list of what staff were told."""

    def __init__(self) -> None:
        self.said: list[tuple[object, ...]] = []

    def author(self, transaction: Transaction, announcement: Announcement, reason: str, at: datetime) -> None:
        self.said.append((announcement.id, reason))
        transaction.queue(Address("telegram", "author"), [Reply(reason)], at)

    def owners(self, transaction: Transaction, event: str, channel: str, at: datetime) -> None:
        self.said.append((event, channel))
        transaction.queue(Address("telegram", "owner"), [Reply(event)], at)

    def set_aside(self, transaction: Transaction, kind: str, number: int, at: datetime) -> None:
        self.said.append(("set aside", kind, number))

    def unreadable(self, transaction: Transaction, number: int, at: datetime) -> None:
        self.said.append(("unreadable", number))


class WatchedStore(SqliteStore):
    """Says how often the deliverer looked, and how much disk there is."""

    def __init__(self, path: Path, *, busy: float = 10.0) -> None:
        super().__init__(path, busy=busy)
        self.free = 1 << 40
        self.looks = 0
        self.hold_claims = threading.Event()
        self.hold_claims.set()
        self.claiming = threading.Event()

    def room(self) -> int:
        self.looks += 1
        return self.free

    @contextmanager
    def writing(self, touching: Collection[Address] | None = None) -> Iterator[RecordTransaction]:
        with super().writing(touching) as transaction:
            before = transaction.execute("SELECT COUNT(*) FROM deliveries WHERE state = 'sending'").fetchone()[0]
            yield transaction
            if transaction.execute("SELECT COUNT(*) FROM deliveries WHERE state = 'sending'").fetchone()[0] > before:
                self.claiming.set()
                self.hold_claims.wait(5)


class House:
    """One store file, one clock, and what deliverers on them need."""

    def __init__(self, folder: Path) -> None:
        self.path = folder / "loaban.db"
        self.clock = Clock()
        self.store = WatchedStore(self.path)
        self.post = Post()
        self.tell = Recorder()
        self.quiet = False
        self.stores = [self.store]

    def another(self, *, busy: float = 10.0) -> WatchedStore:
        self.stores.append(WatchedStore(self.path, busy=busy))
        return self.stores[-1]

    def deliverer(
        self, post: Post | None = None, store: SqliteStore | None = None, pause: Pause | None = None
    ) -> AnnouncementSender:
        store = store or self.store
        return AnnouncementSender(
            post or self.post,
            store,
            pause or Pause(store, "telegram", self.clock),
            RateLimiter(5000.0),
            now=self.clock,
            render=rendered,
            quiet=lambda at: self.quiet,
            floor=1000,
            notifier=lambda: self.tell,
        )

    def announce(
        self, n: int = 0, *, must: bool = False, urgent: bool = False, lasts: timedelta = DAY, text: str = "Mai họp."
    ) -> Announcement:
        if n:
            subscribe(self.store, n)
        return announce(self.store, now=self.clock(), must=must, urgent=urgent, lasts=lasts, texts={"vi": text})

    def states(self, announcement: Announcement) -> dict[str, int]:
        return {str(state): n for state, n in report(self.store, announcement).states.items()}

    def reasons(self, announcement: Announcement) -> dict[tuple[str, str], int]:
        return {(str(state), reason): n for (state, reason), n in report(self.store, announcement).reasons.items()}

    def finished(self, *announcements: Announcement) -> bool:
        return all((found := report(self.store, each)).finished == found.recipients for each in announcements)

    async def until_finished(self, *announcements: Announcement) -> None:
        await until(lambda: self.finished(*announcements))

    async def looks(self, n: int = 4, store: WatchedStore | None = None) -> None:
        """Wait until the deliverer has looked for work so many times more."""
        watched = store or self.store
        enough = watched.looks + n
        await until(lambda: watched.looks >= enough)

    def close(self) -> None:
        for store in self.stores:
            store.close()


def rendered(announcement: Announcement, lang: str, channel: str) -> Reply:
    text = announcement.plan.texts[lang]
    if text == SECRET:
        raise ValueError(text)
    return Reply(f"{announcement.id}: {text}")


@pytest.fixture
async def house(tmp_path: Path) -> AsyncIterator[House]:
    built = House(tmp_path)
    yield built
    built.close()


@asynccontextmanager
async def delivering(deliverer: AnnouncementSender) -> AsyncIterator[AnnouncementSender]:
    task = asyncio.create_task(deliverer.run())
    try:
        yield deliverer
    finally:
        await deliverer.stop()
        await task


def change(store: SqliteStore, announcement: Announcement, state: str) -> None:
    with store.writing() as transaction:
        transaction.change(announcement.id, state)  # type: ignore[arg-type]


def refused(**more: object) -> SendError:
    return SendError("refused-person", SECRET, **more)  # type: ignore[arg-type]


# --- everybody, once --------------------------------------------------------------------------------------------------


async def test_everybody_gets_it_once_and_the_vendors_ids_are_kept(house: House) -> None:
    sent = house.announce(40)
    async with delivering(house.deliverer()):
        await house.until_finished(sent)
    assert Counter(house.post.users()) == Counter(str(number) for number in range(1, 41))
    assert house.states(sent) == {"sent": 40}
    with closing(sqlite3.connect(house.path)) as connection:
        ids = connection.execute("SELECT user, external_id FROM deliveries").fetchall()
    assert all(external_id == f"id of {user}" for user, external_id in ids)


async def test_what_is_announced_later_goes_out_when_it_is_woken_from_a_thread(
    house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(announcements, "LOOK_AGAIN", 3600.0)
    async with delivering(house.deliverer()) as deliverer:
        await until(lambda: house.store.looks > 0)
        sent = house.announce(1)
        threading.Thread(target=deliverer.wake).start()
        await house.until_finished(sent)
    assert house.states(sent) == {"sent": 1}


async def test_what_nobody_woke_it_for_goes_out_as_well(house: House) -> None:
    async with delivering(house.deliverer()):
        await house.looks()
        await house.until_finished(house.announce(3))
    assert len(house.post.arrived) == 3


async def test_a_row_says_that_it_is_being_sent_before_the_channel_is_called(house: House) -> None:
    seen = []

    def look(outgoing: Outgoing) -> None:
        with closing(sqlite3.connect(house.path)) as connection:
            seen.extend(connection.execute("SELECT state FROM deliveries WHERE user = ?", (outgoing.to.user,)).fetchone())

    house.post.called = look
    sent = house.announce(10)
    async with delivering(house.deliverer()):
        await house.until_finished(sent)
    assert seen == ["sending"] * 10


async def test_at_most_eight_are_in_flight(house: House) -> None:
    house.post.open.clear()
    sent = house.announce(30)
    async with delivering(house.deliverer()):
        await until(lambda: house.post.in_flight == IN_FLIGHT)
        await asyncio.sleep(0.05)
        assert house.states(sent) == {"sending": IN_FLIGHT, "pending": 30 - IN_FLIGHT}
        house.post.open.set()
        await house.until_finished(sent)
    assert house.post.most_in_flight == IN_FLIGHT == 8


async def test_announcements_take_turns(house: House) -> None:
    first = house.announce(10)
    second = house.announce()
    async with delivering(house.deliverer()):
        await house.until_finished(first, second)
    order = [text.split(":")[0] for _, text in house.post.tries]
    assert order == [str(first.id), str(second.id)] * 10


# --- whom it does not reach -------------------------------------------------------------------------------------------


async def test_a_blocked_resident_is_tried_once_and_is_subscribed_no_more(house: House) -> None:
    house.post.errors["2"] = [refused(gone=True)]
    sent = house.announce(3)
    with house.store.writing() as transaction:
        transaction.consent(Address("telegram", "2"), "announcements", "1", NOW)
    async with delivering(house.deliverer()):
        await house.until_finished(sent)
        await house.until_finished(house.announce())
    assert house.post.tried("2") == 1
    assert house.reasons(sent) == {("gone", "blocked"): 1}
    with house.store.writing() as transaction:
        assert transaction.subscription(Address("telegram", "2")) is None
    with closing(sqlite3.connect(house.path)) as connection:
        assert connection.execute("SELECT withdrawn_at IS NOT NULL FROM consents").fetchall() == [(1,)]


async def test_a_vendor_that_shuts_us_out_does_not_cost_everybody_their_subscription(house: House) -> None:
    house.post.errors = {str(user): [refused(gone=True)] * 1000 for user in range(1, 101)}
    sent = house.announce(100)
    async with delivering(house.deliverer()), asyncio.timeout(10):
        while house.states(sent).get("gone", 0) < MOST_GONE:  # noqa: ASYNC110
            await asyncio.sleep(0.01)
        await asyncio.sleep(0.3)
    assert house.states(sent) == {"gone": MOST_GONE, "pending": 100 - MOST_GONE}
    with house.store.writing() as transaction:
        assert transaction.recipients(Audience()) == {"telegram": 100 - MOST_GONE}


async def test_a_chat_that_is_not_found_twice_is_gone(house: House) -> None:
    house.post.errors["2"] = [refused(), refused()]
    house.post.errors["3"] = [refused()]
    sent = house.announce(3)
    async with delivering(house.deliverer()):
        await house.until_finished(sent)
    assert house.states(sent) == {"sent": 2, "gone": 1}
    assert house.reasons(sent) == {("gone", "not found"): 1}
    assert (house.post.tried("2"), house.post.tried("3")) == (2, 2)
    with house.store.writing() as transaction:
        assert transaction.subscription(Address("telegram", "2")) is None
        assert transaction.subscription(Address("telegram", "3")) is not None


async def test_that_a_chat_was_not_found_is_remembered_across_a_restart(house: House, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(outcomes, "RECHECK", timedelta(seconds=60))
    house.post.errors["1"] = [refused(), refused()]
    sent = house.announce(1)
    async with delivering(house.deliverer()):
        await until(lambda: house.post.tries != [])
    assert house.states(sent) == {"pending": 1}
    house.clock.shift = timedelta(seconds=61)
    async with delivering(house.deliverer(store=house.another())):
        await house.until_finished(sent)
    assert (house.states(sent), len(house.post.tries)) == ({"gone": 1}, 2)


async def test_a_chat_that_moved_gets_it_at_its_new_id(house: House) -> None:
    house.post.errors["2"] = [refused(moved_to="-1002")]
    sent = house.announce(3)
    async with delivering(house.deliverer()):
        await house.until_finished(sent)
    assert sorted(house.post.users()) == ["-1002", "1", "3"]
    assert house.states(sent) == {"sent": 3}
    with house.store.writing() as transaction:
        assert transaction.subscription(Address("telegram", "-1002")) is not None


async def test_chats_that_point_at_each_other_do_not_go_round_for_ever(house: House) -> None:
    house.post.errors["1"] = [refused(moved_to="2")] * 9
    house.post.errors["2"] = [refused(moved_to="1")] * 9
    sent = house.announce(1)
    async with delivering(house.deliverer()):
        await house.until_finished(sent)
    assert [user for user, _ in house.post.tries] == ["1", "2", "1"]
    assert house.reasons(sent) == {("failed", "moved"): 1}


async def test_a_message_that_is_refused_for_one_person_fails_for_this_person_only(house: House) -> None:
    house.post.errors["2"] = [SendError("refused", SECRET)]
    sent = house.announce(3)
    async with delivering(house.deliverer()):
        await house.until_finished(sent)
    assert house.states(sent) == {"sent": 2, "failed": 1}
    assert house.reasons(sent) == {("failed", "refused"): 1}
    assert house.post.tried("2") == 1


async def test_one_who_cannot_be_reached_never_stops_the_rest(house: House) -> None:
    house.post.errors["2"] = [SendError("unreachable")] * 10_000
    sent = house.announce(30, must=True)
    async with delivering(house.deliverer()):
        await until(lambda: len(house.post.arrived) == 29)
        await until(lambda: house.post.tried("2") > 2)
        house.post.errors.clear()
        await house.until_finished(sent)
    found = report(house.store, sent)
    assert (dict(found.states), found.ambiguous) == ({"sent": 30}, 1)
    assert house.post.attempts["2"] == list(range(house.post.tried("2")))


@pytest.mark.parametrize("lost", ["unreachable", "time-out", "bug"])
async def test_what_need_not_reach_everybody_is_sent_once_also_where_the_answer_is_lost(house: House, lost: str) -> None:
    house.post.errors["2"] = [RESULTS[lost]() for _ in range(5)]
    sent = house.announce(3)
    async with delivering(house.deliverer()):
        await house.until_finished(sent)
    found = report(house.store, sent)
    assert (dict(found.states), found.ambiguous) == ({"sent": 2, "unknown": 1}, 1)
    assert house.post.tried("2") == 1


async def test_what_never_left_is_sent_again_and_nobody_wonders(house: House) -> None:
    house.post.errors["2"] = [SendError("unreachable", never_left=True) for _ in range(5)]
    sent = house.announce(3)
    async with delivering(house.deliverer()):
        await house.until_finished(sent)
    found = report(house.store, sent)
    assert (dict(found.states), found.ambiguous, house.post.tried("2")) == ({"sent": 3}, 0, 6)


async def test_while_all_answers_get_lost_hardly_anybody_is_tried(house: House, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(channel_health, "FIRST_WAIT", 3600.0)
    monkeypatch.setattr(channel_health, "LONGEST_WAIT", 3600.0)
    house.post.down = SendError("unreachable")
    sent = house.announce(100)
    async with delivering(house.deliverer()):
        await until(lambda: house.states(sent).get("unknown", 0) >= channel_health.MOST_LOST and house.post.in_flight == 0)
        await asyncio.sleep(0.1)
        assert len(house.post.tries) < channel_health.MOST_LOST + IN_FLIGHT
    assert house.states(sent)["pending"] > 80


async def test_an_answer_that_does_not_come_is_not_waited_for(house: House, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(announcements, "SEND_TIMEOUT", 0.1)
    house.post.hang = {"2"}
    sent = house.announce(3, must=True)
    async with delivering(house.deliverer()):
        await house.until_finished(sent)
    found = report(house.store, sent)
    assert (dict(found.states), found.ambiguous, house.post.tried("2")) == ({"sent": 3}, 1, 2)


async def test_a_fault_in_a_channel_is_tried_three_times_and_tells_the_log_nothing_of_people(house: House) -> None:
    house.post.errors["2"] = [KeyError(SECRET)] * 3
    house.post.errors["3"] = [KeyError(SECRET)] * 2
    sent = house.announce(3, must=True, text="Xin mời bà con.")
    with capture_logs() as logs:
        async with delivering(house.deliverer()):
            await house.until_finished(sent)
    assert (house.post.tried("2"), house.post.tried("3")) == (3, 3)
    assert house.reasons(sent) == {("failed", "bug"): 1}
    assert report(house.store, sent).ambiguous == 2
    assert any(line["event"] == "channel failed" for line in logs)
    assert SECRET not in str(logs)
    assert "Xin mời" not in str(logs)


@pytest.mark.parametrize("broken", ["text", "plan"])
async def test_an_announcement_that_cannot_be_put_together_fails_alone(house: House, broken: str) -> None:
    bad = house.announce(3, text=SECRET if broken == "text" else "Mai họp.")
    if broken == "plan":
        with closing(sqlite3.connect(house.path)) as connection, connection:
            connection.execute("UPDATE announcements SET plan = '{}'")
    good = house.announce()
    with capture_logs() as logs:
        async with delivering(house.deliverer()):
            await house.until_finished(bad, good)
    assert house.reasons(bad) == {("failed", "bug"): 3}
    assert house.states(good) == {"sent": 3}
    assert SECRET not in str(logs)
    assert house.tell.said == ([("unreadable", bad.id)] if broken == "plan" else [])


async def test_an_announcement_whose_recipients_cannot_be_claimed_is_set_aside_and_the_others_go_out(house: House) -> None:
    bad = house.announce(3)
    good = house.announce()
    with closing(sqlite3.connect(house.path)) as connection, connection:
        connection.execute(
            "CREATE TRIGGER poison BEFORE UPDATE ON deliveries WHEN NEW.announcement = 1 AND NEW.state = 'sending' "
            "BEGIN SELECT RAISE(ABORT, 'poison'); END"
        )
    with capture_logs() as logs:
        async with delivering(house.deliverer()):
            await house.until_finished(good)
    assert (house.states(good), house.states(bad)) == ({"sent": 3}, {"pending": 3})
    assert house.store.figures(house.clock()).set_aside == {"announcement": 1}
    assert [line["event"] for line in logs].count("an announcement is set aside") == 1
    assert house.tell.said == [("set aside", "announcement", bad.id)]
    async with delivering(house.deliverer()):
        await house.until_finished(house.announce())
    assert len(house.tell.said) == 1, "told again with every start"


@pytest.mark.parametrize("refused", ["the id", "the state"])
async def test_a_result_that_the_store_refuses_is_kept_as_far_as_it_can_be(
    house: House, monkeypatch: pytest.MonkeyPatch, refused: str
) -> None:
    """Left as it was, the recipient would look like one whom a crash left behind, and get it again and again."""

    async def send(outgoing: Outgoing) -> str:
        return await Post.send(house.post, outgoing) + "\ud800" * (refused == "the id" and outgoing.to.user == "2")

    monkeypatch.setattr(house.post, "send", send)
    sent = house.announce(3, must=True)
    if refused == "the state":
        with closing(sqlite3.connect(house.path)) as connection, connection:
            connection.execute(
                "CREATE TRIGGER poison BEFORE UPDATE ON deliveries WHEN NEW.user = '2' AND NEW.external_id <> '' "
                "BEGIN SELECT RAISE(ABORT, 'poison'); END"
            )
    async with delivering(house.deliverer()):
        await house.until_finished(sent)
    assert house.states(sent) == {"sent": 3}
    assert Counter(house.post.users()) == {"1": 1, "2": 1, "3": 1}


async def test_a_recipient_of_whom_nothing_can_be_kept_is_not_written_to_again(house: House) -> None:
    sent = house.announce(3, must=True)
    with closing(sqlite3.connect(house.path)) as connection, connection:
        connection.execute(
            "CREATE TRIGGER poison BEFORE UPDATE ON deliveries WHEN NEW.user = '2' AND NEW.state IN ('sent', 'pending') "
            "BEGIN SELECT RAISE(ABORT, 'poison'); END"
        )
    house.post.errors["2"] = [SendError("unreachable")]
    async with delivering(house.deliverer()):
        await house.until_finished(sent)
    assert house.states(sent) == {"sent": 2, "unknown": 1}
    assert house.post.tried("2") == 1


# --- who changed their mind -------------------------------------------------------------------------------------------


async def test_whoever_stopped_after_the_audience_was_frozen_is_not_written_to(house: House) -> None:
    sent = house.announce(3)
    with house.store.writing() as transaction:
        transaction.unsubscribe(Address("telegram", "2"))
    async with delivering(house.deliverer()):
        await house.until_finished(sent)
    assert sorted(house.post.users()) == ["1", "3"]
    assert house.reasons(sent) == {("cancelled", "stopped"): 1}


async def test_whoever_stops_while_a_try_fails_is_not_tried_again(house: House) -> None:
    def stop(outgoing: Outgoing) -> None:
        if outgoing.to.user == "2":
            with house.store.writing() as transaction:
                transaction.unsubscribe(outgoing.to)

    house.post.called = stop
    house.post.errors["2"] = [SendError("unreachable")]
    sent = house.announce(3, must=True)
    async with delivering(house.deliverer()):
        await house.until_finished(sent)
    assert house.post.tried("2") == 1
    assert house.reasons(sent) == {("cancelled", "stopped"): 1}


async def test_pausing_stops_after_those_in_flight_and_resuming_goes_on(house: House) -> None:
    house.post.open.clear()
    sent = house.announce(20)
    async with delivering(house.deliverer()):
        await until(lambda: house.post.in_flight == IN_FLIGHT)
        change(house.store, sent, "paused")
        house.post.open.set()
        await until(lambda: house.states(sent) == {"sent": IN_FLIGHT, "pending": 20 - IN_FLIGHT})
        await house.looks()
        assert len(house.post.tries) == IN_FLIGHT
        change(house.store, sent, "sending")
        await house.until_finished(sent)
    assert sorted(house.post.users(), key=int) == [str(number) for number in range(1, 21)]


async def test_cancelling_stops_after_those_in_flight_and_nothing_stays_waiting(house: House) -> None:
    bad = ("1", "10", "11")  # among the first that are claimed
    for user, error in zip(bad, (SendError("unreachable"), refused(), SendError("throttled", retry_after=0.01)), strict=True):
        house.post.errors[user] = [error]
    house.post.open.clear()
    sent = house.announce(20, must=True)
    async with delivering(house.deliverer()):
        await until(lambda: house.post.in_flight == IN_FLIGHT)
        with house.store.writing() as transaction:
            transaction.change(sent.id, "cancelled", reason="by staff")
            transaction.end_pending(sent.id, "cancelled", house.clock(), reason=CANCELLED)
        house.post.open.set()
        await house.until_finished(sent)
        await house.looks()
    assert len(house.post.tries) == IN_FLIGHT
    assert house.states(sent) == {"sent": IN_FLIGHT - len(bad), "cancelled": 20 - IN_FLIGHT + len(bad)}


async def test_quiet_hours_hold_back_what_is_not_urgent(house: House) -> None:
    house.quiet = True
    ordinary, urgent = house.announce(5), house.announce(urgent=True)
    async with delivering(house.deliverer()):
        await house.until_finished(urgent)
        await house.looks()
        assert house.states(ordinary) == {"pending": 5}
        house.quiet = False
        await house.until_finished(ordinary)
    assert [text[0] for _, text in house.post.arrived] == ["2"] * 5 + ["1"] * 5


async def test_what_is_not_true_any_more_is_not_sent(house: House) -> None:
    late, current = house.announce(3, lasts=HOUR), house.announce(lasts=DAY)
    house.clock.shift = 2 * HOUR
    async with delivering(house.deliverer()):
        await house.until_finished(current)
        await house.looks()
    assert house.states(late) == {"pending": 3}
    with house.store.writing() as transaction:
        for ended in ending.over(transaction, house.clock()):
            ending.close(transaction, ended, house.clock())
    assert house.states(late) == {"expired": 3}


async def test_what_expires_while_it_is_sent_goes_no_further(house: House) -> None:
    house.post.open.clear()
    sent = house.announce(20, lasts=HOUR)
    async with delivering(house.deliverer()):
        await until(lambda: house.post.in_flight == IN_FLIGHT)
        house.clock.shift = 2 * HOUR
        house.post.open.set()
        await until(lambda: len(house.post.arrived) == IN_FLIGHT)
        await house.looks()
    assert house.states(sent) == {"sent": IN_FLIGHT, "pending": 20 - IN_FLIGHT}


# --- what concerns the whole announcement -----------------------------------------------------------------------------


async def test_a_refused_text_pauses_the_announcement_and_its_author_is_told_once(house: House) -> None:
    sent = house.announce(20)
    for number in range(1, 21):
        house.post.errors[str(number)] = [SendError("refused-text", SECRET)]
    house.post.open.clear()
    with capture_logs() as logs:
        async with delivering(house.deliverer()):
            await until(lambda: house.post.in_flight == IN_FLIGHT)
            house.post.open.set()
            await until(lambda: house.states(sent) == {"pending": 20})
            await house.looks()
            assert len(house.post.tries) == IN_FLIGHT
            house.post.errors.clear()
            await house.until_finished(other := house.announce())
    with house.store.writing() as transaction:
        found = transaction.announcement(sent.id)
    assert found is not None
    assert (found.state, found.reason) == ("paused", "text refused")
    assert house.tell.said == [(sent.id, "text refused")]
    assert [(outgoing.to.user, outgoing.reply.text) for outgoing in house.store.due_replies("telegram")] == [
        ("author", "text refused")
    ]
    assert house.states(other) == {"sent": 20}
    assert SECRET not in str(logs)


async def test_staff_who_cannot_be_told_cost_no_result(house: House, monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(*_: object) -> None:
        raise KeyError(SECRET)

    monkeypatch.setattr(house.tell, "author", fail)
    house.post.errors["1"] = [SendError("refused-text")]
    sent = house.announce(1)
    with capture_logs() as logs:
        async with delivering(house.deliverer()):
            await until(lambda: not house.post.errors["1"])
    with house.store.writing() as transaction:
        found = transaction.announcement(sent.id)
    assert found is not None
    assert found.state == "paused"
    assert SECRET not in str(logs)


# --- what concerns the whole channel ----------------------------------------------------------------------------------


class Silence:
    """Watches channels: what was called before the deadline of a 429 that came before."""

    def __init__(self, *posts: Post) -> None:
        self.deadline = 0.0
        self.broken = 0
        for post in posts:
            post.called = self.look
            post.refusing = self.refused

    def look(self, outgoing: Outgoing) -> None:
        self.broken += time.monotonic() < self.deadline

    def refused(self, error: Exception) -> None:
        if isinstance(error, SendError) and error.retry_after:
            self.deadline = max(self.deadline, time.monotonic() + error.retry_after)


async def test_nobody_is_called_before_the_deadline_of_a_429_and_it_is_no_try(house: House) -> None:
    house.post.errors["3"] = [SendError("throttled", retry_after=0.3)]
    house.post.slow = 0.0
    silence = Silence(house.post)
    sent = house.announce(30)
    async with delivering(house.deliverer()):
        await house.until_finished(sent)
    assert silence.broken == 0
    assert house.states(sent) == {"sent": 30}
    assert report(house.store, sent).ambiguous == 0
    assert house.post.attempts["3"] == [0, 0]


async def test_those_in_flight_when_a_429_comes_are_finished(house: House) -> None:
    house.post.errors["1"] = [SendError("throttled", retry_after=3600.0)]
    house.post.open.clear()
    sent = house.announce(20)
    async with delivering(house.deliverer()):
        await until(lambda: house.post.in_flight == IN_FLIGHT)
        house.post.open.set()
        await until(lambda: house.states(sent) == {"sent": IN_FLIGHT - 1, "pending": 21 - IN_FLIGHT})
    assert len(house.post.tries) == IN_FLIGHT


async def test_a_silence_outlives_a_restart(house: House) -> None:
    house.post.errors["1"] = [SendError("throttled", retry_after=0.6)]
    other = Post()
    silence = Silence(house.post, other)
    sent = house.announce(10)
    async with delivering(house.deliverer()):
        await until(lambda: not house.post.errors["1"] and house.post.tried("1") == 1)
    async with delivering(house.deliverer(other, house.another())):
        await house.until_finished(sent)
    assert silence.broken == 0
    assert len(other.arrived) + len(house.post.arrived) == 10


async def test_a_successor_keeps_the_silence_that_was_asked_of_the_leader_before(house: House) -> None:
    other, store = Post(), house.another()
    waiting = house.deliverer(other, store, Pause(store, "telegram", house.clock))
    silence = Silence(house.post, other)
    house.post.errors["1"] = [SendError("throttled", retry_after=0.6)]
    async with delivering(house.deliverer()):
        sent = house.announce(10)
        await until(lambda: not house.post.errors["1"] and house.post.tried("1") == 1)
    overtake(house, lapse=timedelta(0))
    async with delivering(waiting):
        await house.until_finished(sent)
    assert silence.broken == 0
    assert len(other.arrived) + len(house.post.arrived) == 10


async def test_a_429_without_a_deadline_is_waited_out_as_well(house: House) -> None:
    house.post.errors["1"] = [SendError("throttled")] * 3
    house.post.slow = 0.0
    pause = Pause(house.store, "telegram", house.clock)
    asked, left = [], []
    house.post.refusing = lambda error: asked.append(error)
    house.post.called = lambda outgoing: left.append(pause.left())
    sent = house.announce(3)
    async with delivering(house.deliverer(pause=pause)):
        await house.until_finished(sent)
    assert len(asked) == 3
    assert set(left) == {0.0}
    with house.store.writing() as transaction:
        assert transaction.channel_state("telegram").quiet_for > 0
    assert house.states(sent) == {"sent": 3}


@pytest.mark.parametrize("reason", ["token", "setup"])
async def test_a_refused_channel_costs_nobody_a_try(house: House, reason: str) -> None:
    house.post.down = SendError(reason)  # type: ignore[arg-type]
    sent = house.announce(20)
    async with delivering(house.deliverer()):
        await until(lambda: len(house.post.tries) > IN_FLIGHT)
        house.post.down = None
        await house.until_finished(sent)
    assert house.states(sent) == {"sent": 20}
    assert report(house.store, sent).ambiguous == 0
    assert {attempt for attempts in house.post.attempts.values() for attempt in attempts} == {0}


async def test_after_an_answer_the_waits_for_a_refused_channel_are_short_again(house: House) -> None:
    asked: list[float] = []

    class Noted(Pause):
        async def ask(self, seconds: float) -> None:
            asked.append(seconds)
            await super().ask(seconds)

    house.post.errors["1"] = [SendError("token")] * 5
    async with delivering(house.deliverer(pause=Noted(house.store, "telegram", house.clock))):
        await house.until_finished(house.announce(1))
        house.post.errors["1"] = [SendError("token")]
        await house.until_finished(house.announce())
    assert len(asked) == 6
    assert asked[4] >= 0.01 * 2**4 / 2
    assert asked[5] <= 0.01


async def test_a_failing_channel_is_only_probed_until_something_goes_through(
    house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(channel_health, "FAILING_AFTER", 0.2)
    monkeypatch.setattr(channel_health, "PROBE", 0.03)
    house.post.down = SendError("unreachable")
    sent = house.announce(30, must=True)
    async with delivering(house.deliverer()):
        await until(lambda: house.tell.said == [("failing", "telegram")])
        with house.store.writing() as transaction:
            assert transaction.channel_state("telegram").failing_since is not None
        await until(lambda: house.post.in_flight == 0)
        house.post.most_in_flight = 0
        probes = len(house.post.tries) + 4
        await until(lambda: len(house.post.tries) >= probes)
        assert house.post.most_in_flight == 1
        house.post.down = None
        await house.until_finished(sent)
    assert house.states(sent) == {"sent": 30}
    assert house.tell.said == [("failing", "telegram"), ("recovered", "telegram")]
    assert [outgoing.reply.text for outgoing in house.store.due_replies("telegram")] == ["failing", "recovered"]
    with house.store.writing() as transaction:
        assert transaction.channel_state("telegram").failing_since is None


async def test_a_channel_goes_on_failing_after_a_restart(house: House, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(channel_health, "PROBE", 3600.0)
    with house.store.writing() as transaction:
        transaction.save_channel_state("telegram", ChannelState(failing_since=NOW))
    house.post.down = SendError("unreachable")
    sent = house.announce(30)
    async with delivering(house.deliverer()):
        await until(lambda: house.states(sent).get("sending") is None and len(house.post.tries) == 1)
        await asyncio.sleep(0.1)
    assert len(house.post.tries) == 1, "one probe, and then the wait for the next"
    house.post.down = None
    async with delivering(house.deliverer()):
        await house.until_finished(sent)
    assert house.tell.said == [("recovered", "telegram")]


async def test_a_refusal_of_somebody_shows_that_the_channel_works(house: House) -> None:
    with house.store.writing() as transaction:
        transaction.save_channel_state("telegram", ChannelState(failing_since=NOW))
    house.post.errors["1"] = [SendError("refused")]
    sent = house.announce(1)
    async with delivering(house.deliverer()):
        await house.until_finished(sent)
    assert (house.states(sent), house.tell.said) == ({"failed": 1}, [("recovered", "telegram")])


def test_a_channel_fails_after_minutes_of_failures_without_an_answer_between() -> None:
    state = channel_health.ChannelHealth()
    assert [state.failed(at) for at in (0.0, 299.0)] == [False, False]
    assert not state.heard()
    assert [state.failed(at) for at in (300.0, 599.0, 600.0, 601.0)] == [False, False, True, False]
    assert (state.wait(600.0), state.wait(630.0), state.wait(660.0)) == (60.0, 30.0, 0.0)
    state.sending(660.0)
    assert state.wait(661.0) == 59.0
    assert state.heard()
    assert state.wait(661.0) == 0.0
    assert not state.heard()


def test_answers_that_get_lost_slow_a_channel_down_until_one_comes(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(channel_health, "FIRST_WAIT", 1.0)
    state = channel_health.ChannelHealth()
    state.sending(100.0)
    for _ in range(channel_health.MOST_LOST - 1):
        state.lost()
    assert (state.wait(100.0), state.probing) == (0.0, False)
    waits = []
    for _ in range(6):
        state.lost()
        waits.append(state.wait(100.0))
    assert (waits, state.probing) == ([1.0, 2.0, 4.0, 8.0, 10.0, 10.0], True)
    assert state.wait(107.0) == 3.0
    assert not state.heard()
    assert (state.wait(100.0), state.probing) == (0.0, False)


# --- several processes ------------------------------------------------------------------------------------------------


async def test_of_two_processes_one_sends(house: House) -> None:
    other = Post()
    sent = house.announce(60)
    async with delivering(house.deliverer()), delivering(house.deliverer(other, house.another())):
        await house.until_finished(sent)
    assert Counter(house.post.users() + other.users()) == Counter(str(number) for number in range(1, 61))
    assert sorted((len(house.post.arrived), len(other.arrived))) == [0, 60]
    assert report(house.store, sent).ambiguous == 0


@contextmanager
def dying(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Cancelled deliverers fall where they stand."""
    with monkeypatch.context() as patched:
        patched.setattr(announcements, "GRACE", 0.0)
        yield


@pytest.mark.parametrize("must", [True, False])
async def test_when_the_leader_dies_another_takes_over(house: House, monkeypatch: pytest.MonkeyPatch, must: bool) -> None:
    monkeypatch.setattr(announcements, "LEAD", timedelta(seconds=0.3))
    house.post.open.clear()
    sent = house.announce(30, must=must)
    doomed = asyncio.create_task(house.deliverer().run())
    await until(lambda: house.post.in_flight == IN_FLIGHT)
    other = Post()
    async with delivering(house.deliverer(other, house.another())):
        await asyncio.sleep(0.1)
        assert other.tries == []
        with dying(monkeypatch):
            doomed.cancel()
            with pytest.raises(asyncio.CancelledError):
                await doomed
        await house.until_finished(sent)
    found = report(house.store, sent)
    assert found.ambiguous == IN_FLIGHT
    if must:
        assert dict(found.states) == {"sent": 30}
        assert len(set(other.users())) == len(other.users()) == 30
    else:
        assert dict(found.states) == {"sent": 30 - IN_FLIGHT, "unknown": IN_FLIGHT}
        assert {user for user, _ in house.post.tries}.isdisjoint(other.users())


def overtake(house: House, *, lapse: timedelta) -> None:
    """Somebody else leads for so long from now on, as if whoever led had been silent for an hour."""
    with house.store.writing() as transaction:
        transaction.lead("telegram", "another", house.clock() + HOUR, lapse=lapse)
        transaction.lead("telegram", "another", house.clock(), lapse=lapse)


async def test_a_leader_that_was_overtaken_sends_no_more(house: House, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(announcements, "RENEW", 3600.0)  # it does not notice by itself
    sent = house.announce(30)
    house.post.open.clear()
    with capture_logs() as logs:
        async with delivering(house.deliverer()):
            await until(lambda: house.post.in_flight == IN_FLIGHT)
            overtake(house, lapse=HOUR)
            house.post.open.set()
            await until(lambda: any(line["event"] == "another process sends" for line in logs))
            await asyncio.sleep(0.05)
    assert house.states(sent) == {"sent": IN_FLIGHT, "pending": 30 - IN_FLIGHT}


async def test_a_lease_does_not_run_out_on_what_is_alive(house: House, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(announcements, "LEASE", timedelta(0))
    house.post.slow = 0.2
    sent = house.announce(10)
    async with delivering(house.deliverer()):
        await house.until_finished(sent)
    found = report(house.store, sent)
    assert (dict(found.states), found.ambiguous) == ({"sent": 10}, 0)


async def test_a_store_that_takes_seconds_for_every_commit_slows_sending_down_and_does_not_end_it(
    house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Longer than the lead that others wait for: whoever leads asks for a longer one."""
    passed = 0.0

    @contextmanager
    def slow(touching: Collection[Address] | None = None) -> Iterator[RecordTransaction]:
        nonlocal passed
        with writing(touching) as transaction:
            yield transaction
        passed += 3.0
        house.clock.shift = timedelta(seconds=passed)

    writing = house.store.writing
    monkeypatch.setattr(announcements, "time", SimpleNamespace(monotonic=lambda: time.monotonic() + passed))
    sent = house.announce(3)
    monkeypatch.setattr(house.store, "writing", slow)
    async with delivering(house.deliverer()):
        await house.until_finished(sent)
        assert passed > LEAD.total_seconds() * 6
    assert (house.states(sent), len(house.post.tries)) == ({"sent": 3}, 3)


async def test_a_claim_that_nobody_holds_is_taken_back_when_its_lease_is_over(house: House) -> None:
    sent = house.announce(1, must=True)
    async with delivering(house.deliverer()):
        await until(lambda: house.finished(sent))
        change(house.store, sent, "paused")
        again = announce(house.store, now=house.clock() + HOUR, must=True)
        with house.store.writing() as transaction:
            lost = claim(transaction, house.clock() + HOUR, lease=-2 * HOUR)
        assert lost == Delivery(again.id, Address("telegram", "1"), "vi", 1)
        house.clock.shift = HOUR
        await house.until_finished(again)
    found = report(house.store, again)
    assert (dict(found.states), found.ambiguous) == ({"sent": 1}, 1)


# --- the disk ---------------------------------------------------------------------------------------------------------


async def test_nothing_is_sent_while_the_disk_is_nearly_full(house: House) -> None:
    house.store.free = 999
    sent = house.announce(5)
    with capture_logs() as logs:
        async with delivering(house.deliverer()):
            await house.looks()
            assert house.states(sent) == {"pending": 5}
            house.store.free = 1000
            await house.until_finished(sent)
    assert house.states(sent) == {"sent": 5}
    assert [line["event"] for line in logs].count("announcements wait for free disk space") == 1


@contextmanager
def locked(path: Path) -> Iterator[None]:
    """Another program holds the database."""
    with closing(sqlite3.connect(path, isolation_level=None)) as connection:
        connection.execute("BEGIN EXCLUSIVE")
        yield
        connection.execute("ROLLBACK")


async def test_a_store_that_cannot_be_written_loses_and_doubles_nothing(house: House) -> None:
    store = house.another(busy=0.03)
    sent = house.announce(40)
    with capture_logs() as logs:
        async with delivering(house.deliverer(store=store)):
            for arrived in (3, 12, 25):
                await until(lambda: len(house.post.arrived) >= arrived)  # noqa: B023 - it is used up at once
                with locked(house.path):
                    await asyncio.sleep(0.15)
            await house.until_finished(sent)
    found = report(house.store, sent)
    assert (dict(found.states), found.ambiguous) == ({"sent": 40}, 0)
    assert Counter(house.post.users()) == Counter(str(number) for number in range(1, 41))
    assert any(line["event"] == "a result cannot be stored" for line in logs)


async def test_a_store_that_cannot_be_written_at_the_start_is_tried_again(house: House) -> None:
    sent = house.announce(5)
    deliverer = house.deliverer(store=house.another(busy=0.03))
    with locked(house.path):
        task = asyncio.create_task(deliverer.run())
        await asyncio.sleep(0.15)
        assert house.post.tries == []
    await house.until_finished(sent)
    await deliverer.stop()
    await task
    assert len(house.post.arrived) == 5


# --- the clock --------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("shift", [-DAY, HOUR, -HOUR, timedelta(minutes=-3)])
async def test_a_clock_that_is_set_wrong_never_stops_the_sending(house: House, shift: timedelta) -> None:
    def jump(outgoing: Outgoing) -> None:
        if len(house.post.tries) == 10:
            house.clock.shift = shift

    house.post.called = jump
    house.post.slow = 0.05  # some are in flight when it happens
    house.post.errors["2"] = [SendError("unreachable")]
    sent = house.announce(30, must=True)
    async with delivering(house.deliverer()):
        await house.until_finished(sent)
    found = report(house.store, sent)
    assert (dict(found.states), found.ambiguous) == ({"sent": 30}, 1)
    assert Counter(house.post.users()) == Counter(str(number) for number in range(1, 31))


async def test_a_clock_turned_back_before_a_restart_does_not_stop_what_was_begun(house: House) -> None:
    house.post.open.clear()
    sent = house.announce(30)
    async with delivering(house.deliverer()):
        await until(lambda: house.post.in_flight == IN_FLIGHT)
        asyncio.get_running_loop().call_later(0.05, house.post.open.set)
    house.clock.shift = -DAY
    async with delivering(house.deliverer(store=house.another())):
        await house.until_finished(sent)
    assert house.states(sent) == {"sent": 30}


@pytest.mark.parametrize("shift", [-DAY, timedelta(minutes=-9)], ids=str)
async def test_a_retry_does_not_wait_for_a_clock_that_was_turned_back(
    house: House, monkeypatch: pytest.MonkeyPatch, shift: timedelta
) -> None:
    monkeypatch.setattr(outcomes, "FIRST_RETRY", 60.0)
    house.post.errors["1"] = [SendError("unreachable")]
    sent = house.announce(1, must=True)
    async with delivering(house.deliverer()):
        await until(lambda: house.states(sent) == {"pending": 1} and house.post.tries != [])
        await house.looks()
        assert len(house.post.tries) == 1
        house.clock.shift = shift
        await house.until_finished(sent)
    assert house.states(sent) == {"sent": 1}


async def test_a_retry_does_not_wait_for_a_clock_that_was_turned_back_before_a_restart(
    house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(outcomes, "FIRST_RETRY", 60.0)
    house.post.errors["1"] = [SendError("unreachable")]
    sent = house.announce(1, must=True)
    async with delivering(house.deliverer()):
        await until(lambda: house.states(sent) == {"pending": 1} and house.post.tries != [])
    house.clock.shift = timedelta(minutes=-9)
    async with delivering(house.deliverer(store=house.another())):
        await house.until_finished(sent)
    assert house.states(sent) == {"sent": 1}


@pytest.mark.parametrize("shift", [-DAY, HOUR])
async def test_two_processes_and_a_wrong_clock_write_to_nobody_twice(house: House, shift: timedelta) -> None:
    other = Post()

    def jump(outgoing: Outgoing) -> None:
        if len(house.post.tries) + len(other.tries) == 10:
            house.clock.shift = shift

    house.post.called = other.called = jump
    house.post.slow = other.slow = 0.05
    sent = house.announce(40)
    async with delivering(house.deliverer()), delivering(house.deliverer(other, house.another())):
        await house.until_finished(sent)
        await until(lambda: house.post.in_flight == other.in_flight == 0)
    assert Counter(house.post.users() + other.users()) == Counter(str(number) for number in range(1, 41))
    found = report(house.store, sent)
    assert found.states["sent"] + found.states.get("unknown", 0) == 40
    assert found.ambiguous == found.states.get("unknown", 0) <= IN_FLIGHT


async def test_what_is_not_due_stays_so_when_the_clock_is_turned_back(house: House) -> None:
    subscribe(house.store, 2)
    now = house.announce()
    later = announce(house.store, now=house.clock() + HOUR, texts={"vi": "Tối mai họp."})
    async with delivering(house.deliverer()):
        await house.until_finished(now)
        house.clock.shift = -DAY
        await house.looks()
        assert house.states(later) == {"pending": 2}


# --- the end ----------------------------------------------------------------------------------------------------------


async def test_stopping_finishes_what_is_in_flight_and_starts_nothing(house: House) -> None:
    house.post.slow = 0.1
    sent = house.announce(30)
    async with delivering(house.deliverer()) as deliverer:
        await until(lambda: house.post.in_flight == IN_FLIGHT)
        await deliverer.stop()
        assert house.post.in_flight == 0
        found = house.states(sent)
        assert found["sent"] == len(house.post.tries) == len(house.post.arrived)
        assert found["pending"] == 30 - found["sent"]


async def test_stopping_does_not_wait_for_a_pause(house: House) -> None:
    house.post.errors["1"] = [SendError("throttled", retry_after=3600.0)]
    sent = house.announce(1)
    async with delivering(house.deliverer()) as deliverer:
        await until(lambda: house.post.tries != [] and house.states(sent) == {"pending": 1})
        async with asyncio.timeout(5):
            await deliverer.stop()


async def test_a_claim_that_is_being_made_when_it_stops_is_given_back(house: House, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(announcements, "RENEW", 3600.0)
    store = house.another()
    async with delivering(house.deliverer(store=store)) as deliverer:
        await house.looks(store=store)
        store.hold_claims.clear()
        sent = house.announce(1)
        await until(store.claiming.is_set)
        stopping = asyncio.create_task(deliverer.stop())
        await asyncio.sleep(0.02)
        store.hold_claims.set()
        await stopping
    assert house.post.tries == []
    assert house.states(sent) == {"pending": 1}


async def test_cancelling_finishes_what_is_in_flight_too(house: House) -> None:
    house.post.slow = 0.1
    sent = house.announce(1)
    task = asyncio.create_task(house.deliverer().run())
    await until(lambda: house.post.in_flight == 1)
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    assert house.states(sent) == {"sent": 1}


async def test_one_that_never_ran_stops_at_once(house: House) -> None:
    deliverer = house.deliverer()
    deliverer.wake()
    await deliverer.stop()


async def test_the_log_counts_and_names_nobody(house: House) -> None:
    subscribe(house.store, 3, first=918273645)
    sent = house.announce(text="Xin mời bà con.")
    house.post.errors["918273646"] = [refused(gone=True)]
    with capture_logs() as logs:
        async with delivering(house.deliverer()):
            await house.until_finished(sent)
    [summary] = [line for line in logs if line["event"] == "deliveries"]
    assert (summary["sent"], summary["gone"]) == (2, 1)
    assert "91827364" not in str(logs)
    assert "Xin mời" not in str(logs)
    assert SECRET not in str(logs)


# --- whatever comes back ----------------------------------------------------------------------------------------------

RESULTS: dict[str, Callable[[], Exception]] = {
    "gone": lambda: refused(gone=True),
    "not found": refused,
    "refused": lambda: SendError("refused"),
    "unreachable": lambda: SendError("unreachable"),
    "time-out": TimeoutError,
    "throttled": lambda: SendError("throttled", retry_after=0.005),
    "token": lambda: SendError("token"),
    "bug": lambda: KeyError(SECRET),
}
scripts = st.lists(st.lists(st.sampled_from(sorted(RESULTS)), max_size=4), min_size=30, max_size=30)


@settings(max_examples=15, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(scripts)
def test_whatever_comes_back_every_row_ends_and_the_sums_are_right(script: list[list[str]]) -> None:
    folder = Path(tempfile.mkdtemp())
    try:
        asyncio.run(play(folder, script))
    finally:
        shutil.rmtree(folder)


async def play(folder: Path, script: list[list[str]]) -> None:
    house = House(folder)
    try:
        for number, results in enumerate(script, start=1):
            house.post.errors[str(number)] = [RESULTS[result]() for result in results]
        sent = house.announce(len(script), must=True)
        async with delivering(house.deliverer()):
            await house.until_finished(sent)
        found = report(house.store, sent)
        assert set(found.states) <= {"sent", "gone", "failed"}
        assert sum(found.states.values()) == found.recipients == len(script)
        assert found.states.get("sent", 0) == len(house.post.arrived) == len(set(house.post.users()))
        played = [results[: house.post.tried(str(number))] for number, results in enumerate(script, start=1)]
        unsure = {"unreachable", "time-out", "bug"}
        assert found.ambiguous <= sum(bool(unsure & set(results)) for results in played)
    finally:
        house.close()


# --- what only SQLite promises ----------------------------------------------------------------------------------------


@pytest.mark.parametrize("query", [NEXT_PENDING, NEXT_STRANDED])
def test_a_claim_is_found_by_its_index(tmp_path: Path, query: str) -> None:
    SqliteStore(tmp_path / "loaban.db").close()
    with closing(sqlite3.connect(tmp_path / "loaban.db")) as connection:
        steps = [row[-1] for row in connection.execute(f"EXPLAIN QUERY PLAN {query}", (1, "telegram", ""))]
    assert len(steps) == 1
    assert "deliveries_pending (announcement=? AND channel=? AND due" in steps[0]
