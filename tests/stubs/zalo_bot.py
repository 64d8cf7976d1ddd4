"""A strict Zalo Bot Platform on loopback: it refuses what the real one refuses, and hands out every event once.

In a test:

    async with ZaloBotApi() as api:
        channel = ZaloBotChannel(api.token, api=api.address, poll_seconds=1, pause=pause)
        api.write("42", "xin chào")
        ...
        assert api.texts("42") == ["..."]

There is no acknowledgement: an event is forgotten as soon as it is handed out, even where the answer never arrives. A refusal
comes with HTTP status 200 unless `fail` says otherwise: what counts is the envelope.
"""

from __future__ import annotations

import asyncio
import json
import time
from collections.abc import Callable
from dataclasses import dataclass
from types import TracebackType
from typing import Any, Literal, Self
from urllib.parse import parse_qsl, unquote, urlsplit

from tests.waiting import until

Json = dict[str, Any]

TOKEN = "3141592653589793:stubstubstubstubstubstubstubstubstub"
MAX_TEXT = 2000
MAX_BODY = 1_000_000
PARAMETERS: dict[str, set[str]] = {
    "getMe": set(),
    "getUpdates": {"timeout"},
    "setWebhook": {"url", "secret_token"},
    "getWebhookInfo": set(),
    "deleteWebhook": set(),
    "sendMessage": {"chat_id", "text", "parse_mode"},
    "sendPhoto": {"chat_id", "photo", "caption"},
    "sendChatAction": {"chat_id", "action"},
}


@dataclass
class Call:
    """One request: its time on the monotonic clock, and the error it was answered with (0 none, -1 connection dropped)."""

    at: float
    method: str
    parameters: Json
    ended: float = 0.0
    error: int = 0

    @property
    def chat(self) -> str | None:
        return self.parameters.get("chat_id")


@dataclass(frozen=True)
class Sent:
    """A message that a resident received; under a photo, the text is its caption."""

    chat: str
    message_id: str
    text: str
    photo: str | None = None


@dataclass
class Fault:
    """What goes wrong, `times` times, for a method and, where given, one chat. `raw` is sent instead of an envelope."""

    method: str
    chat: str | None
    times: int
    error_code: int | None
    status: int
    description: str
    raw: bytes | None
    delay: float
    drop: Literal["before", "after"] | None


class Refusal(Exception):
    """An envelope that does not say ok."""

    def __init__(self, error_code: int, description: str, status: int = 200) -> None:
        super().__init__(description)
        self.error_code = error_code
        self.description = description
        self.status = status


class Raw(Exception):
    """An answer that is no envelope."""

    def __init__(self, status: int, body: bytes) -> None:
        super().__init__(status)
        self.status = status
        self.body = body


class Dropped(Exception):
    """The connection is cut without an answer."""


class ZaloBotApi:
    """The server and, around it, the residents. `latency` seconds pass before every answer but getUpdates'."""

    def __init__(self, *, token: str = TOKEN, latency: float = 0.0) -> None:
        self.token = token
        self.latency = latency
        self.calls: list[Call] = []
        self.sent: list[Sent] = []
        self.pending: list[Json] = []
        self.chats: set[str] = set()
        self.blocked: set[str] = set()
        self.webhook: Json | None = None
        self._faults: list[Fault] = []
        self._next_message = 0
        self._poll = 0
        self._news = asyncio.Event()
        self._server: asyncio.Server | None = None
        self._connections: set[asyncio.Task[None]] = set()

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
        for task in self._connections:
            task.cancel()
        await asyncio.gather(*self._connections, return_exceptions=True)
        await self._server.wait_closed()

    @property
    def port(self) -> int:
        assert self._server is not None
        return int(self._server.sockets[0].getsockname()[1])

    @property
    def address(self) -> str:
        """What LOABAN_ZALO_BOT_API is set to."""
        return f"http://127.0.0.1:{self.port}/bot"

    # --- what residents do --------------------------------------------------------------------------------------------

    def write(self, chat: str, text: str) -> str:
        """A resident writes; returns the id of the message."""
        event = self.event(chat, text=text)
        self.push(event)
        return str(event["message"]["message_id"])

    def push(self, event: Json) -> None:
        """Any event."""
        self.pending.append(event)
        self._announce()

    def event(self, chat: str, kind: str = "text", **content: Any) -> Json:
        """An event as Zalo shapes it; it makes the chat one that can be written to."""
        self.chats.add(chat)
        message = {
            "message_id": self._new_id(),
            "date": int(time.time() * 1000),
            "from": {"id": chat, "display_name": f"Resident {chat}", "is_bot": False},
            "chat": {"id": chat, "chat_type": "PRIVATE"},
            **content,
        }
        return {"event_name": f"message.{kind}.received", "message": message}

    def block(self, chat: str) -> None:
        """A resident blocks the bot, which is seen at the next message."""
        self.chats.add(chat)
        self.blocked.add(chat)

    # --- what goes wrong ----------------------------------------------------------------------------------------------

    def fail(
        self,
        method: str,
        error_code: int | None = None,
        *,
        status: int = 200,
        chat: str | None = None,
        times: int = 1,
        description: str = "scripted fault",
        raw: bytes | None = None,
        delay: float = 0.0,
        drop: Literal["before", "after"] | None = None,
    ) -> None:
        """Script a fault: an error in the envelope, another body, a delay, or a cut before or after the call took effect."""
        self._faults.append(Fault(method, chat, times, error_code, status, description, raw, delay, drop))

    def mend(self) -> None:
        """Nothing goes wrong any more."""
        self._faults.clear()

    # --- what a test looks at -----------------------------------------------------------------------------------------

    def texts(self, chat: str) -> list[str]:
        return [sent.text for sent in self.sent if sent.chat == chat]

    def calls_of(self, method: str, chat: str | None = None) -> list[Call]:
        return [call for call in self.calls if call.method == method and chat in (None, call.chat)]

    async def until(self, condition: Callable[[], bool]) -> None:
        """Wait until it is true. Raises TimeoutError."""
        await until(condition)

    # --- HTTP ---------------------------------------------------------------------------------------------------------

    async def _connected(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task: asyncio.Task[None] | None = asyncio.current_task()
        assert task is not None
        self._connections.add(task)
        try:
            while await self._exchange(reader, writer):
                pass
        except (asyncio.IncompleteReadError, ConnectionError, Dropped, asyncio.CancelledError):
            pass  # the client is gone, or the test is over
        finally:
            self._connections.discard(task)
            writer.close()

    async def _exchange(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> bool:
        head = (await reader.readuntil(b"\r\n\r\n")).decode("latin-1").split("\r\n")
        verb, target, _ = head[0].split(" ")
        headers = {name.strip().lower(): value.strip() for name, _, value in (line.partition(":") for line in head[1:] if line)}
        body = await reader.readexactly(min(int(headers.get("content-length", "0")), MAX_BODY))
        call = Call(time.monotonic(), "", {})
        try:
            call.method = self._method(verb, target)
            self.calls.append(call)
            call.parameters = _parameters(headers.get("content-type", ""), body)
            status, answer = 200, json.dumps({"ok": True, "result": await self._act(call)}).encode()
        except Refusal as refusal:
            call.error = refusal.error_code
            envelope = {"ok": False, "error_code": refusal.error_code, "description": refusal.description}
            status, answer = refusal.status, json.dumps(envelope).encode()
        except Raw as raw:
            status, answer = raw.status, raw.body
        except Dropped:
            call.error = -1
            raise
        finally:
            call.ended = time.monotonic()
        writer.write(f"HTTP/1.1 {status} x\r\nContent-Length: {len(answer)}\r\n\r\n".encode() + answer)
        await writer.drain()
        return True

    def _method(self, verb: str, target: str) -> str:
        path = unquote(urlsplit(target).path)
        token, _, method = path.removeprefix("/bot").partition("/")
        if verb != "POST" or not path.startswith("/bot"):
            raise Refusal(404, "Not Found", 404)
        if token != self.token:
            raise Refusal(401, "Unauthorized")
        if method not in PARAMETERS:
            raise Refusal(404, "Method not found")
        return method

    # --- methods ------------------------------------------------------------------------------------------------------

    async def _act(self, call: Call) -> object:
        if unknown := set(call.parameters) - PARAMETERS[call.method]:
            raise Refusal(400, f"Bad Request: unknown parameter {sorted(unknown)}")
        fault = self._fault(call)
        if fault is not None:
            await asyncio.sleep(fault.delay)
            if fault.drop == "before":
                raise Dropped
            if fault.raw is not None:
                raise Raw(fault.status, fault.raw)
            if fault.error_code is not None:
                raise Refusal(fault.error_code, fault.description, fault.status)
        result = await self._get_updates(call.parameters) if call.method == "getUpdates" else self._result(call)
        if call.method != "getUpdates":
            await asyncio.sleep(self.latency)
        if fault is not None and fault.drop == "after":
            raise Dropped
        return result

    def _fault(self, call: Call) -> Fault | None:
        for fault in self._faults:
            if fault.times > 0 and fault.method == call.method and fault.chat in (None, call.chat):
                fault.times -= 1
                return fault
        return None

    def _result(self, call: Call) -> object:
        parameters = call.parameters
        match call.method:
            case "getMe":
                return {"id": "1", "account_name": "bot.loaban", "account_type": "BASIC", "can_join_groups": False}
            case "setWebhook":
                return self._set_webhook(parameters)
            case "getWebhookInfo":
                return {"url": self.webhook["url"] if self.webhook else "", "updated_at": 0}
            case "deleteWebhook":
                self.webhook = None
                return {"url": "", "updated_at": 0}
            case "sendChatAction":
                self._reachable(parameters)
                if parameters.get("action") != "typing":
                    raise Refusal(400, "Bad Request: wrong action")
                return {"ok": True}
            case "sendPhoto":
                photo = _string(parameters, "photo")
                if not photo.startswith("https://"):
                    raise Refusal(400, "Bad Request: photo must be a URL")
                return self._arrive(parameters, _string(parameters, "caption", 0), photo)
        return self._arrive(parameters, _string(parameters, "text"))

    async def _get_updates(self, parameters: Json) -> Json:
        """One event, which is forgotten; a newer poll ends an older one, so that none hands out to nobody."""
        if self.webhook is not None:
            raise Refusal(400, "Bad Request: a webhook is set")
        timeout = parameters.get("timeout", 30)
        if isinstance(timeout, str) and timeout.isdigit():  # of a form
            timeout = int(timeout)
        if not isinstance(timeout, int) or timeout < 0:
            raise Refusal(400, "Bad Request: timeout must be a number")
        self._poll += 1
        poll = self._poll
        self._announce()
        deadline = time.monotonic() + timeout
        while not self.pending and (left := deadline - time.monotonic()) > 0:
            news = self._news
            try:
                async with asyncio.timeout(left):
                    await news.wait()
            except TimeoutError:
                break
            if poll != self._poll:
                break
        if not self.pending or poll != self._poll:
            raise Refusal(408, "Request timeout")
        return self.pending.pop(0)

    def _set_webhook(self, parameters: Json) -> Json:
        url, secret = _string(parameters, "url"), _string(parameters, "secret_token", 0)
        if not url.startswith("https://"):
            raise Refusal(400, "Bad Request: url must be HTTPS")
        if not 8 <= len(secret) <= 256:
            raise Refusal(400, f"Bad Request: secret_token {secret} must have 8 to 256 characters")
        self.webhook = {"url": url, "secret_token": secret}
        return {"url": url, "updated_at": int(time.time() * 1000)}

    def _arrive(self, parameters: Json, text: str, photo: str | None = None) -> Json:
        chat = self._reachable(parameters)
        if len(text.encode("utf-16-le", "surrogatepass")) // 2 > MAX_TEXT:
            raise Refusal(400, "Bad Request: text is too long")
        if photo is None and not text.strip():
            raise Refusal(400, "Bad Request: text is empty")
        message_id = self._new_id()
        self.sent.append(Sent(chat, message_id, text, photo))
        return {"message_id": message_id, "date": int(time.time() * 1000)}

    def _reachable(self, parameters: Json) -> str:
        chat = _string(parameters, "chat_id")
        if chat not in self.chats:
            raise Refusal(404, "Chat not found")
        if chat in self.blocked:
            raise Refusal(403, "Forbidden")
        return chat

    def _new_id(self) -> str:
        self._next_message += 1
        return f"m{self._next_message:08x}"

    def _announce(self) -> None:
        self._news.set()
        self._news = asyncio.Event()


def _parameters(content_type: str, body: bytes) -> Json:
    if not body or content_type.startswith("application/x-www-form-urlencoded"):  # as python-zalo-bot, which is in use, asks
        return dict(parse_qsl(body.decode(), keep_blank_values=True))
    if not content_type.startswith("application/json"):
        raise Refusal(400, "Bad Request: JSON expected")
    try:
        given = json.loads(body)
    except ValueError:
        raise Refusal(400, "Bad Request: malformed JSON") from None
    if not isinstance(given, dict):
        raise Refusal(400, "Bad Request: an object is expected")
    return given


def _string(parameters: Json, name: str, least: int = 1) -> str:
    value = parameters.get(name, "")
    if not isinstance(value, str) or len(value) < least:
        raise Refusal(400, f"Bad Request: {name} is missing")
    return value
