"""What the contract suite needs of each channel: its vendor's stub, and residents on it who write, tap, leave and read.

A new channel adds one class here and its line in ADAPTERS; `test_channels.py` asks everything else of it.
"""

from __future__ import annotations

import asyncio
import io
import json
import re
import time
from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any, Literal, Protocol

from bot.channels.telegram import webhook as telegram_webhook
from bot.channels.telegram.channel import TelegramChannel
from bot.channels.webhook import WebhookRejected
from bot.channels.zalo_bot import webhook as zalo_bot_webhook
from bot.channels.zalo_bot.channel import ZaloBotChannel
from bot.channels.zalo_oa.channel import ZaloOaChannel
from bot.channels.zalo_oa.tokens import TokenRefresher
from bot.delivery.pause import Pause
from bot.errors import SendReason
from bot.model import Incoming, TokenPair
from bot.ports import Channel, Store
from tests.stubs.bot_api import BotApi
from tests.stubs.zalo_bot import ZaloBotApi
from tests.stubs.zalo_oa import MESSAGES, ZaloOa

RESIDENTS = tuple(str(number) for number in range(84001, 84009))  # whom every stub knows
SECRET = "a-secret-that-only-vendors-know"
TOKEN = "77:a-token-that-no-filter-knows-by-its-shape"
HTML = b"<html>502 Bad Gateway</html>"
NUMBERED = re.compile(r"^ *(\d+)\. (.+)$", re.MULTILINE)

Trouble = Literal["throttled", "person", "text", "token", "setup", "server", "slow", "no-json", "cut", "window"]
TROUBLES: Mapping[Trouble, SendReason] = {  # those that every vendor has
    "throttled": "throttled",
    "person": "refused-person",  # blocked us: `gone`
    "text": "refused-text",
    "token": "token",
    "setup": "setup",
    "server": "unreachable",
    "slow": "unreachable",  # no answer, for longer than the channel waits
    "no-json": "unreachable",
    "cut": "unreachable",
}

Event = tuple[dict[str, str], bytes]  # headers, names in small letters, and body, as the vendor brings it


@dataclass(frozen=True, slots=True)
class Seen:
    """A message as a resident sees it: the choices that can be tapped, or whose numbers stand in the text."""

    text: str
    buttons: tuple[str, ...] = ()
    photo: str | None = None
    file: str | None = None

    @property
    def choices(self) -> tuple[str, ...]:
        return self.buttons or tuple(label.strip() for _, label in NUMBERED.findall(self.text))


class ToSend(Channel, Protocol):
    async def close(self) -> None: ...


def linked(media: str) -> str | None:
    """A link to what lies at a vendor; its end is what the vendor calls it."""
    return f"https://bot.example.vn/media/{media.rpartition(':')[2]}"


class Adapter(Protocol):
    """One channel, its vendor and the people there."""

    @property
    def channel(self) -> ToSend: ...

    @property
    def secrets(self) -> Sequence[str]:
        """What may stand in no log line and no exception."""
        ...

    def text(self, user: str, text: str) -> Event:
        """A resident writes. Each call is another message; the same event again is the same message."""
        ...

    def media(self, user: str) -> Sequence[Event]:
        """One event of each kind that is not text: a picture, a sticker, a voice, ..."""
        ...

    def photo(self, user: str) -> Event:
        """A picture that can be passed on."""
        ...

    def file(self, user: str) -> Event:
        """Something else that can be."""
        ...

    def answer(self, user: str, message_id: str, text: str) -> Event | None:
        """A resident answers a message of ours in the app; None where the vendor does not tell."""
        ...

    def tap(self, user: str, label: str) -> Event:
        """A resident taps the newest button with this label. Only called where there are buttons."""
        ...

    def left(self, user: str) -> Event | None:
        """A resident blocks the bot or unfollows; None where the vendor does not tell."""
        ...

    def unknown(self, user: str) -> Event:
        """An event of a kind that does not exist yet."""
        ...

    def broken(self, body: bytes) -> Event:
        """Any body with a right secret, or signature."""
        ...

    def read(self, event: Event) -> list[Incoming]:
        """What the channel makes of it."""
        ...

    def fail(self, trouble: Trouble, user: str, *, times: int = 1, after: int = 0) -> None:
        """What happens to the next messages to this resident, `after` so many that go well, and after what was scripted before.

        A vendor that quotes what it was sent, quotes the token. "window" is asked for only where the capabilities name one.
        """
        ...

    def seen(self, user: str) -> list[Seen]:
        """All that this resident received, oldest first."""
        ...

    def tries(self, user: str) -> int:
        """How often the vendor was asked to deliver something to this resident."""
        ...


# --- Telegram ---------------------------------------------------------------------------------------------------------


class _GarblingBotApi(BotApi):
    """Answers some calls with a page of a proxy that stands in the way; nothing arrives by them."""

    async def _respond(self, writer: asyncio.StreamWriter, status: int, answer: dict[str, Any]) -> None:
        if answer.get("description") != "garbled":
            await super()._respond(writer, status, answer)
            return
        writer.write(b"HTTP/1.1 200 OK\r\nContent-Type: text/html\r\n" + b"Content-Length: %d\r\n\r\n" % len(HTML) + HTML)
        await writer.drain()


class OnTelegram:
    def __init__(self, api: _GarblingBotApi, pause: Pause) -> None:
        self.api = api
        self.channel = TelegramChannel(api.token, api=api.address, poll_seconds=1, pause=pause, secret=SECRET)
        self.secrets = (api.token, SECRET)
        for user in RESIDENTS:
            api.chat(int(user))

    def text(self, user: str, text: str) -> Event:
        return self._pushed(self.api.write(int(user), text))

    def media(self, user: str) -> Sequence[Event]:
        file = {"file_id": "AgACAgIAAx1", "file_unique_id": "AQAD"}
        contents: Sequence[dict[str, Any]] = (
            {"sticker": {**file, "type": "regular", "width": 1, "height": 1, "is_animated": False, "is_video": False}},
            {"voice": {**file, "duration": 3}},
            {"location": {"latitude": 21.4, "longitude": 103.0}},
            {"document": file},
        )
        others = [self._pushed(self.api.push("message", self.api.message(int(user), **one))) for one in contents]
        return [self._pushed(self.api.write_photo(int(user))), *others]

    def photo(self, user: str) -> Event:
        return self._pushed(self.api.write_photo(int(user)))

    def file(self, user: str) -> Event:
        return self._pushed(self.api.write_file(int(user)))

    def answer(self, user: str, message_id: str, text: str) -> Event | None:
        return self._pushed(self.api.answer(int(user), int(message_id), text))

    def tap(self, user: str, label: str) -> Event:
        return self._pushed(self.api.press(int(user), label))

    def left(self, user: str) -> Event | None:
        self.api.block(int(user), tell=True)
        return self._event(self.api.pending.pop())

    def unknown(self, user: str) -> Event:
        return self._pushed(self.api.push("dream", {"chat": {"id": int(user), "type": "private"}, "text": "x"}))

    def broken(self, body: bytes) -> Event:
        return {telegram_webhook.SECRET_HEADER: SECRET}, body

    def read(self, event: Event) -> list[Incoming]:
        return self.channel.receive(*event)

    def fail(self, trouble: Trouble, user: str, *, times: int = 1, after: int = 0) -> None:
        said = f"{self.api.token} {SECRET}"
        script: dict[str, Any] = {
            "throttled": {"status": 429, "retry_after": 1, "description": said},
            "person": {"status": 403, "description": "Forbidden: bot was blocked by the user"},
            "text": {"status": 400, "description": "Bad Request: can't parse entities"},
            "token": {"status": 401, "description": f"Unauthorized {said}"},
            "setup": {"status": 409, "description": "Conflict: terminated by another one"},
            "server": {"status": 502, "description": "Bad Gateway"},
            "slow": {"delay": 6.0, "drop": "before"},
            "no-json": {"status": 400, "description": "garbled"},
            "cut": {"drop": "before"},
        }
        self.api.fail("sendMessage", chat=int(user), times=after, delay=0)
        self.api.fail("sendMessage", chat=int(user), times=times, **script[trouble])

    def seen(self, user: str) -> list[Seen]:
        mine = [sent for sent in self.api.sent if sent.chat == int(user)]
        return [Seen(sent.text, tuple(label for label, _ in sent.buttons), sent.photo, sent.file) for sent in mine]

    def tries(self, user: str) -> int:
        return len(self.api.calls_of("sendMessage", int(user)))

    def _pushed(self, update_id: int) -> Event:
        update = next(one for one in self.api.pending if one["update_id"] == update_id)
        self.api.pending.remove(update)
        return self._event(update)

    def _event(self, update: dict[str, Any]) -> Event:
        return self.broken(json.dumps(update).encode())


@asynccontextmanager
async def _on_telegram(store: Store, pause: Pause) -> AsyncIterator[Adapter]:
    async with _GarblingBotApi(token=TOKEN) as api:
        adapter = OnTelegram(api, pause)
        try:
            yield adapter
        finally:
            await adapter.channel.close()


# --- Zalo Bot Platform ------------------------------------------------------------------------------------------------


class OnZaloBot:
    def __init__(self, api: ZaloBotApi, pause: Pause) -> None:
        self.api = api
        self.channel = ZaloBotChannel(api.token, api=api.address, poll_seconds=1, pause=pause, secret=SECRET, link=linked)
        self.secrets = (api.token, SECRET)
        api.chats.update(RESIDENTS)

    def text(self, user: str, text: str) -> Event:
        return self._event(self.api.event(user, text=text))

    def media(self, user: str) -> Sequence[Event]:
        others = [self._event(self.api.event(user, kind)) for kind in ("image", "sticker", "voice", "unsupported", "link")]
        return [self.photo(user), self.file(user), *others]

    def photo(self, user: str) -> Event:
        return self._event(self.api.event(user, "image", photo="https://photo-stal-1.zdn.vn/a1b2c3.jpg"))

    def file(self, user: str) -> Event:
        return self._event(self.api.event(user, "voice", voice_url="https://voice-stal-1.zdn.vn/a1b2c3.aac"))

    def answer(self, user: str, message_id: str, text: str) -> Event | None:
        return None

    def tap(self, user: str, label: str) -> Event:
        raise NotImplementedError("there are no buttons")

    def left(self, user: str) -> Event | None:
        return None

    def unknown(self, user: str) -> Event:
        return self._event(self.api.event(user, "dream", text="x"))

    def broken(self, body: bytes) -> Event:
        return {zalo_bot_webhook.SECRET_HEADER: SECRET}, body

    def read(self, event: Event) -> list[Incoming]:
        return self.channel.receive(*event)

    def fail(self, trouble: Trouble, user: str, *, times: int = 1, after: int = 0) -> None:
        said = f"{self.api.token} {SECRET}"
        script: dict[str, Any] = {
            "throttled": {"error_code": 429, "description": said},
            "person": {"error_code": 403, "description": said},
            "text": {"error_code": 400, "description": f"text is too long {said}"},
            "token": {"error_code": 401, "description": said},
            "setup": {"error_code": 404, "description": f"Method not found {said}"},
            "server": {"error_code": 500, "status": 500, "description": said},
            "slow": {"delay": 6.0, "drop": "before"},
            "no-json": {"raw": HTML},
            "cut": {"drop": "before"},
        }
        self.api.fail("sendMessage", chat=user, times=after, delay=0)
        self.api.fail("sendMessage", chat=user, times=times, **script[trouble])

    def seen(self, user: str) -> list[Seen]:
        return [Seen(sent.text, (), sent.photo) for sent in self.api.sent if sent.chat == user]

    def tries(self, user: str) -> int:
        return len(self.api.calls_of("sendMessage", user))

    def _event(self, event: dict[str, Any]) -> Event:
        return self.broken(json.dumps({"ok": True, "result": event}).encode())


@asynccontextmanager
async def _on_zalo_bot(store: Store, pause: Pause) -> AsyncIterator[Adapter]:
    async with ZaloBotApi(token=TOKEN) as api:
        adapter = OnZaloBot(api, pause)
        try:
            yield adapter
        finally:
            await adapter.channel.close()


# --- Zalo Official Account --------------------------------------------------------------------------------------------


class OnZaloOa:
    def __init__(self, oa: ZaloOa, store: Store, pause: Pause) -> None:
        self.oa = oa
        self.channel = ZaloOaChannel(
            app_id=oa.app_id,
            oa_secret=oa.oa_secret,
            signed_id="app",
            api=oa.address,
            tokens=TokenRefresher(store, app_id=oa.app_id, app_secret=oa.app_secret, oauth=oa.address),
            pause=pause,
            link=linked,
        )
        oa.people.update(RESIDENTS)
        with store.writing() as transaction:
            transaction.save_tokens("zalo-oa", TokenPair(oa.access, oa.refresh, datetime.now(UTC) + timedelta(hours=25)))

    @property
    def secrets(self) -> Sequence[str]:
        return self.oa.secrets

    def text(self, user: str, text: str) -> Event:
        return self.oa.signed(self.oa.text(user, text))

    def media(self, user: str) -> Sequence[Event]:
        kinds = ("image", "gif", "sticker", "location", "audio", "video", "file", "business_card")
        attachments = [{"type": "x", "payload": {}}]
        empty = [self.oa.signed(self.oa.said(user, f"user_send_{kind}", attachments=attachments)) for kind in kinds]
        return [self.photo(user), self.file(user), *empty]

    def photo(self, user: str) -> Event:
        return self.oa.signed(self.oa.attached(user, "image", "https://b-f1.zdn.vn/full.jpg"))

    def file(self, user: str) -> Event:
        return self.oa.signed(self.oa.attached(user, "file", "https://f1.zdn.vn/don.docx"))

    def answer(self, user: str, message_id: str, text: str) -> Event | None:
        return self.oa.signed(self.oa.said(user, "user_send_text", text=text, quote_msg_id=message_id))

    def tap(self, user: str, label: str) -> Event:
        raise NotImplementedError("there are no buttons")

    def left(self, user: str) -> Event | None:
        return self.oa.signed(self.oa.follows(user, "unfollow"))

    def unknown(self, user: str) -> Event:
        return self.oa.signed({**self.oa.text(user, "x"), "event_name": "user_dreamt"})

    def broken(self, body: bytes) -> Event:
        """Signed with the timestamp that stands in the body, or, where there is none, with that of now."""
        found = re.search(rb'"timestamp": "([0-9]+)"', body)
        return self.oa.headers(body, found[1].decode() if found else str(int(time.time() * 1000))), body

    def read(self, event: Event) -> list[Incoming]:
        return self.channel.receive(*event)

    def fail(self, trouble: Trouble, user: str, *, times: int = 1, after: int = 0) -> None:
        said = f"{self.oa.access} {self.oa.oa_secret}"
        script: dict[str, Any] = {
            "throttled": {"error": -32, "message": "too many requests"},
            "person": {"error": -213, "message": "not followed"},
            "text": {"error": -210, "message": "text exceeds the max length"},
            "token": {"error": -216, "message": f"Access token is invalid {said}"},
            "window": {"error": -230, "message": "User has not interacted with the OA in the past 7 days"},
            "setup": {"error": -224, "message": "OA package has ended"},
            "server": {"error": 0, "status": 503, "message": said},
            "slow": {"delay": 6.0, "drop": "before"},
            "no-json": {"raw": HTML},
            "cut": {"drop": "before"},
        }
        calls = 2 if trouble == "token" else 1  # a refused token is renewed first; only the second refusal counts
        self.oa.fail(user=user, times=times * calls, skip=after, **script[trouble])

    def seen(self, user: str) -> list[Seen]:
        return [Seen(text) for text in self.oa.texts(user)]

    def tries(self, user: str) -> int:
        return sum(call.get("recipient") == {"user_id": user} for call in self.oa.calls_of(MESSAGES))


@asynccontextmanager
async def _on_zalo_oa(store: Store, pause: Pause) -> AsyncIterator[Adapter]:
    async with ZaloOa() as oa:
        adapter = OnZaloOa(oa, store, pause)
        try:
            yield adapter
        finally:
            await adapter.channel.close()


# --- all of them ------------------------------------------------------------------------------------------------------

Open = Callable[[Store, Pause], AbstractAsyncContextManager[Adapter]]

ADAPTERS: Mapping[str, Open] = {
    "telegram": _on_telegram,
    "zalo-bot": _on_zalo_bot,
    "zalo-oa": _on_zalo_oa,
}


def taken(adapter: Adapter, event: Event) -> list[Incoming]:
    """What comes of it; nothing where the vendor is answered that this cannot be from it."""
    try:
        return adapter.read(event)
    except WebhookRejected:
        return []


def piped(*lines: str) -> io.TextIOWrapper:
    """Lines that come into the terminal from a pipe."""
    return io.TextIOWrapper(io.BytesIO("".join(f"{line}\n" for line in lines).encode()), "utf-8")
