"""Stored replies reach people in order, whatever happens to other people's."""

from __future__ import annotations

import asyncio
import threading
import time
from collections import defaultdict
from collections.abc import AsyncIterator, Callable, Iterable, Iterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from itertools import pairwise
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from structlog.testing import capture_logs

from bot.delivery import replies, reply_lease
from bot.delivery.backoff import Backoff
from bot.delivery.pause import Pause
from bot.delivery.replies import BATCH, IN_FLIGHT, LEAST_TRIES, Dropped, ReplySender, nothing
from bot.errors import SendError, SendReason, StoreError, StoreFault
from bot.model import Address, Button, GroupLink, Reply
from bot.ports import Capabilities, ClaimedReplies, Outgoing
from bot.stores.sqlite.store import SqliteStore
from tests.waiting import until

pytestmark = pytest.mark.usefixtures("hasty")

NOW = datetime(2026, 1, 9, 9, 20, tzinfo=UTC)


class Post:
    """A channel that does what a test says and remembers what arrived."""

    name = "post"
    capabilities = Capabilities(4096, 1024, True, False, False, "any", 25.0, False)

    def __init__(self) -> None:
        self.arrived: list[tuple[str, str]] = []
        self.tries: list[tuple[str, str, float]] = []
        self.errors: dict[str, list[Exception]] = defaultdict(list)
        self.slow: dict[str, float] = {}
        self.held: dict[str, asyncio.Event] = {}  # what is sent to them arrives when this is set
        self.in_flight = 0
        self.most_in_flight = 0

    async def send(self, outgoing: Outgoing) -> str:
        user, text = outgoing.to.user, outgoing.reply.text
        self.tries.append((user, text, asyncio.get_running_loop().time()))
        self.in_flight += 1
        self.most_in_flight = max(self.most_in_flight, self.in_flight)
        try:
            await asyncio.sleep(self.slow.get(user, 0.001))
            if user in self.held:
                await self.held[user].wait()
            if self.errors[user]:
                raise self.errors[user].pop(0)
            self.arrived.append((user, text))
            return str(outgoing.id)
        finally:
            self.in_flight -= 1

    def texts(self, user: str) -> list[str]:
        return [text for person, text in self.arrived if person == user]


class CountingStore(SqliteStore):
    """Counts claims, and the replies they gave; fails on demand."""

    def __init__(self, path: Path) -> None:
        super().__init__(path)
        self.claims: list[int] = []
        self.failures: dict[str, int] = defaultdict(int)
        self.error: Exception = StoreError("the disk is full")

    def claim_replies(
        self, channel: str, holder: str, now: Callable[[], datetime], *, lease: timedelta, limit: int
    ) -> ClaimedReplies:
        self._fail("claim_replies")
        found = super().claim_replies(channel, holder, now, lease=lease, limit=limit)
        self.claims.append(len(found.replies))
        return found

    def delivered(self, ids: Iterable[int], message_id: str = "") -> None:
        self._fail("delivered")
        super().delivered(ids, message_id)

    def attempted(self, outgoing_id: int) -> None:
        self._fail("attempted")
        super().attempted(outgoing_id)

    def _fail(self, method: str) -> None:
        if self.failures[method]:
            self.failures[method] -= 1
            raise self.error


@pytest.fixture
def store(tmp_path: Path) -> Iterator[CountingStore]:
    opened = CountingStore(tmp_path / "loaban.db")
    yield opened
    opened.close()


@pytest.fixture
def post() -> Post:
    return Post()


def queue(store: SqliteStore, user: str, *texts: str, at: datetime = NOW, case: int | None = None) -> None:
    with store.writing() as transaction:
        transaction.queue(Address("post", user), [Reply(text, case=case) for text in texts], at)


def tried(store: SqliteStore, text: str, times: int) -> None:
    """Earlier processes tried in vain to deliver this one."""
    (number,) = (outgoing.id for outgoing in store.due_replies("post") if outgoing.reply.text == text)
    for _ in range(times):
        store.attempted(number)


@asynccontextmanager
async def sending(
    post: Post, store: SqliteStore, now: Callable[[], datetime] = lambda: NOW, dropped: Dropped = nothing
) -> AsyncIterator[ReplySender]:
    sender = ReplySender(post, store, now=now, pause=Pause(store, post.name, now), dropped=dropped)
    task = asyncio.create_task(sender.run())
    try:
        yield sender
    finally:
        await sender.stop()
        await task


async def until_empty(store: SqliteStore) -> None:
    await until(lambda: not SqliteStore.due_replies(store, "post"))


async def test_replies_left_by_an_earlier_process_are_sent_in_order(post: Post, store: CountingStore) -> None:
    queue(store, "mai", "1", "2")
    queue(store, "lo", "a")
    queue(store, "mai", "3")
    async with sending(post, store):
        await until_empty(store)
    assert post.texts("mai") == ["1", "2", "3"]
    assert post.texts("lo") == ["a"]


async def test_a_reply_stored_later_goes_out_when_the_sender_is_woken_from_a_thread(post: Post, store: CountingStore) -> None:
    async with sending(post, store) as sender:
        await until(lambda: bool(store.claims))
        queue(store, "mai", "1")
        threading.Thread(target=sender.wake).start()
        await until(lambda: post.texts("mai") == ["1"])


async def test_a_reply_nobody_woke_us_for_goes_out_as_well(
    post: Post, store: CountingStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(replies, "LOOK_AGAIN", 0.02)
    async with sending(post, store):
        await until(lambda: bool(store.claims))
        queue(store, "mai", "1")
        await until(lambda: post.texts("mai") == ["1"])


async def test_each_reply_is_claimed_once_and_many_in_one_go(post: Post, store: CountingStore) -> None:
    for number in range(300):
        queue(store, str(number % 30), str(number))
    async with sending(post, store) as sender:
        for number in range(20):
            queue(store, "late", str(number))
            sender.wake()
            await asyncio.sleep(0.005)
        await until_empty(store)
    assert len(post.arrived) == 320
    assert sum(store.claims) == 320
    assert store.claims[:3] == [BATCH] * 3


async def test_a_slow_person_holds_up_nobody_else_and_keeps_their_order(post: Post, store: CountingStore) -> None:
    arrives = post.held["slow"] = asyncio.Event()
    queue(store, "slow", "1", "2", "3")
    for number in range(40):
        queue(store, "mai", str(number))
    async with sending(post, store):
        await until(lambda: len(post.texts("mai")) == 40)
        assert post.texts("slow") == []
        arrives.set()
        await until_empty(store)
    assert post.texts("slow") == ["1", "2", "3"]
    assert post.texts("mai") == [str(number) for number in range(40)]


async def test_at_most_eight_are_in_flight(post: Post, store: CountingStore) -> None:
    for number in range(40):
        post.slow[str(number)] = 0.01
        queue(store, str(number), "x")
    async with sending(post, store):
        await until_empty(store)
    assert post.most_in_flight == IN_FLIGHT == 8


async def test_people_who_cannot_be_reached_never_take_all_places(post: Post, store: CountingStore) -> None:
    for number in range(20):
        user = f"down{number}"
        post.slow[user] = 0.2
        post.errors[user] = [SendError("unreachable")] * 100
        queue(store, user, "x")
    async with sending(post, store) as sender:
        await until(lambda: len(post.tries) >= 24)  # everybody was tried; from now on these are retries
        await asyncio.sleep(0.2)
        queue(store, "mai", "1")
        sender.wake()
        start = asyncio.get_running_loop().time()
        await until(lambda: post.texts("mai") == ["1"])
        assert asyncio.get_running_loop().time() - start < 0.15
        post.errors.clear()


async def test_a_blocked_resident_gets_no_second_try_and_no_further_reply(post: Post, store: CountingStore) -> None:
    post.errors["gone"] = [SendError("refused-person", "bot was blocked", gone=True)]
    queue(store, "gone", "bí mật 1", "bí mật 2")
    queue(store, "mai", "1")
    with capture_logs() as logs:
        async with sending(post, store):
            await until_empty(store)
    assert [user for user, _, _ in post.tries].count("gone") == 1
    assert post.texts("mai") == ["1"]
    dropped = next(line for line in logs if line["event"] == "replies dropped")
    assert (dropped["reason"], dropped["replies"]) == ("refused-person", 2)
    assert "bí mật" not in str(logs)
    assert "'gone'" not in str(logs)


async def test_a_reply_stored_while_the_blocked_ones_are_dropped_is_not_lost(post: Post, store: CountingStore) -> None:
    post.errors["back"] = [SendError("refused-person", gone=True)]
    queue(store, "back", "1", "2")
    async with sending(post, store) as sender:
        await until(lambda: bool(post.tries))
        queue(store, "back", "3")
        sender.wake()
        await until_empty(store)
    assert post.texts("back") == ["3"]


@pytest.mark.parametrize("reason", ["refused-text", "refused"])
async def test_a_refused_reply_is_dropped_alone(post: Post, store: CountingStore, reason: SendReason) -> None:
    post.errors["mai"] = [SendError(reason, "too odd")]
    queue(store, "mai", "odd", "good")
    async with sending(post, store):
        await until_empty(store)
    assert [text for _, text, _ in post.tries] == ["odd", "good"]
    assert post.texts("mai") == ["good"]


async def test_too_fast_pauses_the_whole_channel_for_exactly_what_was_asked(post: Post, store: CountingStore) -> None:
    post.errors["mai"] = [SendError("throttled", retry_after=0.3)]
    queue(store, "mai", "1")
    async with sending(post, store) as sender:
        await until(lambda: not post.errors["mai"] and bool(post.tries))
        refused_at = asyncio.get_running_loop().time()
        for number in range(20):
            queue(store, str(number), "x")
            sender.wake()
            await asyncio.sleep(0.005)
        await until_empty(store)
    after = [at for _, _, at in post.tries[1:]]
    assert len(after) == 21
    assert 0.28 <= min(after) - refused_at <= 0.4


async def test_a_throttled_reply_has_not_been_tried(post: Post, store: CountingStore) -> None:
    post.errors["mai"] = [SendError("throttled", retry_after=seconds) for seconds in (0.02, 0.02, 0.02, 600)]
    queue(store, "mai", "1")
    async with sending(post, store):
        await until(lambda: not post.errors["mai"])
    [outgoing] = SqliteStore.due_replies(store, "post")
    assert outgoing.attempts == 0


async def test_a_pause_holds_in_the_next_process_until_its_end(post: Post, store: CountingStore) -> None:
    def now() -> datetime:
        return datetime.now(UTC)

    post.errors["mai"] = [SendError("throttled", retry_after=0.8)]
    queue(store, "mai", "1")
    asked_at = asyncio.get_running_loop().time()
    async with sending(post, store, now):
        await until(lambda: len(post.tries) == 1 and not post.errors["mai"])
    assert not post.arrived, "the pause was over before the restart: the test proves nothing"
    async with sending(post, store, now):
        await until_empty(store)
    assert post.tries[1][2] >= asked_at + 0.8


async def test_a_pause_that_somebody_else_asked_for_is_kept_by_replies(post: Post, store: CountingStore) -> None:
    pause = Pause(store, post.name, lambda: NOW)
    asked_at = asyncio.get_running_loop().time()
    await pause.ask(0.3)
    queue(store, "mai", "1")
    sender = ReplySender(post, store, now=lambda: NOW, pause=pause)
    task = asyncio.create_task(sender.run())
    await until_empty(store)
    await sender.stop()
    await task
    assert post.tries[0][2] >= asked_at + 0.3


async def test_an_unreachable_vendor_is_tried_again_with_growing_waits(post: Post, store: CountingStore) -> None:
    post.errors["mai"] = [SendError("unreachable")] * 5
    queue(store, "mai", "1", "2")
    async with sending(post, store):
        await until_empty(store)
    assert post.texts("mai") == ["1", "2"]
    times = [at for _, text, at in post.tries if text == "1"]
    waits = [later - earlier for earlier, later in pairwise(times)]
    assert len(waits) == 5
    assert waits[4] > 2 * waits[0]


def test_waits_double_with_jitter_up_to_a_minute() -> None:
    backoff = Backoff(60.0)
    waits = [backoff.next() for _ in range(50)]
    assert all(0.25 * 2**n <= wait <= 0.5 * 2**n for n, wait in enumerate(waits[:7]))
    assert all(30 <= wait <= 60 for wait in waits[7:])
    assert len(set(waits)) == 50


async def test_nothing_is_dropped_before_a_day_has_passed(post: Post, store: CountingStore) -> None:
    now = NOW + timedelta(hours=23, minutes=59)
    post.errors["mai"] = [SendError("unreachable")] * 6
    queue(store, "mai", "1")
    async with sending(post, store, lambda: now):
        await until_empty(store)
    assert post.texts("mai") == ["1"]


async def test_a_clock_that_jumps_ahead_while_somebody_cannot_be_reached_costs_no_answer(
    post: Post, store: CountingStore
) -> None:
    post.errors["mai"] = [SendError("unreachable")] * 6
    queue(store, "mai", "1")
    async with sending(post, store, lambda: NOW + timedelta(days=30)):
        await until_empty(store)
    assert post.texts("mai") == ["1"]


async def test_the_tries_of_earlier_processes_count_as_well(post: Post, store: CountingStore) -> None:
    queue(store, "mai", "1")
    tried(store, "1", LEAST_TRIES - 2)
    post.errors["mai"] = [SendError("unreachable")] * 2
    async with sending(post, store, lambda: NOW + timedelta(days=30)):
        await until_empty(store)
    assert (post.texts("mai"), len(post.tries)) == ([], 2)


async def test_what_could_not_be_delivered_for_a_day_is_dropped_with_a_log_line(post: Post, store: CountingStore) -> None:
    post.errors["mai"] = [SendError("unreachable")]
    queue(store, "mai", "old")
    tried(store, "old", LEAST_TRIES - 1)
    queue(store, "mai", "new", at=NOW + timedelta(hours=20))
    with capture_logs() as logs:
        async with sending(post, store, lambda: NOW + timedelta(hours=24)):
            await until_empty(store)
    assert post.texts("mai") == ["new"]
    assert any(line["event"] == "replies dropped" and line["reason"] == "unreachable" for line in logs)


@pytest.mark.parametrize("reason", ["token", "setup"])
async def test_a_refused_token_stops_everybody_and_loses_nothing(post: Post, store: CountingStore, reason: SendReason) -> None:
    for number in range(30):
        post.errors[str(number)] = [SendError(reason)] * 2
        queue(store, str(number), "x")
    async with sending(post, store):
        await asyncio.sleep(0.1)
        assert len(post.tries) < 60  # not everybody at once, again and again
        post.errors.clear()
        await until_empty(store)
    assert len(post.arrived) == 30


async def test_a_chat_that_moved_gets_its_replies_at_the_new_place(post: Post, store: CountingStore) -> None:
    post.errors["old"] = [SendError("refused-person", moved_to="new")]
    queue(store, "old", "1", "2")
    async with sending(post, store):
        await until_empty(store)
    assert post.texts("new") == ["1", "2"]


async def test_chats_that_point_at_each_other_do_not_go_round_for_ever(post: Post, store: CountingStore) -> None:
    post.errors["a"] = [SendError("refused-person", moved_to="b")] * 100
    post.errors["b"] = [SendError("refused-person", moved_to="a")] * 100
    queue(store, "a", "1")
    async with sending(post, store):
        await until_empty(store)
    assert len(post.tries) == 3


async def test_a_fault_in_a_channel_is_tried_three_times_and_holds_up_nobody(post: Post, store: CountingStore) -> None:
    post.errors["mai"] = [KeyError("câu hỏi của tôi")] * 3
    queue(store, "mai", "1", "2")
    queue(store, "lo", "a")
    with capture_logs() as logs:
        async with sending(post, store):
            await until_empty(store)
    assert [text for user, text, _ in post.tries if user == "mai"] == ["1", "1", "1", "2"]
    assert post.texts("lo") == ["a"]
    assert "câu hỏi" not in str(logs)


async def test_a_full_disk_delays_the_note_of_a_delivery_but_does_not_repeat_it(post: Post, store: CountingStore) -> None:
    store.failures["delivered"] = 3
    queue(store, "mai", "1", "2")
    async with sending(post, store):
        await until_empty(store)
    assert [text for _, text, _ in post.tries] == ["1", "2"]


async def test_a_store_that_cannot_be_read_is_read_again(post: Post, store: CountingStore) -> None:
    store.failures["claim_replies"] = 3
    store.failures["attempted"] = 1
    post.errors["mai"] = [SendError("unreachable")]
    queue(store, "mai", "1")
    async with sending(post, store):
        await until_empty(store)
    assert post.texts("mai") == ["1"]


@pytest.mark.parametrize("error", [StoreFault("refused"), KeyError("câu hỏi của tôi")])
async def test_a_claim_at_which_something_unforeseen_happens_is_made_again(
    post: Post, store: CountingStore, error: Exception
) -> None:
    store.error, store.failures["claim_replies"] = error, 3
    queue(store, "mai", "1")
    with capture_logs() as logs:
        async with sending(post, store):
            await until_empty(store)
    assert post.texts("mai") == ["1"]
    assert "câu hỏi" not in str(logs)


async def test_a_delivery_that_the_store_refuses_to_note_is_not_repeated_and_the_others_go(
    post: Post, store: CountingStore
) -> None:
    store.error, store.failures["delivered"] = StoreFault("refused"), 2
    queue(store, "mai", "1", "2")
    with capture_logs() as logs:
        async with sending(post, store):
            await until(lambda: len(post.arrived) == 2)
            await asyncio.sleep(2 * replies.LOOK_AGAIN)
    assert [text for _, text, _ in post.tries] == ["1", "2"]
    assert [line["event"] for line in logs].count("a delivery cannot be noted") == 2
    assert len(SqliteStore.due_replies(store, "post")) == 1


async def test_an_id_of_a_vendor_that_cannot_be_stored_costs_the_message_its_case_and_nobody_a_reply(
    post: Post, store: CountingStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def send(outgoing: Outgoing) -> str:
        await Post.send(post, outgoing)
        return "\ud800"

    monkeypatch.setattr(post, "send", send)
    queue(store, "officer", "1", "2", case=open_case(store))
    async with sending(post, store):
        await until_empty(store)
    assert post.texts("officer") == ["1", "2"]


# --- whose they are ---------------------------------------------------------------------------------------------------


async def test_a_reply_that_is_seen_late_goes_out_in_its_place(post: Post, store: CountingStore) -> None:
    """The transaction that stored it began before others and ended after them."""
    post.slow["mai"] = 0.2
    queue(store, "mai", "1", "2", "3")
    with store.writing() as transaction:
        transaction.execute("DELETE FROM replies WHERE text = '2'")
    async with sending(post, store) as sender:
        await until(lambda: post.in_flight == 1)
        with store.writing() as transaction:
            transaction.execute(
                "INSERT INTO replies (id, channel, user, text, buttons, at) VALUES (2, 'post', 'mai', '2', '[]', ?)",
                (NOW.isoformat(),),
            )
        sender.wake()
        await until_empty(store)
    assert post.texts("mai") == ["1", "2", "3"]


async def test_while_the_store_cannot_be_asked_nothing_new_is_begun_and_then_all_goes_out_once(
    post: Post, store: CountingStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The lease may be over: another process could have taken up what waits here."""
    monkeypatch.setattr(reply_lease, "LEASE", timedelta(seconds=0.4))
    monkeypatch.setattr(reply_lease, "MARGIN", 0.1)
    monkeypatch.setattr(replies, "LOOK_AGAIN", 0.05)
    for number in range(40):
        post.slow[str(number % 4)] = 0.05
        queue(store, str(number % 4), str(number))
    async with sending(post, store):
        await until(lambda: len(post.arrived) > 4)
        store.failures["claim_replies"] = 10_000
        await asyncio.sleep(0.5)
        begun = len(post.tries)
        await asyncio.sleep(0.3)
        assert len(post.tries) == begun < 40
        store.failures.clear()
        await until_empty(store)
    assert [text for _, text, _ in post.tries if int(text) % 4 == 0] == [str(number) for number in range(0, 40, 4)]
    assert len(post.tries) == 40


async def test_what_another_process_took_up_in_the_meantime_is_not_sent(
    post: Post, store: CountingStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    """As after a long sleep: what this one held in memory is the other's, until that one falls silent."""
    monkeypatch.setattr(replies, "LOOK_AGAIN", 0.05)
    clock = datetime.now(UTC)
    post.errors["mai"] = [SendError("unreachable")] * 3
    queue(store, "mai", "1", "2", at=clock)
    async with sending(post, store, lambda: clock):
        await until(lambda: len(post.tries) >= 1)
        clock += timedelta(minutes=1)
        taken = SqliteStore.claim_replies(store, "post", "other", lambda: clock, lease=reply_lease.LEASE, limit=9)
        assert [outgoing.reply.text for outgoing in taken.replies] == ["1", "2"]
        await asyncio.sleep(0.2)
        begun, post.errors["mai"] = len(post.tries), []
        await asyncio.sleep(0.2)
        assert len(post.tries) == begun
        clock += timedelta(minutes=1)
        await until_empty(store)
    assert post.texts("mai") == ["1", "2"]


async def test_stopping_gives_back_what_was_not_begun(post: Post, store: CountingStore) -> None:
    post.errors["mai"] = [SendError("unreachable")] * 100
    queue(store, "mai", "1", "2")
    async with sending(post, store):
        await until(lambda: len(post.tries) >= 1)
    taken = SqliteStore.claim_replies(store, "post", "other", lambda: NOW, lease=reply_lease.LEASE, limit=9)
    assert [outgoing.reply.text for outgoing in taken.replies] == ["1", "2"]


async def test_stopping_finishes_what_is_in_flight_and_starts_nothing(post: Post, store: CountingStore) -> None:
    for number in range(20):
        post.slow[str(number)] = 0.1
        queue(store, str(number), "1", "2")
    async with sending(post, store) as sender:
        await until(lambda: post.in_flight == IN_FLIGHT)
        await sender.stop()
        assert len(post.arrived) == len(post.tries) == IN_FLIGHT
    assert len(SqliteStore.due_replies(store, "post")) == 40 - IN_FLIGHT
    assert post.in_flight == 0


async def test_stopping_does_not_wait_for_a_pause_or_a_backoff(post: Post, store: CountingStore) -> None:
    post.errors["mai"] = [SendError("throttled", retry_after=600)]
    queue(store, "mai", "1")
    async with sending(post, store) as sender:
        await until(lambda: not post.errors["mai"] and bool(post.tries))
        async with asyncio.timeout(1):
            await sender.stop()


async def test_cancelling_finishes_what_is_in_flight_too(post: Post, store: CountingStore) -> None:
    post.slow["mai"] = 0.1
    queue(store, "mai", "1", "2")
    sender = ReplySender(post, store, now=lambda: NOW, pause=Pause(store, post.name, lambda: NOW))
    task = asyncio.create_task(sender.run())
    await until(lambda: post.in_flight == 1)
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    assert post.texts("mai") == ["1"]
    assert [outgoing.reply.text for outgoing in SqliteStore.due_replies(store, "post")] == ["2"]


async def test_a_sender_that_never_ran_stops_at_once(post: Post, store: CountingStore) -> None:
    sender = ReplySender(post, store, now=lambda: NOW, pause=Pause(store, post.name, lambda: NOW))
    sender.wake()
    await sender.stop()


def test_an_id_of_a_reply_is_never_used_again(store: CountingStore) -> None:
    queue(store, "mai", "1")
    with store.writing() as transaction:
        transaction.forget(Address("post", "mai"))
    with store.writing() as transaction:
        transaction.queue(Address("post", "lo"), [Reply("a", (Button("Menu", "menu"),))], NOW)
    [outgoing] = store.due_replies("post")
    assert (outgoing.id, outgoing.at) == (2, NOW)


# --- replies of cases -------------------------------------------------------------------------------------------------


def open_case(store: SqliteStore) -> int:
    with store.writing() as transaction:
        return transaction.open_case(Address("post", "mai"), "03181", None, "vi", "vay vốn", NOW, NOW).number


def case_behind(store: SqliteStore, user: str, message_id: str) -> int | None:
    with store.writing() as transaction:
        return transaction.case_behind(Address("post", user), message_id)


async def test_a_message_that_arrived_leads_to_its_case(post: Post, store: CountingStore) -> None:
    number = open_case(store)
    queue(store, "officer", "việc mới", case=number)
    queue(store, "officer", "chào")
    store.failures["delivered"] = 2
    async with sending(post, store):
        await until_empty(store)
    assert [case_behind(store, "officer", message_id) for message_id in ("1", "2")] == [number, None]


class Told:
    """What was told of dropped replies, and whether they were stored still; it fails as often as a test says."""

    def __init__(self, store: SqliteStore, *failures: Exception) -> None:
        self.store = store
        self.failures = list(failures)
        self.heard: list[tuple[list[str], str]] = []
        self.stored: list[bool] = []
        self.threads: set[int] = set()

    def __call__(self, dropped: Sequence[Outgoing], reason: str) -> None:
        self.threads.add(threading.get_ident())
        if self.failures:
            raise self.failures.pop(0)
        ids = {outgoing.id for outgoing in SqliteStore.due_replies(self.store, "post")}
        self.stored.append({outgoing.id for outgoing in dropped} <= ids)
        self.heard.append(([outgoing.reply.text for outgoing in dropped], reason))


@pytest.mark.parametrize("reason", ["refused-text", "refused", "window", "refused-person"])
async def test_a_reply_of_a_case_that_will_never_arrive_is_told_of(
    post: Post, store: CountingStore, reason: SendReason
) -> None:
    post.errors["mai"] = [SendError(reason)]
    queue(store, "mai", "1", case=7)
    told = Told(store)
    async with sending(post, store, dropped=told):
        await until_empty(store)
    assert (told.heard, told.stored) == ([(["1"], reason)], [True])
    assert told.threads.isdisjoint({threading.get_ident()})


async def test_what_somebody_gone_will_not_get_is_told_of_at_once_and_only_of_cases(post: Post, store: CountingStore) -> None:
    post.errors["gone"] = [SendError("refused-person", gone=True)]
    queue(store, "gone", "a", case=7)
    queue(store, "gone", "b")
    queue(store, "gone", "c", case=8)
    queue(store, "mai", "d", case=9)
    told = Told(store)
    async with sending(post, store, dropped=told):
        await until_empty(store)
    assert told.heard == [(["a", "c"], "refused-person")]
    assert post.texts("mai") == ["d"]


async def test_a_fault_and_a_day_without_success_are_told_of_as_well(post: Post, store: CountingStore) -> None:
    post.errors["mai"] = [KeyError("x")] * 3
    post.errors["lo"] = [SendError("unreachable")]
    queue(store, "mai", "1", case=7)
    queue(store, "lo", "2", case=7, at=NOW - timedelta(hours=24))
    tried(store, "2", LEAST_TRIES - 1)
    told = Told(store)
    async with sending(post, store, dropped=told):
        await until_empty(store)
    assert sorted(told.heard) == [(["1"], "bug"), (["2"], "unreachable")]


async def test_while_it_cannot_be_stored_that_a_reply_was_dropped_the_reply_stays(post: Post, store: CountingStore) -> None:
    post.errors["mai"] = [SendError("refused")]
    queue(store, "mai", "1", "2", case=7)
    told = Told(store, *[StoreError("the disk is full")] * 3)
    store.failures["delivered"] = 2
    async with sending(post, store, dropped=told):
        await until_empty(store)
    assert told.heard == [(["1"], "refused")]
    assert [text for _, text, _ in post.tries] == ["1", "2"]


async def test_a_process_that_ends_while_it_tells_tells_again_in_the_next(post: Post, store: CountingStore) -> None:
    post.errors["mai"] = [SendError("refused")] * 2
    queue(store, "mai", "1", case=7)
    store.failures["delivered"] = 10_000
    told = Told(store)
    sender = ReplySender(post, store, now=lambda: NOW, pause=Pause(store, post.name, lambda: NOW), dropped=told)
    task = asyncio.create_task(sender.run())
    await until(lambda: store.failures["delivered"] < 10_000)
    for worker in sender._workers:
        worker.cancel()
    await sender.stop()
    await task
    store.failures.clear()
    async with sending(post, store, dropped=told):
        await until_empty(store)
    assert told.heard == [(["1"], "refused")] * 2


async def test_a_fault_in_whoever_is_told_holds_up_nobody(post: Post, store: CountingStore) -> None:
    post.errors["mai"] = [SendError("refused")]
    queue(store, "mai", "1", "2", case=7)
    with capture_logs() as logs:
        async with sending(post, store, dropped=Told(store, KeyError("câu hỏi của tôi"))):
            await until_empty(store)
    assert post.texts("mai") == ["2"]
    assert "a dropped reply was told of in vain" in [line["event"] for line in logs]
    assert "câu hỏi" not in str(logs)


async def test_whoever_moved_is_known_by_the_new_id_once_something_arrived_there(post: Post, store: CountingStore) -> None:
    old, new = Address("post", "old"), Address("post", "new")
    with store.writing() as transaction:
        officer = transaction.add_staff("officer", ("03181",), "", old, NOW)
        transaction.link(GroupLink(old, ("03181",), officer.number), NOW)
    number = open_case(store)
    post.errors["old"] = [SendError("refused-person", moved_to="new")]
    queue(store, "old", "1", case=number)
    async with sending(post, store):
        await until_empty(store)
        await until(lambda: case_behind(store, "new", "1") == number)
    with store.writing() as transaction:
        assert transaction.staff(new) == replace(officer, address=new)
        assert transaction.linked(new) == GroupLink(new, ("03181",), officer.number)
        assert (transaction.staff(old), transaction.linked(old)) == (None, None)


async def test_on_a_store_that_takes_seconds_for_every_claim_replies_go_out_slowly(
    post: Post, store: CountingStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Longer than the lease that others wait for: whoever holds them asks for a longer one."""
    passed = 0.0

    def slow(*given: Any, **more: Any) -> ClaimedReplies:
        nonlocal passed
        found = claim(*given, **more)
        passed += 3.0
        return found

    claim = store.claim_replies
    monkeypatch.setattr(store, "claim_replies", slow)
    monkeypatch.setattr(reply_lease, "time", SimpleNamespace(monotonic=lambda: time.monotonic() + passed))
    queue(store, "mai", "1", "2")
    async with sending(post, store, lambda: NOW + timedelta(seconds=passed)):
        await until_empty(store)
    assert post.texts("mai") == ["1", "2"]
