"""The page at work, on an address of its own: however many are open, none takes a connection from the webhooks."""

from __future__ import annotations

import asyncio
import resource
from collections import Counter
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from functools import partial
from typing import ClassVar

from starlette.types import ASGIApp

from bot.delivery.lasting import lasting
from bot.web.chat.feed import STREAMS, Feed
from bot.web.connections import GuardedProtocol
from bot.web.intake import Intake
from bot.web.server import serve_http

CONNECTIONS = STREAMS + 600  # open pages, and those who ask meanwhile
BACKLOG = 1024  # after a restart all pages come back within seconds
OPEN_FILES = 4096


class PageProtocol(GuardedProtocol):
    """One connection to the page; those to the webhooks are counted apart."""

    MOST_WAITING: ClassVar[int] = 400
    _half_open: ClassVar[Counter[str]] = Counter()
    _waiting: ClassVar[dict[GuardedProtocol, None]] = {}


@dataclass(frozen=True)
class ChatPages:
    """The page, put together. `intake` takes what people write, `feed` tells open pages of what is new."""

    app: ASGIApp
    intake: Intake
    feed: Feed
    listen: str

    async def serve(self, stop: asyncio.Event, ready: Callable[[str, int], None]) -> None:
        """Until `stop` is set; then open pages are told, and what was written is stored.

        What ends before is begun again. Raises SettingsError, and TaskEnded where a part cannot go on: then `stop` is set.
        """
        _allow_open_files()
        served = asyncio.Event()
        parts = [
            asyncio.create_task(lasting("taking what is written on the page", self.intake.run, served)),
            asyncio.create_task(lasting("telling open pages", self.feed.run, stop)),
        ]
        for part in parts:
            part.add_done_callback(lambda _: stop.set())
        ending = asyncio.create_task(self._end_streams(stop))
        try:
            await lasting("the page", partial(self._listen, stop, ready), stop)
        finally:
            served.set()
            ending.cancel()
            await self.feed.stop()
            self.intake.stop()
            await asyncio.wait(parts)
        for part in parts:
            part.result()

    async def _listen(self, stop: asyncio.Event, ready: Callable[[str, int], None]) -> None:
        host, _, port = self.listen.rpartition(":")
        await serve_http(
            self.app,
            host,
            int(port),
            stop,
            ready=lambda port: ready(host, port),
            setting="LOABAN_WEB_LISTEN",
            protocol=PageProtocol,
            connections=CONNECTIONS,
            backlog=BACKLOG,
        )

    async def _end_streams(self, stop: asyncio.Event) -> None:
        await stop.wait()
        await self.feed.stop()


def _allow_open_files() -> None:
    """Each open page is an open file, and many systems begin with 1,024."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    wanted = OPEN_FILES if hard == resource.RLIM_INFINITY else min(OPEN_FILES, hard)
    if soft != resource.RLIM_INFINITY and soft < wanted:
        with suppress(ValueError, OSError):
            resource.setrlimit(resource.RLIMIT_NOFILE, (wanted, hard))
