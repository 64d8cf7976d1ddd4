"""Telegram, put together: updates in by long polling or webhook, replies and announcements out, files opened."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Mapping
from contextlib import AbstractAsyncContextManager
from datetime import UTC, datetime
from pathlib import Path

from bot.channels.courtesies import Courtesies
from bot.channels.leading import Turn
from bot.channels.media import MediaLinks, OpenedFile
from bot.channels.polling import nothing, unwatched
from bot.channels.serving import Handle
from bot.channels.telegram.client import TelegramClient
from bot.channels.telegram.descriptor import NAME, TELEGRAM
from bot.channels.telegram.files import TelegramFiles
from bot.channels.telegram.polling import TelegramPolling
from bot.channels.telegram.sending import TelegramSending
from bot.channels.telegram.webhook import TelegramWebhook
from bot.delivery.pause import Pause
from bot.model import Incoming
from bot.ports import Outgoing


class TelegramChannel:
    """`Channel`, `PollingChannel`, `WebhookChannel` and `MediaSource` for Telegram.

    `api` is the address up to and including `/bot`; `now` dates what Telegram does not date.

    `secret` is what Telegram shows with every webhook; without one no webhook is welcome. `links` are those to what lies here,
    `home` is where recordings of answers do.

    A call that is refused with 429 asks for silence, and no call breaks it but polling: a /stop is heard meanwhile.
    """

    name = NAME
    capabilities = TELEGRAM.capabilities

    def __init__(
        self,
        token: str,
        *,
        api: str,
        poll_seconds: int,
        pause: Pause,
        secret: str = "",
        links: MediaLinks | None = None,
        home: Path = Path(),
        now: Callable[[], datetime] = lambda: datetime.now(UTC),
    ) -> None:
        self.links = links
        self._client = TelegramClient(token, api, pause)
        self._courtesies = Courtesies(pause)
        self._polling = TelegramPolling(self._client, self._courtesies, pause, poll_seconds, now)
        self._webhook = TelegramWebhook(self._client, self._courtesies, pause, secret, now)
        self._sending = TelegramSending(self._client, self._courtesies, pause, home)
        self._files = TelegramFiles(self._client, pause, token, api)

    async def poll(self, handle: Handle, moved: Callable[[], None] = unwatched, turn: Turn = nothing) -> None:
        """Fetch updates and hand them over until cancelled; a batch in hand is finished first. A webhook is deleted before.

        `handle` runs in a thread. When it raises StoreError the batch is fetched again; what it cannot handle for another
        reason is handed over message by message, and the one at fault is skipped. Raises SettingsError for a bad token.
        """
        await self._polling.run(handle, moved, turn)

    def recognise(self, headers: Mapping[str, str]) -> None:
        self._webhook.recognise(headers)

    def receive(self, headers: Mapping[str, str], body: bytes) -> list[Incoming]:
        """See `WebhookChannel`. To be called in the loop: a button press is acknowledged by a call of its own."""
        return self._webhook.receive(headers, body)

    def in_response(self, outgoing: Outgoing) -> bytes | None:
        return self._webhook.in_response(outgoing)

    async def register(self, url: str) -> None:
        await self._webhook.register(url)

    async def send(self, outgoing: Outgoing) -> str:
        return await self._sending.send(outgoing)

    def open(self, media: str) -> AbstractAsyncContextManager[OpenedFile]:
        return self._files.open(media)

    async def close(self) -> None:
        await self._courtesies.close()
        await asyncio.gather(self._client.close(), self._files.close())
