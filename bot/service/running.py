"""`loaban run`: every channel that is set up, until the process is asked to stop."""

from __future__ import annotations

import asyncio
import signal
import time
from collections.abc import Callable, Coroutine, Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from functools import partial
from typing import Any

import structlog

from bot.announcements.actions import AnnouncementActions
from bot.announcements.display_names import DisplayNames
from bot.announcements.notifier import Notifier
from bot.announcements.rendering import render
from bot.channels.building import ChannelRuntime, channel_runtimes
from bot.channels.registry import APPS
from bot.channels.serving import Sender, carry, handle_batch, serve
from bot.delivery.announcements import AnnouncementSender
from bot.delivery.backoff import Backoff
from bot.delivery.limiter import RateLimiter
from bot.delivery.replies import ReplySender
from bot.desk import StaffChat
from bot.engine import Engine, build_engine
from bot.errors import SendError, SettingsError, StoreError
from bot.i18n import Words
from bot.logs import configure_logging, place
from bot.model import Announcement, Incoming, Retention
from bot.ports import Outgoing, Store, Transaction
from bot.service.app import App
from bot.service.clock import Scheduler
from bot.service.reloading import Reloader
from bot.service.wiring import announcement_actions, case_actions
from bot.settings import Settings, secrets_in
from bot.stores import SQLITE_VERSION, last_beat, open_store
from bot.web.health_check import HealthCheck
from bot.web.intake import Intake
from bot.web.metrics import Metrics
from bot.web.server import application, serve_http

PURGE_EVERY = timedelta(hours=6)
BEAT_EVERY = timedelta(seconds=20)
BEAT = "run"
DEAD_AFTER = timedelta(minutes=2)
LONGEST_REGISTRATION_WAIT = 60.0
MEGABYTE = 1_000_000

log = structlog.stdlib.get_logger(__name__)

Work = Coroutine[Any, Any, None]


async def serve_all(settings: Settings) -> None:
    """Serve until SIGTERM or SIGINT. Raises SettingsError when no channel is set up, ContentError and StoreError."""
    configure_logging(settings.log_level, settings.log_format, secrets_in(settings))
    store = open_store(settings)
    try:
        await _Service(settings, store, channel_runtimes(settings, store, _now)).run()
    finally:
        store.close()
        log.info("stopped")


def check_alive(settings: Settings, now: datetime) -> None:
    """What `loaban health` and the container's health check ask. Raises StoreError when `loaban run` is not alive."""
    beat = last_beat(settings, BEAT)
    if beat is None or now - beat > DEAD_AFTER:
        raise StoreError(f"`loaban run` has shown no sign of life since {beat or 'its start'} (database {settings.db}).")


class _Service:
    """All that runs in one process, put together; `run` lets it go and ends it."""

    def __init__(self, settings: Settings, store: Store, working: Sequence[ChannelRuntime]) -> None:
        engine = replace(build_engine(settings), since=_now())
        self._settings = settings
        self._store = store
        self._lines = working
        self._desk = self._desk_with(engine)
        self._app = App(engine, store, self._desk)
        self._clockwork = Scheduler(store, self._desk, now=_now)
        self._metrics = Metrics(lambda: store.figures(_now()))
        self._senders = {line.channel.name: self._senders_of(line) for line in working}
        self._intake = Intake(self._answer, now=_now, took=self._metrics.took, set_aside=self._app.set_aside)
        self._stop = asyncio.Event()
        self._reloader = Reloader(
            settings, engine, take=self._use, tell=self._tell_administrators, count=self._metrics.reloaded, now=_now
        )
        by = {line.channel.name: "polling" if line.polled else "webhook" for line in working}
        log.info("serving", channels=by, content=engine.knowledge.version, intents=len(engine.knowledge.intents))

    async def run(self) -> None:
        """Until a signal comes, or until something cannot go on, whose error is raised when all the rest has ended well."""
        for number in (signal.SIGTERM, signal.SIGINT):
            asyncio.get_running_loop().add_signal_handler(number, self._stop.set)
        works = [asyncio.create_task(work) for work in (*map(self._carry, self._lines), self._serve_web())]
        chores = [asyncio.create_task(chore) for chore in self._chores()]
        await asyncio.wait(works, return_when=asyncio.FIRST_COMPLETED)
        self._stop.set()
        await asyncio.wait(works)
        for chore in chores:
            chore.cancel()
        await asyncio.gather(*chores, return_exceptions=True)
        for work in works:
            work.result()

    # --- in -----------------------------------------------------------------------------------------------------------

    def _handle(self, batch: Sequence[Incoming]) -> None:
        """A batch that was fetched. What it sets off may have to go out on any channel."""
        for incoming in batch:
            self._metrics.updates.labels(incoming.sender.channel).inc()
        begun = time.monotonic()
        handle_batch(self._app.handle, batch, self._app.set_aside)
        self._metrics.took(time.monotonic() - begun)
        self._wake()

    def _answer(
        self, batch: Sequence[Incoming], fits: Callable[[Incoming, Outgoing], bool], now: datetime
    ) -> Mapping[tuple[str, str], Outgoing]:
        """A batch that was brought."""
        return self._app.answer(batch, fits, now)

    def _wake(self) -> None:
        for senders in self._senders.values():
            for sender in senders:
                sender.wake()

    async def _serve_web(self) -> None:
        """Webhooks, health and figures. Where everything is fetched, it can do without, when somebody else has the port."""
        taking = asyncio.create_task(self._intake.run())
        brought = [line for line in self._lines if line.polled is None]
        app = application([line.webhook for line in brought], self._intake, self._metrics, self._health(), self._wake)
        host, _, port = self._settings.listen.rpartition(":")
        registering: list[asyncio.Task[None]] = []

        def ready(port: int) -> None:
            log.info("listening", host=host, port=port)
            registering.extend(asyncio.create_task(self._register(line)) for line in brought)

        try:
            await serve_http(app, host, int(port), self._stop, ready=ready)
        except SettingsError as error:
            if brought:
                raise
            log.warning("no health page", error=str(error))
            await self._stop.wait()
        finally:
            for task in registering:
                task.cancel()
            await asyncio.gather(*registering, return_exceptions=True)
            self._intake.stop()
            await asyncio.wait({taking})

    async def _register(self, line: ChannelRuntime) -> None:
        """Tell the vendor where to bring updates, again and again until it has heard. A refusal is for the administrator."""
        url = f"{self._settings.public_url}/{line.channel.name}"
        trouble = Backoff(LONGEST_REGISTRATION_WAIT)
        while True:
            try:
                await line.webhook.register(url)
                log.info("webhook registered", channel=line.channel.name, url=url)
                return
            except SettingsError as error:
                log.error("webhook not registered", channel=line.channel.name, error=str(error))
                return
            except SendError as error:
                wait = error.retry_after or trouble.next()
                log.warning("webhook not registered yet", channel=line.channel.name, error=error.reason, seconds=round(wait, 1))
                await asyncio.sleep(wait)

    # --- out ----------------------------------------------------------------------------------------------------------

    async def _carry(self, line: ChannelRuntime) -> None:
        senders = self._senders[line.channel.name]
        if line.polled is not None:
            await serve(self._handle, line.polled, senders, self._stop)
            return
        try:
            await carry(senders, self._stop)
        finally:
            await line.close()

    def _senders_of(self, line: ChannelRuntime) -> list[Sender]:
        """Replies, and announcements beside them."""
        self._metrics.pause(line.channel.name, line.pause.left)
        channel, limiter = self._metrics.counting(line.channel), RateLimiter(line.rate)
        return [
            ReplySender(channel, self._store, now=_now, pause=line.pause, sending=limiter.spend, dropped=self._undelivered),
            AnnouncementSender(
                channel,
                self._store,
                line.pause,
                limiter,
                now=_now,
                render=lambda announcement, lang, name: render(announcement.plan, self._actions.notifier.words(lang), name),
                quiet=self._actions.rules.is_quiet,
                floor=self._floor,
                tell=_Telling(lambda: self._actions.notifier),
            ),
        ]

    def _undelivered(self, dropped: Sequence[Outgoing], reason: str) -> None:
        """Words between a resident and an officer that never arrive: the other side is told."""
        with self._store.writing() as transaction:
            for outgoing in dropped:
                self._desk.cases.undelivered(transaction, outgoing, reason, _now())

    # --- the content --------------------------------------------------------------------------------------------------

    @property
    def _actions(self) -> AnnouncementActions:
        return self._desk.actions

    def _desk_with(self, engine: Engine) -> StaffChat:
        knowledge = engine.knowledge
        actions = announcement_actions(
            self._settings, knowledge.words, DisplayNames(engine.gazetteer.by_code, knowledge.topics, APPS)
        )
        return StaffChat(engine, actions, case_actions(self._settings, actions, knowledge.offices))

    def _use(self, engine: Engine) -> None:
        """With new content. Whoever does something with it looks here once, at the beginning, so nobody sees half of it."""
        self._desk = self._clockwork.desk = self._desk_with(engine)
        self._app.use(engine, self._desk)

    def _tell_administrators(self, say: Callable[[Words], str]) -> None:
        with self._store.writing() as transaction:
            self._actions.notifier.administrators(transaction, say, _now())
        self._wake()

    # --- by the clock, and to be looked at ----------------------------------------------------------------------------

    def _chores(self) -> Iterator[Work]:
        yield _every(PURGE_EVERY, self._purge)
        yield _every(BEAT_EVERY, partial(self._store.beat, BEAT))
        yield self._clockwork.run()
        yield self._reloader.run()

    def _purge(self, now: datetime) -> None:
        given = self._settings
        keep = Retention(
            questions=timedelta(days=given.keep_questions_days),
            cases=timedelta(days=given.keep_cases_days),
            deliveries=timedelta(days=given.keep_deliveries_days),
        )
        self._store.purge(now, keep)

    def _health(self) -> HealthCheck:
        return HealthCheck(
            now=_now,
            tick_age=lambda: time.monotonic() - self._clockwork.ticked_at,
            write=lambda: self._store.beat(BEAT, _now()),
            figures=lambda: self._store.figures(_now()),
            room=self._store.room,
            floor=self._floor,
            sqlite=SQLITE_VERSION,
            content=self._reloader.shown,
            channels={line.channel.name: partial(_seen, line) for line in self._lines},
        )

    @property
    def _floor(self) -> int:
        return self._settings.disk_floor_mb * MEGABYTE


class _Telling:
    """What staff are told at this moment, in the words of this moment."""

    def __init__(self, now: Callable[[], Notifier]) -> None:
        self._now = now

    def author(self, transaction: Transaction, announcement: Announcement, reason: str, at: datetime) -> None:
        self._now().author(transaction, announcement, reason, at)

    def owners(self, transaction: Transaction, event: str, channel: str, at: datetime) -> None:
        self._now().owners(transaction, event, channel, at)


def _seen(line: ChannelRuntime) -> Mapping[str, object]:
    return {"by": "polling" if line.polled else "webhook", "pause_seconds": round(line.pause.left(), 1)}


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


def _now() -> datetime:
    return datetime.now(UTC)
