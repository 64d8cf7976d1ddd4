"""Events from Zalo by long polling.

A poll brings one event, has no offset and confirms nothing: Zalo forgets what it handed out. So the event in hand is handed
over until it is stored, and only then the next one is asked for. What is lost with a broken connection cannot be fetched again.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from datetime import datetime
from functools import partial
from typing import Any

import structlog

from bot.channels.courtesies import Courtesies
from bot.channels.leading import Turn
from bot.channels.polling import LONGEST_PAUSE, Trouble, keep_polling, to_the_end
from bot.channels.serving import Handle, handle_batch
from bot.channels.zalo_bot.client import ZaloBotClient
from bot.channels.zalo_bot.descriptor import NAME
from bot.channels.zalo_bot.errors import bad_token
from bot.channels.zalo_bot.events import events_in, read_events
from bot.delivery.backoff import Backoff
from bot.errors import SendError, StoreError
from bot.model import Incoming

QUICK = 0.5  # seconds; an empty poll that ends sooner did not wait for anything
IDLE_PAUSE = 1.0  # seconds after such a poll
GRACE = 2.0  # seconds in which the store may recover, for the event in hand, after the poll was cancelled

log = structlog.stdlib.get_logger(__name__)


class ZaloBotPolling:
    """`now` dates what Zalo does not date."""

    def __init__(self, client: ZaloBotClient, courtesies: Courtesies, poll_seconds: int, now: Callable[[], datetime]) -> None:
        self._client = client
        self._courtesies = courtesies
        self._poll_seconds = poll_seconds
        self._now = now

    async def run(self, handle: Handle, moved: Callable[[], None], turn: Turn) -> None:
        """See `ZaloBotChannel.poll`."""
        await keep_polling(partial(self._once, handle), _wait, begin=self._drop_webhook, turn=turn, moved=moved)

    async def _once(self, handle: Handle) -> None:
        batch = read_events(await self._events(), self._now())
        if not batch:
            return
        self._courtesies.show_typing(batch, self._client.show_typing)
        give_up = asyncio.Event()
        later = partial(asyncio.get_running_loop().call_later, GRACE, give_up.set)
        await to_the_end(_store_all(batch, handle, give_up), cancelled=later)

    async def _events(self) -> list[dict[str, Any]]:
        """What one poll brings: one event, or nothing. Raises SendError."""
        clock = asyncio.get_running_loop().time
        asked = clock()
        events = events_in(await self._client.poll(self._poll_seconds))
        if not any("event_name" in event for event in events) and clock() - asked < QUICK:
            await asyncio.sleep(IDLE_PAUSE)
        return events

    async def _drop_webhook(self) -> None:
        """While one is set, polling is refused. As well as it goes: where it fails, polling will say what is wrong."""
        with suppress(SendError):
            webhook = await self._client.call("getWebhookInfo", {})
            if isinstance(webhook, Mapping) and webhook.get("url"):
                await self._client.call("deleteWebhook", {})
                log.info("the webhook is taken away because this process polls", channel=NAME)


async def _store_all(batch: Sequence[Incoming], handle: Handle, give_up: asyncio.Event) -> None:
    """One after the other, each for as long as the store needs: Zalo would not bring it again.

    After `give_up` there is one more try, and what fails then is lost. A try that was begun is never left half-way.
    """
    trouble = Backoff(LONGEST_PAUSE)
    for number, incoming in enumerate(batch):
        while not await asyncio.to_thread(_stored, incoming, handle):
            if give_up.is_set():
                log.error("messages are lost because they could not be stored", channel=NAME, messages=len(batch) - number)
                return
            wait = trouble.next()
            log.error("a message waits because it cannot be stored", channel=NAME, seconds=round(wait, 1))
            with suppress(TimeoutError):
                async with asyncio.timeout(wait):
                    await give_up.wait()
        trouble.reset()


def _stored(incoming: Incoming, handle: Handle) -> bool:
    """False where it has to be handed over again."""
    try:
        handle_batch(handle, [incoming])
    except StoreError:
        return False
    return True


def _wait(error: Trouble, trouble: Backoff) -> float:
    """See `keep_polling`."""
    reason = error.reason if isinstance(error, SendError) else ""
    if reason == "token":
        raise bad_token() from None
    wait = trouble.next()
    if reason == "unreachable":
        log.warning("Zalo cannot be reached", channel=NAME, error=str(error), seconds=round(wait, 1))
    else:
        log.error("Zalo does not let us poll", channel=NAME, error=str(error), seconds=round(wait, 1))
    return wait
