"""Zalo Bot Platform: events in by long polling or by webhook, replies and announcements out, in private chats only.

A poll brings one event, has no offset and confirms nothing: Zalo forgets what it handed out. So the event in hand is handed
over until it is stored, and only then the next one is asked for. What is lost with a broken connection cannot be fetched again.
"""

from __future__ import annotations

import asyncio
import hmac
import json
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

import httpx
import structlog

from bot.channels.capabilities import ZALO_BOT
from bot.channels.media import MakeLink, no_link
from bot.channels.numbered import address_of, numbered, numbered_parts, with_file_as_address
from bot.channels.serving import Handle
from bot.channels.webhook import WebhookRejected
from bot.channels.zalo_bot.events import NAME, events_in, read_event
from bot.delivery.announcements import IN_FLIGHT as ANNOUNCEMENTS_IN_FLIGHT
from bot.delivery.backoff import Backoff
from bot.delivery.pause import Pause
from bot.delivery.replies import IN_FLIGHT
from bot.errors import SendError, SettingsError, StoreError
from bot.logs import HIDDEN, place
from bot.model import Incoming
from bot.ports import Outgoing
from bot.text.splitting import utf16_units

SECRET_HEADER = "x-bot-api-secret-token"  # noqa: S105 - the name of a header
LONGEST_DETAIL = 200  # characters of a vendor's explanation that are kept

COURTESIES_IN_FLIGHT = 2  # typing signs, which must never hold up a reply
COURTESIES_WAITING = 50
CONNECTIONS = 1 + IN_FLIGHT + ANNOUNCEMENTS_IN_FLIGHT + COURTESIES_IN_FLIGHT  # the first is for polling
CONNECT_SECONDS = 10.0
SEND_SECONDS = 15.0
POLL_SLACK_SECONDS = 10.0
LONGEST_PAUSE = 30.0
QUICK = 0.5  # seconds; an empty poll that ends sooner did not wait for anything
IDLE_PAUSE = 1.0  # seconds after such a poll
GRACE = 2.0  # seconds in which the store may recover, for the event in hand, after the poll was cancelled

DOCUMENTED = (400, 401, 403, 404, 408, 429)
IDLE = 408
# What a refusal says, in small letters. One that nobody foresaw is in neither list: it says nothing about other messages.
NOT_SET_UP = ("method", "bot not found", "bot is not found")
REFUSED_TEXT = (
    "too long",
    "too_long",
    "text is empty",
    "text must be",
    "text is required",
    "message is empty",
    "can't parse",
    "caption",
    "photo",
    "invalid url",
)

log = structlog.stdlib.get_logger(__name__)


class ZaloBotChannel:
    """`Channel`, `PollingChannel` and `WebhookChannel` for a Zalo bot. `api` is the address up to and including `/bot`.

    `secret` is what Zalo shows with every webhook; `link` makes an address of what lies at another vendor; `now` dates what
    Zalo does not date.
    """

    name = NAME
    capabilities = ZALO_BOT

    def __init__(
        self,
        token: str,
        *,
        api: str,
        poll_seconds: int,
        pause: Pause,
        secret: str = "",
        link: MakeLink = no_link,
        now: Callable[[], datetime] = lambda: datetime.now(UTC),
    ) -> None:
        self._link = link
        self._token = token
        self._base = f"{api}{token}/"
        self._poll_seconds = poll_seconds
        self._pause = pause
        self._secret = secret
        self._now = now
        self._client = httpx.AsyncClient(limits=httpx.Limits(max_connections=CONNECTIONS))
        self._parts_sent: dict[int, int] = {}  # of replies that stopped half-way; their first parts are not sent again
        self._typing: set[str] = set()
        self._courtesies: set[asyncio.Task[None]] = set()
        self._courtesy_places = asyncio.Semaphore(COURTESIES_IN_FLIGHT)

    # --- in, by polling -----------------------------------------------------------------------------------------------

    async def poll(self, handle: Handle) -> None:
        """Fetch events and hand them over until cancelled; what is in hand is stored first, for which it has some seconds.

        `handle` runs in a thread. When it raises StoreError the same event is handed over again; what it cannot handle for
        another reason is skipped. Raises SettingsError for a bad token.
        """
        trouble = Backoff(LONGEST_PAUSE)
        while True:
            try:
                await self._drop_webhook()  # while one is set, polling is refused
                while True:
                    await self._take(await self._events(), handle)
                    trouble.reset()
            except SendError as error:
                await asyncio.sleep(_poll_pause(error, trouble))

    async def _events(self) -> list[dict[str, Any]]:
        """What one poll brings: one event, or nothing. Raises SendError."""
        clock = asyncio.get_running_loop().time
        asked = clock()
        status, body = await self._post("getUpdates", {"timeout": self._poll_seconds}, self._poll_seconds + POLL_SLACK_SECONDS)
        bare = isinstance(body, dict) and "ok" not in body and "event_name" in body
        if not bare and _code(status, body) != IDLE:
            self._result(status, body)
        events = events_in(body)
        if not any("event_name" in event for event in events) and clock() - asked < QUICK:
            await asyncio.sleep(IDLE_PAUSE)
        return events

    async def _take(self, events: Sequence[dict[str, Any]], handle: Handle) -> None:
        batch = [incoming for event in events if (incoming := self._read(event)) is not None]
        if not batch:
            return
        self._show_typing_to(batch)
        give_up = asyncio.Event()
        storing = asyncio.create_task(_store_all(batch, handle, give_up))
        try:
            await asyncio.shield(storing)
        except asyncio.CancelledError:
            asyncio.get_running_loop().call_later(GRACE, give_up.set)
            await asyncio.wait({storing})
            raise

    def _read(self, event: Mapping[str, Any]) -> Incoming | None:
        try:
            return read_event(event, self._now())
        except Exception as error:  # noqa: BLE001 - one event that nobody foresaw must not stop the others
            log.error("event cannot be read and is skipped", channel=NAME, error=place(error))
            return None

    async def _drop_webhook(self) -> None:
        """As well as it goes: where it fails, polling will say what is wrong."""
        try:
            webhook = await self._call("getWebhookInfo", {})
            if isinstance(webhook, dict) and webhook.get("url"):
                await self._call("deleteWebhook", {})
                log.info("the webhook is taken away because this process polls", channel=NAME)
        except SendError:
            return

    # --- in, by webhook -----------------------------------------------------------------------------------------------

    def receive(self, headers: Mapping[str, str], body: bytes) -> list[Incoming]:
        """See `WebhookChannel`: the secret is compared first. Without a secret of ours nobody is welcome."""
        shown = headers.get(SECRET_HEADER)
        if shown is None:
            raise WebhookRejected(401)
        if not self._secret or not hmac.compare_digest(_bytes(shown), _bytes(self._secret)):
            raise WebhookRejected(403)
        try:
            events = events_in(json.loads(body))
        except (ValueError, RecursionError):
            log.warning("webhook body is not JSON and is skipped", channel=NAME, size=len(body))
            return []
        if not events:
            log.warning("webhook without an event is skipped", channel=NAME, size=len(body))
        return [incoming for event in events if (incoming := self._read(event)) is not None]

    def in_response(self, outgoing: Outgoing) -> bytes | None:
        """Zalo takes replies by a call of their own only."""
        return None

    async def register(self, url: str) -> None:
        """See `WebhookChannel`."""
        try:
            await self._call("setWebhook", {"url": url, "secret_token": self._secret})
        except SendError as error:
            if error.reason in ("unreachable", "throttled"):
                raise
            if error.reason == "token":
                raise _bad_token() from None
            raise SettingsError(
                "LOABAN_PUBLIC_URL: Zalo does not accept it as the address of a webhook. It must be reachable from the "
                f"internet by HTTPS, and LOABAN_WEBHOOK_SECRET must have 16 to 256 signs. Zalo says: {error}"
            ) from None

    # --- courtesies: never waited for, never retried ------------------------------------------------------------------

    def _show_typing_to(self, batch: Sequence[Incoming]) -> None:
        for user in dict.fromkeys(incoming.sender.user for incoming in batch):
            if len(self._courtesies) < COURTESIES_WAITING:
                self._typing.add(user)
                task = asyncio.create_task(self._show_typing(user))
                self._courtesies.add(task)
                task.add_done_callback(self._courtesies.discard)

    async def _show_typing(self, user: str) -> None:
        async with self._courtesy_places:
            if user not in self._typing or self._pause.left():
                return
            self._typing.discard(user)
            try:
                await self._call("sendChatAction", {"chat_id": user, "action": "typing"})
            except SendError:
                return  # a reply that meets the same trouble tells of it

    # --- out ----------------------------------------------------------------------------------------------------------

    async def send(self, outgoing: Outgoing) -> str:
        """Deliver one reply or announcement and return the id of its last message. Raises SendError.

        Choices are numbered. A photo on the web stands above a text that fits under it; where the text is longer, or Zalo
        does not take the photo, its address stands under the text, as that of any other file does. What lies at another
        vendor gets a link where it belongs to a case, else it is left out. A retry of a long reply goes on with the part
        that was refused.
        """
        user, reply = outgoing.to.user, with_file_as_address(outgoing.reply, self._link)
        if outgoing.id:
            self._typing.discard(user)  # a typing sign after the answer would be a lie
        photo = address_of(reply, reply.photo, self._link)
        if photo and outgoing.id not in self._parts_sent:
            caption = numbered(reply).strip("\n")
            if (
                utf16_units(caption) <= ZALO_BOT.max_photo
                and (sent := await self._send_photo(user, photo, caption)) is not None
            ):
                return sent
        if photo:
            reply = replace(reply, text=f"{reply.text}\n\n{photo}".strip())
        parts = numbered_parts(reply, ZALO_BOT.max_text)
        if not parts:
            raise SendError("refused-text", "the reply is empty")
        message_id = ""
        try:
            for index in range(self._parts_sent.get(outgoing.id, 0), len(parts)):
                message_id = await self._deliver("sendMessage", {"chat_id": user, "text": parts[index]})
                if outgoing.id:  # announcements share the 0
                    self._parts_sent[outgoing.id] = index + 1
        except SendError as error:
            if not error.temporary:
                self._parts_sent.pop(outgoing.id, None)
            raise
        self._parts_sent.pop(outgoing.id, None)
        return message_id

    async def _send_photo(self, user: str, photo: str, caption: str) -> str | None:
        """None where Zalo does not take the photo."""
        try:
            return await self._deliver(
                "sendPhoto", {"chat_id": user, "photo": photo, **({"caption": caption} if caption.strip() else {})}
            )
        except SendError as error:
            if error.reason in ("refused-text", "refused"):
                return None
            raise

    async def _deliver(self, method: str, payload: Mapping[str, object]) -> str:
        if left := self._pause.left():
            raise SendError("throttled", retry_after=left)
        message = await self._call(method, payload)
        return str(message.get("message_id", "")) if isinstance(message, dict) else ""

    async def close(self) -> None:
        for task in self._courtesies:
            task.cancel()
        await asyncio.gather(*self._courtesies, return_exceptions=True)
        await self._client.aclose()

    # --- the wire -----------------------------------------------------------------------------------------------------

    async def _call(self, method: str, payload: Mapping[str, object]) -> Any:
        """The result of a call. Raises SendError."""
        return self._result(*await self._post(method, payload, SEND_SECONDS))

    async def _post(self, method: str, payload: Mapping[str, object], seconds: float) -> tuple[int, object]:
        """HTTP status and parsed body, None where it is not JSON. Raises SendError where there is no answer."""
        try:
            async with asyncio.timeout(CONNECT_SECONDS + seconds):
                response = await self._client.post(
                    self._base + method,
                    content=json.dumps(payload).encode("ascii"),  # escaped, so that nothing a person wrote cannot be encoded
                    headers={"Content-Type": "application/json"},
                    timeout=httpx.Timeout(seconds, connect=CONNECT_SECONDS),
                )
        except (httpx.HTTPError, TimeoutError) as error:  # its text may hold the address, and the address holds the token
            raise SendError("unreachable", type(error).__name__) from None
        except (httpx.InvalidURL, UnicodeError) as error:
            raise SendError("setup", f"LOABAN_ZALO_BOT_API or LOABAN_ZALO_BOT_TOKEN: {type(error).__name__}") from None
        try:
            return response.status_code, json.loads(response.content)
        except (ValueError, RecursionError):
            return response.status_code, None

    def _result(self, status: int, body: object) -> Any:
        """What stands in an envelope that says ok, whatever the HTTP status. Raises SendError for any other."""
        if isinstance(body, dict) and body.get("ok") is True:
            return body.get("result")
        if not isinstance(body, dict) and status not in (401, 429):  # the answer of something between us and Zalo
            raise SendError("unreachable", f"HTTP {status} without JSON")
        said = body.get("description") if isinstance(body, dict) else ""
        raise zalo_bot_error(status, _error_code(body), self._harmless(said) if isinstance(said, str) else "")

    def _harmless(self, said: str) -> str:
        """An explanation that may be logged, even where it quotes what we sent."""
        for secret in filter(None, (self._token, self._secret)):
            said = said.replace(secret, HIDDEN)
        return said[:LONGEST_DETAIL]


def zalo_bot_error(status: int, error_code: int | None, description: str) -> SendError:
    """What to do about a refusal of Zalo: the one place where its errors become ours.

    `status` of HTTP counts where the envelope has no `error_code` that is documented. Zalo says with none how long to wait.
    """
    code = error_code if error_code is not None and (error_code in DOCUMENTED or error_code >= 500) else status
    said = description.lower()
    match code:
        case 400:
            return SendError("refused-text" if any(sign in said for sign in REFUSED_TEXT) else "refused", description)
        case 401:
            return SendError("token", "LOABAN_ZALO_BOT_TOKEN is refused")  # the vendor's text may quote it
        case 403:
            return SendError("refused-person", description, gone=True)
        case 404:
            return SendError("setup" if any(sign in said for sign in NOT_SET_UP) else "refused-person", description)
        case 429:
            return SendError("throttled", description)
        case _ if code == IDLE or code >= 500:
            return SendError("unreachable", description or f"error {code}")
        case _:
            return SendError("refused", description or f"error {code if error_code is None else error_code}")


async def _store_all(batch: Sequence[Incoming], handle: Handle, give_up: asyncio.Event) -> None:
    """One after the other, each for as long as the store needs: Zalo would not bring it again.

    After `give_up` there is one more try, and what fails then is lost. A try that was begun is never left half-way.
    """
    trouble = Backoff(LONGEST_PAUSE)
    for number, incoming in enumerate(batch):
        while not await asyncio.to_thread(_stored, incoming, handle):
            if give_up.is_set():
                log.error("messages are lost because they could not be stored", channel=NAME, messages=len(batch) - number)
                return
            wait = trouble.next()
            log.error("a message waits because it cannot be stored", channel=NAME, seconds=round(wait, 1))
            with suppress(TimeoutError):
                async with asyncio.timeout(wait):
                    await give_up.wait()
        trouble.reset()


def _stored(incoming: Incoming, handle: Handle) -> bool:
    """False where it has to be handed over again."""
    try:
        handle([incoming])
    except StoreError:
        return False
    except Exception as error:  # noqa: BLE001 - whatever one message sets off, the others need their answers
        log.error("message cannot be handled and is skipped", channel=NAME, error=place(error))
    return True


def _poll_pause(error: SendError, trouble: Backoff) -> float:
    """Seconds to wait before polling again. Raises SettingsError when waiting cannot help."""
    if error.reason == "token":
        raise _bad_token() from None
    wait = trouble.next()
    if error.reason == "unreachable":
        log.warning("Zalo cannot be reached", channel=NAME, error=str(error), seconds=round(wait, 1))
    else:
        log.error("Zalo does not let us poll", channel=NAME, error=str(error), seconds=round(wait, 1))
    return wait


def _bad_token() -> SettingsError:
    return SettingsError(
        "LOABAN_ZALO_BOT_TOKEN: Zalo does not accept it. Copy the token of the bot again; if LOABAN_ZALO_BOT_API is set, check "
        "that address, too."
    )


def _code(status: int, body: object) -> int:
    """What an answer that is not ok says of itself; 200 for one that is ok."""
    if isinstance(body, dict) and body.get("ok") is True:
        return 200
    code = _error_code(body)
    return status if code is None else code


def _error_code(body: object) -> int | None:
    code = body.get("error_code") if isinstance(body, dict) else None
    return code if isinstance(code, int) and not isinstance(code, bool) else None


def _bytes(secret: str) -> bytes:
    return secret.encode("utf-8", "surrogatepass")
