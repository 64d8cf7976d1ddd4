"""What comes in from the Zalo Bot Platform, read."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from datetime import UTC, datetime, timedelta
from typing import Any

import structlog

from bot.channels.media import web_address
from bot.channels.reading import skipping
from bot.channels.zalo_bot.descriptor import NAME
from bot.model import Address, Incoming, IncomingKind

BELIEVED = timedelta(days=1)  # a message that says to be older, or of the future, is dated by us

KINDS: dict[str, IncomingKind] = {
    "message.text.received": "text",
    "message.link.received": "text",
    "message.image.received": "photo",
    "message.sticker.received": "sticker",
    "message.voice.received": "voice",
    "message.unsupported.received": "other",  # Zalo keeps the contents of some people's messages to itself
}

BROKEN = re.compile("[\ud800-\udfff]")

log = structlog.stdlib.get_logger(__name__)


def events_in(body: object) -> list[dict[str, Any]]:
    """The events of a poll or a webhook: flat, in an envelope, in an envelope of its own inside it, or a list of any."""
    for _ in range(2):
        body = _unwrapped(body)
    events = [_unwrapped(event) for event in body] if isinstance(body, list) else [body]
    return [event for event in events if isinstance(event, dict) and event]


def _unwrapped(body: object) -> object:
    enveloped = isinstance(body, dict) and "event_name" not in body and ("result" in body or "ok" in body)
    return body.get("result") if enveloped and isinstance(body, dict) else body


def read_events(events: Iterable[Mapping[str, Any]], now: datetime) -> list[Incoming]:
    """What residents sent with these, without those that need no answer or cannot be read."""
    found: list[Incoming] = []
    for event in events:
        with skipping(NAME):
            if (incoming := read_event(event, now)) is not None:
                found.append(incoming)
    return found


def read_event(event: Mapping[str, Any], now: datetime) -> Incoming | None:
    """What a resident sent, or None for an event that needs no answer: of a group, of a bot, or of no kind that we know.

    `now` dates what has no date.
    """
    name, message = event.get("event_name"), event.get("message")
    if not isinstance(name, str) or name not in KINDS or not isinstance(message, Mapping):
        log.info("event of another kind is skipped", channel=NAME)
        return None
    sender, chat = _mapping(message.get("from")), _mapping(message.get("chat"))
    id_, user = _id(message.get("message_id")), _id(chat.get("id"))
    if not id_ or not user:
        log.warning("event without an id is skipped", channel=NAME)
        return None
    if sender.get("is_bot") is True or not _private(chat, sender):
        return None
    kind = KINDS[name]
    said = message.get("caption") if kind == "photo" else message.get("text") if kind == "text" else ""
    text = said if isinstance(said, str) else ""
    if kind == "text" and not text.strip():
        kind = "other"  # a link without words
    # Zalo's pages say `photo`, and what it sends `photo_url`. Which message somebody answers, it does not tell.
    photo = web_address(message.get("photo")) or web_address(message.get("photo_url")) if kind == "photo" else None
    file = web_address(message.get("voice_url")) if kind == "voice" else None
    return Incoming(id_, Address(NAME, user), text, _date(message.get("date"), now), kind=kind, photo=photo, file=file)


def _private(chat: Mapping[str, Any], sender: Mapping[str, Any]) -> bool:
    """A chat that does not say what it is, is private where it is named like the person."""
    kind = chat.get("chat_type")
    return kind.upper() == "PRIVATE" if isinstance(kind, str) else kind is None and chat.get("id") == sender.get("id")


def _mapping(value: object) -> Mapping[str, Any]:
    return value if isinstance(value, Mapping) else {}


def _id(value: object) -> str:
    """Ids are texts; a number is taken as well. "" for anything else, and for half a character, which no database takes."""
    text = str(value) if isinstance(value, str | int) and not isinstance(value, bool) else ""
    return "" if BROKEN.search(text) else text


def _date(milliseconds: object, now: datetime) -> datetime:
    if not isinstance(milliseconds, int | float) or isinstance(milliseconds, bool):
        return now
    try:
        at = datetime(1970, 1, 1, tzinfo=UTC) + timedelta(milliseconds=milliseconds)
    except (OverflowError, ValueError):
        return now
    return at if abs(at - now) <= BELIEVED else now
