"""`loaban run`: every channel that is set up, until the process is asked to stop."""

from __future__ import annotations

import asyncio
import signal
from collections.abc import Callable, Coroutine, Iterator, Sequence
from datetime import datetime
from functools import partial
from typing import Any, Literal

import structlog

from bot.channels.building import ChannelRuntime
from bot.channels.serving import Sender, carry, serve
from bot.delivery.backoff import Backoff
from bot.delivery.lasting import lasting
from bot.errors import SendError, SettingsError
from bot.logs import configure_logging, place
from bot.model.well_known import WEB
from bot.service.settling import settle
from bot.service.wiring import Service, service
from bot.settings import Settings, secrets_in
from bot.stores import open_store
from bot.web.server import serve_http

LONGEST_REGISTRATION_WAIT = 60.0

log = structlog.stdlib.get_logger(__name__)

Work = Coroutine[Any, Any, None]
Opened = Callable[[Literal["page", "console"], str], None]  # which one, and where it is


async def serve_all(
    settings: Settings,
    now: Callable[[], datetime] | None = None,
    opened: Opened = lambda page, address: None,
) -> None:
    """Serve until SIGTERM or SIGINT, by the clock of the store or another one.

    `opened` is told the addresses of the pages there are.

    Raises SettingsError when no channel is set up, ContentError and StoreError.
    """
    configure_logging(settings.log_level, settings.log_format, secrets_in(settings))
    store = open_store(settings)
    try:
        await run(service(settings, store, now or store.clock), opened)
    finally:
        store.close()
        log.info("stopped")


async def run(parts: Service, opened: Opened = lambda page, address: None) -> None:
    """Until a signal comes, or until something cannot go on, whose error is raised when all the rest has ended well."""
    knowledge = parts.current.get().engine.knowledge
    by = {runtime.channel.name: "polling" if runtime.polled else "webhook" for runtime, _ in parts.channels}
    by |= {WEB: "page"} if parts.page else {}
    settle()
    log.info("serving", channels=by, content=knowledge.version, intents=len(knowledge.intents))
    stop = asyncio.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        asyncio.get_running_loop().add_signal_handler(number, stop.set)
    works = [asyncio.create_task(work) for work in (*_channels(parts, stop), _web(parts, stop), *_pages(parts, stop, opened))]
    chores = [asyncio.create_task(lasting(name, chore, stop)) for name, chore in parts.chores.items()]
    await asyncio.wait((*works, *chores), return_when=asyncio.FIRST_COMPLETED)
    stop.set()
    await asyncio.wait(works)
    for chore in chores:
        chore.cancel()
    await asyncio.wait(chores)
    for task in (*works, *chores):
        if not task.cancelled():
            task.result()


# --- channels ---------------------------------------------------------------------------------------------------------


def _channels(parts: Service, stop: asyncio.Event) -> Iterator[Work]:
    for runtime, senders in parts.channels:
        if runtime.polled is not None:
            moved, lead = runtime.motion.part("fetching"), parts.leads.get(runtime.channel.name)
            yield serve(parts.handle, runtime.polled, senders, stop, moved, lead)
        else:
            yield _brought(runtime, senders, stop)


async def _brought(runtime: ChannelRuntime, senders: Sequence[Sender], stop: asyncio.Event) -> None:
    """A channel whose updates come to the server: only what goes out is to be carried."""
    try:
        await carry(runtime.channel.name, senders, stop)
    finally:
        await runtime.close()


# --- the server -------------------------------------------------------------------------------------------------------


async def _web(parts: Service, stop: asyncio.Event) -> None:
    """Webhooks, health and figures. Where everything is fetched, it can do without, when somebody else has the port."""
    brought = [runtime for runtime, _ in parts.channels if runtime.polled is None]
    host, _, port = parts.listen.rpartition(":")
    ending = asyncio.Event()
    taking = asyncio.create_task(lasting("taking updates", parts.intake.run, ending))
    taking.add_done_callback(lambda _: stop.set())
    registering: list[asyncio.Task[None]] = []

    def ready(port: int) -> None:
        log.info("listening", host=host, port=port)
        registering.extend(asyncio.create_task(_register(runtime, parts.public_url)) for runtime in brought)

    try:
        await lasting("the server", partial(serve_http, parts.web, host, int(port), stop, ready=ready), stop)
    except SettingsError as error:
        if brought:
            raise
        log.warning("no health page", error=str(error))
        await stop.wait()
    finally:
        for task in registering:
            task.cancel()
        await asyncio.gather(*registering, return_exceptions=True)
        ending.set()
        parts.intake.stop()
        await asyncio.wait({taking})
    taking.result()


def _pages(parts: Service, stop: asyncio.Event, opened: Opened) -> Iterator[Work]:
    """The page of residents and the console of staff, where they are."""

    def ready(page: Literal["page", "console"], host: str, port: int) -> None:
        log.info(f"{page} open", host=host, port=port)
        opened(page, f"http://{host}:{port}/")

    if parts.page is not None:
        yield parts.page.serve(stop, partial(ready, "page"))
    if parts.console is not None:
        yield parts.console.serve(stop, partial(ready, "console"))


async def _register(runtime: ChannelRuntime, public_url: str) -> None:
    """Tell the vendor where to bring updates, again and again until it has heard. A refusal is for the administrator."""
    name = runtime.channel.name
    runtime.motion.part("webhook")
    url = f"{public_url}/{name}"
    trouble = Backoff(LONGEST_REGISTRATION_WAIT)
    while True:
        try:
            await runtime.webhook.register(url)
            runtime.motion.done("webhook")
            log.info("webhook registered", channel=name, url=url)
            return
        except SettingsError as error:
            log.error("webhook not registered", channel=name, error=str(error))
            return
        except SendError as error:
            wait = error.retry_after or trouble.next()
            log.warning("webhook not registered yet", channel=name, error=error.reason, seconds=round(wait, 1))
        except Exception as error:  # noqa: BLE001 - whatever it is, without a webhook nobody is heard
            wait = trouble.next()
            log.error("webhook not registered yet", channel=name, error=place(error), seconds=round(wait, 1))
        await asyncio.sleep(wait)
