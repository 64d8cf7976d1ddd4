"""Zalo Bot Platform as documented: recorded events, every refusal, and what is never lost, against a stub on loopback."""

from __future__ import annotations

import asyncio
import io
import json
import logging
import random
import sys
import threading
import time
from collections.abc import AsyncIterator, Callable, Iterator, Sequence
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from functools import partial
from pathlib import Path
from typing import Any

import pytest
import structlog
from hypothesis import given
from hypothesis import strategies as st
from structlog.testing import capture_logs

from bot.channels import polling as channel_polling
from bot.channels.serving import Handle, PollingChannel, serve
from bot.channels.webhook import WebhookChannel, WebhookRejected
from bot.channels.zalo_bot import client as zalo_bot_client
from bot.channels.zalo_bot import polling as zalo_bot_polling
from bot.channels.zalo_bot.channel import ZaloBotChannel
from bot.channels.zalo_bot.errors import DOCUMENTED, NOT_SET_UP, REFUSED_TEXT, zalo_bot_error
from bot.channels.zalo_bot.events import events_in, read_event
from bot.channels.zalo_bot.webhook import SECRET_HEADER
from bot.delivery.backoff import Backoff
from bot.delivery.pause import Pause
from bot.delivery.replies import ReplySender
from bot.engine import Engine
from bot.errors import SendError, SettingsError, StoreError
from bot.logs import QUIET_LOGGERS, configure_logging
from bot.model import Address, Button, Incoming, Reply, Session
from bot.ports import Channel, Outgoing
from bot.service.app import App
from bot.service.current import CurrentEngine
from bot.stores.sqlite.store import SqliteStore
from bot.text.splitting import utf16_units
from tests.stubs.zalo_bot import ZaloBotApi

pytestmark = pytest.mark.usefixtures("hasty")

RECORDED = Path(__file__).parent.parent / "recorded" / "zalo_bot"
NOW = datetime(2026, 1, 9, 9, 30, tzinfo=UTC)
SENT_AT = datetime(2026, 1, 9, 9, 20, tzinfo=UTC)
MAI = Address("zalo-bot", "6ede9afa66b88fe6d6a9")
PICTURE = "https://dienbien.gov.vn/hop-ban.jpg"
SECRET = "a-secret-of-sixteen-signs"
SENTENCE = "Hộ nghèo được vay tới 100 triệu đồng. 😀 "


def zalo_on(api: ZaloBotApi, pause: Pause, /, **more: Any) -> ZaloBotChannel:
    return ZaloBotChannel(
        **{"token": api.token, "api": api.address, "poll_seconds": 1, "pause": pause, "secret": SECRET, **more}
    )


@pytest.fixture
def pause(in_memory: SqliteStore) -> Pause:
    return Pause(in_memory, "zalo-bot", lambda: datetime.now(UTC))


@pytest.fixture
async def api() -> AsyncIterator[ZaloBotApi]:
    async with ZaloBotApi() as running:
        yield running


@pytest.fixture
async def channel(api: ZaloBotApi, pause: Pause) -> AsyncIterator[ZaloBotChannel]:
    opened = zalo_on(api, pause, now=lambda: NOW)
    yield opened
    await opened.close()


@asynccontextmanager
async def polling(channel: ZaloBotChannel, handle: Handle) -> AsyncIterator[asyncio.Task[None]]:
    task = asyncio.create_task(channel.poll(handle))
    try:
        yield task
    finally:
        task.cancel()
        await asyncio.wait({task})


@asynccontextmanager
async def at_work(api: ZaloBotApi, path: Path, handle_with: Callable[[SqliteStore], Handle]) -> AsyncIterator[SqliteStore]:
    """Polling and answering from a real store; stopped at the end."""
    store = SqliteStore(path / "loaban.db")
    pause = Pause(store, "zalo-bot", lambda: datetime.now(UTC))
    channel = zalo_on(api, pause)
    sender = ReplySender(channel, store, now=lambda: datetime.now(UTC), pause=pause)
    stop = asyncio.Event()
    serving = asyncio.create_task(serve(handle_with(store), channel, [sender], stop))
    try:
        yield store
    finally:
        stop.set()
        await serving
        store.close()


def echoing(store: SqliteStore) -> Handle:
    """An application that answers "answer to: <text>"."""

    def handle(batch: Sequence[Incoming]) -> None:
        with store.writing() as transaction:
            for incoming in batch:
                if transaction.first_time(incoming):
                    transaction.save_session(Session(incoming.sender, at=incoming.at))
                    transaction.queue(incoming.sender, [Reply(f"answer to: {incoming.text}")], incoming.at)

    return handle


def reply(text: str, *buttons: Button, user: str = "42", id_: int = 1, photo: str | None = None, **more: Any) -> Outgoing:
    return Outgoing(id_, Address("zalo-bot", user), Reply(text, buttons, photo, **more), 0, NOW)


of_a_case = partial(reply, case=12)


announcement = partial(reply, id_=0)


def test_it_is_a_channel_that_polls_and_one_that_is_brought_events(channel: ZaloBotChannel) -> None:
    kinds: tuple[Channel, PollingChannel, WebhookChannel] = (channel, channel, channel)  # mypy looks
    assert {kind.name for kind in (kinds[0], kinds[2])} == {"zalo-bot"}
    assert not channel.capabilities.buttons
    assert channel.in_response(reply("x")) is None


# --- events -----------------------------------------------------------------------------------------------------------


def said(text: str, **more: Any) -> Incoming:
    return Incoming("2d758cb5e222177a4e35", MAI, text, **{"at": SENT_AT, **more})


EXPECTED: dict[str, Incoming | None] = {
    "text": said("muon vay von giai quyet viec lam"),
    "text_with_emoji": said("xem https://dienbien.gov.vn 😀"),
    "text_wrapped": said("thế còn lãi suất?"),
    "text_wrapped_twice": said("thế còn lãi suất?"),
    "text_in_a_list": said("thế còn lãi suất?"),
    "text_without_date": said("chào", at=NOW),
    "text_dated_in_seconds": said("chào", at=NOW),
    "text_without_chat_type": said("chào"),
    "image": said("", kind="photo", photo="https://photo-stal-1.zdn.vn/a1b2c3.jpg"),
    "image_with_caption": said("giấy này nộp ở đâu", kind="photo", photo="https://photo-stal-1.zdn.vn/a1b2c3.jpg"),
    "image_as_seen": said("giấy này nộp ở đâu", kind="photo", photo="https://photo-stal-1.zdn.vn/a1b2c3.jpg"),
    "image_without_address": said("", kind="photo"),
    "sticker": said("", kind="sticker"),
    "voice": said("", kind="voice", file="https://voice-stal-1.zdn.vn/a1b2c3.aac"),
    "link": said("https://dienbien.gov.vn/vay-von"),
    "link_without_text": said("", kind="other"),
    "unsupported": said("", kind="other"),
    "text_in_group": None,
    "text_in_chat_of_no_type": None,
    "text_of_a_bot": None,
    "kind_of_the_future": None,
    "follow": None,
}


def recorded(name: str) -> dict[str, Any]:
    event: dict[str, Any] = json.loads((RECORDED / f"{name}.json").read_text())
    return event


def test_every_recorded_event_is_expected_here() -> None:
    assert {path.stem for path in RECORDED.glob("*.json")} == set(EXPECTED)


@pytest.mark.parametrize("name", EXPECTED)
def test_a_recorded_event_is_read_as(name: str) -> None:
    [event] = events_in(recorded(name))
    assert read_event(event, NOW) == EXPECTED[name]


def test_what_is_skipped_is_logged_without_its_contents() -> None:
    with capture_logs() as logs:
        assert read_event(recorded("kind_of_the_future") | {"event_name": "lò thị mai"}, NOW) is None
    assert [line["event"] for line in logs] == ["event of another kind is skipped"]
    assert "mai" not in str(logs).lower()


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3),
    max_leaves=8,
)


@given(
    JSON, JSON, JSON, JSON, st.sampled_from(["message.text.received", "message.image.received", "message.unsupported.received"])
)
def test_an_event_of_any_shape_is_read_or_skipped(id_: Any, chat: Any, date: Any, text: Any, name: str) -> None:
    event = recorded("text")
    event["event_name"] = name
    event["message"] |= {"message_id": id_, "date": date, "text": text, "caption": text}
    if chat:
        event["message"]["chat"] = chat
    read = read_event(event, NOW)
    assert read is None or (read.id == str(id_) and read.at.tzinfo is UTC and isinstance(read.text, str))


@given(JSON)
def test_a_body_of_any_shape_holds_events_or_none(body: Any) -> None:
    for event in events_in(body):
        assert read_event(event, NOW) is None


# --- polling ----------------------------------------------------------------------------------------------------------


async def test_every_recorded_event_arrives_once_and_in_order(api: ZaloBotApi, channel: ZaloBotChannel) -> None:
    api.pending = [event for name in EXPECTED for event in events_in(recorded(name))]
    seen: list[Incoming] = []
    async with polling(channel, seen.extend):
        await api.until(lambda: not api.pending and api.calls[-1].method == "getUpdates" and not api.calls[-1].ended)
    assert seen == [expected for expected in EXPECTED.values() if expected]
    assert api.calls_of("getUpdates")[0].parameters == {"timeout": 1}


@pytest.mark.parametrize("wrapped", ["flat", "list", "twice"])
async def test_an_event_is_found_in_whatever_it_is_wrapped(api: ZaloBotApi, channel: ZaloBotChannel, wrapped: str) -> None:
    event = api.event("42", text="chào")
    body = {"flat": event, "list": {"ok": True, "result": [event, event]}, "twice": {"ok": True, "result": {"result": event}}}
    api.fail("getUpdates", raw=json.dumps(body[wrapped]).encode())
    seen: list[str] = []
    async with polling(channel, lambda batch: seen.extend(incoming.text for incoming in batch)):
        await api.until(lambda: len(api.calls_of("getUpdates")) == 2)
    assert seen == ["chào"] * (2 if wrapped == "list" else 1)


async def test_an_idle_poll_is_no_trouble(api: ZaloBotApi, channel: ZaloBotChannel) -> None:
    api.fail("getUpdates", 408, delay=0.6)
    api.fail("getUpdates", status=408, raw=b"<html>", delay=0.6)
    api.fail("getUpdates", raw=b'{"ok":true}', delay=0.6)
    with capture_logs() as logs:
        async with polling(channel, lambda batch: None):
            await api.until(lambda: len(api.calls_of("getUpdates")) == 4)
    assert not logs


@pytest.mark.parametrize(
    "body", [b'{"ok":true,"result":null}', b'{"ok":true,"result":[]}', b'{"ok":true,"result":{"x":1}}', b"[]"]
)
async def test_a_poll_that_ends_at_once_with_nothing_does_not_make_the_loop_spin(
    api: ZaloBotApi, channel: ZaloBotChannel, body: bytes, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(zalo_bot_polling, "IDLE_PAUSE", 0.1)
    monkeypatch.setattr(channel_polling, "Backoff", partial(Backoff, first=0.1))
    api.fail("getUpdates", raw=body, times=1000)
    async with polling(channel, lambda batch: None):
        await asyncio.sleep(0.5)
    assert 1 <= len(api.calls_of("getUpdates")) < 12


async def test_the_next_event_is_asked_for_only_after_the_last_is_stored(api: ZaloBotApi, channel: ZaloBotChannel) -> None:
    begun, stored = threading.Event(), threading.Event()

    def slow_store(batch: Sequence[Incoming]) -> None:
        begun.set()
        stored.wait(5)

    api.write("42", "một")
    api.write("42", "hai")
    async with polling(channel, slow_store):
        await api.until(begun.is_set)
        await asyncio.sleep(0.2)
        assert len(api.calls_of("getUpdates")) == 1
        assert len(api.pending) == 1
        stored.set()
        await api.until(lambda: not api.pending)


async def test_an_event_that_cannot_be_stored_is_kept_in_hand_until_it_is(api: ZaloBotApi, channel: ZaloBotChannel) -> None:
    failures = [StoreError("the disk is full")] * 4
    seen: list[str] = []

    def handle(batch: Sequence[Incoming]) -> None:
        if failures:
            raise failures.pop()
        seen.extend(incoming.text for incoming in batch)

    for text in ("một", "hai", "ba"):
        api.write("42", text)
    async with polling(channel, handle):
        await api.until(lambda: len(seen) == 3)
    assert seen == ["một", "hai", "ba"]


async def test_a_cancellation_finishes_the_event_in_hand(api: ZaloBotApi, channel: ZaloBotChannel) -> None:
    begun = threading.Event()
    seen: list[str] = []

    def slow_store(batch: Sequence[Incoming]) -> None:
        begun.set()
        time.sleep(0.2)
        seen.extend(incoming.text for incoming in batch)

    api.write("42", "chào")
    async with polling(channel, slow_store) as task:
        await api.until(begun.is_set)
        task.cancel()
        await asyncio.wait({task})
        assert seen == ["chào"]


async def test_a_cancellation_waits_for_a_store_that_is_slower_than_its_patience(
    api: ZaloBotApi, channel: ZaloBotChannel, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(zalo_bot_polling, "GRACE", 0.05)
    begun = threading.Event()
    seen: list[str] = []

    def slow_store(batch: Sequence[Incoming]) -> None:
        begun.set()
        time.sleep(0.3)
        seen.extend(incoming.text for incoming in batch)

    api.write("42", "chào")
    async with polling(channel, slow_store) as task:
        await api.until(begun.is_set)
        task.cancel()
        await asyncio.wait({task})
        assert seen == ["chào"]


async def test_a_cancellation_while_the_store_fails_still_stores_the_event(api: ZaloBotApi, channel: ZaloBotChannel) -> None:
    tries: list[str] = []
    cancelled = threading.Event()

    def handle(batch: Sequence[Incoming]) -> None:
        tries.append(batch[0].text)
        if not cancelled.is_set():
            raise StoreError("the database is locked")

    api.write("42", "chào")
    async with polling(channel, handle) as task:
        await api.until(lambda: len(tries) >= 2)
        task.cancel()
        await asyncio.sleep(0)
        cancelled.set()
        before = len(tries)
        await asyncio.wait({task})
        assert len(tries) > before


async def test_what_cannot_be_stored_before_the_end_is_said_to_be_lost(
    api: ZaloBotApi, channel: ZaloBotChannel, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(zalo_bot_polling, "GRACE", 0.1)
    tries: list[int] = []

    def handle(batch: Sequence[Incoming]) -> None:
        tries.append(1)
        raise StoreError("the disk is full")

    api.write("42", "chào")
    with capture_logs() as logs:
        async with polling(channel, handle):
            await api.until(lambda: bool(tries))
    assert logs[-1]["event"] == "messages are lost because they could not be stored"
    assert "chào" not in str(logs)


async def test_a_message_nobody_can_handle_is_skipped_and_the_others_get_their_answers(
    api: ZaloBotApi, channel: ZaloBotChannel
) -> None:
    seen: list[str] = []

    def handle(batch: Sequence[Incoming]) -> None:
        if batch[0].text == "bom":
            raise KeyError("bom")
        seen.append(batch[0].text)

    for text in ("một", "bom", "ba"):
        api.write("42", text)
    with capture_logs() as logs:
        async with polling(channel, handle):
            await api.until(lambda: len(seen) == 2)
    assert seen == ["một", "ba"]
    assert [line["event"] for line in logs] == ["message cannot be handled and is skipped"]
    assert "'bom'" not in str(logs)


TROUBLE: list[dict[str, Any]] = [
    {"error_code": 500},
    {"error_code": 429},
    {"error_code": 400},
    {"status": 502, "raw": b"<html>Bad Gateway</html>"},
    {"raw": b"{"},
    {"raw": b"[" * 100_000},
    {"raw": b"\xff"},
    {"drop": "before"},
]


@pytest.mark.parametrize("fault", TROUBLE, ids=lambda fault: str(fault)[:40])
async def test_polling_goes_on_after_trouble(api: ZaloBotApi, channel: ZaloBotChannel, fault: dict[str, Any]) -> None:
    api.fail("getUpdates", **fault, times=3)
    seen: list[Incoming] = []
    api.write("42", "chào")
    async with polling(channel, seen.extend):
        await api.until(lambda: bool(seen))


async def test_an_answer_that_gets_lost_takes_its_event_along_and_no_other(api: ZaloBotApi, channel: ZaloBotChannel) -> None:
    api.fail("getUpdates", drop="after")
    for text in ("một", "hai"):
        api.write("42", text)
    seen: list[str] = []
    async with polling(channel, lambda batch: seen.extend(incoming.text for incoming in batch)):
        await api.until(lambda: bool(seen))
    assert seen == ["hai"]


async def test_a_poll_that_is_never_answered_ends(
    api: ZaloBotApi, channel: ZaloBotChannel, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(zalo_bot_client, "POLL_SLACK_SECONDS", -0.8)
    api.fail("getUpdates", delay=3)
    seen: list[Incoming] = []
    async with polling(channel, seen.extend):
        await api.until(lambda: len(api.calls_of("getUpdates")) == 2)
        api.write("42", "chào")
        await api.until(lambda: bool(seen))


@pytest.mark.parametrize("token", ["1:wrongwrongwrongwrong", "nonsense"])
async def test_a_wrong_token_ends_the_poll_with_the_settings_name(api: ZaloBotApi, pause: Pause, token: str) -> None:
    channel = zalo_on(api, pause, token=token)
    with pytest.raises(SettingsError, match="LOABAN_ZALO_BOT_TOKEN") as caught:
        await channel.poll(lambda batch: None)
    assert token not in str(caught.value)
    assert caught.value.__suppress_context__
    await channel.close()


async def test_a_webhook_that_is_set_is_taken_away_before_polling(api: ZaloBotApi, channel: ZaloBotChannel) -> None:
    api.webhook = {"url": "https://example.vn/zalo"}
    api.fail("getWebhookInfo", 500)  # found out after the first poll was refused
    seen: list[Incoming] = []
    api.write("42", "chào")
    async with polling(channel, seen.extend):
        await api.until(lambda: bool(seen))
    assert api.webhook is None
    assert len(api.calls_of("deleteWebhook")) == 1


async def test_the_typing_sign_shows_while_a_question_is_worked_on(api: ZaloBotApi, channel: ZaloBotChannel) -> None:
    answered = threading.Event()

    def think(batch: Sequence[Incoming]) -> None:
        answered.wait(5)

    api.write("42", "chào")
    async with polling(channel, think):
        await api.until(lambda: len(api.calls_of("sendChatAction", "42")) == 1)
        answered.set()
    assert api.calls_of("sendChatAction")[0].parameters["action"] == "typing"


async def test_courtesies_that_hang_or_fail_hold_up_nobody(api: ZaloBotApi, tmp_path: Path) -> None:
    api.fail("sendChatAction", 500, times=3)
    api.fail("sendChatAction", delay=30, times=100)
    async with at_work(api, tmp_path, echoing):
        for chat in range(10):
            api.write(str(chat), "chào")
        await api.until(lambda: len(api.sent) == 10)


async def test_courtesies_keep_the_pause(api: ZaloBotApi, channel: ZaloBotChannel, pause: Pause) -> None:
    await pause.ask(600)
    seen: list[Incoming] = []
    api.write("42", "chào")
    async with polling(channel, seen.extend):
        await api.until(lambda: len(api.calls_of("getUpdates")) == 2)
    assert seen
    assert not api.calls_of("sendChatAction")


# --- webhook ----------------------------------------------------------------------------------------------------------

SIGNED = {SECRET_HEADER: SECRET}


@pytest.mark.parametrize("name", EXPECTED)
def test_a_webhook_is_read_like_a_poll(channel: ZaloBotChannel, name: str) -> None:
    expected = EXPECTED[name]
    assert channel.receive(SIGNED, (RECORDED / f"{name}.json").read_bytes()) == ([expected] if expected else [])


@pytest.mark.parametrize(
    ("headers", "status"),
    [
        ({}, 401),
        ({"x-another": SECRET}, 401),
        ({SECRET_HEADER: ""}, 403),
        ({SECRET_HEADER: SECRET + "x"}, 403),
        ({SECRET_HEADER: SECRET[:-1]}, 403),
        ({SECRET_HEADER: "bí mật \udcff"}, 403),
    ],
)
def test_a_request_without_our_secret_is_unwelcome(channel: ZaloBotChannel, headers: dict[str, str], status: int) -> None:
    with pytest.raises(WebhookRejected) as caught:
        channel.receive(headers, (RECORDED / "text.json").read_bytes())
    assert caught.value.status == status
    assert SECRET not in str(caught.value)


async def test_without_a_secret_of_ours_nobody_is_welcome(api: ZaloBotApi, pause: Pause) -> None:
    channel = zalo_on(api, pause, secret="")
    for shown in ("", SECRET):
        with pytest.raises(WebhookRejected):
            channel.receive({SECRET_HEADER: shown}, (RECORDED / "text.json").read_bytes())
    await channel.close()


@pytest.mark.parametrize("body", [b"", b"{", b"\xff\xfe", b"null", b"[]", b'"lo thi mai"', b'{"mai":1}', b"[" * 100_000])
def test_a_body_that_cannot_be_read_is_skipped_and_logged_without_its_contents(channel: ZaloBotChannel, body: bytes) -> None:
    with capture_logs() as logs:
        assert channel.receive(SIGNED, body) == []
    assert len(logs) == 1
    assert "mai" not in str(logs)


def test_messages_that_come_three_times_in_any_order_have_one_effect_each(
    channel: ZaloBotChannel, engine: Engine, tmp_path: Path
) -> None:
    store = SqliteStore(tmp_path / "loaban.db")
    app = App(CurrentEngine(engine), store)
    bodies = []
    for number in range(6):
        event = recorded("text")
        event["message"] |= {"message_id": f"m{number}", "text": f"/menu {number}"}
        bodies += [json.dumps(event if number % 2 else {"ok": True, "result": event}).encode()] * 3
    random.Random(7).shuffle(bodies)
    for body in bodies:
        app.handle(channel.receive(SIGNED, body))
    answered = store.due_replies("zalo-bot")
    assert len(answered) == 6 + 1  # and the introduction, once
    assert {outgoing.to for outgoing in answered} == {MAI}
    store.close()


async def test_registering_tells_zalo_the_address_and_the_secret(api: ZaloBotApi, channel: ZaloBotChannel) -> None:
    await channel.register("https://loaban.example.vn/zalo-bot")
    assert api.webhook == {"url": "https://loaban.example.vn/zalo-bot", "secret_token": SECRET}


async def test_an_address_or_secret_that_zalo_refuses_is_a_wrong_setting(api: ZaloBotApi, pause: Pause) -> None:
    channel = zalo_on(api, pause, secret="bí mật")
    for url in ("http://plain.example.vn", "https://loaban.example.vn"):
        with pytest.raises(SettingsError, match="LOABAN_PUBLIC_URL") as caught:
            await channel.register(url)
        assert "bí mật" not in str(caught.value)
    await channel.close()


async def test_registering_with_a_wrong_token_names_that_setting(api: ZaloBotApi, pause: Pause) -> None:
    channel = zalo_on(api, pause, token="1:x")
    with pytest.raises(SettingsError, match="LOABAN_ZALO_BOT_TOKEN"):
        await channel.register("https://loaban.example.vn")
    await channel.close()


async def test_zalo_that_is_not_reached_can_be_told_later(api: ZaloBotApi, channel: ZaloBotChannel) -> None:
    api.fail("setWebhook", 500)
    with pytest.raises(SendError, match="unreachable"):
        await channel.register("https://loaban.example.vn")


# --- conversations ----------------------------------------------------------------------------------------------------


async def test_a_question_is_answered_and_choices_are_taken_by_number_and_by_words(
    api: ZaloBotApi, engine: Engine, tmp_path: Path
) -> None:
    async with at_work(api, tmp_path, lambda store: App(CurrentEngine(engine), store).handle) as store:

        async def answer_to(text: str) -> str:
            before = len(api.texts("42"))
            api.write("42", text)
            await api.until(lambda: len(api.texts("42")) > before and not store.due_replies("zalo-bot"))
            return api.texts("42")[-1]

        menu = await answer_to("/menu")
        assert "  1. " in menu
        first = menu.split("  1. ")[1].splitlines()[0]
        by_number = await answer_to("1")
        assert by_number != menu
        await answer_to("/menu")
        assert await answer_to(first) == by_number
        assert await answer_to("vay vốn cho con học đại học") not in (menu, by_number)


async def test_what_is_not_text_is_answered_kindly(api: ZaloBotApi, engine: Engine, tmp_path: Path) -> None:
    async with at_work(api, tmp_path, lambda store: App(CurrentEngine(engine), store).handle):
        for number, kind in enumerate(("image", "sticker", "voice", "unsupported", "link")):
            api.push(api.event(str(number), kind))
        await api.until(lambda: {sent.chat for sent in api.sent} == set("01234") and len(api.sent) == 10)


# --- sending ----------------------------------------------------------------------------------------------------------


async def test_a_reply_is_plain_text(api: ZaloBotApi, channel: ZaloBotChannel) -> None:
    api.chats.add("42")
    message_id = await channel.send(reply("*không* <b>đậm</b> https://dienbien.gov.vn 😀 ế\u0301 \ud800"))
    [sent] = api.sent
    assert sent.text == "*không* <b>đậm</b> https://dienbien.gov.vn 😀 ế\u0301 \ud800"
    assert sent.message_id == message_id
    assert set(api.calls_of("sendMessage")[0].parameters) == {"chat_id", "text"}


async def test_choices_are_numbered(api: ZaloBotApi, channel: ZaloBotChannel) -> None:
    api.chats.add("42")
    await channel.send(reply("Bà con chọn một mục.", Button("Vay vốn", "a"), Button("Nhà ở", "b")))
    assert api.texts("42") == ["Bà con chọn một mục.\n\n  1. Vay vốn\n  2. Nhà ở"]


@pytest.mark.parametrize("sentences", [48, 60, 95, 140])
async def test_a_long_reply_comes_in_parts_with_all_choices_in_the_last(
    api: ZaloBotApi, channel: ZaloBotChannel, sentences: int
) -> None:
    api.chats.add("42")
    buttons = [Button(f"Mục số {number} của danh sách", str(number)) for number in range(9)]
    await channel.send(reply(SENTENCE * sentences, *buttons))
    *first, last = api.texts("42")
    assert all(utf16_units(text) <= 2000 for text in (*first, last))
    assert all(button.label in last for button in buttons)
    assert not any("Mục số" in text for text in first)
    assert "".join("".join([*first, last.partition("  1. ")[0]]).split()) == "".join((SENTENCE * sentences).split())


async def test_an_empty_reply_is_refused_before_it_is_sent(api: ZaloBotApi, channel: ZaloBotChannel) -> None:
    with pytest.raises(SendError, match="refused-text"):
        await channel.send(reply(" \n"))
    assert not api.calls


async def test_a_retry_of_a_long_reply_goes_on_where_it_stopped(api: ZaloBotApi, channel: ZaloBotChannel) -> None:
    api.chats.add("42")
    long = reply("Một câu dài vừa phải. " * 200, photo=PICTURE)
    api.fail("sendMessage", delay=0)
    api.fail("sendMessage", 500)
    with pytest.raises(SendError, match="unreachable"):
        await channel.send(long)
    assert len(api.sent) == 1
    await channel.send(long)
    assert len(api.sent) == 3
    assert "".join("".join(api.texts("42")).split()) == "".join((long.reply.text + PICTURE).split())


async def test_an_announcement_that_stopped_half_way_shortens_nobody_elses(api: ZaloBotApi, channel: ZaloBotChannel) -> None:
    api.chats |= {"42", "43"}
    long = "Một câu dài vừa phải. " * 150
    api.fail("sendMessage", delay=0)
    api.fail("sendMessage", 500)
    with pytest.raises(SendError):
        await channel.send(announcement(long))
    await channel.send(announcement(long, user="43"))
    assert (len(api.texts("42")), len(api.texts("43"))) == (1, 2)


async def test_a_photo_stands_above_its_text(api: ZaloBotApi, channel: ZaloBotChannel) -> None:
    api.chats.add("42")
    message_id = await channel.send(announcement("Họp bản", Button("Dừng", "a"), photo=PICTURE))
    await channel.send(announcement("", photo=PICTURE))
    assert [(sent.text, sent.photo) for sent in api.sent] == [("Họp bản\n\n  1. Dừng", PICTURE), ("", PICTURE)]
    assert message_id == api.sent[0].message_id


async def test_the_address_of_a_photo_stands_under_a_text_that_does_not_fit_under_it(
    api: ZaloBotApi, channel: ZaloBotChannel
) -> None:
    api.chats.add("42")
    await channel.send(announcement("x" * 2001, photo=PICTURE))
    assert not api.calls_of("sendPhoto")
    assert api.texts("42")[-1].endswith(f"\n\n{PICTURE}")


@pytest.mark.parametrize("description", ["Bad Request: photo cannot be fetched", "something that nobody foresaw"])
async def test_the_address_of_a_photo_that_zalo_does_not_take_stands_under_the_text(
    api: ZaloBotApi, channel: ZaloBotChannel, description: str
) -> None:
    api.chats.add("42")
    api.fail("sendPhoto", 400, description=description)
    await channel.send(announcement("Họp bản", Button("Dừng", "a"), photo=PICTURE))
    assert [(sent.text, sent.photo) for sent in api.sent] == [(f"Họp bản\n\n{PICTURE}\n\n  1. Dừng", None)]


@pytest.mark.parametrize("error_code", [403, 429, 500])
async def test_a_photo_that_met_other_trouble_is_not_sent_as_text(
    api: ZaloBotApi, channel: ZaloBotChannel, error_code: int
) -> None:
    api.chats.add("42")
    api.fail("sendPhoto", error_code)
    with pytest.raises(SendError):
        await channel.send(announcement("Họp bản", photo=PICTURE))
    assert not api.calls_of("sendMessage")


@pytest.mark.parametrize("photo", ["telegram:AgACAgIAAxkBAAIB", "http://dienbien.gov.vn/x.jpg", "/etc/hostname", ""])
async def test_a_photo_that_zalo_cannot_get_at_is_left_out(api: ZaloBotApi, channel: ZaloBotChannel, photo: str) -> None:
    api.chats.add("42")
    await channel.send(announcement("Họp bản", photo=photo))
    assert [(sent.text, sent.photo) for sent in api.sent] == [("Họp bản", None)]


def linked(media: str) -> str | None:
    """A link to what lies at Telegram."""
    return f"https://bot.example.vn/media/{media[-4:]}" if media.startswith("telegram:") else None


async def test_what_lies_at_telegram_is_shown_or_linked_in_a_case(api: ZaloBotApi, pause: Pause) -> None:
    api.chats.add("42")
    channel = zalo_on(api, pause, link=linked)
    await channel.send(of_a_case("ảnh", Button("Nhận", "a"), photo="telegram:AgACphoto"))
    await channel.send(of_a_case("tệp", Button("Nhận", "a"), file="telegram:document:AgACfile"))
    await channel.send(of_a_case("", file="https://f1.zdn.vn/don.docx"))
    assert [(sent.text, sent.photo) for sent in api.sent] == [
        ("ảnh\n\n  1. Nhận", "https://bot.example.vn/media/hoto"),
        ("tệp\n\nhttps://bot.example.vn/media/file\n\n  1. Nhận", None),
        ("https://f1.zdn.vn/don.docx", None),
    ]
    await channel.close()


async def test_an_announcement_links_to_nothing_of_ours(api: ZaloBotApi, pause: Pause) -> None:
    api.chats.add("42")
    channel = zalo_on(api, pause, link=linked)
    await channel.send(announcement("Họp bản", photo="telegram:AgACphoto"))
    assert [(sent.text, sent.photo) for sent in api.sent] == [("Họp bản", None)]
    await channel.close()


async def test_a_recording_of_an_answer_is_linked(api: ZaloBotApi, pause: Pause) -> None:
    api.chats.add("42")
    channel = zalo_on(api, pause, link=lambda media: f"https://bot.example.vn/media/{media.partition('/')[2]}")
    await channel.send(reply("Vay thế nào?", file="recording:tai/vbsp-apply.ogg"))
    assert [sent.text for sent in api.sent] == ["Vay thế nào?\n\nhttps://bot.example.vn/media/vbsp-apply.ogg"]
    await channel.close()


async def test_without_links_what_lies_at_telegram_is_left_out(api: ZaloBotApi, channel: ZaloBotChannel) -> None:
    api.chats.add("42")
    await channel.send(of_a_case("ảnh", photo="telegram:AgACphoto", file="telegram:voice:AgACfile"))
    assert [(sent.text, sent.photo) for sent in api.sent] == [("ảnh", None)]


async def test_while_the_channel_pauses_nothing_is_sent(api: ZaloBotApi, channel: ZaloBotChannel, pause: Pause) -> None:
    await pause.ask(600)
    for outgoing in (reply("x"), announcement("x"), announcement("x", photo=PICTURE)):
        with pytest.raises(SendError, match="throttled") as caught:
            await channel.send(outgoing)
        assert 500 < (caught.value.retry_after or 0) <= 600
    assert not api.calls


async def test_a_reply_that_is_throttled_arrives_later_and_once(api: ZaloBotApi, tmp_path: Path) -> None:
    api.fail("sendMessage", 429, times=3)
    async with at_work(api, tmp_path, echoing):
        api.write("42", "chào")
        await api.until(lambda: bool(api.sent))
        api.write("42", "lần nữa")
        await api.until(lambda: len(api.sent) == 2)
    assert api.texts("42") == ["answer to: chào", "answer to: lần nữa"]


async def test_a_blocked_resident_is_tried_once(api: ZaloBotApi, tmp_path: Path) -> None:
    api.block("42")
    api.fail("sendMessage", chat="42", delay=0.3)  # time for the second question to be stored
    async with at_work(api, tmp_path, echoing) as store:
        for text in ("một", "hai"):
            api.write("42", text)
        api.write("43", "ba")
        await api.until(lambda: bool(api.texts("43")) and not store.due_replies("zalo-bot"))
    assert len(api.calls_of("sendMessage", "42")) == 1


async def test_what_was_stored_is_answered_by_the_next_process(api: ZaloBotApi, tmp_path: Path) -> None:
    api.fail("sendMessage", 500, times=1000, chat="42")
    async with at_work(api, tmp_path, echoing):
        api.write("42", "chào")
        await api.until(lambda: bool(api.calls_of("sendMessage")))
    api._faults.clear()
    async with at_work(api, tmp_path, echoing):
        await api.until(lambda: api.texts("42") == ["answer to: chào"])


# --- refusals ---------------------------------------------------------------------------------------------------------

ERRORS: list[tuple[int, int | None, str, str, bool]] = [
    (200, 400, "Bad Request: text is too long", "refused-text", False),
    (200, 400, "MESSAGE_TOO_LONG", "refused-text", False),
    (200, 400, "Text is empty", "refused-text", False),
    (200, 400, "text must be 1 to 2000 characters", "refused-text", False),
    (200, 400, "text is required", "refused-text", False),
    (200, 400, "message is empty", "refused-text", False),
    (200, 400, "can't parse markdown", "refused-text", False),
    (200, 400, "caption of the wrong kind", "refused-text", False),
    (200, 400, "photo cannot be fetched", "refused-text", False),
    (200, 400, "invalid URL", "refused-text", False),
    (200, 400, "chat_id is empty", "refused", False),
    (200, 400, "", "refused", False),
    (200, 401, "Unauthorized", "token", False),
    (200, 403, "Forbidden", "refused-person", True),
    (200, 404, "Chat not found", "refused-person", False),
    (200, 404, "Method not found", "setup", False),
    (200, 404, "Bot not found", "setup", False),
    (200, 404, "bot is not found", "setup", False),
    (200, 408, "Request timeout", "unreachable", False),
    (200, 429, "Quota exceeded", "throttled", False),
    (200, 500, "Internal error", "unreachable", False),
    (502, None, "", "unreachable", False),
    (503, -1, "busy", "unreachable", False),
    (429, None, "", "throttled", False),
    (401, None, "", "token", False),
    (200, None, "", "refused", False),
    (200, -216, "a code of another platform", "refused", False),
    (200, 418, "", "refused", False),
]


def test_every_documented_code_is_mapped() -> None:
    assert set(DOCUMENTED) <= {error_code for _, error_code, *_ in ERRORS}


@pytest.mark.parametrize(("status", "error_code", "description", "reason", "gone"), ERRORS)
def test_a_refusal_of_zalo_becomes_ours(status: int, error_code: int | None, description: str, reason: str, gone: bool) -> None:
    ours = zalo_bot_error(status, error_code, description)
    assert (ours.reason, ours.gone, ours.retry_after, ours.moved_to) == (reason, gone, None, None)


@pytest.mark.parametrize("sign", [*REFUSED_TEXT, *NOT_SET_UP])
def test_every_sign_is_one_of_a_refusal_above(sign: str) -> None:
    assert any(sign in description.lower() for _, _, description, _, _ in ERRORS)


@given(st.integers(), st.none() | st.integers(), st.text())
def test_a_refusal_of_any_kind_becomes_ours_and_only_two_codes_blame_the_person(
    status: int, error_code: int | None, description: str
) -> None:
    ours = zalo_bot_error(status, error_code, description)
    assert isinstance(ours, SendError)
    assert ours.reason != "refused-person" or {status, error_code} & {403, 404}


Prepare = Callable[[ZaloBotApi], object]
OVER_THE_WIRE: dict[str, tuple[Prepare, str]] = {
    "blocked": (lambda api: api.block("42"), "refused-person"),
    "never wrote": (lambda api: api.chats.clear(), "refused-person"),
    "bad request": (lambda api: api.fail("sendMessage", 400, status=400), "refused"),
    "bad text": (lambda api: api.fail("sendMessage", 400, description="text is too long"), "refused-text"),
    "too many": (lambda api: api.fail("sendMessage", 429), "throttled"),
    "too many, said by a proxy": (lambda api: api.fail("sendMessage", status=429, raw=b"slow down"), "throttled"),
    "server error": (lambda api: api.fail("sendMessage", 500, status=500), "unreachable"),
    "time-out at Zalo": (lambda api: api.fail("sendMessage", 408), "unreachable"),
    "a page of a proxy": (lambda api: api.fail("sendMessage", status=403, raw=b"<html>"), "unreachable"),
    "malformed": (lambda api: api.fail("sendMessage", raw=b'{"ok":tru'), "unreachable"),
    "no object": (lambda api: api.fail("sendMessage", raw=b"[1]"), "unreachable"),
    "ok is no boolean": (lambda api: api.fail("sendMessage", raw=b'{"ok":"no"}'), "refused"),
    "odd members": (lambda api: api.fail("sendMessage", raw=b'{"ok":false,"error_code":"x","description":{}}'), "refused"),
    "cut off": (lambda api: api.fail("sendMessage", drop="before"), "unreachable"),
    "cut off after it acted": (lambda api: api.fail("sendMessage", drop="after"), "unreachable"),
    "never answered": (lambda api: api.fail("sendMessage", delay=3), "unreachable"),
    "another token": (lambda api: setattr(api, "token", "1:y"), "token"),
}


@pytest.mark.parametrize("name", OVER_THE_WIRE)
async def test_a_refusal_over_the_wire_becomes_ours_and_tells_nothing(
    api: ZaloBotApi, channel: ZaloBotChannel, name: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(zalo_bot_client, "SEND_SECONDS", 0.5)
    token = api.token
    api.chats.add("42")
    prepare, reason = OVER_THE_WIRE[name]
    prepare(api)
    with pytest.raises(SendError) as caught:
        await channel.send(reply("câu trả lời"))
    assert caught.value.reason == reason
    assert caught.value.__cause__ is None
    assert caught.value.__context__ is None or caught.value.__suppress_context__
    assert token not in str(caught.value)
    assert "câu trả lời" not in str(caught.value)


@pytest.mark.parametrize("result", [b"null", b"{}", b"[]", b'"m1"'])
async def test_a_message_that_arrived_without_an_id_arrived(api: ZaloBotApi, channel: ZaloBotChannel, result: bytes) -> None:
    api.fail("sendMessage", raw=b'{"ok":true,"result":%s}' % result, status=500)
    assert await channel.send(reply("x")) == ""


async def test_nobody_at_the_address_is_unreachable(api: ZaloBotApi, pause: Pause) -> None:
    channel = zalo_on(api, pause, api="http://127.0.0.1:1/bot")
    with pytest.raises(SendError, match="unreachable"):
        await channel.send(reply("x"))
    await channel.close()


async def test_a_token_that_fits_in_no_address_is_a_matter_of_set_up(api: ZaloBotApi, pause: Pause) -> None:
    channel = zalo_on(api, pause, token="1:x\n")
    with pytest.raises(SendError, match="setup"):
        await channel.send(reply("x"))
    await channel.close()


@pytest.fixture
def lines() -> Iterator[io.StringIO]:
    """All that is logged, with nothing taken out; everything is put back."""
    root = logging.getLogger()
    quiet = {name: logging.getLogger(name).level for name in QUIET_LOGGERS}
    level, handlers, hooks = root.level, list(root.handlers), (sys.excepthook, threading.excepthook)
    stream = io.StringIO()
    configure_logging("debug", "json", [], stream)
    yield stream
    for handler in [handler for handler in root.handlers if handler not in handlers]:
        root.removeHandler(handler)
    root.setLevel(level)
    sys.excepthook, threading.excepthook = hooks
    for name, before in quiet.items():
        logging.getLogger(name).setLevel(before)
    structlog.reset_defaults()


async def test_no_secret_and_no_text_of_a_resident_reaches_a_log_line(
    api: ZaloBotApi, tmp_path: Path, lines: io.StringIO
) -> None:
    api.token = "a-token-that-no-filter-knows-by-its-shape"
    leaking = f"{api.token} {SECRET} refused"
    for method in ("getUpdates", "sendMessage", "sendChatAction", "getWebhookInfo"):
        api.fail(method, 500, description=leaking, times=2)
        api.fail(method, drop="before")
        api.fail(method, 429, description=leaking)
    async with at_work(api, tmp_path, echoing):
        api.push({"event_name": "message.secret.received", "message": {"text": "lời kín"}})
        for text in ("lời kín một", "lời kín hai", "lời kín ba"):
            api.write("42", text)
        await api.until(lambda: "answer to: lời kín ba" in api.texts("42"))
    logged = lines.getvalue()
    assert "Zalo cannot be reached" in logged
    assert "[secret] [secret] refused" in logged
    assert api.token not in logged
    assert SECRET not in logged
    assert "lời kín" not in json.dumps([json.loads(line) for line in logged.splitlines()], ensure_ascii=False)
