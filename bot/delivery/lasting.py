"""Tasks that must not end: one that does is logged and begun again, after growing pauses, and not for ever."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Awaitable, Callable

import structlog

from bot.delivery.backoff import Backoff
from bot.errors import ContentError, LoabanError, SettingsError, TaskEnded
from bot.i18n import mark
from bot.logs import place

FIRST_PAUSE, LONGEST_PAUSE = 1.0, 60.0  # seconds
MOST_ENDS = 8  # one soon after the other, within three minutes or so
CALM = 600.0  # seconds at work, after which earlier ends are forgotten

GIVEN_UP = mark(
    "The part “{part}” ended with an error {count} times, one soon after the other, and cannot go on. The log says where the "
    "error is."
)

log = structlog.stdlib.get_logger(__name__)


async def lasting(part: str, begin: Callable[[], Awaitable[None]], stop: asyncio.Event) -> None:
    """Begin it, and begin it again whenever it ends before `stop` is set, with an error or in silence.

    What no repeating mends (SettingsError, ContentError) is raised at once; where it ended MOST_ENDS times, what the last
    error was, if that is one of ours, else TaskEnded. `part` is its name, for the log.
    """
    trouble = Backoff(LONGEST_PAUSE, FIRST_PAUSE)
    while not stop.is_set():
        begun = time.monotonic()
        ended: LoabanError = TaskEnded(GIVEN_UP, part=part, count=MOST_ENDS)
        try:
            await begin()
            if stop.is_set():
                return
            where = "it returned"
        except (SettingsError, ContentError):
            raise
        except LoabanError as error:
            ended, where = error, str(error)
        except Exception as error:  # noqa: BLE001 - whatever it is, it must not end in silence
            where = place(error)
        if time.monotonic() - begun >= CALM:
            trouble.reset()
        if trouble.failures + 1 >= MOST_ENDS:
            log.error("a task ended again and again", task=part, error=where)
            raise ended
        wait = trouble.next()
        log.error("a task ended, and is begun again", task=part, error=where, seconds=round(wait, 1))
        await _until(stop, wait)


async def _until(stop: asyncio.Event, seconds: float) -> None:
    try:
        async with asyncio.timeout(seconds):
            await stop.wait()
    except TimeoutError:
        return
