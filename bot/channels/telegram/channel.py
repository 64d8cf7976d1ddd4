"""Telegram: updates in by long polling or webhook, replies and announcements out.

python-telegram-bot serves as the API client only. Its Updater confirms updates before they are processed, so that a crash
loses what is in its queue; the loop here confirms them when their effect is stored.
"""

from __future__ import annotations

import asyncio
import hmac
import json
import os
import re
from collections.abc import AsyncIterator, Awaitable, Callable, Iterable, Mapping, Sequence
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from functools import partial
from typing import Any

import structlog
from telegram import Bot, Message, Update
from telegram.constants import ChatAction
from telegram.error import (
    BadRequest,
    Conflict,
    InvalidToken,
    NetworkError,
    RetryAfter,
    TelegramError,
)
from telegram.request import HTTPXRequest

from bot.channels.capabilities import TELEGRAM
from bot.channels.media import MediaLinks, OpenedFile, web_address
from bot.channels.serving import Handle, handle_batch
from bot.channels.telegram.errors import seconds, telegram_error
from bot.channels.telegram.files import TelegramFiles, file_id
from bot.channels.telegram.parts import Part, keyboard, parts, with_photo_as_address
from bot.channels.telegram.updates import NAME, named_bot, read_update
from bot.channels.webhook import WebhookRejected
from bot.delivery.announcements import IN_FLIGHT as ANNOUNCEMENTS_IN_FLIGHT
from bot.delivery.backoff import Backoff
from bot.delivery.pause import Pause
from bot.delivery.replies import IN_FLIGHT
from bot.errors import SendError, SettingsError, StoreError
from bot.logs import place
from bot.model import Incoming
from bot.ports import Outgoing
from bot.text.splitting import split_text

# RetryAfter warns about its own attribute while it is being raised, unless this is set. It is read at every use.
os.environ.setdefault("PTB_TIMEDELTA", "1")

ALLOWED_UPDATES = ["message", "edited_message", "callback_query", "my_chat_member"]

COURTESIES_IN_FLIGHT = 2  # typing signs and button acknowledgements, which must never hold up a reply
COURTESIES_WAITING = 50
CONNECTIONS = IN_FLIGHT + ANNOUNCEMENTS_IN_FLIGHT + COURTESIES_IN_FLIGHT  # more lowers the throughput
CONNECT_SECONDS = 10.0
SEND_SECONDS = 15.0
POLL_SLACK_SECONDS = 10.0
LONGEST_POLL_PAUSE = 30.0
WEBHOOK_CONNECTIONS = 40
SECRET_HEADER = "x-telegram-bot-api-secret-token"  # noqa: S105 - the name of a header

log = structlog.stdlib.get_logger(__name__)


class TelegramChannel:
    """`Channel`, `PollingChannel`, `WebhookChannel` and `MediaSource` for Telegram.

    `api` is the address up to and including `/bot`; `now` dates what Telegram does not date.

    `secret` is what Telegram shows with every webhook; without one no webhook is welcome. `links` are those to what lies here.

    A call that is refused with 429 asks for silence, and no call breaks it but polling: a /stop is heard meanwhile.
    """

    name = NAME
    capabilities = TELEGRAM

    def __init__(
        self,
        token: str,
        *,
        api: str,
        poll_seconds: int,
        pause: Pause,
        secret: str = "",
        links: MediaLinks | None = None,
        now: Callable[[], datetime] = lambda: datetime.now(UTC),
    ) -> None:
        self.links = links
        self._poll_seconds = poll_seconds
        self._pause = pause
        self._secret = secret.encode()
        self._now = now
        self._poll_request = _request(1, POLL_SLACK_SECONDS)
        self._send_request = _request(CONNECTIONS, SEND_SECONDS)
        self._bot = _Api(token, base_url=api, get_updates_request=self._poll_request, request=self._send_request)
        self._offset: int | None = None
        self._username: str | None = None
        self._own_id = _id_in(token)
        self._files = TelegramFiles(token, api)
        self._parts_sent: dict[int, int] = {}  # of replies that stopped half-way; their first parts are not sent again
        self._typing: set[str] = set()
        self._courtesies: set[asyncio.Task[None]] = set()
        self._courtesy_places = asyncio.Semaphore(COURTESIES_IN_FLIGHT)

    async def poll(self, handle: Handle) -> None:
        """Fetch updates and hand them over until cancelled; a batch in hand is finished first. A webhook is deleted before.

        `handle` runs in a thread. When it raises StoreError the batch is fetched again; what it cannot handle for another
        reason is handed over message by message, and the one at fault is skipped. Raises SettingsError for a bad token.
        """
        trouble = Backoff(LONGEST_POLL_PAUSE)
        await self._end_webhook()
        while True:
            try:
                await self._take(await self._bot.raw_updates(self._offset, self._poll_seconds, ALLOWED_UPDATES), handle)
                trouble.reset()
            except (TelegramError, StoreError) as error:
                await asyncio.sleep(_poll_pause(error, trouble))

    async def _end_webhook(self) -> None:
        """While one is set, nothing can be fetched. What goes wrong here is told, and tried again, by the fetching."""
        try:
            if not self._pause.left() and (await self._bot.get_webhook_info()).url:
                await self._bot.delete_webhook()
                log.info("webhook deleted, because updates are fetched", channel=NAME)
        except TelegramError as error:
            await self._note_pause(telegram_error(error))

    # --- webhook ------------------------------------------------------------------------------------------------------

    def receive(self, headers: Mapping[str, str], body: bytes) -> list[Incoming]:
        """One update; see `WebhookChannel`. To be called in the loop: a button press is acknowledged by a call of its own.

        There is no typing sign, as the answer is there before it would show.
        """
        shown = headers.get(SECRET_HEADER)
        if shown is None:
            raise WebhookRejected(401)
        if not self._secret or not hmac.compare_digest(shown.encode(), self._secret):
            raise WebhookRejected(403)
        try:
            update = json.loads(body)
        except (ValueError, RecursionError):
            update = None
        if not isinstance(update, dict) or not isinstance(update.get("update_id"), int):
            log.error("webhook cannot be read and is skipped", channel=NAME)
            return []
        self._acknowledge(update)
        try:
            incoming = read_update(Update.de_json(update, self._bot), self._now(), self._username or "", self._own_id)
        except Exception as error:  # noqa: BLE001 - as with polling
            _log_skipped(update, error)
            return []
        return [] if incoming is None else [incoming]

    def in_response(self, outgoing: Outgoing) -> bytes | None:
        """`sendMessage`, where one is enough. None while Telegram wants silence: what is said in a response counts as well."""
        user, reply = outgoing.to.user, outgoing.reply
        fits = len(split_text(reply.text, TELEGRAM.max_text)) == 1 and reply.photo is reply.file is None
        if not fits or self._pause.left():
            return None
        call: dict[str, object] = {"method": "sendMessage", "chat_id": user, "text": reply.text}
        call["link_preview_options"] = {"is_disabled": True}
        if (markup := keyboard(reply.buttons)) is not None:
            call["reply_markup"] = markup.to_dict()
        return json.dumps(call, ensure_ascii=False).encode()

    async def register(self, url: str) -> None:
        """Have updates brought to `url`, and learn our own name, which commands in groups may carry. See `WebhookChannel`."""
        try:
            self._username = (await self._bot.get_me()).username
            await self._bot.set_webhook(
                url,
                secret_token=self._secret.decode(),
                allowed_updates=ALLOWED_UPDATES,
                max_connections=WEBHOOK_CONNECTIONS,
            )
        except TelegramError as error:
            failure = telegram_error(error)
            await self._note_pause(failure)
            if isinstance(error, InvalidToken):
                raise SettingsError(
                    "LOABAN_TELEGRAM_TOKEN: Telegram does not accept it; copy it from @BotFather again."
                ) from None
            if isinstance(error, BadRequest):
                raise SettingsError(
                    f"LOABAN_PUBLIC_URL, LOABAN_WEBHOOK_SECRET: Telegram refuses this webhook ({error.message[:200]}). It "
                    "wants https on port 443, 80, 88 or 8443, and a secret of letters, digits, _ and - only."
                ) from None
            raise failure from None

    # --- out: one at a time -------------------------------------------------------------------------------------------

    async def send(self, outgoing: Outgoing) -> str:
        """Deliver one reply or announcement and return the id of its last message; see `parts`. Raises SendError.

        A retry of a reply in several messages goes on with the one that was refused. Where Telegram does not show a photo of a
        case that lies on the web, its address is sent instead.
        """
        user, reply = outgoing.to.user, outgoing.reply
        if outgoing.id:
            self._typing.discard(user)  # a typing sign after the answer would be a lie
        try:
            return await self._send_parts(outgoing.id, user, parts(reply))
        except SendError as error:
            if reply.case is None or not web_address(reply.photo) or error.reason not in ("refused-text", "refused"):
                raise
        return await self._send_parts(outgoing.id, user, parts(with_photo_as_address(reply)))

    async def _send_parts(self, id_: int, user: str, messages: Sequence[Part]) -> str:
        if not messages:
            raise SendError("refused-text", "the reply is empty")
        message_id = ""
        try:
            for index in range(self._parts_sent.get(id_, 0), len(messages)):
                message_id = await self._deliver(partial(messages[index].call, self._bot, user))
                if id_:  # announcements share the 0, and fit into one message
                    self._parts_sent[id_] = index + 1
        except SendError as error:
            if not error.temporary:
                self._parts_sent.pop(id_, None)
            raise
        self._parts_sent.pop(id_, None)
        return message_id

    # --- out: what people sent ----------------------------------------------------------------------------------------

    @asynccontextmanager
    async def open(self, media: str) -> AsyncIterator[OpenedFile]:
        """See `MediaSource`."""
        if left := self._pause.left():
            raise SendError("throttled", retry_after=left)
        try:
            found = await self._bot.raw_file(file_id(media))
        except TelegramError as error:
            failure = telegram_error(error)
            await self._note_pause(failure)
            raise failure from None
        async with self._files.open(found.get("file_path"), found.get("file_size")) as opened:
            yield opened

    async def close(self) -> None:
        for task in self._courtesies:
            task.cancel()
        await asyncio.gather(*self._courtesies, return_exceptions=True)
        await asyncio.gather(self._poll_request.shutdown(), self._send_request.shutdown(), self._files.close())

    # --- in -----------------------------------------------------------------------------------------------------------

    async def _take(self, updates: Sequence[dict[str, Any]], handle: Handle) -> None:
        """Have a batch handled; the next request, with a higher offset, confirms it to Telegram.

        After an empty batch there is nothing to confirm and the offset is left out: Telegram starts ids anew, perhaps
        lower, after a week without updates.
        """
        batch = [incoming for update in updates if (incoming := await self._read(update)) is not None]
        self._show_courtesy(updates, batch)
        if batch:
            await _to_the_end(asyncio.to_thread(handle_batch, handle, batch))
        ids = [update["update_id"] for update in updates if isinstance(update.get("update_id"), int)]
        if updates and not ids:
            raise NetworkError("no update of the batch has an id")
        self._offset = max(ids) + 1 if ids else None

    async def _read(self, update: dict[str, Any]) -> Incoming | None:
        try:
            parsed = Update.de_json(update, self._bot)
            return read_update(parsed, self._now(), await self._own_name() if named_bot(parsed) else "", self._own_id)
        except Exception as error:  # noqa: BLE001 - one update that nobody foresaw must not stop the others
            _log_skipped(update, error)
            return None

    async def _own_name(self) -> str:
        """Asked for when a command in a group first names a bot. "" while it cannot be had: then the command is not ours."""
        if self._username is None and not self._pause.left():
            try:
                self._username = (await self._bot.get_me()).username
            except TelegramError as error:
                await self._note_pause(telegram_error(error))
        return self._username or ""

    # --- courtesies: never waited for, never retried ------------------------------------------------------------------

    def _show_courtesy(self, updates: Iterable[dict[str, Any]], batch: Iterable[Incoming]) -> None:
        for update in updates:
            self._acknowledge(update)
        asking = (incoming for incoming in batch if incoming.kind != "left" and incoming.way != "group")
        for user in dict.fromkeys(incoming.sender.user for incoming in asking):
            self._typing.add(user)
            self._courtesy(partial(self._show_typing, user))

    def _acknowledge(self, update: Mapping[str, Any]) -> None:
        query = update.get("callback_query")
        if isinstance(query, dict) and isinstance(query.get("id"), str):
            self._courtesy(partial(self._bot.answer_callback_query, query["id"]))

    def _courtesy(self, call: Callable[[], Awaitable[object]]) -> None:
        if len(self._courtesies) < COURTESIES_WAITING:
            task = asyncio.create_task(self._do_courtesy(call))
            self._courtesies.add(task)
            task.add_done_callback(self._courtesies.discard)

    async def _do_courtesy(self, call: Callable[[], Awaitable[object]]) -> None:
        async with self._courtesy_places:
            if self._pause.left():
                return
            try:
                await call()
            except TelegramError as error:
                await self._note_pause(telegram_error(error))

    async def _show_typing(self, user: str) -> None:
        if user in self._typing:
            self._typing.discard(user)
            await self._bot.send_chat_action(user, ChatAction.TYPING)

    # --- out ----------------------------------------------------------------------------------------------------------

    async def _deliver(self, call: Callable[[], Awaitable[Message]]) -> str:
        if left := self._pause.left():
            raise SendError("throttled", retry_after=left)
        try:
            message = await call()
        except TelegramError as error:
            failure = telegram_error(error)
            await self._note_pause(failure)
            raise failure from None  # what it came from may hold the token
        return str(message.message_id)

    async def _note_pause(self, failure: SendError) -> None:
        """After a 429 every call of this channel waits, the second half of a long reply and the typing sign as well."""
        if failure.retry_after is not None:
            await self._pause.ask(failure.retry_after)


class _Api(Bot):
    """`Bot.get_updates` parses a batch as a whole, so that one odd update would hide all others: this one does not parse.

    Nor are files looked for on this machine, as `Bot.get_file` does.
    """

    async def raw_updates(self, offset: int | None, seconds: int, allowed: Sequence[str]) -> list[dict[str, Any]]:
        data = {"offset": offset, "timeout": seconds, "allowed_updates": list(allowed)}
        updates = await self._post("getUpdates", data, read_timeout=seconds + POLL_SLACK_SECONDS)
        if not isinstance(updates, list) or not all(isinstance(update, dict) for update in updates):
            raise NetworkError("getUpdates did not return a list of updates")
        return updates

    async def raw_file(self, file_id: str) -> dict[str, Any]:
        found = await self._post("getFile", {"file_id": file_id})
        if not isinstance(found, dict):
            raise NetworkError("getFile did not return a file")
        return found


def _id_in(token: str) -> int | None:
    """Our own id, with which a token begins."""
    digits = token.partition(":")[0]
    return int(digits) if re.fullmatch("[0-9]{1,18}", digits) else None


def _log_skipped(update: Mapping[str, Any], error: Exception) -> None:
    log.error("update cannot be read and is skipped", channel=NAME, update=update.get("update_id"), error=place(error))


def _request(connections: int, read_seconds: float) -> HTTPXRequest:
    return HTTPXRequest(
        connection_pool_size=connections,
        connect_timeout=CONNECT_SECONDS,
        read_timeout=read_seconds,
        write_timeout=SEND_SECONDS,
        pool_timeout=SEND_SECONDS,
    )


def _poll_pause(error: TelegramError | StoreError, trouble: Backoff) -> float:
    """Seconds to wait before polling again. Raises SettingsError when waiting cannot help."""
    if isinstance(error, InvalidToken):
        raise SettingsError(
            "LOABAN_TELEGRAM_TOKEN: Telegram does not accept it. Copy the token from @BotFather again; if LOABAN_TELEGRAM_API "
            "is set, check that address, too."
        ) from None
    if isinstance(error, RetryAfter):
        return seconds(error.retry_after)
    wait = trouble.next()
    if isinstance(error, Conflict):
        log.error("another process polls with this token, or a webhook is set", channel=NAME, seconds=round(wait, 1))
    elif isinstance(error, StoreError):
        log.error("updates wait because they cannot be stored", channel=NAME, error=str(error), seconds=round(wait, 1))
    else:
        log.warning("Telegram cannot be reached", channel=NAME, error=error.message[:200], seconds=round(wait, 1))
    return wait


async def _to_the_end(work: Awaitable[None]) -> None:
    """Wait for work that must not be left half-way; a cancellation takes effect after it."""
    task = asyncio.ensure_future(work)
    try:
        await asyncio.shield(task)
    except asyncio.CancelledError:
        await asyncio.wait({task})
        raise
