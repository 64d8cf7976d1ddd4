"""Notes in, by a webhook, and notes out."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from datetime import UTC, datetime

from bot.channels.media import MakeLink, web_address
from bot.channels.numbered import address_of, numbered_parts, with_file_as_address
from bot.channels.reading import json_in, skipping
from bot.channels.resuming import PartsSent
from bot.channels.webhook import check_secret
from bot.delivery.pause import Pause
from bot.model import Address, Incoming, IncomingKind
from bot.ports import Outgoing
from tests.contract.paper.client import PostOffice
from tests.contract.paper.descriptor import NAME, PAPER

SECRET_HEADER = "x-stamp"


class PaperChannel:
    """`Channel` and `WebhookChannel`."""

    name = NAME
    capabilities = PAPER.capabilities

    def __init__(
        self,
        office: PostOffice,
        pause: Pause,
        secret: str,
        link: MakeLink,
        now: Callable[[], datetime] = lambda: datetime.now(UTC),
    ) -> None:
        self._office = office
        self._pause = pause
        self._secret = secret
        self._link = link
        self._now = now
        self._sent = PartsSent()

    def recognise(self, headers: Mapping[str, str]) -> None:
        check_secret(headers, SECRET_HEADER, self._secret)

    def receive(self, headers: Mapping[str, str], body: bytes) -> list[Incoming]:
        check_secret(headers, SECRET_HEADER, self._secret)
        note = json_in(body)
        with skipping(NAME):
            return [read_note(note, self._now())] if isinstance(note, dict) and "from" in note else []
        return []

    def in_response(self, outgoing: Outgoing) -> bytes | None:
        return None

    async def register(self, url: str) -> None: ...

    async def send(self, outgoing: Outgoing) -> str:
        reply = with_file_as_address(outgoing.reply, self._link)
        if address := address_of(reply, reply.photo, self._link):
            reply = replace(reply, text=f"{reply.text}\n{address}".strip())

        async def deliver(text: str) -> str:
            self._pause.check()
            return await self._office.carry(outgoing.to.user, text)

        return await self._sent.send(outgoing, numbered_parts(reply, self.capabilities.max_text), deliver)

    async def close(self) -> None: ...


def read_note(note: Mapping[str, object], now: datetime) -> Incoming:
    """Raises KeyError where it does not say of whom it is."""
    picture = web_address(note.get("picture"))
    kind: IncomingKind = "photo" if picture else "text" if note.get("text") else "other"
    sender = Address(NAME, str(note["from"]))
    return Incoming(str(note["number"]), sender, str(note.get("text", "")), now, kind=kind, photo=picture)
