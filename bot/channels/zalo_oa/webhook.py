"""Events that Zalo brings to an Official Account, each signed over its raw bytes."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Callable, Mapping
from datetime import UTC, datetime, timedelta
from typing import Any, Literal

import structlog

from bot.channels.reading import json_in, skipping
from bot.channels.webhook import WebhookRejected, same
from bot.channels.zalo_oa.descriptor import NAME
from bot.channels.zalo_oa.events import accounts_in, read_event
from bot.model import Incoming

SIGNATURE = "x-zevent-signature"
TIMESTAMP = re.compile(r"[0-9]{1,14}")  # milliseconds since 1970
OLDEST = timedelta(days=2)  # Zalo brings an event again for an hour

log = structlog.stdlib.get_logger(__name__)


class ZaloOaWebhook:
    """See `WebhookChannel` and, for what is given here, `ZaloOaChannel`."""

    def __init__(self, app_id: str, oa_secret: str, signed_id: Literal["app", "oa"], now: Callable[[], datetime]) -> None:
        self._app_id = app_id
        self._oa_secret = oa_secret
        self._signed_id = signed_id
        self._now = now

    def recognise(self, headers: Mapping[str, str]) -> None:
        """Whether the signature is right shows only with the body."""
        if not headers.get(SIGNATURE):
            raise WebhookRejected(401)

    def receive(self, headers: Mapping[str, str], body: bytes) -> list[Incoming]:
        """Raises WebhookRejected(401) without a signature, (403) for a wrong one, and for an event of long ago."""
        given = headers.get(SIGNATURE)
        if not given:
            raise WebhookRejected(401)
        event = json_in(body)
        timestamp = str(event.get("timestamp")) if isinstance(event, dict) else ""
        if not isinstance(event, dict) or not TIMESTAMP.fullmatch(timestamp):
            raise WebhookRejected(403)  # the timestamp is a part of what is signed
        macs = [f"mac={self._mac(signer, body, timestamp)}" for signer in self._signers(event)]
        if not any(same(given, mac) for mac in macs):
            raise WebhookRejected(403)
        at = datetime.fromtimestamp(int(timestamp) / 1000, UTC)
        if self._now() - at > OLDEST:
            raise WebhookRejected(403)
        with skipping(NAME):
            incoming = read_event(event, at)
            return [] if incoming is None else [incoming]
        return []

    async def register(self, url: str) -> None:
        """The address of the webhook is set by hand; this says where."""
        log.info("set this webhook address in the Zalo app at developers.zalo.me, under Webhook", channel=NAME, url=url)

    def _signers(self, event: Mapping[str, Any]) -> list[str]:
        return [self._app_id] if self._signed_id == "app" else accounts_in(event)

    def _mac(self, signed_by: str, body: bytes, timestamp: str) -> str:
        """Plain SHA-256, as Zalo has it; the secret stands last."""
        return hashlib.sha256(_bytes(signed_by) + body + _bytes(timestamp + self._oa_secret)).hexdigest()


def _bytes(text: str) -> bytes:
    return text.encode("utf-8", "replace")
