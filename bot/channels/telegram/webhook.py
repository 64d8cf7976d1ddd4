"""Updates that Telegram brings, and replies that go out in the response to them."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from datetime import datetime
from functools import partial

import structlog
from telegram import Bot
from telegram.error import BadRequest

from bot.channels.courtesies import Courtesies
from bot.channels.reading import json_in, skipping
from bot.channels.telegram.client import ALLOWED_UPDATES, TelegramClient
from bot.channels.telegram.descriptor import NAME, TELEGRAM
from bot.channels.telegram.errors import BAD_TOKEN
from bot.channels.telegram.parsing import parsed_update, press_in
from bot.channels.telegram.parts import rows_of_buttons
from bot.channels.telegram.repeats import Repeats
from bot.channels.telegram.simple import read_simple
from bot.channels.telegram.updates import read_once
from bot.channels.webhook import check_secret
from bot.delivery.pause import Pause
from bot.errors import SendError, SettingsError
from bot.i18n import mark
from bot.model import Incoming
from bot.ports import Outgoing
from bot.text.splitting import split_text

SECRET_HEADER = "x-telegram-bot-api-secret-token"  # noqa: S105 - the name of a header
WEBHOOK_CONNECTIONS = 40

log = structlog.stdlib.get_logger(__name__)


class TelegramWebhook:
    """See `WebhookChannel`. `now` dates what Telegram does not date."""

    def __init__(
        self, client: TelegramClient, courtesies: Courtesies, pause: Pause, secret: str, now: Callable[[], datetime]
    ) -> None:
        self._client = client
        self._courtesies = courtesies
        self._pause = pause
        self._secret = secret
        self._now = now
        self._repeats = Repeats()

    def recognise(self, headers: Mapping[str, str]) -> None:
        check_secret(headers, SECRET_HEADER, self._secret)

    def receive(self, headers: Mapping[str, str], body: bytes) -> list[Incoming]:
        """One update. There is no typing sign, as the answer is there before it would show."""
        check_secret(headers, SECRET_HEADER, self._secret)
        update = json_in(body)
        if not isinstance(update, dict) or not isinstance(update.get("update_id"), int):
            log.error("webhook cannot be read and is skipped", channel=NAME)
            return []
        if press := press_in(update):
            self._courtesies.do(partial(self._client.acknowledge, press))
        with skipping(NAME, update=update["update_id"]):
            incoming = read_simple(update, self._repeats, self._now()) or read_once(
                self._repeats, parsed_update(update), self._now(), self._client.username, self._client.own_id
            )
            return [] if incoming is None else [incoming]
        return []

    def in_response(self, outgoing: Outgoing) -> bytes | None:
        """`sendMessage`, where one is enough. None while Telegram wants silence: what is said in a response counts as well."""
        user, reply = outgoing.to.user, outgoing.reply
        fits = len(split_text(reply.text, TELEGRAM.capabilities.max_text)) == 1 and reply.photo is reply.file is None
        if not fits or self._pause.left():
            return None
        call: dict[str, object] = {"method": "sendMessage", "chat_id": user, "text": reply.text}
        call["link_preview_options"] = {"is_disabled": True}
        if reply.topic.isdecimal():
            call["message_thread_id"] = int(reply.topic)
        if reply.buttons:
            call["reply_markup"] = {"inline_keyboard": rows_of_buttons(reply.buttons)}
        return json.dumps(call, ensure_ascii=False).encode()

    async def register(self, url: str) -> None:
        """Have updates brought to `url`, and learn our own name, which commands in groups may carry."""
        try:
            await self._client.learn_name()
            await self._client.call(lambda bot: self._set_webhook(bot, url))
        except SendError as error:
            if error.reason == "token":
                raise SettingsError(BAD_TOKEN) from None
            raise

    async def _set_webhook(self, bot: Bot, url: str) -> None:
        try:
            await bot.set_webhook(
                url, secret_token=self._secret, allowed_updates=ALLOWED_UPDATES, max_connections=WEBHOOK_CONNECTIONS
            )
        except BadRequest as error:
            raise SettingsError(
                mark(
                    "LOABAN_PUBLIC_URL, LOABAN_WEBHOOK_SECRET: Telegram refuses this webhook ({reason}). It wants https on "
                    "port 443, 80, 88 or 8443, and a secret of letters, digits, _ and - only."
                ),
                reason=error.message[:200],
            ) from None
