"""Replies and announcements on their way to Zalo: texts with numbered choices, and photos with a text under them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

from bot.channels.courtesies import Courtesies
from bot.channels.media import MakeLink
from bot.channels.numbered import address_of, numbered, numbered_parts, with_file_as_address
from bot.channels.resuming import PartsSent
from bot.channels.zalo_bot.client import ZaloBotClient
from bot.channels.zalo_bot.descriptor import ZALO_BOT
from bot.delivery.pause import Pause
from bot.errors import SendError
from bot.model import Reply
from bot.ports import Outgoing
from bot.text.splitting import utf16_units


class ZaloBotSending:
    """See `Channel`."""

    def __init__(self, client: ZaloBotClient, courtesies: Courtesies, pause: Pause, link: MakeLink) -> None:
        self._client = client
        self._courtesies = courtesies
        self._pause = pause
        self._link = link
        self._sent = PartsSent()

    async def send(self, outgoing: Outgoing) -> str:
        """A photo stands above a text that fits under it. Where the text is longer, or Zalo does not take the photo, its
        address stands under the text, as that of any other file does.
        """
        user, reply = outgoing.to.user, with_file_as_address(outgoing.reply, self._link)
        if outgoing.id:
            self._courtesies.answered(user)
        photo = address_of(reply, reply.photo, self._link)
        if photo and not self._sent.begun(outgoing) and (sent := await self._shown(user, photo, reply)) is not None:
            return sent
        if photo:
            reply = replace(reply, text=f"{reply.text}\n\n{photo}".strip())

        async def deliver(text: str) -> str:
            return await self._deliver("sendMessage", {"chat_id": user, "text": text})

        return await self._sent.send(outgoing, numbered_parts(reply, ZALO_BOT.capabilities.max_text), deliver)

    async def _shown(self, user: str, photo: str, reply: Reply) -> str | None:
        """The id of a message with the photo; None where the text does not fit under it, and where Zalo does not take it."""
        caption = numbered(reply).strip("\n")
        if utf16_units(caption) > ZALO_BOT.capabilities.max_photo:
            return None
        under = {"caption": caption} if caption.strip() else {}
        try:
            return await self._deliver("sendPhoto", {"chat_id": user, "photo": photo, **under})
        except SendError as error:
            if error.reason in ("refused-text", "refused"):
                return None
            raise

    async def _deliver(self, method: str, asked: Mapping[str, object]) -> str:
        self._pause.check()
        message = await self._client.call(method, asked)
        return str(message.get("message_id", "")) if isinstance(message, Mapping) else ""
