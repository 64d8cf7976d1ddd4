"""Fetching where several processes share a channel: only the one that leads on it asks the vendor."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from functools import partial
from typing import Protocol

import structlog

LOOK = 0.1  # seconds between two looks at who leads

Turn = Callable[[], Awaitable[None]]

log = structlog.stdlib.get_logger(__name__)


class Lead(Protocol):
    """Who sends on a channel, as this process knows it. Where the store cannot be asked, it neither leads nor follows."""

    def leads(self) -> bool:
        """Whether this process is certain to be the one."""
        ...

    def follows(self) -> bool:
        """Whether this process knows that it is not."""
        ...


async def fetch_in_turn(channel: str, fetch: Callable[[Turn], Awaitable[None]], lead: Lead, moved: Callable[[], None]) -> None:
    """Fetch while this process leads, until cancelled; whoever does not lead waits, and is well.

    `fetch` awaits what it is given before it asks the vendor for anything: what is in hand when the store is lost can still be
    stored when it is back. When another process leads, `fetch` is cancelled.
    """
    turn = partial(_led, lead, moved)
    while True:
        await turn()
        log.info("this process fetches", channel=channel)
        fetching = asyncio.ensure_future(fetch(turn))
        try:
            while not fetching.done() and not lead.follows():
                await asyncio.wait({fetching}, timeout=LOOK)
        finally:
            fetching.cancel()
            await asyncio.wait({fetching})
        if not fetching.cancelled():
            return fetching.result()
        log.info("another process fetches", channel=channel)


async def _led(lead: Lead, moved: Callable[[], None]) -> None:
    while not lead.leads():
        moved()
        await asyncio.sleep(LOOK)
