"""Zalo Official Account, v3, put together: events in by signed webhook, replies out as consultation messages, which Zalo takes
for some hours after a person wrote. Nothing can be tapped there, so choices are numbered.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from datetime import UTC, datetime
from functools import partial
from typing import Literal

from bot.channels.media import MakeLink, no_link
from bot.channels.numbered import address_of, numbered_parts, with_file_as_address
from bot.channels.resuming import PartsSent
from bot.channels.zalo_oa.client import TokenSource, ZaloOaClient
from bot.channels.zalo_oa.descriptor import NAME, ZALO_OA
from bot.channels.zalo_oa.webhook import ZaloOaWebhook
from bot.delivery.pause import Pause
from bot.model import Incoming, Reply
from bot.ports import Outgoing


class ZaloOaChannel:
    """`Channel` and `WebhookChannel` for a Zalo Official Account; there is no polling.

    `api` is the base URL; `signed_id` tells which id a signature begins with: the app's, or that of the Official Account.
    `link` makes an address of what lies at another vendor. `now` is held against the time of events, so that old ones cannot be
    played again.
    """

    name = NAME
    capabilities = ZALO_OA.capabilities

    def __init__(
        self,
        *,
        app_id: str,
        oa_secret: str,
        signed_id: Literal["app", "oa"],
        api: str,
        tokens: TokenSource,
        pause: Pause,
        link: MakeLink = no_link,
        now: Callable[[], datetime] = lambda: datetime.now(UTC),
    ) -> None:
        self._link = link
        self._client = ZaloOaClient(api, tokens, pause)
        self._webhook = ZaloOaWebhook(app_id, oa_secret, signed_id, now)
        self._sent = PartsSent()

    def recognise(self, headers: Mapping[str, str]) -> None:
        self._webhook.recognise(headers)

    def receive(self, headers: Mapping[str, str], body: bytes) -> list[Incoming]:
        return self._webhook.receive(headers, body)

    def in_response(self, outgoing: Outgoing) -> bytes | None:
        """Zalo reads nothing from the response."""
        return None

    async def register(self, url: str) -> None:
        await self._webhook.register(url)

    async def send(self, outgoing: Outgoing) -> str:
        """Photos and files cannot be sent: their addresses stand under the text."""
        parts = numbered_parts(self._with_addresses(outgoing.reply), ZALO_OA.capabilities.max_text)
        return await self._sent.send(outgoing, parts, partial(self._client.deliver, outgoing.to.user))

    async def close(self) -> None:
        await self._client.close()

    def _with_addresses(self, reply: Reply) -> Reply:
        address = address_of(reply, reply.photo, self._link)
        shown = replace(reply, text=f"{reply.text}\n{address}".strip()) if address else reply
        return with_file_as_address(shown, self._link)
