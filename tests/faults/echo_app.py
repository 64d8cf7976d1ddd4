"""The smallest application with the real store, channel and sender: it answers "answer to: <text>". Killed in test_kill.py.

How often a chat had an effect is counted in its session, in the transaction of the effect.
"""

from __future__ import annotations

import asyncio
import signal
import time
from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime

from bot.channels.serving import serve
from bot.channels.telegram.channel import TelegramChannel
from bot.delivery.pause import Pause
from bot.delivery.replies import ReplySender
from bot.logs import configure_logging
from bot.model import Incoming, Reply, Session
from bot.ports import Transaction
from bot.settings import load_settings
from bot.stores import open_store

THINKING = 0.1  # seconds; long enough for a kill to hit a batch that is not stored yet


def effect(transaction: Transaction, incoming: Incoming) -> None:
    if not transaction.first_time(incoming):
        return
    session = transaction.session(incoming.sender) or Session(incoming.sender, topic="0")
    transaction.save_session(replace(session, topic=str(int(session.topic or 0) + 1), at=incoming.at))
    transaction.queue(incoming.sender, [Reply(f"answer to: {incoming.text}")], incoming.at)


async def main() -> None:
    settings = load_settings()
    assert settings.telegram_token is not None
    token = settings.telegram_token.get_secret_value()
    configure_logging(settings.log_level, settings.log_format, [token])
    store = open_store(settings)
    pause = Pause(store, TelegramChannel.name, lambda: datetime.now(UTC))
    channel = TelegramChannel(token, api=settings.telegram_api, poll_seconds=settings.telegram_poll_seconds, pause=pause)
    sender = ReplySender(channel, store, now=lambda: datetime.now(UTC), pause=pause)

    def handle(batch: Sequence[Incoming]) -> None:
        time.sleep(THINKING)
        with store.writing() as transaction:
            for incoming in batch:
                effect(transaction, incoming)

    stop = asyncio.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        asyncio.get_running_loop().add_signal_handler(number, stop.set)
    try:
        await serve(handle, channel, [sender], stop)
    finally:
        store.close()


if __name__ == "__main__":
    asyncio.run(main())
