"""A strict Zalo Official Account on loopback: messages, rotating tokens, and events signed as Zalo signs them.

In a test:

    async with ZaloOa() as zalo:
        keeper = TokenKeeper(store, app_id=zalo.app_id, app_secret=zalo.app_secret, oauth=zalo.address)
        headers, body = zalo.signed(zalo.text("84001", "xin chào"))
        ...
        assert zalo.texts("84001") == ["..."]
"""

from __future__ import annotations

import asyncio
import hashlib
import json
import time
from collections.abc import Callable
from dataclasses import dataclass
from types import TracebackType
from typing import Any, Literal, Self
from urllib.parse import parse_qs

from tests.waiting import until

Json = dict[str, Any]

APP_ID = "1122334455667788990"
APP_SECRET = "appsecretappsecret01"
OA_SECRET = "oasecretoasecretoasecret02"
OA_ID = "388613280878808645"
MAX_TEXT = 2000
MAX_BODY = 1_000_000
MESSAGES = "/v3.0/oa/message/cs"
TOKENS = "/v4/oa/access_token"
GRANTS = {"refresh_token": {"refresh_token", "app_id", "grant_type"}, "authorization_code": {"code", "app_id", "grant_type"}}


@dataclass(frozen=True)
class Sent:
    """A message that a resident received."""

    user: str
    text: str
    message_id: str


@dataclass
class Fault:
    """What goes wrong, `times` times, at one address and, where given, for one person."""

    path: str
    user: str | None
    times: int
    answer: Json | None
    status: int
    raw: bytes | None
    delay: float
    drop: Literal["before", "after"] | None
    skip: int


class Refusal(Exception):
    """An answer with status 200 and an error in it."""

    def __init__(self, error: int, message: str) -> None:
        super().__init__(message)
        self.answer = {"error": error, "message": message}


class Dropped(Exception):
    """The connection is cut without an answer."""


class ZaloOa:
    """The two servers in one, and around them the residents. It starts with one valid pair of tokens and one code."""

    def __init__(self, *, latency: float = 0.0) -> None:
        self.app_id, self.app_secret, self.oa_secret, self.oa_id = APP_ID, APP_SECRET, OA_SECRET, OA_ID
        self.latency = latency  # of the tokens, after they were changed
        self.sent: list[Sent] = []
        self.calls: list[tuple[str, Json]] = []  # (path, what was sent)
        self.renewals = 0  # pairs that were bought with a refresh token
        self.codes = {"a-code-that-works-once"}
        self.people = {"84001", "84002", "84003"}
        self._number = 0
        self._expired: set[str] = set()
        self._faults: list[Fault] = []
        self._next_message = 1
        self._server: asyncio.Server | None = None
        self._connections: dict[asyncio.Task[None], asyncio.StreamWriter] = {}

    # --- life ---------------------------------------------------------------------------------------------------------

    async def __aenter__(self) -> Self:
        self._server = await asyncio.start_server(self._connected, "127.0.0.1", 0)
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        assert self._server is not None
        self._server.close()
        for task in list(self._connections):
            task.cancel()
        await asyncio.gather(*self._connections, return_exceptions=True)
        await self._server.wait_closed()

    @property
    def address(self) -> str:
        """What LOABAN_ZALO_OA_API and LOABAN_ZALO_OA_OAUTH are set to."""
        assert self._server is not None
        return f"http://127.0.0.1:{self._server.sockets[0].getsockname()[1]}"

    async def until(self, condition: Callable[[], bool]) -> None:
        """Wait until it is true. Raises TimeoutError."""
        await until(condition)

    # --- tokens -------------------------------------------------------------------------------------------------------

    @property
    def access(self) -> str:
        """The one access token that is accepted."""
        return f"access-{self._number}-kR4vW8"

    @property
    def refresh(self) -> str:
        """The one refresh token that was not used yet."""
        return f"refresh-{self._number}-pL2xZ6"

    @property
    def secrets(self) -> list[str]:
        """Everything that may stand in no log line and no exception."""
        pairs = [(f"access-{n}-kR4vW8", f"refresh-{n}-pL2xZ6") for n in range(self._number + 1)]
        return [self.app_secret, self.oa_secret, *(token for pair in pairs for token in pair)]

    def expire(self) -> None:
        """The access token's 25 hours are over."""
        self._expired.add(self.access)

    def _sell(self, headers: dict[str, str], form: Json) -> Json:
        if headers.get("secret_key") != self.app_secret:
            raise Refusal(-14004, "Invalid secret key")
        grant = form.get("grant_type", "")
        if set(form) != GRANTS.get(grant):
            raise Refusal(-14001, f"Invalid parameters {sorted(form)}")
        if form["app_id"] != self.app_id:
            raise Refusal(-14002, "Invalid app id")
        if grant == "authorization_code":
            if form["code"] not in self.codes:
                raise Refusal(-14012, "Invalid authorization code")
            self.codes.remove(form["code"])
        else:
            if form["refresh_token"] != self.refresh:
                raise Refusal(-14014, f"Invalid refresh token {form['refresh_token']}")
            self.renewals += 1
        self._number += 1
        return {"access_token": self.access, "refresh_token": self.refresh, "expires_in": "90000"}

    # --- messages -----------------------------------------------------------------------------------------------------

    def texts(self, user: str) -> list[str]:
        return [sent.text for sent in self.sent if sent.user == user]

    def calls_of(self, path: str) -> list[Json]:
        return [sent for called, sent in self.calls if called == path]

    def _message(self, headers: dict[str, str], message: Json) -> Json:
        token = headers.get("access_token", "")
        if token in self._expired:
            raise Refusal(-220, "Access token has expired")
        if token != self.access:
            raise Refusal(-216, f"Access token is invalid {token}")
        match message:
            case {"recipient": {"user_id": str(user), **others}, "message": {"text": str(text), **more}, **rest}:
                if others or more or rest:
                    raise Refusal(-201, "Params is invalid")
            case _:
                raise Refusal(-201, "Params is invalid")
        if not text.strip():
            raise Refusal(-201, "text is empty")
        if len(text.encode("utf-16-le")) // 2 > MAX_TEXT:
            raise Refusal(-210, "text exceeds the max length of 2000")
        if user not in self.people:
            raise Refusal(-213, "User has not followed the Official Account")
        sent = Sent(user, text, f"m{self._next_message}")
        self._next_message += 1
        self.sent.append(sent)
        return {"data": {"message_id": sent.message_id, "user_id": user}, "error": 0, "message": "Success"}

    # --- what goes wrong ----------------------------------------------------------------------------------------------

    def fail(
        self,
        error: int | None = None,
        message: str = "scripted fault",
        *,
        path: str = MESSAGES,
        user: str | None = None,
        times: int = 1,
        status: int = 200,
        raw: bytes | None = None,
        delay: float = 0.0,
        drop: Literal["before", "after"] | None = None,
        skip: int = 0,
    ) -> None:
        """Script a fault: an error or a raw body instead of an answer, a delay, or a cut before or after it took effect.

        The first `skip` calls go well.
        """
        answer = None if error is None else {"data": {}, "error": error, "message": message}
        self._faults.append(Fault(path, user, times, answer, status, raw, delay, drop, skip))

    def _fault(self, path: str, sent: Json) -> Fault | None:
        recipient = sent.get("recipient")
        user = recipient.get("user_id") if isinstance(recipient, dict) else None
        for fault in self._faults:
            if fault.times > 0 and fault.path == path and fault.user in (None, user):
                if fault.skip > 0:
                    fault.skip -= 1
                    continue
                fault.times -= 1
                return fault
        return None

    # --- events -------------------------------------------------------------------------------------------------------

    def text(self, user: str, text: str) -> Json:
        return self.said(user, "user_send_text", text=text)

    def said(self, user: str, event_name: str, **message: Any) -> Json:
        """A resident sends something; every event has a message id of its own."""
        self._next_message += 1
        return {
            "app_id": self.app_id,
            "sender": {"id": user},
            "user_id_by_app": f"7{user}",
            "recipient": {"id": self.oa_id},
            "event_name": event_name,
            "timestamp": str(int(time.time() * 1000)),
            "message": {"msg_id": f"in{self._next_message}", **message},
        }

    def attached(self, user: str, kind: str, url: str, **message: Any) -> Json:
        """A resident sends a picture or a file, which lies on the web: image, gif, audio, video, file."""
        attachments = [{"type": kind, "payload": {"url": url, "thumbnail": f"{url}.thumb"}}]
        return self.said(user, f"user_send_{kind}", attachments=attachments, **message)

    def follows(self, user: str, event_name: Literal["follow", "unfollow"]) -> Json:
        return {
            "oa_id": self.oa_id,
            "follower": {"id": user},
            "user_id_by_app": f"7{user}",
            "event_name": event_name,
            "source": "oa_profile",
            "app_id": self.app_id,
            "timestamp": str(int(time.time() * 1000)),
        }

    def signed(self, event: Json, *, by: str = APP_ID) -> tuple[dict[str, str], bytes]:
        """The headers, names in small letters, and the body with which Zalo brings an event."""
        body = json.dumps(event, ensure_ascii=False).encode()
        return self.headers(body, str(event.get("timestamp")), by=by), body

    def headers(self, body: bytes, timestamp: str, *, by: str = APP_ID) -> dict[str, str]:
        mac = hashlib.sha256(by.encode() + body + timestamp.encode() + self.oa_secret.encode()).hexdigest()
        return {"content-type": "application/json", "x-zevent-signature": f"mac={mac}"}

    # --- HTTP ---------------------------------------------------------------------------------------------------------

    async def _connected(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task: asyncio.Task[None] | None = asyncio.current_task()
        assert task is not None
        self._connections[task] = writer
        try:
            while True:
                await self._exchange(reader, writer)
        except (asyncio.IncompleteReadError, ConnectionError, Dropped, asyncio.CancelledError):
            pass  # the client is gone, or the test is over
        finally:
            del self._connections[task]
            writer.close()

    async def _exchange(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        head = (await reader.readuntil(b"\r\n\r\n")).decode("latin-1").split("\r\n")
        verb, path, _ = head[0].split(" ")
        headers = {name.strip().lower(): value.strip() for name, _, value in (line.partition(":") for line in head[1:] if line)}
        length = int(headers.get("content-length", "0"))
        if verb != "POST" or path not in (MESSAGES, TOKENS) or "transfer-encoding" in headers or length > MAX_BODY:
            raise Dropped
        status, answer = await self._answer(path, headers, await reader.readexactly(length))
        writer.write(
            f"HTTP/1.1 {status} X\r\nContent-Type: text/json\r\nContent-Length: {len(answer)}\r\n\r\n".encode() + answer
        )
        await writer.drain()

    async def _answer(self, path: str, headers: dict[str, str], body: bytes) -> tuple[int, bytes]:
        sent = _parsed(path, headers.get("content-type", ""), body)
        self.calls.append((path, sent))
        fault = self._fault(path, sent)
        if fault is not None:
            await asyncio.sleep(fault.delay)
            if fault.drop == "before":
                raise Dropped
            if fault.raw is not None:
                return fault.status, fault.raw
            if fault.answer is not None:
                return fault.status, json.dumps(fault.answer).encode()
        try:
            result = self._sell(headers, sent) if path == TOKENS else self._message(headers, sent)
        except Refusal as refusal:
            return 200, json.dumps(refusal.answer).encode()
        if path == TOKENS:
            await asyncio.sleep(self.latency)
        if fault is not None and fault.drop == "after":
            raise Dropped
        return (fault.status if fault else 200), json.dumps(result).encode()


def _parsed(path: str, content_type: str, body: bytes) -> Json:
    """What was sent, if it was sent the way this address wants it; else nothing."""
    if path == TOKENS:
        fields = parse_qs(body.decode(), keep_blank_values=True) if content_type == "application/x-www-form-urlencoded" else {}
        return {name: values[0] for name, values in fields.items() if len(values) == 1}
    sent = json.loads(body) if content_type == "application/json" else None
    return sent if isinstance(sent, dict) else {}
