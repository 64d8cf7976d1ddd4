"""The smallest application that announces: the real store, channel, sender and deliverer, at the rate its argument says.

Killed in test_broadcast.py. Its tick only closes what is over.
"""

from __future__ import annotations

import asyncio
import signal
import sys
from collections.abc import Sequence
from datetime import UTC, datetime

from bot.announcements.notifier import Notifier
from bot.announcements.rendering import render
from bot.channels.serving import serve
from bot.channels.telegram.channel import TelegramChannel
from bot.delivery.announcements import AnnouncementSender
from bot.delivery.limiter import RateLimiter
from bot.delivery.pause import Pause
from bot.delivery.replies import ReplySender
from bot.i18n import Words
from bot.logs import configure_logging
from bot.model import Incoming
from bot.settings import load_settings
from bot.stores import open_store
from tests.faults.echo_app import effect


def now() -> datetime:
    return datetime.now(UTC)


async def main(rate: float) -> None:
    settings = load_settings()
    assert settings.telegram_token is not None
    token = settings.telegram_token.get_secret_value()
    configure_logging(settings.log_level, settings.log_format, [token])
    store = open_store(settings)
    pause = Pause(store, TelegramChannel.name, now)
    channel = TelegramChannel(token, api=settings.telegram_api, poll_seconds=settings.telegram_poll_seconds, pause=pause)
    words = Words("vi", {})
    deliverer = AnnouncementSender(
        channel,
        store,
        pause,
        RateLimiter(rate),
        now=now,
        render=lambda announcement, lang, name: render(announcement.plan, words, name),
        quiet=lambda at: False,
        floor=settings.disk_floor_mb * 1_000_000,
        notifier=lambda: Notifier({"vi": words}, "vi"),
    )

    def handle(batch: Sequence[Incoming]) -> None:
        with store.writing() as transaction:
            for incoming in batch:
                effect(transaction, incoming)

    stop = asyncio.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        asyncio.get_running_loop().add_signal_handler(number, stop.set)
    try:
        await serve(handle, channel, [ReplySender(channel, store, now=now, pause=pause), deliverer], stop)
    finally:
        store.close()


if __name__ == "__main__":
    asyncio.run(main(float(sys.argv[1])))
