"""`loaban run`: every channel that is set up, until the process is asked to stop."""

from __future__ import annotations

import asyncio
import signal
from collections.abc import Callable
from datetime import UTC, datetime, timedelta

import structlog

from bot.app import App, build_mind
from bot.channels.replies import ReplySender
from bot.channels.serving import serve
from bot.channels.telegram import TelegramChannel
from bot.errors import SettingsError, StoreError
from bot.logs import configure_logging, place
from bot.settings import Settings
from bot.stores.sqlite import SqliteStore, last_beat

PURGE_EVERY = timedelta(hours=6)
BEAT_EVERY = timedelta(seconds=20)
BEAT = "run"
DEAD_AFTER = timedelta(minutes=2)

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
    chores = [asyncio.create_task(_every(PURGE_EVERY, store.purge)), asyncio.create_task(_every(BEAT_EVERY, _beat(store)))]
    try:
        await serve(app.handle, channel, sender, stop)
    finally:
        for chore in chores:
            chore.cancel()
        await asyncio.gather(*chores, return_exceptions=True)
        store.close()
        log.info("stopped")


def check_alive(settings: Settings, now: datetime) -> None:
    """What `loaban health` and the container's health check ask. Raises StoreError when `loaban run` is not alive."""
    beat = last_beat(settings.db, BEAT)
    if beat is None or now - beat > DEAD_AFTER:
        raise StoreError(f"`loaban run` has shown no sign of life since {beat or 'its start'} (database {settings.db}).")


async def _every(pause: timedelta, chore: Callable[[datetime], None]) -> None:
    """Run a chore now and after every pause, in a thread. One that fails is tried again after the next pause."""
    while True:
        try:
            await asyncio.to_thread(chore, _now())
        except StoreError as error:
            log.warning("a chore could not be done", error=str(error))
        except Exception as error:  # noqa: BLE001 - a chore that ended in silence would keep data longer than promised
            log.error("a chore failed", error=place(error))
        await asyncio.sleep(pause.total_seconds())


def _beat(store: SqliteStore) -> Callable[[datetime], None]:
    return lambda now: store.beat(BEAT, now)


def _now() -> datetime:
    return datetime.now(UTC)
