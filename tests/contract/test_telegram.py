"""Telegram as documented: recorded updates, every refusal, and what is confirmed when, against a strict Bot API on loopback."""

from __future__ import annotations

import asyncio
import json
import threading
import time
import traceback
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from functools import partial
from pathlib import Path
from typing import Any

import pytest
import telegram.error
from hypothesis import assume, given
from hypothesis import strategies as st
from structlog.testing import capture_logs
from telegram import Update

from bot.channels.serving import Handle, serve
from bot.channels.telegram.channel import TelegramChannel
from bot.channels.telegram.errors import GONE, NOT_FOUND, REFUSED_TEXT, telegram_error
from bot.channels.telegram.updates import read_update
from bot.delivery.pause import Pause
from bot.delivery.replies import ReplySender
from bot.errors import SendError, SettingsError, StoreError
from bot.model import COMMANDS, STAFF_COMMANDS, Address, Button, Incoming, IncomingKind, Reply, Session
from bot.ports import Outgoing
from bot.stores.sqlite.store import SqliteStore
from bot.text.splitting import utf16_units
from tests.sounds import ogg
from tests.stubs.bot_api import BotApi

pytestmark = pytest.mark.usefixtures("hasty")

RECORDED = Path(__file__).parent.parent / "recorded" / "telegram"
NOW = datetime(2026, 3, 1, 12, 0, tzinfo=UTC)
SENT_AT = datetime(2026, 1, 9, 9, 20, tzinfo=UTC)
MAI = Address("telegram", "555000111")
PICTURE = "https://dienbien.gov.vn/hop-ban.jpg"


def telegram_on(api: BotApi, pause: Pause, /, **more: Any) -> TelegramChannel:
    return TelegramChannel(**{"token": api.token, "api": api.address, "poll_seconds": 1, "pause": pause, **more})


@pytest.fixture
def pause(in_memory: SqliteStore) -> Pause:
    return Pause(in_memory, "telegram", lambda: datetime.now(UTC))


@pytest.fixture
async def api() -> AsyncIterator[BotApi]:
    async with BotApi() as running:
        yield running


@pytest.fixture
async def channel(api: BotApi, pause: Pause) -> AsyncIterator[TelegramChannel]:
    opened = telegram_on(api, pause, now=lambda: NOW)
    yield opened
    await opened.close()


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
        self.pause = Pause(self.store, "telegram", lambda: datetime.now(UTC))
        self.channel = telegram_on(api, self.pause)
        self.sender = ReplySender(self.channel, self.store, now=lambda: datetime.now(UTC), pause=self.pause)
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


@asynccontextmanager
async def at_work(api: BotApi, path: Path) -> AsyncIterator[Desk]:
    """A running application; stopped at the end."""
    working = Desk(api, path)
    serving = asyncio.create_task(serve(working.handle, working.channel, [working.sender], working.stop))
    try:
        yield working
    finally:
        working.stop.set()
        await serving
        working.store.close()


@pytest.fixture
async def desk(api: BotApi, tmp_path: Path) -> AsyncIterator[Desk]:
    async with at_work(api, tmp_path / "loaban.db") as working:
        yield working


def reply(text: str, *buttons: Button, user: str = "42", id_: int = 1, photo: str | None = None, **more: Any) -> Outgoing:
    return Outgoing(id_, Address("telegram", user), Reply(text, buttons, photo, **more), 0, NOW)


of_a_case = partial(reply, case=12)


announcement = partial(reply, id_=0)


# --- updates ----------------------------------------------------------------------------------------------------------


SIZES = "telegram:AgACAgp3AAIB"  # the largest of three
ONE_SIZE = "telegram:AgACAgp1AAIB"
VILLAGE = Address("telegram", "-1001000000001")
HAMLET = Address("telegram", "-4100000001")
OWN_ID = 123456789
EDITED_AT = SENT_AT + timedelta(minutes=1)


def said(text: str, kind: IncomingKind = "text", at: datetime = SENT_AT, **more: Any) -> Incoming:
    return Incoming("", MAI, text, at, kind=kind, **more)


def ordered(
    text: str, at: datetime = SENT_AT, sender: Address = VILLAGE, author: Address | None = MAI, **more: Any
) -> Incoming:
    """What is for us in a group."""
    return Incoming("", sender, text, at, way="group", author=author, **more)


def pressed(choice: str, sender: Address = MAI, **more: Any) -> Incoming:
    return Incoming("", sender, "", NOW, choice=choice, **more)


def moved(old: str, new: str) -> Incoming:
    group = Address("telegram", old)
    return Incoming("", group, "", SENT_AT, kind="other", way="group", moved_to=Address("telegram", new))


EXPECTED: dict[str, Incoming | None] = {
    "text": said("muon vay von giai quyet viec lam"),
    "text_with_entities": said("xem https://dienbien.gov.vn 😀"),
    "command": said("/start"),
    "command_addressed": said("/menu nhà ở"),
    "edited_text": said("muốn vay vốn giải quyết việc làm", at=EDITED_AT, way="edited"),
    "edited_caption": said("giấy này nộp cho ai", "photo", EDITED_AT, photo=ONE_SIZE, way="edited"),
    "reply_to_us": said("thế còn lãi suất?", reply_to="90"),
    "answer_to_ourselves": said("ý cháu là cái này"),
    "forwarded_text": said("Tuyển lao động đi Hàn Quốc lương 80 triệu", way="forwarded"),
    "forwarded_text_edited": said("Tuyển lao động đi Hàn Quốc lương 80 triệu", at=EDITED_AT, way="forwarded"),
    "forwarded_photo": said("giấy này nộp ở đâu", "photo", photo=SIZES, way="forwarded"),
    "voice": said("", "voice", file="telegram:voice:AgACAgvoiceAAIB"),
    "audio": said("", "voice", file="telegram:audio:AgACAgaudioAAIB"),
    "video_note": said("", "voice", file="telegram:video_note:AgACAgnoteAAIB"),
    "photo": said("", "photo", photo=SIZES),
    "photo_with_caption": said("giấy này nộp ở đâu", "photo", photo=ONE_SIZE),
    "sticker": said("", "sticker"),
    "location": said("", "location"),
    "venue": said("", "location"),
    "document": said("", "file", file="telegram:document:AgACAgdocAAIB"),
    "document_with_caption": said("đơn của tôi đúng chưa", "file", file="telegram:document:AgACAgdocAAIB"),
    "video": said("", "file", file="telegram:video:AgACAgvidAAIB"),
    "animation": said("", "file", file="telegram:animation:AgACAggifAAIB"),
    "contact": said("", "other"),
    "dice": said("", "other"),
    "poll": said("", "other"),
    "kind_of_the_future": said("", "other"),
    "button_press": pressed("q5ZrT0Jv8mXw1a2B"),
    "button_press_on_old_message": pressed("menu0000token000"),
    "blocked_by_resident": said("", "left"),
    "command_in_group": ordered("/menu nhà ở"),
    "command_in_group_to_us": ordered("/Announce"),
    "command_in_group_by_anonymous_admin": ordered("/announce họp bản", author=None),
    "command_in_group_edited": ordered("/menu vay vốn", EDITED_AT),
    "command_in_small_group": ordered("/start", sender=HAMLET),
    "photo_in_group_with_command": ordered("/announce họp bản", kind="photo", photo=ONE_SIZE),
    "answer_in_group": ordered("Bà con mang đơn lên xã nhé", reply_to="90"),
    "answer_in_group_by_anonymous_admin": ordered("Bà con mang đơn lên xã nhé", author=None, reply_to="90"),
    "photo_in_group_answering": ordered("mẫu đơn đây", kind="photo", photo=ONE_SIZE, reply_to="90"),
    "document_in_group_answering": ordered("", kind="file", file="telegram:document:AgACAgdocAAIB", reply_to="90"),
    "order_in_group": ordered("nhận 12"),
    "order_in_small_group": ordered("12: Bà con mang đơn lên xã nhé", sender=HAMLET),
    "button_press_in_group": pressed("q5ZrT0Jv8mXw1a2B", VILLAGE, way="group", author=MAI),
    "removed_from_group": ordered("", kind="left", author=None),
    "answer_in_group_edited": None,
    "answer_in_group_forwarded": None,
    "answer_in_group_to_another": None,
    "answer_in_group_to_another_bot": None,
    "order_in_group_edited": None,
    "order_in_group_forwarded": None,
    "command_in_group_forwarded": None,
    "group_upgraded": moved("-4100000001", "-1001000000001"),
    "group_upgraded_from": moved("-4100000001", "-1001000000001"),
    "command_in_group_to_another": None,
    "command_in_group_unknown": None,
    "live_location_moved": None,
    "pinned_message": None,
    "auto_delete_timer": None,
    "button_press_inline": None,
    "text_in_group": None,
    "channel_post": None,
    "unblocked_by_resident": None,
    "added_to_group": None,
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
    read = read_update(Update.de_json(update, None), NOW, "loaban_bot", OWN_ID)
    assert read == (expected and replace(expected, id=str(update["update_id"])))


@pytest.mark.parametrize(
    "text", ["menu", "x /menu", "/menus", "/menu-x", "/menu@", "/menu@loaban", "/menu@loaban_bot2", "//menu", "/", "/ménu", ""]
)
def test_in_a_group_nothing_but_a_command_of_ours_is_read(text: str) -> None:
    update = recorded("text_in_group")
    update["message"]["text"] = text
    assert read_update(Update.de_json(update, None), NOW, "loaban_bot") is None


@pytest.mark.parametrize("command", [*COMMANDS, *STAFF_COMMANDS])
def test_in_a_group_every_command_of_ours_is_read(command: str) -> None:
    update = recorded("text_in_group")
    for text in (f"/{command}", f"/{command}@loaban_bot", f"/{command}\nmore"):
        update["message"]["text"] = text
        read = read_update(Update.de_json(update, None), NOW, "LoaBan_Bot")
        assert read is not None
        assert (read.way, read.sender) == ("group", VILLAGE)


@pytest.mark.parametrize("text", ["nhận 12", "12: ai hỏi thì bảo thế", "#12: vâng", "Xong 12", "trả 12", "take 12"])
def test_in_a_group_an_order_about_a_case_is_read(text: str) -> None:
    update = recorded("text_in_group")
    update["message"]["text"] = text
    read = read_update(Update.de_json(update, None), NOW, "loaban_bot", OWN_ID)
    assert read is not None
    assert (read.way, read.sender, read.author, read.text) == ("group", VILLAGE, MAI, text)


def test_in_a_group_what_has_the_form_of_an_order_is_handed_on_whatever_its_words_are() -> None:
    """Which words are understood stands in the content, which no channel knows; the application drops what is none of them."""
    update = recorded("text_in_group")
    update["message"]["text"] = "để em lo 12"
    assert read_update(Update.de_json(update, None), NOW, "loaban_bot", OWN_ID) is not None


@pytest.mark.parametrize("text", ["12:30 họp", "mai 12 giờ", "nhận tiền chưa", "12", "nhận 12 cái bánh", "/vote 12"])
def test_in_a_group_talk_with_numbers_is_not_read(text: str) -> None:
    update = recorded("text_in_group")
    update["message"]["text"] = text
    assert read_update(Update.de_json(update, None), NOW, "loaban_bot", OWN_ID) is None


def test_while_our_own_id_is_not_known_an_answer_to_any_bot_is_read() -> None:
    for name in ("answer_in_group", "answer_in_group_to_another_bot"):
        assert read_update(Update.de_json(recorded(name), None), NOW) is not None
    assert read_update(Update.de_json(recorded("answer_in_group_to_another"), None), NOW) is None


def test_a_chat_that_was_left_is_read_like_a_blocked_one() -> None:
    update = recorded("blocked_by_resident")
    update["my_chat_member"]["new_chat_member"] = {**update["my_chat_member"]["old_chat_member"], "status": "left"}
    read = read_update(Update.de_json(update, None), NOW)
    assert read is not None
    assert (read.kind, read.sender) == ("left", MAI)


def test_a_command_that_names_a_bot_is_not_ours_while_our_name_is_not_known() -> None:
    assert read_update(Update.de_json(recorded("command_in_group_to_us"), None), NOW) is None


# --- polling ----------------------------------------------------------------------------------------------------------


async def test_all_recorded_updates_in_one_batch_are_handed_over_in_order(api: BotApi, channel: TelegramChannel) -> None:
    api.pending = [recorded(name) for name in EXPECTED]
    seen: list[Incoming] = []
    async with polling(channel, seen.extend):
        await api.until(lambda: not api.pending)
    unchanged = "forwarded_text_edited"  # it says what "forwarded_text" said
    assert [one.text for one in seen] == [one.text for name, one in EXPECTED.items() if one and name != unchanged]


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


UNREADABLE_PARTS: list[dict[str, Any]] = [
    {"sticker": {}},
    {"photo": [{}]},
    {"entities": [{}]},
    {"entities": 7},
    {"reply_to_message": {}},
    {"quote": "x"},
]


@pytest.mark.parametrize("part", UNREADABLE_PARTS, ids=json.dumps)
async def test_a_part_that_cannot_be_read_takes_no_words_along(
    api: BotApi, channel: TelegramChannel, part: dict[str, Any]
) -> None:
    api.push("message", api.message(42, text="chào", **part))
    seen: list[Incoming] = []
    async with polling(channel, seen.extend):
        await api.until(lambda: not api.pending)
    assert [(incoming.text, incoming.kind, incoming.way) for incoming in seen] == [("chào", "text", "private")]


@pytest.mark.parametrize(
    ("part", "kept"),
    [
        ({"text": "chào", "reply_to_message": {"poll": {"options": 7}}}, {"text": "chào", "reply_to": "90"}),
        ({"text": "chào", "entities": [{}], "reply_to_message": {}}, {"text": "chào", "reply_to": "90"}),
        ({"photo": "sizes", "caption": "nhà tôi", "entities": 7}, {"text": "nhà tôi", "kind": "photo"}),
        ({"photo": "sizes", "quote": "x"}, {"text": "", "kind": "photo"}),
        ({"sticker": {}}, {"text": "", "kind": "other"}),
    ],
    ids=["a poll", "entities", "a caption", "a photo alone", "nothing but that part"],
)
async def test_only_the_part_that_cannot_be_read_is_lost(
    api: BotApi, channel: TelegramChannel, part: dict[str, Any], kept: dict[str, Any]
) -> None:
    if "photo" in part:
        part = {**part, "photo": recorded("photo")["message"]["photo"]}
    if "reply_to_message" in part:
        part = {
            **part,
            "reply_to_message": {**recorded("reply_to_us")["message"]["reply_to_message"], **part["reply_to_message"]},
        }
    api.push("message", api.message(42, **part))
    seen: list[Incoming] = []
    async with polling(channel, seen.extend):
        await api.until(lambda: not api.pending)
    assert [{name: getattr(one, name) for name in kept} for one in seen] == [kept]


async def test_photos_of_one_album_are_parts_of_one_message(api: BotApi, channel: TelegramChannel) -> None:
    sizes = recorded("photo")["message"]["photo"]
    for album, caption in (("a", "nhà tôi"), ("a", ""), ("a", ""), ("b", ""), ("b", "đây là đơn")):
        api.push("message", api.message(42, photo=sizes, media_group_id=album, **({"caption": caption} if caption else {})))
    seen: list[Incoming] = []
    async with polling(channel, seen.extend):
        await api.until(lambda: not api.pending)
    assert [(one.text, one.more) for one in seen] == [
        ("nhà tôi", False),
        ("", True),
        ("", True),
        ("", False),
        ("đây là đơn", False),
    ]


async def test_an_edit_that_changes_nothing_is_no_message(api: BotApi, channel: TelegramChannel) -> None:
    said = api.message(42, text="vay vốn")
    api.push("message", said)
    for text in ("vay vốn", " vay  vốn ", "vay vốn ở đâu", "vay vốn ở đâu"):
        api.push("edited_message", {**said, "text": text, "edit_date": said["date"] + 5})
    seen: list[Incoming] = []
    async with polling(channel, seen.extend):
        await api.until(lambda: not api.pending)
    assert [(one.text, one.way) for one in seen] == [("vay vốn", "private"), ("vay vốn ở đâu", "edited")]


async def test_a_batch_that_is_fetched_again_loses_no_edit_and_no_album(api: BotApi, channel: TelegramChannel) -> None:
    said = api.message(42, text="vay vốn")
    api.push("message", said)
    api.push("edited_message", {**said, "text": "vay vốn ở đâu", "edit_date": said["date"] + 5})
    api.push("message", api.message(42, photo=recorded("photo")["message"]["photo"], media_group_id="a"))
    batches: list[list[tuple[str, bool]]] = []

    def handle(batch: Sequence[Incoming]) -> None:
        batches.append([(one.text, one.more) for one in batch])
        if len(batches) == 1:
            raise StoreError("the disk is full")

    async with polling(channel, handle):
        await api.until(lambda: not api.pending)
    assert batches == [[("vay vốn", False), ("vay vốn ở đâu", False), ("", False)]] * 2


async def test_a_press_is_read_whatever_has_become_of_the_message_it_hangs_on(api: BotApi, channel: TelegramChannel) -> None:
    api.press_data(42, "token")
    api.pending[0]["callback_query"]["message"]["entities"] = [{}]
    seen: list[Incoming] = []
    async with polling(channel, seen.extend):
        await api.until(lambda: not api.pending)
    assert [(incoming.choice, incoming.sender.user) for incoming in seen] == [("token", "42")]


@pytest.mark.parametrize("part", [{"forward_origin": 7}, {"sender_chat": {}}, {"chat": {}}, {"from": {}}], ids=json.dumps)
async def test_words_of_which_nobody_knows_whose_they_are_are_not_read(
    api: BotApi, channel: TelegramChannel, part: dict[str, Any]
) -> None:
    api.push("message", {**api.message(42, text="chào"), **part})
    seen: list[Incoming] = []
    async with polling(channel, seen.extend):
        await api.until(lambda: not api.pending)
    assert not seen


class OddApi(BotApi):
    """Answers a method once with any JSON, and writes what is "DEEP" deeper than anybody can read."""

    def __init__(self) -> None:
        super().__init__()
        self.odd: dict[str, Any] = {}

    async def _answer(self, target: str, content_type: str, body: bytes) -> tuple[int, Any]:
        method = target.rpartition("/")[2]
        return (200, self.odd.pop(method)) if method in self.odd else await super()._answer(target, content_type, body)

    async def _respond(self, writer: asyncio.StreamWriter, status: int, answer: dict[str, Any]) -> None:
        body = json.dumps(answer).encode().replace(b'"DEEP"', b"[" * 100_000 + b"]" * 100_000)
        writer.write(b"HTTP/1.1 %d X\r\nContent-Length: %d\r\n\r\n" % (status, len(body)) + body)
        await writer.drain()


@pytest.fixture
async def odd(pause: Pause) -> AsyncIterator[tuple[OddApi, TelegramChannel]]:
    async with OddApi() as api:
        channel = telegram_on(api, pause)
        yield api, channel
        await channel.close()


async def test_an_update_that_is_too_deep_to_be_read_is_passed_over_alone(odd: tuple[OddApi, TelegramChannel]) -> None:
    api, channel = odd
    texts = [f"câu {number}" for number in range(6)]
    for text in texts:
        api.write(42, text)
    deep = api.pending[3]["update_id"]
    api.pending[3]["message"]["sticker"] = "DEEP"
    seen: list[str] = []
    with capture_logs() as logs:
        async with polling(channel, lambda batch: seen.extend(incoming.text for incoming in batch)):
            await api.until(lambda: not api.pending)
    assert seen == [*texts[:3], *texts[4:]]
    assert [line["update"] for line in logs] == [deep]


async def test_updates_that_stay_unreadable_do_not_make_the_loop_spin(
    odd: tuple[OddApi, TelegramChannel], monkeypatch: pytest.MonkeyPatch
) -> None:
    api, channel = odd

    async def again(parameters: dict[str, Any]) -> list[dict[str, Any]]:
        return [{"update_id": 7, "message": "DEEP"}]

    monkeypatch.setattr(api, "_get_updates", again)
    async with polling(channel, lambda batch: None):
        await asyncio.sleep(0.3)
    assert 3 <= len(api.calls_of("getUpdates")) < 15


@pytest.mark.parametrize("thing", [7, "x", None, [], True], ids=json.dumps)
async def test_what_is_no_update_hides_no_update(odd: tuple[OddApi, TelegramChannel], thing: object) -> None:
    api, channel = odd
    api.odd["getUpdates"] = {"ok": True, "result": [thing, {"update_id": 7, "message": api.message(42, text="chào")}]}
    seen: list[Incoming] = []
    async with polling(channel, seen.extend):
        await api.until(lambda: bool(seen))
    assert [incoming.text for incoming in seen] == ["chào"]


NO_ANSWERS: list[object] = [7, "x", None, [], {}, {"ok": True}, {"ok": False}]


@pytest.mark.parametrize("answer", NO_ANSWERS, ids=json.dumps)
async def test_polling_goes_on_after_an_answer_that_is_none(odd: tuple[OddApi, TelegramChannel], answer: object) -> None:
    api, channel = odd
    api.odd = {"getWebhookInfo": answer, "getUpdates": answer, "getMe": answer}
    api.write_group(-100, 42, "/menu@loaban_bot")
    api.write(42, "chào")
    seen: list[Incoming] = []
    async with polling(channel, seen.extend):
        await api.until(lambda: not api.pending)
    assert [incoming.text for incoming in seen] == ["chào"]


@pytest.mark.parametrize("answer", NO_ANSWERS, ids=json.dumps)
async def test_an_answer_that_is_none_is_unreachable(odd: tuple[OddApi, TelegramChannel], answer: object) -> None:
    api, channel = odd
    api.odd = dict.fromkeys(("sendMessage", "getFile"), answer)
    with pytest.raises(SendError, match="unreachable"):
        await channel.send(reply("x"))
    with pytest.raises(SendError, match="unreachable"):
        await opened(channel, "telegram:AgACAgIAAxx")


async def test_an_update_without_an_id_does_not_make_the_loop_spin(api: BotApi, channel: TelegramChannel) -> None:
    api.pending = [{"update_id": 7}]
    api.pending[0].pop("update_id")
    async with polling(channel, lambda batch: None):
        await asyncio.sleep(0.3)
    assert len(api.calls_of("getUpdates")) < 10


async def test_groups_and_channels_are_confirmed_and_get_no_answer(api: BotApi, desk: Desk) -> None:
    for name in (
        "text_in_group",
        "command_in_group_to_another",
        "added_to_group",
        "channel_post",
        "answer_in_group_to_another_bot",
    ):
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


async def test_a_command_in_a_group_is_answered_there_and_our_name_is_asked_for_once(api: BotApi, desk: Desk) -> None:
    api.write_group(-100, 42, "/menu@loaban_bot")
    await api.until(lambda: api.texts(-100) == ["answer to: /menu"])
    api.write_group(-100, 42, "/menu@another_bot")
    api.write_group(-100, 42, "/help@LoaBan_bot")
    await api.until(lambda: api.texts(-100) == ["answer to: /menu", "answer to: /help"])
    assert len(api.calls_of("getMe")) == 1
    assert not api.calls_of("sendChatAction", -100)


async def test_a_name_that_cannot_be_had_holds_up_nobody_and_is_asked_for_again(api: BotApi, desk: Desk) -> None:
    api.fail("getMe", 502)
    api.write_group(-100, 42, "/menu@loaban_bot")
    api.write(42, "chào")
    await api.until(lambda: api.texts(42) == ["answer to: chào"])
    assert not api.texts(-100)
    api.write_group(-100, 42, "/menu@loaban_bot")
    await api.until(lambda: api.texts(-100) == ["answer to: /menu"])


async def test_an_answer_and_a_button_in_a_group_say_who_it_was(api: BotApi, channel: TelegramChannel) -> None:
    api.chat(-100)
    message_id = int(await channel.send(of_a_case("Việc số 12", Button("Nhận", "t1"), user="-100")))
    api.press(-100, "Nhận", by=42)
    api.answer(-100, message_id, "Bà con mang đơn lên xã nhé", by=43)
    api.answer(-100, message_id, by=43, photo=api._sizes("AgACAgIAAxanswer"), caption="mẫu đơn")
    api.write_group(-100, 44, "mai họp nhé")
    seen: list[Incoming] = []
    async with polling(channel, seen.extend):
        await api.until(lambda: not api.pending and all(api.queries.values()))
    group, officers = Address("telegram", "-100"), [Address("telegram", str(user)) for user in (42, 43, 43)]
    assert [(one.sender, one.way) for one in seen] == [(group, "group")] * 3
    assert [one.author for one in seen] == officers
    assert [(one.choice, one.text, one.reply_to) for one in seen] == [
        ("t1", "", None),
        (None, "Bà con mang đơn lên xã nhé", str(message_id)),
        (None, "mẫu đơn", str(message_id)),
    ]
    assert seen[2].photo == "telegram:AgACAgIAAxanswer_2"
    assert not api.calls_of("getMe")
    assert not api.calls_of("sendChatAction")


async def test_a_group_that_took_us_out_is_heard_leaving(api: BotApi, channel: TelegramChannel) -> None:
    seen: list[Incoming] = []
    api.leave(-100)
    async with polling(channel, seen.extend):
        await api.until(lambda: bool(seen))
    assert [(one.kind, one.way, one.sender.user) for one in seen] == [("left", "group", "-100")]


async def test_somebody_who_blocks_us_is_heard_leaving_and_sees_no_typing_sign(api: BotApi, channel: TelegramChannel) -> None:
    seen: list[Incoming] = []
    async with polling(channel, seen.extend):
        api.block(42, tell=True)
        await api.until(lambda: len(seen) == 1)
        api.write(43, "chào")
        await api.until(lambda: bool(api.calls_of("sendChatAction", 43)))
    assert (seen[0].kind, seen[0].sender, seen[0].text, seen[0].way) == ("left", Address("telegram", "42"), "", "private")
    assert not api.calls_of("sendChatAction", 42)


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


async def test_polling_begins_when_telegram_comes_back(pause: Pause) -> None:
    api = BotApi()
    await api.start()
    port = api.port
    await api.stop()
    channel = TelegramChannel(api.token, api=f"http://127.0.0.1:{port}/bot", poll_seconds=1, pause=pause)
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
async def test_a_wrong_token_ends_the_poll_with_the_settings_name(api: BotApi, pause: Pause, token: str) -> None:
    channel = telegram_on(api, pause, token=token)
    with pytest.raises(SettingsError, match="LOABAN_TELEGRAM_TOKEN") as caught:
        await channel.poll(lambda batch: None)
    assert token not in str(caught.value)
    assert caught.value.__suppress_context__
    await channel.close()


async def test_serving_ends_with_the_reason_when_the_token_is_wrong(api: BotApi, tmp_path: Path) -> None:
    store = SqliteStore(tmp_path / "loaban.db")
    pause = Pause(store, "telegram", lambda: NOW)
    channel = telegram_on(api, pause, token="1:x")
    sender = ReplySender(channel, store, now=lambda: NOW, pause=pause)
    with pytest.raises(SettingsError):
        await serve(lambda batch: None, channel, [sender], asyncio.Event())
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


async def test_a_button_may_stand_beside_the_one_before_it(api: BotApi, channel: TelegramChannel) -> None:
    api.chat(42)
    buttons = [Button("a", "1", beside=True), Button("👍", "2"), Button("👎", "3", beside=True), Button("b", "4")]
    await channel.send(reply("?", *buttons))
    await api.perform(json.loads(channel.in_response(reply("?", *buttons)) or b""))
    for call in (api.calls_of("sendMessage")[0], api.answers[0]):
        markup = call.parameters["reply_markup"]
        rows = (json.loads(markup) if isinstance(markup, str) else markup)["inline_keyboard"]
        assert [[button["text"] for button in row] for row in rows] == [["a"], ["👍", "👎"], ["b"]]


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


async def test_an_announcement_that_stopped_half_way_shortens_nobody_elses(api: BotApi, channel: TelegramChannel) -> None:
    api.chat(42), api.chat(43)
    long = "Một câu dài vừa phải. " * 250
    api.fail("sendMessage", delay=0)
    api.fail("sendMessage", 500)
    with pytest.raises(SendError):
        await channel.send(announcement(long, user="42"))
    await channel.send(announcement(long, user="43"))
    assert len(api.texts(42)) == 1
    assert len(api.texts(43)) == 2


async def test_an_announcement_takes_no_typing_sign_away(api: BotApi, channel: TelegramChannel) -> None:
    for chat in (1, 2):  # they take all the places of courtesies
        api.fail("sendChatAction", chat=chat, delay=0.4)
        api.write(chat, "chào")
    async with polling(channel, lambda batch: None):
        await api.until(lambda: len(api.calls_of("sendChatAction")) == 2)
        api.write(42, "chào")
        await api.until(lambda: not api.pending)
        await channel.send(announcement("Họp bản"))
        await api.until(lambda: bool(api.calls_of("sendChatAction", 42)))


async def test_a_photo_stands_above_its_text_with_the_buttons_under_it(api: BotApi, channel: TelegramChannel) -> None:
    api.chat(42)
    message_id = await channel.send(announcement("*Họp* bản", Button("Dừng", "a"), photo=PICTURE))
    [sent] = api.sent
    assert (sent.text, sent.photo, sent.buttons) == ("*Họp* bản", PICTURE, (("Dừng", "a"),))
    assert message_id == str(sent.message_id)
    [call] = api.calls_of("sendPhoto")
    assert set(call.parameters) == {"chat_id", "photo", "caption", "reply_markup"}


async def test_a_picture_that_somebody_sent_can_be_sent_to_others(api: BotApi, channel: TelegramChannel) -> None:
    api.chat(43)
    seen: list[Incoming] = []
    api.write_photo(42, "Họp bản")
    async with polling(channel, seen.extend):
        await api.until(lambda: bool(seen))
    await channel.send(announcement("Họp bản", user="43", photo=seen[0].photo))
    [message] = api.chats[42].messages.values()
    assert api.sent[0].photo == message["photo"][-1]["file_id"]


async def test_a_recording_of_an_answer_is_sent_as_voice(api: BotApi, pause: Pause, tmp_path: Path) -> None:
    (tmp_path / "content/audio/tai").mkdir(parents=True)
    (tmp_path / "content/audio/tai/vbsp-apply.ogg").write_bytes(ogg())
    channel = telegram_on(api, pause, home=tmp_path)
    api.chat(42)
    await channel.send(reply("Vay thế nào?", file="recording:tai/vbsp-apply.ogg"))
    [sent] = api.sent
    assert sent.text == "Vay thế nào?"
    kind, _, id_ = (sent.file or "").partition(":")
    assert (kind, api.stored[id_].content, api.stored[id_].path) == ("voice", ogg(), "tai-vbsp-apply.ogg")
    await channel.close()


@pytest.mark.parametrize("name", ["tai/gone.ogg", "../../secret.ogg", "tai/../../x.ogg", "tai/x.yaml", ""])
async def test_of_a_recording_that_is_no_more_the_words_come_alone(
    api: BotApi, pause: Pause, tmp_path: Path, name: str
) -> None:
    (tmp_path / "secret.ogg").write_bytes(b"secret")
    channel = telegram_on(api, pause, home=tmp_path / "home")
    api.chat(42)
    await channel.send(reply("Vay thế nào?", file=f"recording:{name}"))
    assert [(sent.text, sent.file) for sent in api.sent] == [("Vay thế nào?", None)]
    await channel.close()


@pytest.mark.parametrize("photo", [PICTURE, "telegram:AgACAgIAAxkBAAIB"])
async def test_a_photo_is_left_out_where_the_text_does_not_fit_under_it(
    api: BotApi, channel: TelegramChannel, photo: str
) -> None:
    api.chat(42)
    await channel.send(reply("😀" * 512, photo=photo))
    await channel.send(reply("😀" * 512 + "x", Button("Dừng", "a"), photo=photo))
    await channel.send(reply("", photo=photo))
    assert [sent.photo is not None for sent in api.sent] == [True, False, True]
    assert api.sent[1].text == "😀" * 512 + "x"
    assert api.sent[1].buttons == (("Dừng", "a"),)


@pytest.mark.parametrize("photo", ["zalo:AgACAgIAAxkBAAIB", "http://dienbien.gov.vn/x.jpg", "/etc/hostname", "telegram:", ""])
async def test_a_photo_that_telegram_cannot_get_at_is_left_out(api: BotApi, channel: TelegramChannel, photo: str) -> None:
    api.chat(42)
    await channel.send(announcement("Họp bản", photo=photo))
    assert [(sent.text, sent.photo) for sent in api.sent] == [("Họp bản", None)]


async def test_no_file_of_ours_is_ever_sent_for_a_photo(
    api: BotApi, channel: TelegramChannel, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    # The library looks for a file by the name it is given, and would send it.
    api.chat(42)
    (tmp_path / "AgACAgIAAxkBAAIB").write_text("a secret")
    monkeypatch.chdir(tmp_path)
    await channel.send(announcement("Họp bản", photo="telegram:AgACAgIAAxkBAAIB"))
    assert api.sent[0].photo == "AgACAgIAAxkBAAIB"


FILES = ("document", "voice", "audio", "video", "video_note", "animation")


@pytest.mark.parametrize("kind", FILES)
async def test_a_file_that_somebody_sent_reaches_somebody_else_as_what_it_is(
    api: BotApi, channel: TelegramChannel, kind: str
) -> None:
    api.chat(43)
    api.write_file(42, kind)
    seen: list[Incoming] = []
    async with polling(channel, seen.extend):
        await api.until(lambda: bool(seen))
    assert (seen[0].file or "").startswith(f"telegram:{kind}:")
    await channel.send(of_a_case("mẫu đơn", Button("Nhận", "a"), user="43", file=seen[0].file))
    assert f"telegram:{api.sent[-1].file}" == seen[0].file
    assert api.sent[-1].buttons == (("Nhận", "a"),)
    assert [sent.text for sent in api.sent] == (["mẫu đơn", ""] if kind == "video_note" else ["mẫu đơn"])


async def test_a_photo_or_a_file_of_a_case_follows_a_text_that_does_not_fit_under_it(
    api: BotApi, channel: TelegramChannel
) -> None:
    api.chat(42)
    long = "x" * 1025
    last = await channel.send(of_a_case(long, Button("Nhận", "a"), file="telegram:document:AgACAgIAAxdocument"))
    assert [(sent.text, sent.file, sent.buttons) for sent in api.sent] == [
        (long, None, ()),
        ("", "document:AgACAgIAAxdocument", (("Nhận", "a"),)),
    ]
    assert last == str(api.sent[-1].message_id)
    await channel.send(of_a_case(long, photo="telegram:AgACAgIAAxpicture"))
    assert [(sent.text, sent.photo) for sent in api.sent[2:]] == [(long, None), ("", "AgACAgIAAxpicture")]
    await channel.send(of_a_case(long, photo=PICTURE))
    assert [(sent.text, sent.photo) for sent in api.sent[4:]] == [(f"{long}\n{PICTURE}", None)]


async def test_a_photo_and_a_file_come_both(api: BotApi, channel: TelegramChannel) -> None:
    api.chat(42)
    await channel.send(of_a_case("đây", photo="telegram:AgACAgIAAxpicture", file="telegram:voice:AgACAgIAAxvoice"))
    assert [(sent.text, sent.photo, sent.file) for sent in api.sent] == [
        ("đây", "AgACAgIAAxpicture", None),
        ("", None, "voice:AgACAgIAAxvoice"),
    ]


async def test_a_file_that_failed_after_its_text_does_not_repeat_the_text(api: BotApi, channel: TelegramChannel) -> None:
    api.chat(42)
    both = of_a_case("x" * 1025, file="telegram:document:AgACAgIAAxdocument")
    api.fail("sendDocument", 502)
    with pytest.raises(SendError):
        await channel.send(both)
    await channel.send(both)
    assert [sent.file is None for sent in api.sent] == [True, False]


async def test_the_address_of_a_file_on_the_web_stands_under_the_text(api: BotApi, channel: TelegramChannel) -> None:
    api.chat(42)
    await channel.send(of_a_case("đơn", file="https://f1.zdn.vn/don.docx"))
    await channel.send(of_a_case("", file="https://f1.zdn.vn/don.docx"))
    assert api.texts(42) == ["đơn\nhttps://f1.zdn.vn/don.docx", "https://f1.zdn.vn/don.docx"]


@pytest.mark.parametrize("description", ["Bad Request: failed to get HTTP URL content", "something that nobody foresaw"])
async def test_a_photo_of_a_case_that_telegram_does_not_show_is_sent_as_its_address(
    api: BotApi, channel: TelegramChannel, description: str
) -> None:
    api.chat(42)
    api.fail("sendPhoto", 400, description=description)
    await channel.send(of_a_case("ảnh đây", Button("Nhận", "a"), photo=PICTURE))
    assert [(sent.text, sent.photo, sent.buttons) for sent in api.sent] == [(f"ảnh đây\n{PICTURE}", None, (("Nhận", "a"),))]
    api.fail("sendPhoto", 400, description=description)
    with pytest.raises(SendError):  # an announcement learns that its photo is no good
        await channel.send(announcement("Họp bản", photo=PICTURE))


@pytest.mark.parametrize(
    "file",
    [
        "zalo:document:AgACAgIAAxdocument",
        "telegram:",
        "telegram:document:",
        "telegram:sticker:AgACAgIAAxx",
        "/etc/hostname",
        "",
    ],
)
async def test_a_file_that_telegram_cannot_get_at_is_left_out(api: BotApi, channel: TelegramChannel, file: str) -> None:
    api.chat(42)
    await channel.send(of_a_case("đây", file=file))
    assert [(sent.text, sent.file) for sent in api.sent] == [("đây", None)]


@pytest.mark.parametrize("kind", FILES)
async def test_no_file_of_ours_is_ever_sent_for_one_of_somebodys(
    api: BotApi, channel: TelegramChannel, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, kind: str
) -> None:
    api.chat(42)
    (tmp_path / "AgACAgIAAxkBAAIB").write_text("a secret")
    monkeypatch.chdir(tmp_path)
    await channel.send(of_a_case("", file=f"telegram:{kind}:AgACAgIAAxkBAAIB"))
    assert api.sent[0].file == f"{kind}:AgACAgIAAxkBAAIB"


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
    assert all(call.at < refused.ended + 0.5 for call in on_their_way)
    assert len(on_their_way) < 8


@pytest.mark.parametrize("method", ["sendMessage", "sendPhoto", "sendChatAction", "answerCallbackQuery", "getMe"])
async def test_a_429_of_any_call_silences_all_of_them(api: BotApi, channel: TelegramChannel, pause: Pause, method: str) -> None:
    api.fail(method, 429, retry_after=600)
    async with polling(channel, lambda batch: None):
        match method:
            case "sendMessage" | "sendPhoto":
                api.chat(42)
                with pytest.raises(SendError, match="throttled"):
                    await channel.send(announcement("x", photo=PICTURE if method == "sendPhoto" else None))
            case "sendChatAction":
                api.write(42, "chào")
            case "answerCallbackQuery":
                api.push("callback_query", recorded("button_press_in_group")["callback_query"])
            case "getMe":
                api.write_group(-100, 42, "/menu@loaban_bot")
        await api.until(lambda: pause.left() > 500)
        await api.until(lambda: not api.pending)
        before = [call for call in api.calls if call.method != "getUpdates"]
        api.write(42, "chào"), api.press_data(42, "x"), api.write_group(-100, 42, "/menu@loaban_bot")
        for outgoing in (reply("x"), announcement("x"), announcement("x", photo=PICTURE)):
            with pytest.raises(SendError) as caught:
                await channel.send(outgoing)
            assert caught.value.reason == "throttled"
            assert 500 < (caught.value.retry_after or 0) <= 600
        await api.until(lambda: not api.pending)
    assert [call for call in api.calls if call.method != "getUpdates"] == before


async def test_a_429_of_a_chat_that_got_much_holds_up_nobody_else(api: BotApi, desk: Desk) -> None:
    for number in range(3):
        api.write(7, str(number))
    await api.until(lambda: len(api.texts(7)) == 3)
    api.fail("sendMessage", 429, chat=7, retry_after=2)
    api.write(7, "3")
    await api.until(lambda: any(call.status == 429 for call in api.calls))
    for number in range(5):
        api.write(42, str(number))
    await api.until(lambda: len(api.texts(42)) == 5)
    assert len(api.texts(7)) == 3
    assert desk.pause.left() == 0.0
    await api.until(lambda: len(api.texts(7)) == 4)


async def test_a_429_of_two_chats_at_a_time_is_one_of_the_channel(api: BotApi, desk: Desk) -> None:
    for chat in (7, 42):
        for number in range(3):
            api.write(chat, str(number))
    await api.until(lambda: len(api.texts(7)) == len(api.texts(42)) == 3)
    for chat in (7, 42):
        api.fail("sendMessage", 429, chat=chat, retry_after=2)
        api.write(chat, "3")
    await api.until(lambda: sum(call.status == 429 for call in api.calls) == 2)
    await api.until(lambda: desk.pause.left() > 0)
    await api.until(lambda: len(api.texts(7)) == len(api.texts(42)) == 4)


async def test_messages_to_one_chat_are_spaced_and_others_do_not_wait(
    api: BotApi, desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("bot.channels.spacing.BURST", 2)
    for number in range(4):
        api.write(7, str(number))
    await api.until(lambda: len(api.texts(7)) == 2)
    for number in range(2):
        api.write(42, str(number))
    await api.until(lambda: len(api.texts(42)) == 2)
    assert len(api.texts(7)) < 4
    await api.until(lambda: len(api.texts(7)) == 4)
    assert desk.pause.left() == 0.0


async def test_a_429_is_kept_by_the_next_process(api: BotApi, tmp_path: Path) -> None:
    api.fail("sendMessage", 429, retry_after=3)
    async with at_work(api, tmp_path / "loaban.db"):
        api.write(42, "chào")
        await api.until(lambda: any(call.status == 429 for call in api.calls))
    refused = next(call for call in api.calls if call.status == 429)
    known = len(api.calls)
    async with at_work(api, tmp_path / "loaban.db") as desk:
        api.write(42, "còn đó không")
        with pytest.raises(SendError, match="throttled"):
            await desk.channel.send(announcement("Họp bản"))
        await api.until(lambda: len(api.texts(42)) == 2)
    assert api.texts(42) == ["answer to: chào", "answer to: còn đó không"]
    after = [call for call in api.calls[known:] if call.method != "getUpdates"]
    assert min(call.at for call in after) >= refused.ended + 3.0


async def test_eight_announcements_and_eight_replies_are_under_way_beside_a_courtesy(
    api: BotApi, channel: TelegramChannel
) -> None:
    api.fail("sendMessage", delay=1.0, times=16)
    for chat in range(16):
        api.chat(chat)
    sends = [announcement("x", user=str(chat)) if chat < 8 else reply("x", user=str(chat), id_=chat) for chat in range(16)]
    async with polling(channel, lambda batch: None):
        sending = asyncio.gather(*map(channel.send, sends))
        await api.until(lambda: len(api.calls_of("sendMessage")) == 16)
        api.press_data(42, "x")
        await api.until(lambda: all(api.queries.values()))
        await sending
    calls = api.calls_of("sendMessage")
    assert max(call.at for call in calls) < min(call.ended for call in calls)
    assert api.calls_of("answerCallbackQuery")[0].ended < min(call.ended for call in calls)


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

TEXT_FAULTS = [
    "message is too long",
    "MESSAGE_TOO_LONG",
    "message caption is too long",
    "can't parse entities: Can't find end of the entity starting at byte offset 5",
    "message text is empty",
    "text must be non-empty",
    "wrong file identifier/HTTP URL specified",
    "wrong remote file identifier specified: Wrong string length",
    "failed to get HTTP URL content",
    "wrong type of the web page content",
    "PHOTO_INVALID_DIMENSIONS",
    "IMAGE_PROCESS_FAILED",
    "MEDIA_EMPTY",
    "WEBPAGE_CURL_FAILED",
    "WEBPAGE_MEDIA_EMPTY",
]
OTHER_FAULTS = [
    "not enough rights to send text messages to the chat",
    "TOPIC_CLOSED",
    "VOICE_MESSAGES_FORBIDDEN",
    "message to be replied not found",
    "BUTTON_DATA_INVALID",
    "can't parse inline keyboard button: text is empty",
    "something that nobody foresaw",
    "",
]
ERRORS: list[tuple[telegram.error.TelegramError, str, bool]] = [
    (telegram.error.RetryAfter(7), "throttled", False),
    (telegram.error.RetryAfter(timedelta(seconds=7)), "throttled", False),
    (telegram.error.ChatMigrated(-100), "refused-person", False),
    (telegram.error.Forbidden("Forbidden: bot was blocked by the user"), "refused-person", True),
    (telegram.error.Forbidden("Forbidden: user is deactivated"), "refused-person", True),
    (telegram.error.BadRequest("Bad Request: chat not found"), "refused-person", False),
    (telegram.error.BadRequest("Bad Request: user not found"), "refused-person", True),
    (telegram.error.BadRequest("Bad Request: user is deactivated"), "refused-person", True),
    (telegram.error.BadRequest("Bad Request: USER_IS_BLOCKED"), "refused-person", True),
    (telegram.error.BadRequest("Bad Request: INPUT_USER_DEACTIVATED"), "refused-person", True),
    (telegram.error.BadRequest("Bad Request: PEER_ID_INVALID"), "refused-person", True),
    *((telegram.error.BadRequest(f"Bad Request: {said}"), "refused-text", False) for said in TEXT_FAULTS),
    *((telegram.error.BadRequest(f"Bad Request: {said}"), "refused", False) for said in OTHER_FAULTS),
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


@pytest.mark.parametrize("sign", [*REFUSED_TEXT, *GONE, NOT_FOUND])
def test_every_sign_is_one_of_a_text_that_telegram_says(sign: str) -> None:
    assert any(sign in error.message.lower() for error, _, _ in ERRORS)


@given(st.text())
def test_a_refusal_that_nobody_foresaw_says_nothing_about_the_text(said: str) -> None:
    assume(not any(sign in said.lower() for sign in (*REFUSED_TEXT, *GONE, NOT_FOUND)))
    ours = telegram_error(telegram.error.BadRequest(said))
    assert (ours.reason, ours.gone, ours.temporary) == ("refused", False, False)


Prepare = Callable[[BotApi], object]
OVER_THE_WIRE: dict[str, tuple[Prepare, str]] = {
    "blocked": (lambda api: api.block(42), "refused-person"),
    "never wrote": (lambda api: api.chats.clear(), "refused-person"),
    "bad request": (lambda api: api.fail("sendMessage", 400), "refused"),
    "bad text": (lambda api: api.fail("sendMessage", 400, description="Bad Request: message is too long"), "refused-text"),
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
        with pytest.raises(SendError, match="refused: "):
            await channel.send(bad)
    for picture in ("telegram:short", "https://"):
        with pytest.raises(SendError, match="refused-text: "):
            await channel.send(announcement("x", photo=picture))
    assert not api.sent


# --- what people sent -------------------------------------------------------------------------------------------------


async def opened(channel: TelegramChannel, media: str) -> tuple[str, int | None, bytes]:
    async with channel.open(media) as file:
        return file.name, file.size, b"".join([chunk async for chunk in file.chunks])


async def test_a_file_is_opened_by_what_names_it(api: BotApi, channel: TelegramChannel) -> None:
    content = bytes(range(256)) * 2000
    api.keep("AgACAgIAAxdocument", content, "documents/đơn 1.pdf")
    for media in ("telegram:document:AgACAgIAAxdocument", "telegram:AgACAgIAAxdocument"):
        assert await opened(channel, media) == ("đơn 1.pdf", len(content), content)


def kept_but(**fault: Any) -> Prepare:
    """A file whose download goes wrong."""

    def prepare(api: BotApi) -> None:
        api.keep("AgACAgIAAxx", b"x", "a/b")
        api.fail("download", **fault)

    return prepare


NO_FILE: dict[str, tuple[Prepare, str]] = {
    "not known": (lambda api: None, "refused"),
    "too big for a bot": (lambda api: api.keep("AgACAgIAAxx", b"x", "a/b.pdf", told=20_000_001), "refused"),
    "without a path": (lambda api: api.keep("AgACAgIAAxx", b"x", None), "refused"),
    "on another disk": (lambda api: api.keep("AgACAgIAAxx", b"x", "/var/lib/x"), "refused"),
    "above its folder": (lambda api: api.keep("AgACAgIAAxx", b"x", "../../getMe"), "refused"),
    "gone": (kept_but(status=404), "unreachable"),
    "nobody answers": (kept_but(drop="before"), "unreachable"),
    "cut off": (lambda api: api.keep("AgACAgIAAxx", b"x" * 100_000, "a/b", whole=False), "unreachable"),
    "too much": (lambda api: api.keep("AgACAgIAAxx", b"x" * 20_000_001, "a/b", told=1), "refused"),
    "too fast": (lambda api: api.fail("getFile", 429, retry_after=600), "throttled"),
    "another token": (lambda api: setattr(api, "token", "1:y"), "token"),
}


@pytest.mark.parametrize("name", NO_FILE)
async def test_a_file_that_cannot_be_had_says_what_to_do_and_no_token(
    api: BotApi, channel: TelegramChannel, pause: Pause, name: str
) -> None:
    prepare, reason = NO_FILE[name]
    token = api.token
    prepare(api)
    with pytest.raises(SendError) as caught:
        await opened(channel, "telegram:document:AgACAgIAAxx")
    assert caught.value.reason == reason
    shown = "".join(traceback.format_exception(caught.value))
    assert token not in shown
    assert (pause.left() > 500) == (reason == "throttled")


async def test_in_a_silence_no_file_is_asked_for(api: BotApi, channel: TelegramChannel, pause: Pause) -> None:
    await pause.ask(600)
    with pytest.raises(SendError, match="throttled"):
        await opened(channel, "telegram:AgACAgIAAxx")
    assert not api.calls


# --- topics and supergroups -------------------------------------------------------------------------------------------


def in_group(**more: Any) -> Update:
    group = {"id": -100, "type": "supergroup", "title": "x", "is_forum": True}
    person = {"id": 7, "is_bot": False, "first_name": "x"}
    message = {"message_id": 5, "date": int(SENT_AT.timestamp()), "chat": group, "from": person, **more}
    update = Update.de_json({"update_id": 1, "message": message}, None)
    assert update is not None
    return update


@pytest.mark.parametrize(
    ("more", "old", "new"),
    [
        ({"migrate_to_chat_id": -100777, "chat": {"id": -7, "type": "group", "title": "x"}}, "-7", "-100777"),
        ({"migrate_from_chat_id": -7}, "-7", "-100"),
    ],
)
def test_a_group_that_became_a_supergroup_is_told_by_both_ids(more: dict[str, Any], old: str, new: str) -> None:
    found = read_update(in_group(**more), NOW)
    assert found is not None
    assert (found.sender.user, found.moved_to, found.way) == (old, Address("telegram", new), "group")


def test_a_message_says_in_which_topic_it_stands_and_a_thread_of_answers_is_none() -> None:
    topic = read_update(in_group(text="/cases", message_thread_id=45, is_topic_message=True), NOW)
    thread = read_update(in_group(text="/cases", message_thread_id=45), NOW)
    assert topic is not None
    assert thread is not None
    assert (topic.topic, thread.topic) == ("45", "")


@pytest.mark.parametrize("text", ["Chào bà con.", "dài " * 3000])
async def test_a_reply_goes_into_its_topic_by_calls_and_in_a_response(api: BotApi, channel: TelegramChannel, text: str) -> None:
    outgoing = Outgoing(1, Address("telegram", "42"), Reply(text, topic="45"), 0, NOW)
    api.chat(42)
    await channel.send(outgoing)
    sent = [call for call in api.calls if call.method == "sendMessage"]
    assert sent
    assert {str(call.parameters["message_thread_id"]) for call in sent} == {"45"}
    if len(sent) == 1:
        assert json.loads(channel.in_response(outgoing) or b"{}")["message_thread_id"] == 45
