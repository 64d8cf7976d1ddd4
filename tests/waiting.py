"""Waiting for what another task, thread or process does."""

from __future__ import annotations

import asyncio
from collections.abc import Callable

PATIENCE = 60.0  # seconds, on the busiest machine; nothing waits so long that goes well
SHORTEST, LONGEST = 0.002, 0.02  # seconds between two looks; they get longer, so that whoever waits takes nobody's time


async def until(condition: Callable[[], bool]) -> None:
    """Wait until it is true. Raises TimeoutError."""
    pause = SHORTEST
    async with asyncio.timeout(PATIENCE):
        while not condition():
            await asyncio.sleep(pause)
            pause = min(LONGEST, pause * 1.5)
