"""Several replicas on one database, as whole programs have them: messages, the clock, the page, and who else there is."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Callable, Iterator, Mapping, MutableMapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from datetime import UTC, datetime, timedelta
from functools import partial
from pathlib import Path
from typing import Any

import pytest

from bot.delivery.pause import Pause
from bot.delivery.replies import ReplySender
from bot.engine import Engine
from bot.i18n import Words
from bot.model import Address, Audience, Incoming, Plan, Reply, Session
from bot.ports import Capabilities, Outgoing, Store
from bot.service.app import App
from bot.service.clock import Scheduler
from bot.service.companions import Companions
from bot.service.current import CurrentEngine
from bot.service.wiring import service, staff_chat
from bot.settings import Settings
from bot.stores.postgres.store import PostgresStore
from bot.web.chat import feed as feed_module
from bot.web.chat import streams
from bot.web.chat.feed import Feed
from tests import postgres
from tests.announcing import PLACE, TEXTS, subscribe
from tests.waiting import until

NOW = datetime(2026, 11, 23, 1, 0, tzinfo=UTC)
PEOPLE = 6
MESSAGES = 8


@pytest.fixture
def replicas() -> Iterator[list[PostgresStore]]:
    url = postgres.emptied()
    with ExitStack() as opened:
        stores = [PostgresStore(url, name=name) for name in ("a", "b", "c")]
        for store in stores:
            opened.callback(store.close)
        yield stores


def all_at_once(works: Sequence[Callable[[], None]]) -> None:
    begin = threading.Barrier(len(works))

    def run(work: Callable[[], None]) -> None:
        begin.wait(10)
        work()

    with ThreadPoolExecutor(len(works)) as threads:
        for done in [threads.submit(run, work) for work in works]:
            done.result(60)


# --- messages ------------------------------------------------------------------------------------------------------------


def test_what_is_brought_to_every_replica_has_one_effect_in_the_order_of_each_chat(
    engine: Engine, replicas: list[PostgresStore]
) -> None:
    """The vendor gives up on one, and brings the same to another."""
    people = [Address("telegram", str(number)) for number in range(PEOPLE)]
    for who in people:
        with replicas[0].writing([who]) as transaction:
            transaction.save_session(Session(who, lang="vi", greeted=True, at=NOW))
    rounds = [
        [Incoming(f"{number}-{who.user}", who, "/menu", NOW + number * timedelta(minutes=5)) for who in people]
        for number in range(MESSAGES)
    ]
    apps = [App(CurrentEngine(engine), store) for store in replicas]

    def handle(app: App, batches: Sequence[Sequence[Incoming]]) -> Callable[[], None]:
        def work() -> None:
            for batch in batches:
                app.handle(batch)

        return work

    for batch in rounds:
        all_at_once([handle(app, [batch[turn:], batch[:turn]]) for turn, app in enumerate(apps)])
    due = replicas[0].due_replies("telegram")
    for who in people:
        theirs = [outgoing.at for outgoing in due if outgoing.to == who]
        assert theirs == [batch[0].at for batch in rounds], "each once, in the order it was written"
    assert dict(replicas[1].figures(NOW).outcomes) == {("telegram", "menu"): PEOPLE * MESSAGES}


def test_a_question_that_officers_get_is_passed_on_once(engine: Engine, replicas: list[PostgresStore]) -> None:
    """What begins beside others, and turns out to concern more than one person, is done anew, alone: and asked about once."""
    settings = Settings()
    asked: list[Address] = []

    def may(person: Address) -> bool:
        asked.append(person)
        return True

    who, officer = Address("telegram", "1"), Address("telegram", "2")
    with replicas[0].writing() as transaction:
        transaction.add_staff("officer", ("03301",), "UBND", officer, NOW)
        transaction.save_session(Session(who, lang="vi", greeted=True, place="03301", at=NOW))
    apps = [App(CurrentEngine(engine, staff_chat(settings, engine)), store, may_pass_on=may) for store in replicas]
    talk = ["qwrtp zxcvb", "Chuyển câu hỏi cho cán bộ xã", "có"]
    for number, text in enumerate(talk):
        message = Incoming(str(number), who, text, NOW + number * timedelta(minutes=1))
        all_at_once([lambda app=app, message=message: app.handle([message]) for app in apps])  # type: ignore[misc]
    with replicas[0].writing() as transaction:
        cases = transaction.cases(None, states=("waiting",))
    told = [outgoing for outgoing in replicas[0].due_replies("telegram") if outgoing.to == officer]
    assert len(cases) == len(asked) == 1
    assert len([outgoing for outgoing in told if outgoing.reply.case == cases[0].number]) == len(told) > 0


# --- the clock -----------------------------------------------------------------------------------------------------------


def test_each_time_of_a_repeated_announcement_fires_once_on_all_replicas(engine: Engine, replicas: list[PostgresStore]) -> None:
    subscribe(replicas[0], 3)
    desk = staff_chat(Settings(), engine)
    with replicas[0].writing() as transaction:
        author = transaction.add_staff("owner", (), "", Address("telegram", "9"), NOW)
        plan = Plan("AB23CD", {"vi": "UBND xã"}, TEXTS, Audience((PLACE,)), timedelta(hours=3), rule="30 7 * * *")
        added = desk.actions.confirm(transaction, author.number, plan, NOW).announcement
    at = added.due + timedelta(minutes=2)
    clocks = [Scheduler(store, CurrentEngine(engine, desk), now=lambda: at) for store in replicas]
    all_at_once([lambda clock=clock: clock.tick(at) for clock in clocks])  # type: ignore[misc]
    with replicas[0].writing() as transaction:
        fired = transaction.announcements(None, parent=added.id)
        assert len(fired) == 1
        assert transaction.report(fired[0].id).recipients == 3


# --- what is stored here and sent there ----------------------------------------------------------------------------------


class Post:
    """A channel that takes everything."""

    name = "telegram"
    capabilities = Capabilities(4096, 1024, True, False, False, "any", 25.0, False)

    def __init__(self) -> None:
        self.sent: list[str] = []

    async def send(self, outgoing: Outgoing) -> str:
        self.sent.append(outgoing.reply.text)
        return "1"


async def test_what_one_replica_stores_leaves_from_another_without_waiting_for_its_next_look(
    replicas: list[PostgresStore], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("bot.delivery.replies.LOOK_AGAIN", 3600.0)
    here, there = replicas[:2]
    post, who = Post(), Address("telegram", "1")
    sender = ReplySender(post, there, now=there.clock, pause=Pause(there, "telegram", there.clock))
    running = asyncio.create_task(sender.run())
    with here.hearing(lambda: None), there.hearing(sender.wake):
        for text in ("một", "hai"):
            with here.writing([who]) as transaction:
                transaction.queue(who, [Reply(text)], here.clock())
            here.tell_others()
            await until(lambda text=text: post.sent[-1:] == [text])  # type: ignore[misc]
        await sender.stop()
    await running


async def test_a_replica_hears_of_others_again_when_its_connection_is_lost_and_never_of_itself(
    replicas: list[PostgresStore], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("bot.stores.postgres.news.AGAIN", 0.01)
    here, there = replicas[:2]
    heard, own = [], []
    with here.hearing(lambda: own.append(1)), there.hearing(lambda: heard.append(1)):
        await until(lambda: len(heard) == len(own) == 1)
        here.tell_others()
        await until(lambda: len(heard) == 2)
        postgres.server().execute("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE query = 'LISTEN loaban'")
        await until(lambda: len(heard) == 3)
        here.tell_others()
        await until(lambda: len(heard) == 4)
    assert len(own) <= 2, "when it began, and when its own connection was lost"
    here.tell_others()


# --- the page ------------------------------------------------------------------------------------------------------------


async def test_a_page_that_is_open_on_one_replica_hears_of_what_another_stores(replicas: list[PostgresStore]) -> None:
    here, there = replicas[:2]
    who = Address("web", "anna")
    feed = Feed(here)
    running = asyncio.create_task(feed.run())
    try:
        with feed.open(who.user, "203.0.113.7") as stream:
            await until(lambda: feed._last is not None)
            with there.writing([who]) as transaction:
                transaction.queue(who, [Reply("Chào bà con.")], NOW)
            async with asyncio.timeout(20):
                assert await stream.news()
            assert [shown.reply.text for shown in here.transcript(who)] == ["Chào bà con."]
    finally:
        await feed.stop()
        await running


async def test_a_page_that_is_open_on_one_replica_is_loaded_anew_when_all_was_deleted_on_another(
    replicas: list[PostgresStore], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(feed_module, "KEEP_ALIVE", 0.05)
    here, there = replicas[:2]
    who = Address("web", "anna")
    with here.writing([who]) as transaction:
        transaction.queue(who, [Reply("Chào bà con.")], NOW)
    sent, left = [], asyncio.Event()

    async def send(message: Mapping[str, Any]) -> None:
        sent.append(message.get("body", b""))

    async def receive() -> MutableMapping[str, Any]:
        await left.wait()
        return {"type": "http.disconnect"}

    feed = Feed(here)
    stream = streams.EventStream(
        feed,
        who,
        "203.0.113.7",
        "tab",
        0,
        begin=lambda after: streams.Begun(here.transcript(who, after), anew=False),
        look=partial(here.transcript, who),
        render=lambda shown: shown.reply.text,
        emptied=lambda: not here.transcript(who),
    )
    running = asyncio.create_task(feed.run())
    open_page = asyncio.create_task(stream({"type": "http"}, receive, send))
    await until(lambda: streams.ALIVE in sent)
    assert streams.AGAIN not in sent
    with there.writing() as transaction:
        transaction.forget(who)
    await until(open_page.done)
    await feed.stop()
    await running
    assert sent[-2] == streams.AGAIN


# --- fetching ------------------------------------------------------------------------------------------------------------


async def test_where_replicas_share_the_store_whoever_sends_on_a_channel_fetches_there(
    tiny_home: Path, cache: Path, replicas: list[PostgresStore]
) -> None:
    none = {"webhook_secret": None, "public_url": "", "zalo_bot_token": None}
    settings = Settings(home=tiny_home, cache=cache, telegram_token="123:x", **none)  # type: ignore[arg-type]
    parts = service(settings, replicas[0], lambda: NOW)
    ((runtime, senders),) = parts.channels
    assert runtime.polled is not None
    assert {name: id(lead) for name, lead in parts.leads.items()} == {"telegram": id(senders[1])}
    assert "other replicas" in parts.chores
    await runtime.close()


# --- what each knows of the others ---------------------------------------------------------------------------------------


class Told:
    def __init__(self) -> None:
        self.sentences: list[str] = []

    def __call__(self, say: Callable[[Words], str]) -> None:
        self.sentences.append(say(Words("en", {})))


def companion(store: Store, name: str, version: list[str], told: Told) -> Companions:
    return Companions(store, name, lambda: version[0], told)


def test_a_replica_with_other_content_is_told_of_once_and_only_when_it_stays(replicas: list[PostgresStore]) -> None:
    told, versions = Told(), {name: ["v1"] for name in "ab"}
    both = [companion(store, name, versions[name], told) for store, name in zip(replicas, "ab", strict=False)]

    def look(minute: float) -> None:
        for one in both:
            one(NOW + timedelta(seconds=20 * minute))

    look(0)
    assert both[1].shown() == {"replica": "b", "replicas": {"a": "v1", "b": "v1"}}
    versions["b"][0] = "v2"
    look(1)
    versions["a"][0] = "v2"
    look(2)
    assert told.sentences == [], "new content comes to one after the other"
    versions["b"][0] = "v3"
    for minute in (3, 4, 5, 6):
        look(minute)
    assert len(told.sentences) == 1
    assert "a (v2), b (v3)" in told.sentences[0]


def test_a_replica_that_is_gone_is_compared_with_nobody(replicas: list[PostgresStore]) -> None:
    told = Told()
    one, other = companion(replicas[0], "a", ["v1"], told), companion(replicas[1], "b", ["v2"], told)
    other(NOW)
    for minute in (2, 3, 4):
        one(NOW + timedelta(minutes=minute))
    assert told.sentences == []
    assert one.shown() == {}


def test_a_shared_store_tells_how_long_somebody_has_looked_at_an_old_state(replicas: list[PostgresStore]) -> None:
    state = replicas[0].shared_state()
    assert state is not None
    assert abs(state.ahead) < 30
    assert state.waiting == 0
    assert 0 <= state.oldest_view < 30
    with replicas[0].writing():
        pass
    after = replicas[0].shared_state()
    assert after is not None
    assert after.transactions[0] == state.transactions[0] + 1
    assert after.transactions[1] > state.transactions[1]
