"""Zalo Official Account, v3: events in by signed webhook, replies out as consultation messages, which Zalo takes for some
hours after a person wrote. Nothing can be tapped there, so choices are numbered.
"""

from __future__ import annotations

import asyncio
import hashlib
import hmac
import json
import re
from collections.abc import Callable, Mapping
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any, Literal, Protocol

import httpx
import structlog

from bot.channels.capabilities import ZALO_OA
from bot.channels.media import MakeLink, no_link, web_address
from bot.channels.numbered import address_of, numbered_parts, with_file_as_address
from bot.channels.webhook import WebhookRejected
from bot.channels.zalo_oa.tokens import LOG_IN, NAME
from bot.delivery.announcements import IN_FLIGHT as ANNOUNCEMENTS_IN_FLIGHT
from bot.delivery.pause import Pause
from bot.delivery.replies import IN_FLIGHT
from bot.errors import SendError
from bot.model import Address, Incoming, IncomingKind, Reply
from bot.ports import Outgoing

CONNECTIONS = IN_FLIGHT + ANNOUNCEMENTS_IN_FLIGHT
SEND_SECONDS = 15.0
OLDEST = timedelta(days=2)  # Zalo brings an event again for an hour

SIGNATURE = "x-zevent-signature"
TIMESTAMP = re.compile(r"[0-9]{1,14}")  # milliseconds since 1970
ID = re.compile(r"[\w-]{1,100}", re.ASCII)

KINDS: Mapping[str, IncomingKind] = {  # what is written in groups has names of its own, and is not for us
    "user_send_text": "text",
    "user_send_link": "text",
    "user_send_image": "photo",
    "user_send_gif": "sticker",
    "user_send_sticker": "sticker",
    "user_send_location": "location",
    "user_send_audio": "voice",
    "user_send_video": "file",
    "user_send_file": "file",
    "user_send_business_card": "other",
}

# What is attached to these lies on the web.
OPEN_TO_ALL = ("user_send_image", "user_send_gif", "user_send_audio", "user_send_video", "user_send_file")

# What `error` says in an answer with status 200. One that nobody foresaw is in none of these lists: it says nothing about
# other messages.
EXPIRED = frozenset({-216, -220})
TOO_FAST = frozenset({-32})
GONE = frozenset({-213, -217, -227, -244})  # not followed, blocked, inactive, restricted
WINDOW = frozenset({-230})
SETUP = frozenset({-211, -218, -221, -224})
PARAMETERS = frozenset({-201, -210})  # wrong, too long: which one is in the words
TEXT_SIGNS = ("text", "length", "content")

log = structlog.stdlib.get_logger(__name__)


class TokenSource(Protocol):
    """Where access tokens come from, see `TokenRefresher`."""

    async def access(self) -> str: ...

    async def renew(self, stale: str) -> str: ...

    async def close(self) -> None: ...


class ZaloOaChannel:
    """`Channel` and `WebhookChannel` for a Zalo Official Account; there is no polling.

    `api` is the base URL; `signed_id` tells which id a signature begins with: the app's, or that of the Official Account.
    `link` makes an address of what lies at another vendor. `now` is held against the time of events, so that old ones cannot be
    played again.
    """

    name = NAME
    capabilities = ZALO_OA

    def __init__(
        self,
        *,
        app_id: str,
        oa_secret: str,
        signed_id: Literal["app", "oa"],
        api: str,
        tokens: TokenSource,
        pause: Pause,
        link: MakeLink = no_link,
        now: Callable[[], datetime] = lambda: datetime.now(UTC),
    ) -> None:
        self._link = link
        self._app_id = app_id
        self._oa_secret = oa_secret
        self._signed_id = signed_id
        self._address = f"{api}/v3.0/oa/message/cs"
        self._tokens = tokens
        self._pause = pause
        self._now = now
        self._client = httpx.AsyncClient(timeout=SEND_SECONDS, limits=httpx.Limits(max_connections=CONNECTIONS))
        self._parts_sent: dict[int, int] = {}  # of replies that stopped half-way; their first parts are not sent again

    # --- in -----------------------------------------------------------------------------------------------------------

    def receive(self, headers: Mapping[str, str], body: bytes) -> list[Incoming]:
        """What a resident sent, see `WebhookChannel`. Raises Unwelcome(401) without a signature, (403) for a wrong one."""
        given = headers.get(SIGNATURE)
        if not given:
            raise WebhookRejected(401)
        try:
            event = json.loads(body)
        except (ValueError, RecursionError):
            event = None
        timestamp = str(event.get("timestamp")) if isinstance(event, dict) else ""
        if not TIMESTAMP.fullmatch(timestamp):
            raise WebhookRejected(403)  # the timestamp is a part of what is signed
        signers = [self._app_id] if self._signed_id == "app" else _accounts(event)
        macs = [_bytes(f"mac={self._mac(signer, body, timestamp)}") for signer in signers]
        if not any(hmac.compare_digest(_bytes(given), mac) for mac in macs):
            raise WebhookRejected(403)
        at = datetime.fromtimestamp(int(timestamp) / 1000, UTC)
        if self._now() - at > OLDEST:
            raise WebhookRejected(403)
        incoming = read_event(event, at)
        return [incoming] if incoming else []

    def in_response(self, outgoing: Outgoing) -> None:
        """Zalo reads nothing from the response."""
        return

    async def register(self, url: str) -> None:
        """The address of the webhook is set by hand; this says where."""
        log.info("set this webhook address in the Zalo app at developers.zalo.me, under Webhook", channel=NAME, url=url)

    def _mac(self, signed_by: str, body: bytes, timestamp: str) -> str:
        """Plain SHA-256, as Zalo has it; the secret stands last."""
        return hashlib.sha256(_bytes(signed_by) + body + _bytes(timestamp + self._oa_secret)).hexdigest()

    # --- out ----------------------------------------------------------------------------------------------------------

    async def send(self, outgoing: Outgoing) -> str:
        """Deliver one reply and return the id of its last message. Raises SendError.

        Photos and files cannot be sent: their addresses stand under the text. What lies at another vendor gets a link where
        it belongs to a case, else it is left out. A retry of a long reply goes on with the part that was refused.
        """
        parts = numbered_parts(self._with_addresses(outgoing.reply), ZALO_OA.max_text)
        if not parts:
            raise SendError("refused-text", "the reply is empty")
        message_id = ""
        try:
            for index in range(self._parts_sent.get(outgoing.id, 0), len(parts)):
                message_id = await self._deliver(outgoing.to.user, parts[index])
                if outgoing.id:  # announcements share the 0
                    self._parts_sent[outgoing.id] = index + 1
        except SendError as error:
            if not error.temporary:
                self._parts_sent.pop(outgoing.id, None)
            raise
        self._parts_sent.pop(outgoing.id, None)
        return message_id

    def _with_addresses(self, reply: Reply) -> Reply:
        address = address_of(reply, reply.photo, self._link)
        shown = replace(reply, text=f"{reply.text}\n{address}".strip()) if address else reply
        return with_file_as_address(shown, self._link)

    async def close(self) -> None:
        await self._tokens.close()
        await self._client.aclose()

    async def _deliver(self, user: str, text: str) -> str:
        access = await self._tokens.access()
        answer = await self._call(access, user, text)
        if _error(answer) in EXPIRED:
            access = await self._tokens.renew(access)
            answer = await self._call(access, user, text)
        if error := _error(answer):
            raise zalo_oa_error(error, str(answer.get("message", "")).replace(access, "[secret]"))
        data = answer.get("data")
        return str(data.get("message_id", "")) if isinstance(data, dict) else ""

    async def _call(self, access: str, user: str, text: str) -> dict[str, Any]:
        """One request and its answer, which has a number under `error`. Raises SendError where there is none."""
        if left := self._pause.left():
            raise SendError("throttled", retry_after=left)
        message = {"recipient": {"user_id": user}, "message": {"text": text}}
        try:
            async with asyncio.timeout(SEND_SECONDS):  # httpx counts each step on its own
                response = await self._client.post(
                    self._address, content=json.dumps(message).encode(), headers=_headers(access)
                )
            answer = response.json()
        except (httpx.HTTPError, httpx.InvalidURL, TimeoutError, ValueError, RecursionError) as error:
            # Only its kind, and nothing of what it came from: that may hold the token.
            raise SendError("unreachable", type(error).__name__) from None
        if response.status_code >= 500 or not isinstance(answer, dict) or _error(answer) is None:
            raise SendError("unreachable", f"HTTP {response.status_code} without an answer that can be read")
        return answer


def zalo_oa_error(error: int, message: str) -> SendError:
    """What to do about a refusal of Zalo: the one place where its numbers become ours."""
    detail = f"{error} {message[:200]}".strip()
    if error in EXPIRED:
        return SendError("token", f"Zalo refuses the access token, and the one after it ({error}); {LOG_IN}")
    if error in TOO_FAST:
        return SendError("throttled", detail)
    if error in GONE:
        return SendError("refused-person", detail, gone=True)
    if error in WINDOW:
        return SendError("window", detail)
    if error in SETUP:
        return SendError("setup", detail)
    if error in PARAMETERS and any(sign in message.lower() for sign in TEXT_SIGNS):
        return SendError("refused-text", detail)
    return SendError("refused", detail)


def read_event(event: Mapping[str, Any], at: datetime) -> Incoming | None:
    """What a resident sent, or None for an event that needs no answer, or that cannot be read.

    Whoever begins to follow is greeted as on /start; whoever ends it has left.
    """
    name = event.get("event_name")
    if name in ("follow", "unfollow"):
        user = _id(event, "follower")
        if not user:
            return _skipped(name)
        sender, id_ = Address(NAME, user), f"{name}-{event['timestamp']}-{user}"
        return Incoming(id_, sender, "/start", at) if name == "follow" else Incoming(id_, sender, "", at, kind="left")
    kind = KINDS.get(name) if isinstance(name, str) else None
    if kind is None:
        return None
    user, message = _id(event, "sender"), event.get("message")
    if not user or not isinstance(message, dict):
        return _skipped(name)
    id_ = _plain_id(message.get("msg_id")) or f"{name}-{event['timestamp']}-{user}"
    text = message.get("text")
    attached = _attached(message) if name in OPEN_TO_ALL else None
    return Incoming(
        id_,
        Address(NAME, user),
        _sound(text) if isinstance(text, str) else "",
        at,
        kind=kind,
        photo=attached if kind == "photo" else None,
        file=None if kind == "photo" else attached,
        reply_to=_plain_id(message.get("quote_msg_id")) or None,
    )


def _attached(message: Mapping[str, Any]) -> str | None:
    """Where the first attachment lies that says so."""
    attachments = message.get("attachments")
    for attachment in attachments if isinstance(attachments, list) else ():
        payload = attachment.get("payload") if isinstance(attachment, dict) else None
        if isinstance(payload, dict) and (address := web_address(payload.get("url"))):
            return address
    return None


def _skipped(name: object) -> Incoming | None:
    log.error("event cannot be read and is skipped", channel=NAME, event_name=name)
    return None


def _accounts(event: Mapping[str, Any]) -> list[str]:
    """What may be the id of the Official Account: each kind of event has it elsewhere. The secret is what proves it."""
    found = (_plain_id(event.get("oa_id")), _id(event, "recipient"), _id(event, "sender"))
    return [one for one in found if one]


def _id(event: Mapping[str, Any], who: str) -> str:
    person = event.get(who)
    return _plain_id(person.get("id")) if isinstance(person, dict) else ""


def _plain_id(value: object) -> str:
    return value if isinstance(value, str) and ID.fullmatch(value) else ""


def _sound(text: str) -> str:
    """Without halves of characters, which JSON can spell and no database takes."""
    return text.encode("utf-16", "surrogatepass").decode("utf-16", "replace")


def _bytes(text: str) -> bytes:
    return text.encode("utf-8", "replace")


def _headers(access: str) -> dict[str, str]:
    return {"access_token": access, "Content-Type": "application/json"}


def _error(answer: Mapping[str, Any]) -> int | None:
    error = answer.get("error")
    if isinstance(error, str) and re.fullmatch(r"-?[0-9]{1,9}", error):
        return int(error)
    return error if isinstance(error, int) and not isinstance(error, bool) else None
