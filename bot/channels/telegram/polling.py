"""Updates from Telegram by long polling: each batch is confirmed when its effect is stored.

The Updater of python-telegram-bot confirms updates before they are processed, so that a crash loses what is in its queue.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence
from contextlib import suppress
from datetime import datetime
from functools import partial
from typing import Any

import structlog

from bot.channels.courtesies import Courtesies
from bot.channels.leading import Turn
from bot.channels.polling import Trouble, keep_polling, to_the_end
from bot.channels.reading import skipping
from bot.channels.serving import Handle, handle_batch
from bot.channels.telegram.client import TelegramClient, UnreadableUpdates
from bot.channels.telegram.descriptor import NAME
from bot.channels.telegram.errors import BAD_TOKEN
from bot.channels.telegram.parsing import parsed_update, press_in
from bot.channels.telegram.repeats import Repeats
from bot.channels.telegram.simple import read_simple
from bot.channels.telegram.updates import named_bot, read_once
from bot.delivery.backoff import Backoff
from bot.delivery.pause import Pause
from bot.errors import SendError, SettingsError, StoreError
from bot.model import Incoming

log = structlog.stdlib.get_logger(__name__)


class TelegramPolling:
    """`now` dates what Telegram does not date."""

    def __init__(
        self, client: TelegramClient, courtesies: Courtesies, pause: Pause, poll_seconds: int, now: Callable[[], datetime]
    ) -> None:
        self._client = client
        self._courtesies = courtesies
        self._pause = pause
        self._poll_seconds = poll_seconds
        self._now = now
        self._repeats = Repeats()
        self._offset: int | None = None
        self._limit: int | None = None  # updates in the next batch; None for as many as Telegram gives

    async def run(self, handle: Handle, moved: Callable[[], None], turn: Turn) -> None:
        """See `TelegramChannel.poll`."""
        await self._end_webhook()
        await keep_polling(partial(self._once, handle), _wait, turn=turn, moved=moved)

    async def read(self, update: dict[str, Any]) -> Incoming | None:
        with skipping(NAME, update=update.get("update_id")):
            if (incoming := read_simple(update, self._repeats, self._now())) is not None:
                return incoming
            parsed = parsed_update(update)
            if named_bot(parsed) and not self._client.username:
                await self._learn_name()
            return read_once(self._repeats, parsed, self._now(), self._client.username, self._client.own_id)
        return None

    async def _end_webhook(self) -> None:
        """While one is set, nothing can be fetched. What goes wrong here is told, and tried again, by the fetching."""
        with suppress(SendError):
            if not self._pause.left() and await self._client.webhook():
                await self._client.call(lambda bot: bot.delete_webhook())
                log.info("webhook deleted, because updates are fetched", channel=NAME)

    async def _learn_name(self) -> None:
        """While it cannot be had, a command in a group that names a bot is not ours."""
        with suppress(SendError):
            if not self._pause.left():
                await self._client.learn_name()

    async def _once(self, handle: Handle) -> None:
        try:
            found = await self._client.updates(self._offset, self._poll_seconds, self._limit)
        except UnreadableUpdates as error:
            if error.first is None or error.first < (self._offset or 0):  # nothing to confirm, or it was in vain
                raise
            self._pass_over(error.first)
        else:
            self._limit = None
            await self._take(found, handle)

    def _pass_over(self, first: int) -> None:
        """Among updates that cannot be read as a whole the one at fault is looked for, one by one, and confirmed unread."""
        if self._limit == 1:
            log.error("update cannot be read and is skipped", channel=NAME, update=first)
            self._offset, self._limit = first + 1, None
        else:
            self._limit = 1

    async def _take(self, found: Sequence[object], handle: Handle) -> None:
        """Have a batch handled; the next request, with a higher offset, confirms it to Telegram.

        After an empty batch there is nothing to confirm and the offset is left out: Telegram starts ids anew, perhaps
        lower, after a week without updates.
        """
        updates = [update for update in found if isinstance(update, dict)]
        batch = [incoming for update in updates if (incoming := await self.read(update)) is not None]
        for press in filter(None, map(press_in, updates)):
            self._courtesies.do(partial(self._client.acknowledge, press))
        self._courtesies.show_typing(batch, self._client.show_typing)
        if batch:
            await to_the_end(asyncio.to_thread(handle_batch, handle, batch))
        ids = [update["update_id"] for update in updates if isinstance(update.get("update_id"), int)]
        if found and not ids:
            raise SendError("unreachable", "no update of the batch has an id")
        self._offset = max(ids) + 1 if ids else None


def _wait(error: Trouble, trouble: Backoff) -> float:
    """See `keep_polling`."""
    if isinstance(error, StoreError):
        wait = trouble.next()
        log.error("updates wait because they cannot be stored", channel=NAME, error=str(error), seconds=round(wait, 1))
        return wait
    if error.reason == "token":
        raise SettingsError(BAD_TOKEN) from None
    if error.retry_after is not None:
        return error.retry_after
    wait = trouble.next()
    if error.reason == "setup":
        log.error("another process polls with this token, or a webhook is set", channel=NAME, seconds=round(wait, 1))
    else:
        log.warning("Telegram cannot be reached", channel=NAME, error=str(error), seconds=round(wait, 1))
    return wait
