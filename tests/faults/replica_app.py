"""A replica that only sends, as `loaban run` puts its senders together. Several of them are killed in test_replicas.py."""

from __future__ import annotations

import asyncio
import signal
import sys

from bot.announcements.notifier import Notifier
from bot.announcements.rendering import render
from bot.channels.serving import carry
from bot.channels.telegram.channel import TelegramChannel
from bot.delivery.announcements import AnnouncementSender
from bot.delivery.limiter import RateLimiter
from bot.delivery.pause import Pause
from bot.delivery.replies import ReplySender
from bot.i18n import Words
from bot.logs import configure_logging
from bot.settings import load_settings, revealed
from bot.stores import open_store


async def main(rate: float) -> None:
    settings = load_settings()
    token = revealed(settings.telegram_token)
    configure_logging("info", "json", [token])
    store = open_store(settings)
    pause, limiter = Pause(store, TelegramChannel.name, store.clock), RateLimiter(rate)
    channel = TelegramChannel(token, api=settings.telegram_api, poll_seconds=0, pause=pause)
    words = Words("vi", {})
    announcements = AnnouncementSender(
        channel,
        store,
        pause,
        limiter,
        now=store.clock,
        render=lambda announcement, lang, name: render(announcement.plan, words, name),
        quiet=lambda at: False,
        floor=0,
        notifier=lambda: Notifier({"vi": words}, "vi"),
        led=lambda: replies.wake(),
    )
    replies = ReplySender(channel, store, now=store.clock, pause=pause, sending=limiter.spend, leads=announcements.leads)
    stop = asyncio.Event()
    asyncio.get_running_loop().add_signal_handler(signal.SIGTERM, stop.set)
    try:
        await carry(channel.name, [replies, announcements], stop)
    finally:
        await channel.close()
        store.close()


if __name__ == "__main__":
    asyncio.run(main(float(sys.argv[1])))
