"""The server over real connections: what is welcome, what is answered when, and that nothing is lost or done twice."""

from __future__ import annotations

import asyncio
import json
import random
import re
import socket
import threading
from collections import Counter
from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from contextlib import asynccontextmanager, suppress
from datetime import UTC, datetime, timedelta
from functools import partial
from pathlib import Path
from typing import Any

import httpx
import pytest

from bot.channels.telegram.channel import TelegramChannel
from bot.channels.telegram.webhook import SECRET_HEADER
from bot.delivery.pause import Pause
from bot.delivery.responses import answer_here
from bot.engine import Engine
from bot.errors import SettingsError, StoreError
from bot.model import Address, Incoming, Reply
from bot.ports import Outgoing
from bot.service.app import App
from bot.service.current import CurrentEngine
from bot.stores import SQLITE_VERSION
from bot.stores.sqlite.store import SqliteStore
from bot.web import connections, server
from bot.web.health_check import HealthCheck
from bot.web.intake import Intake
from bot.web.metrics import Metrics
from bot.web.server import MAX_BODY, application, serve_http
from tests.stubs.bot_api import BotApi

SECRET = "a-secret-of-the-tests"
SHOWN = {SECRET_HEADER: SECRET}


def now() -> datetime:
    return datetime.now(UTC)


class ZaloOa:
    """A channel of which only the deadline matters here."""

    name = "zalo-oa"

    def recognise(self, headers: Mapping[str, str]) -> None: ...

    def receive(self, headers: Mapping[str, str], body: bytes) -> list[Incoming]:
        return [Incoming(body.decode(), Address(self.name, "1"), "chào", now())]

    def in_response(self, outgoing: Outgoing) -> bytes | None:
        return None

    async def register(self, url: str) -> None: ...


class House:
    """The server with an application that answers `answers` times, from a real store."""

    def __init__(self, api: BotApi, path: Path) -> None:
        self.api = api
        self.store = SqliteStore(path)
        self.pause = Pause(self.store, "telegram", now)
        self.telegram = TelegramChannel(api.token, api=api.address, poll_seconds=1, pause=self.pause, secret=SECRET)
        self.effects: list[tuple[str, str]] = []
        self.answers = 1
        self.fault: Callable[[], None] = lambda: None
        self.woken = 0
        self.age = 0.0
        self.stop = asyncio.Event()
        self.url = ""

    def answer(
        self, batch: Sequence[Incoming], fits: Callable[[Incoming, Outgoing], bool], at: datetime
    ) -> dict[tuple[str, str], Outgoing]:
        found = {}
        done = []
        with self.store.writing() as transaction:
            self.fault()
            for one in batch:
                if not transaction.first_time(one):
                    answer = transaction.answered_here(one)
                else:
                    done.append((one.sender.user, one.text))
                    transaction.queue(one.sender, [Reply(f"to {one.text}")] * self.answers, one.at)
                    answer = answer_here(transaction, one, at, partial(fits, one))
                if answer:
                    found[one.sender.channel, one.id] = answer
        self.effects += done
        return found

    def _wake(self) -> None:
        self.woken += 1

    async def serve(self) -> None:
        metrics = Metrics(lambda: self.store.figures(now()))
        metrics.show_pause("telegram", self.pause.left)
        health = HealthCheck(
            now=now,
            tick_age=lambda: self.age,
            prove=lambda: self.store.prove(now()),
            figures=lambda: self.store.figures(now()),
            room=self.store.room,
            floor=0,
            sqlite=SQLITE_VERSION,
            content=lambda: {"content": "abc"},
            channels={"telegram": lambda: {"pause_seconds": 0}},
            motion={"telegram": lambda: ("fetching", 0.0)},
        )
        intake = Intake(self.answer, now=now, took=metrics.took)
        app = application([self.telegram, ZaloOa()], intake, metrics, health, self._wake)
        working = asyncio.create_task(intake.run())
        await serve_http(app, "127.0.0.1", 0, self.stop, ready=self._ready)
        intake.stop()
        await working

    def _ready(self, port: int) -> None:
        self.url = f"http://127.0.0.1:{port}"

    def due(self) -> list[str]:
        return [outgoing.reply.text for outgoing in self.store.due_replies("telegram")]

    async def deliver(self, update: int, path: str = "/telegram", **more: Any) -> int:
        return await self.api.deliver(self.url + path, update, **{"secret": SECRET, **more})


@asynccontextmanager
async def open_house(api: BotApi, path: Path) -> AsyncIterator[House]:
    opened = House(api, path)
    serving = asyncio.create_task(opened.serve())
    await api.until(lambda: bool(opened.url) or serving.done())
    try:
        yield opened
    finally:
        opened.stop.set()
        await serving
        await opened.telegram.close()
        opened.store.close()


@pytest.fixture
async def api() -> AsyncIterator[BotApi]:
    async with BotApi() as running:
        yield running


@pytest.fixture
async def house(api: BotApi, tmp_path: Path) -> AsyncIterator[House]:
    async with open_house(api, tmp_path / "loaban.db") as opened:
        yield opened


@pytest.fixture
async def client(house: House) -> AsyncIterator[httpx.AsyncClient]:
    async with httpx.AsyncClient(verify=False, base_url=house.url, timeout=30) as opened:
        yield opened


async def test_an_update_is_stored_and_answered_in_its_response(api: BotApi, house: House) -> None:
    assert await house.deliver(api.write(42, "chào")) == 200
    assert api.texts(42) == ["to chào"]
    assert house.due() == [], "no call brings it a second time"
    assert (house.effects, house.woken) == ([("42", "chào")], 0), "there is nothing to be sent by a call"


@pytest.mark.parametrize(("headers", "status"), [({}, 401), ({SECRET_HEADER: "x" * 20}, 403)])
async def test_without_the_secret_nothing_is_taken(
    house: House, client: httpx.AsyncClient, headers: dict[str, str], status: int
) -> None:
    response = await client.post("/telegram", json={"update_id": 7}, headers=headers)
    assert (response.status_code, response.content, house.effects) == (status, b"", [])


async def opened_to(house: House, *lines: str) -> tuple[asyncio.StreamReader, asyncio.StreamWriter]:
    host, _, port = house.url.removeprefix("http://").partition(":")
    reader, writer = await asyncio.open_connection(host, int(port))
    writer.write("\r\n".join(lines).encode())
    await writer.drain()
    return reader, writer


@pytest.mark.parametrize("shown", [{}, {"x": "y"}, {SECRET_HEADER: "wrong"}])
async def test_a_stranger_is_refused_before_the_body_is_there(house: House, shown: dict[str, str]) -> None:
    headers = [f"{name}: {value}" for name, value in shown.items()]
    reader, writer = await opened_to(house, "POST /telegram HTTP/1.1", "Host: x", "Content-Length: 999999", *headers, "", "")
    async with asyncio.timeout(5):
        first = await reader.readline()
    assert first.split()[1] in (b"401", b"403")
    writer.close()


@pytest.mark.parametrize("begun", [[], ["POST /telegram HT"], ["POST /telegram HTTP/1.1", "Host: x", "X-More: "]])
async def test_a_head_that_does_not_come_is_not_waited_for(
    house: House, begun: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(connections, "HEAD_SECONDS", 0.1)
    reader, writer = await opened_to(house, *begun)
    async with asyncio.timeout(5):
        with suppress(ConnectionError):
            assert await reader.read() == b""
    writer.close()


async def test_the_next_head_of_a_connection_has_a_time_limit_too_and_idling_has_none(
    house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(connections, "HEAD_SECONDS", 0.1)
    reader, writer = await opened_to(house, "GET /healthz HTTP/1.1", "Host: x", "", "")
    head = await reader.readuntil(b"\r\n\r\n")
    length = int(re.search(rb"content-length: (\d+)", head)[1])  # type: ignore[index]
    await reader.readexactly(length)
    await asyncio.sleep(0.3)
    writer.write(b"GET /heal")
    async with asyncio.timeout(5):
        with suppress(ConnectionError):
            assert await reader.read() == b""
    writer.close()


async def test_half_open_connections_of_one_address_are_bounded_and_cost_nobody_an_answer(
    api: BotApi, house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(connections, "HALF_OPEN", 8)
    held = [await opened_to(house, "POST /tele") for _ in range(7)]
    assert await house.deliver(api.write(42, "chào")) == 200
    held += [await opened_to(house, "POST /tele") for _ in range(5)]
    async with asyncio.timeout(5):
        ended = [reader for reader, _ in held[8:] if await ends(reader)]
    assert len(ended) == 4
    for _, writer in held:
        writer.close()
    await api.until(lambda: not connections.GuardedProtocol._half_open)
    assert await house.deliver(api.write(42, "chào bạn")) == 200


async def ends(reader: asyncio.StreamReader) -> bool:
    try:
        return await reader.read() == b""
    except ConnectionError:
        return True


async def test_of_a_thousand_forged_requests_none_is_taken(api: BotApi, house: House, client: httpx.AsyncClient) -> None:
    api.write(42, "chào")
    bodies, rng = [api.pending[0], {"update_id": 7}, []], random.Random(7)

    async def forge() -> int:
        headers = rng.choice([{}, {SECRET_HEADER: ""}, {SECRET_HEADER: SECRET[:-1]}, {"authorization": SECRET}])
        return (await client.post("/telegram", json=rng.choice(bodies), headers=headers)).status_code

    statuses: Counter[int] = Counter()
    for _ in range(20):
        statuses.update(await asyncio.gather(*(forge() for _ in range(50))))
    assert set(statuses) == {401, 403}
    assert house.effects == []


async def test_a_body_that_is_too_long_is_refused_with_and_without_its_length(house: House, client: httpx.AsyncClient) -> None:
    async def chunks() -> AsyncIterator[bytes]:
        for _ in range(MAX_BODY // 50_000 + 1):
            yield b" " * 50_000

    assert (await client.post("/telegram", content=b" " * (MAX_BODY + 1), headers=SHOWN)).status_code == 413
    assert (await client.post("/telegram", content=chunks(), headers=SHOWN)).status_code == 413
    assert (await client.post("/telegram", content=b" " * MAX_BODY, headers=SHOWN)).status_code == 200


async def test_a_webhook_is_posted_to(client: httpx.AsyncClient) -> None:
    for refused in (await client.get("/telegram"), await client.head("/telegram/q7x"), await client.put("/telegram")):
        assert (refused.status_code, refused.headers["allow"]) == (405, "POST")


@pytest.mark.parametrize("path", ["/", "/zalo-bot", "/telegram/", "/telegram/a/b", "/docs", "/zalo-oa/x"])
async def test_other_paths_are_not_there(client: httpx.AsyncClient, path: str) -> None:
    assert (await client.post(path, json={}, headers=SHOWN)).status_code == 404


async def test_telegram_may_have_a_path_of_its_own(api: BotApi, house: House) -> None:
    assert await house.deliver(api.write(42, "chào"), "/telegram/q7x") == 200


@pytest.mark.parametrize("body", [b"", b"{", b"[]", b'{"update_id":7,"message":"x"}', b"\xff"])
async def test_what_cannot_be_read_is_taken_once_and_leads_to_nothing(
    house: House, client: httpx.AsyncClient, body: bytes
) -> None:
    response = await client.post("/telegram", content=body, headers=SHOWN)
    assert (response.status_code, response.content, house.effects) == (200, b"", [])


async def test_an_update_that_cannot_be_stored_comes_again_and_is_handled_once(api: BotApi, house: House) -> None:
    def full() -> None:
        raise StoreError("the disk is full")

    house.fault = full
    update = api.write(42, "chào")
    assert await house.deliver(update) == 503
    house.fault = lambda: None
    assert [await house.deliver(update), await house.deliver(update)] == [200, 200]
    assert house.effects == [("42", "chào")]


async def test_updates_that_come_three_times_in_any_order_have_one_effect_each(api: BotApi, house: House) -> None:
    updates = [api.write(chat, f"câu {chat}") for chat in range(1, 31)] * 3
    random.Random(3).shuffle(updates)
    assert set(await asyncio.gather(*(house.deliver(update) for update in updates))) == {200}
    assert Counter(house.effects) == {(str(chat), f"câu {chat}"): 1 for chat in range(1, 31)}


async def test_every_chat_keeps_its_order_however_many_write(api: BotApi, house: House) -> None:
    async def resident(chat: int) -> None:
        for number in range(10):  # Telegram brings the next one of a chat after the one before was taken
            assert await house.deliver(api.write(chat, str(number))) == 200

    await asyncio.gather(*(resident(chat) for chat in range(1, 9)))
    for chat in range(1, 9):
        assert [text for user, text in house.effects if user == str(chat)] == [str(number) for number in range(10)]
        assert api.texts(chat) == [f"to {number}" for number in range(10)]


async def test_an_answer_that_the_vendor_did_not_see_is_given_again(api: BotApi, tmp_path: Path) -> None:
    update = api.write(42, "chào")
    body = json.dumps(api.pending[0]).encode()
    for _ in range(2):  # the second time after a restart
        async with (
            open_house(api, tmp_path / "loaban.db") as house,
            httpx.AsyncClient(verify=False, base_url=house.url) as client,
        ):
            response = await client.post("/telegram", content=body, headers=SHOWN)
            assert response.json()["text"] == "to chào"
            assert house.due() == []
    async with open_house(api, tmp_path / "loaban.db") as house:
        assert await house.deliver(update) == 200
    assert api.texts(42) == ["to chào"]


async def test_a_repeated_update_waits_for_its_answer_while_the_channel_pauses(api: BotApi, house: House) -> None:
    update = api.write(42, "chào")
    async with httpx.AsyncClient(verify=False, base_url=house.url) as client:
        await client.post("/telegram", json=api.pending[0], headers=SHOWN)
    await house.pause.ask(0.5)
    assert await house.deliver(update) == 503
    await house.pause.over()
    assert await house.deliver(update) == 200
    assert api.texts(42) == ["to chào"]


async def test_several_replies_are_sent_by_calls(api: BotApi, house: House) -> None:
    house.answers = 2
    assert await house.deliver(api.write(42, "chào")) == 200
    house.answers = 1
    assert await house.deliver(api.write(42, "nữa")) == 200, "and what comes while these wait does not overtake them"
    assert api.sent == []
    assert house.due() == ["to chào", "to chào", "to nữa"]


async def test_a_reply_in_a_pause_waits_for_its_call(api: BotApi, house: House) -> None:
    await house.pause.ask(30)
    assert await house.deliver(api.write(42, "chào")) == 200
    assert (api.sent, house.due()) == ([], ["to chào"])


async def test_a_stop_answers_what_is_in_hand(api: BotApi, tmp_path: Path) -> None:
    begun, go_on = threading.Event(), threading.Event()

    def slow() -> None:
        begun.set()
        go_on.wait(5)

    async with open_house(api, tmp_path / "loaban.db") as house:
        house.fault = slow
        bringing = asyncio.create_task(house.deliver(api.write(42, "chào")))
        await api.until(begun.is_set)
        house.stop.set()
        go_on.set()
        assert await bringing == 200
    assert api.texts(42) == ["to chào"]


async def test_a_body_that_never_ends_holds_up_nobody_and_is_given_up(
    api: BotApi, house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(server, "BODY_SECONDS", 0.5)
    port = int(house.url.rpartition(":")[2])
    slow = [await asyncio.open_connection("127.0.0.1", port) for _ in range(50)]
    for _, writer in slow:
        head = f"POST /telegram HTTP/1.1\r\nHost: x\r\n{SECRET_HEADER}: {SECRET}\r\nContent-Length: 1000\r\n\r\n{{"
        writer.write(head.encode())
        await writer.drain()
    assert await house.deliver(api.write(42, "chào")) == 200
    for reader, writer in slow:
        assert b" 503 " in await reader.readline()
        writer.close()
        await writer.wait_closed()


async def test_zalo_is_answered_in_time_and_finds_the_work_done_when_it_comes_again(
    api: BotApi, house: House, client: httpx.AsyncClient
) -> None:
    go_on = threading.Event()

    def slow() -> None:
        go_on.wait(5)

    house.fault = slow
    response = await client.post("/zalo-oa", content=b"7", timeout=2.0)
    assert (response.status_code, "retry-after" in response.headers) == (503, True)
    go_on.set()
    assert (await client.post("/zalo-oa", content=b"7")).status_code == 200
    assert len(house.effects) == 1


async def test_a_body_that_a_channel_stumbles_over_is_taken_so_that_it_does_not_come_again(
    house: House, client: httpx.AsyncClient
) -> None:
    assert (await client.post("/zalo-oa", content=b"\xff")).status_code == 200
    assert house.effects == []


async def test_health_says_what_is_wrong(house: House, client: httpx.AsyncClient) -> None:
    response = await client.get("/healthz")
    shown = response.json()
    assert (response.status_code, shown["status"], shown["store_writable"]) == (200, "ok", True)
    assert shown["sqlite_version"] == SQLITE_VERSION
    assert shown["oldest_due_delivery_seconds"] == 0.0
    house.age = 120.0
    response = await client.get("/healthz")
    assert (response.status_code, response.json()["status"]) == (503, "failing")
    assert now() - datetime.fromisoformat(response.json()["last_tick"]) >= timedelta(seconds=120)
    house.age = 0.0
    house.store.close()
    response = await client.get("/healthz")
    assert (response.status_code, response.json()["store_writable"]) == (503, False)
    assert "loaban_updates" in (await client.get("/metrics")).text


async def test_figures_count_updates_and_responses_and_name_nobody(
    api: BotApi, house: House, client: httpx.AsyncClient
) -> None:
    await house.deliver(api.write(424242, "vay vốn"))
    await client.post("/telegram", json={})
    page = (await client.get("/metrics")).text
    assert 'loaban_updates_total{channel="telegram"} 1.0' in page
    assert 'loaban_webhook_responses_total{channel="telegram",status="200"} 1.0' in page
    assert 'loaban_webhook_responses_total{channel="telegram",status="401"} 1.0' in page
    assert "loaban_handling_seconds_count 1.0" in page
    assert 'loaban_outbox{state="replies"} 0.0' in page
    assert "424242" not in page


async def test_a_port_that_is_taken_is_a_wrong_setting(house: House) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken, pytest.raises(SettingsError, match="LOABAN_LISTEN"):
        await serve_http(lambda *_: None, "127.0.0.1", taken.getsockname()[1], asyncio.Event())  # type: ignore[arg-type]


# --- the application behind it ----------------------------------------------------------------------------------------


def test_the_application_gives_one_reply_away_and_never_that_to_forget(engine: Engine, tmp_path: Path) -> None:
    store = SqliteStore(tmp_path / "loaban.db")
    app = App(CurrentEngine(engine), store)
    resident = Address("telegram", "42")
    at = now()

    def say(number: int, text: str) -> dict[tuple[str, str], Outgoing]:
        return app.answer([Incoming(str(number), resident, text, at)], lambda *_: True, at)

    for number, text in enumerate(["/start", "/menu", "vay vốn cho con học đại học", "/forget"]):
        before = store.due_replies("telegram")
        store.delivered([outgoing.id for outgoing in before])
        answers = say(number, text)
        by_call = store.due_replies("telegram")
        assert bool(answers) != bool(by_call), "either in the response or by calls, and never both"
        assert answers == say(number, text), "and the same when it is brought again"
        if text in ("/menu", "/forget"):
            assert bool(answers) == (text == "/menu")
    store.close()


def test_what_was_given_away_is_kept_for_a_day_and_not_longer(engine: Engine, tmp_path: Path) -> None:
    store = SqliteStore(tmp_path / "loaban.db")
    app, at = App(CurrentEngine(engine), store), now()
    resident, long_ago = Address("telegram", "42"), at - timedelta(hours=9)
    app.handle([Incoming("0", resident, "/start", long_ago)])
    store.delivered([outgoing.id for outgoing in store.due_replies("telegram")])
    message = Incoming("1", resident, "/menu", long_ago)
    given = app.answer([message], lambda *_: True, at)
    assert given
    store.purge(at + timedelta(days=1))
    assert app.answer([message], lambda *_: True, at) == given
    store.purge(at + timedelta(days=1, minutes=1))
    assert app.answer([message], lambda *_: True, at) == {}
    store.close()
