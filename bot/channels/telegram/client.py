"""The Bot API, called by python-telegram-bot: each refusal becomes ours here, and one with 429 silences the channel."""

from __future__ import annotations

import asyncio
import os
import re
from collections.abc import Awaitable, Callable, Mapping
from typing import Any, TypeVar

from telegram import Bot
from telegram.constants import ChatAction
from telegram.error import NetworkError, TelegramError
from telegram.request import HTTPXRequest

from bot.channels.courtesies import IN_FLIGHT as COURTESIES_IN_FLIGHT
from bot.channels.reading import json_in
from bot.channels.serving import SENDS_IN_FLIGHT
from bot.channels.telegram.errors import telegram_error
from bot.channels.trust import trusted
from bot.delivery.pause import Pause
from bot.errors import SendError

# RetryAfter warns about its own attribute while it is being raised, unless this is set. It is read at every use.
os.environ.setdefault("PTB_TIMEDELTA", "1")

ALLOWED_UPDATES = ["message", "edited_message", "callback_query", "my_chat_member"]

CONNECTIONS = SENDS_IN_FLIGHT + COURTESIES_IN_FLIGHT  # more lowers the throughput
CONNECT_SECONDS = 10.0
SEND_SECONDS = 15.0
POLL_SLACK_SECONDS = 10.0

FIRST_ID = re.compile(r'"update_id"\s*:\s*([0-9]{1,18})\b')  # in what somebody wrote the quotes would be escaped

Result = TypeVar("Result")


class UnreadableUpdates(SendError):
    """Updates came that are no JSON, or too deep. `first` is the id of the first one, where it shows."""

    def __init__(self, first: int | None) -> None:
        super().__init__("unreachable", "getUpdates did not return updates that can be read")
        self.first = first


class TelegramClient:
    """All its methods raise SendError, whose text tells no token. `api` is the address up to and including `/bot`.

    `own_id` is None for a token that does not begin with one; `username` is "" until it was asked for.
    """

    def __init__(self, token: str, api: str, pause: Pause) -> None:
        self.own_id = _id_in(token)
        self.username = ""
        self._pause = pause
        self._poll_request = _request(1, POLL_SLACK_SECONDS)
        self._send_request = _request(CONNECTIONS, SEND_SECONDS)
        self._bot = _Bot(token, base_url=api, get_updates_request=self._poll_request, request=self._send_request)

    async def call(self, work: Callable[[Bot], Awaitable[Result]], *, one_chat: bool = False) -> Result:
        """After a 429 whatever calls this channel waits, the second half of a long reply and the typing sign as well.

        With `one_chat` the refusal concerns the chat that is written to, and nobody else waits.
        """
        try:
            return await work(self._bot)
        except TelegramError as error:
            failure = telegram_error(error)
        if failure.retry_after is not None:
            if one_chat:
                raise SendError("throttled", retry_after=failure.retry_after, one_chat=True) from None
            await self._pause.ask(failure.retry_after)
        raise failure from None

    async def updates(self, offset: int | None, seconds: int, limit: int | None) -> list[object]:
        """As they come, not parsed. It breaks a silence and asks for none: a /stop is heard meanwhile."""
        asked = {"offset": offset, "limit": limit, "timeout": seconds, "allowed_updates": ALLOWED_UPDATES}
        try:
            found = await self._bot.raw("getUpdates", asked, read_timeout=seconds + POLL_SLACK_SECONDS)
        except _NoJson as error:
            raise UnreadableUpdates(error.first) from None
        except TelegramError as error:
            raise telegram_error(error) from None
        if not isinstance(found, list):
            raise UnreadableUpdates(None)
        return found

    async def learn_name(self) -> None:
        found = await self._object("getMe", {})
        self.username = str(found.get("username") or "")

    async def webhook(self) -> str:
        """The address to which updates are brought; "" where they are not."""
        return str((await self._object("getWebhookInfo", {})).get("url") or "")

    async def file(self, file_id: str) -> Mapping[str, Any]:
        """What Telegram tells of a file. Nobody looks for it on this machine, as `Bot.get_file` does."""
        return await self._object("getFile", {"file_id": file_id})

    async def acknowledge(self, query: str) -> None:
        """Until then a button that was pressed keeps turning."""
        await self.call(lambda bot: bot.answer_callback_query(query))

    async def show_typing(self, user: str) -> None:
        await self.call(lambda bot: bot.send_chat_action(user, ChatAction.TYPING))

    async def close(self) -> None:
        await asyncio.gather(self._poll_request.shutdown(), self._send_request.shutdown())

    async def _object(self, method: str, asked: dict[str, Any]) -> Mapping[str, Any]:
        found = await self.call(lambda _: self._bot.raw(method, asked))
        if not isinstance(found, dict):
            raise SendError("unreachable", f"{method} did not return an object")
        return found


class _Bot(Bot):
    """`Bot.get_updates` parses a batch as a whole, so that one odd update would hide all others: this one does not parse."""

    async def raw(self, method: str, asked: dict[str, Any], **timeouts: float) -> object:
        return await self._post(method, asked, **timeouts)  # type: ignore[arg-type]


class _Request(HTTPXRequest):
    """Answers that are none are trouble as well, where the library would raise whatever Python raises."""

    @staticmethod
    def parse_json_payload(payload: bytes) -> dict[str, Any]:
        text = payload.decode("utf-8", "replace")
        found = json_in(text)
        if not isinstance(found, dict):
            first = FIRST_ID.search(text)
            raise _NoJson(int(first[1]) if first else None)
        return _Answer(found)


class _NoJson(NetworkError):
    """What came back is no JSON; `first` is the update that it seems to begin with, None where that cannot be told."""

    def __init__(self, first: int | None) -> None:
        super().__init__("Invalid server response")
        self.first = first


class _Answer(dict[str, Any]):
    """The library takes the result out of an answer without asking whether there is one."""

    def __missing__(self, key: str) -> Any:
        raise NetworkError(f"the answer has no {key}")


def _request(connections: int, read_seconds: float) -> HTTPXRequest:
    return _Request(
        connection_pool_size=connections,
        connect_timeout=CONNECT_SECONDS,
        read_timeout=read_seconds,
        write_timeout=SEND_SECONDS,
        pool_timeout=SEND_SECONDS,
        httpx_kwargs={"verify": trusted()},
    )


def _id_in(token: str) -> int | None:
    """Our own id, with which a token begins."""
    digits = token.partition(":")[0]
    return int(digits) if re.fullmatch("[0-9]{1,18}", digits) else None
