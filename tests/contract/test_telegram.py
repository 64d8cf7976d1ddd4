"""Telegram as documented: recorded updates, every refusal, and what is confirmed when, against a strict Bot API on loopback."""

from __future__ import annotations

import asyncio
import json
import threading
import time
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from functools import partial
from pathlib import Path
from typing import Any

import pytest
import telegram.error
from structlog.testing import capture_logs
from telegram import Update

from bot.channels import replies
from bot.channels import telegram as telegram_channel
from bot.channels.backoff import Backoff
from bot.channels.replies import ReplySender
from bot.channels.serving import Handle, serve
from bot.channels.split import utf16_units
from bot.channels.telegram import TelegramChannel, read_update, telegram_error
from bot.errors import SendError, SettingsError, StoreError
from bot.model import Address, Button, Incoming, IncomingKind, Reply, Session
from bot.ports import Outgoing
from bot.stores.sqlite import SqliteStore
from tests.stubs.bot_api import BotApi

RECORDED = Path(__file__).parent.parent / "recorded" / "telegram"
NOW = datetime(2026, 3, 1, 12, 0, tzinfo=UTC)
SENT_AT = datetime(2026, 1, 9, 9, 20, tzinfo=UTC)
MAI = Address("telegram", "555000111")


@pytest.fixture
async def api() -> AsyncIterator[BotApi]:
    async with BotApi() as running:
        yield running


@pytest.fixture
async def channel(api: BotApi) -> AsyncIterator[TelegramChannel]:
    opened = TelegramChannel(api.token, api=api.address, poll_seconds=1, now=lambda: NOW)
    yield opened
    await opened.close()


@pytest.fixture(autouse=True)
def hasty(monkeypatch: pytest.MonkeyPatch) -> None:
    """Backoff in hundredths of a second."""
    for module in (replies, telegram_channel):
        monkeypatch.setattr(module, "Backoff", partial(Backoff, first=0.02))


@asynccontextmanager
async def polling(channel: TelegramChannel, handle: Handle) -> AsyncIterator[asyncio.Task[None]]:
    task = asyncio.create_task(channel.poll(handle))
    try:
        yield task
    finally:
        task.cancel()
        await asyncio.wait({task})


class Desk:
    """An application that answers "answer to: <text>" from a real store, and counts effects."""

    def __init__(self, api: BotApi, path: Path) -> None:
        self.store = SqliteStore(path)
        self.channel = TelegramChannel(api.token, api=api.address, poll_seconds=1)
        self.sender = ReplySender(self.channel, self.store, now=lambda: datetime.now(UTC))
        self.seen: list[Incoming] = []
        self.effects = 0
        self.stop = asyncio.Event()

    def handle(self, batch: Sequence[Incoming]) -> None:
        with self.store.writing() as transaction:
            for incoming in batch:
                self.seen.append(incoming)
                if transaction.first_time(incoming):
                    self.effects += 1
                    transaction.save_session(Session(incoming.sender, at=incoming.at))
                    transaction.queue(incoming.sender, [Reply(f"answer to: {incoming.text}")], incoming.at)


@pytest.fixture
async def desk(api: BotApi, tmp_path: Path) -> AsyncIterator[Desk]:
    """A running application; stopped at the end."""
    working = Desk(api, tmp_path / "loaban.db")
    serving = asyncio.create_task(serve(working.handle, working.channel, working.sender, working.stop))
    yield working
    working.stop.set()
    await serving
    working.store.close()


def reply(text: str, *buttons: Button, user: str = "42", id_: int = 1) -> Outgoing:
    return Outgoing(id_, Address("telegram", user), Reply(text, buttons), 0, NOW)


# --- updates ----------------------------------------------------------------------------------------------------------


def said(text: str, kind: IncomingKind = "text", at: datetime = SENT_AT) -> Incoming:
    return Incoming("", MAI, text, at, kind=kind)


def pressed(choice: str) -> Incoming:
    return Incoming("", MAI, "", NOW, choice=choice)


EXPECTED: dict[str, Incoming | None] = {
    "text": said("muon vay von giai quyet viec lam"),
    "text_with_entities": said("xem https://dienbien.gov.vn 😀"),
    "command": said("/start"),
    "command_addressed": said("/menu nhà ở"),
    "edited_text": said("muốn vay vốn giải quyết việc làm", at=SENT_AT + timedelta(minutes=1)),
    "reply_to_us": said("thế còn lãi suất?"),
    "forwarded_text": said("Tuyển lao động đi Hàn Quốc lương 80 triệu"),
    "voice": said("", "voice"),
    "audio": said("", "voice"),
    "video_note": said("", "voice"),
    "photo": said("", "photo"),
    "photo_with_caption": said("giấy này nộp ở đâu", "photo"),
    "sticker": said("", "sticker"),
    "location": said("", "location"),
    "venue": said("", "location"),
    "document": said("", "file"),
    "document_with_caption": said("đơn của tôi đúng chưa", "file"),
    "video": said("", "file"),
    "animation": said("", "file"),
    "contact": said("", "other"),
    "dice": said("", "other"),
    "poll": said("", "other"),
    "kind_of_the_future": said("", "other"),
    "button_press": pressed("q5ZrT0Jv8mXw1a2B"),
    "button_press_on_old_message": pressed("menu0000token000"),
    "live_location_moved": None,
    "pinned_message": None,
    "auto_delete_timer": None,
    "button_press_in_group": None,
    "button_press_inline": None,
    "text_in_group": None,
    "channel_post": None,
    "blocked_by_resident": None,
    "kind_of_update_of_the_future": None,
}


def recorded(name: str) -> dict[str, Any]:
    update: dict[str, Any] = json.loads((RECORDED / f"{name}.json").read_text())
    return update


def test_every_recorded_update_is_expected_here() -> None:
    assert {path.stem for path in RECORDED.glob("*.json")} == set(EXPECTED)


@pytest.mark.parametrize("name", EXPECTED)
def test_a_recorded_update_is_read_as(name: str) -> None:
    update = recorded(name)
    expected = EXPECTED[name]
    assert read_update(Update.de_json(update, None), NOW) == (expected and replace(expected, id=str(update["update_id"])))


# --- polling ----------------------------------------------------------------------------------------------------------


async def test_all_recorded_updates_in_one_batch_are_handed_over_in_order(api: BotApi, channel: TelegramChannel) -> None:
    api.pending = [recorded(name) for name in EXPECTED]
    seen: list[Incoming] = []
    async with polling(channel, seen.extend):
        await api.until(lambda: not api.pending)
    assert [incoming.text for incoming in seen] == [expected.text for expected in EXPECTED.values() if expected]


async def test_an_update_is_confirmed_only_after_its_effect_is_stored(api: BotApi, channel: TelegramChannel) -> None:
    stored = threading.Event()

    def slow_store(batch: Sequence[Incoming]) -> None:
        stored.wait(5)

    update = api.write(42, "chào")
    async with polling(channel, slow_store):
        await api.until(lambda: bool(api.calls_of("getUpdates")))
        await asyncio.sleep(0.2)
        assert len(api.calls_of("getUpdates")) == 1
        assert [pending["update_id"] for pending in api.pending] == [update]
        stored.set()
        await api.until(lambda: len(api.calls_of("getUpdates")) == 2)
        assert api.calls_of("getUpdates")[1].parameters["offset"] == str(update + 1)
        assert not api.pending


async def test_a_batch_in_hand_is_finished_before_the_poll_ends(api: BotApi, channel: TelegramChannel) -> None:
    begun, finished = threading.Event(), threading.Event()

    def slow_store(batch: Sequence[Incoming]) -> None:
        begun.set()
        time.sleep(0.2)
        finished.set()

    api.write(42, "chào")
    async with polling(channel, slow_store) as task:
        await api.until(begun.is_set)
        task.cancel()
        await asyncio.wait({task})
        assert finished.is_set()


async def test_an_update_that_cannot_be_stored_is_fetched_again(api: BotApi, channel: TelegramChannel) -> None:
    failures = [StoreError("the disk is full")] * 3
    seen: list[str] = []

    def handle(batch: Sequence[Incoming]) -> None:
        if failures:
            assert api.pending
            raise failures.pop()
        seen.extend(incoming.text for incoming in batch)

    api.write(42, "chào")
    async with polling(channel, handle):
        await api.until(lambda: not api.pending)
    assert seen == ["chào"]


async def test_a_message_nobody_can_handle_is_skipped_and_the_others_get_their_answers(
    api: BotApi, channel: TelegramChannel
) -> None:
    seen: list[str] = []

    def handle(batch: Sequence[Incoming]) -> None:
        texts = [incoming.text for incoming in batch]
        if "bom" in texts:
            raise KeyError("bom")
        seen.extend(texts)

    for text in ("một", "bom", "ba"):
        api.write(42, text)
    with capture_logs() as logs:
        async with polling(channel, handle):
            await api.until(lambda: not api.pending)
    assert seen == ["một", "ba"]
    assert [line["event"] for line in logs] == ["message cannot be handled and is skipped"]
    assert "'bom'" not in str(logs)


MALFORMED: list[dict[str, Any]] = [
    {"message": "not an object"},
    {"message": {"message_id": 5}},
    {"message": {"message_id": 5, "date": "yesterday", "chat": {"id": 42, "type": "private"}, "text": "x"}},
    {"message": {"message_id": 5, "date": 1, "chat": None, "text": "x"}},
    {"callback_query": {"id": 7}},
    {"callback_query": ["x"]},
    {"my_chat_member": {}},
    {},
]


@pytest.mark.parametrize("body", MALFORMED, ids=json.dumps)
async def test_a_malformed_update_is_skipped_and_confirmed(api: BotApi, channel: TelegramChannel, body: dict[str, Any]) -> None:
    api.pending = [{"update_id": 7, **body}]
    api.write(42, "chào")
    seen: list[str] = []
    async with polling(channel, lambda batch: seen.extend(incoming.text for incoming in batch)):
        await api.until(lambda: not api.pending)
    assert seen == ["chào"]


async def test_an_update_without_an_id_does_not_make_the_loop_spin(api: BotApi, channel: TelegramChannel) -> None:
    api.pending = [{"update_id": 7}]
    api.pending[0].pop("update_id")
    async with polling(channel, lambda batch: None):
        await asyncio.sleep(0.3)
    assert len(api.calls_of("getUpdates")) < 10


async def test_groups_and_channels_are_confirmed_and_get_no_answer(api: BotApi, desk: Desk) -> None:
    for name in ("text_in_group", "channel_post", "button_press_in_group", "blocked_by_resident"):
        api.pending.append(recorded(name))
    api.write(42, "chào")
    await api.until(lambda: bool(api.sent))
    await api.until(lambda: not api.pending)
    assert [sent.chat for sent in api.sent] == [42]
    assert {call.chat for call in api.calls_of("sendChatAction")} <= {42}


async def test_only_the_kinds_of_updates_that_are_read_are_asked_for(api: BotApi, channel: TelegramChannel) -> None:
    async with polling(channel, lambda batch: None):
        await api.until(lambda: bool(api.calls_of("getUpdates")))
    asked = json.loads(api.calls_of("getUpdates")[0].parameters["allowed_updates"])
    assert asked == ["message", "edited_message", "callback_query", "my_chat_member"]


async def test_an_update_that_comes_twice_has_one_effect(api: BotApi, desk: Desk) -> None:
    update = api.write(42, "chào")
    await api.until(lambda: bool(api.sent))
    api.repeat(update)
    await api.until(lambda: len(desk.seen) == 2)
    api.write(42, "lần nữa")
    await api.until(lambda: len(api.sent) == 2)
    assert [incoming.text for incoming in desk.seen] == ["chào", "chào", "lần nữa"]
    assert api.texts(42) == ["answer to: chào", "answer to: lần nữa"]
    assert desk.effects == 2


async def test_an_edited_message_is_answered_like_a_new_one(api: BotApi, desk: Desk) -> None:
    api.write(42, "vay von")
    await api.until(lambda: bool(api.sent))
    [written] = [id_ for id_, message in api.chats[42].messages.items() if message["text"] == "vay von"]
    api.edit(42, written, "vay vốn")
    await api.until(lambda: len(api.sent) == 2)
    assert api.texts(42) == ["answer to: vay von", "answer to: vay vốn"]


async def test_a_long_silence_does_not_confirm_updates_that_start_anew(api: BotApi, desk: Desk) -> None:
    api._next_update = 5000
    api.write(42, "trước")
    await api.until(lambda: bool(api.sent))
    await api.until(lambda: "offset" not in api.calls_of("getUpdates")[-1].parameters)  # after a poll without news
    api._next_update = 100
    api.write(42, "sau")
    await api.until(lambda: len(api.sent) == 2)


async def test_a_button_press_is_acknowledged_and_read_as_its_token(api: BotApi, channel: TelegramChannel) -> None:
    api.chat(42)
    await channel.send(reply("Bạn hỏi về việc nào?", Button("Vay vốn", "q5ZrT0Jv8mXw1a2B")))
    seen: list[Incoming] = []
    api.press(42, "Vay vốn")
    async with polling(channel, seen.extend):
        await api.until(lambda: all(api.queries.values()) and bool(seen))
    assert [(incoming.choice, incoming.text, incoming.at) for incoming in seen] == [("q5ZrT0Jv8mXw1a2B", "", NOW)]


async def test_the_typing_sign_shows_while_a_question_is_worked_on(api: BotApi, channel: TelegramChannel) -> None:
    answered = threading.Event()

    def think(batch: Sequence[Incoming]) -> None:
        answered.wait(5)

    api.write(42, "chào")
    async with polling(channel, think):
        await api.until(lambda: len(api.calls_of("sendChatAction", 42)) == 1)
        answered.set()
    assert api.calls_of("sendChatAction")[0].parameters["action"] == "typing"


async def test_courtesies_that_hang_or_fail_delay_nothing(api: BotApi, desk: Desk) -> None:
    api.fail("sendChatAction", delay=3, times=100)
    api.fail("answerCallbackQuery", 400, times=100)
    start = time.monotonic()
    for chat in range(30):
        api.write(chat, "chào")
    await api.until(lambda: len(api.sent) == 30)
    assert time.monotonic() - start < 2


@pytest.mark.parametrize("fault", [{"status": 500}, {"status": 502}, {"drop": "before"}, {"drop": "after"}, {"status": 409}])
async def test_polling_goes_on_after_trouble(api: BotApi, desk: Desk, fault: dict[str, Any]) -> None:
    await api.until(lambda: bool(api.calls_of("getUpdates")))
    api.fail("getUpdates", **fault, times=3)
    api.write(1, "đánh thức")
    api.write(42, "chào")
    await api.until(lambda: bool(api.texts(42)))
    assert desk.effects == 2


async def test_polling_begins_when_telegram_comes_back(tmp_path: Path) -> None:
    api = BotApi()
    await api.start()
    port = api.port
    await api.stop()
    channel = TelegramChannel(api.token, api=f"http://127.0.0.1:{port}/bot", poll_seconds=1)
    seen: list[Incoming] = []
    async with polling(channel, seen.extend):
        await asyncio.sleep(0.2)
        await api.start(port)
        api.write(42, "chào")
        await api.until(lambda: bool(seen))
    await channel.close()
    await api.stop()


async def test_another_poller_is_named_in_the_log(api: BotApi, channel: TelegramChannel) -> None:
    api.fail("getUpdates", 409, description="Conflict: terminated by other getUpdates request")
    with capture_logs() as logs:
        async with polling(channel, lambda batch: None):
            await api.until(lambda: len(api.calls_of("getUpdates")) == 2)
    assert logs[0]["event"] == "another process polls with this token, or a webhook is set"


async def test_polling_waits_as_long_as_telegram_asks(api: BotApi, channel: TelegramChannel) -> None:
    api.fail("getUpdates", 429, retry_after=1)
    async with polling(channel, lambda batch: None):
        await api.until(lambda: len(api.calls_of("getUpdates")) == 2)
    first, second = api.calls_of("getUpdates")
    assert 1.0 <= second.at - first.ended < 1.2


@pytest.mark.parametrize("token", ["123456789:AAwrongwrongwrongwrongwrongwrongwro", "nonsense"])
async def test_a_wrong_token_ends_the_poll_with_the_settings_name(api: BotApi, token: str) -> None:
    channel = TelegramChannel(token, api=api.address, poll_seconds=1)
    with pytest.raises(SettingsError, match="LOABAN_TELEGRAM_TOKEN") as caught:
        await channel.poll(lambda batch: None)
    assert token not in str(caught.value)
    assert caught.value.__suppress_context__
    await channel.close()


async def test_serving_ends_with_the_reason_when_the_token_is_wrong(api: BotApi, tmp_path: Path) -> None:
    store = SqliteStore(tmp_path / "loaban.db")
    channel = TelegramChannel("1:x", api=api.address, poll_seconds=1)
    sender = ReplySender(channel, store, now=lambda: NOW)
    with pytest.raises(SettingsError):
        await serve(lambda batch: None, channel, sender, asyncio.Event())
    store.close()


# --- sending ----------------------------------------------------------------------------------------------------------


async def test_a_reply_is_plain_text_without_previews_or_notification_tricks(api: BotApi, channel: TelegramChannel) -> None:
    api.chat(42)
    message_id = await channel.send(reply("*không* <b>đậm</b> https://dienbien.gov.vn"))
    assert api.texts(42) == ["*không* <b>đậm</b> https://dienbien.gov.vn"]
    assert message_id == str(api.sent[0].message_id)
    [call] = api.calls_of("sendMessage")
    assert set(call.parameters) == {"chat_id", "text", "link_preview_options"}
    assert json.loads(call.parameters["link_preview_options"]) == {"is_disabled": True}


async def test_a_long_reply_comes_in_parts_with_the_buttons_under_the_last(api: BotApi, channel: TelegramChannel) -> None:
    api.chat(42)
    sentence = "Hộ nghèo được vay tới 100 triệu đồng. 😀 "
    await channel.send(reply(sentence * 300, Button("Vay vốn", "a"), Button("Nhà ở", "b")))
    assert len(api.sent) == 4
    assert all(utf16_units(sent.text) <= 4096 for sent in api.sent)
    assert "".join("".join(sent.text for sent in api.sent).split()) == "".join((sentence * 300).split())
    assert [sent.buttons for sent in api.sent] == [(), (), (), (("Vay vốn", "a"), ("Nhà ở", "b"))]


async def test_buttons_stand_one_a_row_with_labels_a_cheap_phone_can_show(api: BotApi, channel: TelegramChannel) -> None:
    api.chat(42)
    long = "Vay vốn giải quyết việc làm cho người lao động đi làm việc có thời hạn ở nước ngoài"
    await channel.send(reply("?", Button(long, "x" * 64), Button("😀" * 40, "y")))
    rows = json.loads(api.calls_of("sendMessage")[0].parameters["reply_markup"])["inline_keyboard"]
    assert [len(row) for row in rows] == [1, 1]
    assert rows[0][0]["text"] == "Vay vốn giải quyết việc làm cho người lao động đi làm việc…"
    assert all(utf16_units(row[0]["text"]) <= 60 for row in rows)


async def test_an_empty_reply_is_refused_before_it_is_sent(api: BotApi, channel: TelegramChannel) -> None:
    with pytest.raises(SendError) as caught:
        await channel.send(reply(" \n"))
    assert caught.value.reason == "refused-text"
    assert not api.calls


async def test_a_retry_of_a_long_reply_goes_on_where_it_stopped(api: BotApi, channel: TelegramChannel) -> None:
    api.chat(42)
    long = reply("Một câu dài vừa phải. " * 400)
    api.fail("sendMessage", delay=0)
    api.fail("sendMessage", 500)
    with pytest.raises(SendError) as caught:
        await channel.send(long)
    assert caught.value.reason == "unreachable"
    assert len(api.sent) == 1
    await channel.send(long)
    assert len(api.sent) == 3
    assert "".join("".join(sent.text for sent in api.sent).split()) == "".join(long.reply.text.split())


async def test_after_a_429_no_call_leaves_before_its_deadline_not_even_a_second_part(
    api: BotApi, channel: TelegramChannel
) -> None:
    api.chat(42), api.chat(43)
    api.fail("sendMessage", chat=43, status=429, retry_after=2)
    api.fail("sendMessage", chat=42, delay=0.2)
    both = await asyncio.gather(
        channel.send(reply("Một câu dài. " * 400, user="42")),
        channel.send(reply("x", user="43", id_=2)),
        return_exceptions=True,
    )
    assert [error.reason for error in both if isinstance(error, SendError)] == ["throttled", "throttled"]
    assert len(api.calls_of("sendMessage", 42)) == 1


async def test_a_429_is_honoured_by_the_whole_channel(api: BotApi, desk: Desk) -> None:
    api.fail("sendMessage", 429, retry_after=1)
    api.write(0, "chào")
    await api.until(lambda: bool(api.calls_of("sendMessage")))
    for chat in range(1, 31):
        api.write(chat, "chào")
    await api.until(lambda: len(api.sent) == 31)
    refused, *others = api.calls_of("sendMessage")
    assert refused.status == 429
    assert min(call.at for call in others) >= refused.ended + 1.0
    assert min(call.at for call in others) < refused.ended + 1.3
    typing = [call.at for call in api.calls_of("sendChatAction") if call.at > refused.ended + 0.05]
    assert all(at >= refused.ended + 1.0 for at in typing)


async def test_a_429_in_a_crowd_stops_all_but_what_was_on_its_way(api: BotApi, desk: Desk) -> None:
    api.latency = 0.02
    for chat in range(20):
        api.write(chat, "trước")
    await api.until(lambda: len(api.sent) >= 5)
    api.fail("sendMessage", 429, retry_after=1)
    await api.until(lambda: any(call.status == 429 for call in api.calls))
    refused = next(call for call in api.calls if call.status == 429)
    await api.until(lambda: len(api.sent) == 20)
    on_their_way = [call for call in api.calls_of("sendMessage") if refused.ended < call.at < refused.ended + 1.0]
    assert all(call.at < refused.ended + 0.1 for call in on_their_way)
    assert len(on_their_way) < 8


async def test_a_blocked_resident_is_tried_once(api: BotApi, desk: Desk) -> None:
    api.block(42)
    api.fail("sendMessage", chat=42, delay=0.3)  # time for the second question to be stored
    for text in ("một", "hai"):
        api.write(42, text)
    api.write(43, "ba")
    await api.until(lambda: bool(api.texts(43)) and not desk.store.due_replies("telegram"))
    assert len(api.calls_of("sendMessage", 42)) == 1


async def test_answers_keep_their_order_while_another_chat_is_slow(api: BotApi, desk: Desk) -> None:
    api.fail("sendMessage", chat=7, delay=1.0, times=5)
    for number in range(2):
        api.write(7, str(number))
    for number in range(30):
        api.write(42, str(number))
    await api.until(lambda: len(api.texts(42)) == 30)
    assert not api.texts(7)
    assert api.texts(42) == [f"answer to: {number}" for number in range(30)]
    await api.until(lambda: len(api.texts(7)) == 2)
    assert api.texts(7) == ["answer to: 0", "answer to: 1"]


async def test_a_chat_that_moved_is_answered_at_its_new_id(api: BotApi, desk: Desk) -> None:
    api.chat(4242)
    api.fail("sendMessage", 400, chat=42, migrate_to=4242)
    api.write(42, "chào")
    await api.until(lambda: api.texts(4242) == ["answer to: chào"])


# --- refusals ---------------------------------------------------------------------------------------------------------

ERRORS: list[tuple[telegram.error.TelegramError, str, bool]] = [
    (telegram.error.RetryAfter(7), "throttled", False),
    (telegram.error.RetryAfter(timedelta(seconds=7)), "throttled", False),
    (telegram.error.ChatMigrated(-100), "refused-person", False),
    (telegram.error.Forbidden("Forbidden: bot was blocked by the user"), "refused-person", True),
    (telegram.error.Forbidden("Forbidden: user is deactivated"), "refused-person", True),
    (telegram.error.BadRequest("Bad Request: chat not found"), "refused-person", True),
    (telegram.error.BadRequest("Bad Request: user is deactivated"), "refused-person", True),
    (telegram.error.BadRequest("Bad Request: PEER_ID_INVALID"), "refused-person", True),
    (telegram.error.BadRequest("Bad Request: message is too long"), "refused-text", False),
    (telegram.error.InvalidToken(), "token", False),
    (telegram.error.Conflict("Conflict: terminated"), "setup", False),
    (telegram.error.EndPointNotFound("no such method"), "setup", False),
    (telegram.error.PassportDecryptionError("?"), "setup", False),
    (telegram.error.TimedOut(), "unreachable", False),
    (telegram.error.NetworkError("httpx.ConnectError"), "unreachable", False),
    (telegram.error.TelegramError("Invalid server response"), "unreachable", False),
]


def test_every_error_of_the_library_is_mapped() -> None:
    assert {type(error).__name__ for error, _, _ in ERRORS} == set(telegram.error.__all__)


@pytest.mark.parametrize(("error", "reason", "gone"), ERRORS, ids=lambda value: str(value))
def test_an_error_of_the_library_becomes_ours(error: telegram.error.TelegramError, reason: str, gone: bool) -> None:
    ours = telegram_error(error)
    assert (ours.reason, ours.gone) == (reason, gone)
    assert ours.retry_after == (7 if reason == "throttled" else None)
    assert ours.moved_to == ("-100" if isinstance(error, telegram.error.ChatMigrated) else None)


Prepare = Callable[[BotApi], object]
OVER_THE_WIRE: dict[str, tuple[Prepare, str]] = {
    "blocked": (lambda api: api.block(42), "refused-person"),
    "never wrote": (lambda api: api.chats.clear(), "refused-person"),
    "bad request": (lambda api: api.fail("sendMessage", 400), "refused-text"),
    "too many": (lambda api: api.fail("sendMessage", 429, retry_after=3), "throttled"),
    "too many, no time named": (lambda api: api.fail("sendMessage", 429), "unreachable"),
    "server error": (lambda api: api.fail("sendMessage", 500), "unreachable"),
    "cut off": (lambda api: api.fail("sendMessage", drop="before"), "unreachable"),
    "cut off after it acted": (lambda api: api.fail("sendMessage", drop="after"), "unreachable"),
    "another token": (lambda api: setattr(api, "token", "1:y"), "token"),
}


@pytest.mark.parametrize("name", OVER_THE_WIRE)
async def test_a_refusal_over_the_wire_becomes_ours_and_tells_nothing(api: BotApi, channel: TelegramChannel, name: str) -> None:
    token = api.token
    api.chat(42)
    prepare, reason = OVER_THE_WIRE[name]
    prepare(api)
    with pytest.raises(SendError) as caught:
        await channel.send(reply("câu trả lời"))
    assert caught.value.reason == reason
    assert caught.value.__suppress_context__
    assert token not in str(caught.value)
    assert "câu trả lời" not in str(caught.value)
    assert caught.value.retry_after == (3 if reason == "throttled" else None)


async def test_the_stub_refuses_what_telegram_refuses(api: BotApi, channel: TelegramChannel) -> None:
    api.chat(42)
    for bad in (reply("x", Button("nhãn", "x" * 65)), reply("x", Button(" ", "x")), reply("x", Button("nhãn", ""))):
        with pytest.raises(SendError, match="refused-text"):
            await channel.send(bad)
    assert not api.sent
