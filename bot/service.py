"""`loaban run`: every channel that is set up, until the process is asked to stop."""

from __future__ import annotations

import asyncio
import signal
from datetime import UTC, datetime, timedelta

import structlog

from bot.app import App, build_mind
from bot.channels.replies import ReplySender
from bot.channels.serving import serve
from bot.channels.telegram import TelegramChannel
from bot.errors import SettingsError
from bot.logs import configure_logging
from bot.settings import Settings
from bot.stores.sqlite import SqliteStore

PURGE_EVERY = timedelta(hours=6)

log = structlog.stdlib.get_logger(__name__)


async def serve_all(settings: Settings) -> None:
    """Serve until SIGTERM or SIGINT. Raises SettingsError when no channel is set up, ContentError and StoreError."""
    if settings.telegram_token is None:
        raise SettingsError(
            "LOABAN_TELEGRAM_TOKEN: no channel is set up. Put the token that @BotFather gave you into the environment "
            "or into .env, or try the bot in the terminal with: loaban chat"
        )
    token = settings.telegram_token.get_secret_value()
    configure_logging(settings.log_level, settings.log_format, [token])
    mind = build_mind(settings)
    store = SqliteStore(settings.db)
    app = App(mind, store)
    channel = TelegramChannel(token, api=settings.telegram_api, poll_seconds=settings.telegram_poll_seconds)
    sender = ReplySender(channel, store, now=_now)
    stop = asyncio.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        asyncio.get_running_loop().add_signal_handler(number, stop.set)
    log.info("serving", channels=[channel.name], content=mind.knowledge.version, intents=len(mind.knowledge.intents))
    purging = asyncio.create_task(_purge(store))
    try:
        await serve(app.handle, channel, sender, stop)
    finally:
        purging.cancel()
        store.close()
        log.info("stopped")


async def _purge(store: SqliteStore) -> None:
    while True:
        await asyncio.to_thread(store.purge, _now())
        await asyncio.sleep(PURGE_EVERY.total_seconds())


def _now() -> datetime:
    return datetime.now(UTC)
