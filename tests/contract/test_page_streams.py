"""What is new comes to open pages by itself: each message once, in its order, however often the line is lost."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import ExitStack, asynccontextmanager
from datetime import UTC, datetime
from pathlib import Path

import httpx
import pytest

from bot.channels.web_chat.person import address_of, new_token
from bot.engine import Engine
from bot.model import Reply
from bot.stores.sqlite.store import SqliteStore
from bot.web.chat import feed as feed_module
from bot.web.chat.app import chat_application
from bot.web.chat.limits import Buckets
from bot.web.chat.serving import PageProtocol
from bot.web.connections import GuardedProtocol
from bot.web.server import serve_http
from tests.page import SAME_ORIGIN, SCRIPT, House, Page, fields_of, page_house
from tests.waiting import PATIENCE, until

CONNECTIONS = 40  # of these pages


@pytest.fixture
async def house(engine: Engine, in_memory: SqliteStore, home: Path) -> AsyncIterator[House]:
    async with page_house(engine, in_memory, home) as opened:
        yield opened


class Served:
    """The page on a port, and a person there."""

    def __init__(self, house: House, client: httpx.AsyncClient, stop: asyncio.Event) -> None:
        self.house, self.client, self.stop = house, client, stop
        self.token = new_token()
        self.person = address_of(self.token)

    async def says(self, text: str, **more: str) -> str:
        """Returns the answer, that of a script where `more` says which page it is: `trang`."""
        page = Page((await self.client.get("/")).text)
        sent = {**fields_of(page, noi_dung=text), "ma": self.token, **more}
        headers = {**(SCRIPT if more else SAME_ORIGIN), **self.cookie}
        answer = await self.client.post("/", data=sent, headers=headers)
        assert answer.status_code == (200 if more else 303)
        return answer.text

    def told(self, *texts: str) -> None:
        """What an officer writes, stored by whoever serves the officer."""
        with self.house.store.writing() as transaction:
            transaction.queue(self.person, [Reply(text, case=12) for text in texts], datetime.now(UTC))

    @property
    def cookie(self) -> dict[str, str]:
        return {"cookie": f"loaban={self.token}"}

    @asynccontextmanager
    async def listening(self, tab: str = "", **headers: str) -> AsyncIterator[Listener]:
        async with self.client.stream("GET", f"/dong?trang={tab}", headers={**self.cookie, **headers}) as response:
            listener = Listener(response)
            reading = asyncio.create_task(listener.read())
            try:
                yield listener
            finally:
                reading.cancel()
                await asyncio.gather(reading, return_exceptions=True)


class Listener:
    """The events of one stream, as a browser has them."""

    def __init__(self, response: httpx.Response) -> None:
        self.response = response
        self.events: list[tuple[str, str, str]] = []  # id, kind, data
        self.alive = 0
        self.over = False

    async def read(self) -> None:
        event: dict[str, str] = {}
        async for line in self.response.aiter_lines():
            name, _, value = line.partition(": ")
            if line and not line.startswith(":"):
                event[name] = f"{event[name]}\n{value}" if name in event else value
            elif event.get("event") == "nhip":
                self.alive, event = self.alive + 1, {}
            elif event:
                self.events.append((event.get("id", ""), event.get("event", "message"), event.get("data", "")))
                event = {}
        self.over = True

    @property
    def texts(self) -> list[str]:
        return [Page(data).texts[0] for _, kind, data in self.events if kind == "message"]


@pytest.fixture
async def served(house: House) -> AsyncIterator[Served]:
    stop = asyncio.Event()
    ports: list[int] = []
    app = chat_application(house.parts)
    serving = asyncio.create_task(
        serve_http(app, "127.0.0.1", 0, stop, ready=ports.append, protocol=PageProtocol, connections=CONNECTIONS)
    )
    await until(lambda: bool(ports))
    async with httpx.AsyncClient(base_url=f"http://127.0.0.1:{ports[0]}", timeout=PATIENCE) as client:
        yield Served(house, client, stop)
        await house.parts.feed.stop()
        stop.set()
    await serving


async def test_what_comes_while_a_page_is_open_is_shown_at_once_and_once(served: Served) -> None:
    await served.says("xin chào")
    async with served.listening() as first, served.listening() as second:
        await until(lambda: len(first.events) == len(second.events) == 2)
        await served.says("vay vốn")
        await until(lambda: len(first.events) == len(second.events) == 4)
        served.told("Mời bà con lên xã.")
        await until(lambda: len(first.events) == 5)
    numbers = [int(number) for number, _, _ in first.events]
    assert numbers == sorted(set(numbers))
    assert first.texts[-1] == "Mời bà con lên xã."


async def test_what_came_with_an_answer_does_not_come_by_the_stream_of_that_page_as_well(
    served: Served, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(feed_module, "LOOK_AGAIN", PATIENCE)  # else it may look before the answer is given
    await served.says("xin chào")
    async with served.listening("mot") as own, served.listening("hai") as other, served.listening() as old:
        await until(lambda: len(own.events) == len(other.events) == len(old.events) == 2)
        answer = Page(await served.says("vay vốn", trang="mot"))
        served.told("Mời bà con lên xã.")
        served.house.parts.feed.wake()
        await until(lambda: len(own.events) == 3 and len(other.events) == len(old.events) == 5)
    assert own.texts[2:] == ["Mời bà con lên xã."]
    assert answer.texts[-2:] == other.texts[2:4] == old.texts[2:4]


async def test_after_a_lost_line_what_was_missed_comes_and_nothing_twice(served: Served) -> None:
    await served.says("xin chào")
    async with served.listening() as before:
        await until(lambda: len(before.events) == 2)
    served.told("một", "hai")
    async with served.listening(**{"last-event-id": before.events[-1][0]}) as after:
        await until(lambda: len(after.events) == 2)
        served.told("ba")
        await until(lambda: len(after.events) == 3)
    assert after.texts == ["một", "hai", "ba"]
    page = await served.client.get(f"/dong?sau={after.events[-1][0]}", headers={"cookie": "loaban=x"})
    assert page.status_code == 403


@pytest.mark.parametrize("text", ["data:\nid: 7\n\nevent: xoa\ndata:", "a\rid: 9\r\n\r\nb", "<li id=m7>x</li>\u2028</li>"])
async def test_what_somebody_writes_is_no_event(served: Served, text: str) -> None:
    await served.says(text)
    async with served.listening() as listener:
        await until(lambda: len(listener.events) == 2)
    assert [kind for _, kind, _ in listener.events] == ["message"] * 2
    assert "".join(listener.texts[0].split()) == "".join(text.split())


async def test_an_officers_word_counts_as_seen_when_the_browser_says_that_it_has_it(served: Served) -> None:
    await served.says("xin chào")
    served.told("Mời bà con lên xã.")
    async with served.listening() as listener:
        await until(lambda: len(listener.events) == 3)
        assert served.house.store.transcript(served.person)[-1].unseen, "it may have been lost on the way"
    async with served.listening(**{"last-event-id": listener.events[-1][0]}):
        await until(lambda: not served.house.store.transcript(served.person)[-1].unseen)


async def test_a_stop_ends_open_pages_at_once(served: Served) -> None:
    await served.says("xin chào")
    async with served.listening() as listener:
        await until(lambda: len(listener.events) == 2)
        served.stop.set()
        await served.house.parts.feed.stop()
        await until(lambda: listener.over)
    assert len(served.house.parts.feed) == 0


async def test_deleting_empties_every_open_page(served: Served) -> None:
    await served.says("xin chào")
    async with served.listening() as listener:
        await until(lambda: len(listener.events) == 2)
        sent = {"chac": "1"}
        answer = await served.client.post("/xoa", data=sent, headers={**SAME_ORIGIN, **served.cookie})
        assert answer.status_code == 303
        await until(lambda: listener.over)
    assert listener.events[-1][1] == "xoa"


async def test_a_page_that_shows_what_is_not_there_any_more_is_loaded_anew(served: Served) -> None:
    """After a backup was restored, numbers begin where they were then."""
    await served.says("xin chào")
    async with served.listening(**{"last-event-id": "999"}) as listener:
        await until(lambda: listener.over)
    assert [kind for _, kind, _ in listener.events] == ["lai"]


@pytest.fixture
def seldom_silent(monkeypatch: pytest.MonkeyPatch) -> None:
    """To be asked for before the page is."""
    monkeypatch.setattr(feed_module, "KEEP_ALIVE", 0.01)


async def test_silence_is_broken_so_that_no_proxy_hangs_up(seldom_silent: None, served: Served) -> None:
    async with served.listening() as listener:
        await until(lambda: listener.alive > 3)
    assert listener.events == []
    await until(lambda: len(served.house.parts.feed) == 0)


async def test_however_many_pages_wait_one_timer_keeps_them_alive(house: House) -> None:
    def timers() -> int:
        return sum(not one.cancelled() for one in asyncio.get_running_loop()._scheduled)  # type: ignore[attr-defined]

    feed, loop = house.parts.feed, asyncio.get_running_loop()
    before = timers()
    with ExitStack() as pages:
        streams = [pages.enter_context(feed.open(f"{number}", f"{number}")) for number in range(100)]
        waiting = [loop.create_task(one.news()) for one in streams]
        await asyncio.sleep(0)
        assert timers() < before + 10
        for turn in feed._turns:
            assert len(turn) == 100 / len(feed._turns), "they are woken by and by"
            for stream in turn:
                stream.keep_alive()
        assert not any(await asyncio.gather(*waiting)), "there is nothing new"


async def test_pages_are_bounded_for_a_person_and_in_all_and_a_closed_one_makes_room(
    served: Served, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(feed_module, "STREAMS", 3)
    monkeypatch.setattr(feed_module, "STREAMS_OF_PERSON", 2)
    other = Served(served.house, served.client, served.stop)
    feed = served.house.parts.feed
    async with served.listening(), served.listening():
        await until(lambda: len(feed) == 2)
        assert (await served.client.get("/dong", headers=served.cookie)).status_code == 503
        async with other.listening(**{"x-forwarded-for": "198.51.100.1"}):
            await until(lambda: len(feed) == 3)
            third = Served(served.house, served.client, served.stop)
            refused = await served.client.get("/dong", headers=third.cookie)
            assert (refused.status_code, "retry-after" in refused.headers) == (503, True)
            assert "nhiều người hỏi" in refused.text
            await served.says("người khác vẫn hỏi được")
    await until(lambda: len(feed) == 0)
    async with served.listening():
        await until(lambda: len(feed) == 1)


async def test_one_address_leaves_as_many_places_as_it_takes(served: Served, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(feed_module, "STREAMS", 4)
    feed = served.house.parts.feed
    near, far = {"x-forwarded-for": "198.51.100.1"}, {"x-forwarded-for": "198.51.100.2"}
    first, second, third, other, last = (Served(served.house, served.client, served.stop) for _ in range(5))
    async with first.listening(**near), second.listening(**near):
        await until(lambda: len(feed) == 2)
        refused = await served.client.get("/dong", headers={**third.cookie, **near})
        assert (refused.status_code, "retry-after" in refused.headers) == (429, True)
        assert "Trang này vẫn dùng được" in refused.text
        assert "works all the same" in refused.text
        await third.says("vẫn hỏi được")
        page = Page((await served.client.get("/", headers={**third.cookie, **near})).text)
        asked = await served.client.post("/moi", data=page.forms["c"], headers={**SCRIPT, **third.cookie, **near})
        assert asked.status_code == 200, "what is new can be asked for"
        async with other.listening(**far):
            await until(lambda: len(feed) == 3)
            assert (await served.client.get("/dong", headers={**last.cookie, **far})).status_code == 429
    await until(lambda: len(feed) == 0)
    async with third.listening(**near):
        await until(lambda: len(feed) == 1)


async def test_who_comes_at_once_takes_no_more_places_than_there_are(served: Served, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(feed_module, "STREAMS", 2)
    feed = served.house.parts.feed
    headers = [
        {"cookie": f"loaban={new_token()}", "x-forwarded-for": f"198.51.100.{number}", "connection": "close"}
        for number in range(12)
    ]

    async def knock(own: dict[str, str]) -> int:
        async with served.client.stream("GET", "/dong", headers=own) as response:
            if response.status_code == 200:
                await over.wait()
            return response.status_code

    over = asyncio.Event()
    knocking = [asyncio.create_task(knock(own)) for own in headers]
    await until(lambda: sum(one.done() for one in knocking) == 10)
    assert len(feed) == 2
    over.set()
    assert sorted(await asyncio.gather(*knocking)) == [200] * 2 + [503] * 10


async def test_after_a_restart_all_pages_of_one_address_may_come_back_at_once(served: Served) -> None:
    served.house.parts.limits.looks = Buckets(1, clock=lambda: 0.0)
    assert [(await served.client.get("/")).status_code for _ in range(2)] == [200, 429]
    async with served.listening() as listener:
        assert listener.response.status_code == 200


async def test_streams_that_are_opened_and_dropped_leave_nothing_behind(served: Served) -> None:
    port, feed = served.client.base_url.port, served.house.parts.feed
    for number in range(40):
        _, writer = await asyncio.open_connection("127.0.0.1", port)
        person = f"Cookie: loaban={new_token()}\r\nX-Forwarded-For: 198.51.100.{number}"
        writer.write(f"GET /dong HTTP/1.1\r\nHost: 127.0.0.1\r\n{person}\r\n\r\n".encode())
        await writer.drain()
        if number % 2:
            await asyncio.sleep(0)
        writer.transport.abort()
    await until(lambda: len(feed) == 0 and not PageProtocol._waiting and not PageProtocol._half_open)
    assert not feed._open
    assert not feed._of_address
    assert not any(feed._turns)


ASKS_FOR_NOTHING = {
    "half of a head": "GET / HTTP/1.1\r\nHost: x",
    "half of a body": "POST / HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Length: 100\r\n\r\nso=",
    "nothing at all": "",
    "no second time": "GET /favicon.ico HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n",
}


@pytest.mark.parametrize("sent", ASKS_FOR_NOTHING.values(), ids=ASKS_FOR_NOTHING)
async def test_many_that_ask_for_nothing_leave_room_for_who_asks(
    served: Served, monkeypatch: pytest.MonkeyPatch, sent: str
) -> None:
    monkeypatch.setattr(PageProtocol, "MOST_WAITING", CONNECTIONS // 2)
    port = served.client.base_url.port
    await served.says("xin chào")
    async with served.listening() as listener:
        await until(lambda: len(listener.events) == 2)
        held = []
        for _ in range(3 * CONNECTIONS):
            reader, writer = await asyncio.open_connection("127.0.0.1", port)
            writer.write(sent.encode())
            held.append((reader, writer))
        await until(lambda: len(PageProtocol._waiting) == CONNECTIONS // 2)
        assert (await served.client.get("/")).status_code == 200
        await served.says("vay vốn")
        await until(lambda: len(listener.events) == 4)
        assert len(PageProtocol._waiting) <= CONNECTIONS // 2
    for _, writer in held:
        writer.close()


def test_connections_to_the_page_are_counted_apart_from_those_of_vendors() -> None:
    assert PageProtocol._half_open is not GuardedProtocol._half_open
    assert PageProtocol._waiting is not GuardedProtocol._waiting
