"""A replica that fetches and sends as `loaban run` puts it together, answers as in echo_app. Killed in test_replicas.py."""

from __future__ import annotations

import asyncio
import signal
import sys
from collections.abc import Sequence

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
from bot.settings import load_settings, revealed
from bot.stores import open_store
from tests.faults.echo_app import effect


async def main(rate: float) -> None:
    settings = load_settings()
    token = revealed(settings.telegram_token)
    configure_logging("info", "json", [token])
    store = open_store(settings)
    pause, limiter = Pause(store, TelegramChannel.name, store.clock), RateLimiter(rate)
    channel = TelegramChannel(token, api=settings.telegram_api, poll_seconds=settings.telegram_poll_seconds, pause=pause)
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

    def handle(batch: Sequence[Incoming]) -> None:
        with store.writing([incoming.sender for incoming in batch]) as transaction:
            for incoming in batch:
                effect(transaction, incoming)

    def wake() -> None:
        for sender in (replies, announcements):
            sender.wake()

    stop = asyncio.Event()
    asyncio.get_running_loop().add_signal_handler(signal.SIGTERM, stop.set)
    try:
        with store.hearing(wake):
            await serve(handle, channel, [replies, announcements], stop, lead=announcements)
    finally:
        store.close()


if __name__ == "__main__":
    asyncio.run(main(float(sys.argv[1])))
