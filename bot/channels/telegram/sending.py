"""Replies and announcements on their way to Telegram, one message after the other."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Sequence
from pathlib import Path

import structlog

from bot.channels.courtesies import Courtesies
from bot.channels.media import web_address
from bot.channels.recordings import is_recording, read_recording
from bot.channels.resuming import PartsSent
from bot.channels.spacing import ChatSpacing
from bot.channels.telegram.client import TelegramClient
from bot.channels.telegram.descriptor import NAME
from bot.channels.telegram.parts import Part, parts, with_photo_as_address
from bot.delivery.pause import Pause
from bot.errors import SendError
from bot.model import Reply
from bot.ports import Outgoing

log = structlog.stdlib.get_logger(__name__)

SECONDS_IN_CHAT = 1.0  # between two messages, as Telegram asks for
SECONDS_IN_GROUP = 3.0  # twenty a minute


def _step(chat: str) -> float:
    return SECONDS_IN_GROUP if chat.startswith("-") else SECONDS_IN_CHAT


class TelegramSending:
    """See `Channel`.

    A 429 concerns a chat alone where several messages went there just now, and no other chat was refused meanwhile.
    """

    def __init__(self, client: TelegramClient, courtesies: Courtesies, pause: Pause, home: Path) -> None:
        self._client = client
        self._courtesies = courtesies
        self._pause = pause
        self._home = home
        self._sent = PartsSent()
        self._spacing = ChatSpacing(_step)
        self._refused: tuple[str, float] = ("", 0.0)  # the chat that has to wait, and until when on the monotonic clock

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
            chat = outgoing.to.user
            if wait := self._spacing.take(chat):
                raise SendError("throttled", retry_after=wait, one_chat=True)
            try:
                message = await self._client.call(lambda bot: part.call(bot, chat), one_chat=self._spacing.is_busy(chat))
            except SendError as error:
                if error.one_chat and error.retry_after:
                    await self._note_refusal(chat, error.retry_after)
                raise
            return str(message.message_id)

        return await self._sent.send(outgoing, messages, deliver)

    async def _note_refusal(self, chat: str, seconds: float) -> None:
        """Raises SendError where another chat was refused just now: then it is the channel that has to be silent."""
        other, until = self._refused
        self._refused = chat, time.monotonic() + seconds
        if other not in ("", chat) and time.monotonic() < until:
            await self._pause.ask(seconds)
            raise SendError("throttled", retry_after=seconds)
