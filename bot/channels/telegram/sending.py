"""Replies and announcements on their way to Telegram, one message after the other."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from pathlib import Path

import structlog

from bot.channels.courtesies import Courtesies
from bot.channels.media import web_address
from bot.channels.recordings import is_recording, read_recording
from bot.channels.resuming import PartsSent
from bot.channels.telegram.client import TelegramClient
from bot.channels.telegram.descriptor import NAME
from bot.channels.telegram.parts import Part, parts, with_photo_as_address
from bot.delivery.pause import Pause
from bot.errors import SendError
from bot.model import Reply
from bot.ports import Outgoing

log = structlog.stdlib.get_logger(__name__)


class TelegramSending:
    """See `Channel`."""

    def __init__(self, client: TelegramClient, courtesies: Courtesies, pause: Pause, home: Path) -> None:
        self._client = client
        self._courtesies = courtesies
        self._pause = pause
        self._home = home
        self._sent = PartsSent()

    async def send(self, outgoing: Outgoing) -> str:
        """The messages of `parts`. Where Telegram does not show a photo of a case that lies on the web, its address is sent."""
        reply = outgoing.reply
        if outgoing.id:
            self._courtesies.answered(outgoing.to.user)
        if is_recording(reply.file):
            return await self._send(outgoing, [await self._voice(reply)])
        try:
            return await self._send(outgoing, parts(reply))
        except SendError as error:
            if reply.case is None or not web_address(reply.photo) or error.reason not in ("refused-text", "refused"):
                raise
        return await self._send(outgoing, parts(with_photo_as_address(reply)))

    async def _voice(self, reply: Reply) -> Part:
        """A recording with its words under it; these alone where it is gone by now."""
        try:
            found = await asyncio.to_thread(read_recording, self._home, reply.file or "")
        except SendError as error:
            log.error("a recording cannot be sent", channel=NAME, error=str(error))
            return Part(reply.text, reply.buttons)
        return Part(reply.text, reply.buttons, found)

    async def _send(self, outgoing: Outgoing, messages: Sequence[Part]) -> str:
        async def deliver(part: Part) -> str:
            self._pause.check()
            message = await self._client.call(lambda bot: part.call(bot, outgoing.to.user))
            return str(message.message_id)

        return await self._sent.send(outgoing, messages, deliver)
