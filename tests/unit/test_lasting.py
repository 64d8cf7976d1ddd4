"""A part of `loaban run` that ends with an error is logged and begun again; what cannot go on ends it with a sentence."""

from __future__ import annotations

import asyncio
import os
import signal
from collections.abc import Awaitable, Callable, Iterator, Sequence
from contextlib import closing
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from structlog.testing import capture_logs

from bot.channels.polling import nothing
from bot.channels.serving import serve
from bot.delivery import lasting as module
from bot.delivery.lasting import MOST_ENDS, lasting
from bot.delivery.pause import Pause
from bot.delivery.replies import ReplySender
from bot.errors import LoabanError, SendError, SettingsError, StoreError, StoreFault, TaskEnded
from bot.model import Address, Incoming, Reply
from bot.service.running import run
from bot.service.wiring import service
from bot.settings import Settings
from bot.stores.sqlite.store import SqliteStore
from bot.web.chat.feed import Feed
from bot.web.chat.serving import ChatPages
from bot.web.intake import Intake
from tests.unit.test_replies import Post, queue, until_empty
from tests.waiting import until

NOW = datetime(2026, 11, 23, 1, 0, tzinfo=UTC)


@pytest.fixture(autouse=True)
def hasty_restarts(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "FIRST_PAUSE", 0.001)
    monkeypatch.setattr(module, "LONGEST_PAUSE", 0.002)


class Part:
    """Ends as it is told, one way after the other, and then works until it is stopped. `begun` counts how often it began."""

    def __init__(self, stop: asyncio.Event, *ends: Exception | None) -> None:
        self.stop = stop
        self.ends = list(ends)
        self.begun = 0

    async def __call__(self) -> None:
        self.begun += 1
        if self.ends:
            end = self.ends.pop(0)
            if end is not None:
                raise end
            return
        await self.stop.wait()


@pytest.mark.parametrize("end", [KeyError("x"), None, StoreFault("no such table"), StoreError("locked")], ids=str)
async def test_a_task_that_ends_is_logged_and_begun_again(end: Exception | None) -> None:
    stop = asyncio.Event()
    part = Part(stop, end, end)
    with capture_logs() as logs:
        task = asyncio.create_task(lasting("the part", part, stop))
        await until(lambda: part.begun == 3)
        stop.set()
        await task
    told = [line for line in logs if line["event"] == "a task ended, and is begun again"]
    assert [line["task"] for line in told] == ["the part"] * 2
    assert all(line["error"] for line in told)


@pytest.mark.parametrize("fatal", [SettingsError("LOABAN_TELEGRAM_TOKEN: no"), StoreError("the database is gone")], ids=str)
async def test_what_does_not_mend_ends_the_process_with_its_own_sentence(fatal: LoabanError) -> None:
    part = Part(asyncio.Event(), *[fatal] * 20)
    with pytest.raises(type(fatal), match=str(fatal)):
        await lasting("the part", part, asyncio.Event())
    assert part.begun == (1 if isinstance(fatal, SettingsError) else MOST_ENDS)


async def test_a_fault_that_stays_ends_the_process_with_a_sentence_that_names_the_part() -> None:
    part = Part(asyncio.Event(), *[ZeroDivisionError()] * 20)
    with pytest.raises(TaskEnded, match=f"“the part” ended with an error {MOST_ENDS} times"):
        await lasting("the part", part, asyncio.Event())
    assert part.begun == MOST_ENDS


async def test_ends_that_lie_far_apart_do_not_add_up(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "CALM", 0.0)
    stop = asyncio.Event()
    part = Part(stop, *[KeyError("x")] * 3 * MOST_ENDS)
    task = asyncio.create_task(lasting("the part", part, stop))
    await until(lambda: part.begun > 3 * MOST_ENDS)
    stop.set()
    await task


async def test_who_is_stopped_while_it_waits_to_begin_again_ends_at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "FIRST_PAUSE", 3600.0)
    monkeypatch.setattr(module, "LONGEST_PAUSE", 3600.0)
    stop = asyncio.Event()
    part = Part(stop, KeyError("x"))
    task = asyncio.create_task(lasting("the part", part, stop))
    await until(lambda: part.begun == 1)
    stop.set()
    await task
    assert part.begun == 1


# --- in the service ---------------------------------------------------------------------------------------------------


@pytest.fixture
def store(tmp_path: Path) -> Iterator[SqliteStore]:
    with closing(SqliteStore(tmp_path / "loaban.db")) as opened:
        yield opened


class Fetching(Post):
    """A channel that hands over one message, fails, and hands over the next."""

    def __init__(self, stop: asyncio.Event, failures: int) -> None:
        super().__init__()
        self.stop = stop
        self.failures = failures
        self.closed = False

    async def poll(
        self,
        handle: Callable[[Sequence[Incoming]], None],
        moved: Callable[[], None] = lambda: None,
        turn: Callable[[], Awaitable[None]] = nothing,
    ) -> None:
        self.failures -= 1
        number = str(self.failures)
        await asyncio.to_thread(handle, [Incoming(number, Address("post", number), "x", NOW)])
        if self.failures >= 0:
            raise RuntimeError("a fault in a channel")
        await self.stop.wait()

    async def close(self) -> None:
        self.closed = True


async def test_a_channel_whose_fetching_fails_goes_on_and_so_do_its_replies(store: SqliteStore) -> None:
    stop, pause = asyncio.Event(), Pause(store, "post", lambda: NOW)
    channel = Fetching(stop, failures=3)

    def handle(batch: Sequence[Incoming]) -> None:
        with store.writing() as transaction:
            for incoming in batch:
                transaction.queue(incoming.sender, [Reply("answer")], NOW)

    sender = ReplySender(channel, store, now=lambda: NOW, pause=pause)
    serving = asyncio.create_task(serve(handle, channel, [sender], stop))
    await until(lambda: len(channel.arrived) == 4)
    stop.set()
    await serving
    assert channel.closed


async def test_a_sender_that_ended_with_an_error_sends_when_it_is_begun_again(
    store: SqliteStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    post = Post()
    sender = ReplySender(post, store, now=lambda: NOW, pause=Pause(store, "post", lambda: NOW))
    monkeypatch.setattr(sender, "_wait_for_news", _once_wrong(sender._wait_for_news, RuntimeError("x")))
    with pytest.raises(RuntimeError):
        await sender.run()
    queue(store, "mai", "1")
    assert post.arrived == []
    task = asyncio.create_task(sender.run())
    await until_empty(store)
    await sender.stop()
    await task
    assert post.texts("mai") == ["1"]


def _once_wrong(work: Callable[..., Any], error: BaseException) -> Callable[..., Any]:
    errors = [error]

    async def wrapped(*arguments: Any) -> Any:
        if errors:
            raise errors.pop()
        return await work(*arguments)

    return wrapped


async def test_a_pause_that_the_store_refuses_holds_up_nobody(store: SqliteStore, monkeypatch: pytest.MonkeyPatch) -> None:
    """As after damage to the table of channels: the answer must not wait for ever in the hands of this process."""
    post = Post()
    post.errors["mai"] = [SendError("throttled", retry_after=0.01)]
    queue(store, "mai", "1")
    pause = Pause(store, "post", lambda: NOW)

    def refused(seconds: float) -> None:
        raise StoreFault("no such table: channels")

    monkeypatch.setattr(pause, "_keep", refused)
    sender = ReplySender(post, store, now=lambda: NOW, pause=pause)
    task = asyncio.create_task(sender.run())
    await until_empty(store)
    await sender.stop()
    await task
    assert post.texts("mai") == ["1"]


async def test_a_chore_of_the_service_that_ends_is_begun_again_and_the_service_stays(
    tiny_home: Path, cache: Path, store: SqliteStore
) -> None:
    given = Settings(
        home=tiny_home, cache=cache, telegram_token="123:x", telegram_api="http://127.0.0.1:9/bot", listen="127.0.0.1:0"
    )
    parts = service(given, store, lambda: NOW)
    begun: list[int] = []

    async def chore() -> None:
        begun.append(1)
        if len(begun) < 3:
            raise OSError("too many files are watched")
        await asyncio.Event().wait()

    with capture_logs() as logs:
        running = asyncio.create_task(run(replace(parts, chores={"new content": chore})))
        await until(lambda: len(begun) == 3)
        assert not running.done()
        os.kill(os.getpid(), signal.SIGTERM)
        await running
    assert {"event": "a task ended, and is begun again", "task": "new content"}.items() <= next(
        line.items() for line in logs if line.get("task") == "new content"
    )


# --- the page ---------------------------------------------------------------------------------------------------------


def failing_once(run: Callable[[], Awaitable[None]], begun: list[str]) -> Callable[[], Awaitable[None]]:
    """`run` that fails as soon as it begins, the first time."""

    async def once() -> None:
        begun.append("begun")
        if len(begun) == 1:
            raise KeyError("x")
        await run()

    return once


async def _nothing(scope: object, receive: object, send: object) -> None:
    """The page itself is not looked at here."""


async def test_a_part_of_the_page_that_ends_is_begun_again(in_memory: SqliteStore, monkeypatch: pytest.MonkeyPatch) -> None:
    intake, feed = Intake(lambda batch, fits, now: {}, now=lambda: NOW), Feed(in_memory)
    taken, told = list[str](), list[str]()
    monkeypatch.setattr(intake, "run", failing_once(intake.run, taken))
    monkeypatch.setattr(feed, "run", failing_once(feed.run, told))
    pages = ChatPages(_nothing, intake, feed, "127.0.0.1:0")
    stop, opened = asyncio.Event(), asyncio.Event()
    with capture_logs() as logs:
        serving = asyncio.create_task(pages.serve(stop, lambda host, port: opened.set()))
        await opened.wait()
        await until(lambda: len(taken) == len(told) == 2)
        await intake.put([Incoming("1", Address("web_chat", "7"), "xin chào", NOW)])
        stop.set()
        await serving
    ended = [line["task"] for line in logs if line["event"] == "a task ended, and is begun again"]
    assert sorted(ended) == ["taking what is written on the page", "telling open pages"]


async def test_the_page_says_why_it_cannot_go_on(in_memory: SqliteStore) -> None:
    class Broken(Feed):
        async def run(self) -> None:
            raise KeyError("x")

    pages = ChatPages(_nothing, Intake(lambda batch, fits, now: {}, now=lambda: NOW), Broken(in_memory), "127.0.0.1:0")
    stop = asyncio.Event()
    with pytest.raises(TaskEnded, match="telling open pages"):
        await pages.serve(stop, lambda host, port: None)
    assert stop.is_set()
