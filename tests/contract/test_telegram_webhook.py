"""Telegram by webhook: what is welcome, what it is read as, what stands in a response, and how the two ways change places."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from bot.channels.telegram.channel import TelegramChannel
from bot.channels.telegram.client import ALLOWED_UPDATES
from bot.channels.telegram.webhook import SECRET_HEADER
from bot.channels.webhook import WebhookRejected
from bot.delivery.pause import Pause
from bot.errors import SendError, SettingsError
from bot.model import Address, Button, Incoming, Reply
from bot.ports import Outgoing
from bot.stores.sqlite.store import SqliteStore
from tests.stubs.bot_api import BotApi

RECORDED = Path(__file__).parent.parent / "recorded" / "telegram"
SECRET = "a-secret-of-the-tests"
SHOWN = {SECRET_HEADER: SECRET}
URL = "https://bot.example.vn/telegram"
NOW = datetime(2026, 3, 1, 12, 0, tzinfo=UTC)


@pytest.fixture
def pause(in_memory: SqliteStore) -> Pause:
    return Pause(in_memory, "telegram", lambda: datetime.now(UTC))


@pytest.fixture
async def api() -> AsyncIterator[BotApi]:
    async with BotApi() as running:
        yield running


@pytest.fixture
async def channel(api: BotApi, pause: Pause) -> AsyncIterator[TelegramChannel]:
    opened = TelegramChannel(api.token, api=api.address, poll_seconds=1, pause=pause, secret=SECRET, now=lambda: NOW)
    yield opened
    await opened.close()


def outgoing(text: str, *buttons: Button, photo: str | None = None) -> Outgoing:
    return Outgoing(1, Address("telegram", "42"), Reply(text, buttons, photo), 0, NOW)


def recorded(name: str) -> bytes:
    return (RECORDED / f"{name}.json").read_bytes()


async def test_an_update_is_read_as_with_polling(channel: TelegramChannel) -> None:
    [read] = channel.receive(SHOWN, recorded("text"))
    assert (read.text, read.sender) == ("muon vay von giai quyet viec lam", Address("telegram", "555000111"))
    assert read.id == str(json.loads(recorded("text"))["update_id"])


@pytest.mark.parametrize(
    ("headers", "status"),
    [({}, 401), ({SECRET_HEADER: ""}, 403), ({SECRET_HEADER: SECRET + "x"}, 403), ({SECRET_HEADER: "bí mật"}, 403)],
)
async def test_nobody_without_the_secret_is_heard(channel: TelegramChannel, headers: dict[str, str], status: int) -> None:
    with pytest.raises(WebhookRejected) as caught:
        channel.receive(headers, recorded("text"))
    assert caught.value.status == status


async def test_without_a_secret_of_our_own_nobody_is_heard(api: BotApi, pause: Pause) -> None:
    channel = TelegramChannel(api.token, api=api.address, poll_seconds=1, pause=pause)
    with pytest.raises(WebhookRejected):
        channel.receive({SECRET_HEADER: ""}, recorded("text"))
    await channel.close()


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"{",
        b"[]",
        b"7",
        b"\xff\xfe",
        b"[" * 100_000,
        b'{"update_id":"7"}',
        b'{"update_id":7,"message":"x"}',
        b'{"update_id":7}',
    ],
)
async def test_a_body_that_cannot_be_read_is_taken_and_leads_to_nothing(channel: TelegramChannel, body: bytes) -> None:
    assert channel.receive(SHOWN, body) == []


async def test_a_button_press_is_acknowledged_by_a_call(api: BotApi, channel: TelegramChannel) -> None:
    api.press_data(42, "token")
    [update] = api.pending
    [read] = channel.receive(SHOWN, json.dumps(update).encode())
    assert read == Incoming(str(update["update_id"]), Address("telegram", "42"), "", NOW, choice="token")
    await api.until(lambda: len(api.calls_of("answerCallbackQuery")) == 1)
    assert not api.calls_of("sendChatAction")


async def test_a_reply_in_a_response_arrives_as_one_by_call_does(api: BotApi, channel: TelegramChannel) -> None:
    api.chat(42)
    reply = outgoing("Bà con chọn một mục 😀", Button("Vay vốn", "t1"), Button("Nhà ở " * 20, "t2"))
    body = channel.in_response(reply)
    assert body is not None
    await api.perform(json.loads(body))
    await channel.send(reply)
    inside, by_call = api.sent
    assert (inside.text, inside.buttons) == (by_call.text, by_call.buttons)
    assert json.loads(body)["link_preview_options"] == {"is_disabled": True}


@pytest.mark.parametrize(
    "reply", [outgoing(""), outgoing("x" * 4097), outgoing("😀" * 2049), outgoing("x", photo="https://x.vn/a")]
)
async def test_a_reply_that_is_not_one_plain_message_needs_calls(channel: TelegramChannel, reply: Outgoing) -> None:
    assert channel.in_response(reply) is None
    assert channel.in_response(outgoing("x" * 4096)) is not None


async def test_in_a_silence_nothing_is_said_in_a_response_either(channel: TelegramChannel, pause: Pause) -> None:
    await pause.ask(5)
    assert channel.in_response(outgoing("chào")) is None


async def test_registering_says_where_with_which_secret_and_what_for(api: BotApi, channel: TelegramChannel) -> None:
    await channel.register(URL)
    [call] = api.calls_of("setWebhook")
    assert (call.parameters["url"], call.parameters["secret_token"]) == (URL, SECRET)
    assert json.loads(call.parameters["allowed_updates"]) == ALLOWED_UPDATES
    assert call.parameters["max_connections"] == "40"


async def test_after_registering_a_command_in_a_group_may_name_us(api: BotApi, channel: TelegramChannel) -> None:
    assert channel.receive(SHOWN, recorded("command_in_group_to_us")) == []
    await channel.register(URL)
    assert len(channel.receive(SHOWN, recorded("command_in_group_to_us"))) == 1
    assert channel.receive(SHOWN, recorded("command_in_group_to_another")) == []


@pytest.mark.parametrize("url", ["http://bot.example.vn/telegram", "https://bot.example.vn:9000/telegram"])
async def test_an_address_that_telegram_refuses_is_a_wrong_setting(channel: TelegramChannel, url: str) -> None:
    with pytest.raises(SettingsError, match="LOABAN_PUBLIC_URL"):
        await channel.register(url)


@pytest.mark.parametrize(
    ("fault", "kind"),
    [
        ({"status": 401}, SettingsError),
        ({"status": 502}, SendError),
        ({"drop": "before"}, SendError),
        ({"status": 429, "retry_after": 3}, SendError),
    ],
)
async def test_registering_that_fails_says_whether_trying_again_helps(
    api: BotApi, channel: TelegramChannel, fault: dict[str, Any], kind: type[Exception]
) -> None:
    api.fail("setWebhook", **fault)
    with pytest.raises(kind) as caught:
        await channel.register(URL)
    assert SECRET not in str(caught.value)
    assert api.token not in str(caught.value)


async def test_polling_ends_the_webhook_and_then_gets_what_was_waiting(api: BotApi, channel: TelegramChannel) -> None:
    await channel.register(URL)
    api.write(42, "chào")
    seen: list[Incoming] = []
    polling = asyncio.create_task(channel.poll(seen.extend))
    await api.until(lambda: not api.pending)
    polling.cancel()
    await asyncio.wait({polling})
    assert [incoming.text for incoming in seen] == ["chào"]
    assert [call.status for call in api.calls_of("getUpdates")][:1] == [200]


async def test_polling_without_a_webhook_deletes_none(api: BotApi, channel: TelegramChannel) -> None:
    api.fail("getWebhookInfo", 502)
    polling = asyncio.create_task(channel.poll(lambda batch: None))
    await api.until(lambda: bool(api.calls_of("getUpdates")))
    polling.cancel()
    await asyncio.wait({polling})
    assert not api.calls_of("deleteWebhook")
