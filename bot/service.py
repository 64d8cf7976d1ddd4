"""`loaban run`: every channel that is set up, until the process is asked to stop."""

from __future__ import annotations

import asyncio
import signal
from collections.abc import Callable
from datetime import UTC, datetime, timedelta

import structlog

from bot.announcements.delivery import Deliverer
from bot.announcements.limiter import Limiter
from bot.announcements.naming import Names
from bot.announcements.rendering import rendered
from bot.app import App, build_mind
from bot.channels.replies import ReplySender
from bot.channels.serving import Sender, serve
from bot.channels.telegram import TelegramChannel
from bot.clockwork import Clockwork
from bot.desk import Desk
from bot.errors import SettingsError, StoreError
from bot.logs import configure_logging, place
from bot.pause import Pause
from bot.settings import Settings
from bot.stores.sqlite import SqliteStore, last_beat
from bot.wiring import announcing

PURGE_EVERY = timedelta(hours=6)
BEAT_EVERY = timedelta(seconds=20)
BEAT = "run"
DEAD_AFTER = timedelta(minutes=2)
MEGABYTE = 1_000_000

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
    actions = announcing(settings, mind.knowledge.words, Names(mind.gazetteer.by_code, mind.knowledge.topics))
    app = App(mind, store, Desk(mind, actions))
    pause = Pause(store, TelegramChannel.name, _now)
    channel = TelegramChannel(token, api=settings.telegram_api, poll_seconds=settings.telegram_poll_seconds, pause=pause)
    limiter = Limiter(settings.telegram_rate)
    deliverer = Deliverer(
        channel,
        store,
        pause,
        limiter,
        now=_now,
        render=lambda announcement, lang, name: rendered(announcement.plan, actions.telling.words(lang), name),
        quiet=actions.rules.is_quiet,
        floor=settings.disk_floor_mb * MEGABYTE,
        tell=actions.telling,
    )
    senders: list[Sender] = [ReplySender(channel, store, now=_now, pause=pause, sending=limiter.spend), deliverer]
    stop = asyncio.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        asyncio.get_running_loop().add_signal_handler(number, stop.set)
    log.info("serving", channels=[channel.name], content=mind.knowledge.version, intents=len(mind.knowledge.intents))
    chores = [
        asyncio.create_task(_every(PURGE_EVERY, _purge(store, timedelta(days=settings.keep_deliveries_days)))),
        asyncio.create_task(_every(BEAT_EVERY, _beat(store))),
        asyncio.create_task(Clockwork(store, actions, now=_now).run()),
    ]
    try:
        await serve(app.handle, channel, senders, stop)
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


def _purge(store: SqliteStore, keep_deliveries: timedelta) -> Callable[[datetime], None]:
    def purge(now: datetime) -> None:
        store.purge(now)
        with store.writing() as transaction:
            transaction.condense(now - keep_deliveries)

    return purge


def _beat(store: SqliteStore) -> Callable[[datetime], None]:
    return lambda now: store.beat(BEAT, now)


def _now() -> datetime:
    return datetime.now(UTC)
