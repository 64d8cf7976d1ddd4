"""Typing signs and acknowledgements: never waited for, never retried, and never in the way of a reply."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Iterable
from contextlib import suppress
from functools import partial

from bot.delivery.pause import Pause
from bot.errors import SendError
from bot.model import Incoming

IN_FLIGHT = 2
WAITING = 50

Call = Callable[[], Awaitable[object]]  # raises SendError


class Courtesies:
    """Those of one channel. They keep its silence; what goes wrong with one is told by the reply that meets the same."""

    def __init__(self, pause: Pause) -> None:
        self._pause = pause
        self._typing: set[str] = set()
        self._tasks: set[asyncio.Task[None]] = set()
        self._places = asyncio.Semaphore(IN_FLIGHT)

    def do(self, call: Call) -> None:
        """Soon, or not at all where too many wait. To be called in the loop."""
        if len(self._tasks) < WAITING:
            task = asyncio.create_task(self._do(call))
            self._tasks.add(task)
            task.add_done_callback(self._tasks.discard)

    def show_typing(self, batch: Iterable[Incoming], call: Callable[[str], Awaitable[object]]) -> None:
        """To everybody who wrote in private, once each; `call` shows it to a user."""
        asking = (incoming for incoming in batch if incoming.kind != "left" and incoming.way != "group")
        for user in dict.fromkeys(incoming.sender.user for incoming in asking):
            self._typing.add(user)
            self.do(partial(self._show_typing, user, call))

    def answered(self, user: str) -> None:
        """A typing sign after the answer would be a lie."""
        self._typing.discard(user)

    async def close(self) -> None:
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)

    async def _do(self, call: Call) -> None:
        async with self._places:
            if not self._pause.left():
                with suppress(SendError):
                    await call()

    async def _show_typing(self, user: str, call: Callable[[str], Awaitable[object]]) -> None:
        if user in self._typing:
            self._typing.discard(user)
            await call(user)
