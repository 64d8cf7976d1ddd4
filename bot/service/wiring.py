"""The composition root: everything that the settings decide is put together here, for `loaban run`, the commands and the tests.

From bottom to top: the store, what staff can do, one version of the content at work, the terminal, the service. What only the
service needs (a server, the vendors' libraries) is loaded where it is put together, so that a command starts quickly.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable, Coroutine, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from functools import partial
from itertools import chain
from typing import TYPE_CHECKING, Any

from bot.announcements.actions import AnnouncementActions
from bot.announcements.display_names import DisplayNames
from bot.announcements.notifier import Notifier
from bot.announcements.policy import AnnouncementPolicy
from bot.announcements.rendering import render
from bot.announcements.times import parse_quiet_hours
from bot.cases.actions import CaseActions
from bot.channels.media import can_carry
from bot.channels.registry import APPS, CHANNELS, PAGE, hearing_channels, linked_channels, set_up
from bot.i18n import Words
from bot.knowledge.office_hours import OfficeHours
from bot.model import Incoming, Retention
from bot.ports import Capabilities, Outgoing, Store
from bot.service.companions import Companions
from bot.service.cron import next_time
from bot.service.current import CurrentEngine
from bot.service.heartbeat import BEAT_EVERY, Watch, beats
from bot.service.housekeeping import LOOK_EVERY, PURGED, Purging
from bot.service.periodic import every
from bot.service.settling import settle
from bot.settings import Settings, replica_name
from bot.stores import SQLITE_VERSION

if TYPE_CHECKING:
    from starlette.types import ASGIApp

    from bot.channels.building import ChannelRuntime
    from bot.channels.leading import Lead
    from bot.channels.serving import Handle, Sender
    from bot.delivery.announcements import AnnouncementSender
    from bot.delivery.replies import ReplySender
    from bot.desk import StaffChat
    from bot.engine import Engine
    from bot.service.app import App
    from bot.service.clock import Scheduler
    from bot.service.reloading.reloader import Reloader
    from bot.web.chat.limits import ChatLimits
    from bot.web.chat.serving import ChatPages
    from bot.web.console.serving import ConsolePages
    from bot.web.health_check import HealthCheck
    from bot.web.intake import Intake
    from bot.web.metrics import Metrics

MEGABYTE = 1_000_000

Now = Callable[[], datetime]
Chore = Callable[[], Coroutine[Any, Any, None]]


# --- what staff can do ------------------------------------------------------------------------------------------------


def announcement_actions(settings: Settings, catalogues: Mapping[str, Words], names: DisplayNames) -> AnnouncementActions:
    """What staff can do, under the rules of these settings."""
    rules = AnnouncementPolicy(
        approval_above=settings.approval_above,
        links=tuple(domain.strip().lower() for domain in settings.allowed_links.split(",") if domain.strip()),
        grace=timedelta(hours=settings.grace_hours),
        quiet=parse_quiet_hours(settings.quiet_hours),
        channels=announcement_channels(settings),
        console=console_address(settings),
        windows={one.name: one.window(settings) for one in set_up(settings) if one.window},
    )
    return AnnouncementActions(rules, Notifier(catalogues, settings.lang, names), next_time)


def console_address(settings: Settings) -> str:
    """Where staff open the console; "" where there is none."""
    listens = f"http://{settings.console_listen}" if settings.console_listen else ""
    return settings.console_url or listens


def case_actions(settings: Settings, actions: AnnouncementActions, offices: OfficeHours) -> CaseActions:
    """What can happen to questions that are passed on to people, under these settings."""
    buttons = {name for name, able in actions.rules.channels.items() if able.buttons} | {PAGE.name}
    return CaseActions(
        actions.notifier,
        offices,
        has_buttons=buttons.__contains__,
        remind=timedelta(minutes=settings.remind_minutes),
        idle=timedelta(hours=settings.idle_hours),
        carries=partial(can_carry, linked=linked_channels(settings)),
    )


def announcement_channels(settings: Settings) -> dict[str, Capabilities]:
    """The channels that are set up, each at its rate; the first there is where none is, so that texts have a limit."""
    return {one.name: one.able(settings) for one in set_up(settings) or CHANNELS[:1]}


def announcing_apps(settings: Settings) -> tuple[tuple[str, str], ...]:
    """The apps in which announcements can be got, each with an address that opens it, or ""."""
    telegram = f"https://t.me/{settings.telegram_name}" if settings.telegram_name else ""
    addresses = {"telegram": telegram, "zalo-bot": settings.zalo_url, "zalo-oa": settings.zalo_url}
    return tuple((one.app, addresses.get(one.name, "")) for one in set_up(settings))


# --- one version of the content, at work ------------------------------------------------------------------------------


def staff_chat(settings: Settings, engine: Engine) -> StaffChat:
    """The desk of commune staff, with the names, the words and the office hours of this content."""
    from bot.desk import StaffChat

    knowledge = engine.knowledge
    names = DisplayNames(engine.gazetteer.by_code, knowledge.topics, APPS)
    actions = announcement_actions(settings, knowledge.words, names)
    return StaffChat(engine, actions, case_actions(settings, actions, knowledge.offices))


def terminal_app(engine: Engine, store: Store) -> App:
    """For `loaban chat`: as residents have it, where nobody is staff."""
    from bot.service.app import App

    return App(CurrentEngine(engine), store, hears=lambda channel: False)


# --- the service ------------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Service:
    """All of `loaban run`, put together and not begun; `bot/service/running.py` runs and stops it.

    channels    each with what takes messages to its people
    leads       where processes share the store: channel → which of them fetches there
    handle      stores the effect of a batch that a channel fetched; in a thread
    intake      takes what vendors bring to `web`, which also shows health and figures at `listen`
    public_url  where vendors reach `web`
    page        where residents ask in a browser; None where there is none
    console     where staff work in one; None where there is none
    chores      what goes on beside all that, each under its name in the log, until it is cancelled
    """

    current: CurrentEngine
    channels: Sequence[tuple[ChannelRuntime, Sequence[Sender]]]
    leads: Mapping[str, Lead]
    handle: Handle
    intake: Intake
    web: ASGIApp
    listen: str
    public_url: str
    page: ChatPages | None
    console: ConsolePages | None
    chores: Mapping[str, Chore]


def service(settings: Settings, store: Store, now: Now) -> Service:
    """Raises SettingsError when no channel is set up, ContentError and StoreError."""
    from bot.channels.building import channel_runtimes, media_links
    from bot.channels.recordings import RecordingSource
    from bot.dialogue import Page
    from bot.engine import build_engine
    from bot.service.app import App
    from bot.service.clock import Scheduler
    from bot.service.reloading.reloader import Reloader
    from bot.web.chat.limits import ChatLimits
    from bot.web.intake import Intake
    from bot.web.metrics import Metrics
    from bot.web.server import application

    runtimes = channel_runtimes(settings, store, now)
    engine = replace(build_engine(settings), since=now())
    current = CurrentEngine(engine, staff_chat(settings, engine))
    metrics = Metrics(lambda: store.figures(now()))
    if store.shared_state() is not None:
        metrics.show_shared(store.shared_state)
    senders = [_senders(settings, runtime, store, current, metrics, now) for runtime in runtimes]
    awake: list[Sender] = list(chain.from_iterable(senders))
    wake, limits = partial(_wake, awake, store), ChatLimits()
    app = App(
        current,
        store,
        hears=hearing_channels(settings).__contains__,
        page=Page(settings.keep_web_hours, announcing_apps(settings)),
        may_pass_on=limits.may_pass_on,
    )
    page = _page(settings, store, app, current, limits, metrics, wake, now) if PAGE.is_set_up(settings) else None
    if page is not None:
        awake.append(page.feed)
    console = _console(settings, store, current, page, metrics, wake, now) if settings.console_listen else None
    if console is not None:
        awake.append(console.news)
    intake = Intake(app.answer, now=now, took=metrics.took, set_aside=app.set_aside)
    scheduler = Scheduler(store, current, now=now)
    tell = partial(_notify_administrators, store, current, wake, now)
    reloader = Reloader(
        settings,
        engine,
        use=lambda new: _take_over(settings, current, new),
        notify=tell,
        record=metrics.reloaded,
        now=now,
    )
    companions = Companions(store, replica_name(settings), lambda: current.get().engine.knowledge.version, tell)
    health = _health(settings, store, scheduler, reloader, runtimes, page, companions, now)
    brought = [runtime.webhook for runtime in runtimes if runtime.polled is None]
    return Service(
        current,
        list(zip(runtimes, senders, strict=True)),
        {runtime.channel.name: pair[1] for runtime, pair in zip(runtimes, senders, strict=True)} if store.replicated else {},
        partial(_handle, app, metrics, wake),
        intake,
        application(
            brought,
            intake,
            metrics,
            health,
            wake,
            [RecordingSource(settings.home, media_links(settings, now))],
        ),
        settings.listen,
        settings.public_url,
        page,
        console,
        {
            **_housekeeping(settings, store, health, companions, now),
            "the clock": scheduler.run,
            "new content": reloader.run,
            "other replicas": partial(_hear_others, store, awake),
        },
    )


def _senders(
    settings: Settings, runtime: ChannelRuntime, store: Store, current: CurrentEngine, metrics: Metrics, now: Now
) -> tuple[ReplySender, AnnouncementSender]:
    """Replies of one channel, and announcements beside them, at its rate."""
    from bot.delivery.announcements import AnnouncementSender
    from bot.delivery.limiter import RateLimiter
    from bot.delivery.replies import ReplySender

    metrics.show_pause(runtime.channel.name, runtime.pause.left)
    channel, limiter = metrics.counting_errors(runtime.channel), RateLimiter(runtime.rate)
    undelivered = partial(_undelivered, store, current, now)
    announcements = AnnouncementSender(
        channel,
        store,
        runtime.pause,
        limiter,
        now=now,
        render=lambda announcement, lang, name: render(announcement.plan, current.get().notifier.words(lang), name),
        quiet=current.get().require_staff_chat().actions.rules.is_quiet,
        floor=_disk_floor(settings),
        notifier=lambda: current.get().notifier,
        moved=runtime.motion.part("announcements"),
        led=lambda: replies.wake(),
    )
    metrics.show_lead(runtime.channel.name, announcements.leads)
    replies = ReplySender(
        channel,
        store,
        now=now,
        pause=runtime.pause,
        sending=limiter.spend,
        dropped=undelivered,
        moved=runtime.motion.part("replies"),
        leads=announcements.leads,
    )
    return replies, announcements


def _page(
    settings: Settings,
    store: Store,
    app: App,
    current: CurrentEngine,
    limits: ChatLimits,
    metrics: Metrics,
    wake: Callable[[], None],
    now: Now,
) -> ChatPages:
    """Where residents ask in a browser, with an intake of its own. Raises SettingsError."""
    from bot.channels.building import media_links
    from bot.channels.media import no_link
    from bot.web.chat.answering import ChatParts
    from bot.web.chat.app import chat_application
    from bot.web.chat.feed import Feed
    from bot.web.chat.limits import Recent
    from bot.web.chat.serving import ChatPages
    from bot.web.chat.site import site_of
    from bot.web.intake import Intake

    failed: Recent[bool] = Recent()

    def set_aside(incoming: Incoming, error: Exception) -> None:
        app.set_aside(incoming, error)
        failed.put(incoming.id, True)

    def answer(batch: Sequence[Incoming], fits: Callable[[Incoming, Outgoing], bool], at: datetime) -> dict[Any, Outgoing]:
        metrics.updates.labels(PAGE.name).inc(len(batch))
        app.handle(batch)
        return {}

    feed, links = Feed(store), media_links(settings, now)
    intake = Intake(answer, now=now, took=metrics.took, set_aside=set_aside)
    metrics.show_open(lambda: len(feed))
    parts = ChatParts(
        site=site_of(settings),
        store=store,
        intake=intake,
        feed=feed,
        limits=limits,
        engine=lambda: current.get().engine,
        now=now,
        wake=wake,
        failed=failed,
        link=links.link if links else no_link,
        counted=lambda status: metrics.responses.labels(PAGE.name, str(status)).inc(),
        home=settings.home,
    )
    return ChatPages(chat_application(parts), intake, feed, settings.web_listen)


def _console(
    settings: Settings,
    store: Store,
    current: CurrentEngine,
    page: ChatPages | None,
    metrics: Metrics,
    wake: Callable[[], None],
    now: Now,
) -> ConsolePages:
    """Where staff work in a browser. Raises SettingsError."""
    from bot.channels.building import media_links
    from bot.channels.media import no_link
    from bot.web.console.app import console_application
    from bot.web.console.limits import LoginLimits
    from bot.web.console.news import News
    from bot.web.console.parts import ConsoleParts, console_site
    from bot.web.console.serving import ConsolePages

    news, links = News(store), media_links(settings, now)
    parts = ConsoleParts(
        site=console_site(settings),
        store=store,
        news=news,
        limits=LoginLimits(),
        desk=lambda: current.get().require_staff_chat(),
        now=now,
        wake=wake,
        link=links.link if links else no_link,
        counted=lambda status: metrics.responses.labels("console", str(status)).inc(),
        is_open=(lambda person: page.feed.is_open(person.user)) if page is not None else lambda person: False,
        bot_name=settings.telegram_name,
    )
    return ConsolePages(console_application(parts), news, settings.console_listen)


def _health(
    settings: Settings,
    store: Store,
    scheduler: Scheduler,
    reloader: Reloader,
    runtimes: Sequence[ChannelRuntime],
    page: ChatPages | None,
    companions: Companions,
    now: Now,
) -> HealthCheck:
    from bot.web.health_check import HealthCheck

    channels = {runtime.channel.name: partial(_shown, runtime) for runtime in runtimes}
    return HealthCheck(
        now=now,
        tick_age=lambda: time.monotonic() - scheduler.ticked_at,
        prove=lambda: store.prove(now()),
        figures=lambda: store.figures(now()),
        room=store.room,
        floor=_disk_floor(settings),
        sqlite=SQLITE_VERSION,
        content=reloader.status,
        channels=channels | ({PAGE.name: partial(_shown_page, page)} if page else {}),
        motion={runtime.channel.name: runtime.motion.slowest for runtime in runtimes},
        shared=store.shared_state,
        replicas=companions.shown,
    )


def _housekeeping(settings: Settings, store: Store, health: HealthCheck, companions: Companions, now: Now) -> dict[str, Chore]:
    """A sign of life, and what was promised to be deleted."""

    keep = Retention(
        questions=timedelta(days=settings.keep_questions_days),
        cases=timedelta(days=settings.keep_cases_days),
        deliveries=timedelta(days=settings.keep_deliveries_days),
        shown=timedelta(hours=settings.keep_web_hours),
    )
    purging = Purging(partial(store.purge, keep=keep), partial(store.beat, PURGED), store.last_beat(PURGED))

    def beat(at: datetime) -> None:
        for name in beats(settings):
            store.beat(name, at)
        companions(at)

    watch = Watch(health.check, beat)
    return {
        "forgetting": partial(every, LOOK_EVERY, lambda _: store.wipe(), now),  # by whatever clock
        "purging": partial(every, LOOK_EVERY, purging, now),
        "health": partial(every, BEAT_EVERY, watch, now),
    }


def _disk_floor(settings: Settings) -> int:
    return settings.disk_floor_mb * MEGABYTE


def _shown(runtime: ChannelRuntime) -> Mapping[str, object]:
    """Of a channel, for whoever asks for its health."""
    return {"by": "polling" if runtime.polled else "webhook", "pause_seconds": round(runtime.pause.left(), 1)}


def _shown_page(page: ChatPages) -> Mapping[str, object]:
    return {"by": "page", "open": len(page.feed)}


# --- what one part sets off in another --------------------------------------------------------------------------------


def _wake(senders: Sequence[Sender], store: Store) -> None:
    """Something was stored, and may have to go out on any channel, from here or from another replica."""
    _look(senders)
    store.tell_others()


def _look(senders: Sequence[Sender]) -> None:
    for sender in senders:
        sender.wake()


async def _hear_others(store: Store, senders: Sequence[Sender]) -> None:
    """Until it is cancelled."""
    with store.hearing(partial(_look, senders)):
        await asyncio.Event().wait()


def _handle(app: App, metrics: Metrics, wake: Callable[[], None], batch: Sequence[Incoming]) -> None:
    from bot.channels.serving import handle_batch

    for incoming in batch:
        metrics.updates.labels(incoming.sender.channel).inc()
    begun = time.monotonic()
    handle_batch(app.handle, batch, app.set_aside)
    metrics.took(time.monotonic() - begun)
    wake()


def _take_over(settings: Settings, current: CurrentEngine, engine: Engine) -> None:
    """From the next message on. What was served before goes with its last message: it is in no circle."""
    current.swap(engine, staff_chat(settings, engine))
    settle(collect=False)


def _undelivered(store: Store, current: CurrentEngine, now: Now, dropped: Sequence[Outgoing], reason: str) -> None:
    """Words between a resident and an officer that never arrive: the other side is told."""
    cases = current.get().require_staff_chat().cases
    with store.writing() as transaction:
        for outgoing in dropped:
            cases.undelivered(transaction, outgoing, reason, now())


def _notify_administrators(
    store: Store, current: CurrentEngine, wake: Callable[[], None], now: Now, say: Callable[[Words], str]
) -> None:
    with store.writing() as transaction:
        current.get().notifier.administrators(transaction, say, now())
    wake()
