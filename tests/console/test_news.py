"""Open pages are told the names of what has changed, for as long as somebody is in, and nothing of what it is."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import pytest

from bot.web.chat.requests import PageRefused
from bot.web.console import news
from bot.web.console.news import STREAMS_OF_PERSON, News
from tests.at_the_desk import BUNG_LAO
from tests.console.house import Browser, ConsoleHouse


class Stream:
    """An open page, as the server has it: what was sent so far, and the browser that may leave."""

    def __init__(self) -> None:
        self.status = 0
        self.sent = ""
        self.over = False
        self._left = asyncio.Event()
        self._said = asyncio.Event()

    async def receive(self) -> dict[str, object]:
        await self._left.wait()
        return {"type": "http.disconnect"}

    async def send(self, message: dict[str, Any]) -> None:
        if message["type"] == "http.response.start":
            self.status = message["status"]
        else:
            self.sent += message.get("body", b"").decode()
            self.over = not message.get("more_body", False)
        self._said.set()

    def leave(self) -> None:
        self._left.set()

    async def ends(self) -> None:
        async with asyncio.timeout(20):
            while not self.over:
                self._said.clear()
                await self._said.wait()

    async def says(self, words: str) -> None:
        async with asyncio.timeout(20):
            while words not in self.sent:
                self._said.clear()
                await self._said.wait()


@asynccontextmanager
async def listening(house: ConsoleHouse, browser: Browser) -> AsyncIterator[Stream]:
    stream = Stream()
    cookie = f"loaban-staff={browser.cookies['loaban-staff']}".encode()
    scope = {
        "type": "http",
        "method": "GET",
        "path": "/dong",
        "query_string": b"",
        "headers": [(b"host", b"127.0.0.1:8082"), (b"cookie", cookie)],
        "client": ("203.0.113.7", 5000),
    }
    application = house.client._transport.app  # type: ignore[attr-defined]
    task = asyncio.create_task(application(scope, stream.receive, stream.send))
    try:
        yield stream
    finally:
        stream.leave()
        await task


async def test_a_page_hears_what_has_changed_and_not_what_it_is(house: ConsoleHouse) -> None:
    browser = await house.signed_in(house.staff("officer", BUNG_LAO))
    async with listening(house, browser) as stream:
        await stream.says("data: announcements cases log staff")  # what is there at all is news to the first one
        house.case(question="Chuyện riêng của tôi")
        house.parts.wake()
        await stream.says("data: cases\n")
    assert (stream.status, "Chuyện riêng" in stream.sent) == (200, False)
    assert len(house.parts.news) == 0


async def test_what_another_process_stores_is_heard_of_too(house: ConsoleHouse, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(news, "LOOK_AGAIN", 0.02)
    browser = await house.signed_in(house.staff("officer", BUNG_LAO))
    async with listening(house, browser) as stream:
        await stream.says("data: announcements cases log staff")
        house.case()
        await stream.says("data: cases\n")


async def test_whose_role_ends_hears_no_more(house: ConsoleHouse) -> None:
    house.staff("owner")
    admin = house.staff("admin")
    browser = await house.signed_in(admin)
    async with listening(house, browser) as stream:
        await stream.says("data: announcements cases log staff")
        with house.store.writing() as transaction:
            transaction.remove_staff(admin, house.now)
        house.parts.wake()
        await stream.ends()
    assert "data: staff" not in stream.sent


async def test_a_page_that_waits_long_is_given_a_sign_of_life(house: ConsoleHouse, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(news, "KEEP_ALIVE", 0.02)
    browser = await house.signed_in(house.staff("officer", BUNG_LAO))
    async with listening(house, browser) as stream:
        await stream.says("event: nhip")


async def test_when_the_server_stops_the_page_is_let_go(house: ConsoleHouse) -> None:
    browser = await house.signed_in(house.staff("officer", BUNG_LAO))
    async with listening(house, browser) as stream:
        await stream.says("data: announcements cases log staff")
        await house.parts.news.stop()
        await stream.ends()


async def test_one_person_has_so_many_and_who_asks_for_the_head_alone_holds_none(house: ConsoleHouse) -> None:
    browser = await house.signed_in(house.staff("officer", BUNG_LAO))
    assert (await house.client.head("/dong", headers=browser._headers())).status_code == 405
    told = News(house.store)
    opened = [told.open(1) for _ in range(STREAMS_OF_PERSON)]
    for one in opened:
        one.__enter__()
    with pytest.raises(PageRefused), told.open(1):
        pass
    with told.open(2):
        assert len(told) == STREAMS_OF_PERSON + 1
    for one in opened:
        one.__exit__(None, None, None)
    assert len(told) == 0
