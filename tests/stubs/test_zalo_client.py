"""A client of Zalo Bot that nobody here wrote talks with our stand-in: what ours relies on is what others see, too.

python-zalo-bot sends forms where the documents show JSON, and takes a refusal with HTTP 200 for an empty result.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator

import pytest
import zalo_bot

from tests.stubs.zalo_bot import ZaloBotApi


@pytest.fixture
async def api() -> AsyncIterator[ZaloBotApi]:
    async with ZaloBotApi() as running:
        yield running


@pytest.fixture
async def client(api: ZaloBotApi) -> AsyncIterator[zalo_bot.Bot]:
    bot = zalo_bot.Bot(api.token, base_url=f"http://127.0.0.1:{api.port}")
    await bot.initialize()
    yield bot
    await bot.shutdown()


async def test_it_reads_what_a_resident_wrote_and_answers(api: ZaloBotApi, client: zalo_bot.Bot) -> None:
    message_id = api.write("84001", "vay vốn thế nào")
    update = await client.get_update(timeout=2)
    assert update.message.text == "vay vốn thế nào"
    assert (update.message.message_id, update.message.chat.id) == (message_id, "84001")
    await client.send_message("84001", "Chào bà con.")
    assert api.texts("84001") == ["Chào bà con."]


async def test_an_event_is_given_once_and_then_forgotten(api: ZaloBotApi, client: zalo_bot.Bot) -> None:
    api.write("84001", "một")
    api.write("84001", "hai")
    texts = [(await client.get_update(timeout=2)).message.text for _ in range(2)]
    assert texts == ["một", "hai"]
    assert api.pending == []


async def test_what_the_stand_in_refuses_does_not_arrive(api: ZaloBotApi, client: zalo_bot.Bot) -> None:
    assert await client.send_message("nobody", "xin chào") is None
    api.write("84001", "xin chào")
    await client.get_update(timeout=2)
    assert await client.send_message("84001", "a" * 2001) is None
    assert api.sent == []


async def test_it_can_set_and_delete_a_webhook(api: ZaloBotApi) -> None:
    bot = zalo_bot.Bot(api.token, base_url=f"http://127.0.0.1:{api.port}")
    assert await asyncio.to_thread(bot.set_webhook, "https://bot.example.org/zalo-bot", "a-secret-of-ours")
    assert api.webhook == {"url": "https://bot.example.org/zalo-bot", "secret_token": "a-secret-of-ours"}
    bot = zalo_bot.Bot(api.token, base_url=f"http://127.0.0.1:{api.port}")
    await asyncio.to_thread(bot.delete_webhook)
    assert api.webhook is None
