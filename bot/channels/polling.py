"""Fetching updates on and on, through whatever trouble, and ending well."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable

from bot.delivery.backoff import Backoff
from bot.errors import SendError, StoreError

LONGEST_PAUSE = 30.0

Trouble = SendError | StoreError


async def nothing() -> None:
    """Where nothing has to be done first."""


def unwatched() -> None:
    """Where nobody asks whether it moves."""


async def keep_polling(
    once: Callable[[], Awaitable[None]],
    wait: Callable[[Trouble, Backoff], float],
    *,
    begin: Callable[[], Awaitable[None]] = nothing,
    turn: Callable[[], Awaitable[None]] = nothing,
    moved: Callable[[], None] = unwatched,
) -> None:
    """Fetch and handle with `once` until cancelled; `begin` goes before the first time, and before the first after trouble.

    `turn` returns when this process may ask the vendor; `moved` is called after each time that went well. `wait` tells of
    trouble and says how many seconds to wait after it; it raises SettingsError where waiting cannot help.
    """
    trouble = Backoff(LONGEST_PAUSE)
    while True:
        try:
            await turn()
            await begin()
            while True:
                await once()
                trouble.reset()
                moved()
                await turn()
        except (SendError, StoreError) as error:
            await asyncio.sleep(wait(error, trouble))


async def to_the_end(work: Awaitable[None], *, cancelled: Callable[[], object] = lambda: None) -> None:
    """Wait for work that must not be left half-way; a cancellation, which `cancelled` is told of, takes effect after it."""
    task = asyncio.ensure_future(work)
    try:
        await asyncio.shield(task)
    except asyncio.CancelledError:
        cancelled()
        await asyncio.wait({task})
        raise
