"""What comes in from a Zalo Official Account, read."""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import datetime
from typing import Any

import structlog

from bot.channels.media import web_address
from bot.channels.zalo_oa.descriptor import NAME
from bot.model import Address, Incoming, IncomingKind

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

log = structlog.stdlib.get_logger(__name__)


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


def accounts_in(event: Mapping[str, Any]) -> list[str]:
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
