"""A channel whose vendor brings the updates: what the server asks of it."""

from __future__ import annotations

import hmac
from collections.abc import Mapping
from typing import Protocol

from bot.errors import LoabanError
from bot.model import Incoming
from bot.ports import Outgoing


class WebhookRejected(LoabanError):
    """A request that is not from the vendor, or cannot be. `status` is what it is answered with; nothing of it is kept."""

    def __init__(self, status: int) -> None:
        super().__init__(f"HTTP {status}")
        self.status = status


class WebhookChannel(Protocol):
    """Pure towards the network but for `register`; everything else works on bytes."""

    name: str

    def recognise(self, headers: Mapping[str, str]) -> None:
        """Before a body is read: raises WebhookRejected where these headers cannot be the vendor's."""
        ...

    def receive(self, headers: Mapping[str, str], body: bytes) -> list[Incoming]:
        """What residents sent, with one request. Header names are in small letters.

        Empty for events that need no answer, and for a body that cannot be read although its secret or signature is
        right: the vendor would bring it again and again. Raises WebhookRejected for a wrong or missing secret or signature.
        """
        ...

    def in_response(self, outgoing: Outgoing) -> bytes | None:
        """The body of a response that delivers this reply; None where the reply needs a call of its own."""
        ...

    async def register(self, url: str) -> None:
        """Tell the vendor where to bring updates. Raises SettingsError where it refuses, SendError where it is not reached."""
        ...


def check_secret(headers: Mapping[str, str], header: str, secret: str) -> None:
    """Raises WebhookRejected: 401 where no secret is shown, 403 for another one, and where there is none of ours."""
    shown = headers.get(header)
    if shown is None:
        raise WebhookRejected(401)
    if not secret or not same(shown, secret):
        raise WebhookRejected(403)


def same(given: str, right: str) -> bool:
    """Compared in a time that tells nothing of what is right."""
    return hmac.compare_digest(given.encode("utf-8", "surrogatepass"), right.encode("utf-8", "surrogatepass"))
