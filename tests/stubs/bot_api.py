"""A strict Telegram Bot API on loopback: it refuses what the real one refuses, and more; it forgets nothing it was asked.

In a test:

    async with BotApi() as api:
        channel = TelegramChannel(api.token, api=api.address, poll_seconds=1, pause=pause)
        api.write(42, "xin chào")
        ...
        assert api.texts(42) == ["..."]

As a process, for trying the bot by hand (type `42: xin chào` to write, `42! Nhà ở` to press a button):

    python -m tests.stubs.bot_api --port 8081

As a process under load: 1 to 20,000 can be written to, nothing is printed until the end of the input, and then what came:

    python -m tests.stubs.bot_api --port 8081 --people 20000 --quiet
"""

from __future__ import annotations

import argparse
import asyncio
import email
import json
import re
import sys
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from functools import cached_property, partial
from types import TracebackType
from typing import Any, Literal, Self
from urllib.parse import parse_qsl, unquote, urlsplit

import httpx

from tests.waiting import until

Json = dict[str, Any]

TOKEN = "123456789:AAstubstubstubstubstubstubstubstubs"
MAX_TEXT = 4096
MAX_CAPTION = 1024
MAX_CALLBACK_DATA = 64
MAX_BODY = 1_000_000
MAX_FILE = 20_000_000  # that a bot may download
MAX_UPDATES = 100
ACTIONS = {"typing", "upload_photo", "record_voice", "upload_voice", "upload_document", "choose_sticker", "find_location"}
BUTTON_ACTIONS = {"callback_data", "url", "web_app", "switch_inline_query", "copy_text"}
UPDATE_KINDS = {"message", "edited_message", "channel_post", "callback_query", "my_chat_member"}
WEBHOOK_PORTS = {443, 80, 88, 8443}
SECRET = re.compile(r"[A-Za-z0-9_-]{1,256}")
FILE_ID = re.compile(r"[A-Za-z0-9_-]{10,}")
PHOTO_SIZES = ((90, 67), (320, 240), (800, 600))  # Telegram offers a picture in several, the largest last

FILE_METHODS = {
    "Document": "document",
    "Voice": "voice",
    "Audio": "audio",
    "Video": "video",
    "VideoNote": "video_note",
    "Animation": "animation",
}

PARAMETERS: dict[str, set[str]] = {
    "getMe": set(),
    "getUpdates": {"offset", "limit", "timeout", "allowed_updates"},
    "setWebhook": {"url", "secret_token", "allowed_updates", "max_connections", "drop_pending_updates", "ip_address"},
    "deleteWebhook": {"drop_pending_updates"},
    "getWebhookInfo": set(),
    "sendMessage": {
        "chat_id",
        "text",
        "parse_mode",
        "entities",
        "link_preview_options",
        "message_thread_id",
        "disable_notification",
        "protect_content",
        "reply_parameters",
        "reply_markup",
    },
    "sendPhoto": {
        "chat_id",
        "photo",
        "caption",
        "parse_mode",
        "caption_entities",
        "show_caption_above_media",
        "has_spoiler",
        "disable_notification",
        "protect_content",
        "reply_parameters",
        "reply_markup",
    },
    **{
        f"send{kind}": {
            "chat_id",
            field_,
            *({"caption", "parse_mode", "caption_entities"} if kind != "VideoNote" else ()),
            "disable_notification",
            "protect_content",
            "reply_parameters",
            "reply_markup",
        }
        for kind, field_ in FILE_METHODS.items()
    },
    "getFile": {"file_id"},
    "sendChatAction": {"chat_id", "action"},
    "answerCallbackQuery": {"callback_query_id", "text", "show_alert", "url", "cache_time"},
    "editMessageReplyMarkup": {"chat_id", "message_id", "reply_markup"},
}


@dataclass
class Call:
    """One request: its time on the monotonic clock, when it was answered, and with what status (0: connection dropped)."""

    at: float
    method: str
    parameters: Json
    ended: float = 0.0
    status: int = 0

    @property
    def chat(self) -> int | None:
        return int(self.parameters["chat_id"]) if "chat_id" in self.parameters else None


@dataclass(frozen=True)
class Uploaded:
    """A file that came along with a request."""

    name: str
    data: bytes


@dataclass(frozen=True)
class Sent:
    """A message that a resident received; under a photo or a file, the text is its caption. `file` is `<kind>:<id>`."""

    chat: int
    message_id: int
    text: str
    buttons: tuple[tuple[str, str], ...]
    at: float
    photo: str | None = None
    file: str | None = None


@dataclass
class Fault:
    """What goes wrong, `times` times, for a method and, where given, one chat."""

    method: str = ""
    chat: int | None = None
    times: int = 1
    status: int | None = None
    description: str = "scripted fault"
    parameters: Json = field(default_factory=dict)
    delay: float = 0.0
    drop: Literal["before", "after"] | None = None


@dataclass
class Chat:
    """A private chat, or a group where the id is negative."""

    id: int
    blocked: bool = False
    messages: dict[int, Json] = field(default_factory=dict)

    def json(self) -> Json:
        if self.id < 0:
            return {"id": self.id, "type": "supergroup", "title": f"Group {-self.id}"}
        return {"id": self.id, "type": "private", "first_name": f"Resident {self.id}"}


class Refusal(Exception):
    """An answer other than 200."""

    def __init__(self, status: int, description: str, parameters: Json | None = None) -> None:
        super().__init__(description)
        self.status = status
        self.description = description
        self.parameters = parameters


class Dropped(Exception):
    """The connection is cut without an answer."""


@dataclass
class Stored:
    """A file at Telegram. `told` is the size that getFile names; a path of None is one that getFile does not give."""

    path: str | None
    content: bytes
    told: int | None = None
    whole: bool = True


class BotApi:
    """The server and, around it, the residents. `latency` seconds pass before every answer but getUpdates'.

    `chaos` is asked at every call, before the scripted faults, what goes wrong with it.
    """

    def __init__(self, *, token: str = TOKEN, latency: float = 0.0) -> None:
        self.token = token
        self.latency = latency
        self.calls: list[Call] = []
        self.sent: list[Sent] = []
        self.chats: dict[int, Chat] = {}
        self.pending: list[Json] = []
        self.answers: list[Call] = []  # calls that came in the response to an update
        self.webhook: Json = {"url": ""}
        self.queries: dict[str, bool] = {}
        self.files: set[str] = set()
        self.stored: dict[str, Stored] = {}  # what can be downloaded, by its id
        self.chaos: Callable[[Call], Fault | None] | None = None
        self._history: dict[int, Json] = {}
        self._repeated: list[Json] = []
        self._faults: list[Fault] = []
        self._next_update = 1000
        self._next_message = 1
        self._allowed = UPDATE_KINDS
        self._news = asyncio.Event()
        self._poll = 0
        self._server: asyncio.Server | None = None
        self._connections: dict[asyncio.Task[None], asyncio.StreamWriter] = {}

    # --- life ---------------------------------------------------------------------------------------------------------

    async def __aenter__(self) -> Self:
        await self.start()
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self.stop()

    async def start(self, port: int = 0) -> None:
        self._server = await asyncio.start_server(self._connected, "127.0.0.1", port)

    async def stop(self) -> None:
        assert self._server is not None
        self._server.close()
        for task in list(self._connections):
            task.cancel()
        await asyncio.gather(*self._connections, return_exceptions=True)
        await self._server.wait_closed()

    @property
    def port(self) -> int:
        assert self._server is not None
        return int(self._server.sockets[0].getsockname()[1])

    @property
    def address(self) -> str:
        """What LOABAN_TELEGRAM_API is set to."""
        return f"http://127.0.0.1:{self.port}/bot"

    # --- what residents do --------------------------------------------------------------------------------------------

    def write(self, chat: int, text: str, **more: Any) -> int:
        """A resident writes; returns the update's id."""
        return self.push("message", self.message(chat, text=text, **more))

    def forward(self, chat: int, text: str) -> int:
        """A resident passes on what somebody else wrote."""
        somebody = {"type": "user", "sender_user": self.user(chat + 1), "date": int(time.time()) - 3600}
        return self.write(chat, text, forward_origin=somebody)

    def write_group(self, group: int, sender: int, text: str) -> int:
        """A resident writes in a group, whose id is negative."""
        assert group < 0
        return self.write(group, text, **{"from": self.user(sender)})

    def write_photo(self, chat: int, caption: str = "") -> int:
        """A resident sends a picture, in several sizes as Telegram offers them."""
        photo = self._sizes(f"AgACAgIAAx_{chat}_{self._next_message}")
        self.keep(photo[-1]["file_id"], b"a picture", f"photos/file_{self._next_message}.jpg")
        return self.push("message", self.message(chat, photo=photo, **({"caption": caption} if caption else {})))

    def write_file(
        self, chat: int, kind: str = "document", content: bytes = b"?", name: str = "file_1.pdf", **more: Any
    ) -> int:
        """A resident sends a file of a kind of Telegram's: document, voice, audio, video, video_note, animation."""
        id_ = self.keep(f"{kind}_{chat}_{self._next_message}", content, f"{kind}s/{name}")
        body = {"file_id": id_, "file_unique_id": f"u{id_}", "duration": 1, "width": 1, "height": 1, "length": 1}
        files = {kind: body, **({"document": body} if kind == "animation" else {})}
        return self.push("message", self.message(chat, **files, **more))

    def keep(self, id_: str, content: bytes, path: str | None, **more: Any) -> str:
        """Have a file that can be downloaded; returns its id."""
        self.files.add(id_)
        self.stored[id_] = Stored(path, content, **more)
        return id_

    def answer(self, chat: int, message_id: int, text: str = "", *, by: int | None = None, **more: Any) -> int:
        """Somebody answers a message of the chat: the resident, or in a group `by`."""
        content = {"text": text} if text else {}
        sender = {} if by is None else {"from": self.user(by)}
        answered = {key: value for key, value in self.chats[chat].messages[message_id].items() if key != "reply_to_message"}
        return self.push("message", self.message(chat, **content, **sender, reply_to_message=answered, **more))

    def edit(self, chat: int, message_id: int, text: str) -> int:
        """A resident changes a message of theirs."""
        message = {**self.chats[chat].messages[message_id], "text": text, "edit_date": int(time.time())}
        return self.push("edited_message", message)

    def press(self, chat: int, label: str, *, by: int | None = None) -> int:
        """A resident taps the newest button with this label; in a group `by` does."""
        sent, data = next((sent, data) for sent, data in self._buttons(chat) if data[0] == label)
        return self._press(chat if by is None else by, self.chats[chat].messages[sent.message_id], data[1])

    def press_data(self, chat: int, data: str) -> int:
        """A resident's app sends any data, as if it stood behind a button of the newest message."""
        messages = self.chat(chat).messages
        return self._press(chat, messages[max(messages)] if messages else self.message(chat, text="?"), data)

    def _press(self, chat: int, message: Json, data: str) -> int:
        query: Json = {
            "id": str(9_000_000 + len(self.queries)),
            "from": self.user(chat),
            "chat_instance": str(chat),
            "message": message,
            "data": data,
        }
        self.queries[query["id"]] = False
        return self.push("callback_query", query)

    def block(self, chat: int, *, tell: bool = False) -> None:
        """A resident blocks the bot; Telegram tells it only with `tell`, else it is seen at the next message."""
        self.chat(chat).blocked = True
        if tell:
            self._change_membership(chat, "member", "kicked")

    def unblock(self, chat: int) -> None:
        """A resident lets the bot in again, which Telegram tells."""
        self.chat(chat).blocked = False
        self._change_membership(chat, "kicked", "member")

    def leave(self, group: int, *, by: int = 1) -> None:
        """Somebody takes the bot out of a group."""
        self.chat(group).blocked = True
        self._change_membership(group, "member", "left", by=by)

    def _change_membership(self, chat: int, before: str, after: str, by: int | None = None) -> None:
        def member(status: str) -> Json:
            return {"user": self._me, "status": status, **({"until_date": 0} if status == "kicked" else {})}

        change = {"chat": self.chat(chat).json(), "from": self.user(by or chat), "date": int(time.time())}
        self.push("my_chat_member", {**change, "old_chat_member": member(before), "new_chat_member": member(after)})

    def push(self, kind: str, body: Json) -> int:
        """Any update; `body` is what stands under its kind."""
        update: Json = {"update_id": self._next_update, kind: body}
        self._next_update += 1
        self._history[update["update_id"]] = update
        if kind in self._allowed or kind not in UPDATE_KINDS:
            self.pending.append(update)
            self._announce()
        return int(update["update_id"])

    def repeat(self, update_id: int) -> None:
        """Deliver an update once more, whether or not it was confirmed: Telegram does, now and then."""
        self._repeated.append(self._history[update_id])
        self._announce()

    async def deliver(self, url: str, update_id: int, *, secret: str | None = None) -> int:
        """Bring an update to a webhook at `url`, which stands in for the address that was set; returns the HTTP status.

        What a response with 200 asks for is done; the update is confirmed by it, and else it may be delivered again.
        `secret` is shown instead of the one that was set.
        """
        shown = self.webhook.get("secret_token", "") if secret is None else secret
        headers = {"X-Telegram-Bot-Api-Secret-Token": shown} if shown else {}
        async with httpx.AsyncClient(verify=False) as client:
            response = await client.post(url, json=self._history[update_id], headers=headers, timeout=60)
        if response.status_code == 200:
            self.pending = [update for update in self.pending if update["update_id"] != update_id]
            if response.content:
                await self.perform(response.json())
        return response.status_code

    async def perform(self, answer: Json) -> object:
        """Do what a webhook's response asks for. Raises Refusal, where the real one would keep silent."""
        call = Call(time.monotonic(), str(answer.get("method")), {k: v for k, v in answer.items() if k != "method"})
        if call.method not in PARAMETERS or call.method.startswith("get"):
            raise Refusal(404, "Not Found: method not found")
        self.answers.append(call)
        return await self._act(call)

    def message(self, chat: int, **content: Any) -> Json:
        """A message from a resident, as Telegram shapes it."""
        message: Json = {
            "message_id": self._new_message_id(),
            "from": self.user(chat),
            "chat": self.chat(chat).json(),
            "date": int(time.time()),
            **content,
        }
        self.chat(chat).messages[message["message_id"]] = message
        return message

    def user(self, chat: int) -> Json:
        return {"id": chat, "is_bot": False, "first_name": f"Resident {chat}", "language_code": "vi"}

    def chat(self, chat: int) -> Chat:
        return self.chats.setdefault(chat, Chat(chat))

    def _sizes(self, name: str) -> list[Json]:
        ids = [f"{name}_{number}" for number in range(len(PHOTO_SIZES))]
        self.files.update(ids)
        return [
            {"file_id": id_, "file_unique_id": f"u{id_}", "width": width, "height": height}
            for id_, (width, height) in zip(ids, PHOTO_SIZES, strict=True)
        ]

    def _buttons(self, chat: int) -> Iterator[tuple[Sent, tuple[str, str]]]:
        for sent in reversed(self.sent):
            if sent.chat == chat:
                yield from ((sent, button) for button in sent.buttons)

    # --- what goes wrong ----------------------------------------------------------------------------------------------

    def fail(
        self,
        method: str,
        status: int | None = None,
        *,
        chat: int | None = None,
        times: int = 1,
        description: str = "scripted fault",
        retry_after: int | None = None,
        migrate_to: int | None = None,
        delay: float = 0.0,
        drop: Literal["before", "after"] | None = None,
    ) -> None:
        """Script a fault: a status instead of an answer, a delay, or a cut before or after the call took effect."""
        given = {"retry_after": retry_after, "migrate_to_chat_id": migrate_to}
        parameters = {key: value for key, value in given.items() if value is not None}
        self._faults.append(Fault(method, chat, times, status, description, parameters, delay, drop))

    def mend(self) -> None:
        """Nothing goes wrong any more."""
        self._faults.clear()

    def _fault(self, call: Call) -> Fault | None:
        if self.chaos is not None and (fault := self.chaos(call)) is not None:
            return fault
        for fault in self._faults:
            if fault.times > 0 and fault.method == call.method and fault.chat in (None, call.chat):
                fault.times -= 1
                return fault
        return None

    # --- what a test looks at -----------------------------------------------------------------------------------------

    def texts(self, chat: int) -> list[str]:
        return [sent.text for sent in self.sent if sent.chat == chat]

    def calls_of(self, method: str, chat: int | None = None) -> list[Call]:
        return [call for call in self.calls if call.method == method and chat in (None, call.chat)]

    def max_in_any_second(self, method: str = "sendMessage", *, refused: bool = True) -> int:
        """The most calls that arrived within one second; those answered with 429 count as well, unless told otherwise."""
        times = sorted(call.at for call in self.calls_of(method) if refused or call.status != 429)
        most = first = 0
        for last, at in enumerate(times):
            while at - times[first] >= 1.0:
                first += 1
            most = max(most, last - first + 1)
        return most

    async def until(self, condition: Callable[[], bool]) -> None:
        """Wait until it is true. Raises TimeoutError."""
        await until(condition)

    # --- HTTP ---------------------------------------------------------------------------------------------------------

    async def _connected(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task: asyncio.Task[None] | None = asyncio.current_task()
        assert task is not None
        self._connections[task] = writer
        try:
            while await self._exchange(reader, writer):
                pass
        except (asyncio.IncompleteReadError, ConnectionError, Dropped, asyncio.CancelledError):
            pass  # the client is gone, or the test is over
        finally:
            del self._connections[task]
            writer.close()

    async def _exchange(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> bool:
        """One request and its answer; False when the connection is to be closed."""
        head = (await reader.readuntil(b"\r\n\r\n")).decode("latin-1").split("\r\n")
        verb, target, _ = head[0].split(" ")
        headers = {name.strip().lower(): value.strip() for name, _, value in (line.partition(":") for line in head[1:] if line)}
        length = int(headers.get("content-length", "0"))
        if "transfer-encoding" in headers or length > MAX_BODY or verb not in ("GET", "POST"):
            await self._respond(writer, 413, {"ok": False, "error_code": 413, "description": "Request Entity Too Large"})
            return False
        body = await reader.readexactly(length)
        if target.startswith("/file/"):
            await self._download(writer, target)
            return True
        status, answer = await self._answer(target, headers.get("content-type", ""), body)
        await self._respond(writer, status, answer)
        return headers.get("connection", "").lower() != "close"

    async def _respond(self, writer: asyncio.StreamWriter, status: int, answer: Json) -> None:
        body = json.dumps(answer).encode()
        head = f"HTTP/1.1 {status} {'OK' if status == 200 else 'Refused'}\r\nContent-Type: application/json\r\n"
        writer.write(f"{head}Content-Length: {len(body)}\r\n\r\n".encode() + body)
        await writer.drain()

    async def _answer(self, target: str, content_type: str, body: bytes) -> tuple[int, Json]:
        call = Call(time.monotonic(), "", {})
        try:
            call.method = self._method(target)
            self.calls.append(call)
            call.parameters = _parameters(urlsplit(target).query, content_type, body)
            result = await self._act(call)
            call.status = 200
            return 200, {"ok": True, "result": result}
        except Refusal as refusal:
            call.status = refusal.status
            answer: Json = {"ok": False, "error_code": refusal.status, "description": refusal.description}
            if refusal.parameters:
                answer["parameters"] = refusal.parameters
            return refusal.status, answer
        finally:
            call.ended = time.monotonic()

    def _method(self, target: str) -> str:
        path = unquote(urlsplit(target).path)
        if not path.startswith("/bot") or path.count("/") != 2:
            raise Refusal(404, "Not Found")
        token, _, method = path.removeprefix("/bot").partition("/")
        if ":" not in token:
            raise Refusal(404, "Not Found")
        if token != self.token:
            raise Refusal(401, "Unauthorized")
        names = {name.lower(): name for name in PARAMETERS}
        if method.lower() not in names:
            raise Refusal(404, "Not Found: method not found")
        return names[method.lower()]

    # --- methods ------------------------------------------------------------------------------------------------------

    async def _act(self, call: Call) -> object:
        unknown = set(call.parameters) - PARAMETERS[call.method]
        if unknown:
            raise Refusal(400, f"Bad Request: unknown parameter {sorted(unknown)}")
        fault = self._fault(call)
        if fault is not None:
            await asyncio.sleep(fault.delay)
            if fault.drop == "before":
                raise Dropped
            if fault.status is not None:
                raise Refusal(fault.status, fault.description, fault.parameters)
        result = await self._method_of(call)
        if fault is not None and fault.drop == "after":
            raise Dropped
        return result

    async def _method_of(self, call: Call) -> object:
        if call.method == "getUpdates":
            return await self._get_updates(call.parameters)
        methods: dict[str, Callable[[Json], object]] = {
            "getMe": self._get_me,
            "setWebhook": self._set_webhook,
            "deleteWebhook": self._delete_webhook,
            "getWebhookInfo": self._get_webhook_info,
            "sendMessage": self._send_message,
            "sendPhoto": self._send_photo,
            **{f"send{kind}": partial(self._send_file, field_) for kind, field_ in FILE_METHODS.items()},
            "getFile": self._get_file,
            "sendChatAction": self._send_chat_action,
            "answerCallbackQuery": self._answer_callback_query,
            "editMessageReplyMarkup": self._edit_reply_markup,
        }
        result = methods[call.method](call.parameters)
        await asyncio.sleep(self.latency)
        return result

    def _get_me(self, _: Json) -> Json:
        return self._me

    def _set_webhook(self, parameters: Json) -> bool:
        url = urlsplit(_string(parameters, "url"))
        if url.scheme != "https":
            raise Refusal(400, "Bad Request: bad webhook: An HTTPS URL must be provided for webhook")
        if not url.hostname or (url.port or 443) not in WEBHOOK_PORTS:
            raise Refusal(400, "Bad Request: bad webhook: Webhook can be set up only on ports 80, 88, 443 or 8443")
        if not SECRET.fullmatch(_string(parameters, "secret_token") or "-"):
            raise Refusal(400, "Bad Request: secret token contains unallowed characters")
        if not 1 <= _integer(parameters, "max_connections", 40) <= 100:
            raise Refusal(400, "Bad Request: max_connections must be 1 to 100")
        if "allowed_updates" in parameters:
            self._allowed = _allowed(parameters["allowed_updates"])
        self.webhook = dict(parameters)
        return True

    def _delete_webhook(self, parameters: Json) -> bool:
        self.webhook = {"url": ""}
        return True

    def _get_webhook_info(self, _: Json) -> Json:
        url = self.webhook["url"]
        return {"url": url, "has_custom_certificate": False, "pending_update_count": len(self.pending)}

    @cached_property
    def _me(self) -> Json:
        return {"id": int(self.token.partition(":")[0]), "is_bot": True, "first_name": "Loa Bản", "username": "loaban_bot"}

    async def _get_updates(self, parameters: Json) -> list[Json]:
        """An update is deleted only when a higher offset is asked for; a second poll ends the first one with 409."""
        if self.webhook["url"]:
            raise Refusal(
                409,
                "Conflict: can't use getUpdates method while webhook is active; use deleteWebhook to delete the webhook first",
            )
        self._poll += 1
        poll = self._poll
        self._announce()
        offset = _integer(parameters, "offset", 0)
        limit = _integer(parameters, "limit", MAX_UPDATES)
        if not 1 <= limit <= MAX_UPDATES:
            raise Refusal(400, "Bad Request: limit must be 1 to 100")
        if "allowed_updates" in parameters:
            self._allowed = _allowed(parameters["allowed_updates"])
        self._confirm(offset)
        deadline = time.monotonic() + min(_integer(parameters, "timeout", 0), 50)
        while not (self.pending or self._repeated) and (left := deadline - time.monotonic()) > 0:
            await self._hear(left)
            if poll != self._poll:
                raise Refusal(
                    409, "Conflict: terminated by other getUpdates request; make sure that only one bot instance is running"
                )
        repeated, self._repeated = self._repeated, []
        return [*repeated, *self.pending][:limit]

    def _confirm(self, offset: int) -> None:
        if offset < 0:
            self.pending = self.pending[offset:]
        elif offset:
            self.pending = [update for update in self.pending if update["update_id"] >= offset]

    async def _hear(self, seconds: float) -> None:
        news = self._news
        try:
            async with asyncio.timeout(seconds):
                await news.wait()
        except TimeoutError:
            return

    def _announce(self) -> None:
        self._news.set()
        self._news = asyncio.Event()

    def _send_message(self, parameters: Json) -> Json:
        chat = self._reachable(parameters)
        text = _string(parameters, "text").strip()
        if not text:
            raise Refusal(400, "Bad Request: message text is empty")
        if len(text.encode("utf-16-le")) // 2 > MAX_TEXT:
            raise Refusal(400, "Bad Request: message is too long")
        _check_parse_mode(parameters)
        if "link_preview_options" in parameters:
            _object(parameters["link_preview_options"], "link_preview_options")
        return self._arrive(chat, parameters, {"text": text}, text)

    def _send_photo(self, parameters: Json) -> Json:
        chat = self._reachable(parameters)
        caption = _string(parameters, "caption").strip()
        if len(caption.encode("utf-16-le")) // 2 > MAX_CAPTION:
            raise Refusal(400, "Bad Request: message caption is too long")
        photo = _string(parameters, "photo")
        on_the_web = photo.startswith("https://") and bool(urlsplit(photo).hostname)
        if not (on_the_web or photo in self.files or FILE_ID.fullmatch(photo)):
            raise Refusal(400, "Bad Request: wrong file identifier/HTTP URL specified")
        _check_parse_mode(parameters)
        width, height = PHOTO_SIZES[-1]
        size = {"file_id": "AgACAgIAAxstored", "file_unique_id": "AQADstored", "width": width, "height": height}
        content: Json = {"photo": [size], **({"caption": caption} if caption else {})}
        return self._arrive(chat, parameters, content, caption, photo)

    def _send_file(self, kind: str, parameters: Json) -> Json:
        """By its id only, which is enough here; Telegram takes most kinds from the web as well."""
        chat = self._reachable(parameters)
        caption = _string(parameters, "caption").strip()
        if len(caption.encode("utf-16-le")) // 2 > MAX_CAPTION:
            raise Refusal(400, "Bad Request: message caption is too long")
        given = parameters.get(kind)
        if isinstance(given, Uploaded):
            given = parameters[kind] = self.keep(f"AgACAgIAAxkept{len(self.stored)}", given.data, given.name)
        id_ = _string(parameters, kind)
        if not (id_ in self.files or FILE_ID.fullmatch(id_)):
            raise Refusal(400, "Bad Request: wrong file identifier/HTTP URL specified")
        body = {"file_id": id_, "file_unique_id": f"u{id_}", "duration": 1, "width": 1, "height": 1, "length": 1}
        content: Json = {kind: body, **({"caption": caption} if caption else {})}
        return self._arrive(chat, parameters, content, caption, file=f"{kind}:{id_}")

    def _get_file(self, parameters: Json) -> Json:
        id_ = _string(parameters, "file_id")
        if id_ not in self.stored:
            raise Refusal(400, "Bad Request: wrong file_id or the file is temporarily unavailable")
        file = self.stored[id_]
        size = len(file.content) if file.told is None else file.told
        if size > MAX_FILE:
            raise Refusal(400, "Bad Request: file is too big")
        return {
            "file_id": id_,
            "file_unique_id": f"u{id_}",
            "file_size": size,
            **({"file_path": file.path} if file.path else {}),
        }

    async def _download(self, writer: asyncio.StreamWriter, target: str) -> None:
        """What stands behind the path that getFile gave; cut off in the middle where it is not whole."""
        path = unquote(urlsplit(target).path).removeprefix(f"/file/bot{self.token}/")
        call = Call(time.monotonic(), "download", {"path": path})
        self.calls.append(call)
        fault = self._fault(call)
        if fault is not None:
            await asyncio.sleep(fault.delay)
            if fault.drop == "before":
                raise Dropped
        file = next((one for one in self.stored.values() if one.path == path), None)
        if file is None or (fault is not None and fault.status):
            writer.write(b"HTTP/1.1 %d X\r\nContent-Length: 0\r\n\r\n" % (fault.status if fault and fault.status else 404))
            await writer.drain()
            return
        head = "HTTP/1.1 200 OK\r\nContent-Type: application/octet-stream\r\n"
        writer.write(f"{head}Content-Length: {len(file.content)}\r\n\r\n".encode())
        writer.write(file.content if file.whole else file.content[: len(file.content) // 2])
        await writer.drain()
        if not file.whole:
            raise Dropped

    def _arrive(
        self,
        chat: Chat,
        parameters: Json,
        content: Json,
        text: str,
        photo: str | None = None,
        file: str | None = None,
    ) -> Json:
        """The message as it is from now on in the chat, and in the answer to whoever sent it."""
        buttons = _buttons(parameters)
        message: Json = {
            "message_id": self._new_message_id(),
            "from": self._me,
            "chat": chat.json(),
            "date": int(time.time()),
            **content,
        }
        if "reply_markup" in parameters:
            message["reply_markup"] = _object(parameters["reply_markup"], "reply_markup")
        chat.messages[message["message_id"]] = message
        self.sent.append(Sent(chat.id, message["message_id"], text, buttons, time.monotonic(), photo, file))
        return message

    def _send_chat_action(self, parameters: Json) -> bool:
        self._reachable(parameters)
        if _string(parameters, "action") not in ACTIONS:
            raise Refusal(400, "Bad Request: wrong parameter action in request")
        return True

    def _answer_callback_query(self, parameters: Json) -> bool:
        query = _string(parameters, "callback_query_id")
        if query not in self.queries:
            raise Refusal(400, "Bad Request: query is too old and response timeout expired or query ID is invalid")
        if len(str(parameters.get("text", ""))) > 200:
            raise Refusal(400, "Bad Request: MESSAGE_TOO_LONG")
        self.queries[query] = True
        return True

    def _edit_reply_markup(self, parameters: Json) -> Json:
        chat = self._reachable(parameters)
        message = chat.messages.get(_integer(parameters, "message_id", 0))
        if message is None:
            raise Refusal(400, "Bad Request: message to edit not found")
        _buttons(parameters)
        markup = _object(parameters["reply_markup"], "reply_markup") if "reply_markup" in parameters else None
        if message.get("reply_markup") == markup:
            raise Refusal(400, "Bad Request: message is not modified")
        message["reply_markup"] = markup
        return {key: value for key, value in message.items() if value is not None}

    def _reachable(self, parameters: Json) -> Chat:
        try:
            chat = self.chats[_integer(parameters, "chat_id", None)]
        except KeyError:
            raise Refusal(400, "Bad Request: chat not found") from None
        if chat.blocked:
            raise Refusal(403, "Forbidden: bot was blocked by the user")
        return chat

    def _new_message_id(self) -> int:
        self._next_message += 1
        return self._next_message


def _parameters(query: str, content_type: str, body: bytes) -> Json:
    parameters: Json = dict(parse_qsl(query, strict_parsing=bool(query)))
    if content_type.startswith("application/json"):
        try:
            given = json.loads(body or b"{}")
        except ValueError:
            raise Refusal(400, "Bad Request: can't parse JSON object") from None
        if not isinstance(given, dict):
            raise Refusal(400, "Bad Request: the body must be an object")
        parameters.update(given)
    elif content_type.startswith("multipart/form-data"):
        parameters.update(_form(content_type, body))
    elif content_type.startswith("application/x-www-form-urlencoded"):
        parameters.update(parse_qsl(body.decode(), keep_blank_values=True))
    elif body:
        raise Refusal(400, "Bad Request: unsupported content type")
    # Thousands of calls with the same text must not keep it as often.
    return {name: sys.intern(value) if isinstance(value, str) else value for name, value in parameters.items()}


def _form(content_type: str, body: bytes) -> Json:
    """A file comes as what is known of it: its name and its bytes."""
    whole = email.message_from_bytes(b"Content-Type: " + content_type.encode() + b"\r\n\r\n" + body)
    found: Json = {}
    for part in whole.walk():
        name, data = part.get_param("name", header="content-disposition"), part.get_payload(decode=True)
        if isinstance(name, str) and isinstance(data, bytes):
            file = part.get_filename()
            found[name] = Uploaded(file, data) if file else data.decode()
    return found


def _integer(parameters: Json, name: str, default: int | None) -> int:
    value = parameters.get(name, default)
    if value is None:
        raise Refusal(400, f"Bad Request: {name} is empty")
    try:
        return int(value)
    except (TypeError, ValueError):
        raise Refusal(400, f"Bad Request: {name} must be an integer") from None


def _string(parameters: Json, name: str) -> str:
    value = parameters.get(name, "")
    if not isinstance(value, str):
        raise Refusal(400, f"Bad Request: {name} must be a string")
    return value


def _check_parse_mode(parameters: Json) -> None:
    if parameters.get("parse_mode") not in (None, "HTML", "Markdown", "MarkdownV2"):
        raise Refusal(400, "Bad Request: unsupported parse_mode")


def _object(value: object, name: str) -> Json:
    """An object, given as such in a JSON body and as JSON text in a form."""
    try:
        parsed = json.loads(value) if isinstance(value, str) else value
    except ValueError:
        parsed = None
    if not isinstance(parsed, dict):
        raise Refusal(400, f"Bad Request: object expected as {name}")
    return parsed


def _allowed(value: object) -> set[str]:
    kinds = json.loads(value) if isinstance(value, str) else value
    if not isinstance(kinds, list):
        raise Refusal(400, "Bad Request: allowed_updates must be a list")
    return set(kinds) & UPDATE_KINDS or UPDATE_KINDS


def _buttons(parameters: Json) -> tuple[tuple[str, str], ...]:
    """(label, data) of every button. Raises Refusal when the keyboard is not well formed."""
    if "reply_markup" not in parameters:
        return ()
    markup = _object(parameters["reply_markup"], "reply markup")
    rows = markup.get("inline_keyboard")
    if set(markup) != {"inline_keyboard"} or not isinstance(rows, list) or not all(isinstance(row, list) for row in rows):
        raise Refusal(400, "Bad Request: can't parse reply keyboard markup JSON object")
    return tuple(_button(button) for row in rows for button in row)


def _button(button: object) -> tuple[str, str]:
    if not isinstance(button, dict) or not isinstance(button.get("text"), str) or not button["text"].strip():
        raise Refusal(400, "Bad Request: can't parse inline keyboard button: text is empty")
    actions = set(button) - {"text", "style", "icon_custom_emoji_id"}
    if len(actions) != 1 or not actions <= BUTTON_ACTIONS:
        raise Refusal(400, "Bad Request: can't parse inline keyboard button: exactly one action is expected")
    data = str(button.get("callback_data", ""))
    if "callback_data" in actions and not 1 <= len(data.encode()) <= MAX_CALLBACK_DATA:
        raise Refusal(400, "Bad Request: BUTTON_DATA_INVALID")
    return button["text"], data


async def play(port: int, token: str, people: int, quiet: bool) -> None:
    """Serve, take lines from standard input as residents' messages, and print what they receive, or its sum at the end."""
    api = BotApi(token=token)
    for chat in range(1, people + 1):
        api.chat(chat)
    await api.start(port)
    print(f"LOABAN_TELEGRAM_API={api.address} LOABAN_TELEGRAM_TOKEN={token}", flush=True)
    printing = None if quiet else asyncio.create_task(_print_sent(api))
    while line := await asyncio.to_thread(sys.stdin.readline):
        _do(api, line.strip())
    if printing is None:
        print(json.dumps({"sent": len(api.sent), "most_in_a_second": api.max_in_any_second()}))
    else:
        printing.cancel()
    await api.stop()


def _do(api: BotApi, line: str) -> None:
    chat, sign, rest = line.partition("!") if "!" in line.split(":")[0] else line.partition(":")
    if not chat.strip().isdigit() or not rest.strip():
        print("write `42: text`, or `42! label` to press a button", flush=True)
    elif sign == "!":
        try:
            api.press(int(chat), rest.strip())
        except StopIteration:
            print("no such button", flush=True)
    else:
        api.write(int(chat), rest.strip())


async def _print_sent(api: BotApi) -> None:
    shown = 0
    while True:
        for sent in api.sent[shown:]:
            print(f"{sent.chat} <- {sent.text}", *(f"   [{label}]" for label, _ in sent.buttons), sep="\n", flush=True)
        shown = len(api.sent)
        await asyncio.sleep(0.05)


if __name__ == "__main__":
    arguments = argparse.ArgumentParser(description="A Telegram Bot API for trying the bot by hand.")
    arguments.add_argument("--port", type=int, default=8081)
    arguments.add_argument("--token", default=TOKEN)
    arguments.add_argument("--people", type=int, default=0, help="1 to this number can be written to from the start")
    arguments.add_argument("--quiet", action="store_true", help="print only, at the end of the input, how much came")
    given = arguments.parse_args()
    asyncio.run(play(given.port, given.token, given.people, given.quiet))
