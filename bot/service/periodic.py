"""What is done again and again, whatever happens to the clock on the wall."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from datetime import datetime, timedelta

import structlog

from bot.errors import StoreError
from bot.logs import place

log = structlog.stdlib.get_logger(__name__)


async def every(pause: timedelta, chore: Callable[[datetime], None], now: Callable[[], datetime]) -> None:
    """Run a chore now and after every pause, in a thread, until cancelled. It is told the time on the wall clock, in UTC.

    The pause is waited for on the monotonic clock, so a clock that is set back or ahead neither stops the chore nor doubles
    it. One that fails is tried again after the next pause.
    """
    while True:
        try:
            await asyncio.to_thread(chore, now())
        except StoreError as error:
            log.warning("a chore could not be done", error=str(error))
        except Exception as error:  # noqa: BLE001 - a chore that ended in silence would keep data longer than promised
            log.error("a chore failed", error=place(error))
        await asyncio.sleep(pause.total_seconds())
