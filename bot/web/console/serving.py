"""The console at work, on an address of its own: another origin than the page of residents, and connections of its own."""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from typing import ClassVar

from starlette.types import ASGIApp

from bot.authoring.proposals.proving import Proving
from bot.delivery.lasting import lasting
from bot.web.connections import GuardedProtocol
from bot.web.console.news import STREAMS, News
from bot.web.server import serve_http

CONNECTIONS = STREAMS + 300  # open pages, and those who ask meanwhile


class ConsoleProtocol(GuardedProtocol):
    """One connection to the console; those to others are counted apart."""

    MOST_WAITING: ClassVar[int] = 150
    _half_open: ClassVar[Counter[str]] = Counter()
    _waiting: ClassVar[dict[GuardedProtocol, None]] = {}


@dataclass(frozen=True)
class ConsolePages:
    """The console, put together. `news` tells open pages of what has changed; `proving` works on proposals."""

    app: ASGIApp
    news: News
    proving: Proving
    listen: str

    async def serve(self, stop: asyncio.Event, ready: Callable[[str, int], None]) -> None:
        """Until `stop` is set. Raises SettingsError, and TaskEnded where a part cannot go on: then `stop` is set."""
        telling = asyncio.create_task(lasting("telling open pages of the console", self.news.run, stop))
        telling.add_done_callback(lambda _: stop.set())
        ending = asyncio.create_task(self._end_streams(stop))
        try:
            await lasting("the console", partial(self._listen, stop, ready), stop)
        finally:
            ending.cancel()
            await self.proving.stop()
            await self.news.stop()
            await asyncio.wait({telling})
        telling.result()

    async def _listen(self, stop: asyncio.Event, ready: Callable[[str, int], None]) -> None:
        host, _, port = self.listen.rpartition(":")
        await serve_http(
            self.app,
            host,
            int(port),
            stop,
            ready=lambda port: ready(host, port),
            setting="LOABAN_CONSOLE_LISTEN",
            protocol=ConsoleProtocol,
            connections=CONNECTIONS,
        )

    async def _end_streams(self, stop: asyncio.Event) -> None:
        await stop.wait()
        await self.news.stop()
