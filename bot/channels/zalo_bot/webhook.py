"""Events that Zalo brings to the webhook of a bot."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import datetime

import structlog

from bot.channels.reading import json_in
from bot.channels.webhook import check_secret
from bot.channels.zalo_bot.client import ZaloBotClient
from bot.channels.zalo_bot.descriptor import NAME
from bot.channels.zalo_bot.errors import bad_token
from bot.channels.zalo_bot.events import events_in, read_events
from bot.errors import SendError, SettingsError
from bot.i18n import mark
from bot.model import Incoming

SECRET_HEADER = "x-bot-api-secret-token"  # noqa: S105 - the name of a header

log = structlog.stdlib.get_logger(__name__)


class ZaloBotWebhook:
    """See `WebhookChannel`. `now` dates what Zalo does not date."""

    def __init__(self, client: ZaloBotClient, secret: str, now: Callable[[], datetime]) -> None:
        self._client = client
        self._secret = secret
        self._now = now

    def recognise(self, headers: Mapping[str, str]) -> None:
        check_secret(headers, SECRET_HEADER, self._secret)

    def receive(self, headers: Mapping[str, str], body: bytes) -> list[Incoming]:
        check_secret(headers, SECRET_HEADER, self._secret)
        events = events_in(json_in(body))
        if not events:
            log.warning("webhook without an event is skipped", channel=NAME, size=len(body))
        return read_events(events, self._now())

    async def register(self, url: str) -> None:
        try:
            await self._client.call("setWebhook", {"url": url, "secret_token": self._secret})
        except SendError as error:
            if error.reason in ("unreachable", "throttled"):
                raise
            if error.reason == "token":
                raise bad_token() from None
            raise SettingsError(
                mark(
                    "LOABAN_PUBLIC_URL: Zalo does not accept it as the address of a webhook. It must be reachable from the "
                    "internet by HTTPS, and LOABAN_WEBHOOK_SECRET must have 16 to 256 signs. Zalo says: {reason}"
                ),
                reason=error,
            ) from None
