"""The Zalo Bot Platform, put together: events in by long polling or by webhook, replies and announcements out."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import UTC, datetime

from bot.channels.courtesies import Courtesies
from bot.channels.leading import Turn
from bot.channels.media import MakeLink, no_link
from bot.channels.polling import nothing, unwatched
from bot.channels.serving import Handle
from bot.channels.zalo_bot.client import ZaloBotClient
from bot.channels.zalo_bot.descriptor import NAME, ZALO_BOT
from bot.channels.zalo_bot.polling import ZaloBotPolling
from bot.channels.zalo_bot.sending import ZaloBotSending
from bot.channels.zalo_bot.webhook import ZaloBotWebhook
from bot.delivery.pause import Pause
from bot.model import Incoming
from bot.ports import Outgoing


class ZaloBotChannel:
    """`Channel`, `PollingChannel` and `WebhookChannel` for a Zalo bot. `api` is the address up to and including `/bot`.

    `secret` is what Zalo shows with every webhook; without one no webhook is welcome. `link` makes an address of what lies at
    another vendor; `now` dates what Zalo does not date.
    """

    name = NAME
    capabilities = ZALO_BOT.capabilities

    def __init__(
        self,
        token: str,
        *,
        api: str,
        poll_seconds: int,
        pause: Pause,
        secret: str = "",
        link: MakeLink = no_link,
        now: Callable[[], datetime] = lambda: datetime.now(UTC),
    ) -> None:
        self._client = ZaloBotClient(token, api, secret)
        self._courtesies = Courtesies(pause)
        self._polling = ZaloBotPolling(self._client, self._courtesies, poll_seconds, now)
        self._webhook = ZaloBotWebhook(self._client, secret, now)
        self._sending = ZaloBotSending(self._client, self._courtesies, pause, link)

    async def poll(self, handle: Handle, moved: Callable[[], None] = unwatched, turn: Turn = nothing) -> None:
        """Fetch events and hand them over until cancelled; what is in hand is stored first, for which it has some seconds.

        `handle` runs in a thread. When it raises StoreError the same event is handed over again; what it cannot handle for
        another reason is skipped. Raises SettingsError for a bad token.
        """
        await self._polling.run(handle, moved, turn)

    def recognise(self, headers: Mapping[str, str]) -> None:
        self._webhook.recognise(headers)

    def receive(self, headers: Mapping[str, str], body: bytes) -> list[Incoming]:
        return self._webhook.receive(headers, body)

    def in_response(self, outgoing: Outgoing) -> bytes | None:
        """Zalo takes replies by a call of their own only."""
        return None

    async def register(self, url: str) -> None:
        await self._webhook.register(url)

    async def send(self, outgoing: Outgoing) -> str:
        return await self._sending.send(outgoing)

    async def close(self) -> None:
        await self._courtesies.close()
        await self._client.close()
